import { expect, test } from 'vitest';
import type { Tracker } from '../connectors/connector.ts';
import { MemoryTrackerServer, openMemory, PROFILES } from '../connectors/memory/index.ts';
import { basicRules } from '../rules/basic.ts';
import { createMemoryStore } from '../store/memory/index.ts';
import { createEngine } from './index.ts';
import type { Peers, Side } from './ports.ts';
import { newTwin } from './twins.ts';

const call = { signal: new AbortController().signal, priority: 'bulk' as const };

test('a sweep looks at every twin, at those whose entity it did not meet as well', async () => {
  const clock = { now: () => 1_000_000 };
  const server = new MemoryTrackerServer({ name: 'a', profile: PROFILES.full, clock });
  const refs = [1, 2, 3].map((n) => server.human.create({ fields: { summary: `S${n}`, description: 'd' } }));
  const pages = [refs.slice(0, 1), refs.slice(1, 2)];
  const tracker: Tracker = Object.assign(openMemory(server), {
    sweep: async (cursor: string | null) => {
      const n = Number(cursor ?? 0);
      return { items: (pages[n] ?? []).map((ref) => ({ ref, version: null, gone: false })), cursor: String(n + 1), more: n + 1 < pages.length };
    },
  });
  const store = createMemoryStore({ now: clock.now });
  const deps = { store, clock, id: () => crypto.randomUUID(), random: () => 0.5, rules: () => basicRules, holder: 'test', peers: {} as Peers };
  const engine = createEngine({
    ...deps,
    trackers: { of: async () => tracker, target: async () => ({ types: [], defaultType: null, internalComments: true }) },
  });
  const at = new Date(0).toISOString();
  const side: Side = {
    id: 'c:a',
    connection: 'c',
    name: 'c',
    description: '',
    mode: 'basic',
    instance: 'a',
    scope: null,
    peer: { kind: 'local', side: 'c:b', instance: 'b', name: 'b' },
    leads: true,
    policy: 'lead',
    status: 'active',
    start: 'manual',
    resumeFrom: null,
    problem: null,
    createdAt: at,
  };
  await store.transaction(async (tx) => {
    await tx.saveInstance({
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
    });
    await tx.saveSide(side);
    for (const ref of refs)
      await tx.saveTwin(
        newTwin(
          {
            ...deps,
            trackers: { of: async () => tracker, target: async () => ({ types: [], defaultType: null, internalComments: true }) },
            greeted: new Set(),
            hints: new Map(),
            startedAt: 0,
          },
          side,
          `t${ref}`,
          ref,
          { dirty: false },
        ),
      );
  });
  const dirty = () => store.rows.twins.filter((twin) => twin.dirty).map((twin) => twin.local);

  const half = await engine.sweep('a', null, call);
  expect(dirty()).toEqual([refs[0]]);
  expect(await engine.sweep('a', half, call)).toBeNull();
  expect(dirty()).toEqual(refs);
});
