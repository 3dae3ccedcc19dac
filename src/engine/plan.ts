import type { Capabilities, Tracker } from '../connectors/connector.ts';
import type { Fields, FieldValue, Snapshot } from '../core/entity.ts';
import { type Decision, type FieldsPlan, reconcileFields } from '../core/reconcile.ts';
import { type CommentPlan, reconcileComment } from '../core/reconcile-comment.ts';
import { type FilePlan, reconcileFile } from '../core/reconcile-file.ts';
import { type CommentEntry, type FileEntry, type GlobalId, hasBody, isFile, type ReplicaMessage, sameValue } from '../core/replica.ts';
import { filesIn, graft, lostIn, mapFiles, type RichText, sameText } from '../core/rich-text/index.ts';
import { on } from '../core/sync-rule.ts';
import type { ShadowComment, Trace, Twin } from '../core/twin.ts';
import type { Rules, Target } from '../rules/rules.ts';
import type { Book } from './book.ts';
import type { Side } from './ports.ts';
import { isRich, mintedHere, withGlobalFiles } from './view.ts';

/** One write at the tracker. */
export interface Op {
  readonly fields?: Fields;
  /** The write puts a human's value back; `over`: what we had written over it. */
  readonly restore?: { readonly over: Fields };
  readonly comment?:
    | {
        readonly do: 'add';
        readonly gid: GlobalId;
        readonly body: RichText;
        readonly public: boolean;
        readonly author: string;
        readonly at: string;
        readonly files: readonly GlobalId[];
      }
    | { readonly do: 'edit'; readonly gid: GlobalId; readonly id: string; readonly body?: RichText; readonly public?: boolean }
    | { readonly do: 'delete'; readonly gid: GlobalId; readonly id: string };
  readonly files?: readonly GlobalId[];
  readonly deleteFile?: { readonly gid: GlobalId; readonly id: string };
}

export interface Plan {
  readonly ops: Op[];
  readonly fields: FieldsPlan;
  readonly comments: Readonly<Record<GlobalId, CommentPlan>>;
  readonly files: Readonly<Record<GlobalId, FilePlan>>;
  /** They changed a comment that we cannot read now. */
  readonly unreadable: boolean;
  /** Of each text that they changed: the formatting that our tracker cannot show. Empty: it shows all. */
  readonly degraded: Readonly<Record<string, readonly string[]>>;
}

export interface PlanInput {
  readonly side: Side;
  readonly twin: Twin;
  readonly message: ReplicaMessage;
  readonly snapshot: Snapshot;
  readonly gone: ReadonlySet<string>;
  readonly book: Book;
  readonly tracker: Tracker;
  readonly rules: Rules;
  readonly target: Target;
  /** Files that the other side no longer has. */
  readonly absent: ReadonlySet<GlobalId>;
}

/** The policy's answer on this side. */
export const decide = (side: Side): Decision => (side.policy === 'hold' ? 'hold' : (side.policy === 'lead') === side.leads ? 'ours' : 'theirs');

/** Their fields as our tracker would hold them. */
export function localFields(input: Pick<PlanInput, 'rules' | 'target' | 'tracker'>, fields: Fields): Fields {
  return Object.fromEntries(Object.entries(input.rules.incomingFields(fields, input.target)).map(([name, value]) => [name, input.tracker.settle(name, value)]));
}

/** What has to be written so that their change stands here too, without overwriting ours. Decides only; nothing is written. */
export function makePlan(input: PlanInput): Plan {
  const { message, twin, book, tracker } = input;
  const snapshot = withGlobalFiles(input.snapshot, book);
  const capabilities = tracker.capabilities;
  const decision = decide(input.side);
  const files = planFiles(input, capabilities);
  const arriving = new Set(Object.entries(files).flatMap(([gid, plan]) => (plan.do === 'add' ? [gid] : [])));
  const here = (gid: GlobalId) => arriving.has(gid) || ((book.trace(gid)?.tomb ?? 'none') === 'none' && book.trace(gid) !== undefined);
  const shown = (fields: Fields): Fields =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, isRich(value) ? withoutAbsent(value, here) : value]));

  const intents: Record<string, FieldValue> = {};
  /** Humans' values over which an earlier attempt wrote: what stands here is ours, and theirs is to come back. */
  const undo: Record<string, { value: FieldValue; over: FieldValue }> = {};
  for (const intent of book.intents()) {
    if (intent.kind !== 'field' || intent.twin !== twin.id) continue;
    if (!intent.over) intents[intent.field] = intent.value;
    else if (sameValue(snapshot.fields[intent.field], intent.over.value)) undo[intent.field] = { value: intent.value, over: intent.over.value };
  }
  const current = { ...snapshot.fields, ...Object.fromEntries(Object.entries(undo).map(([field, { value }]) => [field, value])) };
  const before = localFields(input, shown(message.before));
  const after: Record<string, FieldValue> = { ...localFields(input, shown(message.after)) };
  for (const [field, value] of Object.entries(after)) {
    const [was, known] = [before[field], twin.shadow.fields[field]];
    const untouched = sameValue(current[field], known) || (intents[field] !== undefined && sameValue(current[field], intents[field]));
    // They edited a copy that may be poorer than ours: what they left alone stays as rich as it is.
    if (isRich(value) && isRich(was) && isRich(known) && untouched && !sameValue(was, value)) after[field] = tracker.settle(field, graft(was, value, known));
  }
  const fields = reconcileFields({
    before,
    after,
    shadow: twin.shadow.fields,
    current,
    held: twin.held,
    intents,
    decide: decision,
    declined: (field) => (field === 'description' && !capabilities.description.edit ? 'the description cannot be edited here' : null),
  });

  const comments: Record<GlobalId, CommentPlan> = {};
  for (const [gid, entry] of ordered(message.comments)) comments[gid] = planComment(input, snapshot, gid, entry.before, entry.after, decision, here);
  return {
    ops: operations(capabilities, snapshot.fields, message, fields, comments, files, book),
    fields,
    comments,
    files,
    unreadable: Object.values(comments).some((plan) => plan.unreadable),
    degraded: degradedTexts(input, here),
  };
}

