import { parseArgs } from 'node:util';
import type { SeedName } from './seeds.ts';
import { startZendesk } from './zendesk.ts';

const USAGE =
  'node simulators/zendesk/main.ts --port 4710 --subdomain acme --seed support [--content-port 4810] [--host 127.0.0.1] [--limits off] [--withheld-ms 60000] [--validate]';
const SEEDS: SeedName[] = ['support', 'engineering', 'empty'];

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4710' },
    'content-port': { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    subdomain: { type: 'string', default: 'acme' },
    seed: { type: 'string', default: 'support' },
    limits: { type: 'string' },
    'withheld-ms': { type: 'string' },
    validate: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const port = Number(values.port);
const seed = SEEDS.find((name) => name === values.seed);
if (values.help || !Number.isInteger(port) || !seed) {
  console.log(`Usage: ${USAGE}\nSeeds: ${SEEDS.join(', ')}`);
  process.exit(values.help ? 0 : 2);
}

const sim = await startZendesk({
  port,
  // Fixed, so that an operator can allow exactly this address.
  contentPort: values['content-port'] === undefined ? port + 100 : Number(values['content-port']),
  host: values.host,
  subdomain: values.subdomain,
  seed,
  ...(values.limits === 'off' ? { limits: 'off' as const } : {}),
  ...(values['withheld-ms'] === undefined ? {} : { settings: { withheldMs: Number(values['withheld-ms']) } }),
  validate: values.validate,
});
console.log(`Zendesk simulator "${sim.subdomain}": ${sim.url} (agent page ${sim.url}/agent, files ${sim.contentUrl})`);
console.log(`Sign in to the API as ${sim.credentials.email} with the token ${sim.credentials.token}; controls at ${sim.url}/__control`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    void sim.stop().then(() => process.exit(0));
  });
}
