import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { emptyDatabase } from '../../test/database.ts';
import { createVault } from '../lib/secrets.ts';
import { migrate, migrations } from './migrate.ts';
import { createPool } from './pool.ts';
import { createPostgresStore } from './postgres.ts';
import { anInstance, aSide, aTrace, aTwin } from './samples.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'entente-migrations-'));
const pools: pg.Pool[] = [];
afterAll(async () => {
  fs.rmSync(scratch, { recursive: true });
  await Promise.all(pools.map((pool) => pool.end()));
});

async function freshDatabase(options = '') {
  const url = await emptyDatabase(options);
  const pool = createPool(url);
  pools.push(pool);
  return { url, pool };
}

/** A folder that holds the first migrations only. */
function prefix(count: number): URL {
  const folder = fs.mkdtempSync(path.join(scratch, 'prefix-'));
  for (const name of migrations.slice(0, count)) fs.copyFileSync(new URL(`./migrations/${name}`, import.meta.url), path.join(folder, name));
  return pathToFileURL(`${folder}/`);
}

const schema = async (pool: pg.Pool) =>
  (
    await pool.query(`select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as it from information_schema.columns where table_schema = 'public'
      union all select indexdef from pg_indexes where schemaname = 'public' order by 1`)
  ).rows.map((row) => row.it as string);

test('an empty database is brought to the newest version; the second time there is nothing to do', async () => {
  const { url, pool } = await freshDatabase();
  expect(await migrate(pool, url)).toEqual(migrations);
  const before = await schema(pool);
  expect(await migrate(pool, url)).toEqual([]);
  expect(await schema(pool)).toEqual(before);
  expect((await pool.query('select count(*)::int as n from migration')).rows).toEqual([{ n: migrations.length }]);
});

test('a database of each earlier version, with rows in it, ends like a new one and keeps its rows', async () => {
  const { url: newest, pool: reference } = await freshDatabase();
  await migrate(reference, newest);
  const wanted = await schema(reference);
  const sync = migrations.indexOf('0002_sync.sql') + 1;
  for (let count = 1; count < migrations.length; count++) {
    const { url, pool } = await freshDatabase();
    expect(await migrate(pool, url, prefix(count))).toEqual(migrations.slice(0, count));
    await pool.query(`insert into app_user (id, name, email, "emailVerified", "updatedAt") values ('u', 'Ada', 'ada@acme.test', true, now())`);
    const vault = createVault(randomBytes(32));
    const [instance, side, twin, trace] = [anInstance(), aSide(), aTwin({ reason: 'a\0b' }), aTrace()];
    const store = createPostgresStore({ pool, vault });
    if (count >= sync) await oldRows(pool, vault, { instance, side, twin, trace });
    expect(await migrate(pool, url)).toEqual(migrations.slice(count));
    expect(await schema(pool)).toEqual(wanted);
    expect((await pool.query('select name from app_user')).rows).toEqual([{ name: 'Ada' }]);
    if (count < sync) continue;
    await store.transaction(async (tx) => {
      expect(await tx.instance(instance.id)).toEqual(instance);
      expect(await tx.side(side.id)).toEqual(side);
      expect(await tx.twin(twin.side, twin.id)).toEqual(twin);
      expect(await tx.traces(trace.instance, trace.entity)).toEqual([trace]);
      expect(await tx.holdsLease('poll', 'me')).toBe(true);
    });
  }
}, 60_000);