/** Only the texts of which something is lost. */
export const withLosses = (degraded: Plan['degraded']): Plan['degraded'] => Object.fromEntries(Object.entries(degraded).filter(([, lost]) => lost.length > 0));

/** Of each field that differs from `before`: the formatting that our tracker cannot show. */
export function degradedFields({ rules, target, tracker }: Pick<PlanInput, 'rules' | 'target' | 'tracker'>, before: Fields, after: Fields): Plan['degraded'] {
  const degraded: Record<string, readonly string[]> = {};
  for (const [field, value] of Object.entries(rules.incomingFields(after, target))) {
    const shown = tracker.settle(field, value);
    if (isRich(value) && isRich(shown) && !sameValue(before[field], after[field])) degraded[field] = lostIn(value, shown);
  }
  return degraded;
}

function degradedTexts(input: PlanInput, here: (gid: GlobalId) => boolean): Plan['degraded'] {
  const { message, tracker } = input;
  const comments = Object.entries(message.comments).map(([gid, { after }]) => {
    const body = hasBody(after) ? withoutAbsent(after.body, here) : null;
    return [gid, body ? lostIn(body, tracker.settleComment(body)) : []] as const;
  });
  return { ...degradedFields(input, message.before, message.after), ...Object.fromEntries(comments) };
}

/** Oldest first, so that copies stand in the order of their originals. */
function ordered(comments: ReplicaMessage['comments']): [GlobalId, ReplicaMessage['comments'][string]][] {
  const at = (entry: CommentEntry) => (hasBody(entry) ? entry.at : '');
  return Object.entries(comments).sort(([a, x], [b, y]) => (at(x.after) < at(y.after) ? -1 : at(x.after) > at(y.after) ? 1 : a < b ? -1 : 1));
}

/** A reference to a file that is not, and will not be, here is shown by its name. */
function withoutAbsent(doc: RichText, here: (gid: GlobalId) => boolean): RichText {
  return filesIn(doc).every(here) ? doc : mapFiles(doc, (gid) => (here(gid) ? gid : ''));
}

function planComment(
  input: PlanInput,
  snapshot: Snapshot,
  gid: GlobalId,
  before: CommentEntry | null,
  after: CommentEntry,
  decision: Decision,
  here: (gid: GlobalId) => boolean,
): CommentPlan {
  const { book, twin, tracker, rules, target } = input;
  const trace = book.trace(gid) ?? (on('ownGid') ? ownComment(input, gid) : null);
  const local = (entry: CommentEntry | null) => {
    if (!hasBody(entry)) return null;
    const copy = trace ? trace.author !== null : true;
    const wanted = rules.incomingComment({ ...entry, body: withoutAbsent(entry.body, here), author: trace?.author ?? entry.author }, target, copy);
    return { body: tracker.settleComment(wanted.body), public: wanted.public };
  };
  const found = trace ? snapshot.comments.find((comment) => comment.id === trace.local) : undefined;
  const current: ShadowComment | null = found ? { body: found.body, public: found.public, author: trace?.author ?? found.author, at: found.at } : null;
  const localBefore = local(before)?.body ?? null;
  const theirs = local(after);
  const known = twin.shadow.comments[gid] ?? null;
  const untouched = theirs && localBefore && current && known && hasBody(known) && sameText(current.body, known.body) && !sameText(localBefore, theirs.body);
  const localAfter = untouched ? { ...theirs, body: tracker.settleComment(graft(localBefore, theirs.body, current.body)) } : theirs;
  return reconcileComment({
    twin: twin.id,
    before,
    after,
    localBefore,
    localAfter,
    trace,
    current,
    gone: trace !== null && input.gone.has(`comment/${trace.local}`),
    shadow: known,
    adopt: trace || !localAfter ? null : adoptable(input, snapshot, gid, localAfter.body),
    powers: tracker.capabilities.comments,
    decide: decision,
  });
}

