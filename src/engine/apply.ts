import type { Applied, Change, KnownFiles, Upload } from '../connectors/connector.ts';
import { diff } from '../core/diff.ts';
import type { Fields, FieldValue, Snapshot } from '../core/entity.ts';
import { EntenteError } from '../core/errors.ts';
import { type GlobalId, hasBody, isFile, type ReplicaMessage, sameValue } from '../core/replica.ts';
import { on } from '../core/sync-rule.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Intent, ShadowComment, ShadowFile, Twin } from '../core/twin.ts';
import { Book } from './book.ts';
import { createEntity } from './create.ts';
import { touchOthers, unlink } from './lifecycle.ts';
import { decide, makePlan, type Op, type Plan } from './plan.ts';
import type { Conflict, Tx } from './ports.ts';
import { InDoubt, Waiting } from './problem.ts';
import { answerOf } from './receive.ts';
import { REPLACED, recover, sayDoubt } from './recover.ts';
import { learn } from './send.ts';
import { commentMarker, identify, outgoing, view } from './view.ts';
import { fileGone, look, Overtaken, type Seen, type Work } from './work.ts';

/** The run stops quietly: the connection was switched off, or the twin ended, in the middle of it. */
export class Stopped extends Error {}

/** What really happened at the tracker, to be folded into our memory in one transaction. */
interface Done {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
  readonly results: { readonly op: Op; readonly applied: Applied }[];
  /** Late conflicts that we decided against their value: field → their value, or held. */
  readonly late: { readonly field: string; readonly ours: FieldValue | undefined; readonly theirs: FieldValue; readonly decision: 'ours' | 'hold' }[];
  /** Something of ours has not been told yet: look again. */
  readonly ownNews: boolean;
  /** Files that documents may refer to: those that stood here, and those that this run has created. */
  known: KnownFiles;
  version: string | null;
}

const ATTEMPTS = 4;

/** Makes the replica in the inbox stand here too. Intents first, then the tracker, then one transaction. */
export async function apply(work: Work): Promise<void> {
  let current = work;
  let fetched: Snapshot | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      if (current.twin.local === null) {
        const created = await createEntity(current);
        if (!created) return;
        current = { ...current, twin: created.twin, traces: [], intents: [] };
        fetched = created.snapshot;
      }
      return await attemptApply(current, fetched);
    } catch (error) {
      fetched = undefined;
      const lost = fileGone(error);
      if (lost && !current.absent.has(lost.gid)) {
        current = { ...current, absent: new Set([...current.absent, lost.gid]) };
        attempt--;
        continue;
      }
      // Somebody was faster: nothing was written, so decide again on what is there now.
      if (!(error instanceof TrackerError && error.kind === 'conflict') || attempt >= ATTEMPTS) throw error;
    }
  }
}

async function attemptApply(work: Work, fetched: Snapshot | undefined): Promise<void> {
  const seen = await look(work, fetched);
  if (seen === 'gone') return unlink(work, 'deleted here');
  const prepared = await prepare(work, seen);
  if (!prepared) return;
  await perform(work, prepared);
  await fold(work, prepared);
}

