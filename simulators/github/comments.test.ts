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
  for (const login of ['nora', 'tomas', 'rita', 'olga']) sim.control.addToken(login, { value: `ghp_${login}`, kind: 'classic', scopes: ['repo'] });
});
afterAll(async () => {
  expect(sim.control.violations().filter(({ what }) => what === 'answer')).toEqual([]);
  await sim.stop();
});

test('a comment is made, changed and deleted; the issue counts it', async () => {
  const number = await makeIssue(call);
  const before = (await call('GET', `${WEB}/issues/${number}`)).json.updated_at;
  sim.control.advance(2_000);
  const made = await call('POST', `${WEB}/issues/${number}/comments`, { body: 'First' });
  expect([made.status, made.headers.get('location')]).toEqual([201, made.json.url]);
  expect(made.json.issue_url).toBe(`${sim.apiUrl}${WEB}/issues/${number}`);
  expect((await call('GET', `${WEB}/issues/${number}`)).json).toMatchObject({ comments: 1, updated_at: made.json.created_at });
  expect(made.json.created_at > before).toBe(true);
  sim.control.advance(2_000);
  const edited = await call('PATCH', `${WEB}/issues/comments/${made.json.id}`, { body: 'Second' });
  expect(edited.json).toMatchObject({ body: 'Second', created_at: made.json.created_at });
  expect(edited.json.updated_at > made.json.updated_at).toBe(true);
  expect((await call('DELETE', `${WEB}/issues/comments/${made.json.id}`)).status).toBe(204);
  expect((await call('GET', `${WEB}/issues/comments/${made.json.id}`)).status).toBe(404);
  expect((await call('GET', `${WEB}/issues/${number}/comments`)).json).toEqual([]);
});

test('the comments of a whole repository are listed by their last change', async () => {
  const numbers = [await makeIssue(call), await makeIssue(call)];
  const ids: number[] = [];
  for (const number of numbers) {
    sim.control.advance(1_000);
    ids.push((await call('POST', `${WEB}/issues/${number}/comments`, { body: `On ${number}` })).json.id);
  }
  sim.control.advance(60_000);
  const since = `${new Date(sim.control.now()).toISOString().slice(0, 19)}Z`;
  const feed = `${WEB}/issues/comments?since=${since}&sort=updated&direction=asc`;
  expect((await call('GET', feed)).json).toEqual([]);
  sim.control.editComment(`acme/web#${numbers[0]}`, ids[0] ?? 0, 'Changed by a person', 'nora');
  expect((await call('GET', feed)).json).toMatchObject([{ id: ids[0], body: 'Changed by a person', user: { login: 'entente-bot' } }]);
});

test('an empty comment and one that is too long are refused', async () => {
  const at = `${WEB}/issues/${await makeIssue(call)}/comments`;
  expect((await call('POST', at, {})).json.message).toContain('"body" wasn\'t supplied');
  expect((await call('POST', at, { body: ' ' })).json.errors[0].code).toBe('missing_field');
  expect((await call('POST', at, { body: '😀'.repeat(65_536) })).status).toBe(201);
  expect((await call('POST', at, { body: 'x'.repeat(65_537) })).json.errors[0].message).toContain('too long');
});

test('a locked conversation takes comments only of those who may push', async () => {
  const number = await makeIssue(call);
  expect((await call('PUT', `${WEB}/issues/${number}/lock`, { lock_reason: 'resolved' })).status).toBe(204);
  const refused = await callerOf(sim, 'ghp_tomas')('POST', `${WEB}/issues/${number}/comments`, { body: 'x' });
  expect([refused.status, refused.json.message]).toEqual([403, 'Unable to create comment because issue is locked.']);
  expect((await callerOf(sim, 'ghp_nora')('POST', `${WEB}/issues/${number}/comments`, { body: 'x' })).status).toBe(201);
  expect((await call('GET', `${WEB}/issues/${number}`)).json).toMatchObject({ locked: true, active_lock_reason: 'resolved' });
  expect((await call('DELETE', `${WEB}/issues/${number}/lock`)).status).toBe(204);
  expect((await callerOf(sim, 'ghp_tomas')('POST', `${WEB}/issues/${number}/comments`, { body: 'x' })).status).toBe(201);
});

test('who may only read comments on issues, and changes what is their own', async () => {
  const rita = callerOf(sim, 'ghp_rita');
  const number = await makeIssue(call);
  const { id } = (await call('POST', `${WEB}/issues/${number}/comments`, { body: 'Not hers' })).json;
  expect((await rita('PATCH', `${WEB}/issues/comments/${id}`, { body: 'x' })).status).toBe(403);
  expect((await rita('PATCH', `${WEB}/issues/${number}`, { title: 'x' })).status).toBe(403);
  const own = await rita('POST', `${WEB}/issues`, { title: 'Hers', labels: ['bug'], assignees: ['nora'], type: 'Bug' });
  expect(own.json).toMatchObject({ labels: [], assignees: [], type: null });
  expect((await rita('PATCH', `${WEB}/issues/${own.json.number}`, { title: 'Still hers', labels: ['bug'] })).json).toMatchObject({
    title: 'Still hers',
    labels: [],
  });
  expect((await callerOf(sim, 'ghp_olga')('GET', `${WEB}/issues/${number}`)).status).toBe(404);
});

test('the history has events, comments and references', async () => {
  const target = await makeIssue(call);
  const number = await makeIssue(call, { body: `See #${target}` });
  await call('PATCH', `${WEB}/issues/${target}`, { title: 'New', labels: ['bug'], assignees: ['nora'], state: 'closed' });
  await call('POST', `${WEB}/issues/${target}/comments`, { body: 'Done' });
  const timeline = await call('GET', `${WEB}/issues/${target}/timeline`);
  expect(timeline.json.map((one: { event: string }) => one.event)).toEqual(['cross-referenced', 'renamed', 'labeled', 'assigned', 'closed', 'commented']);
  expect(timeline.json[0].source.issue.number).toBe(number);
  expect(timeline.json[1].rename).toEqual({ from: 'Checkout fails', to: 'New' });
  const events = await call('GET', `${WEB}/issues/${target}/events`);
  expect(events.json.map((one: { event: string }) => one.event)).toEqual(['renamed', 'labeled', 'assigned', 'closed']);
  expect((await call('GET', `${WEB}/issues/events?per_page=1`)).json).toMatchObject([{ event: 'closed', issue: { number: target } }]);
});
