import { announce, readCommandLine } from '../http/command-line.ts';
import { startJira } from './jira.ts';

const { port, host, seed, limits, given, filesPort } = readCommandLine({
  vendor: 'jira',
  port: 4720,
  seeds: ['support', 'empty'],
  options: { deployment: '--deployment cloud|data-center', 'media-port': '--media-port 4820', validate: '--validate' },
});
const deployment = (['cloud', 'data-center'] as const).find((name) => name === (given.deployment ?? 'cloud'));
if (!deployment) {
  console.error(`There is no deployment ${String(given.deployment)}: cloud or data-center.`);
  process.exit(2);
}
const sim = await startJira({ port, mediaPort: filesPort(given['media-port']), host, deployment, seed, ...limits, validate: given.validate === true });
announce(
  [
    `Jira simulator (${deployment}): ${sim.url} (files ${sim.mediaUrl})`,
    `Sign in to the API as ${sim.credentials.email} with the token ${sim.credentials.token}; controls at ${sim.url}/__control`,
  ],
  () => sim.stop(),
);