/** First transaction: settle what is in doubt, decide, and write down what we are about to do. */
async function prepare(work: Work, seen: Seen): Promise<(Done & { message: ReplicaMessage }) | null> {
  const { context, side, tracker, rules, lease } = work;
  const { snapshot, gone } = seen;
  const target = await context.trackers.target(work.instance.id, side.scope, work.call);
  const result = await context.store.transaction(async (tx) => {
    await lease.fence(tx);
    await stillOn(tx, work);
    const book = await Book.open(tx, work.twin.instance, snapshot.ref);
    const until = recover(book, work.twin.id, snapshot, tracker.capabilities, seen.asOf, context.startedAt);
    if (typeof until === 'number') {
      await book.save();
      return until;
    }
    sayDoubt(work.log, until);
    const found = book.twin(side.id, work.twin.id);
    const message = found?.inbox;
    if (!found || found.status !== 'active' || !message) return null;
    identify(book, found, snapshot, gone);
    const twin = book.twin(side.id, found.id) ?? found;
    const ownNews = diff(outgoing(rules, twin.shadow, book), outgoing(rules, view(book, twin, snapshot), book)) !== null;
    const plan = makePlan({ side, twin, message, snapshot, gone, book, tracker, rules, target, absent: work.absent });
    // On its way when this process started: it may have been written before, and forgotten with a restored database.
    const hints = twin.mending ? message.comments : twin.hints;
    if (hints && !(tracker.capabilities.compareAndSet && tracker.capabilities.exactVersions))
      for (const [field, value] of Object.entries(plan.fields.agree))
        if (!(field in plan.fields.write) && !sameValue(twin.shadow.fields[field], value)) work.log.note({ what: field, decision: REPLACED });
    if (hints)
      sayDoubt(
        work.log,
        plan.ops.flatMap((op) => (op.comment?.do === 'add' && op.comment.gid in hints ? [op.comment.gid] : [])),
      );
    if (plan.unreadable) {
      await book.save();
      throw new Waiting('comment-unreadable', 'The other side changed a comment that this account cannot read here. The change waits.');
    }
    for (const intent of book.intents())
      if (intent.kind === 'field' && intent.twin === twin.id && !(tracker.capabilities.compareAndSet && tracker.capabilities.exactVersions))
        work.log.note({ what: intent.field, decision: REPLACED });
    for (const { field, ours, theirs, decision } of plan.fields.conflicts) await record(tx, work, { what: field, ours, theirs, decision, late: false });
    for (const [gid, { conflict }] of Object.entries(plan.comments))
      if (conflict) await record(tx, work, { what: gid, ours: conflict.ours, theirs: conflict.theirs, decision: conflict.decision, late: false });
    const done: Done & { message: ReplicaMessage } = {
      snapshot,
      plan,
      message,
      results: [],
      late: [],
      ownNews,
      known: knownFiles(book, snapshot),
      version: snapshot.version,
    };
    const first = plan.ops[0];
    if (first) intend(work, book, done, first, []);
    await book.save();
    return done;
  });
  if (typeof result === 'number') throw new InDoubt(result);
  return result;
}

async function stillOn(tx: Tx, work: Work): Promise<void> {
  const side = await tx.side(work.side.id);
  const twin = await tx.twin(work.side.id, work.twin.id);
  if (on('offCheck') && side?.status !== 'active') throw new Stopped();
  if (!side || twin?.status !== 'active') throw new Stopped();
}

async function record(tx: Tx, work: Work, conflict: Omit<Conflict, 'id' | 'side' | 'twin' | 'at'>): Promise<void> {
  const { context, twin, log } = work;
  log.note({ what: conflict.what, before: conflict.ours, after: conflict.theirs, decision: conflict.decision });
  await tx.addConflict({ id: context.id(), side: twin.side, twin: twin.id, at: new Date(context.clock.now()).toISOString(), ...conflict });
}

