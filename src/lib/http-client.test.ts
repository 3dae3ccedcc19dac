import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { crashesDuring } from '../../test/crashes.ts';
import type { TrackerError } from '../core/tracker-error.ts';
import type { CallContext, HttpRequest } from './http.ts';
import { type AccountHttpClient, createHttpClient, type Exchange, type HttpClientOptions } from './http-client.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function tracker(handle: (req: IncomingMessage, res: ServerResponse) => void, options: HttpClientOptions = {}) {
  const server = createServer(handle);
  const port = await listening(server);
  cleanups.push(() => server.closeAllConnections());
  return { url: `http://127.0.0.1:${port}`, client: clientFor(port, options) };
}

/** A server that speaks no more HTTP than the test lets it. */
async function rawTracker(onData: (socket: import('node:net').Socket) => void, options: HttpClientOptions = {}) {
  const sockets = new Set<import('node:net').Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => onData(socket));
  });
  const port = await listening(server);
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { url: `http://127.0.0.1:${port}`, client: clientFor(port, options) };
}

function clientFor(port: number, options: HttpClientOptions): AccountHttpClient {
  const client = createHttpClient({ allowPrivate: new Set([`127.0.0.1:${port}`]), timeoutMs: 10_000, ...options });
  cleanups.push(() => client.close());
  return client;
}

const calling = (more: Partial<CallContext> = {}): CallContext => ({ signal: new AbortController().signal, priority: 'normal', ...more });
const failure = (client: AccountHttpClient, request: HttpRequest, call = calling()): Promise<TrackerError> =>
  client.request(request, call).then(
    () => expect.unreachable('the request should have failed'),
    (error) => error as TrackerError,
  );
const ok = (res: ServerResponse, body: unknown = {}): void => {
  res.setHeader('content-type', 'application/json').end(JSON.stringify(body));
};

test('JSON goes out and comes back', async () => {
  const { url, client } = await tracker((req, res) => {
    req.setEncoding('utf8').once('data', (text) => ok(res, { method: req.method, type: req.headers['content-type'], got: JSON.parse(text) }));
  });
  const answer = await client.request({ method: 'POST', url, json: { a: 'é' } }, calling());
  expect(answer.json()).toEqual({ method: 'POST', type: 'application/json', got: { a: 'é' } });
});

test('statuses that only the caller can judge are handed over', async () => {
  const { url, client } = await tracker((_, res) => void res.writeHead(422).end('{"error":"x"}'));
  expect(await client.request({ method: 'GET', url }, calling())).toMatchObject({ status: 422, text: '{"error":"x"}' });
});

test('an answer that is no JSON is a protocol error that says what came', async () => {
  const { url, client } = await tracker((_, res) => void res.end('<html>Sign in</html>'));
  const answer = await client.request({ method: 'PUT', url }, calling());
  expect(() => answer.json()).toThrow(expect.objectContaining({ kind: 'protocol', inDoubt: true, message: expect.stringContaining('a web page') }));
});

test('redirects are handed over, never followed', async () => {
  const seen: string[] = [];
  const { url, client } = await tracker((req, res) => {
    seen.push(req.url ?? '');
    res.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
  });
  const answer = await client.request({ method: 'GET', url: `${url}/start` }, calling());
  expect([answer.status, answer.headers.location, seen]).toEqual([302, 'http://169.254.169.254/latest/meta-data', ['/start']]);
  expect(await failure(client, { method: 'GET', url: answer.headers.location ?? '' })).toMatchObject({ kind: 'forbidden' });
});

test('an own error of the tracker is unavailable, and a write is then in doubt', async () => {
  const { url, client } = await tracker((_, res) => void res.writeHead(502).end());
  expect(await failure(client, { method: 'GET', url })).toMatchObject({ kind: 'unavailable', inDoubt: false, status: 502 });
  expect(await failure(client, { method: 'PUT', url })).toMatchObject({ kind: 'unavailable', inDoubt: true, status: 502 });
});

test('a connection that drops after the request went out leaves a write in doubt', async () => {
  const { url, client } = await tracker((req) => req.socket.destroy());
  expect(await failure(client, { method: 'GET', url })).toMatchObject({ kind: 'unavailable', inDoubt: false });
  expect(await failure(client, { method: 'POST', url, json: {} })).toMatchObject({ kind: 'unavailable', inDoubt: true });
});

test('no connection means that nothing was written, and is not counted as a request', async () => {
  const other = clientFor(1, {});
  const requests: unknown[] = [];
  const error = await failure(other, { method: 'POST', url: 'http://127.0.0.1:1/', json: {} }, calling({ onRequest: (request) => requests.push(request) }));
  expect(error).toMatchObject({ kind: 'unavailable', inDoubt: false });
  expect(error.message).toContain('nothing listens there');
  expect(requests).toEqual([]);
});

