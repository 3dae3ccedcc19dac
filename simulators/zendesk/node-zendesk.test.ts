import { Readable } from 'node:stream';
import { createClient } from 'node-zendesk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

/** Somebody else's client drives the simulator: its idea of the API is not ours. */
let sim: ZendeskSim;
let client: ReturnType<typeof createClient>;

beforeAll(async () => {
  sim = await startZendesk({ validate: 'uncounted', seed: 'support', settings: { searchLagMs: 0 } });
  client = createClient({ username: sim.credentials.email, token: sim.credentials.token, endpointUri: `${sim.url}/api/v2` });
});
afterAll(async () => {
  // The client sends a parameter of its own with each upload, which the vendor ignores: the only thing that the description does not know.
  const unexpected = sim.control.violations().filter((violation) => !violation.problem.includes('"additionalProperty":"binary"'));
  expect(unexpected).toEqual([]);
  const { requests = 0, answers = 0, skipped } = sim.control.validation() ?? {};
  if (!skipped) {
    expect(requests).toBeGreaterThan(15);
    expect(answers).toBeGreaterThan(15);
  }
  await sim.stop();
});

test('it creates, changes, lists and deletes tickets', async () => {
  const { result: ticket } = await client.tickets.create({ ticket: { subject: 'From the client', type: 'incident', comment: { body: 'Hello' } } } as Parameters<
    typeof client.tickets.create
  >[0]);
  const { id } = ticket as unknown as { id: number };
  await client.tickets.update(id, { ticket: { priority: 'high', comment: { body: 'More', public: false } } } as unknown as Parameters<
    typeof client.tickets.update
  >[1]);
  expect((await client.tickets.show(id)).result).toMatchObject({ subject: 'From the client', priority: 'high', type: 'incident' });
  const comments = (await client.tickets.getComments(id)) as { plain_body: string; public: boolean }[];
  expect(comments.map((comment) => [comment.plain_body, comment.public])).toEqual([
    ['Hello', true],
    ['More', false],
  ]);
  const audits = (await client.tickets.exportAudit(id)) as unknown[];
  expect(audits).toHaveLength(2);
  expect(await client.tickets.list()).toHaveLength(13);
  expect((await client.tickets.showMany([1, id])).result).toHaveLength(2);
  await client.tickets.delete(id);
  await expect(client.tickets.show(id)).rejects.toThrow('404');
});

test('it uploads a file and finds it on the comment', async () => {
  const file = Readable.from([Buffer.from('content')]) as unknown as Buffer;
  const upload = (await client.attachments.upload(file, { filename: 'client.txt', binary: false })) as {
    upload: { token: string; attachment: { id: number } };
  };
  const { token, attachment } = upload.upload;
  await client.tickets.update(1, { ticket: { comment: { body: 'file', uploads: [token] } } } as unknown as Parameters<typeof client.tickets.update>[1]);
  const comments = (await client.tickets.getComments(1)) as { attachments: { id: number; file_name: string }[] }[];
  expect(comments.at(-1)?.attachments).toMatchObject([{ id: attachment.id, file_name: 'client.txt' }]);
  expect((await client.attachments.show(attachment.id)).result).toMatchObject({ attachment: { file_name: 'client.txt', size: 7 } });
});

test('it searches, and follows the feed to its end', async () => {
  const found = (await client.search.query('type:ticket tags:payments')).result as { subject: string }[];
  expect(found.map((ticket) => ticket.subject)).toContain('Refund for order 88213 sent twice');
  sim.control.advance(61_000);
  const feed = (await client.ticketexport.exportCursor(1, '')) as unknown as { result: { tickets: unknown[]; end_of_stream: boolean } };
  const page = (Array.isArray(feed.result) ? { tickets: feed.result, end_of_stream: true } : feed.result) as { tickets: unknown[]; end_of_stream: boolean };
  expect(page.tickets).toHaveLength(13);
  expect(page.end_of_stream).toBe(true);
});

test('it reads people, brands, fields and settings', async () => {
  expect((await client.users.me()).result).toMatchObject({ email: sim.credentials.email, role: 'admin' });
  expect(await client.users.list()).toHaveLength(7);
  expect(await client.brand.list()).toMatchObject({ result: [{ name: 'Acme Support', default: true }] });
  expect(await client.ticketfields.list()).toHaveLength(8);
  expect((await client.accountsettings.show()).result).toMatchObject({ tickets: { assign_tickets_upon_solve: true } });
});

test('it registers a webhook and reads its secret', async () => {
  const webhook = {
    name: 'Client',
    status: 'active',
    endpoint: 'http://127.0.0.1:9/hook',
    http_method: 'POST',
    request_format: 'json',
    subscriptions: ['zen:event-type:ticket.created'],
  };
  const made = (await client.webhooks.create({ webhook })) as unknown as { result: { id: string } };
  expect(await client.webhooks.list()).toMatchObject([{ id: made.result.id, name: 'Client' }]);
  const secret = (await client.webhooks.getSigningSecret(made.result.id)) as unknown as { result: { signing_secret: { algorithm: string } } };
  expect(secret.result.signing_secret.algorithm).toBe('SHA256');
  await client.webhooks.delete(made.result.id);
  expect(await client.webhooks.list()).toEqual([]);
});

test('beyond the limit it gets a 429, which it resolves instead of throwing', async () => {
  sim.control.setLimits({ perMinute: 1 });
  await client.users.me();
  const refused = (await client.users.me()) as unknown as { response: { status: number }; result: unknown };
  sim.control.setLimits('off');
  expect(refused.response.status).toBe(429);
});