/** Writes down what the operation is about to create or change, so that a crash leaves a question that can be answered. */
function intend(work: Work, book: Book, done: Done, op: Op, made: readonly string[]): void {
  const { twin, context, side } = work;
  const base = { side: side.id, twin: twin.id, instance: twin.instance, entity: book.ref, since: context.clock.now(), triedAt: context.clock.now() };
  const save = (intent: Intent) => book.setIntent(intent);
  if (op.fields) {
    const fields = op.fields;
    book.dropIntents((intent) => intent.kind === 'field' && intent.twin === twin.id && intent.field in fields);
    for (const [field, value] of Object.entries(fields))
      save({ ...base, id: context.id(), kind: 'field', field, value, over: op.restore ? { value: op.restore.over[field] ?? null } : null });
  }
  if (!on('intents')) return;
  const { comment } = op;
  // Ours that stood there before, untraced: a human may use the same account.
  const known = (kind: 'comment' | 'file') => [
    ...(kind === 'comment' ? done.snapshot.comments : done.snapshot.files).filter((x) => x.byUs && !book.traceOf(kind, x.id)).map((x) => x.id),
    ...made,
  ];
  if (comment?.do === 'add')
    save({
      ...base,
      id: context.id(),
      kind: 'comment',
      gid: comment.gid,
      body: comment.body,
      public: comment.public,
      author: comment.author,
      at: comment.at,
      local: null,
      known: known('comment'),
    });
  for (const gid of [...(op.files ?? []), ...(comment?.do === 'add' ? comment.files : [])]) {
    const file = done.plan.files[gid]?.fold;
    if (file && isFile(file)) save({ ...base, id: context.id(), kind: 'file', gid, file, local: null, known: known('file') });
  }
}

async function perform(work: Work, done: Done & { message: ReplicaMessage }): Promise<void> {
  let base = done.snapshot;
  for (let n = 0; n < done.plan.ops.length; n++) {
    const op = done.plan.ops[n];
    if (!op) break;
    if (n > 0) await next(work, done, op);
    const change = changeOf(work, done, op);
    let applied: Applied;
    try {
      applied = await work.tracker.apply(base.ref, base, change, work.call);
    } catch (error) {
      // What is to be put back stays to be put back.
      if (!op.restore) await attemptEnded(work, op, isRefusal(error));
      throw error;
    }
    done.results.push({ op, applied });
    done.version = applied.version;
    if (applied.files.length) done.known = withCreated(done, applied);
    base = { ...base, version: applied.version ?? base.version, fields: { ...base.fields, ...op.fields } };
    if (op.fields && on('journal')) await late(work, done, op, applied, n);
  }
}

/** Did the tracker, or we before we asked it, say no? Then nothing was written. */
export const isRefusal = (error: unknown): boolean =>
  fileGone(error) !== null || (error instanceof TrackerError && error.kind !== 'unavailable' && !error.inDoubt);

/** A refusal leaves no doubt: what was announced did not happen. Otherwise the vendor's time for it runs from now. */
async function attemptEnded(work: Work, op: Op, refused: boolean): Promise<void> {
  const { context, side, twin, lease } = work;
  const gids = new Set([...(op.files ?? []), ...(op.comment ? [op.comment.gid] : []), ...(op.comment?.do === 'add' ? op.comment.files : [])]);
  await context.store.transaction(async (tx) => {
    await lease.fence(tx);
    const intents = await tx.intentsOfTwin(side.id, twin.id);
    const ours = intents.filter((intent) =>
      intent.kind === 'field' ? intent.field in (op.fields ?? {}) : intent.kind !== 'entity' && intent.local === null && gids.has(intent.gid),
    );
    if (refused) await tx.dropIntents(ours.map((intent) => intent.id));
    else for (const intent of ours) await tx.saveIntent({ ...intent, triedAt: context.clock.now() });
  });
}

/** Between two writes: note what the one before created, write down the next, and see that we may still go on. */
async function next(work: Work, done: Done, op: Op): Promise<void> {
  await work.context.store.transaction(async (tx) => {
    await work.lease.fence(tx);
    await stillOn(tx, work);
    const book = await Book.open(tx, work.twin.instance, done.snapshot.ref);
    const previous = done.results.at(-1);
    if (on('noteId') && previous)
      for (const intent of book.intents()) {
        if (intent.twin !== work.twin.id || (intent.kind !== 'comment' && intent.kind !== 'file')) continue;
        const local =
          previous.op.comment?.do === 'add' && intent.gid === previous.op.comment.gid
            ? previous.applied.comment
            : (previous.applied.files.find((file) => file.key === intent.gid)?.id ?? null);
        if (local !== null) book.setIntent({ ...intent, local });
      }
    const made = done.results.flatMap(({ applied }) => [
      ...(applied.comment ? [applied.comment] : []),
      ...applied.files.flatMap((file) => [file.id, ...(file.carrier ? [file.carrier] : [])]),
    ]);
    intend(work, book, done, op, on('noteId') ? made : []);
    await book.save();
  });
}

