import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Role } from '../server/authentication.ts';

/** A key with which the tracker signs tokens for one installation of our app. */
export interface FrameKey {
  /** What `aud` is. */
  readonly audience: string;
  /** SPKI, PEM. */
  readonly key: string;
}

/** Who has opened the app, as the tracker said it when it was asked last. */
export interface FramePerson {
  /** What `sub` was. */
  readonly subject: string;
  readonly name: string;
  /** Null: the tracker has not verified it. */
  readonly email: string | null;
  /** Administrator of the account there. */
  readonly admin: boolean;
}

export interface FrameSession {
  readonly instance: string;
  readonly person: FramePerson;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
}

export interface EmbedStore {
  /** By which the tracker's API tells our app; made at the first question, never changed. */
  mark(instance: string): Promise<string>;
  keys(instance: string): Promise<readonly FrameKey[]>;
  pin(instance: string, keys: readonly FrameKey[]): Promise<void>;
  /** False: it was used before. Times in milliseconds since 1970. */
  useOnce(token: string, until: number, now: number): Promise<boolean>;
  /** Returns what goes into the cookie. */
  open(session: FrameSession, until: number): Promise<string>;
  session(cookie: string, now: number): Promise<FrameSession | null>;
  /** The tracker was asked again. Null: the session ends. */
  renew(cookie: string, person: FramePerson | null, now: number): Promise<void>;
  /** What somebody with this address may do at the instance, by this node; null: nothing. */
  member(instance: string, email: string): Promise<{ readonly user: string; readonly role: Role } | null>;
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

export function createEmbedStore(pool: pg.Pool): EmbedStore {
  return {
    async mark(instance) {
      const { rows } = await pool.query<{ mark: string }>(
        `with made as (insert into embed_app (instance, mark) values ($1, $2) on conflict do nothing returning mark)
         select mark from made union all select mark from embed_app where instance = $1 limit 1`,
        [instance, randomBytes(18).toString('base64url')],
      );
      // Made by another process between the two halves of the statement.
      return rows[0]?.mark ?? this.mark(instance);
    },
    async keys(instance) {
      const { rows } = await pool.query<{ keys: FrameKey[] }>('select keys from embed_app where instance = $1', [instance]);
      return rows[0]?.keys ?? [];
    },
    async pin(instance, keys) {
      await pool.query('update embed_app set keys = $2 where instance = $1', [instance, JSON.stringify(keys)]);
    },
    async useOnce(token, until, now) {
      await pool.query('delete from embed_token where expires_at < to_timestamp($1)', [now / 1000]);
      const { rowCount } = await pool.query('insert into embed_token (id, expires_at) values ($1, to_timestamp($2)) on conflict do nothing', [
        hashOf(token),
        until / 1000,
      ]);
      return rowCount === 1;
    },
    async open({ instance, person, askedAt }, until) {
      const cookie = randomBytes(24).toString('base64url');
      await pool.query('delete from embed_session where expires_at < to_timestamp($1)', [askedAt / 1000]);
      await pool.query('insert into embed_session (hash, instance, person, asked_at, expires_at) values ($1, $2, $3, to_timestamp($4), to_timestamp($5))', [
        hashOf(cookie),
        instance,
        JSON.stringify(person),
        askedAt / 1000,
        until / 1000,
      ]);
      return cookie;
    },
    async session(cookie, now) {
      const { rows } = await pool.query<{ instance: string; person: FramePerson; asked_at: Date }>(
        'select instance, person, asked_at from embed_session where hash = $1 and expires_at > to_timestamp($2)',
        [hashOf(cookie), now / 1000],
      );
      const [row] = rows;
      return row ? { instance: row.instance, person: row.person, askedAt: row.asked_at.getTime() } : null;
    },
    async renew(cookie, person, now) {
      if (person === null) await pool.query('delete from embed_session where hash = $1', [hashOf(cookie)]);
      else
        await pool.query('update embed_session set person = $2, asked_at = to_timestamp($3) where hash = $1', [
          hashOf(cookie),
          JSON.stringify(person),
          now / 1000,
        ]);
    },
    async member(instance, email) {
      const { rows } = await pool.query<{ user: string; role: Role }>(
        `select u.id as user, case when u.joined then m.role else 'owner' end as role
         from app_user u left join membership m on m."user" = u.id and m.instance = $1
         where lower(u.email) = lower($2) and (m.role is not null or not u.joined)`,
        [instance, email.trim()],
      );
      return rows[0] ?? null;
    },
  };
}
