import { EMPTY } from '../core/diff.ts';
import type { Fields, FieldValue } from '../core/entity.ts';
import { type CommentEntry, type GlobalId, hasBody, isFile, same, sameValue } from '../core/replica.ts';
import { on } from '../core/sync-rule.ts';
import type { ShadowComment, ShadowFile, Twin } from '../core/twin.ts';
import { Book } from './book.ts';
import { localFields } from './plan.ts';
import type { Side, TwinCounters, TwinMemory, Tx } from './ports.ts';
import { answerOf } from './receive.ts';
import { newTwin } from './twins.ts';
import { outgoing, withGlobalFiles } from './view.ts';
import { type Context, look, type RunLog, type Work } from './work.ts';

const PAGE = 200;

/** Both halves of a local connection live in one database: they can only go back together. */
export const greeted = (context: Context, side: Side): boolean => side.peer.kind === 'local' || !on('regress') || context.greeted.has(side.id);

/** Compares counters with the peer, both ways. Until it has happened, nothing is sent or applied on the side. Throws PeerError. */
export async function greet(context: Context, side: Side): Promise<void> {
  for (let after: string | null = null; ; ) {
    const page: readonly TwinCounters[] = await context.peers.counters(side, after);
    await offered(context, side.id, page);
    const last = page.at(-1);
    if (!last) break;
    after = last.twin;
  }
  for (let after: string | null = null; ; ) {
    const page: readonly TwinCounters[] = await counters(context, side.id, after);
    const last = page.at(-1);
    if (!last) break;
    await context.peers.offerCounters(side, page);
    after = last.twin;
  }
  context.greeted.add(side.id);
}

/** Our counters of the active twins of a side, a page at a time. */
export async function counters(context: Context, sideId: string, after: string | null): Promise<readonly TwinCounters[]> {
  return context.store.transaction(async (tx) => {
    const side = await tx.side(sideId);
    if (side?.status !== 'active') return [];
    const page = await tx.twinsOfSide(sideId, after, PAGE);
    return Promise.all(page.map((twin) => countersOf(tx, side, twin)));
  });
}

async function countersOf(tx: Tx, side: Side, twin: Twin): Promise<TwinCounters> {
  const { id, status, outSeq, lastNonce, acked, seen, seenNonce } = twin;
  const flight = twin.flight && {
    ...twin.flight.change,
    connection: side.connection,
    twin: id,
    seq: twin.flight.seq,
    nonce: twin.flight.nonce,
    seen: twin.flight.seen,
    seenNonce: twin.flight.seenNonce,
    origin: twin.flight.origin,
    entity: twin.flight.entity,
    type: twin.flight.type,
    link: twin.link,
    ids: twin.local === null ? {} : Object.fromEntries((await tx.traces(twin.instance, twin.local)).map((row) => [row.gid, row.local])),
  };
  return { twin: id, status, outSeq, lastNonce, acked, seen, seenNonce, flight: status === 'active' ? flight : null };
}

/** The peer's counters: have we gone back in time? Then what we knew is marked for rebuilding before anything else happens. */
export async function offered(context: Context, sideId: string, page: readonly TwinCounters[]): Promise<void> {
  if (!on('regress')) return;
  const asHere = await reader(context, sideId, page);
  for (const theirs of page) {
    if (theirs.status !== 'active') continue;
    await context.store.transaction(async (tx) => {
      const side = await tx.side(sideId);
      if (side?.status !== 'active') return;
      const ours = await tx.twin(sideId, theirs.twin);
      if (!ours) {
        if (theirs.acked > 0 || theirs.seen > 0) await save(tx, { ...newTwin(context, side, theirs.twin, null), lost: true });
        else if (theirs.flight && on('hints'))
          await save(
            tx,
            newTwin(context, side, theirs.twin, theirs.flight.link?.[side.instance] ?? null, {
              link: theirs.flight.link,
              dirty: false,
              mending: true,
              inbox: theirs.flight,
              peer: theirs.flight.entity,
            }),
          );
        return;
      }
      if (ours.status !== 'active') return;
      const back =
        theirs.acked > ours.seen || theirs.seen > ours.outSeq || (theirs.seen === ours.outSeq && theirs.seen > 0 && theirs.seenNonce !== ours.lastNonce);
      const hints = theirs.flight && theirs.flight.seq > ours.seen && on('hints') ? theirs.flight : null;
      if (back) await save(tx, { ...ours, lost: true });
      else if (hints) await tx.saveTwin({ ...ours, ...hinted(hints, asHere) });
    });
  }
}

