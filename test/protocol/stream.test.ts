import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { EntenteError } from '../../src/core/errors.ts';
import { StreamAnswer } from '../../src/protocol/ports.ts';
import { crashesDuring } from '../crashes.ts';
import { protocolNode } from './node.ts';

const MB = 1_048_576;
const SIZE_MB = Number(process.env.STREAM_MB ?? '48');
const signal = new AbortController().signal;

/** Content that need not be kept: each piece follows from its place. */
async function* content(mb: number, seed = 0): AsyncGenerator<Buffer> {
  for (let n = 0; n < mb * 16; n++) {
    const piece = Buffer.alloc(MB / 16, (n * 31 + seed) % 251);
    piece.writeUInt32BE(n);
    yield piece;
  }
}
async function digest(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
}

let open: (n: number) => Promise<Readable> | Readable = () => Readable.from(content(SIZE_MB));
let opened: Readable[] = [];
const offsets: number[] = [];
const there = await protocolNode(async ({ body }) => {
  const { offset } = body as { offset: number };
  offsets.push(offset);
  return new StreamAnswer(offset, async () => {
    const stream = await open(opened.length);
    opened.push(stream);
    return stream;
  });
});
const here = await protocolNode();
there.pin('c', here);
const fetchFrom = async (url: string) => here.client.stream({ ...there.callee, url }, 'connections/c/file', { twin: 't' }, signal);
function begin(how: typeof open): void {
  open = how;
  opened = [];
  offsets.length = 0;
}

/** A way to the node that breaks whenever it has carried so many bytes, `breaks` times. `spoil`: changes what it carries. */
async function way(bytes: number, breaks: number, spoil?: (chunk: Buffer, carried: number) => Buffer): Promise<string> {
  let left = breaks;
  const server = net.createServer((client) => {
    const behind = net.connect(Number(new URL(there.callee.url).port), '127.0.0.1');
    let carried = 0;
    for (const socket of [client, behind]) socket.on('error', () => {});
    client.pipe(behind);
    behind.on('data', (chunk: Buffer) => {
      client.write(spoil ? spoil(chunk, carried) : chunk);
      carried += chunk.length;
      if (carried > bytes && left > 0) {
        left--;
        client.resetAndDestroy();
        behind.destroy();
      }
    });
    behind.on('end', () => client.end());
    client.on('close', () => behind.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

describe('the content of a file', () => {
  test(`${SIZE_MB} MB arrive as they are, in bounded memory`, async () => {
    begin(() => Readable.from(content(SIZE_MB)));
    const before = process.memoryUsage().rss;
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 50);
    const began = performance.now();
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of await fetchFrom(there.callee.url)) {
      size += (chunk as Buffer).length;
      hash.update(chunk as Buffer);
    }
    clearInterval(timer);
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `${SIZE_MB} MB in ${seconds.toFixed(1)} s (${Math.round(SIZE_MB / seconds)} MB/s), both ends in one process: ${Math.round((peak - before) / MB)} MB more than before`,
    );
    expect(size).toBe(SIZE_MB * MB);
    expect(hash.digest('hex')).toBe(await digest(content(SIZE_MB)));
    expect(peak - before).toBeLessThan(150 * MB);
  }, 600_000);

  test('nothing at all is content, too', async () => {
    begin(() => Readable.from([]));
    expect(await digest(await fetchFrom(there.callee.url))).toBe(createHash('sha256').digest('hex'));
  });

  test('goes on where it was when the connection breaks', async () => {
    begin(() => Readable.from(content(24)));
    expect(await digest(await fetchFrom(await way(7 * MB, 3)))).toBe(await digest(content(24)));
    expect(offsets).toHaveLength(4);
    expect(offsets[0]).toBe(0);
    expect(offsets.toSorted((a, b) => a - b)).toEqual(offsets);
    expect(new Set(offsets).size).toBe(4);
  });

  test('is given up when it breaks again and again without getting any further', async () => {
    begin((n) =>
      Readable.from(
        (async function* () {
          if (n === 0) yield* content(1);
          throw new Error('the tracker broke off');
        })(),
      ),
    );
    await expect(digest(await fetchFrom(there.callee.url))).rejects.toMatchObject({ code: 'peer-unavailable' });
    expect(opened.length).toBeLessThan(10);
  });

  test('that is changed on the way is found out at the end, before it can be taken for whole', async () => {
    begin(() => Readable.from(content(3)));
    const spoiled = await way(Number.POSITIVE_INFINITY, 0, (chunk, carried) => {
      if (carried < MB || carried > MB + chunk.length) return chunk;
      const other = Buffer.from(chunk);
      other[other.length >> 1] = (other[other.length >> 1] ?? 0) ^ 1;
      return other;
    });
    await expect(digest(await fetchFrom(spoiled))).rejects.toMatchObject({ code: 'bad-signature', reason: 'altered' });
  });

  test('that is another one after a break is found out', async () => {
    begin((n) => Readable.from(content(12, n)));
    await expect(digest(await fetchFrom(await way(5 * MB, 1)))).rejects.toMatchObject({ code: 'bad-signature', reason: 'altered' });
  });

  test('whose source fails half-way is asked for again', async () => {
    begin((n) =>
      Readable.from(
        (async function* () {
          let sent = 0;
          for await (const piece of content(6)) {
            yield piece;
            sent += piece.length;
            if (n === 0 && sent > 2 * MB) throw new Error('the tracker broke off');
          }
        })(),
      ),
    );
    expect(await digest(await fetchFrom(there.callee.url))).toBe(await digest(content(6)));
  });

  test('that is gone is said to be gone', async () => {
    begin(() => {
      throw new EntenteError('tracker-not-found', 'The file was deleted.');
    });
    await expect(fetchFrom(there.callee.url)).rejects.toMatchObject({ code: 'tracker-not-found', message: 'The file was deleted.' });
  });

  test('that nobody wants any more is closed at its source', async () => {
    begin(() => Readable.from(content(100)));
    const stream = await fetchFrom(there.callee.url);
    await once(stream, 'readable');
    stream.destroy();
    await vi.waitFor(() => expect(opened[0]?.destroyed).toBe(true));
  });

  test('that nobody begins to read is closed at its source as well', async () => {
    begin(() => Readable.from(content(100)));
    const stream = await fetchFrom(there.callee.url);
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    stream.destroy();
    await vi.waitFor(() => expect(opened[0]?.destroyed).toBe(true));
  });

  test('that is called off before anybody reads it is not asked for again, and does not end the process', async () => {
    begin(() => Readable.from(content(100)));
    const crashes = await crashesDuring(async () => {
      const calledOff = new AbortController();
      const stream = await here.client.stream(there.callee, 'connections/c/file', { twin: 't' }, calledOff.signal);
      calledOff.abort();
      await vi.waitFor(() => expect(opened[0]?.destroyed).toBe(true));
      await expect(stream.toArray()).rejects.toMatchObject({ code: 'peer-unavailable' });
    });
    expect(crashes).toEqual([]);
    expect(opened).toHaveLength(1);
  });
});
