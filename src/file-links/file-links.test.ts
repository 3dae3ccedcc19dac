import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../test/database.ts';
import { linkOf } from '../core/file-link.ts';
import { TrackerError } from '../core/tracker-error.ts';
import { FileGone } from '../engine/index.ts';
import type { Store } from '../engine/ports.ts';
import { createLog } from '../lib/log.ts';
import { createVault } from '../lib/secrets.ts';
import { createPostgresStore } from '../store/postgres.ts';
import { reseal } from '../store/reseal.ts';
import { anInstance, aSide, aTwin } from '../store/samples.ts';
import { openFileLinks } from './index.ts';

const DAY = 86_400_000;
const [KEY, NEXT_KEY] = [randomBytes(32), randomBytes(32)];
const call = { signal: new AbortController().signal, priority: 'normal' } as const;

const { pool } = await testDatabase();
let store: Store;
let app: FastifyInstance;
let now = Date.UTC(2026, 10, 23, 12);
/** What the other side answers when it is asked for a file. */
let there: () => Readable;
let asked: string[] = [];
let links: Awaited<ReturnType<typeof open>>['links'];
const instance = anInstance();
const side = aSide({ instance: instance.id });
const gid = 'globex:77:f:9 ü';
const twin = aTwin({ side: side.id, instance: instance.id });

const open = (url = 'https://node.example/entente', keys = [KEY]) =>
  openFileLinks({
    pool,
    vault: createVault(...(keys as [Buffer])),
    store,
    peers: () => ({
      openFile: async (from, about, file) => {
        asked.push(`${from.id === side.id} ${about === twin.id} ${file}`);
        return there();
      },
    }),
    url,
    days: 30,
    now: () => now,
    log: createLog({ level: 'silent' }),
  });
const get = (url: string) => app.inject({ method: 'GET', url: new URL(url).pathname.replace('/entente', '') });
const file = (type: string, name: string) => ({ name, type, size: 5, comment: null, at: '2026-03-01T12:00:00.000Z' });

async function holds(type: string, name = 'a.bin'): Promise<string> {
  await store.transaction((tx) => tx.saveTwin({ ...twin, shadow: { fields: {}, comments: {}, files: { [gid]: file(type, name) } } }));
  return links.url(linkOf({ side: side.id, twin: twin.id, gid }), name);
}

beforeAll(async () => {
  store = createPostgresStore({ pool, vault: createVault(KEY) });
  await store.transaction(async (tx) => {
    await tx.saveInstance(instance);
    await tx.saveSide(side);
  });
  const opened = await open();
  links = opened.links;
  app = Fastify();
  await app.register(opened.routes);
  there = () => Readable.from([Buffer.from('hello')]);
});
afterAll(() => app.close());

describe('a file of the other side under an address of this node', () => {
  test('is fetched there each time, and is a download under its own name', async () => {
    asked = [];
    const answer = await get(await holds('text/html', 'evil <page>.html'));
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe('hello');
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(answer.headers['content-disposition']).toBe("attachment; filename*=UTF-8''evil%20%3Cpage%3E.html");
    expect(answer.headers['content-security-policy']).toBe("default-src 'none'; sandbox");
    expect(asked).toEqual([`true true ${gid}`]);
  });

  test('is shown as a picture when it is one; one that may hold a script is not', async () => {
    const png = await get(await holds('image/png', 'ä.png'));
    expect(png.headers['content-type']).toBe('image/png');
    expect(png.headers['content-disposition']).toBe("inline; filename*=UTF-8''%C3%A4.png");
    expect((await get(await holds('image/svg+xml', 'a.svg'))).headers['content-disposition']).toMatch(/^attachment/);
  });

  test('is not to be had with an address that was altered in any part, or made up', async () => {
    const address = await holds('image/png', 'a.png');
    const [, , , , , link = '', signed = ''] = address.split('/');
    const other = Buffer.from(linkOf({ side: side.id, twin: twin.id, gid: 'globex:78:f:1' })).toString('base64url');
    for (const wrong of [
      address.replace(link, other),
      address.replace(signed, signed.replace(/^\w+/, 'zzz')),
      address.replace(signed, `${signed.slice(0, -1)}${signed.endsWith('A') ? 'B' : 'A'}`),
      address.replace(signed, signed.split('-')[0] ?? ''),
    ]) {
      asked = [];
      expect(links.fileOf(wrong)).toBeUndefined();
      const answer = await get(wrong);
      expect([answer.statusCode, answer.body]).toEqual([404, 'There is no such file. Was the address copied whole?\n']);
      expect(asked).toEqual([]);
    }
  });

  test('opens for its days and not longer; a text that is written again gets a fresh address of the same file', async () => {
    const address = await holds('text/plain');
    expect(await holds('text/plain')).toBe(address);
    now += 29 * DAY;
    expect((await get(address)).statusCode).toBe(200);
    now += 2 * DAY;
    const late = await get(address);
    expect(late.statusCode).toBe(410);
    expect(late.body).toMatch(/^This address ended on 2026-12-2\d\. The file is still where it was attached/);
    const again = await holds('text/plain');
    expect(again).not.toBe(address);
    expect((await get(again)).statusCode).toBe(200);
    expect(links.fileOf(address)?.link).toBe(links.fileOf(again)?.link);
  });

  test('is gone with a sentence when it was removed, or the twin is unlinked; and later, when its tracker cannot be asked', async () => {
    const address = await holds('text/plain');
    there = () => {
      throw new FileGone(gid);
    };
    expect((await get(address)).statusCode).toBe(404);
    there = () => {
      throw new TrackerError('unavailable', 'No answer from https://secret-host.internal');
    };
    const later = await get(address);
    expect([later.statusCode, later.body]).toEqual([502, 'The file cannot be fetched from the tracker that holds it just now. Try again in a while.\n']);
    there = () => Readable.from([Buffer.from('hello')]);
    await store.transaction((tx) =>
      tx.saveTwin({ ...twin, status: 'unlinked', shadow: { fields: {}, comments: {}, files: { [gid]: file('text/plain', 'a') } } }),
    );
    expect((await get(address)).body).toMatch(/no longer there/);
    await expect(links.open(linkOf({ side: side.id, twin: twin.id, gid }), call)).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('is still known by its address after the node has moved, restarted, and changed its master key', async () => {
    const address = await holds('text/plain', 'log file.txt');
    await reseal(pool, createVault(NEXT_KEY, KEY));
    const moved = await open('https://other.example', [NEXT_KEY]);
    expect(moved.links.fileOf(address)).toMatchObject({ link: linkOf({ side: side.id, twin: twin.id, gid }), name: 'log file.txt' });
    expect(moved.links.fileOf('https://other.example/files/x/y/z')).toBeUndefined();
    const { stream, type, size } = await moved.links.open(linkOf({ side: side.id, twin: twin.id, gid }), call);
    expect([type, size, Buffer.concat(await stream.toArray()).toString()]).toEqual(['text/plain', 5, 'hello']);
  });
});
