import type { MemoryTrackerServer } from '../src/connectors/memory/index.ts';
import { openMemory } from '../src/connectors/memory/index.ts';
import { createEngine, type Engine } from '../src/engine/index.ts';
import type { Side } from '../src/engine/ports.ts';
import { createLocalPeers } from '../src/peers/local.ts';
import { basicRules } from '../src/rules/basic.ts';
import { createMemoryStore } from '../src/store/memory/index.ts';
import { anInstance, aSide } from '../src/store/samples.ts';

const call = { signal: new AbortController().signal, priority: 'interactive' as const };

/** One end of a connection: its instance, and its scope where that matters. */
export interface End {
  readonly instance: string;
  readonly scope?: string;
}

const sideId = (connection: string, { instance, scope }: End): string => `${connection}:${scope ?? instance}`;

/** Both halves of a Basic connection on one node. The first end leads; a half's id is `CONNECTION:SCOPE` (or instance). */
export const halves = (connection: string, one: End, two: End): Side[] =>
  [[one, two] as const, [two, one] as const].map(([own, other]) =>
    aSide({
      id: sideId(connection, own),
      connection,
      name: connection,
      instance: own.instance,
      scope: own.scope ?? null,
      peer: { kind: 'local', side: sideId(connection, other), instance: other.instance, name: other.instance },
      leads: own === one,
    }),
  );

/** The engine on trackers and a store in memory, with a clock of its own. An instance is called as its server. */
export async function memoryEngine(servers: Readonly<Record<string, (clock: { now(): number }) => MemoryTrackerServer>>, sides: readonly Side[]) {
  let now = 1_000_000;
  const clock = { now: () => now };
  const running = new Map(Object.entries(servers).map(([id, start]) => [id, start(clock)]));
  const server = (id: string): MemoryTrackerServer => {
    const found = running.get(id);
    if (!found) throw new Error(`There is no server ${id}.`);
    return found;
  };
  const open = new Map([...running].map(([id, one]) => [id, openMemory(one)]));
  const trackers = {
    of: async (given: string | { id: string }) => open.get(typeof given === 'string' ? given : given.id) ?? openMemory(server('')),
    target: async () => ({ types: [], defaultType: null, internalComments: true }),
  };
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
    for (const id of running.keys()) await tx.saveInstance(anInstance({ id, slug: id, name: id }));
    for (const side of sides) await tx.saveSide(side);
  });
  /** Until nothing is left to do. */
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 12; round++) {
      now += 2000;
      for (const id of running.keys()) await engine.poll(id, call).catch(() => {});
      for (const twin of [...store.rows.twins]) await engine.run(twin.side, twin.id, { trigger: 'poll', priority: 'normal', signal: call.signal });
    }
  };
  return { server, store, engine, settle, call, now: clock.now };
}
