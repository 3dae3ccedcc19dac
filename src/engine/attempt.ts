// What one attempt to apply a replica knows, and what it writes down before it writes at the tracker.
import type { Applied, KnownFiles } from '../connectors/connector.ts';
import type { FieldValue, Snapshot } from '../core/entity.ts';
import { isFile, type ReplicaMessage } from '../core/replica.ts';
import { on } from '../core/sync-rule.ts';
import type { Intent } from '../core/twin.ts';
import type { Book } from './book.ts';
import type { Op, Plan } from './plan.ts';
import type { Conflict, Tx } from './ports.ts';
import type { Work } from './work.ts';

/** The run stops quietly: the connection was switched off, or the twin ended, in the middle of it. */
export class Stopped extends Error {}

/** What really happened at the tracker, to be folded into our memory in one transaction. */
export interface Attempt {
  readonly message: ReplicaMessage;
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

/** The connection and the twin may end while we work. Throws Stopped. */
export async function stillOn(tx: Tx, work: Work): Promise<void> {
  const side = await tx.side(work.side.id);
  const twin = await tx.twin(work.side.id, work.twin.id);
  if (on('offCheck') && side?.status !== 'active') throw new Stopped();
  if (!side || twin?.status !== 'active') throw new Stopped();
}

/** A conflict is always recorded, whoever wins. */
export async function record(tx: Tx, work: Work, conflict: Omit<Conflict, 'id' | 'side' | 'twin' | 'at'>): Promise<void> {
  const { context, twin, log } = work;
  log.note({ what: conflict.what, before: conflict.ours, after: conflict.theirs, decision: conflict.decision });
  await tx.addConflict({ id: context.id(), side: twin.side, twin: twin.id, at: new Date(context.clock.now()).toISOString(), ...conflict });
}

/** Writes down what the operation is about to create or change, so that a crash leaves a question that can be answered. */
export function intend(work: Work, book: Book, done: Attempt, op: Op, made: readonly string[]): void {
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

export function knownFiles(book: Book, snapshot: Snapshot): KnownFiles {
  const names = new Map(snapshot.files.map((file) => [file.id, file.name]));
  return Object.fromEntries(
    book.traces('file').flatMap((row) => {
      const name = names.get(row.local);
      return name === undefined ? [] : [[row.gid, { id: row.local, name }]];
    }),
  );
}