test('a socket that is closed half way through the answer is unavailable', async () => {
  const { url, client } = await rawTracker((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'));
  expect(await failure(client, { method: 'PUT', url, json: {} })).toMatchObject({ kind: 'unavailable', inDoubt: true, status: 200 });
});

test('an answer that is no HTTP is unavailable, not a crash', async () => {
  const { url, client } = await rawTracker((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  expect(await failure(client, { method: 'GET', url })).toMatchObject({ kind: 'unavailable' });
});

test('a tracker that never answers is given up', async () => {
  const { url, client } = await tracker(() => undefined, { timeoutMs: 300 });
  const error = await failure(client, { method: 'PUT', url: `${url}/api?token=hush`, json: {} });
  expect(error).toMatchObject({ kind: 'unavailable', inDoubt: true });
  expect(error.message).toMatch(/^PUT 127\.0\.0\.1:\d+\/api: no answer in time\.$/);
});

test('a tarpit that drips header bytes is given up', async () => {
  const { url, client } = await rawTracker(
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      const drip = setInterval(() => socket.write('x'), 50);
      socket.once('close', () => clearInterval(drip));
    },
    { timeoutMs: 300 },
  );
  expect(await failure(client, { method: 'GET', url })).toMatchObject({ kind: 'unavailable' });
});

test('a tarpit that drips the body is given up after the whole time allowed', async () => {
  const { url, client } = await tracker(
    (_, res) => {
      const drip = setInterval(() => res.write('x'), 50);
      res.once('close', () => clearInterval(drip));
    },
    { answerMs: 400 },
  );
  expect(await failure(client, { method: 'GET', url })).toMatchObject({ kind: 'unavailable', status: 200 });
});

test('an answer beyond the limit is broken off', async () => {
  let sent = 0;
  const { url, client } = await tracker(
    (_, res) => {
      const block = Buffer.alloc(65_536);
      const more = (): void => {
        while (!res.destroyed && sent < 50_000_000) {
          sent += block.length;
          if (!res.write(block)) return void res.once('drain', more);
        }
        res.end();
      };
      more();
    },
    { maxBytes: 2_097_152 },
  );
  expect(await failure(client, { method: 'GET', url })).toMatchObject({ kind: 'protocol', message: expect.stringContaining('more than 2 MB') });
  expect(sent).toBeLessThan(20_000_000);
});

test('429 says when to come back, and until then nothing goes out', async () => {
  let hits = 0;
  const { url, client } = await tracker((_, res) => {
    hits += 1;
    if (hits === 1) res.writeHead(429, { 'retry-after': '1' }).end('slow down');
    else ok(res);
  });
  const started = Date.now();
  const error = await failure(client, { method: 'PUT', url, json: {} });
  expect(error).toMatchObject({ kind: 'rate-limited', inDoubt: false, status: 429 });
  expect((error.retryAt ?? 0) - started).toBeGreaterThanOrEqual(1000);
  await Promise.all([client.request({ method: 'GET', url }, calling()), client.request({ method: 'GET', url }, calling())]);
  expect(Date.now()).toBeGreaterThanOrEqual(error.retryAt ?? 0);
  expect(hits).toBe(3);
});

test('a long pause is told at once instead of being waited out, without another request', async () => {
  let hits = 0;
  const { url, client } = await tracker((_, res) => {
    hits += 1;
    res.writeHead(503, { 'retry-after': new Date(Date.now() + 600_000).toUTCString() }).end();
  });
  const first = await failure(client, { method: 'GET', url });
  expect(first.kind).toBe('rate-limited');
  const second = await failure(client, { method: 'GET', url });
  expect(second).toMatchObject({ kind: 'rate-limited', retryAt: first.retryAt });
  expect(hits).toBe(1);
});

test('a 503 without a time is unavailable', async () => {
  const { url, client } = await tracker((_, res) => void res.writeHead(503).end());
  expect(await failure(client, { method: 'GET', url })).toMatchObject({ kind: 'unavailable' });
});

test('a cancelled call ends at once, whether it waits, runs or reads', async () => {
  const { url, client } = await tracker((_, res) => void res.write('{'), { timeoutMs: 5000, concurrency: 1 });
  const abort = new AbortController();
  const running = failure(client, { method: 'PUT', url }, calling({ signal: abort.signal }));
  const waiting = failure(client, { method: 'PUT', url }, calling({ signal: abort.signal }));
  await pause(50);
  abort.abort();
  expect(await running).toMatchObject({ kind: 'unavailable', inDoubt: true });
  expect(await waiting).toMatchObject({ kind: 'unavailable', inDoubt: false });
});

test('a file goes up in a stream, with bounded memory', async () => {
  let size = 0;
  const { url, client } = await tracker((req, res) => {
    size = 0;
    req.on('data', (chunk: Buffer) => (size += chunk.length)).on('end', () => ok(res, { size, length: req.headers['content-length'] }));
  });
  let made = 0;
  let held = 0;
  const source = () =>
    Promise.resolve(
      Readable.from(
        (async function* () {
          for (let i = 0; i < 800; i += 1) {
            made += 65_536;
            held = Math.max(held, made - size);
            yield Buffer.alloc(65_536);
          }
        })(),
      ),
    );
  const answer = await client.request({ method: 'POST', url, body: source, headers: { 'Content-Length': String(800 * 65_536) } }, calling());
  expect(answer.json()).toEqual({ size: made, length: String(made) });
  expect(held).toBeLessThan(16_000_000);
  const chunked = await client.request({ method: 'POST', url, body: () => Promise.resolve(Readable.from([Buffer.from('abc')])) }, calling());
  expect(chunked.json()).toEqual({ size: 3 });
});

test('a slow source is progress, a stalled one is given up', async () => {
  const { url, client } = await tracker((req, res) => void req.resume().on('end', () => ok(res, {})), { timeoutMs: 1500 });
  const dripping = async function* () {
    for (let i = 0; i < 30; i += 1) {
      await pause(60);
      yield Buffer.from('x');
    }
  };
  expect((await client.request({ method: 'POST', url, body: () => Promise.resolve(Readable.from(dripping())) }, calling())).status).toBe(200);
  const stalled = new Readable({ read() {} });
  stalled.push('x');
  expect(await failure(client, { method: 'POST', url, body: () => Promise.resolve(stalled) })).toMatchObject({ kind: 'unavailable' });
  expect(stalled.destroyed).toBe(true);
});

test('a source that fails is not taken for a failure of the tracker', async () => {
  const { url, client } = await tracker((req, res) => void req.resume().on('end', () => ok(res, {})));
  const failing = async function* () {
    yield Buffer.from('x');
    throw new Error('disk gone');
  };
  const error = await failure(client, { method: 'POST', url, body: () => Promise.resolve(Readable.from(failing())) });
  expect(error).toMatchObject({ kind: 'unavailable', inDoubt: false, message: expect.stringContaining('disk gone') });
});

test('a file comes down in a stream, and the place in the queue is free meanwhile', async () => {
  const { url, client } = await tracker(
    (req, res) => void (req.url === '/big' ? Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(65_536))).pipe(res) : ok(res)),
    {
      concurrency: 1,
    },
  );
  const answer = await client.request({ method: 'GET', url: `${url}/big`, stream: true }, calling());
  expect((await client.request({ method: 'GET', url }, calling())).status).toBe(200);
  let size = 0;
  for await (const chunk of answer.stream ?? []) size += (chunk as Buffer).length;
  expect(size).toBe(6_553_600);
});

test('a download that breaks off is a sentence, not an internal error', async () => {
  const { url, client } = await rawTracker((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
    setTimeout(() => socket.destroy(), 50);
  });
  const answer = await client.request({ method: 'GET', url, stream: true }, calling());
  await expect(answer.stream?.toArray()).rejects.toMatchObject({ name: 'TrackerError', kind: 'unavailable' });
});

test('a download that nobody wants any more before its first byte is read harms nothing', async () => {
  const { url, client } = await tracker((_, res) => void res.end('all of it'));
  const crashes = await crashesDuring(async () => {
    for (let i = 0; i < 3; i++) (await client.request({ method: 'GET', url, stream: true }, calling())).stream?.destroy();
    await client.close();
  });
  expect(crashes).toEqual([]);
});

test('a refused download still shows its words', async () => {
  const { url, client } = await tracker((_, res) => void res.writeHead(404).end('no such file'));
  expect(await client.request({ method: 'GET', url, stream: true }, calling())).toMatchObject({ status: 404, text: 'no such file', stream: null });
});

test('requests are told with their cost and without their secrets; transcripts hold no credentials', async () => {
  const told: unknown[] = [];
  const kept: Exchange[] = [];
  const { url, client } = await tracker((_, res) => ok(res, { access_token: 'topsecret1', name: 'ok' }), { record: (exchange) => kept.push(exchange) });
  await client.request(
    {
      method: 'POST',
      url: `${url}/uploads.json?filename=a.png&token=topsecret2`,
      headers: { Authorization: 'Bearer topsecret3' },
      json: { client_secret: 'topsecret4', a: 1 },
    },
    calling({ onRequest: (request) => told.push(request) }),
  );
  expect(told).toEqual([{ method: 'POST', path: '/uploads.json?filename=a.png&token=***', status: 200, ms: expect.any(Number) }]);
  expect(kept).toHaveLength(1);
  expect(kept[0]?.request.json).toEqual({ client_secret: '***', a: 1 });
  expect(JSON.stringify([told, kept])).not.toContain('topsecret');
});