/** Without compare-and-set the journal says what our write replaced: another value than we read is a human's edit that we ran over. */
async function late(work: Work, done: Done, op: Op, applied: Applied, at: number): Promise<void> {
  for (const [field, replaced] of Object.entries(applied.replaced)) {
    const wrote = op.fields?.[field];
    if (wrote === undefined || sameValue(replaced, wrote)) continue;
    if (op.restore) {
      // Run over once more while we put it back: the newest stands.
      await foundLate(work, { what: field, ours: replaced, theirs: wrote, decision: 'ours', late: true });
      done.plan.ops.splice(at + 1, 0, { fields: { [field]: replaced }, restore: { over: { [field]: wrote } } });
      continue;
    }
    const decision = decide(work.side);
    await foundLate(work, { what: field, ours: replaced, theirs: wrote, decision, late: true });
    if (decision === 'theirs') continue;
    done.late.push({ field, ours: replaced, theirs: wrote, decision });
    done.plan.ops.splice(at + 1, 0, { fields: { [field]: replaced }, restore: { over: { [field]: wrote } } });
  }
}

/** Durable at once, together with the intent to put the human's value back. */
async function foundLate(
  work: Work,
  conflict: Omit<Conflict, 'id' | 'side' | 'twin' | 'at' | 'ours' | 'theirs'> & { readonly ours: FieldValue; readonly theirs: FieldValue },
): Promise<void> {
  const { context, side, twin } = work;
  await context.store.transaction(async (tx) => {
    await work.lease.fence(tx);
    await record(tx, work, conflict);
    if (conflict.decision === 'theirs' || twin.local === null) return;
    const now = context.clock.now();
    const before = (await tx.intentsOfTwin(side.id, twin.id)).filter((intent) => intent.kind === 'field' && intent.field === conflict.what);
    await tx.dropIntents(before.map((intent) => intent.id));
    const base = { id: context.id(), side: side.id, twin: twin.id, instance: twin.instance, entity: twin.local, since: now, triedAt: now };
    await tx.saveIntent({ ...base, kind: 'field', field: conflict.what, value: conflict.ours, over: { value: conflict.theirs } });
  });
}

function changeOf(work: Work, done: Done & { message: ReplicaMessage }, op: Op): Change {
  const { context, side, twin } = work;
  const upload = (gid: GlobalId): Upload => {
    const entry = done.message.files[gid]?.after;
    if (!entry || !isFile(entry)) throw new EntenteError('broken-invariant', `The file ${gid} is to be added and is not in the replica.`);
    return { key: gid, name: entry.name, type: entry.type, size: entry.size, open: (signal) => context.peers.openFile(side, twin.id, gid, signal) };
  };
  const { comment } = op;
  return {
    known: done.known,
    ...(op.fields ? { fields: op.fields } : {}),
    ...(op.files ? { files: op.files.map(upload) } : {}),
    ...(op.deleteFile ? { deleteFile: op.deleteFile.id } : {}),
    ...(comment?.do === 'add'
      ? { comment: { do: 'add', body: comment.body, public: comment.public, files: comment.files.map(upload), marker: commentMarker(comment.gid, twin.id) } }
      : {}),
    ...(comment?.do === 'edit'
      ? {
          comment: {
            do: 'edit',
            id: comment.id,
            ...(comment.body ? { body: comment.body } : {}),
            ...(comment.public === undefined ? {} : { public: comment.public }),
          },
        }
      : {}),
    ...(comment?.do === 'delete' ? { comment: { do: 'delete', id: comment.id } } : {}),
  };
}

