import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GithubSim, startGithub } from './github.ts';
import { appJwt, type Caller, callerOf, makeIssue } from './test-client.ts';

const WEB = '/repos/acme/web';
let sim: GithubSim;
let call: Caller;

beforeAll(async () => {
  sim = await startGithub({ limits: 'off', validate: 'uncounted' });
  sim.control.freeze();
  call = callerOf(sim);
});
afterAll(async () => {
  expect(sim.control.violations().filter(({ what }) => what === 'answer')).toEqual([]);
  await sim.stop();
});

const jwt = (changes: Record<string, unknown> = {}, alg?: string): string => appJwt(sim, changes, alg);

test('a token of either kind signs in, and says what it may do', async () => {
  expect((await call('GET', '/user')).json).toMatchObject({ login: 'entente-bot', type: 'User' });
  expect((await call('GET', '/user')).headers.get('x-oauth-scopes')).toBeNull();
  const classic = await callerOf(sim, sim.credentials.classicToken)('GET', '/user');
  expect(classic.headers.get('x-oauth-scopes')).toBe('repo');
  expect((await call('GET', `${WEB}/issues`)).headers.get('x-accepted-github-permissions')).toBe('issues=read');
  const basic = `Basic ${Buffer.from(`x:${sim.credentials.token}`).toString('base64')}`;
  expect((await call('GET', '/user', undefined, { authorization: basic })).status).toBe(200);
  expect((await call('GET', '/user', undefined, { authorization: `token ${sim.credentials.token}` })).status).toBe(200);
});