/** Our own comment, which we do not remember having sent: it is traced or gone, never created. */
function ownComment({ book, snapshot }: PlanInput, gid: GlobalId): Trace | null {
  if (!mintedHere(gid, book.instance, book.ref) || mintedHere(gid, book.instance, `${book.ref}:f`)) return null;
  const local = gid.slice(`${book.instance}:${book.ref}:`.length);
  const there = snapshot.comments.some((comment) => comment.id === local);
  book.put({ kind: 'comment', gid, local, via: null, tomb: there ? null : 'deleted', author: null, carrier: false });
  return book.trace(gid) ?? null;
}

/** Marked as this very comment, or (after a restore) an untraced twin of it by our account. */
function adoptable({ book, twin, tracker }: PlanInput, snapshot: Snapshot, gid: GlobalId, body: RichText): string | null {
  const free = snapshot.comments.filter((comment) => !book.traceOf('comment', comment.id));
  const marked = on('marker') ? free.find((comment) => comment.marker?.startsWith(`${gid} `)) : undefined;
  if (marked) return marked.id;
  if (!on('hints') || !(twin.mending || twin.hints) || tracker.capabilities.comments.marker === 'atomic') return null;
  return free.find((comment) => !comment.marker && comment.byUs && sameText(comment.body, body))?.id ?? null;
}

function planFiles({ message, book, twin, snapshot, absent }: PlanInput, capabilities: Capabilities): Record<GlobalId, FilePlan> {
  const plans: Record<GlobalId, FilePlan> = {};
  for (const [gid, { before, after }] of Object.entries(message.files)) {
    if (absent.has(gid)) {
      plans[gid] = { differs: 'deleted on the other side before it could be copied' };
      continue;
    }
    let trace = book.trace(gid) ?? null;
    if (!trace && on('ownGid') && mintedHere(gid, book.instance, book.ref)) {
      const local = gid.slice(`${book.instance}:${book.ref}:f:`.length);
      book.put({
        kind: 'file',
        gid,
        local,
        via: null,
        tomb: snapshot.files.some((file) => file.id === local) ? null : 'deleted',
        author: null,
        carrier: false,
      });
      trace = book.trace(gid) ?? null;
    }
    const present = trace !== null && snapshot.files.some((file) => file.id === trace?.local);
    plans[gid] = reconcileFile({
      twin: twin.id,
      before,
      after,
      trace,
      present,
      adopt: trace ? null : untracedFile(book, twin, snapshot, after),
      powers: capabilities.files,
    });
  }
  return plans;
}

function untracedFile(book: Book, twin: Twin, snapshot: Snapshot, entry: FileEntry): string | null {
  if (!isFile(entry) || !on('hints') || !(twin.mending || twin.hints)) return null;
  return (
    snapshot.files.find(
      (file) =>
        file.byUs && !book.traceOf('file', file.id) && file.name === entry.name && (file.size === null || entry.size === null || file.size === entry.size),
    )?.id ?? null
  );
}

/** The fewest writes in which the plan can be carried out: creations one by one, fields with the first of them where the platform can. */
function operations(
  capabilities: Capabilities,
  current: Fields,
  message: ReplicaMessage,
  fields: FieldsPlan,
  comments: Readonly<Record<GlobalId, CommentPlan>>,
  files: Readonly<Record<GlobalId, FilePlan>>,
  book: Book,
): Op[] {
  const ops: Op[] = [];
  if (Object.keys(fields.write).length) ops.push({ fields: on('partialWrite') ? fields.write : { ...current, ...fields.write } });
  const adding = Object.entries(files).filter(([, plan]) => plan.do === 'add');
  const placed = new Set<GlobalId>();
  for (const [gid, plan] of Object.entries(comments)) {
    const entry = message.comments[gid]?.after;
    if (plan.do?.op === 'add' && hasBody(entry)) {
      const own = adding.filter(([, f]) => f.fold && isFile(f.fold) && f.fold.comment === gid).map(([id]) => id);
      for (const id of own) placed.add(id);
      const comment = { do: 'add' as const, gid, body: plan.do.body, public: plan.do.public, author: entry.author, at: entry.at, files: own };
      const last = ops.at(-1);
      if (capabilities.oneWrite && last?.fields && !last.comment) ops[ops.length - 1] = { ...last, comment };
      else ops.push({ comment });
    } else if (plan.do && plan.do.op !== 'add') {
      const id = book.trace(gid)?.local;
      if (id === undefined) continue;
      ops.push({
        comment:
          plan.do.op === 'delete'
            ? { do: 'delete', gid, id }
            : { do: 'edit', gid, id, ...(plan.do.body ? { body: plan.do.body } : {}), ...(plan.do.public === undefined ? {} : { public: plan.do.public }) },
      });
    }
  }
  const rest = adding.map(([id]) => id).filter((id) => !placed.has(id));
  const only = ops.length === 1 ? ops[0] : undefined;
  if (rest.length && only?.fields && !only.comment && capabilities.oneWrite && capabilities.files.add === 'entity') ops[0] = { ...only, files: rest };
  else if (rest.length) ops.push({ files: rest });
  for (const [gid, plan] of Object.entries(files)) {
    const id = book.trace(gid)?.local;
    if (plan.do === 'delete' && id !== undefined) ops.push({ deleteFile: { gid, id } });
  }
  return ops;
}
