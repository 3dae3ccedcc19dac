import { expect, test } from 'vitest';
import { halves, memoryEngine } from '../../test/memory-engine.ts';
import { type MemoryProfile, MemoryTrackerServer, PROFILES } from '../connectors/memory/index.ts';

/** Two trackers of which `a` and, unless said otherwise, `b` have a place for links. */
async function world(profile: MemoryProfile = PROFILES.jira) {
  const made = await memoryEngine(
    {
      a: (clock) => new MemoryTrackerServer({ name: 'a', profile: PROFILES.jira, clock }),
      b: (clock) => new MemoryTrackerServer({ name: 'b', profile, clock }),
    },
    halves('c', { instance: 'a' }, { instance: 'b' }),
  );
  const ref = made.server('a').human.create({ fields: { summary: 'S' } });
  const half = (instance: string) => made.store.rows.twins.find((twin) => twin.instance === instance);
  const links = (instance: string) => [
    ...(made
      .server(instance)
      .entities.get(half(instance)?.local ?? '')
      ?.links.values() ?? []),
  ];
  const told = (instance: string) => made.store.rows.runs.filter(({ side, stage }) => side === `c:${instance}` && stage === 'linked');
  /** What the engine wants to do at once, until that is nothing. No time passes. */
  const work = async (): Promise<void> => {
    for (let rest = 100; rest > 0; rest--) {
      const [key] = made.store.dueJobs(made.now());
      if (key === undefined) return;
      made.store.takeJob(key);
      const slash = key.indexOf('/');
      await made.engine.run(key.slice(0, slash), key.slice(slash + 1), { trigger: 'poll', priority: 'normal', signal: made.call.signal });
    }
    throw new Error('There is no end of it.');
  };
  /** The other node says that its entity is elsewhere. */
  const moved = async (urn: string, url: string): Promise<void> => {
    const id = half('a')?.id ?? '';
    await made.store.transaction(async (tx) => {
      const twin = await tx.twin('c:a', id);
      if (twin?.peer) await tx.saveTwin({ ...twin, peer: { ...twin.peer, urn, url } });
    });
  };
  return { ...made, ref, half, links, told, work, moved };
}

test('each entity shows once where the other one is, without anybody asking for it', async () => {
  const { server, engine, settle, call, ref, half, links, told, work } = await world();
  await engine.sync('c:a', ref, call);
  await work();
  const copy = half('b')?.local ?? '';
  expect(links('a')).toEqual([{ title: `B-${copy}`, url: `https://b.example/${copy}` }]);
  expect(links('b')).toEqual([{ title: `A-${ref}`, url: `https://a.example/${ref}` }]);
  await settle();
  server('a').human.edit(ref, { summary: 'Another' });
  await settle();
  expect(server('b').entities.get(copy)?.fields.summary).toBe('Another');
  expect(told('a').map(({ changes }) => changes)).toEqual([[{ what: 'link', after: `https://b.example/${copy}` }]]);
  expect([told('b').length, links('a').length, links('b').length]).toEqual([1, 1, 1]);
});

test('a tracker without a place for links is not asked', async () => {
  const { engine, settle, call, ref, links, told } = await world(PROFILES.zendesk);
  await engine.sync('c:a', ref, call);
  await settle();
  expect([links('a').length, links('b').length, told('b')]).toEqual([1, 0, []]);
});

test.each(['forbidden', 'rejected', 'not-found'] as const)(
  'a link that is refused (%s) stops nothing, and is tried again when somebody retries',
  async (kind) => {
    const { server, engine, settle, call, ref, half, links, told } = await world();
    server('a').failNext(kind, { on: 'link', times: 100 });
    await engine.sync('c:a', ref, call);
    await settle();
    server('a').human.edit(ref, { summary: 'Another' });
    await settle();
    expect(server('b').entities.get(half('b')?.local ?? '')?.fields.summary).toBe('Another');
    expect([half('a')?.problem, half('a')?.inSyncAt !== null, links('a')]).toEqual([null, true, []]);
    expect(told('a').map(({ changes }) => changes)).toEqual([[{ what: 'link', decision: expect.stringMatching(/^not shown: The tracker/) }]]);
    server('a').calm();
    await engine.retry('c:a', half('a')?.id ?? '');
    await settle();
    expect(links('a')).toHaveLength(1);
  },
);

test.each(['unavailable', 'commit-then-drop', 'rate-limited'] as const)('a link that fails (%s) is put there later, once', async (kind) => {
  const { server, engine, settle, call, ref, half, links } = await world();
  server('a').failNext(kind, { on: 'link', times: 1 });
  await engine.sync('c:a', ref, call);
  for (let n = 0; n < 4; n++) await settle();
  expect([links('a').length, half('a')?.problem]).toEqual([1, null]);
});

test('an entity that has moved is linked where it is now', async () => {
  const { engine, settle, call, ref, links, moved } = await world();
  await engine.sync('c:a', ref, call);
  await settle();
  await moved('B-77', 'https://b.example/77');
  await settle();
  expect(links('a')).toEqual([{ title: 'B-77', url: 'https://b.example/77' }]);
});

test('what the other node calls an address and is none is not linked', async () => {
  const { server, engine, settle, call, ref, links, moved } = await world();
  server('a').failNext('rejected', { on: 'link', times: 1 });
  await engine.sync('c:a', ref, call);
  await settle();
  for (const url of ['javascript:alert(1)', 'data:text/html,x', '/tickets/1', 'no address', '']) {
    await moved('B-1', url);
    await settle();
    expect(links('a'), url).toEqual([]);
  }
});
