import { expect, test } from 'vitest';
import { startGithub } from './github.ts';
import { callerOf, makeIssue } from './test-client.ts';

const ISSUES = '/repos/acme/web/issues';

test('the hour is counted, and its end is said', async () => {
  const sim = await startGithub({ limits: { perHour: 3 } });
  sim.control.freeze();
  const call = callerOf(sim);
  const first = await call('GET', ISSUES);
  expect([first.headers.get('x-ratelimit-limit'), first.headers.get('x-ratelimit-remaining'), first.headers.get('x-ratelimit-resource')]).toEqual([
    '3',
    '2',
    'core',
  ]);
  // An answer that has not changed costs nothing.
  const same = await call('GET', ISSUES, undefined, { 'if-none-match': first.headers.get('etag') ?? '' });
  expect([same.status, same.headers.get('x-ratelimit-remaining')]).toEqual([304, '2']);
  await call('GET', ISSUES);
  await call('GET', ISSUES);
  const refused = await call('GET', ISSUES);
  expect([refused.status, refused.headers.get('x-ratelimit-remaining'), refused.headers.get('retry-after')]).toEqual([403, '0', null]);
  expect(refused.json.message).toMatch(/^API rate limit exceeded for user ID \d+\.$/);
  expect((await call('GET', '/rate_limit')).json.resources.core).toMatchObject({ limit: 3, remaining: 0 });
  sim.control.advance(Number(refused.headers.get('x-ratelimit-reset')) * 1000 - sim.control.now());
  expect((await call('GET', ISSUES)).status).toBe(200);
  await sim.stop();
});

test('creating too much in a minute is refused for a while, while reading goes on', async () => {
  const sim = await startGithub({ limits: { contentPerMinute: 2 } });
  sim.control.freeze();
  const call = callerOf(sim);
  await makeIssue(call);
  await makeIssue(call);
  const refused = await call('POST', ISSUES, { title: 'x' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([403, '60']);
  expect(refused.json.message).toContain('blocked from content creation');
  expect(sim.control.issues()).toHaveLength(2);
  expect((await call('GET', ISSUES)).status).toBe(200);
  sim.control.advance(60_000);
  expect((await call('POST', ISSUES, { title: 'x' })).status).toBe(201);
  await sim.stop();
});

test('too many points in a minute are a secondary limit', async () => {
  const sim = await startGithub({ limits: { pointsPerMinute: 6 } });
  sim.control.freeze();
  const call = callerOf(sim);
  await makeIssue(call);
  expect((await call('GET', ISSUES)).status).toBe(200);
  const refused = await call('GET', ISSUES);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([403, '60']);
  expect(refused.json.documentation_url).toContain('secondary-rate-limits');
  await sim.stop();
});

test('too much at once is a secondary limit', async () => {
  const sim = await startGithub({ limits: { atOnce: 2 }, latencyMs: 100 });
  const call = callerOf(sim);
  const statuses = (await Promise.all([1, 2, 3, 4].map(() => call('GET', ISSUES)))).map(({ status }) => status);
  expect(statuses).toContain(403);
  expect((await call('GET', ISSUES)).status).toBe(200);
  await sim.stop();
});

test('what goes wrong on the way can be played', async () => {
  const sim = await startGithub({ limits: 'off' });
  const call = callerOf(sim);
  sim.control.fault({ kind: 'drop-after', method: 'POST', path: '/issues' });
  await expect(call('POST', ISSUES, { title: 'There all the same' })).rejects.toThrow();
  expect(sim.control.issues('acme/web')).toMatchObject([{ title: 'There all the same' }]);
  sim.control.fault({ kind: 'status', status: 502, body: { message: 'Server Error' } });
  expect((await call('GET', ISSUES)).status).toBe(502);
  expect(sim.control.requests({ method: 'POST' })).toMatchObject([{ fault: 'drop-after', status: null }]);
  await sim.stop();
});
