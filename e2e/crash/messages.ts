import type { SyncRule } from '../../src/core/sync-rule.ts';

/** What a child has to know of the world. */
export interface Begin {
  readonly kind: 'begin';
  readonly databaseUrl: string;
  /** Of the vault, base64. */
  readonly key: string;
  readonly sims: readonly { readonly instance: string; readonly url: string; readonly contentUrl: string; readonly email: string; readonly token: string }[];
  /** How far the simulators' clocks are ahead of the machine's. */
  readonly skippedMs: number;
  /** Dies right after this effect, counted from 1; null: never. */
  readonly killAt: number | null;
  /** Rules that the engine does without, to see that their absence is noticed. */
  readonly without: readonly SyncRule[];
}
/** `act`: asks both trackers for changes, puts a ticket under sync where one is named, and works until nothing is left to do. */
export type ToChild = Begin | { readonly kind: 'act'; readonly sync: { readonly side: string; readonly ref: string } | null };
export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'idle'; readonly effects: number; readonly skippedMs: number }
  | { readonly kind: 'failed'; readonly error: string };
