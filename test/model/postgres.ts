import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { Instance, Side, Store, Tx } from '../../src/engine/ports.ts';
import { createVault } from '../../src/lib/secrets.ts';
import { createMemoryStore, type Dump, type MemoryStore } from '../../src/store/memory/index.ts';
import { createPostgresStore } from '../../src/store/postgres.ts';
import type { MakeStore } from './world.ts';

const TABLES = ['instance', 'side', 'twin', 'entity', 'trace', 'intent', 'conflict', 'run', 'lease'];

type Write = (tx: Tx) => Promise<void>;
type Writes = 'saveInstance' | 'saveSide' | 'saveTwin' | 'saveEntity' | 'saveTrace' | 'dropTrace' | 'saveIntent' | 'dropIntents' | 'addConflict' | 'addRun';
const WRITES: readonly Writes[] = [
  ...(['saveInstance', 'saveSide', 'saveTwin', 'saveEntity', 'saveTrace', 'dropTrace', 'saveIntent', 'dropIntents'] as const),
  ...(['addConflict', 'addRun'] as const),
];

/** Stores on real PostgreSQL for the nodes of a model history, one database each. */
export interface PostgresStores {
  readonly makeStore: MakeStore;
  /** Waits for all that is under way, then says in which rows a database differs from what the same transactions leave in memory. */
  differences(): Promise<string[]>;
}

/**
 * Everything that the engine reads comes from PostgreSQL. Each committed transaction is repeated on a store in memory: it holds the jobs (which pg-boss holds
 * otherwise), lets the model look at rows at once, and at the end of a history both have to hold the same.
 */
export function createPostgresStores(pools: Readonly<Record<string, pg.Pool>>): PostgresStores {
  const vault = createVault(randomBytes(32));
  let open: { readonly node: string; readonly ready: () => Promise<void>; readonly pool: pg.Pool; readonly store: Store; readonly memory: MemoryStore }[] = [];

  function makeStore(node: string, now: () => number): MemoryStore {
    const pool = pools[node];
    if (!pool) throw new Error(`There is no database for the node ${node}.`);
    const memory = createMemoryStore({ now });
    const store = createPostgresStore({ pool, vault });
    const leases = new Map<string, { holder: string; until: number }>();
    /** What has to be done in the database before anything else; the model does not wait for it. */
    let ready: Promise<unknown> = pool.query(TABLES.map((table) => `delete from ${table}`).join('; '));
    const first = (work: () => Promise<unknown>) => {
      ready = ready.then(work);
    };

    async function transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      await ready;
      let writes: Write[] = [];
      let taken = new Map<string, { holder: string; until: number } | null>();
      const result = await store.transaction((tx) => {
        writes = [];
        taken = new Map();
        return work(watched(tx, writes, taken));
      });
      for (const [key, lease] of taken)
        if (lease) leases.set(key, lease);
        else leases.delete(key);
      await memory.transaction(async (tx) => {
        for (const write of writes) await write(tx);
      });
      return result;
    }

    /** Leases run out by the model's clock, not by the database's. */
    function watched(tx: Tx, writes: Write[], taken: Map<string, { holder: string; until: number } | null>): Tx {
      const own: Partial<Tx> = {
        async enqueue(...given) {
          writes.push((to) => to.enqueue(...given));
        },
        async takeLease(key, holder, ttlMs) {
          const before = taken.get(key) ?? leases.get(key);
          if (before && before.holder !== holder && before.until <= now()) await tx.releaseLease(key, before.holder);
          const got = await tx.takeLease(key, holder, ttlMs);
          if (got) taken.set(key, { holder, until: now() + ttlMs });
          return got;
        },
        async releaseLease(key, holder) {
          if ((taken.get(key) ?? leases.get(key))?.holder === holder) taken.set(key, null);
          await tx.releaseLease(key, holder);
        },
      };
      return new Proxy(tx, {
        get(target, name: keyof Tx) {
          const mine = own[name];
          if (mine) return mine;
          const method = (target[name] as (...args: unknown[]) => Promise<unknown>).bind(target);
          if (!(WRITES as readonly string[]).includes(name)) return method;
          return (...args: unknown[]) => {
            writes.push((to) => (to[name] as (...given: unknown[]) => Promise<void>)(...args));
            return method(...args);
          };
        },
      });
    }

    const adapter: MemoryStore = {
      transaction,
      jobs: memory.jobs,
      takeJob: (key) => memory.takeJob(key),
      dueJobs: (at) => memory.dueJobs(at),
      leases: () => [...leases.keys()],
      dropLease(key) {
        leases.delete(key);
        first(() => pool.query('delete from lease where key = $1', [key]));
      },
      dump: () => memory.dump(),
      load(dump) {
        memory.load(dump);
        first(() => restore(pool, store, dump));
      },
      crash: () => memory.crash(),
      get rows() {
        return memory.rows;
      },
      get runCounts() {
        return memory.runCounts;
      },
    };
    open.push({ node, ready: () => ready.then(() => {}), pool, store, memory });
    return adapter;
  }

  return {
    makeStore,
    async differences() {
      const found: string[] = [];
      for (const { node, ready, pool, store, memory } of open) {
        await ready();
        const there = await rowsOf(pool, store, memory.rows);
        const here = sorted(memory.rows);
        for (const table of Object.keys(here) as (keyof Dump)[])
          if (!isDeepStrictEqual(plain(there[table]), plain(here[table])))
            found.push(`${node} ${table}: PostgreSQL ${JSON.stringify(there[table])} memory ${JSON.stringify(here[table])}`.slice(0, 2000));
      }
      open = [];
      return found;
    },
  };
}

