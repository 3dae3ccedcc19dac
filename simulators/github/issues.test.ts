import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GithubSim, startGithub } from './github.ts';
import { type Caller, callerOf, makeIssue } from './test-client.ts';

const WEB = '/repos/acme/web';
let sim: GithubSim;
let call: Caller;

beforeAll(async () => {
  sim = await startGithub({ limits: 'off', validate: 'uncounted' });
  sim.control.freeze();
  call = callerOf(sim);
});
afterAll(async () => {
  // Some requests are wrong on purpose; no answer may be.
  expect(sim.control.violations().filter(({ what }) => what === 'answer')).toEqual([]);
  await sim.stop();
});

test('an issue is created with labels, people, a type and a milestone, and read back', async () => {
  await call('POST', `${WEB}/milestones`, { title: 'November' });
  const made = await call('POST', `${WEB}/issues`, {
    title: 'Slow',
    body: 'So slow',
    labels: ['bug', 'brand new'],
    assignees: ['nora'],
    type: 'Bug',
    milestone: 1,
  });
  expect(made.status).toBe(201);
  expect(made.headers.get('location')).toBe(made.json.url);
  const { json } = await call('GET', `${WEB}/issues/${made.json.number}`);
  expect(json).toMatchObject({
    title: 'Slow',
    body: 'So slow',
    state: 'open',
    state_reason: null,
    user: { login: 'entente-bot', type: 'User' },
    labels: [{ name: 'bug' }, { name: 'brand new', color: 'ededed' }],
    assignee: { login: 'nora' },
    assignees: [{ login: 'nora' }],
    type: { name: 'Bug' },
    milestone: { title: 'November', open_issues: 1 },
    comments: 0,
    locked: false,
    repository_url: `${sim.apiUrl}${WEB}`,
    html_url: `${sim.url}/acme/web/issues/${made.json.number}`,
  });
  expect(json.updated_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('closing keeps why, and opening again says so', async () => {
  const at = `${WEB}/issues/${await makeIssue(call)}`;
  expect((await call('PATCH', at, { state: 'closed' })).json).toMatchObject({
    state: 'closed',
    state_reason: 'completed',
    closed_by: { login: 'entente-bot' },
  });
  expect((await call('PATCH', at, { state: 'closed', state_reason: 'not_planned' })).json).toMatchObject({ state_reason: 'not_planned' });
  expect((await call('PATCH', at, { state: 'open' })).json).toMatchObject({ state: 'open', state_reason: 'reopened', closed_at: null });
  expect((await call('PATCH', at, { state: 'shut' })).status).toBe(422);
});

test('a change of nothing leaves the time as it was', async () => {
  const number = await makeIssue(call, { labels: ['bug'] });
  const before = (await call('GET', `${WEB}/issues/${number}`)).json.updated_at;
  sim.control.advance(5_000);
  const after = await call('PATCH', `${WEB}/issues/${number}`, { title: 'Checkout fails', labels: ['BUG'], state: 'open' });
  expect(after.json.updated_at).toBe(before);
  expect((await call('PATCH', `${WEB}/issues/${number}`, { title: 'Other' })).json.updated_at > before).toBe(true);
});

test('a request that makes no sense is refused in words, and nothing is changed', async () => {
  expect((await call('POST', `${WEB}/issues`, {})).json.message).toContain('"title" wasn\'t supplied');
  expect((await call('POST', `${WEB}/issues`, { title: ' ' })).json).toMatchObject({
    message: 'Validation Failed',
    errors: [{ resource: 'Issue', code: 'missing_field', field: 'title' }],
    status: '422',
  });
  expect((await call('POST', `${WEB}/issues`, { title: 'x'.repeat(257) })).json.errors[0].message).toBe('title is too long (maximum is 256 characters)');
  const long = await call('POST', `${WEB}/issues`, { title: 'x', body: 'x'.repeat(65_537) });
  expect(long.json.errors[0].message).toBe('body is too long (maximum is 65536 characters)');
  const unknown = await call('POST', `${WEB}/issues`, { title: 'x', assignees: ['olga'] });
  expect(unknown.json.errors[0]).toEqual({ value: 'olga', resource: 'Issue', field: 'assignees', code: 'invalid' });
  expect(unknown.json.documentation_url).toBe('https://docs.github.com/rest/issues/issues#create-an-issue');
  expect((await call('POST', `${WEB}/issues`, { title: 'x', type: 'Saga' })).status).toBe(422);
  expect((await call('POST', `${WEB}/issues`, [1])).json.message).toBe('Body should be a JSON object');
});

test('the feed shows what has changed since, pull requests among it, the oldest first and page by page', async () => {
  sim.control.advance(60_000);
  const since = new Date(sim.control.now()).toISOString();
  const first = await makeIssue(call);
  sim.control.advance(1_000);
  const pull = sim.control.createPull('acme/web', { title: 'Fix it' }).number;
  sim.control.advance(1_000);
  await makeIssue(call);
  sim.control.advance(1_000);
  await call('POST', `${WEB}/issues/${first}/comments`, { body: 'Seen' });
  const feed = `${WEB}/issues?since=${since}&state=all&sort=updated&direction=asc&per_page=2`;
  const page = await call('GET', feed);
  expect(page.json.map((issue: { number: number }) => issue.number)).toEqual([pull, pull + 1]);
  expect(page.json[0].pull_request.html_url).toBe(`${sim.url}/acme/web/pull/${pull}`);
  const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
  expect(next).toMatch(new RegExp(`^${sim.apiUrl}/repositories/\\d+/issues\\?`));
  const last = await call('GET', next);
  expect(last.json.map((issue: { number: number }) => issue.number)).toEqual([first]);
  expect(last.headers.get('link')).toBeNull();
  expect(next).toContain('after=');
});

test('a list goes on after what was last seen, and high page numbers are refused', async () => {
  sim.control.addRepo('acme/many');
  for (let index = 0; index < 5; index += 1) sim.control.createIssue('acme/many', { title: `Issue ${index}` });
  sim.control.setSettings({ pagedIssues: 4 });
  const at = '/repos/acme/many/issues?per_page=2&direction=asc';
  const titles = (reply: { json: { title: string }[] }) => reply.json.map(({ title }) => title);
  const first = await call('GET', at);
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  sim.control.deleteIssue('acme/many#1');
  expect(titles(await call('GET', next))).toEqual(['Issue 2', 'Issue 3']);
  sim.control.createIssue('acme/many', { title: 'Issue 5' });
  const refused = await call('GET', `${at}&page=3`);
  expect([refused.status, refused.json.message]).toEqual([422, expect.stringContaining('cursor based pagination')]);
});

test('what has not changed is answered with 304 and no body', async () => {
  const at = `${WEB}/issues/${await makeIssue(call)}`;
  const etag = (await call('GET', at)).headers.get('etag') ?? '';
  expect(etag).toMatch(/^W\/"/);
  const same = await call('GET', at, undefined, { 'if-none-match': etag });
  expect([same.status, same.text]).toEqual([304, '']);
  await call('PATCH', at, { title: 'Other' });
  expect((await call('GET', at, undefined, { 'if-none-match': etag })).status).toBe(200);
});

test('a deleted issue is gone, a transferred one is elsewhere, one that never was is not found', async () => {
  const gone = await makeIssue(call);
  sim.control.deleteIssue(`acme/web#${gone}`);
  expect((await call('GET', `${WEB}/issues/${gone}`)).status).toBe(410);
  expect((await call('GET', `${WEB}/issues/${gone}`)).json.message).toBe('This issue was deleted');
  expect((await call('POST', `${WEB}/issues/${gone}/comments`, { body: 'x' })).status).toBe(410);
  const moved = await makeIssue(call);
  await call('POST', `${WEB}/issues/${moved}/comments`, { body: 'Comes along' });
  expect(sim.control.transferIssue(`acme/web#${moved}`, 'acme/ops')).toBe('acme/ops#1');
  const answer = await call('GET', `${WEB}/issues/${moved}`);
  expect([answer.status, answer.json.url]).toEqual([301, answer.headers.get('location')]);
  const there = await call('GET', answer.headers.get('location') ?? '');
  expect(there.json).toMatchObject({ number: 1, comments: 1, repository_url: `${sim.apiUrl}/repos/acme/ops` });
  expect((await call('GET', `${WEB}/issues/9999`)).status).toBe(404);
});

test('an archived repository and one without issues refuse to write', async () => {
  sim.control.addRepo('acme/old');
  const number = await makeIssue(call, {}, 'acme/old');
  sim.control.archive('acme/old');
  const refused = await call('PATCH', `/repos/acme/old/issues/${number}`, { title: 'x' });
  expect([refused.status, refused.json.message]).toEqual([403, 'Repository was archived so is read-only.']);
  expect((await call('GET', `/repos/acme/old/issues/${number}`)).status).toBe(200);
  sim.control.archive('acme/old', false);
  sim.control.disableIssues('acme/old');
  expect((await call('POST', '/repos/acme/old/issues', { title: 'x' })).status).toBe(410);
});

test('a renamed repository answers under its old name with the new address', async () => {
  sim.control.addRepo('acme/before');
  const number = await makeIssue(call, {}, 'acme/before');
  sim.control.renameRepo('acme/before', 'after');
  const answer = await call('GET', `/repos/acme/before/issues/${number}`);
  expect(answer.status).toBe(301);
  expect((await call('GET', answer.headers.get('location') ?? '')).json.repository_url).toBe(`${sim.apiUrl}/repos/acme/after`);
});

test('labels and assignees have ways of their own', async () => {
  const at = `${WEB}/issues/${await makeIssue(call, { labels: ['bug'] })}`;
  const names = (reply: { json: { name: string }[] }) => reply.json.map(({ name }) => name);
  expect(names(await call('POST', `${at}/labels`, { labels: ['question'] }))).toEqual(['bug', 'question']);
  expect(names(await call('DELETE', `${at}/labels/bug`))).toEqual(['question']);
  expect((await call('DELETE', `${at}/labels/bug`)).json.message).toBe('Label does not exist');
  expect(names(await call('PUT', `${at}/labels`, { labels: ['invalid'] }))).toEqual(['invalid']);
  expect((await call('DELETE', `${at}/labels`)).status).toBe(204);
  expect((await call('POST', `${at}/assignees`, { assignees: ['nora', 'olga'] })).json.assignees).toMatchObject([{ login: 'nora' }]);
  expect((await call('DELETE', `${at}/assignees`, { assignees: ['nora'] })).json.assignees).toEqual([]);
  expect((await call('POST', `${WEB}/labels`, { name: 'bug', color: '00ff00' })).json.errors[0].code).toBe('already_exists');
  expect((await call('POST', `${WEB}/labels`, { name: 'p1', color: '00ff00' })).json).toMatchObject({ name: 'p1', default: false });
  expect((await call('GET', `${WEB}/assignees?per_page=2`)).json).toHaveLength(2);
});
