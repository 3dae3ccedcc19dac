import { announce, readCommandLine } from '../http/command-line.ts';
import { startGithub } from './github.ts';

const { port, host, seed, limits, given, filesPort } = readCommandLine({
  vendor: 'github',
  port: 4740,
  seeds: ['web', 'empty'],
  options: { 'content-port': '--content-port 4840', 'app-key': '--app-key', validate: '--validate' },
});
const sim = await startGithub({ port, contentPort: filesPort(given['content-port']), host, seed, ...limits, validate: given.validate === true });
announce(
  [
    `GitHub simulator: ${sim.url} (pages for people; API ${sim.apiUrl}, private files ${sim.contentUrl})`,
    `Token of ${sim.credentials.login}: ${sim.credentials.token}; controls at ${sim.url}/__control`,
    `App ${sim.app.slug}: id ${sim.app.id}, installation ${sim.app.installationId}, webhook secret ${sim.app.webhookSecret}`,
    ...(given['app-key'] === true ? [sim.app.privateKey] : []),
  ],
  () => sim.stop(),
);
