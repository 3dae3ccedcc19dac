import type pg from 'pg';
import type { EntityState, Side } from '../../engine/ports.ts';
import type { Vault } from '../../lib/secrets.ts';
import { saveEntity } from '../../store/entity.ts';
import { inSession, type Session } from '../../store/session.ts';
import { readSide, SIDE_COLUMNS, type SideRow, saveSide, toSide } from '../../store/side.ts';
import { toText } from '../../store/text.ts';
import type { HandshakeStore, HandshakeTx, Kind, Notice, Outgoing, Rows } from './ports.ts';

interface HandshakeRow {
  kind: Kind;
  id: string;
  entry: Record<string, unknown>;
  secret: Buffer | null;
}

interface NoticeRow {
  key: string;
  side: string;
  callee: Notice['callee'];
  path: string;
  body: unknown;
  since: Date;
  attempts: number;
  next_at: Date;
}

const PAGE = 500;
const COLUMNS = 'kind, id, entry, secret';
const NOTICE_COLUMNS = 'key, side, callee, path, body, since, attempts, next_at';

/** Requests, invitations and notices in the node's database. The database has been migrated. */
export function createHandshakeStore({ pool, vault }: { readonly pool: pg.Pool; readonly vault: Vault }): HandshakeStore {
  return {
    transaction: (work) => inSession(pool, (session) => work(new PostgresHandshakeTx(session, vault))),

    async list(kind, status) {
      const { rows } = await pool.query<HandshakeRow>(
        `select ${COLUMNS} from handshake where kind = $1 and ($2::text is null or status = $2) order by expires_at, id limit 1000`,
        [kind, status],
      );
      return rows.map((row) => toRow(vault, row));
    },

    async due(now, limit) {
      const { rows } = await pool.query<NoticeRow>(`select ${NOTICE_COLUMNS} from peer_notice where next_at <= $1 order by next_at limit $2`, [now, limit]);
      return rows.map(toNotice);
    },

    async sweepRemoved() {
      const { rows } = await pool.query<{ side: string; instance: string }>('select side, instance from removed_side order by at limit 1');
      const [removed] = rows;
      if (!removed) return false;
      await inSession(pool, async (session) => {
        // Locked in the order in which everybody else locks them.
        const twins = await session.read<{ id: string; local: string | null }>(
          'removed-twins',
          `select id, local from twin where side = $1 order by id limit ${PAGE} for update`,
          [removed.side],
        );
        const ids = twins.map(({ id }) => id);
        session.write(null, 'delete from intent where side = $1 and twin = any($2)', [removed.side, ids]);
        session.write(null, 'delete from twin where side = $1 and id = any($2)', [removed.side, ids]);
        // Without a twin it is nobody's copy any more: put under sync again, it is an origin of its own.
        const copies = await session.read<{ entry: EntityState }>(
          'removed-copies',
          `select entry from entity e where instance = $1 and ref = any($2) and origin is not null
             and not exists (select 1 from twin t where t.instance = e.instance and t.local = e.ref and t.status = 'active') for update`,
          [removed.instance, twins.flatMap(({ local }) => (local === null ? [] : [local]))],
        );
        for (const { entry } of copies) saveEntity(session, { ...entry, origin: null });
        if (twins.length < PAGE) session.write(null, 'delete from removed_side where side = $1', [removed.side]);
      });
      return true;
    },

    async forget(before) {
      await pool.query(`delete from handshake where expires_at < $1 and (kind <> 'outgoing' or status in ('active', 'over'))`, [before]);
    },
  };
}

/** Associated data: a secret that was moved to another row does not open. */
const recordId = (kind: Kind, id: string): string => `handshake/${kind}/${id}`;

function toRow<K extends Kind>(vault: Vault, { kind, id, entry, secret }: HandshakeRow): Rows[K] {
  const open = secret && (JSON.parse(vault.open(secret, recordId(kind, id)).toString()) as unknown);
  return { ...entry, id, secret: open } as unknown as Rows[K];
}

const toNotice = ({ next_at, since, ...row }: NoticeRow): Notice => ({ ...row, since: since.toISOString(), nextAt: next_at.toISOString() });

class PostgresHandshakeTx implements HandshakeTx {
  readonly #session: Session;
  readonly #vault: Vault;
  readonly #sides = new Map<string, Side>();