/** Rows as version 0002 wrote them: this never changes after a release. */
async function oldRows(
  pool: pg.Pool,
  vault: ReturnType<typeof createVault>,
  rows: { instance: ReturnType<typeof anInstance>; side: ReturnType<typeof aSide>; twin: ReturnType<typeof aTwin>; trace: ReturnType<typeof aTrace> },
) {
  const { instance: i, side: s, twin, trace: t } = rows;
  const insert = (table: string, row: Record<string, unknown>) => {
    const names = Object.keys(row);
    return pool.query(`insert into ${table} (${names.join(', ')}) values (${names.map((_, n) => `$${n + 1}`).join(', ')})`, Object.values(row));
  };
  const settings = vault.seal(Buffer.from(JSON.stringify(i.settings)), `instance/${i.id}/settings`);
  await insert('instance', {
    ...{ id: i.id, slug: i.slug, platform: i.platform, name: i.name, url: i.url, default_type: null, settings, webhook: null },
    ...{ paused_until: null, problem: null, cursor: null, polled_at: null, rest: JSON.stringify({ createdAt: i.createdAt }) },
  });
  await insert('side', {
    ...{
      id: s.id,
      connection: s.connection,
      name: s.name,
      description: s.description,
      mode: s.mode,
      instance: s.instance,
      scope: s.scope,
      peer: JSON.stringify(s.peer),
    },
    ...{
      leads: s.leads,
      policy: s.policy,
      status: s.status,
      start: s.start,
      problem: null,
      created_at: s.createdAt,
      rest: JSON.stringify({ resumeFrom: null }),
    },
  });
  const { shadow, flight, inbox, ...rest } = twin;
  await insert('twin', {
    ...{ side: twin.side, id: twin.id, instance: twin.instance, local: twin.local, local_urn: twin.entity?.urn, peer_urn: null, status: twin.status },
    ...{ shadow: JSON.stringify(shadow), flight: JSON.stringify(flight), inbox: JSON.stringify(inbox), rest: JSON.stringify(rest) },
  });
  await insert('trace', { instance: t.instance, entity: t.entity, gid: t.gid, kind: t.kind, local: t.local, entry: JSON.stringify(t) });
  await insert('run', { id: 'r1', side: twin.side, twin: twin.id, at: '2026-01-01', entry: '{}' });
  await insert('lease', { key: 'poll', holder: 'me', until: '2030-01-01' });
}

test('several processes that start at once migrate once, and all of them can start', async () => {
  const { url, pool } = await freshDatabase();
  const script = `
    import pg from 'pg';
    import { migrate } from ${JSON.stringify(new URL('./migrate.ts', import.meta.url).href)};
    const pool = new pg.Pool({ connectionString: process.argv[1] });
    const ran = await migrate(pool, process.argv[1]);
    await pool.end();
    console.log(JSON.stringify(ran));`;
  const ran = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, url], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const [code] = (await once(child, 'close')) as [number];
      expect(code).toBe(0);
      return JSON.parse(said) as string[];
    }),
  );
  expect(ran.flat().sort((a, b) => a.localeCompare(b))).toEqual(migrations);
  expect((await pool.query('select count(*)::int as n from migration')).rows).toEqual([{ n: migrations.length }]);
}, 30_000);

test('a migration that fails is named and leaves nothing behind; those before it stay', async () => {
  const { url, pool } = await freshDatabase();
  const folder = prefix(1);
  fs.writeFileSync(new URL('./0002_broken.sql', folder), 'create table half (id int); create table half (id int);');
  await expect(migrate(pool, url, folder)).rejects.toThrow(/^Migration 0002_broken\.sql failed and was taken back: relation "half" already exists$/);
  expect((await pool.query(`select to_regclass('half') as half, to_regclass('app_user')::text as sign_in`)).rows).toEqual([
    { half: null, sign_in: 'app_user' },
  ]);
  fs.rmSync(new URL('./0002_broken.sql', folder));
  expect(await migrate(pool, url)).toEqual(migrations.slice(1));
});

test('a database that is not in UTF-8 is refused with the command that makes a good one', async () => {
  const { url, pool } = await freshDatabase(`encoding 'LATIN1' locale 'C'`);
  await expect(migrate(pool, url)).rejects.toThrow(/encoding is LATIN1.*createdb --encoding=UTF8/);
});
