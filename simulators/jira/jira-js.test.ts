import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CloudClient, createCloudClient } from 'jira.js';
import { createClient } from 'jira.js/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JiraSim, startJira } from './jira.ts';

/** Somebody else's client drives the simulator: its idea of the API is not ours, and it refuses every answer of another shape. */
let sim: JiraSim;
let jira: CloudClient;
let raw: ReturnType<typeof createClient>;

beforeAll(async () => {
  sim = await startJira({ seed: 'support', validate: 'uncounted', settings: { searchLagMs: 0 } });
  const { email, token: apiToken } = sim.credentials;
  raw = createClient({ host: sim.url, auth: { type: 'basic', email, apiToken }, onSchemaMismatch: 'throw' });
  jira = createCloudClient(raw);
});
afterAll(async () => {
  expect(sim.control.violations()).toEqual([]);
  expect(sim.control.leaks()).toBe(0);
  const { requests = 0, answers = 0, skipped } = sim.control.validation() ?? {};
  if (!skipped) {
    expect(requests).toBeGreaterThan(30);
    expect(answers).toBeGreaterThan(25);
  }
  await sim.stop();
});

const doc = (text: string) => ({ type: 'doc' as const, version: 1 as const, content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] });

async function newIssue(summary: string): Promise<string> {
  const { key } = await jira.issues.createIssue({
    fields: { project: { key: 'DEV' }, issuetype: { name: 'Bug' }, summary, description: doc('Hello') },
    properties: [{ key: 'entente', value: { marker: summary } }],
  });
  return key ?? '';
}

test('it creates, reads, changes and deletes issues', async () => {
  const issueIdOrKey = await newIssue('From the client');
  await jira.issues.editIssue({ issueIdOrKey, fields: { summary: 'Changed', labels: ['a'], priority: { name: 'High' } } });
  const issue = await jira.issues.getIssue({ issueIdOrKey, fields: ['*all'], properties: ['entente'], expand: 'names,renderedFields,changelog' });
  expect(issue.fields).toMatchObject({ summary: 'Changed', labels: ['a'], priority: { name: 'High' }, issuetype: { name: 'Bug' }, description: doc('Hello') });
  expect(issue).toMatchObject({ properties: { entente: { marker: 'From the client' } }, renderedFields: { description: '<p>Hello</p>' } });
  const changes = await jira.issues.getChangeLogs({ issueIdOrKey });
  expect(changes.values?.flatMap(({ items }) => items?.map(({ field }) => field))).toEqual(['summary', 'labels', 'priority']);
  await jira.issues.deleteIssue({ issueIdOrKey });
  await expect(jira.issues.getIssue({ issueIdOrKey })).rejects.toMatchObject({ status: 404 });
});

test('it moves an issue along its workflow', async () => {
  const issueIdOrKey = await newIssue('To be done');
  const { transitions = [] } = await jira.issues.getTransitions({ issueIdOrKey, expand: 'transitions.fields' });
  const done = transitions.find(({ to }) => to?.name === 'Done');
  await jira.issues.doTransition({ issueIdOrKey, transition: { id: done?.id ?? '' } });
  expect((await jira.issues.getIssue({ issueIdOrKey })).fields).toMatchObject({ status: { name: 'Done', statusCategory: { key: 'done' } } });
});

test('it comments, edits, pages and deletes comments, with properties', async () => {
  const issueIdOrKey = await newIssue('With comments');
  const first = await jira.issueComments.addComment({ issueIdOrKey, body: doc('One'), properties: [{ key: 'k', value: { v: 1 } }] });
  await jira.issueComments.addComment({ issueIdOrKey, body: doc('Two'), visibility: { type: 'role', value: 'Developers' } });
  const id = first.id ?? '';
  await jira.issueComments.updateComment({ issueIdOrKey, id, body: { body: doc('One, edited') } });
  const page = await jira.issueComments.getComments({ issueIdOrKey, maxResults: 1, expand: 'properties' });
  expect(page).toMatchObject({ total: 2, comments: [{ id, body: doc('One, edited'), properties: [{ key: 'k', value: { v: 1 } }] }] });
  expect(await jira.issueCommentProperties.getCommentProperty({ commentId: id, propertyKey: 'k' })).toMatchObject({ value: { v: 1 } });
  await jira.issueComments.deleteComment({ issueIdOrKey, id });
  expect(await jira.issueComments.getComments({ issueIdOrKey })).toMatchObject({ total: 1, comments: [{ visibility: { type: 'role', value: 'Developers' } }] });
});

test('it attaches files and reads them from the media host', async () => {
  const issueIdOrKey = await newIssue('With a file');
  const [file] = await jira.issueAttachments.addAttachment({ issueIdOrKey, attachments: { filename: 'größe “1”.txt', content: Buffer.from('content') } });
  const id = file?.id ?? '';
  expect(file).toMatchObject({ filename: 'größe “1”.txt', size: 7 });
  expect(Buffer.from((await jira.issueAttachments.getAttachmentContent({ id })) as Uint8Array).toString()).toBe('content');
  expect(await jira.issueAttachments.getAttachment({ id })).toMatchObject({ filename: 'größe “1”.txt' });
  expect(await jira.issueAttachments.getAttachmentMeta()).toEqual({ enabled: true, uploadLimit: 10_485_760 });
  await jira.issueAttachments.removeAttachment({ id });
  await expect(jira.issueAttachments.getAttachment({ id })).rejects.toMatchObject({ status: 404 });
});

