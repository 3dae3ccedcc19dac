import type { Applied, Draft, Upload } from '../connectors/connector.ts';
import type { Fields, FileInfo, Snapshot } from '../core/entity.ts';
import { EntenteError } from '../core/errors.ts';
import { type FileEntry, type GlobalId, isFile, type ReplicaMessage } from '../core/replica.ts';
import { filesIn, mapFiles } from '../core/rich-text/index.ts';
import { on } from '../core/sync-rule.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Intent, ShadowFile, Twin } from '../core/twin.ts';
import { Book } from './book.ts';
import { end } from './lifecycle.ts';
import { offer } from './observe.ts';
import { degradedFields, localFields, withLosses } from './plan.ts';
import type { Tx } from './ports.ts';
import { InDoubt } from './problem.ts';
import { DOUBT, settledAt } from './recover.ts';
import { uploadOf } from './upload.ts';
import { isRich } from './view.ts';
import { fileGone, leaseKey, type Work } from './work.ts';

/** How far back we look for an entity of ours that was made, not marked, and forgotten: no backup should be older. */
const FORGOTTEN_MS = 7 * 86_400_000;

type EntityIntent = Extract<Intent, { kind: 'entity' }>;

/**
 * Makes the entity that the replica in the inbox is about, or finds the one that an interrupted run made. Null: it is not to be made here (already here by another
 * connection), or another creation is in doubt and has to be settled first.
 */
export async function createEntity(work: Work): Promise<{ readonly twin: Twin; readonly snapshot: Snapshot } | null> {
  const { context, tracker, call } = work;
  const message = work.twin.inbox;
  if (!message) return null;
  const intent = await opening(work, message);
  if (intent === 'not-here') return null;
  const asOf = context.clock.now();
  const { fields, type } = await draftFields(work, message);
  if (intent) {
    const found = await inDoubt(work, intent);
    if (found) return adopted(work, message, found, on('adoptShadow') ? intent.fields : found.fields);
    const settled = settledAt(intent, tracker.capabilities, context.startedAt);
    if (settled > asOf) throw new InDoubt(settled);
    await context.store.transaction((tx) => tx.dropIntents([intent.id]));
  }
  // On its way when this process started: it may have been made before, and forgotten with a restored database.
  const forgotten = work.twin.mending || work.twin.hints !== null;
  const there =
    on('createLooks') && (work.twin.seen > 0 || forgotten) ? await tracker.findByMarker(work.twin.id, new Date(asOf - FORGOTTEN_MS).toISOString(), call) : null;
  if (there && (there.marker === work.twin.id || (same(there, fields) && (await unclaimed(work, there))))) return adopted(work, message, there, fields);

  const pending: EntityIntent = {
    id: context.id(),
    side: work.side.id,
    twin: work.twin.id,
    instance: work.twin.instance,
    entity: null,
    since: context.clock.now(),
    triedAt: context.clock.now(),
    kind: 'entity',
    origin: message.origin,
    marker: work.twin.id,
    fields,
    type,
  };
  if (!(await announce(work, pending, message))) return null;
  if (forgotten && tracker.capabilities.entityMarker === 'after') work.log.note({ what: 'entity', decision: DOUBT });
  try {
    const draft: Draft = { scope: work.side.scope, type, fields, files: uploads(work, message, fields) };
    const { snapshot, files } = await tracker.create(draft, pending.marker, call);
    return await done(work, message, snapshot, fields, files, true);
  } catch (error) {
    // A refusal leaves no doubt: nothing was made.
    if (fileGone(error) || (error instanceof TrackerError && !error.inDoubt && error.kind !== 'unavailable'))
      await context.store.transaction((tx) => tx.dropIntents([pending.id]));
    else await context.store.transaction((tx) => tx.saveIntent({ ...pending, triedAt: context.clock.now() }));
    throw error;
  }
}

/** The intent of an interrupted creation, null for a fresh start, or `not-here`. One entity per origin and instance: the twins of an origin form a tree. */
async function opening(work: Work, message: ReplicaMessage): Promise<EntityIntent | null | 'not-here'> {
  const { context, side, lease } = work;
  return context.store.transaction(async (tx) => {
    await lease.fence(tx);
    const twin = await tx.twin(side.id, work.twin.id);
    const now = await tx.side(side.id);
    if (twin?.status !== 'active' || now?.status !== 'active') return 'not-here';
    const all = await tx.creationIntents(twin.instance);
    const mine = all.find((intent) => intent.twin === twin.id && intent.side === twin.side) ?? null;
    if (on('tree') && !mine) {
      if (await alreadyHere(work, tx, twin, message)) return 'not-here';
      if (all.some((intent) => intent.origin === message.origin)) return wait(work, tx);
    }
    // Where the marker needs a second call, only one creation at a time may be in doubt.
    if (work.tracker.capabilities.entityMarker === 'after' && on('serialCreate') && all.some((intent) => intent.twin !== twin.id)) return wait(work, tx);
    return mine;
  });
}