/** A comment of the peer as our rules and our tracker would have it. */
async function reader(context: Context, sideId: string, page: readonly TwinCounters[]): Promise<(entry: CommentEntry) => CommentEntry> {
  const side = page.some((theirs) => theirs.flight) ? await context.store.transaction((tx) => tx.side(sideId)) : null;
  if (!side) return (entry) => entry;
  const tracker = await context.trackers.of(side.instance);
  const rules = context.rules(side);
  const target = await context.trackers.target(side.instance, side.scope, { signal: AbortSignal.timeout(30_000), priority: 'normal' });
  return (entry) => (hasBody(entry) ? { ...entry, body: tracker.settleComment(rules.incomingComment(entry, target, true).body) } : entry);
}

async function save(tx: Tx, twin: Twin): Promise<void> {
  await tx.saveTwin(twin);
  await tx.enqueue(twin.side, twin.id, { trigger: 'start', priority: 'normal' });
}

/** What the peer has in flight to us may stand here already, written and forgotten. */
function hinted(flight: NonNullable<TwinCounters['flight']>, asHere: (entry: CommentEntry) => CommentEntry): Pick<Twin, 'hints' | 'hintedFiles'> {
  return {
    hints: Object.fromEntries(Object.entries(flight.comments).map(([gid, { after }]) => [gid, asHere(after)])),
    hintedFiles: Object.fromEntries(Object.entries(flight.files).map(([gid, { after }]) => [gid, after])),
  };
}

/** What we know of a twin, for a peer that has forgotten. */
export async function recall(context: Context, sideId: string, twinId: string): Promise<TwinMemory | null> {
  return context.store.transaction(async (tx) => {
    const side = await tx.side(sideId);
    const twin = await tx.twin(sideId, twinId);
    if (side?.status !== 'active' || twin?.status !== 'active') return null;
    const base = { ...(await countersOf(tx, side, twin)), entity: twin.entity, peer: twin.peer, link: twin.link };
    if (twin.local === null) return { ...base, origin: null, agreed: EMPTY, traces: [] };
    const book = await Book.open(tx, twin.instance, twin.local);
    return {
      ...base,
      origin: book.entity().origin ?? `${twin.instance}:${twin.local}`,
      agreed: outgoing(context.rules(side), twin.shadow, book),
      traces: [...book.traces('comment'), ...book.traces('file')].map((row) => ({
        gid: row.gid,
        kind: row.kind,
        local: row.local,
        peer: row.peers[twin.id] ?? null,
        viaThis: row.via === twin.id,
        author: row.author,
      })),
    };
  });
}

/** Which of the peer's values do we hold as agreed, once our rules and our tracker have made of them what they make? */
export async function compare(
  context: Context,
  sideId: string,
  twinId: string,
  theirs: { readonly fields: Fields; readonly comments: Readonly<Record<GlobalId, CommentEntry>> },
): Promise<readonly string[]> {
  const { side, twin, traces } = await context.store.transaction(async (tx) => {
    const found = await tx.twin(sideId, twinId);
    return { side: await tx.side(sideId), twin: found, traces: found?.local ? await tx.traces(found.instance, found.local) : [] };
  });
  if (!side || !twin) return [];
  const tracker = await context.trackers.of(side.instance);
  const rules = context.rules(side);
  const target = await context.trackers.target(side.instance, side.scope, { signal: AbortSignal.timeout(30_000), priority: 'normal' });
  const fields = localFields({ rules, target, tracker }, theirs.fields);
  const equal = Object.keys(fields).filter((name) => sameValue(fields[name], twin.shadow.fields[name]));
  for (const [gid, entry] of Object.entries(theirs.comments)) {
    const ours = twin.shadow.comments[gid];
    if (!hasBody(entry) || !ours || !hasBody(ours)) continue;
    const author = traces.find((row) => row.gid === gid)?.author ?? null;
    if (same(tracker.settleComment(rules.incomingComment({ ...entry, author: author ?? entry.author }, target, author !== null).body), ours.body))
      equal.push(gid);
  }
  return equal;
}

