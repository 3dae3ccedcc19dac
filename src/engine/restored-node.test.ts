import { expect, test } from 'vitest';
import { type MemoryProfile, MemoryTrackerServer, openMemory, PROFILES } from '../connectors/memory/index.ts';
import type { ReplicaMessage } from '../core/replica.ts';
import { docOf, plainText, type RichText } from '../core/rich-text/index.ts';
import type { Twin } from '../core/twin.ts';
import { basicRules } from '../rules/basic.ts';
import { createMemoryStore } from '../store/memory/index.ts';
import { createEngine } from './index.ts';
import type { Peers, Side } from './ports.ts';
import { DOUBT, REPLACED } from './recover.ts';
import { newTwin } from './twins.ts';

const signal = new AbortController().signal;
const DAY = 86_400_000;
const AT = new Date(0).toISOString();
const TWIN = 'c#b:9';
const SIDE: Side = {
  id: 'c:a',
  connection: 'c',
  name: 'c',
  description: '',
  mode: 'basic',
  instance: 'a',
  scope: null,
  peer: { kind: 'node', side: 'c:b', instance: 'b', name: 'b' },
  leads: true,
  policy: 'lead',
  status: 'active',
  start: 'manual',
  resumeFrom: null,
  problem: null,
  createdAt: AT,
};

/** What the other side has on its way to us: a new summary, or the whole entity. */
const onItsWay = (seq: number, before: string | null, after: string): ReplicaMessage => ({
  connection: 'c',
  twin: TWIN,
  seq,
  nonce: `nonce${seq}`,
  seen: 0,
  seenNonce: '',
  before: before === null ? {} : { summary: before, description: docOf('d') },
  after: { summary: after, description: docOf('d') },
  comments: {},
  files: {},
  origin: 'b:9',
  entity: { ref: '9', urn: 'B-9', url: 'https://b.example/9' },
  type: null,
  link: null,
  ids: {},
});

/** A node that starts on an older database: the other side waits for an answer to what we may have done already. */
async function startRestored(profile: MemoryProfile, flight: ReplicaMessage, remembered: Partial<Twin>, next = flight) {
  const clock = { t: 100 * DAY, now: () => clock.t };
  const server = new MemoryTrackerServer({ name: 'a', profile, clock });
  const store = createMemoryStore({ now: clock.now });
  const counters = {
    twin: TWIN,
    status: 'active' as const,
    outSeq: flight.seq,
    lastNonce: flight.nonce,
    acked: flight.seq - 1,
    seen: 0,
    seenNonce: '',
    flight,
  };
  const sent: ReplicaMessage[] = [];
  const peers: Partial<Peers> = {
    counters: async (_side, after) => (after === null ? [counters] : []),
    // Nothing but the summary and the description was ever agreed on.
    recall: async () => ({
      ...counters,
      entity: flight.entity,
      peer: { ref: '1', urn: 'A-1', url: 'https://a.example/1' },
      origin: flight.origin,
      link: null,
      agreed: { fields: { summary: 'old', description: docOf('d') }, comments: {}, files: {} },
      traces: [],
    }),
    compare: async () => ['summary', 'description'],
    offerCounters: async () => {},
    applied: async () => {},
    send: async (_side, message) => {
      sent.push(message);
      return { outcome: 'ok', seen: 0, seenNonce: '', acked: flight.seq, entity: null, ids: {} };
    },
  };
  const deps = { store, clock, id: () => crypto.randomUUID(), random: () => 0.5, rules: () => basicRules, holder: 'test', peers: peers as Peers };
  const trackers = { of: async () => openMemory(server), target: async () => ({ types: [], defaultType: null, internalComments: true }) };
  const engine = createEngine({ ...deps, trackers });
  await store.transaction(async (tx) => {
    const nothing = { problem: null, cursor: null, polledAt: null, webhook: null, pausedUntil: null, defaultType: null };
    await tx.saveInstance({ id: 'a', slug: 'a', platform: 'memory', name: 'a', url: '', settings: {}, createdAt: AT, ...nothing });
    await tx.saveSide(SIDE);
    await tx.saveTwin(newTwin({ ...deps, trackers, greeted: new Set(), hints: new Map(), startedAt: 0 }, SIDE, TWIN, null, { dirty: false, ...remembered }));
  });
  return {
    server,
    store,
    clock,
    conflicts: () => store.rows.conflicts.map(({ what }) => what),
    /** The counters are compared, and nothing is done yet. */
    meet: () => engine.run(SIDE.id, TWIN, { trigger: 'start', priority: 'normal', signal }),
    start: async () => {
      await engine.receive(SIDE.id, next);
      await engine.run(SIDE.id, TWIN, { trigger: 'start', priority: 'normal', signal });
    },
    twin: () => store.rows.twins[0],
    sent,
    notes: (decision: string) => store.rows.runs.flatMap((run) => run.changes.filter((change) => change.decision === decision).map(({ what }) => what)),
  };
}

