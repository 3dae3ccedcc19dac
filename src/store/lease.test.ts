import { expect, test } from 'vitest';
import { testDatabase } from '../../test/database.ts';
import { releaseOfTheDead } from './lease.ts';

const { pool } = await testDatabase();

test('leases of processes of this machine that are gone are released at once; all others run on', async () => {
  const own = `desk-${process.pid}-b`;
  const holders = ['desk-7-a/run', 'desk-8-a/run', `desk-${process.pid}-a/run`, `${own}/run`, own, 'other-desk-7-a/run', 'other-7-a', 'desk'];
  for (const holder of holders) await pool.query(`insert into lease (key, holder, until) values ($1, $1, now() + interval '1 minute')`, [holder]);
  await releaseOfTheDead(pool, 'desk', own, (pid) => pid === 8);
  const { rows } = await pool.query<{ holder: string }>('select holder from lease');
  expect(rows.map(({ holder }) => holder).toSorted()).toEqual(['desk', 'desk-8-a/run', own, `${own}/run`, 'other-7-a', 'other-desk-7-a/run'].toSorted());
});
