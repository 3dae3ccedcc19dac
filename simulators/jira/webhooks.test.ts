import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JiraSim, startJira } from './jira.ts';
import { clientOf, lee } from './test-client.ts';

let sim: JiraSim;
let server: Server;
let got: { headers: IncomingHttpHeaders; body: { webhookEvent: string; issue?: { key: string } } }[];
let statuses: number[];

beforeEach(async () => {
  sim = await startJira();
  sim.control.setDeliveries({ retryDelaysMs: [1, 1] });
  got = [];
  statuses = [];
  server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      got.push({ headers: req.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
      res.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.close();
  await sim.stop();
});

const EVENTS = [
  'jira:issue_created',
  'jira:issue_updated',
  'jira:issue_deleted',
  'comment_created',
  'comment_updated',
  'comment_deleted',
  'attachment_created',
];
const register = (more: Record<string, unknown> = {}, call = clientOf(sim)) =>
  call('POST', '/rest/webhooks/1.0/webhook', { name: 'W', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, events: EVENTS, ...more });

test('only administrators register webhooks, and the secret is never told', async () => {
  expect((await register({}, clientOf(sim, lee))).status).toBe(403);
  const { status, json } = await register({ secret: 'hidden' });
  expect([status, json.isSigned]).toEqual([201, true]);
  expect(JSON.stringify((await clientOf(sim)('GET', '/rest/webhooks/1.0/webhook')).json)).not.toContain('hidden');
  expect((await register({ events: ['nothing'] })).status).toBe(400);
});

test('each thing that happens is told once, after it is kept', async () => {
  await register();
  const { key } = sim.control.createIssue({ project: 'SUP', summary: 'One' });
  sim.control.editIssue(key, { summary: 'Two' });
  const { id } = sim.control.comment(key, { body: 'Hi' });
  sim.control.editComment(key, id, 'Hello');
  sim.control.deleteComment(key, id);
  sim.control.attach(key, { name: 'a.txt', type: 'text/plain', content: 'YQ==' });
  sim.control.deleteIssue(key);
  await sim.control.settled();
  expect(got.map(({ body }) => body.webhookEvent).sort()).toEqual([...EVENTS].sort());
  for (const { headers } of got) expect(headers['x-hub-signature']).toBeUndefined();
});

test('a failed delivery is repeated under the same identifier, until the tries are used up', async () => {
  await register();
  statuses = [500, 503];
  sim.control.createIssue({ project: 'SUP', summary: 'One' });
  await sim.control.settled();
  expect(got).toHaveLength(3);
  expect(new Set(got.map(({ headers }) => headers['x-atlassian-webhook-identifier'])).size).toBe(1);
  expect(sim.control.deliveries()).toMatchObject([{ status: 'completed', tries: 3 }]);
  statuses = [400];
  sim.control.createIssue({ project: 'SUP', summary: 'Two' });
  await sim.control.settled();
  expect(sim.control.deliveries()[1]).toMatchObject({ status: 'failed', tries: 1 });
});

test('a filter in JQL and lost deliveries keep notices away', async () => {
  await register({ filters: { 'issue-related-events-section': 'project = DEV' } });
  sim.control.createIssue({ project: 'SUP', summary: 'One' });
  sim.control.createIssue({ project: 'DEV', summary: 'Two' });
  sim.control.webhookFault({ lose: 1 });
  sim.control.createIssue({ project: 'DEV', summary: 'Three' });
  await sim.control.settled();
  expect(got.map(({ body }) => body.issue?.key)).toEqual(['DEV-1']);
});

test('Data Center from 10 on has its webhooks elsewhere', async () => {
  const modern = await startJira({ deployment: 'data-center', settings: { version: '10.3.2' } });
  const call = clientOf(modern);
  expect((await call('GET', '/rest/webhooks/1.0/webhook')).status).toBe(404);
  const { json } = await call('POST', '/rest/jira-webhook/1.0/webhooks', {
    name: 'W',
    url: 'http://127.0.0.1:1/',
    events: EVENTS,
    active: true,
    configuration: { secret: 's' },
  });
  expect(json).toMatchObject({ id: 1, active: true });
  await modern.stop();
});
