import { announce, readCommandLine } from '../http/command-line.ts';
import { startZendesk } from './zendesk.ts';

const { port, host, seed, limits, given, filesPort } = readCommandLine({
  vendor: 'zendesk',
  port: 4710,
  seeds: ['support', 'engineering', 'empty'],
  options: { subdomain: '--subdomain acme', 'content-port': '--content-port 4810', 'withheld-ms': '--withheld-ms 60000', validate: '--validate' },
});
const sim = await startZendesk({
  port,
  contentPort: filesPort(given['content-port']),
  host,
  subdomain: String(given.subdomain ?? 'acme'),
  seed,
  ...limits,
  ...(given['withheld-ms'] === undefined ? {} : { settings: { withheldMs: Number(given['withheld-ms']) } }),
  validate: given.validate === true,
});
announce(
  [
    `Zendesk simulator "${sim.subdomain}": ${sim.url} (agent page ${sim.url}/agent, files ${sim.contentUrl})`,
    `Sign in to the API as ${sim.credentials.email} with the token ${sim.credentials.token}; controls at ${sim.url}/__control`,
  ],
  () => sim.stop(),
);