/** Both halves belong to one instance, and the origin itself is to cross from one of its scopes to another. */
const crossesScopes = ({ side }: Work, { origin, entity }: Pick<ReplicaMessage, 'origin' | 'entity'>): boolean =>
  side.peer.kind === 'local' && side.peer.instance === side.instance && origin === `${side.instance}:${entity.ref}`;

/** The origin's entity stands here by way of another connection: this twin is redundant, and both sides are told. */
async function alreadyHere(work: Work, tx: Tx, twin: Twin, message: Pick<ReplicaMessage, 'origin' | 'entity'>): Promise<boolean> {
  const { origin } = message;
  const isOurs = origin.startsWith(`${twin.instance}:`) && !crossesScopes(work, message);
  if (!isOurs && (await tx.entityByOrigin(twin.instance, origin)) === null) return false;
  await end(tx, twin, 'redundant', 'already here by way of another connection', true, work.log, work.rules.version);
  return true;
}

async function wait(work: Work, tx: Tx): Promise<'not-here'> {
  await tx.enqueue(work.side.id, work.twin.id, { trigger: 'retry', priority: 'normal', notBefore: work.context.clock.now() + 2000 });
  return 'not-here';
}

/** Stores the intent, unless somebody else began to create the same origin meanwhile. */
async function announce(work: Work, intent: EntityIntent, message: ReplicaMessage): Promise<boolean> {
  return work.context.store.transaction(async (tx) => {
    await work.lease.fence(tx);
    const side = await tx.side(work.side.id);
    if (on('offCheck') && side?.status !== 'active') return false;
    const twin = await tx.twin(intent.side, intent.twin);
    if (twin?.status !== 'active' || (on('tree') && (await alreadyHere(work, tx, twin, message)))) return false;
    const others = (await tx.creationIntents(intent.instance)).filter((other) => other.twin !== intent.twin);
    const serial = work.tracker.capabilities.entityMarker === 'after' && on('serialCreate');
    if ((on('tree') && others.some((other) => other.origin === intent.origin)) || (serial && others.length)) {
      await wait(work, tx);
      return false;
    }
    if (on('intents')) await tx.saveIntent(intent);
    return true;
  });
}

async function draftFields(work: Work, message: ReplicaMessage): Promise<{ fields: Fields; type: string | null }> {
  const { context, side, tracker, rules, call } = work;
  const target = await context.trackers.target(work.instance, side.scope, call);
  const type = rules.incomingType(message.type, target);
  if (type === null && target.types.length) throw new EntenteError('no-type');
  const coming = new Set(
    Object.entries(message.files).flatMap(([gid, { after }]) => (isFile(after) && after.comment === null && fits(work, gid, after) ? [gid] : [])),
  );
  const shown = Object.fromEntries(
    Object.entries(message.after).map(([name, value]) => [
      name,
      isRich(value) && filesIn(value).some((gid) => !coming.has(gid)) ? mapFiles(value, (gid) => (coming.has(gid) ? gid : '')) : value,
    ]),
  );
  return { fields: localFields({ rules, target, tracker }, shown), type };
}

const fits = ({ tracker, absent }: Work, gid: GlobalId, file: Extract<FileEntry, { name: string }>): boolean =>
  !absent.has(gid) && tracker.capabilities.files.add !== 'none' && (file.size ?? 0) <= tracker.capabilities.files.maxBytes;

/** Files of the entity itself that its text shows go in with it; the others follow, unless they would need a comment to carry them. */
function uploads(work: Work, message: ReplicaMessage, fields: Fields): Upload[] {
  const { oneWrite, files } = work.tracker.capabilities;
  const all = oneWrite || files.add === 'comment';
  const shown = new Set(Object.values(fields).flatMap((value) => (isRich(value) ? filesIn(value) : [])));
  return Object.entries(message.files).flatMap(([gid, { after }]) =>
    isFile(after) && after.comment === null && fits(work, gid, after) && (shown.has(gid) || all) ? [uploadOf(work, gid, after)] : [],
  );
}

/** An interrupted creation: the marker's bearer; where the marker needs a second call, our account's newest unmarked entity. */
async function inDoubt(work: Work, intent: EntityIntent): Promise<Snapshot | null> {
  const found = await work.tracker.findByMarker(intent.marker, new Date(intent.since).toISOString(), work.call);
  if (!found || found.marker === intent.marker) return found;
  return work.tracker.capabilities.entityMarker === 'after' && on('adoptUnmarked') ? found : null;
}

