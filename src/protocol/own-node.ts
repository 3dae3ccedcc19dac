import pg from 'pg';
import { EntenteError } from '../core/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Vault } from '../lib/secrets.ts';
import type { Listener } from '../store/listen.ts';
import { inSession, type Session } from '../store/session.ts';
import { type Boots, bootHeader, compareNote, readNote, withBoot, writeNote } from './boots.ts';
import { newBoot, newKeyPair, newNodeId, type SigningKey, signingKey } from './identity.ts';

/** Why this node does not move: see `operations/node.ts`. `boot`: the run that another node knows and we do not. */
export interface Guard {
  readonly kind: 'copied' | 'restored' | 'rival';
  readonly since: string;
  readonly boot?: string;
}

interface NodeState {
  readonly id: string;
  readonly key: SigningKey;
  readonly boots: Boots;
  readonly real: string | null;
  readonly guard: Guard | null;
}

/** This node's identity, shared by its processes. */
export interface OwnNode {
  /** As it is now; kept up to date from the database. */
  current(): NodeState;
  bootHeader(): string;
  /** Throws `node-guarded`. */
  assertFree(): void;
  /** Calls back when something of it has changed. */
  onChange(hear: () => void): void;
  /** Another node knows a run of this identity that we do not: nothing moves until an operator answers. `ours`: the run that it refused. */
  rival(ours: string, theirs: string): Promise<void>;
  /** `real`: goes on as it is. `copy`: a new identity; all connections end here, and nobody is told. */
  answerGuard(answer: 'real' | 'copy'): Promise<void>;
  /** A new key pair. The old one is kept for those connections whose other side has yet to be told. */
  rotateKey(): Promise<void>;
  /** Halves whose other side still knows us by a former key. */
  formerKeys(): ReadonlyMap<string, SigningKey>;
  /** The other side knows the present key. */
  keyTold(side: string): Promise<void>;
  close(): Promise<void>;
}

interface NodeRow {
  id: string;
  key: string;
  secret: Buffer;
  boots: string[];
  real: string | null;
  guard: Guard | null;
}

export interface OwnNodeOptions {
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  readonly vault: Vault;
  readonly listener: Listener;
  /** Where the note is kept; without it a copy cannot be told from the original. */
  readonly home?: string;
  readonly log: Logger;
}

const STARTING = 7_245_114;
const RUNNING = 7_245_115;
const REFRESH_MS = 15_000;
/** Associated data of the sealed key. */
const SECRET = 'node/key';

/** Makes the identity at the first start, finds out whether this database is a copy or has gone back, and begins a new run unless one is going on. */
export async function openOwnNode(options: OwnNodeOptions): Promise<OwnNode> {
  const { pool, vault, home, log } = options;
  const running = await holdRunning(options.databaseUrl, async (alone) => {
    await inSession(pool, (session) => begin(session, vault, home, alone));
  });
  let state = await load(pool, vault);
  let former = await loadFormer(pool, vault);
  const hearers: (() => void)[] = [];

  async function refresh(): Promise<void> {
    const before = JSON.stringify([state, [...former.keys()]]);
    [state, former] = [await load(pool, vault), await loadFormer(pool, vault)];
    if (JSON.stringify([state, [...former.keys()]]) === before) return;
    noteDown();
    for (const hear of hearers) hear();
  }
  /** A guarded node has not earned its note. */
  function noteDown(): void {
    if (!home || state.guard) return;
    const note = readNote(home);
    if (note?.node !== state.id || note.boots[0] !== state.boots[0]) writeNote(home, { node: state.id, boots: [...state.boots] });
  }
  const quietly = () => void refresh().catch((error: unknown) => log.warn({ err: error }, 'the node could not read its identity'));
  const unlisten = options.listener.on('entente_node', quietly);
  const timer = setInterval(quietly, REFRESH_MS);
  timer.unref();
  noteDown();
  if (state.guard) log.error({ guard: state.guard.kind }, 'this node may be a copy, or has gone back in time: nothing moves until an operator says which');

  return {
    current: () => state,
    bootHeader: () => bootHeader(state.boots, state.real),
    assertFree() {
      if (state.guard) throw new EntenteError('node-guarded');
    },
    onChange: (hear) => void hearers.push(hear),
    async rival(ours, theirs) {
      await inSession(pool, async (session) => {
        const row = await lock(session);
        if (row.guard || row.boots[0] !== ours || row.boots.includes(theirs)) return;
        save(session, { ...row, guard: { kind: 'rival', since: new Date().toISOString(), boot: theirs } });
      });
      await refresh();
      if (state.guard) log.error({ guard: state.guard.kind }, 'another node has the same identity: nothing moves until an operator says which is the real one');
    },
    async answerGuard(answer) {
      await inSession(pool, async (session) => {
        const row = await lock(session);
        if (!row.guard) return;
        const boot = newBoot();
        if (answer === 'copy') {
          const { key, seed } = newKeyPair();
          save(session, { id: newNodeId(), key, secret: vault.seal(seed, SECRET), boots: [boot], real: null, guard: null });
          forgetConnections(session);
          return;
        }
        const known = [...(row.guard.boot === undefined ? [] : [row.guard.boot]), ...((home && noteOf(home, row.id)) || []), ...row.boots];
        save(session, { ...row, boots: [...withBoot(boot, [...new Set(known)])], real: boot, guard: null });
      });
      await refresh();
    },
    async rotateKey() {
      await inSession(pool, async (session) => {
        const row = await lock(session);
        // Who has not been told of the last change yet knows the key before it.
        session.write(null, `insert into former_key (side, key, secret) select id, $1, $2 from side where peer_key is not null on conflict do nothing`, [
          row.key,
          row.secret,
        ]);
        const { key, seed } = newKeyPair();
        save(session, { ...row, key, secret: vault.seal(seed, SECRET) });
      });
      await refresh();
    },
    formerKeys: () => former,
    async keyTold(side) {
      await pool.query('delete from former_key where side = $1', [side]);
      former = await loadFormer(pool, vault);
    },
    async close() {
      clearInterval(timer);
      unlisten();
      await running.release();
    },
  };
}