/** We have gone back in time: the peer's twin is the authority for what both had agreed to, our tracker for what stands here now. */
export async function rebuild(work: Work): Promise<void> {
  const { context, side, lease, log, tracker, rules, call } = work;
  const memory = await context.peers.recall(side, work.twin.id);
  if (!memory) {
    await context.store.transaction(async (tx) => {
      const twin = await tx.twin(side.id, work.twin.id);
      if (twin) await tx.saveTwin({ ...twin, lost: false });
    });
    return;
  }
  const ref =
    work.twin.local ??
    memory.peer?.ref ??
    (await tracker.findByMarker(work.twin.id, work.twin.createdAt, call).then((found) => (found?.marker === work.twin.id ? found.ref : null))) ??
    ownRef(work.twin);
  const base = forget(work.twin, memory, ref);
  if (ref === null) return store(work, log, { ...base, needsAll: true });
  const seen = await look({ ...work, twin: base, traces: [], intents: [] });
  if (seen === 'gone')
    return store(work, log, { ...base, needsAll: memory.seen > 0 || memory.acked > 0, local: null, shadow: { fields: {}, comments: {}, files: {} } });
  const target = await context.trackers.target(side.instance, side.scope, call);
  const traced = memory.traces.flatMap((row) => (row.peer === null ? [] : [{ ...row, here: row.peer }]));
  const gids = new Map(traced.map((row) => [`${row.kind}/${row.here}`, row.gid]));
  const ours = {
    fields: rules.outgoingFields(seen.snapshot.fields),
    comments: Object.fromEntries(
      seen.snapshot.comments.flatMap((comment) => {
        const gid = gids.get(`comment/${comment.id}`);
        const row = traced.find((x) => x.gid === gid);
        const sent = gid === undefined ? 'withheld' : rules.outgoingComment({ ...comment, copyOf: copyAuthor(work.twin, row) });
        return gid === undefined || sent === 'withheld' ? [] : [[gid, sent]];
      }),
    ),
  };
  const equal = new Set(await context.peers.compare(side, work.twin.id, ours));

  await context.store.transaction(async (tx) => {
    await lease.fence(tx);
    const found = await tx.twin(side.id, work.twin.id);
    if (found?.status !== 'active') return;
    await tx.saveTwin({ ...found, ...base });
    // What we meant to do then is answered by what the peer knows now.
    await tx.dropIntents((await tx.intentsOfTwin(side.id, found.id)).map((intent) => intent.id));
    const book = await Book.open(tx, side.instance, ref);
    const origin = memory.origin !== null && !memory.origin.startsWith(`${side.instance}:`) ? memory.origin : null;
    if (origin !== null && book.entity().origin === null && (await tx.entityByOrigin(side.instance, origin)) === null) book.setEntity({ origin });
    for (const row of traced) {
      const mine = book.traceOf(row.kind, row.here);
      if (mine && mine.gid !== row.gid) book.drop(mine);
      if (mine && mine.gid === row.gid) continue;
      const mintedAway = !row.gid.startsWith(`${side.instance}:`);
      const via = !row.viaThis ? work.twin.id : mintedAway ? (book.twins().find((twin) => twin.id !== work.twin.id)?.id ?? null) : null;
      book.put({
        kind: row.kind,
        gid: row.gid,
        local: row.here,
        via,
        tomb: null,
        author: via === null ? null : (row.author ?? authorOf(memory, row.gid)),
        carrier: false,
      });
    }
    const now = withGlobalFiles(seen.snapshot, book);
    const agreedFields = localFields({ rules, target, tracker }, memory.agreed.fields);
    const fields: Record<string, FieldValue> = {};
    for (const [field, agreed] of Object.entries(agreedFields)) {
      const current = now.fields[field];
      const unchanged =
        current !== undefined &&
        (sameValue(agreed, current) || equal.has(field) || sameValue(rules.outgoingFields(now.fields)[field], memory.agreed.fields[field]));
      fields[field] = unchanged ? current : agreed;
    }
    const comments: Record<GlobalId, ShadowComment> = {};
    const differs: Record<string, string> = {};
    for (const [gid, entry] of Object.entries(memory.agreed.comments)) {
      const row = book.trace(gid);
      const current = row && now.comments.find((comment) => comment.id === row.local);
      if (!hasBody(entry)) comments[gid] = entry;
      else if (row) {
        const wanted = rules.incomingComment({ ...entry, author: row.author ?? entry.author }, target, row.author !== null);
        const body = tracker.settleComment(wanted.body);
        comments[gid] = {
          body: current && (same(body, current.body) || equal.has(gid)) ? current.body : body,
          public: wanted.public,
          author: entry.author,
          at: entry.at,
        };
      } else if (!rules.incomingComment(entry, target, true).public && !tracker.capabilities.comments.internal)
        differs[gid] = 'internal comments do not exist here';
    }
    // Copies that we know to have written, of which the peer has not heard yet: how they were written tells a person's edit of them from ours.
    for (const [gid, entry] of Object.entries(found.shadow.comments))
      if (comments[gid] === undefined && hasBody(entry) && book.trace(gid)?.via === found.id && book.trace(gid)?.tomb === null) comments[gid] = entry;
    const files: Record<GlobalId, ShadowFile> = {};
    for (const [gid, entry] of Object.entries(memory.agreed.files)) if (!isFile(entry) || book.trace(gid)) files[gid] = entry;
    const current = book.twin(side.id, work.twin.id);
    if (!current) return;
    const twin: Twin = {
      ...current,
      lost: false,
      entity: { ref, urn: seen.snapshot.urn, url: seen.snapshot.url },
      shadow: { fields, comments, files },
      differs,
    };
    book.setTwin(memory.flight ? { ...twin, mending: true, inbox: memory.flight } : twin);
    await book.save();
    log.note({ what: 'restored', decision: `rebuilt from what the other side knows: ${Object.keys(comments).length} comments` });
    await log.write(tx, twin, 'nothing', rules.version);
    await tx.enqueue(side.id, work.twin.id, { trigger: 'start', priority: 'normal' });
  });
}

