import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPacer, type Pacer } from './budget.ts';
import type { Budget, CallContext } from './http.ts';
import { readRates, retryAt } from './rate-headers.ts';

const signal = new AbortController().signal;
const enter = (pacer: Pacer, priority: CallContext['priority'] = 'normal', budgets: readonly Budget[] = []) => pacer.enter(budgets, priority, signal);

test('no more calls run at once than agreed, and the urgent ones go first', async () => {
  const pacer = createPacer({ concurrency: 1 });
  const order: string[] = [];
  const first = await enter(pacer);
  const rest = (['bulk', 'normal', 'interactive', 'bulk', 'interactive'] as const).map(async (priority, index) => {
    const leave = await enter(pacer, priority);
    order.push(`${priority} ${index}`);
    leave();
  });
  await pause(5);
  expect(pacer.state()).toMatchObject({ running: 1, waiting: 5 });
  first();
  await Promise.all(rest);
  expect(order).toEqual(['interactive 2', 'interactive 4', 'normal 1', 'bulk 0', 'bulk 3']);
  expect(pacer.state()).toMatchObject({ running: 0, waiting: 0 });
});

test('bulk work leaves two places free', async () => {
  const pacer = createPacer({ concurrency: 4 });
  const bulk = [enter(pacer, 'bulk'), enter(pacer, 'bulk'), enter(pacer, 'bulk')];
  await Promise.all([bulk[0], bulk[1], enter(pacer, 'interactive')]);
  expect(pacer.state()).toMatchObject({ running: 3, waiting: 1 });
});

test('a named budget is spread over its window', async () => {
  const pacer = createPacer();
  const budget: Budget = { name: 'export', limit: 3, perMs: 200 };
  const started = Date.now();
  const times: number[] = [];
  for (let i = 0; i < 6; i += 1) {
    (await enter(pacer, 'interactive', [budget]))();
    times.push(Date.now() - started);
  }
  expect(times[2]).toBeLessThan(100);
  expect(times[3]).toBeGreaterThanOrEqual(195);
  expect(times[5]).toBeLessThan(400);
});

test('a spent budget of one entity stops only that entity, with the time given', async () => {
  const pacer = createPacer();
  const of = (id: string): Budget => ({ name: `ticket-update:${id}`, limit: 2, perMs: 600_000, of: 'entity' });
  for (let i = 0; i < 2; i += 1) (await enter(pacer, 'interactive', [of('1')]))();
  await expect(enter(pacer, 'interactive', [of('1')])).rejects.toMatchObject({ kind: 'unavailable', retryAt: expect.any(Number) });
  (await enter(pacer, 'interactive', [of('2')]))();
});

test('a spent budget of the account is refused at once when the wait would be long', async () => {
  const pacer = createPacer();
  const budget: Budget = { name: 'export', limit: 1, perMs: 600_000 };
  (await enter(pacer, 'interactive', [budget]))();
  await expect(enter(pacer, 'interactive', [budget])).rejects.toMatchObject({ kind: 'rate-limited' });
});

test('what the tracker says is left is kept for urgent work, and free again after the reset', async () => {
  let now = 1_000_000;
  const pacer = createPacer({ now: () => now });
  pacer.learn({ 'x-rate-limit': '100', 'x-rate-limit-remaining': '20', 'ratelimit-reset': '40' }, []);
  expect(pacer.state()).toMatchObject({ limit: 100, remaining: 20 });
  let bulk = false;
  const waiting = enter(pacer, 'bulk').then((leave) => {
    bulk = true;
    leave();
  });
  (await enter(pacer, 'normal'))();
  expect(bulk).toBe(false);
  now += 40_001;
  (await enter(pacer, 'normal'))();
  await waiting;
  expect(bulk).toBe(true);
});

test('an answer that was overtaken by a newer one gives nothing back', () => {
  const pacer = createPacer({ now: () => 1_000_000 });
  for (const remaining of ['9', '7', '8']) pacer.learn({ 'x-rate-limit': '10', 'x-rate-limit-remaining': remaining, 'ratelimit-reset': '40' }, []);
  expect(pacer.state().remaining).toBe(7);
});

test('nothing goes out any more when the tracker says that nothing is left', async () => {
  const pacer = createPacer({ now: () => 1_000_000 });
  pacer.learn({ 'x-rate-limit': '100', 'x-rate-limit-remaining': '0', 'ratelimit-reset': '40' }, []);
  await expect(enter(pacer, 'interactive')).rejects.toMatchObject({ kind: 'rate-limited', retryAt: 1_040_000 });
});

test('a spent budget that the tracker tells of closes it for all', async () => {
  const pacer = createPacer();
  const budget: Budget = { name: 'tickets-index', limit: 100, perMs: 60_000 };
  (await enter(pacer, 'normal', [budget]))();
  pacer.learn({ 'zendesk-ratelimit-tickets-index': 'total=100; remaining=0; resets=50' }, [budget]);
  await expect(enter(pacer, 'interactive', [budget])).rejects.toMatchObject({ kind: 'rate-limited' });
  (await enter(pacer))();
});

test('a call that gives up while it waits leaves the queue', async () => {
  const pacer = createPacer({ concurrency: 1 });
  const leave = await enter(pacer);
  const abort = new AbortController();
  const waiting = pacer.enter([], 'normal', abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  leave();
  expect(pacer.state()).toMatchObject({ running: 0, waiting: 0 });
});

test.each([
  ['120', 120_000],
  ['Wed, 01 Jan 2031 00:01:00 GMT', 60_000],
  ['', 30_000],
  ['soon', 30_000],
  ['-5', 30_000],
  ['0', 1000],
  ['99999999', 3_600_000],
])('Retry-After "%s" is understood, within reason', (header, wait) => {
  const now = Date.parse('2031-01-01T00:00:00Z');
  expect(retryAt({ 'retry-after': header }, now) - now).toBe(wait);
});

test('the usual headers of rate limits are understood', () => {
  const now = Date.parse('2031-01-01T00:00:00Z');
  expect(readRates({ 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': String(now / 1000 + 60) }, [], now).whole).toEqual({
    limit: 5000,
    remaining: 4999,
    resetAt: now + 60_000,
  });
  expect(readRates({ 'ratelimit-limit': '10', 'ratelimit-remaining': '1' }, [], now).whole).toEqual({ limit: 10, remaining: 1, resetAt: now + 60_000 });
  expect(readRates({ 'x-rate-limit': 'lots' }, [], now).whole).toBe(null);
});
