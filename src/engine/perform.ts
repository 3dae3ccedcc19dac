import type { Applied, Change, KnownFiles, Upload } from '../connectors/connector.ts';
import type { FieldValue } from '../core/entity.ts';
import { EntenteError } from '../core/errors.ts';
import { type GlobalId, isFile, sameValue } from '../core/replica.ts';
import { on } from '../core/sync-rule.ts';
import { TrackerError } from '../core/tracker-error.ts';
import { type Attempt, intend, record, stillOn } from './attempt.ts';
import { Book } from './book.ts';
import { decide, type Op } from './plan.ts';
import type { Conflict } from './ports.ts';
import { uploadOf } from './upload.ts';
import { commentMarker } from './view.ts';
import { fileGone, type Work } from './work.ts';

/** Carries out the plan, one write after the other. */
export async function perform(work: Work, done: Attempt): Promise<void> {
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
const isRefusal = (error: unknown): boolean => fileGone(error) !== null || (error instanceof TrackerError && error.kind !== 'unavailable' && !error.inDoubt);

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
async function next(work: Work, done: Attempt, op: Op): Promise<void> {
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
async function late(work: Work, done: Attempt, op: Op, applied: Applied, at: number): Promise<void> {
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

function changeOf(work: Work, done: Attempt, op: Op): Change {
  const upload = (gid: GlobalId): Upload => {
    const entry = done.message.files[gid]?.after;
    if (!entry || !isFile(entry)) throw new EntenteError('broken-invariant', `The file ${gid} is to be added and is not in the replica.`);
    return uploadOf(work, gid, entry);
  };
  const { comment } = op;
  return {
    known: done.known,
    ...(op.fields ? { fields: op.fields } : {}),
    ...(op.files ? { files: op.files.map(upload) } : {}),
    ...(op.deleteFile ? { deleteFile: op.deleteFile.id } : {}),
    ...(comment?.do === 'add'
      ? {
          comment: {
            do: 'add',
            body: comment.body,
            public: comment.public,
            files: comment.files.map(upload),
            marker: commentMarker(comment.gid, work.twin.id),
          },
        }
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

function withCreated(done: Attempt, applied: Applied): KnownFiles {
  const created = applied.files.flatMap((file) => {
    const entry = done.plan.files[file.key]?.fold;
    return entry && isFile(entry) ? [[file.key, { id: file.id, name: entry.name }] as const] : [];
  });
  return { ...done.known, ...Object.fromEntries(created) };
}
