import type { Intent, Trace, Twin } from '../../core/twin.ts';
import type { Conflict, EntityState, Instance, JobOptions, Side, Store, SyncRun, Tx } from '../../engine/ports.ts';
import { addJob, dueJobs, type Jobs } from './jobs.ts';
import { freezeRow } from './plain-json.ts';
import { createTables, type Tables } from './tables.ts';
import { MemoryTx } from './tx.ts';

export interface MemoryStoreOptions {
  /** Freezes all that is saved and refuses what JSON cannot hold: a test that changes a row in place fails. Slow. */
  readonly freeze?: boolean;
  /** For leases. Default: the machine's clock. */
  readonly now?: () => number;
  /** How many runs and conflicts are kept, the newest (default: all). All of them are counted. */
  readonly keep?: number;
}

/** All rows at one moment. Rows are shared, not copied. */
export interface Dump {
  readonly instances: readonly Instance[];
  readonly sides: readonly Side[];
  readonly twins: readonly Twin[];
  readonly entities: readonly EntityState[];
  readonly traces: readonly Trace[];
  readonly intents: readonly Intent[];
  readonly conflicts: readonly Conflict[];
  readonly runs: readonly SyncRun[];
}

/** A store for tests: as fast as maps are, and nothing survives the process. Transactions run one after another. */
export interface MemoryStore extends Store {
  /** Waiting jobs by `side/twin`. */
  readonly jobs: Jobs;
  /** Takes a waiting job out, due or not. */
  takeJob(key: string): JobOptions | undefined;
  /** Keys of the jobs that may run at `now`: the most urgent first, then the oldest. */
  dueJobs(now: number): string[];
  /** Keys of the leases, run out or not. */
  leases(): string[];
  /** Takes a lease away from whoever holds it: as if its time were over. */
  dropLease(key: string): void;
  /** Everything but jobs and leases. */
  dump(): Dump;
  /** Puts a dump back, as a restored backup does, after a crash; jobs and leases stay as they are. */
  load(dump: Dump): void;
  /** Loses the open transaction and those that wait for it: each throws when it goes on. What was committed stays. */
  crash(): void;
  /** What is stored now, for tests to look at. Throws while a transaction is open, as `dump` does. */
  readonly rows: Dump;
  /** How many runs were ever added, by stage. */
  readonly runCounts: Readonly<Partial<Record<SyncRun['stage'], number>>>;
}

const unchecked = <Row>(row: Row): Row => row;

export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { freeze = false, now = Date.now, keep = Number.POSITIVE_INFINITY } = options;
  const tables = createTables();
  const jobs: Jobs = new Map();
  const runCounts: Partial<Record<SyncRun['stage'], number>> = {};
  /** The end of the transaction that came last. */
  let busy: Promise<void> | null = null;
  let open: MemoryTx | null = null;
  let crashes = 0;

  function append<Row>(list: Row[], added: readonly Row[]): void {
    for (const row of added) list.push(row);
    // Cut in large steps: shifting at every append costs as much as the list is long.
    if (list.length > 2 * keep + 16) list.splice(0, list.length - keep);
  }

  function commit(tx: MemoryTx): void {
    tx.end();
    if (tx.runs.length > 0) append(tables.runs, tx.runs);
    for (const run of tx.runs) runCounts[run.stage] = (runCounts[run.stage] ?? 0) + 1;
    if (tx.conflicts.length > 0) append(tables.conflicts, tx.conflicts);
    for (const [key, job] of tx.jobs) addJob(jobs, key, job);
  }

  async function run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const tx = new MemoryTx(tables, freeze ? freezeRow : unchecked, now);
    open = tx;
    try {
      const result = await work(tx);
      if (tx.over) throw new Error('The store crashed while this transaction was open.');
      commit(tx);
      return result;
    } catch (error) {
      if (!tx.over) tx.takeBack();
      throw error;
    } finally {
      if (open === tx) open = null;
    }
  }

  function crash(): void {
    if (open && !open.over) open.takeBack();
    open = null;
    busy = null;
    crashes++;
  }

  function look(): Dump {
    if (open) throw new Error('A transaction is open: what is stored can be seen when it has ended.');
    return copy(tables, keep);
  }

  return {
    jobs,
    runCounts,
    crash,
    async transaction(work) {
      const before = busy;
      const life = crashes;
      const { promise, resolve } = Promise.withResolvers<void>();
      busy = promise;
      try {
        if (before) await before;
        if (life !== crashes) throw new Error('The store crashed before this transaction began.');
        return await run(work);
      } finally {
        if (busy === promise) busy = null;
        resolve();
      }
    },
    takeJob(key) {
      const job = jobs.get(key);
      jobs.delete(key);
      return job;
    },
    dueJobs: (at) => dueJobs(jobs, at),
    leases: () => [...tables.leases.rows.keys()],
    dropLease: (key) => tables.leases.delete(key, []),
    dump: look,
    load(dump) {
      crash();
      tables.instances.fill(dump.instances);
      tables.sides.fill(dump.sides);
      tables.twins.fill(dump.twins);
      tables.entities.fill(dump.entities);
      tables.traces.fill(dump.traces);
      tables.intents.fill(dump.intents);
      tables.conflicts.splice(0, Number.POSITIVE_INFINITY, ...dump.conflicts);
      tables.runs.splice(0, Number.POSITIVE_INFINITY, ...dump.runs);
      tables.recorded.clear();
      for (const { id } of dump.conflicts) tables.recorded.add(`conflict ${id}`);
      for (const { id } of dump.runs) tables.recorded.add(`run ${id}`);
    },
    get rows() {
      return look();
    },
  };
}

const copy = (tables: Tables, keep: number): Dump => ({
  instances: [...tables.instances.rows.values()],
  sides: [...tables.sides.rows.values()],
  twins: [...tables.twins.rows.values()],
  entities: [...tables.entities.rows.values()],
  traces: [...tables.traces.rows.values()],
  intents: [...tables.intents.rows.values()],
  conflicts: last(tables.conflicts, keep),
  runs: last(tables.runs, keep),
});

const last = <Row>(list: readonly Row[], keep: number): Row[] => (list.length > keep ? list.slice(list.length - keep) : list.slice());