  constructor(session: Session, vault: Vault) {
    this.#session = session;
    this.#vault = vault;
  }

  async lock(name: string): Promise<void> {
    await this.#session.read('lock-handshake', 'select pg_advisory_xact_lock(hashtextextended($1, 7245117))', [toText(name)]);
  }

  async get<K extends Kind>(kind: K, id: string): Promise<Rows[K] | null> {
    const [row] = await this.#session.read<HandshakeRow>('handshake', `select ${COLUMNS} from handshake where kind = $1 and id = $2 for update`, [
      kind,
      toText(id),
    ]);
    return row ? toRow(this.#vault, row) : null;
  }

  async marked(mark: string): Promise<Outgoing | null> {
    const text = `select ${COLUMNS} from handshake where kind = 'outgoing' and mark = $1 for update`;
    const [row] = await this.#session.read<HandshakeRow>('handshake-by-mark', text, [toText(mark)]);
    return row ? toRow<'outgoing'>(this.#vault, row) : null;
  }

  put<K extends Kind>(kind: K, row: Rows[K]): void {
    const { secret, ...entry } = row;
    const sealed = secret && this.#vault.seal(Buffer.from(JSON.stringify(secret)), recordId(kind, row.id));
    this.#session.write(
      'save-handshake',
      `insert into handshake (kind, id, connection, status, mark, expires_at, entry, secret) values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (kind, id) do update set connection = excluded.connection, status = excluded.status, mark = excluded.mark,
         expires_at = excluded.expires_at, entry = excluded.entry, secret = excluded.secret`,
      [kind, row.id, row.connection, row.status, 'mark' in row ? row.mark : null, row.expiresAt, JSON.stringify(entry), sealed],
    );
  }

  drop(kind: Kind, id: string): void {
    this.#session.write('drop-handshake', 'delete from handshake where kind = $1 and id = $2', [kind, toText(id)]);
  }

  async ofConnection<K extends Kind>(kind: K, connection: string): Promise<readonly Rows[K][]> {
    const text = `select ${COLUMNS} from handshake where connection = $1 and kind = $2 order by expires_at desc, id for update`;
    return (await this.#session.read<HandshakeRow>('handshake-of-connection', text, [toText(connection), kind])).map((row) => toRow(this.#vault, row));
  }

  async sides(): Promise<readonly Side[]> {
    return (await this.#session.read<SideRow>('all-sides', `select ${SIDE_COLUMNS.join(', ')} from side order by leads desc, id`, [])).map(toSide);
  }

  async side(id: string): Promise<Side | null> {
    // The engine changes it, too.
    await this.#session.read('lock-side', 'select id from side where id = $1 for update', [toText(id)]);
    const side = await readSide(this.#session, id);
    if (side) this.#sides.set(id, side);
    return side;
  }

  saveSide(side: Side): void {
    saveSide(this.#session, this.#sides.get(side.id), side);
    this.#sides.set(side.id, side);
  }

  dropSide(side: Side): void {
    this.#session.write(null, 'insert into removed_side (side, instance) values ($1, $2) on conflict do nothing', [toText(side.id), toText(side.instance)]);
    this.#session.write(null, 'delete from side where id = $1', [toText(side.id)]);
    this.#sides.delete(side.id);
  }

  tell({ key, side, callee, path, body, since, attempts, nextAt }: Notice): void {
    this.#session.write(
      'save-notice',
      `insert into peer_notice (${NOTICE_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (key) do update set side = excluded.side, callee = excluded.callee, path = excluded.path, body = excluded.body,
         since = excluded.since, attempts = excluded.attempts, next_at = excluded.next_at`,
      [key, side, JSON.stringify(callee), path, JSON.stringify(body), since, attempts, nextAt],
    );
  }

  async notice(key: string): Promise<Notice | null> {
    const [row] = await this.#session.read<NoticeRow>('notice', `select ${NOTICE_COLUMNS} from peer_notice where key = $1 for update`, [toText(key)]);
    return row ? toNotice(row) : null;
  }

  dropNotice(key: string): void {
    this.#session.write('drop-notice', 'delete from peer_notice where key = $1', [toText(key)]);
  }
}
