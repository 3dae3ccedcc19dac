import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { testDatabase } from '../../test/database.ts';
import { createVault, SecretError } from '../lib/secrets.ts';
import { createPostgresStore } from './postgres.ts';
import { reseal } from './reseal.ts';
import { pruneRuns } from './run.ts';
import { anInstance, aRun, aTwin, fresh } from './samples.ts';

const { pool } = await testDatabase();
const keys = [randomBytes(32), randomBytes(32)] as const;
const store = createPostgresStore({ pool, vault: createVault(keys[0]) });

test('settings and webhook secrets are not readable in the database', async () => {
  const instance = anInstance({ settings: { token: 'correct horse' }, webhook: { secret: 'battery staple' } });
  await store.transaction((tx) => tx.saveInstance(instance));
  const { rows } = await pool.query('select i::text as row, settings, webhook from instance i where id = $1', [instance.id]);
  const everything = `${rows[0].row} ${rows[0].settings} ${rows[0].webhook}`;
  expect(everything).toContain(instance.slug);
  expect(everything).not.toMatch(/correct horse|battery staple/);
});

test('settings that were copied to another instance do not open there', async () => {
  const [rich, poor] = [anInstance(), anInstance()];
  await store.transaction(async (tx) => {
    await tx.saveInstance(rich);
    await tx.saveInstance(poor);
  });
  await pool.query('update instance set settings = (select settings from instance where id = $1) where id = $2', [rich.id, poor.id]);
  await expect(store.transaction((tx) => tx.instance(poor.id))).rejects.toThrow(SecretError);
  await pool.query('delete from instance where id = $1', [poor.id]);
});

test('after a rotation, the newer key alone opens everything', async () => {
  const instance = anInstance({ webhook: { secret: 's' } });
  await store.transaction((tx) => tx.saveInstance(instance));
  const newer = createPostgresStore({ pool, vault: createVault(keys[1]) });
  await expect(newer.transaction((tx) => tx.instance(instance.id))).rejects.toThrow(/sealed with another key/);
  const both = createVault(keys[1], keys[0]);
  expect(await reseal(pool, both)).toBeGreaterThan(0);
  expect(await newer.transaction((tx) => tx.instance(instance.id))).toEqual(instance);
  expect(await reseal(pool, both)).toBe(0);
  await pool.query('delete from instance');
});

test('runs from before a moment are pruned, on every side; younger ones and twins stay', async () => {
  const sides = [fresh('a'), fresh('b')];
  const twin = aTwin();
  await store.transaction(async (tx) => {
    await tx.saveTwin(twin);
    for (const side of sides)
      for (const at of ['2026-01-01T00:00:00Z', '2026-01-31T23:59:59Z', '2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z']) await tx.addRun(aRun({ side, at }));
  });
  expect(await pruneRuns(pool, new Date('2026-02-01T00:00:00Z'))).toBe(4);
  const { rows } = await pool.query('select side, count(*)::int as left from run group by side order by side');
  expect(rows).toEqual(sides.map((side) => ({ side, left: 2 })));
  expect(await store.transaction((tx) => tx.twin(twin.side, twin.id))).toEqual(twin);
  expect(await pruneRuns(pool, new Date('2026-02-01T00:00:00Z'))).toBe(0);
});

test('a transaction that the database gave up to break a deadlock is run again', async () => {
  const [a, b] = [aTwin(), aTwin()];
  await store.transaction(async (tx) => {
    await tx.saveTwin(a);
    await tx.saveTwin(b);
  });
  let attempts = 0;
  const both = (first: typeof a, second: typeof a) =>
    store.transaction(async (tx) => {
      attempts++;
      for (const { side, id } of [first, second]) {
        const twin = await tx.twin(side, id);
        if (twin) await tx.saveTwin({ ...twin, outSeq: twin.outSeq + 1 });
        await sleep(50);
      }
    });
  await Promise.all([both(a, b), both(b, a)]);
  expect(attempts).toBe(3);
  for (const { side, id } of [a, b]) expect((await store.transaction((tx) => tx.twin(side, id)))?.outSeq).toBe(2);
}, 15_000);

test('an error of the work itself is not retried', async () => {
  let attempts = 0;
  const failing = store.transaction(async () => {
    attempts++;
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(attempts).toBe(1);
});

test('a connection that breaks in mid-transaction fails that one only', async () => {
  const twin = aTwin();
  const failing = store.transaction(async (tx) => {
    await tx.saveTwin(twin);
    await tx.twin(twin.side, twin.id);
    await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()`);
    await sleep(20);
    await tx.twin(twin.side, twin.id);
  });
  await expect(failing).rejects.toThrow(/terminat/i);
  expect(await store.transaction((tx) => tx.twin(twin.side, twin.id))).toBeNull();
});

test('large parts of a twin are written only when they changed', async () => {
  const twin = aTwin({ shadow: { fields: { summary: randomBytes(200_000).toString('base64') }, comments: {}, files: {} } });
  await store.transaction((tx) => tx.saveTwin(twin));
  const written = async (change: Partial<typeof twin>) => {
    const at = async () => (await pool.query<{ at: string }>('select pg_current_wal_insert_lsn()::text as at')).rows[0]?.at;
    const before = await at();
    await store.transaction(async (tx) => {
      const now = await tx.twin(twin.side, twin.id);
      if (now) await tx.saveTwin({ ...now, ...change });
    });
    return Number((await pool.query('select pg_wal_lsn_diff($1, $2)::int as bytes', [await at(), before])).rows[0].bytes);
  };
  expect(await written({ dirty: false })).toBeLessThan(50_000);
  expect(await written({ shadow: { ...twin.shadow, fields: { summary: randomBytes(200_000).toString('base64') } } })).toBeGreaterThan(200_000);
});