const noteOf = (home: string, id: string): readonly string[] | null => {
  const note = readNote(home);
  return note?.node === id ? note.boots : null;
};

async function begin(session: Session, vault: Vault, home: string | undefined, alone: boolean): Promise<void> {
  const [row] = await session.read<NodeRow>('node', 'select id, key, secret, boots, real, guard from node for update', []);
  if (!row) {
    const { key, seed } = newKeyPair();
    const made: NodeRow = { id: newNodeId(), key, secret: vault.seal(seed, SECRET), boots: [newBoot()], real: null, guard: null };
    save(session, made);
    return;
  }
  // What is going on elsewhere on the same database is no copy: this is one more process of it.
  if (!alone || row.guard) return;
  const boots = row.boots as unknown as Boots;
  const found = home === undefined ? 'fits' : compareNote(readNote(home), { id: row.id, boots });
  if (found === 'fits') save(session, { ...row, boots: [...withBoot(newBoot(), boots)] });
  else save(session, { ...row, guard: { kind: found === 'ahead' ? 'restored' : 'copied', since: new Date().toISOString() } });
}

async function lock(session: Session): Promise<NodeRow> {
  const [row] = await session.read<NodeRow>('node', 'select id, key, secret, boots, real, guard from node for update', []);
  if (!row) throw new EntenteError('internal', 'The node has no identity.');
  return row;
}

function save(session: Session, { id, key, secret, boots, real, guard }: NodeRow): void {
  session.write(
    'save-node',
    `insert into node (id, key, secret, boots, real, guard) values ($1, $2, $3, $4, $5, $6)
     on conflict (one) do update set id = excluded.id, key = excluded.key, secret = excluded.secret, boots = excluded.boots, real = excluded.real, guard = excluded.guard`,
    [id, key, secret, JSON.stringify(boots), real, guard && JSON.stringify(guard)],
  );
}

/** The originals go on with the other sides, so nobody is told. Twins are swept away afterwards, a page at a time. */
function forgetConnections(session: Session): void {
  session.write(null, 'insert into removed_side (side, instance) select id, instance from side on conflict do nothing', []);
  for (const table of ['side', 'handshake', 'peer_notice', 'former_key', 'relay_call', 'peer_boot']) session.write(null, `delete from ${table}`, []);
}

async function load(pool: pg.Pool, vault: Vault): Promise<NodeState> {
  const [row] = (await pool.query<NodeRow>('select id, key, secret, boots, real, guard from node')).rows;
  if (!row) throw new EntenteError('internal', 'The node has no identity.');
  return { id: row.id, key: signingKey(row.key, vault.open(row.secret, SECRET)), boots: row.boots as unknown as Boots, real: row.real, guard: row.guard };
}

async function loadFormer(pool: pg.Pool, vault: Vault): Promise<ReadonlyMap<string, SigningKey>> {
  const { rows } = await pool.query<{ side: string; key: string; secret: Buffer }>(
    'select side, key, secret from former_key where exists (select from side where side.id = former_key.side)',
  );
  return new Map(rows.map(({ side, key, secret }) => [side, signingKey(key, vault.open(secret, SECRET))]));
}

/** Holds a lock for as long as this process runs. `begin` is told whether it is the only one; of several that start at once, one begins after the other. */
async function holdRunning(databaseUrl: string, begin: (alone: boolean) => Promise<void>): Promise<{ release(): Promise<void> }> {
  let closing = false;
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: databaseUrl, keepAlive: true, application_name: 'entente running' });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  let client = await connect();
  await client.query('select pg_advisory_lock($1)', [STARTING]);
  const { rows } = await client.query<{ alone: boolean }>('select pg_try_advisory_lock($1) as alone', [RUNNING]);
  const alone = rows[0]?.alone === true;
  try {
    await begin(alone);
    if (alone) await client.query('select pg_advisory_unlock($1)', [RUNNING]);
    await client.query('select pg_advisory_lock_shared($1)', [RUNNING]);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [STARTING]).catch(() => {});
  }
  const watch = (): void => {
    client.once('end', () => {
      if (!closing) setTimeout(() => void again(), 1000).unref();
    });
  };
  // The database was away: what holds of this process holds again as soon as it is back.
  const again = async (): Promise<void> => {
    if (closing) return;
    try {
      client = await connect();
      await client.query('select pg_advisory_lock_shared($1)', [RUNNING]);
      watch();
    } catch {
      setTimeout(() => void again(), 1000).unref();
    }
  };
  watch();
  return {
    async release() {
      closing = true;
      await client.end().catch(() => {});
    },
  };
}