function knownFiles(book: Book, snapshot: Snapshot): KnownFiles {
  const names = new Map(snapshot.files.map((file) => [file.id, file.name]));
  return Object.fromEntries(
    book.traces('file').flatMap((row) => {
      const name = names.get(row.local);
      return name === undefined ? [] : [[row.gid, { id: row.local, name }]];
    }),
  );
}

function withCreated(done: Done, applied: Applied): KnownFiles {
  const created = applied.files.flatMap((file) => {
    const entry = done.plan.files[file.key]?.fold;
    return entry && isFile(entry) ? [[file.key, { id: file.id, name: entry.name }] as const] : [];
  });
  return { ...done.known, ...Object.fromEntries(created) };
}

/** Last transaction: the shadow is folded with what was really written (never with a re-read), and the replica counts as applied. */
async function fold(work: Work, done: Done & { message: ReplicaMessage }): Promise<void> {
  const { context, side, lease, log, rules } = work;
  const { message, plan } = done;
  const answer = await context.store.transaction(async (tx) => {
    await lease.fence(tx);
    const book = await Book.open(tx, work.twin.instance, done.snapshot.ref);
    const found = book.twin(side.id, work.twin.id);
    if (!found) throw new Overtaken();
    traceCreated(book, found, done);
    if (found.status !== 'active') {
      book.dropIntents((intent) => intent.twin === found.id);
      await book.save();
      return null;
    }
    let twin = foldShadow(found, done);
    const alternating = Object.entries(twin.flips).find(([, flips]) => flips.count >= FLIPS);
    const kept = Object.keys(plan.fields.keep).length > 0 || done.late.length > 0 || Object.values(plan.comments).some((c) => c.conflict?.decision === 'ours');
    twin = {
      ...twin,
      seen: message.seq,
      seenNonce: message.nonce,
      mending: false,
      hints: null,
      hintedFiles: null,
      inbox: twin.inbox && twin.inbox.seq > message.seq ? twin.inbox : null,
      dirty: twin.dirty || done.ownNews || kept,
      problem: null,
      inSyncAt: new Date(context.clock.now()).toISOString(),
    };
    if (alternating) throw new EntenteError('alternating-value', `The field “${alternating[0]}” keeps changing between two values.`);
    book.setTwin(twin);
    book.dropIntents((intent) => intent.twin === twin.id);
    for (const other of book.twins())
      if (other.id !== twin.id && other.status === 'active') book.setTwin({ ...other, dirty: true, touches: other.touches + 1 });
    await touchOthers(tx, book, twin, 'peer');
    book.setEntity({ version: done.ownNews ? null : done.version });
    await book.save();
    await learn(tx, twin, message.ids);
    for (const op of plan.ops) noteOp(work, op);
    for (const [what, reason] of Object.entries(twin.differs)) if (!(what in found.differs)) log.note({ what, decision: reason });
    await log.write(tx, twin, 'applied', rules.version);
    for (const other of book.twins())
      if (other.id !== twin.id && other.status === 'active') await tx.enqueue(other.side, other.id, { trigger: 'peer', priority: 'normal' });
    return answerOf(tx, twin, [...Object.keys(message.comments), ...Object.keys(message.files)]);
  });
  if (answer) await context.peers.applied(side, work.twin.id, answer);
}

const FLIPS = 8;

function noteOp({ log }: Work, op: Op): void {
  for (const [field, value] of Object.entries(op.fields ?? {})) log.note({ what: field, after: value, decision: op.restore ? 'restored' : 'written' });
  if (op.comment) log.note({ what: op.comment.gid, ...(op.comment.do === 'delete' ? {} : { after: op.comment.body }), decision: op.comment.do });
  for (const gid of op.files ?? []) log.note({ what: gid, decision: 'add' });
  if (op.deleteFile) log.note({ what: op.deleteFile.gid, decision: 'delete' });
}

