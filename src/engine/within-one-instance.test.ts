import { expect, test } from 'vitest';
import { halves, memoryEngine } from '../../test/memory-engine.ts';
import { MemoryTrackerServer, PROFILES } from '../connectors/memory/index.ts';

/** One tracker with two connections between the same two scopes of it. */
async function world() {
  const profile = { ...PROFILES.full, scopes: ['one', 'two'].map((id) => ({ id, name: id })) };
  const ends = [
    { instance: 'a', scope: 'one' },
    { instance: 'a', scope: 'two' },
  ] as const;
  const made = await memoryEngine({ a: (clock) => new MemoryTrackerServer({ name: 'a', profile, clock }) }, [...halves('c', ...ends), ...halves('d', ...ends)]);
  return { ...made, server: made.server('a') };
}

test('an entity crosses from one scope of an instance to another one, and changes cross both ways', async () => {
  const { server, store, engine, settle, call } = await world();
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
  const { server, store, engine, settle, call } = await world();
  const ref = server.human.create({ fields: { summary: 'Here', description: 'd' } });
  await engine.sync('c:one', ref, call);
  await settle();
  const copy = store.rows.twins.find((twin) => twin.side === 'c:two')?.local ?? '';
  await engine.sync('d:two', copy, call);
  await settle();
  expect([...server.entities.keys()]).toEqual([ref, copy]);
  expect(store.rows.twins.filter((twin) => twin.side.startsWith('d:')).map((twin) => twin.status)).toEqual(['unlinked', 'redundant']);
});
