import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { EntenteError } from '../core/errors.ts';
import { hashPassword, weakness } from '../lib/password.ts';
import type { Role } from '../server/authentication.ts';

/** Somebody who may do something at an instance, or has an address to join it with. */
export interface Member {
  /** Of the person; of the address while nobody has joined with it. */
  readonly id: string;
  readonly name: string | null;
  readonly email: string;
  readonly role: Role;
  readonly joinedAt: string | null;
  readonly expiresAt: string | null;
}

export interface Invited {
  readonly email: string;
  /** Id. */
  readonly instance: string;
  readonly role: Role;
  readonly hasAccount: boolean;
}

export interface Members {
  /** Is this person the operator, and what else may they do, by instance? */
  rolesOf(user: string): Promise<{ readonly operator: boolean; readonly roles: Readonly<Record<string, Role>> }>;
  of(instance: string): Promise<readonly Member[]>;
  /** Adds somebody who has an account; else makes an address to join with, whose token is seen this once. */
  add(instance: string, email: string, role: Role): Promise<{ readonly member: Member; readonly token: string | null }>;
  /** Throws `not-found`, `last-owner`. */
  change(instance: string, id: string, role: Role): Promise<Member>;
  remove(instance: string, id: string): Promise<void>;
  /** Null: it is used up, expired, or was taken back. */
  joining(token: string): Promise<Invited | null>;
  /** Creates the account. Throws `not-found`. */
  join(token: string, person: { readonly name: string; readonly password: string }): Promise<Invited>;
  /** Nobody is a member of an instance that is gone. */
  forget(instance: string): Promise<void>;
}

const DAYS = 7;
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
const gone = () => new EntenteError('not-found', 'This address to join with is used up, or has expired. Ask for another one.');
const normal = (email: string): string => email.trim().toLowerCase();

interface MemberRow {
  id: string;
  name: string;
  email: string;
  role: Role;
  created_at: Date;
}
interface JoiningRow {
  id: string;
  email: string;
  instance: string;
  role: Role;
  expires_at: Date;
  has_account: boolean;
}

const toMember = (row: MemberRow): Member => ({
  id: row.id,
  name: row.name,
  email: row.email,
  role: row.role,
  joinedAt: row.created_at.toISOString(),
  expiresAt: null,
});
const toInvited = (row: Omit<JoiningRow, 'has_account'>): Member => ({
  id: row.id,
  name: null,
  email: row.email,
  role: row.role,
  joinedAt: null,
  expiresAt: row.expires_at.toISOString(),
});

const MEMBERS = `select u.id, u.name, u.email, m.role, m.created_at from membership m join app_user u on u.id = m."user" where m.instance = $1`;

