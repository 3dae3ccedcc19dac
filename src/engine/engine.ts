import type { Hint } from '../connectors/connector.ts';
import type { EntityRef } from '../core/entity.ts';
import type { Answer, ReplicaMessage } from '../core/replica.ts';
import type { Twin } from '../core/twin.ts';
import type { CallContext } from '../lib/http.ts';
import type { Sweep } from './observe.ts';
import type { JobOptions, Peers, TwinCounters, TwinMemory } from './ports.ts';

/** What came of a run, so that the queue knows whether the twin has more to do at once. */
export interface RunResult {
  readonly again: boolean;
}

/** The use cases. Every method may be called from several processes at once. */
export interface Engine {
  /** One job of the queue: hello, inbox, send, until the twin rests. Errors become the twin's problem; it throws only when the store does. */
  run(
    side: string,
    twin: string,
    job: { readonly trigger: string; readonly priority: JobOptions['priority']; readonly signal: AbortSignal },
  ): Promise<RunResult>;

  /** Puts an entity under sync on a connection and enqueues it. Throws `already-under-sync`, `connection-inactive`, `wrong-urn`. */
  sync(side: string, ref: EntityRef, call: CallContext): Promise<Twin>;
  /** Puts two existing entities under sync with each other; unequal fields are ordinary conflicts. Throws `already-under-sync`. */
  link(side: string, ref: EntityRef, peerRef: EntityRef): Promise<Twin>;
  /** Looks at the twin again from its current state; clears its problem. Throws `not-found`. */
  retry(side: string, twin: string): Promise<void>;
  /** Ends the twin on both sides. Tickets stay. */
  unlink(side: string, twin: string, reason: string): Promise<void>;
  /** Settles a conflict that is held. */
  resolve(side: string, twin: string, field: string, choice: 'ours' | 'theirs', call: CallContext): Promise<void>;
  /** Nothing moves any more; changes are kept. */
  deactivate(side: string): Promise<void>;
  /** All twins are looked at again. */
  activate(side: string): Promise<void>;

  /** One page of the tracker's changes. Returns whether more waits. Mends an expired cursor by looking at all twins. */
  poll(instance: string, call: CallContext): Promise<{ readonly more: boolean; readonly changed: number }>;
  /** The tracker says that these may have changed. */
  hint(instance: string, hints: readonly Hint[], trigger: string): Promise<void>;
  /** One page of a slow pass over everything, for what the feed cannot show. `null` begins one; null: it is over, or not needed. */
  sweep(instance: string, state: Sweep | null, call: CallContext): Promise<Sweep | null>;
  /** Makes every twin of the instance dirty (credentials mended, cursor lost). */
  touchAll(instance: string, trigger: string): Promise<void>;

  /** Looks at every twin of a half: the other side listens again. */
  touchSide(side: string, trigger: string): Promise<void>;

  /** The peer has called: a connection that was stopped because it could not be reached, or refused, goes on. */
  reached(side: string): Promise<void>;

  /** From the peer. */
  receive(side: string, message: ReplicaMessage): Promise<Answer>;
  applied(side: string, twin: string, answer: Answer): Promise<void>;
  /** False: the connection is off, say it again later. */
  ended(side: string, twin: string, reason: string): Promise<boolean>;
  compare(side: string, twin: string, ours: Parameters<Peers['compare']>[2]): Promise<readonly string[]>;
  counters(side: string, after: string | null): Promise<readonly TwinCounters[]>;
  offerCounters(side: string, counters: readonly TwinCounters[]): Promise<void>;
  recall(side: string, twin: string): Promise<TwinMemory | null>;
}
