import type pg from 'pg';
import type { Session } from './session.ts';
import { toKey } from './text.ts';

/** The database's clock decides, since holders are on different machines. */
export async function takeLease(session: Session, key: string, holder: string, ttlMs: number): Promise<boolean> {
  const rows = await session.read(
    'take-lease',
    `insert into lease (key, holder, until) values ($1, $2, clock_timestamp() + $3::float8 * interval '1 millisecond')
     on conflict (key) do update set holder = excluded.holder, until = excluded.until
       where lease.holder = excluded.holder or lease.until <= clock_timestamp()
     returning 1`,
    [toKey(key), toKey(holder), ttlMs],
  );
  return rows.length > 0;
}

/** A lease that has run out is still held until somebody else takes it: nothing can have been overtaken. */
export async function holdsLease(session: Session, key: string, holder: string): Promise<boolean> {
  const rows = await session.read('holds-lease', 'select 1 from lease where key = $1 and holder = $2 for update', [toKey(key), toKey(holder)]);
  return rows.length > 0;
}

export function releaseLease(session: Session, key: string, holder: string): void {
  session.write('release-lease', 'delete from lease where key = $1 and holder = $2', [toKey(key), toKey(holder)]);
}

/** Holders begin with `HOST-PID-`. One of this host whose process is gone, or whose number is ours now, will not come back for its leases. */
export async function releaseOfTheDead(pool: pg.Pool, host: string, own: string, isAlive: (pid: number) => boolean): Promise<void> {
  const { rows } = await pool.query<{ holder: string }>('select distinct holder from lease');
  const dead = rows.flatMap(({ holder }) => {
    const pid = holder.startsWith(`${host}-`) ? /^(\d+)-/.exec(holder.slice(host.length + 1))?.[1] : undefined;
    if (pid === undefined || holder === own || holder.startsWith(`${own}/`)) return [];
    return Number(pid) === process.pid || !isAlive(Number(pid)) ? [holder] : [];
  });
  // Should it live after all, elsewhere under the same name: whoever goes on without a lease finds out before anything is stored.
  if (dead.length > 0) await pool.query('delete from lease where holder = any($1)', [dead]);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
