import type { Fields, FieldValue } from './entity.ts';
import { sameValue } from './replica.ts';
import { on } from './sync-rule.ts';

/** Who prevails where both sides changed the same thing. `hold`: nobody, until a person decides. */
export type Decision = 'ours' | 'theirs' | 'hold';

export interface FieldConflict {
  readonly field: string;
  readonly ours: FieldValue | undefined;
  readonly theirs: FieldValue | undefined;
  readonly decision: Decision;
}

export interface FieldsInput {
  /** Their change, in our own values (after the incoming rule and the tracker's normalisation). */
  readonly before: Fields;
  readonly after: Fields;
  /** Ours as they last knew it, and as it is now. */
  readonly shadow: Fields;
  readonly current: Fields;
  readonly held: Readonly<Record<string, unknown>>;
  /** Values that a run which was cut off may have written. */
  readonly intents: Fields;
  readonly decide: Decision;
  /** Why our tracker cannot write this field, if it cannot. */
  declined(field: string): string | null;
}

export interface FieldsPlan {
  /** To be written at the tracker; only what really changes. */
  readonly write: Record<string, FieldValue>;
  /** What both sides agree to once it is written. */
  readonly agree: Record<string, FieldValue>;
  /** Conflicts that ours won: the shadow takes *their* value, so that the next send asserts ours again. */
  readonly keep: Record<string, FieldValue>;
  readonly hold: Record<string, { readonly theirs: FieldValue }>;
  readonly release: string[];
  readonly conflicts: FieldConflict[];
  readonly differs: Record<string, string>;
}

/** Three-way merge per field against the common ancestor. Pure; no timestamps decide anything. */
export function reconcileFields(input: FieldsInput): FieldsPlan {
  const plan: FieldsPlan = { write: {}, agree: {}, keep: {}, hold: {}, release: [], conflicts: [], differs: {} };
  for (const field of Object.keys(input.after)) {
    const before = input.before[field];
    const theirs = input.after[field];
    if (theirs === undefined || sameValue(before, theirs)) continue;
    const ours = input.current[field];
    const shadow = input.shadow[field];
    const held = field in input.held;
    if (sameValue(ours, theirs)) {
      plan.agree[field] = theirs;
      plan.release.push(field);
      continue;
    }
    if (on('noNews') && !held && sameValue(theirs, shadow)) continue;
    if (held) {
      if (sameValue(theirs, shadow)) plan.release.push(field);
      else plan.hold[field] = { theirs };
      continue;
    }
    const reason = input.declined(field);
    if (reason !== null) {
      plan.differs[field] = reason;
      continue;
    }
    const intent = input.intents[field];
    if (!sameValue(ours, shadow) && !(intent !== undefined && sameValue(intent, ours))) {
      // After a crash nobody can tell whether a human edited on top of our write: then the human's value stands.
      const doubt = intent !== undefined && on('doubt');
      const decision = doubt && input.decide !== 'hold' ? 'ours' : input.decide;
      plan.conflicts.push({ field, ours, theirs, decision });
      if (decision === 'ours') plan.keep[field] = theirs;
      if (decision === 'hold') plan.hold[field] = { theirs };
      if (decision !== 'theirs') continue;
    }
    plan.agree[field] = theirs;
    plan.write[field] = theirs;
  }
  return plan;
}