test('it searches page by page, and past the index', async () => {
  for (const n of [1, 2, 3]) await newIssue(`Needle ${n}`);
  const jql = 'project = DEV AND summary ~ needle ORDER BY created ASC';
  const first = await jira.issueSearch.searchAndReconsileIssuesUsingJqlPost({ jql, fields: ['summary'], maxResults: 2 });
  expect(first.issues?.map(({ fields }) => fields?.summary)).toEqual(['Needle 1', 'Needle 2']);
  expect(first.isLast).toBe(false);
  const rest = await jira.issueSearch.searchAndReconsileIssuesUsingJql({ jql, fields: ['summary'], maxResults: 2, nextPageToken: first.nextPageToken ?? '' });
  expect(rest).toMatchObject({ isLast: true, issues: [{ fields: { summary: 'Needle 3' } }] });
  sim.control.setSettings({ searchLagMs: 60_000 });
  const late = await newIssue('Needle 4');
  const { id } = await jira.issues.getIssue({ issueIdOrKey: late });
  const found = async (reconcileIssues: number[]) =>
    (await jira.issueSearch.searchAndReconsileIssuesUsingJqlPost({ jql: 'summary ~ "needle 4"', fields: ['summary'], reconcileIssues })).issues?.map(
      ({ key }) => key,
    );
  expect(await found([])).toEqual([]);
  expect(await found([Number(id)])).toEqual([late]);
  sim.control.setSettings({ searchLagMs: 0 });
});

test('it reads who and what there is', async () => {
  expect(await jira.myself.getCurrentUser()).toMatchObject({ displayName: 'Sync Service' });
  expect(await jira.serverInfo.getServerInfo()).toMatchObject({ deploymentType: 'Cloud' });
  expect((await jira.projects.searchProjects()).values?.map(({ key }) => key)).toEqual(['SUP', 'DEV', 'OPS']);
  const types = await jira.issues.getCreateIssueMetaIssueTypes({ projectIdOrKey: 'OPS' });
  expect(types.issueTypes?.map(({ name }) => name)).toEqual(['Change', 'Task']);
  const meta = await jira.issues.getCreateIssueMetaIssueTypeId({ projectIdOrKey: 'OPS', issueTypeId: '10005' });
  expect(meta.fields?.find(({ fieldId }) => fieldId === 'customfield_10050')).toMatchObject({ required: true, name: 'Impact' });
  expect((await jira.issueFields.getFields()).length).toBeGreaterThan(10);
  expect(await jira.permissions.getMyPermissions({ permissions: 'BROWSE_PROJECTS' })).toMatchObject({
    permissions: { BROWSE_PROJECTS: { havePermission: true } },
  });
  expect((await jira.workflowStatuses.getStatuses()).map(({ name }) => name)).toEqual(['To Do', 'In Progress', 'Done']);
});

test('it keeps properties and a link back', async () => {
  const issueIdOrKey = await newIssue('Linked');
  await jira.issueProperties.setIssueProperty({ issueIdOrKey, propertyKey: 'twin', body: { at: 'zendesk' } });
  expect(await jira.issueProperties.getIssueProperty({ issueIdOrKey, propertyKey: 'twin' })).toMatchObject({ key: 'twin' });
  await jira.issueRemoteLinks.createOrUpdateRemoteIssueLink({ issueIdOrKey, globalId: 'twin=1', object: { url: 'https://acme.example/1', title: 'Twin' } });
  expect(await jira.issueRemoteLinks.getRemoteIssueLinks({ issueIdOrKey })).toMatchObject([{ globalId: 'twin=1', object: { title: 'Twin' } }]);
});

test('it registers a webhook, which delivers signed notices', async () => {
  const got: { headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => {
      body += String(chunk);
    });
    req.on('end', () => {
      got.push({ headers: req.headers, body });
      res.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const body = { name: 'client', url, events: ['jira:issue_created', 'comment_created'], secret: 's3cret' };
  await raw.sendRequest({ url: '/rest/webhooks/1.0/webhook', method: 'POST', body });
  const issueIdOrKey = await newIssue('Noticed');
  await jira.issueComments.addComment({ issueIdOrKey, body: doc('Hi') });
  await sim.control.settled();
  server.close();
  const events = got.map((one) => JSON.parse(one.body) as { webhookEvent: string; issue: { key: string } });
  expect(events.map(({ webhookEvent, issue }) => `${webhookEvent} ${issue.key}`).sort()).toEqual([
    `comment_created ${issueIdOrKey}`,
    `jira:issue_created ${issueIdOrKey}`,
  ]);
  for (const one of got) expect(one.headers['x-hub-signature']).toBe(`sha256=${createHmac('sha256', 's3cret').update(one.body).digest('hex')}`);
});
