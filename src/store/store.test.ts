import { randomBytes } from 'node:crypto';
import { testDatabase } from '../../test/database.ts';
import type { JobOptions } from '../engine/ports.ts';
import { createVault } from '../lib/secrets.ts';
import { testStore } from './conformance/index.ts';
import { createMemoryStore } from './memory/index.ts';
import { createPostgresStore } from './postgres.ts';
import { toKey } from './text.ts';

testStore('memory', async () => {
  const store = createMemoryStore({ freeze: true });
  return {
    store,
    jobs: async () => store.jobs,
    runs: async (side, twin) => store.rows.runs.filter((run) => run.side === side && run.twin === twin),
    conflicts: async (side, twin) => store.rows.conflicts.filter((conflict) => conflict.side === side && conflict.twin === twin),
  };
});

const { pool } = await testDatabase();
testStore('PostgreSQL', async () => {
  const store = createPostgresStore({ pool, vault: createVault(randomBytes(32)) });
  const entries = async (table: string, side: string, twin: string) =>
    (await pool.query(`select entry from ${table} where side = $1 and twin = $2 order by at, seq`, [toKey(side), toKey(twin)])).rows.map((row) => row.entry);
  return {
    store,
    async jobs() {
      const { rows } = await pool.query(
        `select singleton_key as key, data->>'trigger' as trigger, priority, start_after <= now() as due, start_after as at from pgboss.job where state = 'created'`,
      );
      const priorities: Record<number, JobOptions['priority']> = { 10: 'interactive', 0: 'normal', [-10]: 'bulk' };
      return new Map(
        rows.map(({ key, trigger, priority, due, at }) => [
          key,
          { trigger, priority: priorities[priority] ?? 'normal', ...(due ? {} : { notBefore: at.getTime() }) },
        ]),
      );
    },
    runs: (side, twin) => entries('run', side, twin),
    conflicts: (side, twin) => entries('conflict', side, twin),
  };
});
