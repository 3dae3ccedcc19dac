import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readBody } from '../http/body.ts';
import { type Listening, listen } from '../http/listen.ts';
import { type Caller, callerOf, makeTicket } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: events of every shape
  json: any;
}

let sim: ZendeskSim;
let call: Caller;
let receiver: Listening;
let received: Received[] = [];
let answers: number[] = [];
let webhookId = '';

beforeAll(async () => {
  sim = await startZendesk({ limits: 'off', validate: true });
  call = callerOf(sim);
  sim.control.setDeliveries({ retryDelaysMs: [5, 5, 5], timeoutMs: 300 });
  receiver = await listen({ port: 0 }, async (req, res) => {
    const body = (await readBody(req, 1_000_000)).toString('utf8');
    received.push({ headers: req.headers, body, json: JSON.parse(body) });
    const status = answers.shift() ?? 200;
    if (status > 0) res.writeHead(status).end();
  });
});
afterAll(async () => {
  await sim.stop();
  await receiver.close();
});
beforeEach(async () => {
  received = [];
  answers = [];
  sim.control.clearDeliveries();
  const webhook = {
    name: 'Sync',
    status: 'active',
    endpoint: receiver.url,
    http_method: 'POST',
    request_format: 'json',
    subscriptions: [
      'zen:event-type:ticket.created',
      'zen:event-type:ticket.comment_added',
      'zen:event-type:ticket.subject_changed',
      'zen:event-type:ticket.status_changed',
      'zen:event-type:ticket.comment_made_private',
      'zen:event-type:ticket.attachment_linked_to_comment',
      'zen:event-type:ticket.soft_deleted',
    ],
  };
  webhookId = (await call('POST', '/api/v2/webhooks', { webhook })).json.webhook.id;
});
afterEach(async () => {
  await sim.control.settled();
  await call('DELETE', `/api/v2/webhooks/${webhookId}`);
});

const types = (): string[] => received.map((one) => one.json.type.replace('zen:event-type:ticket.', ''));

test('a change is told with a signature over its time and its body, ids as text and choices in capitals', async () => {
  const { id } = await makeTicket(call, { priority: 'high' });
  await sim.control.settled();
  expect(types().sort((a, b) => a.localeCompare(b))).toEqual(['comment_added', 'created']);
  const { secret } = (await call('GET', `/api/v2/webhooks/${webhookId}/signing_secret`)).json.signing_secret;
  for (const { headers, body, json } of received) {
    const stamp = headers['x-zendesk-webhook-signature-timestamp'];
    expect(headers['x-zendesk-webhook-signature']).toBe(
      createHmac('sha256', secret)
        .update(stamp + body)
        .digest('base64'),
    );
    expect(json).toMatchObject({ subject: `zen:ticket:${id}`, detail: { id: String(id), priority: 'HIGH', status: 'NEW', type: null } });
  }
  const comment = received.find((one) => one.json.type.endsWith('comment_added'))?.json.event.comment;
  expect(comment).toMatchObject({ body: 'It smokes.', is_public: true, author: { is_staff: true } });
});

test('each kind of change has its own event, with what was before', async () => {
  const { id } = await makeTicket(call);
  const upload = (await call('POST', '/api/v2/uploads.json?filename=a.txt', Buffer.from('a'))).json.upload;
  await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { subject: 'New', status: 'open', comment: { body: 'x', uploads: [upload.token] } } });
  const [first] = (await call('GET', `/api/v2/tickets/${id}/comments.json`)).json.comments;
  await call('PUT', `/api/v2/tickets/${id}/comments/${first.id}/make_private.json`);
  await call('DELETE', `/api/v2/tickets/${id}.json`);
  await sim.control.settled();
  expect(types().sort((a, b) => a.localeCompare(b))).toEqual([
    'attachment_linked_to_comment',
    'comment_added',
    'comment_added',
    'comment_made_private',
    'created',
    'soft_deleted',
    'status_changed',
    'subject_changed',
  ]);
  const status = received.find((one) => one.json.type.endsWith('status_changed'));
  expect(status?.json.event).toEqual({ current: 'OPEN', previous: 'NEW' });
});

