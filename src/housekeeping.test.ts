import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { testDatabase } from '../test/database.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createLog } from './lib/log.ts';
import { createVault } from './lib/secrets.ts';
import { createPostgresStore } from './store/postgres.ts';
import { aRun } from './store/samples.ts';

const { pool } = await testDatabase();
const [older, newer] = [randomBytes(32), randomBytes(32)];
const vault = createVault(newer, older);
const store = createPostgresStore({ pool, vault });
const deps = { pool, store, vault, olderKeys: true, keepDays: 30, holder: 'one', log: createLog({ level: 'silent' }) };
const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const runs = async () => (await pool.query<{ n: number }>('select count(*)::int as n from run')).rows[0]?.n;

test('at the start, old runs go and what an older key has sealed is sealed anew', async () => {
  await store.transaction(async (tx) => {
    for (const days of [31, 29]) await tx.addRun(aRun({ at: ago(days) }));
  });
  const sealed = createVault(older).seal(Buffer.from('seed'), 'node/key');
  await pool.query(`insert into node (id, key, secret, boots) values ('n1', 'k', $1, '[]')`, [sealed]);
  await startHousekeeping(deps).stop();
  expect(await runs()).toBe(1);
  const { rows } = await pool.query<{ secret: Buffer }>('select secret from node');
  expect(
    createVault(newer)
      .open(rows[0]?.secret ?? Buffer.alloc(0), 'node/key')
      .toString(),
  ).toBe('seed');
});

test('of several processes one does it', async () => {
  await store.transaction((tx) => tx.addRun(aRun({ at: ago(40) })));
  await store.transaction((tx) => tx.takeLease('housekeeping', 'two', 60_000));
  await startHousekeeping(deps).stop();
  expect(await runs()).toBe(2);
});
