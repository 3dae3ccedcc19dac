import { createHash } from 'node:crypto';
import type pg from 'pg';

/** Slows guessing down, by all processes of a node together. */
export interface SignInLimit {
  /** Counts a try; `email` null: to sign up. Returns for how many seconds no further one is taken; 0: this one is. */
  begin(email: string | null, address: string): Promise<number>;
  /** The password was right: what was tried for the account before does not count any more. */
  passed(email: string): Promise<void>;
}

/** Per address little, soon over. Per account more, since who knows only its name must not be able to keep its owner out with a few tries. */
const ADDRESS = { tries: 10, seconds: 60 };
const ACCOUNT = { tries: 20, seconds: 15 * 60 };
const LONGEST = Math.max(ADDRESS.seconds, ACCOUNT.seconds);

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const account = (email: string): Buffer => digest(`account ${email.trim().toLowerCase()}`);

export function createSignInLimit(pool: pg.Pool): SignInLimit {
  /** Written down before anybody counts, so that many at once are not each the first. What is not taken does not count, or waiting would never end. */
  async function count(who: Buffer, { tries, seconds }: typeof ADDRESS): Promise<number> {
    const { rows: made } = await pool.query<{ id: string }>('insert into sign_in_try (who) values ($1) returning id', [who]);
    const { rows } = await pool.query<{ tries: number; wait: number }>(
      `select count(*)::int as tries, coalesce(ceil(extract(epoch from min(at) + make_interval(secs => $2) - now())), 0)::int as wait
       from sign_in_try where who = $1 and at > now() - make_interval(secs => $2)`,
      [who, seconds],
    );
    const [found] = rows;
    if (!found || found.tries <= tries) return 0;
    await pool.query('delete from sign_in_try where id = $1', [made[0]?.id]);
    return Math.max(1, found.wait);
  }
  return {
    async begin(email, address) {
      await pool.query('delete from sign_in_try where at < now() - make_interval(secs => $1)', [LONGEST]);
      const wait = await count(digest(`${email === null ? 'new' : 'address'} ${network(address)}`), ADDRESS);
      // Who is held back by address does not use up the tries of an account.
      return wait > 0 || email === null ? wait : count(account(email), ACCOUNT);
    },
    async passed(email) {
      await pool.query('delete from sign_in_try where who = $1', [account(email)]);
    },
  };
}

/** Whoever has one IPv6 address has 2^64 of them: they count as one. */
export function network(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const before = head ? head.split(':') : [];
  const after = tail ? tail.split(':') : [];
  const groups = tail === undefined ? before : [...before, ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