test('a wrong token, none, and one that has ended are told apart as GitHub does', async () => {
  const wrong = await callerOf(sim, 'ghp_wrong')('GET', '/user');
  expect([wrong.status, wrong.json]).toEqual([401, { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' }]);
  expect((await callerOf(sim, null)('GET', '/user')).json.message).toBe('Requires authentication');
  expect((await callerOf(sim, null)('GET', WEB)).status).toBe(404);
  expect((await callerOf(sim, null)('GET', '/repos/acme/docs')).status).toBe(200);
  sim.control.addToken('nora', { value: 'ghp_short', kind: 'classic', scopes: ['repo'], expiresAt: sim.control.now() + 1_000 });
  expect((await callerOf(sim, 'ghp_short')('GET', '/user')).headers.get('github-authentication-token-expiration')).toMatch(/ UTC$/);
  sim.control.advance(2_000);
  expect((await callerOf(sim, 'ghp_short')('GET', '/user')).status).toBe(401);
  expect((await call('GET', '/user', undefined, { 'user-agent': '' })).status).toBe(403);
});

test('a fine-grained token does what it was given, in the repositories that it was given', async () => {
  const web = (await call('GET', WEB)).json.id;
  sim.control.addToken('nora', { value: 'github_pat_reader', permissions: { metadata: 'read', issues: 'read' }, repos: [web] });
  const reader = callerOf(sim, 'github_pat_reader');
  expect((await reader('GET', `${WEB}/issues`)).status).toBe(200);
  const refused = await reader('POST', `${WEB}/issues`, { title: 'x' });
  expect([refused.status, refused.json.message]).toEqual([403, 'Resource not accessible by personal access token']);
  expect(refused.headers.get('x-accepted-github-permissions')).toBe('issues=write');
  expect((await reader('GET', '/repos/acme/ops')).status).toBe(404);
  expect((await reader('POST', '/repos/acme/docs/issues', { title: 'x' })).status).toBe(403);
  expect((await reader('GET', '/user/repos')).json.map((repo: { name: string }) => repo.name)).toEqual(['web', 'docs']);
  expect((await reader('GET', `${WEB}/hooks`)).status).toBe(403);
});

test('a classic token without its scope sees public repositories only', async () => {
  sim.control.addToken('nora', { value: 'ghp_bare', kind: 'classic', scopes: [] });
  const bare = callerOf(sim, 'ghp_bare');
  expect((await bare('GET', WEB)).status).toBe(404);
  expect((await bare('POST', '/repos/acme/docs/issues', { title: 'x' })).status).toBe(404);
});

test('the App gets a token for its installation, which lives for an hour', async () => {
  const app = callerOf(sim, jwt());
  expect((await app('GET', '/app')).json).toMatchObject({ id: sim.app.id, slug: 'entente', installations_count: 1 });
  const [installation] = (await app('GET', '/app/installations')).json;
  expect(installation).toMatchObject({ id: sim.app.installationId, account: { login: 'acme' }, repository_selection: 'all' });
  expect((await app('GET', `${WEB}/installation`)).json.id).toBe(installation.id);
  const granted = await app('POST', `/app/installations/${installation.id}/access_tokens`, { repositories: ['web'] });
  expect(granted.json).toMatchObject({ permissions: { issues: 'write', metadata: 'read' }, repository_selection: 'selected', repositories: [{ name: 'web' }] });
  expect(Date.parse(granted.json.expires_at) - sim.control.now()).toBeGreaterThan(59 * 60_000);
  const robot = callerOf(sim, granted.json.token);
  expect((await robot('GET', '/installation/repositories')).json).toMatchObject({ total_count: 1, repositories: [{ full_name: 'acme/web' }] });
  const number = await makeIssue(robot, { labels: ['bug'] });
  expect((await call('GET', `${WEB}/issues/${number}`)).json).toMatchObject({
    user: { login: 'entente[bot]', type: 'Bot' },
    labels: [{ name: 'bug' }],
    performed_via_github_app: { slug: 'entente' },
  });
  expect((await robot('GET', '/repos/acme/ops')).status).toBe(404);
  expect((await robot('GET', `${WEB}/hooks`)).json.message).toBe('Resource not accessible by integration');
  expect((await robot('GET', '/user')).status).toBe(403);
  expect((await robot('GET', '/app')).status).toBe(401);
  sim.control.advance(3_600_000);
  expect((await robot('GET', `${WEB}/issues`)).status).toBe(401);
});

test('a JWT that the App did not sign, or that is over, is refused', async () => {
  const now = Math.floor(sim.control.now() / 1000);
  const ask = async (value: string) => (await callerOf(sim, value)('GET', '/app')).status;
  expect(await ask(jwt())).toBe(200);
  expect(await ask(jwt({ iss: sim.app.clientId }))).toBe(200);
  expect(await ask(`${jwt().slice(0, -8)}AAAAAAAA`)).toBe(401);
  expect(await ask(jwt({}, 'HS256'))).toBe(401);
  expect(await ask(jwt({ exp: now - 1 }))).toBe(401);
  expect(await ask(jwt({ exp: now + 3_600 }))).toBe(401);
  expect(await ask(jwt({ iat: now + 300 }))).toBe(401);
  expect(await ask(jwt({ iss: 1 }))).toBe(404);
  expect((await callerOf(sim, jwt())('GET', `${WEB}/issues`)).status).toBe(401);
});

test('an installation that is suspended is shut out', async () => {
  const { token } = (await callerOf(sim, jwt())('POST', `/app/installations/${sim.app.installationId}/access_tokens`)).json;
  sim.control.setInstallation({ suspended: true });
  expect((await callerOf(sim, token)('GET', `${WEB}/issues`)).json.message).toBe('This installation has been suspended');
  sim.control.setInstallation({ suspended: false });
  expect((await callerOf(sim, token)('GET', `${WEB}/issues`)).status).toBe(200);
});

test('what an organisation and a repository offer can be read', async () => {
  expect((await call('GET', '/orgs/acme/issue-types')).json.map((type: { name: string }) => type.name)).toEqual(['Task', 'Bug', 'Feature']);
  expect((await call('GET', `${WEB}/issue-types`)).json).toHaveLength(3);
  expect((await call('GET', '/orgs/nora/issue-types')).status).toBe(404);
  expect((await call('GET', WEB)).json).toMatchObject({
    full_name: 'acme/web',
    private: true,
    archived: false,
    permissions: { admin: true, push: true, pull: true },
  });
  expect((await call('GET', '/orgs/acme/repos')).json).toHaveLength(3);
  expect((await call('GET', `${WEB}/collaborators/tomas/permission`)).json).toMatchObject({ permission: 'read', role_name: 'triage' });
  expect((await call('GET', '/users/nora')).json.name).toBe('Nora Writer');
  expect((await call('GET', '/nowhere')).status).toBe(404);
});
