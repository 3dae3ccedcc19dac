import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JiraSim, startJira } from './jira.ts';
import { clientOf, lee, paragraph } from './test-client.ts';

let sim: JiraSim;
let call: ReturnType<typeof clientOf>;
beforeEach(async () => {
  sim = await startJira();
  call = clientOf(sim);
});
afterEach(() => sim.stop());

const create = (fields: Record<string, unknown>) =>
  call('POST', '/issue', { fields: { project: { key: 'SUP' }, issuetype: { name: 'Bug' }, summary: 'One', ...fields } });

test('a document that breaks the schema, a text where a document belongs and an unknown picture are refused, each in its own words', async () => {
  const broken = { type: 'doc', version: 1, content: [{ type: 'listItem', content: [] }] };
  const { json, status } = await create({ description: { ...broken, content: [{ type: 'text', text: '' }] } });
  expect([status, json.errorMessages]).toEqual([400, ['INVALID_INPUT']]);
  expect((await create({ description: 'plain' })).json.errors.description).toContain('must be an Atlassian Document');
  const picture = { type: 'mediaSingle', attrs: { layout: 'center' }, content: [{ type: 'media', attrs: { type: 'file', id: 'nowhere', collection: '' } }] };
  expect((await create({ description: { type: 'doc', version: 1, content: [picture] } })).json.errorMessages).toEqual(['ATTACHMENT_VALIDATION_ERROR']);
  expect(sim.control.issues()).toEqual([]);
});

test('wrong fields are refused together, by their ids, and nothing is written', async () => {
  const { id } = sim.control.createIssue({ project: 'SUP', summary: 'Stays' });
  const { json } = await call('PUT', `/issue/${id}`, { fields: { summary: 'x'.repeat(256), labels: ['two words'], colour: 1 } });
  expect(Object.keys(json.errors).sort()).toEqual(['colour', 'labels', 'summary']);
  expect(sim.control.issue(id).fields.summary).toBe('Stays');
});

test('a type with a field of its own that must be filled says so in createmeta, and is refused without it', async () => {
  const { json } = await call('POST', '/issue', { fields: { project: { key: 'OPS' }, issuetype: { name: 'Change' }, summary: 'Upgrade' } });
  expect(json.errors).toEqual({ customfield_10050: 'Impact is required.' });
  const made = await call('POST', '/issue', {
    fields: { project: { key: 'OPS' }, issuetype: { name: 'Change' }, summary: 'Upgrade', customfield_10050: { value: 'Minor' } },
  });
  expect(made.status).toBe(201);
});

test('who may not see an issue is told what everybody is told of one that is not there', async () => {
  const { key } = sim.control.createIssue({ project: 'SUP', summary: 'Secret' });
  const other = clientOf(sim, lee);
  expect((await other('GET', `/issue/${key}`)).status).toBe(200);
  expect((await other('PUT', `/issue/${key}`, { fields: { summary: 'Mine' } })).status).toBe(403);
  sim.control.setSecurity(key, ['dana@acme.example']);
  const hidden = await other('GET', `/issue/${key}`);
  expect([hidden.status, hidden.json]).toEqual([404, (await other('GET', '/issue/SUP-999')).json]);
  sim.control.setPermissions('DEV', 'lee@acme.example', []);
  expect((await other('GET', '/project/DEV')).status).toBe(404);
});

test('wrong credentials are 401 where one asks who one is, elsewhere a visitor’s 404 with the reason in a header', async () => {
  const { key } = sim.control.createIssue({ project: 'SUP', summary: 'One' });
  const wrong = clientOf(sim, { email: 'sync@acme.example', token: 'wrong' });
  expect((await wrong('GET', '/myself')).status).toBe(401);
  const issue = await wrong('GET', `/issue/${key}`);
  expect([issue.status, issue.headers.get('x-seraph-loginreason')]).toEqual([404, 'AUTHENTICATED_FAILED']);
});

test('a moved issue answers to its old key, a deleted one to none', async () => {
  const { id, key } = sim.control.createIssue({ project: 'SUP', summary: 'Wanders' });
  const moved = sim.control.moveIssue(key, 'DEV');
  expect((await call('GET', `/issue/${key}`)).json).toMatchObject({ id, key: moved });
  expect((await call('DELETE', `/issue/${key}`)).status).toBe(204);
  for (const name of [id, key, moved]) expect((await call('GET', `/issue/${name}`)).status).toBe(404);
});

