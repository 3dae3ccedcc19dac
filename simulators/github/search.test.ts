import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GithubSim, startGithub } from './github.ts';
import { type Caller, callerOf, makeIssue } from './test-client.ts';

let sim: GithubSim;
let call: Caller;
const find = async (q: string) => (await call('GET', `/search/issues?q=${encodeURIComponent(q)}`)).json.items.map((issue: { number: number }) => issue.number);

beforeAll(async () => {
  sim = await startGithub({ limits: 'off', validate: 'uncounted' });
  sim.control.freeze();
  call = callerOf(sim);
});
afterAll(async () => {
  expect(sim.control.violations().filter(({ what }) => what === 'answer')).toEqual([]);
  await sim.stop();
});

test('a new issue is found after a while', async () => {
  const number = await makeIssue(call, { body: 'marked <!-- entente:4711 -->' });
  expect(await find('repo:acme/web is:issue "entente:4711" in:body')).toEqual([]);
  sim.control.advance(2_000);
  expect(await find('repo:acme/web is:issue "entente:4711" in:body')).toEqual([number]);
  await call('PATCH', `/repos/acme/web/issues/${number}`, { body: 'not any more' });
  expect(await find('repo:acme/web is:issue "entente:4711" in:body')).toEqual([number]);
  sim.control.advance(2_000);
  expect(await find('repo:acme/web is:issue "entente:4711" in:body')).toEqual([]);
});

test('the commoner qualifiers narrow the search', async () => {
  const number = await makeIssue(call, { title: 'Blue', labels: ['bug'], assignees: ['nora'], type: 'Bug' });
  const pull = sim.control.createPull('acme/web', { title: 'Blue too' }, 'nora').number;
  await call('POST', `/repos/acme/web/issues/${number}/comments`, { body: 'violet' });
  sim.control.advance(2_000);
  expect(await find('repo:acme/web is:pr Blue')).toEqual([pull]);
  expect(await find('repo:acme/web is:issue label:bug assignee:nora author:entente-bot type:Bug state:open')).toEqual([number]);
  expect(await find('repo:acme/web is:issue violet in:comments')).toEqual([number]);
  expect(await find('repo:acme/web is:issue -label:bug Blue')).toEqual([]);
  expect(await find('is:issue is:closed')).toEqual([]);
});

test('a search that cannot be carried out is refused', async () => {
  expect((await call('GET', '/search/issues?q=')).status).toBe(422);
  expect((await call('GET', '/search/issues?q=repo:acme/web')).json.errors[0].message).toContain("'is:issue'");
  expect((await call('GET', '/search/issues?q=is:issue+repo:acme/none')).json.errors[0].message).toContain('cannot be searched');
});
