import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JiraSim, startJira } from './jira.ts';
import { clientOf, lee } from './test-client.ts';

let sim: JiraSim;
let call: ReturnType<typeof clientOf>;
beforeEach(async () => {
  sim = await startJira({ settings: { searchLagMs: 5_000 } });
  sim.control.freeze(Date.parse('2026-11-22T10:05:30Z'));
  call = clientOf(sim);
});
afterEach(() => sim.stop());

async function keys(jql: string, more: Record<string, unknown> = {}, as = call): Promise<string[]> {
  const { json } = await as('POST', '/search/jql', { jql, fields: ['summary'], ...more });
  if (!json.issues) throw new Error(json.errorMessages.join(' '));
  return json.issues.map((issue: { key: string }) => issue.key);
}

test('the index is late: for new issues, for changes and for what was deleted, unless an issue is reconciled', async () => {
  const { id, key } = sim.control.createIssue({ project: 'SUP', summary: 'First' });
  expect(await keys('project = SUP')).toEqual([]);
  expect(await keys('project = SUP', { reconcileIssues: [Number(id)] })).toEqual([key]);
  sim.control.advance(5_000);
  expect(await keys('project = SUP')).toEqual([key]);
  sim.control.editIssue(key, { summary: 'Second' });
  expect(await keys('summary ~ second')).toEqual([]);
  expect(await keys('summary ~ first')).toEqual([key]);
  sim.control.advance(5_000);
  expect(await keys('summary ~ second')).toEqual([key]);
});

test('times are minutes by the clock of who asks', async () => {
  const { key } = sim.control.createIssue({ project: 'SUP', summary: 'One' });
  sim.control.advance(60_000);
  // 10:05:30 UTC is 11:05 in Berlin.
  expect(await keys('updated >= "2026/11/22 11:05"')).toEqual([key]);
  expect(await keys('updated >= "2026-11-22 11:06"')).toEqual([]);
  expect(await keys('updated >= "2026/11/22 10:06"')).toEqual([key]);
  sim.control.setTimeZone('sync@acme.example', 'Asia/Kolkata');
  expect(await keys('updated >= "2026/11/22 15:36"')).toEqual([]);
  expect(await keys('created >= -5m')).toEqual([key]);
});

test('a query without a restriction, an unknown field, value or order are refused in Jira’s words', async () => {
  await expect(keys('order by created')).rejects.toThrow('Unbounded JQL queries are not allowed here');
  await expect(keys('colour = red')).rejects.toThrow("Field 'colour' does not exist");
  await expect(keys('project = NONE')).rejects.toThrow("The value 'NONE' does not exist for the field 'project'.");
  await expect(keys('key = SUP-99')).rejects.toThrow("An issue with key 'SUP-99' does not exist");
  await expect(keys('updated >= yesterday')).rejects.toThrow('is invalid. Valid formats include');
  await expect(keys('project = SUP and')).rejects.toThrow('Error in the JQL Query');
  await expect(keys('issue.property[entente].marker = "x"')).rejects.toThrow("Field 'issue.property[entente].marker' does not exist");
});

test('and, or, not, in, brackets, empty and order work together', async () => {
  for (const [project, summary, labels] of [
    ['SUP', 'Alpha', ['a']],
    ['DEV', 'Beta', []],
    ['DEV', 'Gamma', ['b', 'c']],
  ] as const)
    sim.control.createIssue({ project, summary, labels });
  sim.control.advance(10_000);
  expect(await keys('labels in (a, c) order by key asc')).toEqual(['SUP-1', 'DEV-2']);
  expect(await keys('project = DEV and (labels is empty or summary ~ gam*) order by created asc, key asc')).toEqual(['DEV-1', 'DEV-2']);
  expect(await keys('not project = DEV')).toEqual(['SUP-1']);
  expect(await keys('id in (10001, 10003) order by key desc')).toEqual(['DEV-2', 'SUP-1']);
  expect(await keys('creator = currentUser() or reporter != currentUser() order by key')).toHaveLength(3);
});

test('an app’s indexed property can be searched for', async () => {
  sim.control.setSettings({ indexedProperties: ['entente'] });
  const { json } = await call('POST', '/issue', {
    fields: { project: { key: 'SUP' }, issuetype: { name: 'Bug' }, summary: 'One' },
    properties: [{ key: 'entente', value: { marker: 'm1' } }],
  });
  sim.control.advance(10_000);
  expect(await keys('issue.property[entente].marker = "m1"')).toEqual([json.key]);
  expect(await keys('issue.property["entente"].marker = "m2"').catch(() => [])).toEqual([]);
});

test('pages go on by token, for the same query only, and what somebody may not see is in none', async () => {
  for (const n of [1, 2, 3]) sim.control.createIssue({ project: 'SUP', summary: `Page ${n}` });
  sim.control.advance(10_000);
  const { json } = await call('POST', '/search/jql', { jql: 'project = SUP order by key', maxResults: 2 });
  expect(json).toMatchObject({ isLast: false });
  expect(json).not.toHaveProperty('total');
  expect(await keys('project = SUP order by key', { maxResults: 2, nextPageToken: json.nextPageToken })).toEqual(['SUP-3']);
  await expect(keys('project = DEV', { nextPageToken: json.nextPageToken })).rejects.toThrow('next page token is invalid');
  sim.control.setSecurity('SUP-2', ['dana@acme.example']);
  expect(await keys('project = SUP order by key', {}, clientOf(sim, lee))).toEqual(['SUP-1', 'SUP-3']);
  expect((await call('GET', '/search?jql=project=SUP')).status).toBe(410);
});
