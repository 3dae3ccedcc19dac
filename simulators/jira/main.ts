import { parseArgs } from 'node:util';
import { startJira } from './jira.ts';

const USAGE =
  'node simulators/jira/main.ts --port 4720 --seed support [--deployment data-center] [--media-port 4820] [--host 127.0.0.1] [--limits off] [--validate]';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4720' },
    'media-port': { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    deployment: { type: 'string', default: 'cloud' },
    seed: { type: 'string', default: 'support' },
    limits: { type: 'string' },
    validate: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const port = Number(values.port);
const seed = (['support', 'empty'] as const).find((name) => name === values.seed);
const deployment = (['cloud', 'data-center'] as const).find((name) => name === values.deployment);
if (values.help || !Number.isInteger(port) || !seed || !deployment) {
  console.log(`Usage: ${USAGE}\nSeeds: support, empty. Deployments: cloud, data-center.`);
  process.exit(values.help ? 0 : 2);
}

const sim = await startJira({
  port,
  // Fixed, so that an operator can allow exactly this address.
  mediaPort: values['media-port'] === undefined ? port + 100 : Number(values['media-port']),
  host: values.host,
  deployment,
  seed,
  ...(values.limits === 'off' ? { limits: 'off' as const } : {}),
  validate: values.validate,
});
console.log(`Jira simulator (${deployment}): ${sim.url} (files ${sim.mediaUrl})`);
console.log(`Sign in to the API as ${sim.credentials.email} with the token ${sim.credentials.token}; controls at ${sim.url}/__control`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    void sim.stop().then(() => process.exit(0));
  });
}
