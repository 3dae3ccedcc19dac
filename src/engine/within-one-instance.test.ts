import { expect, test } from 'vitest';
import { MemoryTrackerServer, openMemory, PROFILES } from '../connectors/memory/index.ts';
import { createLocalPeers } from '../peers/local.ts';
import { basicRules } from '../rules/basic.ts';
import { createMemoryStore } from '../store/memory/index.ts';
import { createEngine, type Engine } from './index.ts';
import type { Instance, Side } from './ports.ts';

const at = new Date(0).toISOString();
const call = { signal: new AbortController().signal, priority: 'interactive' as const };
const instance: Instance = {
  id: 'a',
  slug: 'a',
  platform: 'memory',
  name: 'a',
  url: '',
  settings: {},
  defaultType: null,
  pausedUntil: null,
  problem: null,
  cursor: null,
  polledAt: null,
  webhook: null,
  createdAt: at,
};
const side = (connection: string, own: string, other: string): Side => ({
  id: `${connection}:${own}`,
  connection,
  name: connection,
  description: '',
  mode: 'basic',
  instance: 'a',
  scope: own,
  peer: { kind: 'local', side: `${connection}:${other}`, instance: 'a', name: 'a' },
  leads: own === 'one',
  policy: 'lead',
  status: 'active',
  start: 'manual',
  resumeFrom: null,
  problem: null,
  createdAt: at,
});

/** One tracker with two connections between the same two scopes of it. */
async function world() {
  let now = 1_000_000;
  const clock = { now: () => now };
  const server = new MemoryTrackerServer({ name: 'a', profile: { ...PROFILES.full, scopes: ['one', 'two'].map((id) => ({ id, name: id })) }, clock });
  const tracker = openMemory(server);
  const trackers = { of: async () => tracker, target: async () => ({ types: [], defaultType: null, internalComments: true }) };
  const store = createMemoryStore({ now: clock.now });
  let count = 0;
  const engine: Engine = createEngine({
    store,
    trackers,
    peers: createLocalPeers({ engine: () => engine, store, trackers: trackers as never }),
    clock,
    id: () => `id${++count}`,
    random: () => 0.5,
    rules: () => basicRules,
    holder: 'test',
  });
  await store.transaction(async (tx) => {
    await tx.saveInstance(instance);
    for (const connection of ['c', 'd'])
      for (const [own, other] of [['one', 'two'] as const, ['two', 'one'] as const]) await tx.saveSide(side(connection, own, other));
  });
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 12; round++) {
      now += 2000;
      await engine.poll('a', call).catch(() => {});
      for (const twin of [...store.rows.twins]) await engine.run(twin.side, twin.id, { trigger: 'poll', priority: 'normal', signal: call.signal });
    }
  };
  return { server, store, engine, settle };
}

test('an entity crosses from one scope of an instance to another one, and changes cross both ways', async () => {
  const { server, store, engine, settle } = await world();
  const ref = server.human.create({ fields: { summary: 'Here', description: 'd' } });
  await engine.sync('c:one', ref, call);
  await settle();
  const copy = store.rows.twins.find((twin) => twin.side === 'c:two')?.local ?? '';
  expect([...server.entities.keys()]).toEqual([ref, copy]);
  server.human.edit(copy, { summary: 'Changed there' });
  await settle();
  expect(server.entities.get(ref)?.fields.summary).toBe('Changed there');
});

test('its copy does not go back by way of another connection: the original is there', async () => {
  const { server, store, engine, settle } = await world();
  const ref = server.human.create({ fields: { summary: 'Here', description: 'd' } });
  await engine.sync('c:one', ref, call);
  await settle();
  const copy = store.rows.twins.find((twin) => twin.side === 'c:two')?.local ?? '';
  await engine.sync('d:two', copy, call);
  await settle();
  expect([...server.entities.keys()]).toEqual([ref, copy]);
  expect(store.rows.twins.filter((twin) => twin.side.startsWith('d:')).map((twin) => twin.status)).toEqual(['unlinked', 'redundant']);
});