const IN_SYNC = {
  local: '1',
  seen: 1,
  seenNonce: 'nonce1',
  shadow: { fields: { summary: 'old', description: docOf('d') }, comments: {}, files: {} },
};

/** In sync as “old”, by what the node remembers; `now` stands at the tracker; the other side sends “new”. */
async function fieldCase(now: string, profile: MemoryProfile) {
  const node = await startRestored(profile, onItsWay(2, 'old', 'new'), IN_SYNC);
  node.server.human.create({ fields: { summary: now, description: 'd' } });
  await node.start();
  expect(node.twin()?.seen).toBe(2);
  return node.notes(REPLACED);
}

test('after a restore, people are told that a field which meanwhile changed may have been written, and over a newer edit', async () => {
  expect(await fieldCase('edited since', PROFILES.poor)).toEqual(['summary']);
});

test('the same where what stands here is the very value that was on its way', async () => {
  expect(await fieldCase('new', PROFILES.poor)).toEqual(['summary']);
});

test('a field that stands as it is remembered was not written: nobody is told anything', async () => {
  expect(await fieldCase('old', PROFILES.poor)).toEqual([]);
});

test('where stale writes are refused, nothing can have been replaced', async () => {
  expect(await fieldCase('edited since', { ...PROFILES.full, fields: [] })).toEqual([]);
});

test('a restored node that shows a comment which was deleted here before it was agreed on is told of that', async () => {
  const said = { body: docOf('oops'), public: true, author: 'Ann', at: AT };
  const node = await startRestored(PROFILES.jira, { ...onItsWay(2, 'old', 'old'), comments: { 'a:1:1': { before: null, after: said } } }, IN_SYNC);
  const ref = node.server.human.create({ fields: { summary: 'old', description: 'd' } });
  const id = node.server.human.comment(ref, docOf('oops'));
  expect(`a:${ref}:${id}`).toBe('a:1:1');
  node.server.human.deleteComment(ref, id);
  await node.start();
  expect(node.sent.map((message) => message.comments)).toEqual([
    { 'a:1:1': { before: expect.objectContaining({ body: said.body }), after: { deleted: true } } },
  ]);
  expect(node.server.entities.get(ref)?.comments).toHaveLength(1);
});

/** A copy that was written, marked and forgotten; while the node started, the other side took back its replica and told of an edit. */
async function editedOnTheWay(stands: string) {
  const entry = (words: string) => ({ body: docOf(words), public: true, author: 'Bea', at: AT });
  const telling = (seq: number, words: string) => ({ ...onItsWay(seq, 'old', 'old'), comments: { 'b:9:7': { before: null, after: entry(words) } } });
  const node = await startRestored(PROFILES.jira, telling(2, 'first'), IN_SYNC, telling(3, 'second'));
  const ref = node.server.human.create({ fields: { summary: 'old', description: 'd' } });
  const target = { types: [], defaultType: null, internalComments: true };
  const copy = basicRules.incomingComment(entry(stands), target, true);
  node.server.update(ref, { add: { ...copy, files: [], marker: `b:9:7 ${TWIN}` } }, node.server.account);
  await node.meet();
  await node.start();
  const comments = node.server.entities.get(ref)?.comments ?? [];
  return {
    bodies: comments.map(({ body }) =>
      plainText(body as RichText)
        .trim()
        .split('\n')
        .at(-1),
    ),
    conflicts: node.conflicts(),
  };
}

