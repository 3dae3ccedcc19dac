import { App, Octokit } from 'octokit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GithubSim, startGithub } from './github.ts';

const at = { owner: 'acme', repo: 'web' };
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let sim: GithubSim;

beforeAll(async () => {
  sim = await startGithub({ validate: true });
});
afterAll(async () => {
  expect(sim.control.violations()).toEqual([]);
  await sim.stop();
});

const client = () => new Octokit({ auth: sim.credentials.token, baseUrl: sim.apiUrl, log: silent });

test('GitHub’s own client works with issues and comments', async () => {
  const { rest } = client();
  const { data: issue } = await rest.issues.create({ ...at, title: 'By Octokit', body: 'Hello', labels: ['bug'], type: 'Bug' });
  expect(issue).toMatchObject({ title: 'By Octokit', state: 'open', type: { name: 'Bug' } });
  const { data: comment } = await rest.issues.createComment({ ...at, issue_number: issue.number, body: 'One' });
  await rest.issues.updateComment({ ...at, comment_id: comment.id, body: 'Two' });
  await rest.issues.update({ ...at, issue_number: issue.number, state: 'closed', state_reason: 'not_planned' });
  expect((await rest.issues.get({ ...at, issue_number: issue.number })).data).toMatchObject({ state_reason: 'not_planned', comments: 1 });
  expect((await rest.issues.listComments({ ...at, issue_number: issue.number })).data).toMatchObject([{ body: 'Two' }]);
  await rest.issues.deleteComment({ ...at, comment_id: comment.id });
  await expect(rest.issues.get({ ...at, issue_number: 999 })).rejects.toMatchObject({ status: 404 });
});

test('it reads lists to their end, page by page', async () => {
  for (let index = 0; index < 7; index += 1) sim.control.createIssue('acme/ops', { title: `Issue ${index}` });
  const octokit = client();
  const issues = await octokit.paginate(octokit.rest.issues.listForRepo, {
    owner: 'acme',
    repo: 'ops',
    per_page: 3,
    state: 'all',
    sort: 'created',
    direction: 'asc',
  });
  expect(issues.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('it signs in as the App, and works in its installation', async () => {
  const app = new App({ appId: sim.app.id, privateKey: sim.app.privateKey, Octokit: Octokit.defaults({ baseUrl: sim.apiUrl, log: silent }), log: silent });
  expect((await app.octokit.rest.apps.getAuthenticated()).data?.slug).toBe('entente');
  const octokit = await app.getInstallationOctokit(sim.app.installationId);
  const { data: issue } = await octokit.rest.issues.create({ ...at, title: 'By the App' });
  expect(issue.user).toMatchObject({ login: 'entente[bot]', type: 'Bot' });
  const names: string[] = [];
  for await (const { repository } of app.eachRepository.iterator({ installationId: sim.app.installationId })) names.push(repository.name);
  expect(names).toEqual(['web', 'ops', 'docs']);
});

test('it understands both kinds of refusal for asking too much', async () => {
  const seen: string[] = [];
  const octokit = new Octokit({
    auth: sim.credentials.token,
    baseUrl: sim.apiUrl,
    log: silent,
    throttle: {
      onRateLimit: (after: number) => {
        seen.push(`primary ${after > 0}`);
        return false;
      },
      onSecondaryRateLimit: (after: number) => {
        seen.push(`secondary ${after}`);
        return false;
      },
    },
  });
  sim.control.setLimits({ perHour: 1 });
  await octokit.rest.issues.listForRepo(at);
  await expect(octokit.rest.issues.listForRepo(at)).rejects.toMatchObject({ status: 403 });
  sim.control.setLimits({ perHour: 5_000, pointsPerMinute: 1 });
  await octokit.rest.issues.listForRepo(at);
  await expect(octokit.rest.issues.listForRepo(at)).rejects.toMatchObject({ status: 403 });
  expect(seen).toEqual(['primary true', 'secondary 60']);
});
