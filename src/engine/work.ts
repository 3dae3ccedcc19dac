import type { Hint, Tracker } from '../connectors/connector.ts';
import type { Snapshot } from '../core/entity.ts';
import { EntenteError } from '../core/errors.ts';
import type { GlobalId } from '../core/replica.ts';
import type { Intent, Trace, Twin } from '../core/twin.ts';
import type { CallContext } from '../lib/http.ts';
import type { Rules } from '../rules/rules.ts';
import type { ApiCall, EngineDeps, Instance, Side, SyncRun, Tx } from './ports.ts';
import { missing } from './view.ts';

/** The engine's state of its own: which connections have compared counters since this process started. */
export interface Context extends EngineDeps {
  readonly greeted: Set<string>;
  /** Notices of trackers that are being stored, or wait for that. */
  readonly hints: Map<string, { waits: boolean; readonly hints: Hint[]; stored: Promise<void> }>;
  /** Milliseconds since 1970. A call that an earlier process had on its way may have left until then. */
  readonly startedAt: number;
}

/** Another run has taken over: what this one has in hand must not be stored. */
export class Overtaken extends Error {}

/** The peer could not be asked. Thrown by implementations of `Peers`. */
export class PeerError extends Error {}

/** The file was deleted on the other side before it could be copied. Thrown by `Peers.openFile`. */
export class FileGone extends Error {
  readonly gid: string;
  constructor(gid: string) {
    super('The file was deleted on the other side before it could be copied.');
    this.gid = gid;
  }
}

/** A connector wraps what it could not read. */
export function fileGone(error: unknown): FileGone | null {
  for (let e = error; e instanceof Error; e = e.cause) if (e instanceof FileGone) return e;
  return null;
}

const LEASE_MS = 120_000;

/** The right to work on one local entity, or on a twin whose entity is yet to be created. Checked in every transaction of a run. */
export class Lease {
  private readonly context: Context;
  private readonly keys = new Set<string>();
  private readonly holder: string;
  constructor(context: Context) {
    this.context = context;
    this.holder = `${context.holder}/${context.id()}`;
  }
  async take(tx: Tx, key: string): Promise<boolean> {
    const taken = await tx.takeLease(key, this.holder, LEASE_MS);
    if (taken) this.keys.add(key);
    return taken;
  }
  /** Renews it. Throws Overtaken when somebody else has it. */
  async fence(tx: Tx): Promise<void> {
    for (const key of this.keys) if (!(await tx.takeLease(key, this.holder, LEASE_MS))) throw new Overtaken();
  }
  async release(): Promise<void> {
    if (!this.keys.size) return;
    await this.context.store.transaction(async (tx) => {
      for (const key of this.keys) await tx.releaseLease(key, this.holder);
    });
    this.keys.clear();
  }
}

export const leaseKey = (twin: Twin): string => (twin.local === null ? `twin ${twin.side} ${twin.id}` : `entity ${twin.instance} ${twin.local}`);

/** One job on one twin. */
export interface Work {
  readonly context: Context;
  readonly lease: Lease;
  readonly side: Side;
  readonly instance: Instance;
  /** As it was when the run, or its current round, began. */
  readonly twin: Twin;
  /** Of the entity, at that time. */
  readonly traces: readonly Trace[];
  readonly intents: readonly Intent[];
  readonly tracker: Tracker;
  readonly rules: Rules;
  readonly call: CallContext;
  readonly log: RunLog;
  /** Files of the replica that the other side no longer has. */
  readonly absent: ReadonlySet<GlobalId>;
}

/** What is told to people about a run. Each row holds the calls since the row before. */
export class RunLog {
  readonly trigger: string;
  private readonly context: Context;
  private calls: ApiCall[] = [];
  private since: number;
  private changes: SyncRun['changes'][number][] = [];
  constructor(context: Context, trigger: string) {
    this.context = context;
    this.trigger = trigger;
    this.since = context.clock.now();
  }
  heard(call: ApiCall): void {
    this.calls.push(call);
  }
  note(change: SyncRun['changes'][number]): void {
    this.changes.push(change);
  }
  async write(tx: Tx, twin: Twin, stage: SyncRun['stage'], rules: string, more: Partial<SyncRun> = {}): Promise<void> {
    const now = this.context.clock.now();
    const { calls, changes } = this;
    await tx.addRun({
      id: this.context.id(),
      side: twin.side,
      twin: twin.id,
      stage,
      trigger: this.trigger,
      at: new Date(now).toISOString(),
      ms: now - this.since,
      rules,
      changes,
      calls,
      problem: null,
      ...more,
    });
    this.calls = [];
    this.changes = [];
    this.since = now;
  }
  get busy(): boolean {
    return this.calls.length > 0;
  }
}

export interface Seen {
  readonly snapshot: Snapshot;
  /** `kind/id` of traced comments and files that are confirmed to be gone. */
  readonly gone: ReadonlySet<string>;
  /** When we asked, milliseconds since 1970. */
  readonly asOf: number;
}

/** Reads the entity, and settles what a fetch alone cannot say: whose a comment in doubt is, and whether what is missing is really gone. */
export async function look(work: Work, fetched?: Snapshot): Promise<Seen | 'gone'> {
  const asOf = work.context.clock.now();
  const { tracker, call, twin, traces, intents } = work;
  const ref = twin.local;
  if (ref === null) throw new EntenteError('broken-invariant', 'A twin without an entity was looked at.');
  let snapshot = fetched ?? (await tracker.fetch(ref, call));
  if (snapshot === 'gone') return 'gone';
  if (tracker.markersOf && intents.some((intent) => intent.kind === 'comment' && intent.local === null)) {
    const markers = await tracker.markersOf(ref, call);
    snapshot = { ...snapshot, comments: snapshot.comments.map((comment) => ({ ...comment, marker: comment.marker ?? markers[comment.id] ?? null })) };
  }
  return { snapshot, gone: await confirm(work, missing(traces, snapshot)), asOf };
}

async function confirm(work: Work, rows: readonly Trace[]): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  for (const row of rows) {
    const confirmed = !work.tracker.confirmGone || (await work.tracker.confirmGone(row.entity, row.kind, row.local, work.call));
    if (confirmed) gone.add(`${row.kind}/${row.local}`);
  }
  return gone;
}
