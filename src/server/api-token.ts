import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type pg from 'pg';

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
const PREFIX = 'entente_';

/** Makes a token of 32 random bytes. Only its hash is kept, so this is the only time that it is seen. Replaces the token of the same name. */
async function createToken(pool: pg.Pool, name: string): Promise<string> {
  const token = PREFIX + randomBytes(32).toString('base64url');
  await pool.query(
    'insert into api_token (name, hash) values ($1, $2) on conflict (name) do update set hash = excluded.hash, created_at = now(), used_at = null',
    [name, hashOf(token)],
  );
  return token;
}

/** The name of the token, or null when there is none such. */
export async function nameOfToken(pool: pg.Pool, token: string): Promise<string | null> {
  if (!token.startsWith(PREFIX)) return null;
  // Marked as used at most once a minute, so that reading does not become writing.
  const { rows } = await pool.query<{ name: string }>(
    `with found as (select name, used_at from api_token where hash = $1),
          used as (update api_token t set used_at = now() from found f where t.name = f.name and (f.used_at is null or f.used_at < now() - interval '1 minute'))
     select name from found`,
    [hashOf(token)],
  );
  return rows[0]?.name ?? null;
}

/** Leaves a token for the command line on this machine in `folder`/cli-token, for the file's owner only. One that still works is kept. */
export async function writeCliToken(pool: pg.Pool, folder: string): Promise<string> {
  const file = path.join(folder, 'cli-token');
  const existing = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : '';
  if (existing && (await nameOfToken(pool, existing))) return file;
  fs.mkdirSync(folder, { recursive: true });
  const token = await createToken(pool, 'cli');
  // Made anew beside it and renamed: the mode holds from the first byte on, whatever stood there before.
  const fresh = `${file}.${process.pid}`;
  fs.writeFileSync(fresh, `${token}\n`, { mode: 0o600, flag: 'w' });
  fs.renameSync(fresh, file);
  return file;
}
