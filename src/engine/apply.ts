import { diff } from '../core/diff.ts';
import type { Snapshot } from '../core/entity.ts';
import { hasBody, type ReplicaMessage, sameValue } from '../core/replica.ts';
import { sameText } from '../core/rich-text/index.ts';
import { on } from '../core/sync-rule.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Twin } from '../core/twin.ts';
import { type Attempt, intend, knownFiles, record, stillOn } from './attempt.ts';
import { Book } from './book.ts';
import { createEntity } from './create.ts';
import { fold } from './fold.ts';
import { unlink } from './lifecycle.ts';
import { perform } from './perform.ts';
import { localFields, makePlan, type Plan } from './plan.ts';
import { InDoubt, Waiting } from './problem.ts';
import { REPLACED, recover, sayDoubt } from './recover.ts';
import { identify, outgoing, view, withGlobalFiles } from './view.ts';
import { fileGone, look, type Seen, type Work } from './work.ts';

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
async function prepare(work: Work, seen: Seen): Promise<Attempt | null> {
  const { context, side, tracker, rules, lease } = work;
  const { snapshot, gone } = seen;
  const target = await context.trackers.target(work.instance, side.scope, work.call);
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
    if (found?.status !== 'active' || !message) return null;
    identify(book, snapshot, gone);
    const twin = book.twin(side.id, found.id) ?? found;
    const ownNews = diff(outgoing(rules, twin.shadow, book), outgoing(rules, view(book, twin, snapshot), book)) !== null;
    const shown = withGlobalFiles(snapshot, book);
    const plan = makePlan({ side, twin: recalled(book, twin, shown), message, snapshot, gone, book, tracker, rules, target, absent: work.absent });
    // On its way when this process started: it may have been written before, and forgotten with a restored database.
    const hints = twin.mending ? message.comments : twin.hints;
    if (hints && !(tracker.capabilities.compareAndSet && tracker.capabilities.exactVersions))
      for (const field of mayBeWritten({ rules, target, tracker }, message, twin, shown)) work.log.note({ what: field, decision: REPLACED });
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
    const done: Attempt = {
      snapshot,
      plan,
      message,
      results: [],
      late: [],
      ownNews: ownNews || untold(book, twin, plan),
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

/** Fields that the replica changes, and that do not stand here as we remember them: we may have written them, and forgotten it. */
function mayBeWritten(as: Parameters<typeof localFields>[0], message: ReplicaMessage, twin: Twin, snapshot: Snapshot): readonly string[] {
  const before = localFields(as, message.before);
  return Object.entries(localFields(as, message.after)).flatMap(([field, after]) =>
    sameValue(before[field], after) || sameValue(snapshot.fields[field], twin.shadow.fields[field]) ? [] : [field],
  );
}

/** What stands here word for word as the peer had it on its way when this process started is what it told us, though we may have forgotten that. */
function recalled(book: Book, twin: Twin, snapshot: Snapshot): Twin {
  if (!twin.hints || !on('hints')) return twin;
  const standing = Object.entries(twin.hints).filter(([gid, told]) => {
    const comment = snapshot.comments.find(({ id }) => id === book.trace(gid)?.local);
    return comment && hasBody(told) && sameText(told.body, comment.body);
  });
  return { ...twin, shadow: { ...twin.shadow, comments: { ...Object.fromEntries(standing), ...twin.shadow.comments } } };
}

/** They tell of something that is gone here as if they had never been told: once it is agreed on, they will be. */
const untold = (book: Book, twin: Twin, plan: Plan): boolean =>
  Object.entries({ ...plan.comments, ...plan.files }).some(([gid, { fold: known }]) => {
    const row = book.trace(gid);
    return known !== undefined && !('deleted' in known) && (row?.tomb === 'deleted' || (row?.tomb === 'withdrawn' && row.via !== twin.id));
  });