/** The database of an earlier moment: everything goes, and what was there then comes back. */
async function restore(pool: pg.Pool, store: Store, dump: Dump): Promise<void> {
  await pool.query(TABLES.map((table) => `delete from ${table}`).join('; '));
  await store.transaction(async (tx) => {
    for (const row of dump.instances) await tx.saveInstance(row);
    for (const row of dump.sides) await tx.saveSide(row);
    for (const row of dump.twins) await tx.saveTwin(row);
    for (const row of dump.entities) await tx.saveEntity(row);
    for (const row of dump.traces) await tx.saveTrace(row);
    for (const row of dump.intents) await tx.saveIntent(row);
    for (const row of dump.conflicts) await tx.addConflict(row);
    for (const row of dump.runs) await tx.addRun(row);
  });
}

/** What the database holds. `known`: names the rows that the store gives one by one only. */
async function rowsOf(pool: pg.Pool, store: Store, known: Dump): Promise<Dump> {
  const entries = async <Row>(table: string): Promise<Row[]> => (await pool.query<{ entry: Row }>(`select entry from ${table}`)).rows.map((row) => row.entry);
  const twins = await pool.query<{ shadow: unknown; flight: unknown; inbox: unknown; rest: object }>('select shadow, flight, inbox, rest from twin');
  const [instances, sides] = await store.transaction(async (tx) => {
    const own: Instance[] = [];
    const halves: Side[] = [];
    for (const { id } of known.instances) {
      const instance = await tx.instance(id);
      if (instance) own.push(instance);
      halves.push(...(await tx.sidesOfInstance(id)));
    }
    return [own, halves] as const;
  });
  return sorted({
    instances,
    sides,
    twins: twins.rows.map(({ rest, ...large }) => ({ ...rest, ...large }) as Dump['twins'][number]),
    entities: await entries('entity'),
    traces: await entries('trace'),
    intents: await entries('intent'),
    conflicts: await entries('conflict'),
    runs: await entries('run'),
  });
}

const plain = (rows: unknown): unknown => JSON.parse(JSON.stringify(rows));

function sorted(dump: Dump): Dump {
  const by = <Row>(rows: readonly Row[], key: (row: Row) => string): Row[] => rows.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return {
    instances: by(dump.instances, (row) => row.id),
    sides: by(dump.sides, (row) => row.id),
    twins: by(dump.twins, (row) => JSON.stringify([row.side, row.id])),
    entities: by(dump.entities, (row) => JSON.stringify([row.instance, row.ref])),
    traces: by(dump.traces, (row) => JSON.stringify([row.instance, row.entity, row.gid])),
    intents: by(dump.intents, (row) => row.id),
    conflicts: by(dump.conflicts, (row) => row.id),
    runs: by(dump.runs, (row) => row.id),
  };
}
