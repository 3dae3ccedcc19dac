import { parseArgs } from 'node:util';
import { startGithub } from './github.ts';
import type { SeedName } from './seeds.ts';

const USAGE = 'node simulators/github/main.ts --port 4720 --seed web [--content-port 4820] [--host 127.0.0.1] [--limits off] [--app-key] [--validate]';
const SEEDS: SeedName[] = ['web', 'empty'];

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4720' },
    'content-port': { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    seed: { type: 'string', default: 'web' },
    limits: { type: 'string' },
    'app-key': { type: 'boolean', default: false },
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

const sim = await startGithub({
  port,
  // Fixed, so that an operator can allow exactly this address.
  contentPort: values['content-port'] === undefined ? port + 100 : Number(values['content-port']),
  host: values.host,
  seed,
  ...(values.limits === 'off' ? { limits: 'off' as const } : {}),
  validate: values.validate,
});
console.log(`GitHub simulator: ${sim.url} (pages for people; API ${sim.apiUrl}, private files ${sim.contentUrl})`);
console.log(`Token of ${sim.credentials.login}: ${sim.credentials.token}; controls at ${sim.url}/__control`);
console.log(`App ${sim.app.slug}: id ${sim.app.id}, installation ${sim.app.installationId}, webhook secret ${sim.app.webhookSecret}`);
if (values['app-key']) console.log(sim.app.privateKey);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    void sim.stop().then(() => process.exit(0));
  });
}
