import type { Decision } from './reconcile.ts';
import { type CommentEntry, hasBody, same } from './replica.ts';
import type { RichText } from './rich-text/index.ts';
import { on } from './sync-rule.ts';
import type { ShadowComment, Trace } from './twin.ts';

type Shown = Extract<ShadowComment, { body: RichText }>;

/** What a platform can do with comments that exist. */
export interface CommentPowers {
  readonly internal: boolean;
  readonly edit: boolean;
  readonly delete: boolean;
  readonly hide: boolean;
  readonly publish: boolean;
}

export interface CommentInput {
  readonly twin: string;
  readonly before: CommentEntry | null;
  readonly after: CommentEntry;
  /** The entries' text as our tracker would hold it. */
  readonly localBefore: RichText | null;
  readonly localAfter: { readonly body: RichText; readonly public: boolean } | null;
  readonly trace: Trace | null;
  /** Our comment now; null: the tracker did not show it. */
  readonly current: Shown | null;
  /** The tracker confirmed that it no longer exists. */
  readonly gone: boolean;
  readonly shadow: ShadowComment | null;
  /** An untraced comment of ours that is this very one. */
  readonly adopt: string | null;
  readonly powers: CommentPowers;
  readonly decide: Decision;
}

export interface CommentPlan {
  readonly do?:
    | { readonly op: 'add'; readonly body: RichText; readonly public: boolean }
    | { readonly op: 'edit'; readonly body?: RichText; readonly public?: boolean }
    | { readonly op: 'delete' };
  /** What the shadow takes once it is done. */
  readonly fold?: ShadowComment;
  readonly tomb?: NonNullable<Trace['tomb']>;
  readonly adopt?: string;
  /** Agreed to differ, with the reason for people. */
  readonly differs?: string;
  readonly conflict?: { readonly ours: RichText; readonly theirs: RichText | null; readonly decision: Decision };
  /** They changed a comment that we cannot read: the replica has to wait. */
  readonly unreadable?: true;
}

/** What a change of one comment means here. Existence and visibility flow outward from the origin, bodies both ways. Pure. */
export function reconcileComment(input: CommentInput): CommentPlan {
  const { before, after, current, shadow, powers, localAfter } = input;
  if (before && same(tell(before), tell(after))) return {};
  let trace = input.trace;
  const outward = !trace || !on('originRules') || trace.via === input.twin;
  const asLocal = (): ShadowComment => (hasBody(after) && localAfter ? { ...localAfter, author: after.author, at: after.at } : (after as ShadowComment));

  if (trace?.tomb) {
    const back = trace.tomb === 'withdrawn' && outward && hasBody(after) && localAfter?.public;
    if (back || !on('tombstones')) trace = null;
    else return { fold: asLocal(), ...('deleted' in after && trace.tomb !== 'copy' ? { tomb: 'deleted' as const } : {}) };
  }
  if (!trace) {
    if (!hasBody(after) || !localAfter) return {};
    if (!localAfter.public && !powers.internal && on('noInternal')) return { differs: 'internal comments do not exist here' };
    if (input.adopt !== null) return { adopt: input.adopt, fold: asLocal() };
    return { do: { op: 'add', ...localAfter }, fold: asLocal() };
  }
  if (!current) {
    if (input.gone || !on('unreadable')) return shadow ? { fold: shadow } : {};
    return { unreadable: true };
  }
  const differ = (why: string): CommentPlan => ({ differs: why, fold: on('differ') ? current : asLocal() });
  const known = shadow && hasBody(shadow) ? shadow : null;

  if ('deleted' in after) {
    if (!outward) return {};
    if (!powers.delete) return differ('deleted at its origin, cannot be deleted here');
    const edited = known && !same(current.body, known.body);
    return {
      do: { op: 'delete' },
      fold: after,
      tomb: 'deleted',
      ...(edited ? { conflict: { ours: current.body, theirs: null, decision: 'theirs' as const } } : {}),
    };
  }
  if ('withdrawn' in after || (localAfter && !localAfter.public && !powers.internal && outward)) {
    if (!outward || !current.public) return {};
    if (powers.hide) return { do: { op: 'edit', public: false }, fold: { ...current, body: known?.body ?? current.body, public: false } };
    if (powers.delete && trace.via !== null) return { do: { op: 'delete' }, fold: asLocal(), tomb: 'withdrawn' };
    return differ('made internal at its origin, still public here');
  }
  if (!localAfter) return {};
  return reconcileBody(input, after, current, known, localAfter, outward);
}

function reconcileBody(
  input: CommentInput,
  after: CommentEntry,
  current: Shown,
  known: Shown | null,
  theirs: { body: RichText; public: boolean },
  outward: boolean,
): CommentPlan {
  const { before, powers } = input;
  const change: { body?: RichText; public?: boolean } = {};
  let body = known?.body ?? current.body;
  let shown = known?.public ?? current.public;
  let differs: string | undefined;
  let conflict: CommentPlan['conflict'];

  if (outward && (!hasBody(before) || !hasBody(after) || before.public !== after.public) && theirs.public !== current.public) {
    if (theirs.public ? powers.publish : powers.hide) {
      change.public = theirs.public;
      shown = theirs.public;
    } else {
      differs = theirs.public ? 'public at its origin, stays internal here' : 'internal at its origin, still public here';
      shown = current.public;
    }
  } else if (outward) shown = current.public;

  const was = input.localBefore ?? known?.body;
  if (!same(theirs.body, was) && !same(theirs.body, current.body)) {
    // Nothing was ever agreed on (a restored node has met its own copy again): unless it is what they knew, what stands here may be a person's edit of it.
    const edited = !same(current.body, known ? known.body : input.localBefore);
    const decision: Decision = edited && (known === null || input.decide !== 'theirs') ? 'ours' : 'theirs';
    if (edited) conflict = { ours: current.body, theirs: theirs.body, decision };
    if (decision === 'ours') body = theirs.body;
    else if (powers.edit) {
      change.body = theirs.body;
      body = theirs.body;
    } else {
      differs = 'edited on the other side, cannot be edited here';
      body = on('differ') ? current.body : theirs.body;
    }
  } else if (same(theirs.body, current.body)) body = theirs.body;

  return {
    ...(Object.keys(change).length ? { do: { op: 'edit' as const, ...change } } : {}),
    fold: { body, public: shown, author: current.author, at: current.at },
    ...(differs ? { differs } : {}),
    ...(conflict ? { conflict } : {}),
  };
}

/** What of an entry is compared: who wrote it and when never change. */
export const tell = (entry: CommentEntry): unknown => (hasBody(entry) ? { body: entry.body, public: entry.public } : entry);
