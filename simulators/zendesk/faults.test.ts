import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { remoteControl } from '../http/control.ts';
import type { ZendeskControl } from './control.ts';
import { type Caller, callerOf, makeTicket } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

let sim: ZendeskSim;
let call: Caller;

beforeAll(async () => {
  sim = await startZendesk({ limits: 'off' });
  call = callerOf(sim);
});
beforeEach(() => sim.control.clearFaults());
afterAll(() => sim.stop());

const subjectOf = async (id: number) => (await call('GET', `/api/v2/tickets/${id}.json`)).json.ticket.subject;

test('an error is answered as often as ordered, to matching requests only, in the form that is wanted', async () => {
  sim.control.fault({ kind: 'status', status: 503, method: 'GET', path: '/api/v2/brands', times: 2, body: { error: 'Unavailable' } });
  expect((await call('GET', '/api/v2/groups.json')).status).toBe(200);
  expect((await call('GET', '/api/v2/brands.json')).json).toEqual({ error: 'Unavailable' });
  expect((await call('GET', '/api/v2/brands.json')).status).toBe(503);
  expect((await call('GET', '/api/v2/brands.json')).status).toBe(200);
  sim.control.fault({ kind: 'status', status: 500 });
  const plain = await call('GET', '/api/v2/brands.json');
  expect(plain.headers.get('content-type')).toContain('text/plain');
  expect(plain.text).toBe('Internal server error');
});

test('a fault can wait for the third request, and match by pattern', async () => {
  sim.control.fault({ kind: 'status', status: 502, path: '/tickets\\/\\d+\\.json$/', after: 1 });
  const { id } = await makeTicket(call);
  const statuses = [];
  for (let index = 0; index < 3; index += 1) statuses.push((await call('GET', `/api/v2/tickets/${id}.json`)).status);
  expect(statuses).toEqual([200, 502, 200]);
});

test('commit then drop: the write is there, the answer never came', async () => {
  const { id } = await makeTicket(call);
  sim.control.fault({ kind: 'drop-after', method: 'PUT' });
  await expect(call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { subject: 'Written' } })).rejects.toThrow();
  expect(await subjectOf(id)).toBe('Written');
});

test('drop before: nothing is written', async () => {
  const { id } = await makeTicket(call);
  sim.control.fault({ kind: 'drop-before', method: 'PUT' });
  await expect(call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { subject: 'Lost' } })).rejects.toThrow();
  expect(await subjectOf(id)).toBe('Printer on fire');
});

test('late: the connection is cut, and the write lands afterwards', async () => {
  const { id } = await makeTicket(call);
  sim.control.fault({ kind: 'late', method: 'PUT', delayMs: 80 });
  await expect(call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { subject: 'Late' } })).rejects.toThrow();
  expect(await subjectOf(id)).toBe('Printer on fire');
  await expect.poll(() => subjectOf(id)).toBe('Late');
});

test('a request can hang, with and without its work being done', async () => {
  const { id } = await makeTicket(call);
  const put = (subject: string) =>
    fetch(`${sim.url}/api/v2/tickets/${id}.json`, {
      method: 'PUT',
      signal: AbortSignal.timeout(150),
      headers: {
        authorization: `Basic ${Buffer.from(`${sim.credentials.email}/token:${sim.credentials.token}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ ticket: { subject } }),
    });
  sim.control.fault({ kind: 'hang', method: 'PUT' });
  await expect(put('Never')).rejects.toThrow('timeout');
  expect(await subjectOf(id)).toBe('Printer on fire');
  sim.control.fault({ kind: 'hang-after', method: 'PUT' });
  await expect(put('Done')).rejects.toThrow('timeout');
  expect(await subjectOf(id)).toBe('Done');
});

test('a burst of 429 says how long to wait', async () => {
  sim.control.fault({ kind: 'rate-limit', times: 2, retryAfter: 7 });
  const refused = await call('GET', '/api/v2/brands.json');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
  expect((await call('GET', '/api/v2/brands.json')).status).toBe(429);
  expect((await call('GET', '/api/v2/brands.json')).status).toBe(200);
});

test('answers can be slow, once or all of them', async () => {
  const took = async () => {
    const from = performance.now();
    await call('GET', '/api/v2/brands.json');
    return performance.now() - from;
  };
  sim.control.fault({ kind: 'delay', delayMs: 120 });
  expect(await took()).toBeGreaterThanOrEqual(115);
  sim.control.setLatency(60, 5);
  expect(await took()).toBeGreaterThanOrEqual(55);
  sim.control.setLatency(0);
  expect(await took()).toBeLessThan(55);
});

test('the log counts what a caller costs, with status, person and fault', async () => {
  sim.control.clearRequests();
  sim.control.fault({ kind: 'status', status: 500, path: 'groups' });
  await call('GET', '/api/v2/groups.json');
  await call('GET', '/api/v2/brands.json?page=1');
  expect(sim.control.requests()).toMatchObject([
    { method: 'GET', path: '/api/v2/groups.json', status: 500, fault: 'status' },
    { method: 'GET', path: '/api/v2/brands.json', query: '?page=1', status: 200, user: 'sync@acme.example' },
  ]);
  expect(sim.control.requests({ path: 'brands' })).toHaveLength(1);
});

test('all of it can be ordered from another process', async () => {
  const remote = remoteControl<ZendeskControl>(sim.url);
  const { id } = await remote.createTicket({ subject: 'By hand', comment: { body: 'x' } }, 'nora@acme.example');
  await remote.fault({ kind: 'status', status: 504 });
  expect((await call('GET', `/api/v2/tickets/${id}.json`)).status).toBe(504);
  const before = await remote.now();
  await remote.advance(60_000);
  expect(await remote.now()).toBeGreaterThanOrEqual(before + 60_000);
  await expect(remote.deleteTicket(999_999)).rejects.toThrow('There is no ticket 999999.');
  const names = await (await fetch(`${sim.url}/__control`)).json();
  expect((names as { controls: string[] }).controls).toContain('webhookFault');
  expect((await fetch(`${sim.url}/__control/nonsense`)).status).toBe(404);
});