const authorOf = (memory: TwinMemory, gid: GlobalId): string | null => {
  const entry = memory.agreed.comments[gid];
  return entry && hasBody(entry) ? entry.author : null;
};

/** Of a comment that came from the peer: the name that our rules wrote into it. */
const copyAuthor = (_twin: Twin, row: { readonly viaThis: boolean; readonly author: string | null } | undefined): string | null =>
  row && !row.viaThis ? row.author : null;

function forget(twin: Twin, memory: TwinMemory, ref: string | null): Twin {
  return {
    ...twin,
    local: ref,
    peer: memory.entity,
    outSeq: memory.seen,
    lastNonce: memory.seenNonce,
    seen: memory.acked,
    seenNonce: memory.lastNonce,
    acked: memory.seen,
    flight: null,
    inbox: null,
    held: {},
    dirty: true,
    touches: twin.touches + 1,
    link: memory.link,
    lost: false,
  };
}

/** The twin's id begins with the entity that came first; it may be ours. */
function ownRef(twin: Twin): string | null {
  const prefix = `#${twin.instance}:`;
  const at = twin.id.indexOf(prefix);
  return at < 0 ? null : twin.id.slice(at + prefix.length);
}

async function store(work: Work, log: RunLog, twin: Twin): Promise<void> {
  await work.context.store.transaction(async (tx) => {
    await work.lease.fence(tx);
    await log.write(tx, twin, 'nothing', work.rules.version);
    await tx.saveTwin(twin);
  });
  if (twin.needsAll) await work.context.peers.applied(work.side, twin.id, await work.context.store.transaction((tx) => answerOf(tx, twin, [])));
}
