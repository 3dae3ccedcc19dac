import { expect, test } from 'vitest';
import { testDatabase } from '../../test/database.ts';
import { enqueueStatement } from '../store/enqueue.ts';
import { createReads } from './postgres-reads.ts';

const { pool } = await testDatabase();
const reads = createReads({ pool });

test('the queue counts only what belongs to the sides that the caller may see', async () => {
  for (const [side, twin] of [
    ['sours', 't1'],
    ['sours', 't2'],
    ['stheirs', 't3'],
  ] as const)
    await pool.query(enqueueStatement(side, twin, { trigger: 'manual', priority: 'normal' }));
  expect(await reads.queue(['sours'])).toMatchObject({ waiting: 2, running: 0, oldestAt: expect.any(String) });
  expect(await reads.queue(['stheirs'])).toMatchObject({ waiting: 1 });
  expect(await reads.queue([])).toEqual({ waiting: 0, running: 0, oldestAt: null });
  expect(await reads.queue(null)).toMatchObject({ waiting: 3 });
});
