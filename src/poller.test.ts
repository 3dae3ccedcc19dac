import { expect, test } from 'vitest';
import type { Tracker } from './connectors/connector.ts';
import { TrackerError } from './core/tracker-error.ts';
import type { Engine } from './engine/index.ts';
import type { Instance } from './engine/ports.ts';
import { createLog } from './lib/log.ts';
import { startPoller, webhookBase } from './poller.ts';
import { createMemoryStore } from './store/memory/index.ts';
import type { ConnectedTrackers } from './trackers.ts';

const instance: Instance = {
  id: 'i1',
  slug: 'acme',
  platform: 'memory',
  name: 'Acme',
  url: 'memory:acme',
  settings: {},
  defaultType: null,
  pausedUntil: null,
  problem: null,
  cursor: null,
  polledAt: null,
  webhook: null,
  createdAt: '2026-01-01T00:00:00.000Z',
};

/** A poller over a store in memory whose looks at the feed go as `poll` says. */
async function world(
  poll: () => { more: boolean } | Error,
  options: { holders?: string[]; register?: () => Error | Record<string, string>; url?: string } = {},
) {
  const store = createMemoryStore();
  await store.transaction((tx) => tx.saveInstance(instance));
  let looks = 0;
  let registrations = 0;
  const engine = {
    async poll() {
      looks++;
      const result = poll();
      if (result instanceof Error) throw result;
      return { changed: 0, ...result };
    },
  } as unknown as Engine;
  const webhook = {
    async register() {
      registrations++;
      const result = options.register?.() ?? { id: 'w1' };
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const trackers = { of: async () => ({ webhook }) as unknown as Tracker } as unknown as ConnectedTrackers;
  const pollers = (options.holders ?? ['one']).map((holder) =>
    startPoller({
      engine,
      store,
      trackers,
      instanceIds: async () => ['i1'],
      everyMs: 10,
      holder,
      webhookUrl: () => options.url ?? null,
      log: createLog({ level: 'silent' }),
    }),
  );
  return {
    looks: () => looks,
    registrations: () => registrations,
    look: () => pollers[0]?.look('i1'),
    refused: () => pollers[0]?.refused('i1'),
    now: async () => store.transaction((tx) => tx.instance('i1')),
    stop: async () => void (await Promise.all(pollers.map((poller) => poller.stop()))),
  };
}
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('a tracker that allows no more looks at its feed does not let syncs wait, and is asked again at the time given', async () => {
  let until = Date.now() + 60_000;
  const it = await world(() => new TrackerError('rate-limited', 'Ten a minute.', { retryAt: until }));
  await expect.poll(it.looks).toBe(1);
  await rest(60);
  expect(it.looks()).toBe(1);
  expect(await it.now()).toMatchObject({ pausedUntil: null, problem: null });
  until = Date.now() + 30;
  it.look();
  await expect.poll(it.looks).toBeGreaterThan(2);
  await it.stop();
});

test('credentials that stop working stop the instance, with what to do', async () => {
  const it = await world(() => new TrackerError('auth', 'Acme does not accept the credentials.'));
  await expect
    .poll(async () => (await it.now())?.problem)
    .toMatchObject({ level: 'instance', code: 'tracker-auth', retryAt: null, remedy: expect.stringContaining('Enter working credentials') });
  const looks = it.looks();
  await rest(60);
  expect(it.looks()).toBe(looks);
  await it.stop();
});

test('of two processes one asks, and a feed with more to tell is read to its end', async () => {
  let pages = 0;
  const it = await world(() => ({ more: ++pages < 5 }), { holders: ['one', 'two'] });
  await expect.poll(() => pages).toBeGreaterThan(5);
  const before = it.looks();
  await rest(105);
  // One look every 10 ms, not two.
  expect(it.looks() - before).toBeLessThan(15);
  await it.stop();
});

test('a webhook is registered once, and one that cannot be is not asked for at every look', async () => {
  const good = await world(() => ({ more: false }), { url: 'https://sync.example/hooks/i1' });
  await expect.poll(async () => (await good.now())?.webhook).toEqual({ id: 'w1' });
  await rest(50);
  expect(good.registrations()).toBe(1);
  await good.stop();
  const bad = await world(() => ({ more: false }), { url: 'https://sync.example/hooks/i1', register: () => new TrackerError('forbidden', 'No.') });
  await expect.poll(bad.looks).toBeGreaterThan(3);
  expect(bad.registrations()).toBe(1);
  expect((await bad.now())?.webhook).toBeNull();
  expect([good.refused(), bad.refused()]).toEqual([null, 'No.']);
  await bad.stop();
});

test('a webhook needs https, or a loopback address that the operator allows', () => {
  expect(webhookBase('https://sync.example/x', new Set())).toBe('https://sync.example');
  expect(webhookBase('http://127.0.0.1:4700', new Set())).toBeNull();
  expect(webhookBase('http://127.0.0.1:4700', new Set(['127.0.0.1:4700']))).toBe('http://127.0.0.1:4700');
  expect(webhookBase('http://sync.example', new Set())).toBeNull();
});
