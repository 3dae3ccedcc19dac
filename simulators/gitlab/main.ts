import { parseArgs } from 'node:util';
import { startGitlab } from './gitlab.ts';
import type { SeedName } from './seeds.ts';

const USAGE = 'node simulators/gitlab/main.ts --port 4730 --seed engineering [--host 127.0.0.1] [--limits off]';
const SEEDS: SeedName[] = ['engineering', 'empty'];

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4730' },
    host: { type: 'string', default: '127.0.0.1' },
    seed: { type: 'string', default: 'engineering' },
    limits: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const port = Number(values.port);
const seed = SEEDS.find((name) => name === values.seed);
if (values.help || !Number.isInteger(port) || !seed) {
  console.log(`Usage: ${USAGE}\nSeeds: ${SEEDS.join(', ')}`);
  process.exit(values.help ? 0 : 2);
}

const sim = await startGitlab({ port, host: values.host, seed, ...(values.limits === 'off' ? { limits: 'off' as const } : {}) });
console.log(`GitLab simulator: ${sim.url} (pages for people at the same address)`);
console.log(`Projects: ${sim.site.projects.map((project) => project.path_with_namespace).join(', ')}`);
console.log(`Access token of ${sim.credentials.username}: ${sim.credentials.token}; controls at ${sim.url}/__control`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    void sim.stop().then(() => process.exit(0));
  });
}