test('a forgotten copy that stands as the other side had it on its way takes their edit of it', async () => {
  expect(await editedOnTheWay('first')).toEqual({ bodies: ['second'], conflicts: [] });
});

test('a forgotten copy that stands otherwise may be a person’s edit: it stays, and both are kept in a conflict', async () => {
  expect(await editedOnTheWay('mine')).toEqual({ bodies: ['mine'], conflicts: ['b:9:7'] });
});

test('what a node has written since it was restored is not forgotten when it compares with the other side', async () => {
  const entry = (words: string) => ({ body: docOf(words), public: true, author: 'Bea', at: AT });
  const flight = { ...onItsWay(3, 'old', 'old'), before: {}, comments: { 'b:9:7': { before: null, after: entry('second') } } };
  const copy = basicRules.incomingComment(entry('first'), { types: [], defaultType: null, internalComments: true }, true);
  // It wrote the copy and knows so; the other side has not heard of it, and finds that the node has gone back in time.
  const remembered = { ...IN_SYNC, lost: true, shadow: { ...IN_SYNC.shadow, comments: { 'b:9:7': { ...entry('first'), body: copy.body } } } };
  const node = await startRestored(PROFILES.jira, flight, remembered);
  const ref = node.server.human.create({ fields: { summary: 'old', description: 'd' } });
  node.server.update(ref, { add: { ...copy, files: [], marker: `b:9:7 ${TWIN}` } }, node.server.account);
  const [written] = node.server.entities.get(ref)?.comments ?? [];
  await node.store.transaction((tx) =>
    tx.saveTrace({
      instance: 'a',
      entity: ref,
      kind: 'comment',
      gid: 'b:9:7',
      local: written?.id ?? '',
      via: TWIN,
      tomb: null,
      author: 'Bea',
      carrier: false,
      peers: {},
    }),
  );
  await node.meet();
  expect(node.twin()).toMatchObject({ lost: false, seen: 3 });
  expect(
    node.server.entities.get(ref)?.comments.map(({ body }) =>
      plainText(body as RichText)
        .trim()
        .split('\n')
        .at(-1),
    ),
  ).toEqual(['second']);
  expect(node.conflicts()).toEqual([]);
});

const creation = (profile: MemoryProfile) => startRestored(profile, onItsWay(1, null, 'Printer burns'), {});
/** What a creation leaves that was cut off between its two calls. */
const unmarked = (node: Awaited<ReturnType<typeof creation>>, summary: string) =>
  node.server.insert({ scope: null, type: null, fields: { summary, description: 'd' }, files: [] }, null, node.server.account).ref;

test('after a restore, an entity whose creation was cut off before it was marked is found, days later', async () => {
  const node = await creation(PROFILES.poor);
  const ref = unmarked(node, 'Printer burns');
  node.clock.t += 3 * DAY;
  await node.start();
  expect([...node.server.entities.keys()]).toEqual([ref]);
  expect(node.twin()?.local).toBe(ref);
  expect(node.server.entities.get(ref)?.marker).toBe(TWIN);
});

test('another entity of our account is not taken for it, and people are told that there may be two', async () => {
  const node = await creation(PROFILES.poor);
  const other = unmarked(node, 'Something else');
  await node.start();
  expect(node.server.entities.get(other)?.marker).toBeNull();
  expect(node.twin()?.local).toBe('2');
  expect(node.notes(DOUBT)).toEqual(['entity']);
});

test('where the marker goes in with the entity, there is no doubt', async () => {
  const node = await creation(PROFILES.jira);
  await node.start();
  expect(node.twin()?.local).toBe('1');
  expect(node.notes(DOUBT)).toEqual([]);
});