export function createMembers(pool: pg.Pool): Members {
  const inTransaction = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  };
  /** The operator may always come in, so an instance without an owner of its own is not lost; one that had owners keeps one. */
  const keepOwner = async (client: pg.PoolClient, instance: string, id: string): Promise<void> => {
    const { rows } = await client.query<{ user: string }>(`select "user" from membership where instance = $1 and role = 'owner' for update`, [instance]);
    if (rows.length === 1 && rows[0]?.user === id) throw new EntenteError('last-owner');
  };

  return {
    async rolesOf(user) {
      const [who, roles] = await Promise.all([
        pool.query<{ joined: boolean }>('select joined from app_user where id = $1', [user]),
        pool.query<{ instance: string; role: Role }>('select instance, role from membership where "user" = $1', [user]),
      ]);
      return { operator: who.rows[0]?.joined === false, roles: Object.fromEntries(roles.rows.map(({ instance, role }) => [instance, role])) };
    },

    async of(instance) {
      const [members, invited] = await Promise.all([
        pool.query<MemberRow>(`${MEMBERS} order by u.name, u.email`, [instance]),
        pool.query<JoiningRow>('select id, email, instance, role, expires_at from joining where instance = $1 and expires_at > now() order by email', [
          instance,
        ]),
      ]);
      return [...members.rows.map(toMember), ...invited.rows.map(toInvited)];
    },

    async add(instance, given, role) {
      const email = normal(given);
      return inTransaction(async (client) => {
        const { rows } = await client.query<{ id: string }>('select id from app_user where lower(email) = $1', [email]);
        const [user] = rows;
        if (user) {
          const added = await client.query('insert into membership ("user", instance, role) values ($1, $2, $3) on conflict do nothing', [
            user.id,
            instance,
            role,
          ]);
          if (added.rowCount === 0) throw new EntenteError('name-taken', `${email} is a member already.`);
          const [member] = (await client.query<MemberRow>(`${MEMBERS} and u.id = $2`, [instance, user.id])).rows;
          if (!member) throw new EntenteError('not-found');
          return { member: toMember(member), token: null };
        }
        // Asked again, the address before ends.
        const token = randomBytes(24).toString('base64url');
        const [row] = (
          await client.query<JoiningRow>(
            `insert into joining (id, hash, email, instance, role, expires_at) values ($1, $2, $3, $4, $5, now() + make_interval(days => ${DAYS}))
             on conflict (instance, email) do update set id = excluded.id, hash = excluded.hash, role = excluded.role, expires_at = excluded.expires_at
             returning id, email, instance, role, expires_at`,
            [`j${randomBytes(8).toString('hex')}`, hashOf(token), email, instance, role],
          )
        ).rows;
        if (!row) throw new EntenteError('not-found');
        return { member: toInvited(row), token };
      });
    },

    async change(instance, id, role) {
      return inTransaction(async (client) => {
        if (role !== 'owner') await keepOwner(client, instance, id);
        const changed = await client.query('update membership set role = $3 where instance = $1 and "user" = $2', [instance, id, role]);
        if (changed.rowCount === 1) {
          const [member] = (await client.query<MemberRow>(`${MEMBERS} and u.id = $2`, [instance, id])).rows;
          if (member) return toMember(member);
        }
        const [row] = (
          await client.query<JoiningRow>('update joining set role = $3 where instance = $1 and id = $2 returning id, email, instance, role, expires_at', [
            instance,
            id,
            role,
          ])
        ).rows;
        if (!row) throw new EntenteError('not-found', 'There is no such member.');
        return toInvited(row);
      });
    },

    async remove(instance, id) {
      await inTransaction(async (client) => {
        await keepOwner(client, instance, id);
        const gone = await client.query('delete from membership where instance = $1 and "user" = $2', [instance, id]);
        const taken = await client.query('delete from joining where instance = $1 and id = $2', [instance, id]);
        if (gone.rowCount === 0 && taken.rowCount === 0) throw new EntenteError('not-found', 'There is no such member.');
      });
    },

    async joining(token) {
      const { rows } = await pool.query<JoiningRow>(
        `select j.id, j.email, j.instance, j.role, j.expires_at, exists (select 1 from app_user u where lower(u.email) = j.email) as has_account
         from joining j where j.hash = $1 and j.expires_at > now()`,
        [hashOf(token)],
      );
      const [row] = rows;
      return row ? { email: row.email, instance: row.instance, role: row.role, hasAccount: row.has_account } : null;
    },

    async join(token, { name, password }) {
      // Before anything is worked out for somebody who holds no address.
      const invited = await this.joining(token);
      if (!invited) throw gone();
      const weak = invited.hasAccount ? null : weakness(password, [name, invited.email]);
      if (weak) throw new EntenteError('invalid-input', weak, { fields: [{ field: 'password', message: weak }] });
      const hash = await hashPassword(password);
      return inTransaction(async (client) => {
        const [row] = (
          await client.query<JoiningRow>('delete from joining where hash = $1 and expires_at > now() returning id, email, instance, role, expires_at', [
            hashOf(token),
          ])
        ).rows;
        if (!row) throw gone();
        const known = await client.query<{ id: string }>('select id from app_user where lower(email) = $1', [row.email]);
        // Whoever holds the address is not thereby who has the account: the password of an account is never set here.
        const user = known.rows[0]?.id ?? randomUUID();
        if (known.rows.length === 0) {
          await client.query(
            `insert into app_user ("id", "name", "email", "emailVerified", "createdAt", "updatedAt", joined) values ($1, $2, $3, false, now(), now(), true)`,
            [user, name, row.email],
          );
          await client.query(
            `insert into app_account ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt") values ($1, $2, 'credential', $2, $3, now(), now())`,
            [randomUUID(), user, hash],
          );
        }
        await client.query('insert into membership ("user", instance, role) values ($1, $2, $3) on conflict do nothing', [user, row.instance, row.role]);
        return { email: row.email, instance: row.instance, role: row.role, hasAccount: known.rows.length > 0 };
      });
    },

    async forget(instance) {
      await pool.query('delete from membership where instance = $1', [instance]);
      await pool.query('delete from joining where instance = $1', [instance]);
      await pool.query('delete from api_token where instance = $1', [instance]);
    },
  };
}