/** The feed may have shown it first, and a connection that starts by itself has taken it for a person's. */
async function unclaimed(work: Work, found: Snapshot): Promise<boolean> {
  return (await work.context.store.transaction((tx) => tx.twinsOfEntity(work.twin.instance, found.ref))).length === 0;
}

const same = (snapshot: Snapshot, fields: Fields): boolean => JSON.stringify(snapshot.fields.summary) === JSON.stringify(fields.summary);

async function adopted(work: Work, message: ReplicaMessage, found: Snapshot, fields: Fields): Promise<{ twin: Twin; snapshot: Snapshot } | null> {
  // Without a marker of its own, creating again with the marker marks what is there.
  const snapshot =
    found.marker === work.twin.id
      ? found
      : (await work.tracker.create({ scope: work.side.scope, type: found.type, fields, files: [], adopt: found.ref }, work.twin.id, work.call)).snapshot;
  const files = Object.entries(message.files).flatMap(([key, { after }]) => {
    const file = isFile(after) && after.comment === null ? snapshot.files.find((f) => f.byUs && isLike(f, after)) : undefined;
    return file ? [{ key, id: file.id, carrier: null }] : [];
  });
  return done(work, message, snapshot, fields, files, false);
}

const isLike = (file: FileInfo, entry: Extract<FileEntry, { name: string }>): boolean =>
  file.name === entry.name && (file.size === null || entry.size === null || file.size === entry.size);

/** One transaction: the twin has its entity, and the replica goes on as a change of it. */
async function done(
  work: Work,
  message: ReplicaMessage,
  snapshot: Snapshot,
  fields: Fields,
  files: Applied['files'],
  made: boolean,
): Promise<{ twin: Twin; snapshot: Snapshot } | null> {
  const { context, side, lease, log, rules, tracker, call } = work;
  const target = await context.trackers.target(work.instance, side.scope, call);
  const degraded = withLosses(degradedFields({ rules, target, tracker }, {}, message.after));
  const twin = await context.store.transaction(async (tx) => {
    await lease.fence(tx);
    const before = await tx.twin(side.id, work.twin.id);
    if (before?.status !== 'active') return null;
    const origin = message.origin.startsWith(`${before.instance}:`) && !crossesScopes(work, message) ? null : message.origin;
    const entity = { ref: snapshot.ref, urn: snapshot.urn, url: snapshot.url };
    const shadowFiles: Record<GlobalId, ShadowFile> = {};
    for (const { key } of files) {
      const entry = message.files[key]?.after;
      if (entry && isFile(entry)) shadowFiles[key] = entry;
    }
    // A newer replica may have arrived; nothing of it was acknowledged, so it is whole as well.
    const inbox = before.inbox && {
      ...before.inbox,
      before: message.after,
      comments: fresh(before.inbox.comments),
      files: Object.fromEntries(Object.entries(before.inbox.files).filter(([gid]) => !shadowFiles[gid])),
    };
    const shadow = { fields, comments: {}, files: shadowFiles };
    const next: Twin = { ...before, local: snapshot.ref, entity, shadow, degraded, inbox, dirty: !made };
    if (!(await lease.take(tx, leaseKey(next)))) throw new InDoubt(context.clock.now() + 1000);
    const mine = (await tx.creationIntents(before.instance)).filter((intent) => intent.twin === before.id && intent.side === before.side);
    await tx.dropIntents(mine.map((intent) => intent.id));
    await tx.saveTwin(next);
    const book = await Book.open(tx, before.instance, snapshot.ref);
    book.setEntity({ origin, version: null });
    for (const { key, id, carrier } of files) {
      book.put({ kind: 'file', gid: key, local: id, via: before.id, tomb: null, author: null, carrier: false });
      if (carrier) book.put({ kind: 'comment', gid: `${key}#carrier`, local: carrier, via: before.id, tomb: null, author: null, carrier: true });
    }
    await book.save();
    // The feed may have shown it before it was ours to offer.
    await offer(context, tx, { id: before.instance }, { ref: snapshot.ref }, book.twins());
    for (const [field, after] of Object.entries(fields)) log.note({ what: field, after, decision: 'created' });
    await log.write(tx, next, 'applied', rules.version);
    return next;
  });
  return twin && { twin, snapshot };
}

const fresh = (comments: ReplicaMessage['comments']): ReplicaMessage['comments'] =>
  Object.fromEntries(Object.entries(comments).map(([gid, { after }]) => [gid, { before: null, after }]));
