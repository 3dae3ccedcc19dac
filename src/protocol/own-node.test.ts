import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../test/database.ts';
import { EntenteError } from '../core/errors.ts';
import { createLog } from '../lib/log.ts';
import { createVault } from '../lib/secrets.ts';
import { createListener } from '../store/listen.ts';
import { readNote } from './boots.ts';
import { type OwnNode, openOwnNode } from './own-node.ts';
import { createPeerBoots } from './peer-boots.ts';

const { url: databaseUrl, pool } = await testDatabase();
const vault = createVault(randomBytes(32));
const log = createLog({ level: 'silent' });
const running = new Set<{ stop(): Promise<void> }>();

async function start(home?: string): Promise<OwnNode & { stop(): Promise<void> }> {
  const listener = await createListener(databaseUrl);
  const node = await openOwnNode({ pool, databaseUrl, vault, listener, ...(home ? { home } : {}), log });
  const started = {
    ...node,
    async stop() {
      running.delete(started);
      await node.close();
      await listener.close();
    },
  };
  running.add(started);
  return started;
}
/** As `start`, and stopped again. */
async function visit(home?: string): Promise<ReturnType<OwnNode['current']>> {
  const node = await start(home);
  const now = node.current();
  await node.stop();
  return now;
}
const folder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'entente-own-'));
const homes: string[] = [];
const home = (): string => {
  const made = folder();
  homes.push(made);
  return made;
};
afterEach(async () => {
  for (const node of [...running]) await node.stop();
  await pool.query('delete from node');
  await pool.query('delete from peer_boot');
  for (const made of homes.splice(0)) fs.rmSync(made, { recursive: true });
});

describe('a start that changes nothing is never guarded', () => {
  test('a normal restart keeps the identity and begins a new run', async () => {
    const at = home();
    const first = await visit(at);
    const second = await visit(at);
    expect(second).toMatchObject({ id: first.id, guard: null });
    expect(second.key.key).toBe(first.key.key);
    expect(second.boots).toEqual([expect.not.stringMatching(first.boots[0]), ...first.boots]);
    expect(readNote(at)?.boots[0]).toBe(second.boots[0]);
  });

  test('several processes, each with a data folder of its own, are one run', async () => {
    const first = await start(home());
    const second = await start(home());
    expect(second.current()).toMatchObject({ guard: null, boots: first.current().boots });
    await first.stop();
    const third = await start(home());
    expect(third.current()).toMatchObject({ guard: null, boots: second.current().boots });
  });

  test('processes on two machines, started again one after the other', async () => {
    const [here, there] = [home(), home()];
    const first = await start(here);
    await visit(there);
    await first.stop();
    for (const at of [there, here, there, here]) expect(await visit(at)).toMatchObject({ guard: null });
  });

  test('ten processes that start at once', async () => {
    const at = home();
    const all = await Promise.all(Array.from({ length: 10 }, () => start(at)));
    expect(new Set(all.map((node) => node.current().id)).size).toBe(1);
    expect(all.map((node) => node.current().guard)).toEqual(Array(10).fill(null));
  });

  test('a process that died between database and note', async () => {
    const at = home();
    await visit(at);
    const note = fs.readFileSync(path.join(at, 'node'));
    await visit(at);
    fs.writeFileSync(path.join(at, 'node'), note);
    expect(await visit(at)).toMatchObject({ guard: null });
  });

  test('a node without a data folder', async () => {
    await visit();
    expect(await visit()).toMatchObject({ guard: null });
  });
});

