import type { Fields, FieldValue } from '../core/entity.ts';
import { EntenteError } from '../core/errors.ts';
import { type GlobalId, hasBody, sameValue } from '../core/replica.ts';
import { on } from '../core/sync-rule.ts';
import type { ShadowComment, ShadowFile, Twin } from '../core/twin.ts';
import type { Attempt } from './attempt.ts';
import { Book } from './book.ts';
import { touchOthers } from './lifecycle.ts';
import { type Op, withLosses } from './plan.ts';
import { answerOf } from './receive.ts';
import { learn } from './send.ts';
import { Overtaken, type Work } from './work.ts';

/** Last transaction: the shadow is folded with what was really written (never with a re-read), and the replica counts as applied. */
export async function fold(work: Work, done: Attempt): Promise<void> {
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
    for (const [what, lost] of Object.entries(withLosses(plan.degraded))) log.note({ what, decision: `shown without ${lost.join(', ')}` });
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

function traceCreated(book: Book, twin: Twin, done: Attempt): void {
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

function foldShadow(twin: Twin, { plan, late: lateConflicts }: Attempt): Twin {
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
  const degraded = withLosses({ ...twin.degraded, ...plan.degraded });
  return { ...twin, shadow: { fields, comments, files }, held, differs, degraded, flips: flip(twin.flips, plan.fields.write) };
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
