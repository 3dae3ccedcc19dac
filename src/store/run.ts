import type pg from 'pg';
import type { SyncRun } from '../engine/ports.ts';
import { toJson } from './columns.ts';
import type { Session } from './session.ts';
import { toKey } from './text.ts';

export function addRun(session: Session, run: SyncRun): void {
  session.write('add-run', 'insert into run (id, side, twin, at, stage, entry) values ($1, $2, $3, $4, $5, $6)', [
    toKey(run.id),
    toKey(run.side),
    toKey(run.twin),
    run.at,
    run.stage,
    toJson(run),
  ]);
}

const BATCH = 2000;

/** Deletes the runs from before that moment, in batches, so that nobody waits for it. Conflicts stay. Returns how many went. */
export async function pruneRuns(pool: pg.Pool, olderThan: Date): Promise<number> {
  let pruned = 0;
  // Side by side, since that is how the index runs.
  for (let side: string | undefined = ''; side !== undefined; ) {
    const next: pg.QueryResult<{ side: string }> = await pool.query('select side from run where side > $1 order by side limit 1', [side]);
    side = next.rows[0]?.side;
    if (side === undefined) break;
    let gone = BATCH;
    while (gone === BATCH) {
      const { rowCount } = await pool.query('delete from run where id in (select id from run where side = $1 and at < $2 order by at limit $3)', [
        side,
        olderThan,
        BATCH,
      ]);
      gone = rowCount ?? 0;
      pruned += gone;
    }
  }
  return pruned;
}