function traceCreated(book: Book, twin: Twin, done: Done & { message: ReplicaMessage }): void {
  const put = (kind: 'comment' | 'file', gid: GlobalId, local: string, author: string | null, carrier = false) => {
    // Somebody may have traced it by its marker while we were at it.
    const other = book.traceOf(kind, local);
    if (other && other.gid !== gid) book.drop(other);
    book.put({ kind, gid, local, via: twin.id, tomb: null, author, carrier });
  };
  for (const { op, applied } of done.results) {
    if (op.comment?.do === 'add' && applied.comment) put('comment', op.comment.gid, applied.comment, op.comment.author);
    for (const file of applied.files) {
      put('file', file.key, file.id, null);
      if (file.carrier) put('comment', `${file.key}#carrier`, file.carrier, null, true);
    }
  }
  for (const [gid, plan] of Object.entries(done.plan.comments)) {
    const entry = done.message.comments[gid]?.after;
    if (plan.adopt !== undefined) put('comment', gid, plan.adopt, hasBody(entry ?? null) && entry && 'author' in entry ? entry.author : null);
    const row = book.trace(gid);
    if (plan.tomb && row) book.put({ ...row, tomb: plan.tomb });
  }
  for (const [gid, plan] of Object.entries(done.plan.files)) {
    if (plan.adopt !== undefined) put('file', gid, plan.adopt, null);
    const row = book.trace(gid);
    if (plan.tomb && row) book.put({ ...row, tomb: plan.tomb });
  }
}

function foldShadow(twin: Twin, { plan, late: lateConflicts }: Done): Twin {
  const fields: Record<string, FieldValue> = { ...twin.shadow.fields };
  const held = { ...twin.held };
  const differs = { ...twin.differs };
  const lost = new Set(lateConflicts.map((conflict) => conflict.field));
  for (const [field, value] of Object.entries(plan.fields.agree)) {
    delete differs[field];
    if (!lost.has(field)) fields[field] = value;
  }
  if (on('keep')) Object.assign(fields, plan.fields.keep);
  const hold = (field: string, theirs: FieldValue) => {
    if (on('holdSilent')) held[field] = { theirs };
    else fields[field] = theirs;
  };
  for (const [field, { theirs }] of Object.entries(plan.fields.hold)) hold(field, theirs);
  for (const { field, theirs, decision } of lateConflicts) {
    if (decision === 'hold') hold(field, theirs);
    else if (on('keep')) fields[field] = theirs;
  }
  for (const field of plan.fields.release) delete held[field];
  Object.assign(differs, plan.fields.differs);

  const comments: Record<GlobalId, ShadowComment> = { ...twin.shadow.comments };
  for (const [gid, step] of Object.entries(plan.comments)) {
    if (step.fold) comments[gid] = step.fold;
    if (step.differs) differs[gid] = step.differs;
    else if (step.do || step.tomb) delete differs[gid];
  }
  const files: Record<GlobalId, ShadowFile> = { ...twin.shadow.files };
  for (const [gid, step] of Object.entries(plan.files)) {
    if (step.fold) files[gid] = step.fold;
    if (step.differs) differs[gid] = step.differs;
    else if (step.do || step.tomb) delete differs[gid];
  }
  return { ...twin, shadow: { fields, comments, files }, held, differs, flips: flip(twin.flips, plan.fields.write) };
}

/** Counts how often a field has gone back to the value before the last one. */
function flip(flips: Twin['flips'], written: Fields): Twin['flips'] {
  const next = { ...flips };
  for (const [field, value] of Object.entries(written)) {
    const { last, count } = next[field] ?? { last: [], count: 0 };
    const back = last.length === 2 && sameValue(value, last[1]);
    next[field] = { last: [value, ...last].slice(0, 2), count: back ? count + 1 : 0 };
  }
  return next;
}
