import { announce, readCommandLine } from '../http/command-line.ts';
import { startGitlab } from './gitlab.ts';

const { port, host, seed, limits } = readCommandLine({ vendor: 'gitlab', port: 4730, seeds: ['engineering', 'empty'], options: {} });
const sim = await startGitlab({ port, host, seed, ...limits });
announce(
  [
    `GitLab simulator: ${sim.url} (pages for people at the same address)`,
    `Projects: ${sim.site.projects.map((project) => project.path_with_namespace).join(', ')}`,
    `Access token of ${sim.credentials.username}: ${sim.credentials.token}; controls at ${sim.url}/__control`,
  ],
  () => sim.stop(),
);
