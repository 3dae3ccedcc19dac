import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import type { Role } from '../server/authentication.ts';

/** A token of the REST API. Only its hash is kept. */
export interface Token {
  readonly name: string;
  /** Id; null: all instances. */
  readonly instance: string | null;
  readonly role: Role;
  readonly createdAt: string;
  readonly usedAt: string | null;
}

interface Row {
  name: string;
  instance: string | null;
  role: Role;
  created_at: Date;
  used_at: Date | null;
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
const PREFIX = 'entente_';
const COLUMNS = 'name, instance, role, created_at, used_at';
/** The command line's own for all instances, which `writeCliToken` leaves on this machine. */
export const CLI_TOKEN = 'cli';

const toToken = (row: Row): Token => ({
  name: row.name,
  instance: row.instance,
  role: row.role,
  createdAt: row.created_at.toISOString(),
  usedAt: row.used_at?.toISOString() ?? null,
});

/** Makes a token of 32 random bytes; this is the only time that it is seen. Null: the name is taken. */
export async function createToken(
  pool: pg.Pool,
  { name, instance, role }: { readonly name: string; readonly instance: string | null; readonly role: Role },
): Promise<string | null> {
  const token = PREFIX + randomBytes(32).toString('base64url');
  const { rowCount } = await pool.query('insert into api_token (name, hash, instance, role) values ($1, $2, $3, $4) on conflict do nothing', [
    name,
    hashOf(token),
    instance,
    role,
  ]);
  return rowCount === 1 ? token : null;
}

export async function listTokens(pool: pg.Pool): Promise<Token[]> {
  return (await pool.query<Row>(`select ${COLUMNS} from api_token order by created_at, name`)).rows.map(toToken);
}

export async function dropToken(pool: pg.Pool, { name, instance }: Pick<Token, 'name' | 'instance'>): Promise<void> {
  await pool.query('delete from api_token where name = $1 and instance is not distinct from $2', [name, instance]);
}

/** Whose token it is, or null when there is none such. */
export async function tokenOf(pool: pg.Pool, token: string): Promise<Token | null> {
  if (!token.startsWith(PREFIX)) return null;
  // Marked as used at most once a minute, so that reading does not become writing.
  const { rows } = await pool.query<Row>(
    `with found as (select ${COLUMNS} from api_token where hash = $1),
          used as (update api_token t set used_at = now() from found f where t.hash = $1 and (f.used_at is null or f.used_at < now() - interval '1 minute'))
     select ${COLUMNS} from found`,
    [hashOf(token)],
  );
  return rows[0] ? toToken(rows[0]) : null;
}

/** Leaves a token for the command line on this machine in `folder`/cli-token, for the file's owner only. One that still works is kept. */
export async function writeCliToken(pool: pg.Pool, folder: string): Promise<string> {
  const file = path.join(folder, 'cli-token');
  const existing = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : '';
  if (existing && (await tokenOf(pool, existing))) return file;
  fs.mkdirSync(folder, { recursive: true });
  await dropToken(pool, { name: CLI_TOKEN, instance: null });
  const token = await createToken(pool, { name: CLI_TOKEN, instance: null, role: 'owner' });
  if (token === null) return file; // Another process of this node has just made it.
  // Made anew beside it and renamed: the mode holds from the first byte on, whatever stood there before.
  const fresh = `${file}.${process.pid}`;
  fs.writeFileSync(fresh, `${token}\n`, { mode: 0o600, flag: 'w' });
  fs.renameSync(fresh, file);
  return file;
}