test('a delivery that fails or gets no answer is repeated three times and then given up', async () => {
  await call('PATCH', `/api/v2/webhooks/${webhookId}`, { webhook: { subscriptions: ['zen:event-type:ticket.created'] } });
  answers = [500, 0, 200];
  await makeTicket(call);
  await sim.control.settled();
  expect(received).toHaveLength(3);
  expect(sim.control.deliveries()).toMatchObject([{ status: 'completed', tries: 3 }]);
  answers = [500, 500, 500, 500, 500];
  await makeTicket(call);
  await sim.control.settled();
  expect(received).toHaveLength(7);
  expect(sim.control.deliveries()[1]).toMatchObject({ status: 'failed', tries: 4, statusCode: 500 });
  const { invocations } = (await call('GET', `/api/v2/webhooks/${webhookId}/invocations`)).json;
  expect(invocations.map((one: { status: string }) => one.status)).toEqual(['completed', 'failed']);
});

test('deliveries can be lost, doubled, and turned round', async () => {
  await call('PATCH', `/api/v2/webhooks/${webhookId}`, { webhook: { subscriptions: ['zen:event-type:ticket.subject_changed'] } });
  const { id } = await makeTicket(call);
  const rename = (subject: string) => call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { subject } });
  sim.control.webhookFault({ lose: 1 });
  await rename('lost');
  sim.control.webhookFault({ duplicate: 1 });
  await rename('twice');
  await sim.control.settled();
  expect(received.map((one) => one.json.event.current)).toEqual(['twice', 'twice']);
  expect(received[0]?.json.id).toBe(received[1]?.json.id);
  sim.control.webhookFault({ hold: 2 });
  await rename('first');
  await rename('second');
  await sim.control.settled();
  expect(received).toHaveLength(2);
  await sim.control.releaseWebhooks();
  expect(received.slice(2).map((one) => one.json.event.current)).toEqual(['second', 'first']);
});

test('an inactive or deleted webhook hears nothing, and a new secret signs from then on', async () => {
  await call('PATCH', `/api/v2/webhooks/${webhookId}`, { webhook: { status: 'inactive' } });
  await makeTicket(call);
  await sim.control.settled();
  expect(received).toEqual([]);
  const old = (await call('GET', `/api/v2/webhooks/${webhookId}/signing_secret`)).json.signing_secret.secret;
  const renewed = await call('POST', `/api/v2/webhooks/${webhookId}/signing_secret`);
  expect(renewed.status).toBe(201);
  expect(renewed.json.signing_secret.secret).not.toBe(old);
  await call('DELETE', `/api/v2/webhooks/${webhookId}`);
  expect((await call('GET', `/api/v2/webhooks/${webhookId}`)).status).toBe(404);
});

test('what is no webhook is refused with a reason', async () => {
  const good = { name: 'x', status: 'active', endpoint: receiver.url, http_method: 'POST', request_format: 'json', subscriptions: [] };
  const refuse = async (changes: Record<string, unknown>) => (await call('POST', '/api/v2/webhooks', { webhook: { ...good, ...changes } })).json.errors[0].code;
  expect(await refuse({ endpoint: 'nowhere' })).toBe('InvalidEndpoint');
  expect(await refuse({ subscriptions: ['zen:event-type:ticket.exploded'] })).toBe('InvalidSubscription');
  expect(await refuse({ subscriptions: ['conditional_ticket_events', 'zen:event-type:ticket.created'] })).toBe('InvalidSubscription');
  expect(await refuse({ name: '' })).toBe('InvalidWebhook');
});

test('a webhook carries the credentials and headers that it was given', async () => {
  const changes = { custom_headers: { 'x-room': '7' }, authentication: { type: 'bearer_token', add_position: 'header', data: { token: 't-1' } } };
  await call('PATCH', `/api/v2/webhooks/${webhookId}`, { webhook: { ...changes, subscriptions: ['zen:event-type:ticket.created'] } });
  await makeTicket(call);
  await sim.control.settled();
  expect(received.map(({ headers }) => [headers.authorization, headers['x-room']])).toEqual([['Bearer t-1', '7']]);
});
