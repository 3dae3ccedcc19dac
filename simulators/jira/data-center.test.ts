import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JiraSim, startJira } from './jira.ts';
import { clientOf } from './test-client.ts';

let sim: JiraSim;
let call: ReturnType<typeof clientOf>;
beforeAll(async () => {
  sim = await startJira({ deployment: 'data-center', seed: 'support' });
  call = clientOf(sim);
});
afterAll(() => sim.stop());

test('people have keys and names, texts are wiki markup, and a wrong token is 401 everywhere', async () => {
  expect((await call('GET', '/myself')).json).toMatchObject({ name: 'sync', key: expect.stringContaining('JIRAUSER') });
  const { json } = await call('GET', '/issue/SUP-1');
  expect(json.fields.description).toContain('||Customer||Rows||Broken||');
  expect((await clientOf(sim, { email: '', token: 'wrong' })('GET', '/issue/SUP-1')).status).toBe(401);
  expect((await call('POST', '/issue/SUP-1/comment', { body: { type: 'doc' } })).status).toBe(400);
  expect((await call('GET', '/rest/api/3/myself')).status).toBe(404);
});

test('searches page by offset and know their total; createmeta calls its list otherwise', async () => {
  const { json } = await call('POST', '/search', { jql: 'project in (SUP, DEV) order by key', startAt: 1, maxResults: 2, fields: ['summary'] });
  expect(json).toMatchObject({ startAt: 1, maxResults: 2, total: 4 });
  expect(json.issues.map((issue: { key: string }) => issue.key)).toEqual(['SUP-2', 'DEV-1']);
  expect((await call('GET', '/issue/createmeta/SUP/issuetypes')).json.values).toHaveLength(3);
});

test('files are served by the site itself, to whoever is signed in', async () => {
  const [file] = sim.control.files('SUP-2');
  const address = String((file as unknown as { content: string }).content);
  expect(address).toContain(`${sim.url}/secure/attachment/`);
  expect((await fetch(address)).status).toBe(404);
  const authorization = `Bearer ${sim.credentials.token}`;
  expect((await fetch(address, { headers: { authorization } })).headers.get('content-type')).toBe('image/png');
});

test('an internal note is told in a property only', async () => {
  const { comments } = (await call('GET', '/issue/SUP-1/comment?expand=properties')).json;
  expect(comments.map((one: { jsdPublic?: boolean }) => one.jsdPublic)).toEqual([undefined, undefined]);
  expect(comments[1].properties).toEqual([{ key: 'sd.public.comment', value: { internal: true } }]);
});