test('a step that the workflow does not have is refused', async () => {
  const { key } = sim.control.createIssue({ project: 'OPS', type: 'Task', summary: 'One' });
  const { transitions } = (await call('GET', `/issue/${key}/transitions`)).json;
  expect(transitions.map((one: { name: string }) => one.name)).toEqual(['In Progress']);
  expect((await call('POST', `/issue/${key}/transitions`, { transition: { id: '110001' } })).status).toBe(400);
});

test('internal notes of a service project are told apart three ways; elsewhere there are none', async () => {
  const { key } = sim.control.createIssue({ project: 'SUP', summary: 'One' });
  await call('POST', `/issue/${key}/comment`, { body: paragraph('note'), properties: [{ key: 'sd.public.comment', value: { internal: true } }] });
  await call('POST', `/rest/servicedeskapi/request/${key}/comment`, { body: 'reply', public: true });
  const { comments } = (await call('GET', `/issue/${key}/comment?expand=properties`)).json;
  expect(comments.map((one: { jsdPublic: boolean }) => one.jsdPublic)).toEqual([false, true]);
  expect(comments[0].properties).toEqual([{ key: 'sd.public.comment', value: { internal: true } }]);
  expect((await call('GET', `/rest/servicedeskapi/request/${key}/comment?public=false`)).json.values).toMatchObject([{ body: 'note', public: false }]);
  const dev = sim.control.createIssue({ project: 'DEV', summary: 'Two' });
  expect((await call('POST', `/rest/servicedeskapi/request/${dev.key}/comment`, { body: 'x', public: false })).status).toBe(404);
});

test('a comment for a role is seen by its members only, and an edit without the role opens it', async () => {
  const { key } = sim.control.createIssue({ project: 'DEV', summary: 'One' });
  const made = await call('POST', `/issue/${key}/comment`, { body: paragraph('for us'), visibility: { type: 'role', value: 'Developers' } });
  const seen = async () => (await clientOf(sim, lee)('GET', `/issue/${key}/comment`)).json.total;
  expect(await seen()).toBe(0);
  await call('PUT', `/issue/${key}/comment/${made.json.id}`, { body: paragraph('for all') });
  expect(await seen()).toBe(1);
  expect((await call('POST', `/issue/${key}/comment`, { body: paragraph('x'), visibility: { type: 'role', value: 'Nobody' } })).json.errors).toHaveProperty(
    'commentLevel',
  );
});

test('files: the form’s header is asked for, the size has an end, and credentials at the media host are a leak', async () => {
  sim.control.setSettings({ maxAttachmentBytes: 10 });
  const { key } = sim.control.createIssue({ project: 'SUP', summary: 'One' });
  const form = (content: string) => {
    const data = new FormData();
    data.append('file', new Blob([content], { type: 'text/plain' }), 'a.txt');
    return data;
  };
  const allow = { 'x-atlassian-token': 'no-check' };
  expect((await call('POST', `/issue/${key}/attachments`, form('hello'))).status).toBe(403);
  expect((await call('POST', `/issue/${key}/attachments`, form('far too large'), allow)).status).toBe(413);
  const { json } = await call('POST', `/issue/${key}/attachments`, form('hello'), allow);
  const { status, headers } = await call('GET', `/attachment/content/${json[0].id}`);
  const address = headers.get('location') ?? '';
  const [file] = sim.control.files(key);
  expect([status, new URL(address).origin, address.includes(`/file/${file?.media}/`)]).toEqual([303, sim.mediaUrl, true]);
  expect((await fetch(address, { headers: { authorization: 'Basic x' } })).status).toBe(400);
  expect(sim.control.leaks()).toBe(1);
  expect(await (await fetch(address)).text()).toBe('hello');
  const picture = { type: 'mediaSingle', attrs: { layout: 'center' }, content: [{ type: 'media', attrs: { type: 'file', id: file?.media, collection: '' } }] };
  expect((await call('PUT', `/issue/${key}`, { fields: { description: { type: 'doc', version: 1, content: [picture] } } })).status).toBe(204);
});

test('an edit that changes only a property leaves no history', async () => {
  const { key } = sim.control.createIssue({ project: 'SUP', summary: 'One' });
  await call('PUT', `/issue/${key}`, { properties: [{ key: 'entente', value: { a: 1 } }] });
  expect(sim.control.history(key)).toEqual([]);
  expect((await call('GET', `/issue/${key}/properties/entente`)).json).toEqual({ key: 'entente', value: { a: 1 } });
});
