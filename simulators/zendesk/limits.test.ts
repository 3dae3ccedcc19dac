import { afterEach, expect, test } from 'vitest';
import type { LimitSettings } from './limits.ts';
import { callerOf, makeTicket } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

let sim: ZendeskSim | undefined;
afterEach(() => sim?.stop());

async function start(limits: Partial<LimitSettings>) {
  sim = await startZendesk({ limits });
  sim.control.freeze();
  return { sim, call: callerOf(sim) };
}

test('every answer says what is left of the minute, and beyond it comes 429 with the seconds to wait', async () => {
  const { sim, call } = await start({ perMinute: 3 });
  const left = [];
  for (let index = 0; index < 3; index += 1) left.push((await call('GET', '/api/v2/tickets.json')).headers.get('x-rate-limit-remaining'));
  expect(left).toEqual(['2', '1', '0']);
  sim.control.advance(20_000);
  const refused = await call('GET', '/api/v2/tickets.json');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('40');
  expect(refused.headers.get('ratelimit-reset')).toBe('40');
  expect(refused.headers.get('content-type')).toContain('text/plain');
  sim.control.advance(40_000);
  expect((await call('GET', '/api/v2/tickets.json')).status).toBe(200);
});

test('the feed takes ten requests a minute', async () => {
  const { call } = await start({});
  for (let index = 0; index < 10; index += 1) expect((await call('GET', '/api/v2/incremental/tickets/cursor.json?start_time=0')).status).toBe(200);
  const refused = await call('GET', '/api/v2/incremental/tickets/cursor.json?start_time=0');
  expect(refused.status).toBe(429);
  expect(refused.json.error).toBe('TooManyRequests');
  expect((await call('GET', '/api/v2/tickets.json')).status).toBe(200);
});

test('one user may update one ticket thirty times in ten minutes, others and other tickets are not held up', async () => {
  const { sim, call } = await start({});
  const one = await makeTicket(call);
  const other = await makeTicket(call);
  const put = (id: number, subject: string, by = call) => by('PUT', `/api/v2/tickets/${id}.json`, { ticket: { subject } });
  for (let index = 0; index < 30; index += 1) expect((await put(one.id, `s${index}`)).status).toBe(200);
  const refused = await put(one.id, 'too many');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBe(600);
  expect((await put(other.id, 'fine')).status).toBe(200);
  expect((await put(one.id, 'fine', callerOf(sim, 'nora@acme.example'))).status).toBe(200);
  sim.control.advance(10 * 60_000);
  expect((await put(one.id, 'fine again')).status).toBe(200);
});

test('updates count for the whole account as well', async () => {
  const { call } = await start({ updateTicketPerMinute: 2 });
  const tickets = [await makeTicket(call), await makeTicket(call), await makeTicket(call)];
  const statuses = [];
  for (const { id } of tickets) statuses.push((await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { subject: 'x' } })).status);
  expect(statuses).toEqual([200, 200, 429]);
});

test('limits can be changed and switched off while it runs', async () => {
  const { sim, call } = await start({ perMinute: 1 });
  await call('GET', '/api/v2/tickets.json');
  expect((await call('GET', '/api/v2/tickets.json')).status).toBe(429);
  sim.control.setLimits('off');
  const free = await call('GET', '/api/v2/tickets.json');
  expect(free.status).toBe(200);
  expect(free.headers.get('x-rate-limit')).toBeNull();
});