describe('a copy', () => {
  test('of the database alone is guarded, at each start, until somebody answers', async () => {
    const original = await visit(home());
    expect((await visit(home())).guard).toMatchObject({ kind: 'copied' });
    const at = home();
    const copy = await start(at);
    expect(() => copy.assertFree()).toThrow(EntenteError);
    expect(readNote(at)).toBeNull();
    await copy.answerGuard('copy');
    expect(copy.current().guard).toBeNull();
    expect(copy.current().id).not.toBe(original.id);
    expect(copy.current().key.key).not.toBe(original.key.key);
    await copy.stop();
    expect(await visit(at)).toMatchObject({ guard: null, id: copy.current().id });
  });

  test('that is the real one goes on with its identity', async () => {
    const original = await visit(home());
    const at = home();
    const moved = await start(at);
    await moved.answerGuard('real');
    expect(moved.current()).toMatchObject({ id: original.id, guard: null, real: moved.current().boots[0] });
    await moved.stop();
    expect(await visit(at)).toMatchObject({ guard: null, id: original.id });
  });

  test('ends its connections, and nobody is told', async () => {
    await visit(home());
    const columns = `id, connection, name, description, mode, instance, peer, leads, policy, status, start, created_at, rest`;
    await pool.query(`insert into side (${columns}) values ('s', 'c', 'n', '', 'basic', 'i', '{"kind":"node"}', true, 'lead', 'active', 'manual', '', '{}')`);
    const copy = await start(home());
    await copy.answerGuard('copy');
    expect((await pool.query('select 1 from side')).rowCount).toBe(0);
    expect((await pool.query('select side from removed_side')).rows).toEqual([{ side: 's' }]);
  });

  test('another process is told what the operator has answered', async () => {
    await visit(home());
    const [first, second] = [await start(home()), await start(home())];
    expect(second.current().guard).toMatchObject({ kind: 'copied' });
    const heard = new Promise<void>((resolve) => second.onChange(resolve));
    await first.answerGuard('real');
    await heard;
    expect(second.current().guard).toBeNull();
  });
});

test('a database that was restored from a backup is guarded, and goes on as what it was', async () => {
  const at = home();
  const before = await visit(at);
  await visit(at);
  await pool.query('update node set boots = $1', [JSON.stringify(before.boots)]);
  const restored = await start(at);
  expect(restored.current().guard).toMatchObject({ kind: 'restored' });
  const known = readNote(at)?.boots ?? [];
  await restored.answerGuard('real');
  expect(restored.current().boots).toEqual([restored.current().boots[0], ...known]);
});

describe('what other nodes know of our runs', () => {
  const boots = createPeerBoots(pool);
  const heard = (header: string, created = 1000, key = 'key') => boots.assertOneChain(key, header, created);

  test('one run after the other is one chain, also when some were never heard of', async () => {
    await heard('b0001');
    await heard('b0002, b0001');
    await heard('b0009, b0008, b0002, b0001');
    await heard('b0009, b0008, b0002, b0001');
  });

  test('a request that was under way while the node was started again is taken', async () => {
    await heard('b0001', 1000);
    await heard('b0002, b0001', 2000);
    await heard('b0001', 2030);
  });

  test('a copy that went its own way is refused, and so is the one that it came from once the copy was there first', async () => {
    await heard('b0001', 1000);
    await heard('b0002, b0001', 2000);
    await expect(heard('b0bad, b0001', 3000)).rejects.toMatchObject({ code: 'node-copied', details: { boot: 'b0002', yours: 'b0bad' } });
    await heard('b0003, b0002, b0001', 4000);
    await expect(heard('b0002, b0001', 5000)).rejects.toMatchObject({ code: 'node-copied', details: { boot: 'b0003', yours: 'b0002' } });
  });

  test('the one that an operator has called the real one is believed, once', async () => {
    await heard('b0001', 1000);
    await heard('b0bad, b0001', 2000);
    await heard('b0003;real, b0002, b0001', 3000);
    await expect(heard('b0bad, b0001', 4000)).rejects.toMatchObject({ code: 'node-copied' });
    // A copy that was made afterwards.
    await heard('b0004, b0003;real, b0002', 5000);
    await expect(heard('b0005, b0003;real, b0002', 6000)).rejects.toMatchObject({ code: 'node-copied' });
  });

  test('a request that does not say where it comes from is refused', async () => {
    for (const header of ['', 'b', '"x"', 'b0001;;', Array(99).fill('b0001').join(', ')])
      await expect(heard(header)).rejects.toMatchObject({ code: 'peer-refused' });
  });
});

test('a node that hears of a rival stops until an operator answers, and then is believed', async () => {
  const at = home();
  const node = await start(at);
  const boots = createPeerBoots(pool);
  await boots.assertOneChain('key', node.bootHeader(), 1000);
  await boots.assertOneChain('key', `b0bad, ${node.bootHeader()}`, 2000);
  const yours = node.current().boots[0];
  await expect(boots.assertOneChain('key', node.bootHeader(), 3000)).rejects.toMatchObject({ code: 'node-copied', details: { boot: 'b0bad', yours } });
  await node.rival(yours, 'b0bad');
  expect(node.current().guard).toMatchObject({ kind: 'rival', boot: 'b0bad' });
  await node.answerGuard('real');
  await boots.assertOneChain('key', node.bootHeader(), 4000);
  await node.stop();
  expect(await visit(at)).toMatchObject({ guard: null });
});
