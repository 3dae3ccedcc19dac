import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { basic, type Caller, callerOf, makeTicket } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

let sim: ZendeskSim;
let call: Caller;

beforeAll(async () => {
  sim = await startZendesk({ limits: 'off', validate: true, settings: { maxUploadBytes: 3_000_000 } });
  sim.control.freeze();
  call = callerOf(sim);
});
afterAll(async () => {
  expect(sim.control.violations()).toEqual([]);
  await sim.stop();
});

const upload = (name: string, bytes: Buffer, type = 'application/octet-stream') =>
  call('POST', `/api/v2/uploads.json?filename=${encodeURIComponent(name)}`, bytes, { 'content-type': type });

test('a file comes back byte for byte, over a redirect to another origin', async () => {
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
  const { attachment } = (await upload('Übersicht.bin', bytes)).json.upload;
  expect(attachment).toMatchObject({ file_name: 'Übersicht.bin', size: 200_000, inline: false });
  const first = await fetch(attachment.content_url, { redirect: 'manual' });
  expect(first.status).toBe(302);
  const target = first.headers.get('location') ?? '';
  expect(new URL(target).origin).toBe(sim.contentUrl);
  expect(new URL(target).origin).not.toBe(new URL(sim.url).origin);
  const file = await fetch(target);
  expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
  expect(file.headers.get('content-type')).toBe('application/octet-stream');
});

test('credentials that are sent along to the other origin are refused and counted', async () => {
  const { attachment } = (await upload('a.txt', Buffer.from('a'))).json.upload;
  const target = (await fetch(attachment.content_url, { redirect: 'manual' })).headers.get('location') ?? '';
  const before = sim.control.leaks();
  const leaking = await fetch(target, { headers: { authorization: basic(sim.credentials.email, sim.credentials.token) } });
  expect(leaking.status).toBe(400);
  expect(sim.control.leaks()).toBe(before + 1);
});

test('the temporary address ends after five minutes, and cannot be made up', async () => {
  const { attachment } = (await upload('a.txt', Buffer.from('a'))).json.upload;
  const target = (await fetch(attachment.content_url, { redirect: 'manual' })).headers.get('location') ?? '';
  expect((await fetch(target.replace(/signature=.{4}/, 'signature=0000'))).status).toBe(403);
  sim.control.advance(5 * 60_000 + 1);
  expect((await fetch(target)).status).toBe(403);
  expect((await fetch(attachment.content_url.replace(/token\/.{5}/, 'token/wrong'))).status).toBe(404);
});

test('one token gathers several files', async () => {
  const first = (await upload('one.txt', Buffer.from('1'))).json.upload;
  const second = (await call('POST', `/api/v2/uploads.json?filename=two.txt&token=${first.token}`, Buffer.from('22'))).json.upload;
  expect(second.token).toBe(first.token);
  expect(second.attachments.map((file: { file_name: string }) => file.file_name)).toEqual(['one.txt', 'two.txt']);
  const ticket = await makeTicket(call, { comment: { body: 'both', uploads: [first.token] } });
  const { comments } = (await call('GET', `/api/v2/tickets/${ticket.id}/comments.json`)).json;
  expect(comments[0].attachments).toHaveLength(2);
});

test('empty files are files, larger ones than the account takes are refused with 413', async () => {
  expect((await upload('empty.txt', Buffer.alloc(0))).json.upload.attachment.size).toBe(0);
  expect((await upload('large.bin', Buffer.alloc(3_000_001))).status).toBe(413);
  expect((await upload('fits.bin', Buffer.alloc(3_000_000))).status).toBe(201);
});

test('an upload without a name is refused, one that breaks off leaves nothing', async () => {
  const known = sim.account.attachments.size;
  await new Promise<void>((resolve) => {
    const sending = request(`${sim.url}/api/v2/uploads.json?filename=cut.bin`, {
      method: 'POST',
      headers: { authorization: basic(sim.credentials.email, sim.credentials.token), 'content-length': '1000000' },
    });
    sending.on('error', () => resolve());
    sending.write(Buffer.alloc(1_000), () => sending.destroy(new Error('cut')));
  });
  await expect.poll(() => sim.control.requests({ path: 'uploads' }).at(-1)?.status).toBeNull();
  expect(sim.account.attachments.size).toBe(known);
});

test('an attachment is shown while its ticket is, and an unused upload can be deleted', async () => {
  const { token, attachment } = (await upload('a.txt', Buffer.from('a'))).json.upload;
  const ticket = await makeTicket(call, { comment: { body: 'x', uploads: [token] } });
  expect((await call('GET', `/api/v2/attachments/${attachment.id}.json`)).json.attachment.file_name).toBe('a.txt');
  await call('DELETE', `/api/v2/tickets/${ticket.id}.json`);
  expect((await call('GET', `/api/v2/attachments/${attachment.id}.json`)).status).toBe(404);
  const unused = (await upload('b.txt', Buffer.from('b'))).json.upload.token;
  expect((await call('DELETE', `/api/v2/uploads/${unused}.json`)).status).toBe(204);
  expect((await call('DELETE', `/api/v2/uploads/${unused}.json`)).status).toBe(404);
});

test('with private attachments an unsigned caller is sent to the sign-in page', async () => {
  const { attachment } = (await upload('secret.txt', Buffer.from('s'))).json.upload;
  sim.control.setSettings({ privateAttachments: true });
  const unsigned = await fetch(attachment.content_url, { redirect: 'manual' });
  expect(unsigned.headers.get('location')).toContain('/access/unauthenticated');
  const signed = await fetch(attachment.content_url, { redirect: 'manual', headers: { authorization: basic(sim.credentials.email, sim.credentials.token) } });
  expect(signed.headers.get('location')).toContain(sim.contentUrl);
  sim.control.setSettings({ privateAttachments: false });
});
