import net from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createLog } from '../lib/log.ts';
import { createApp } from './app.ts';
import type { Authentication } from './authentication.ts';
import { parseTrustedProxies } from './incoming.ts';
import type { OperationsFor } from './operations.ts';

let logged = '';
const destination = new Writable({
  write(chunk: Buffer, _encoding, done) {
    logged += chunk.toString();
    done();
  },
});
const operations = { ready: async () => {}, joining: async () => Promise.reject(new Error('out of order')) } as unknown as OperationsFor;
const authentication: Authentication = { bySession: async () => null, byToken: async () => null, hasOwner: async () => true, origins: [] };
const app = await createApp({
  operations,
  authentication,
  url: 'http://127.0.0.1',
  version: '0',
  log: createLog({ level: 'trace', destination }),
  trustedProxies: ['127.0.0.1'],
  patienceMs: 800,
});
const url = await app.listen({ port: 0, host: '127.0.0.1' });
afterAll(() => app.close());
beforeEach(() => {
  logged = '';
});

/** Sends `first`, then a byte of `rest` now and then; what comes back until the connection ends, and after how long. */
function trickle(first: string, rest = ''): Promise<{ text: string; ms: number }> {
  const began = performance.now();
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  let at = 0;
  socket.write(first);
  const timer = setInterval(() => (at < rest.length ? socket.write(rest[at++] as string) : undefined), 50);
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ text, ms: performance.now() - began });
    });
  });
}

test('whoever sends headers or a body a byte at a time is told so and cut off, and meanwhile others are served', async () => {
  const endless = 'x'.repeat(10_000);
  const slow = [
    trickle('GET /api/v1/health HTTP/1.1\r\nhost: x\r\nx-slow: ', endless),
    trickle('POST /api/v1/join/x HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10000\r\n\r\n{"name": "', endless),
    trickle('POST /api/v1/join/x HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n'),
    trickle('GET /api'),
  ];
  expect((await fetch(`${url}/api/v1/health`)).status).toBe(200);
  for (const { text, ms } of await Promise.all(slow)) {
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      code: 'invalid-input',
      message: 'The request took too long to arrive. Send it again, faster.',
    });
    expect(ms).toBeLessThan(3000);
  }
});

test('what is no request, or has too large headers, gets a sentence', async () => {
  expect((await trickle('hello?\r\n\r\n')).text).toMatch(/^HTTP\/1\.1 400 [\s\S]*This could not be read as an HTTP request\./);
  expect((await trickle(`GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`)).text).toMatch(/^HTTP\/1\.1 431 [\s\S]*16 kB is the limit/);
  // Two who disagree about where a request ends could smuggle another one through.
  const both = await trickle(
    'POST /api/v1/join/x HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  );
  expect(both.text).toMatch(/^HTTP\/1\.1 400 /);
});

test('tokens and codes in an address are not in the log, which names the route', async () => {
  expect((await fetch(`${url}/api/v1/join/join-secret-1`)).status).toBe(500);
  await fetch(`${url}/connect/return?state=state-secret-2&code=code-secret-3`);
  await fetch(`${url}/api/v1/node`, { headers: { authorization: 'Bearer entente_token-secret-4', cookie: 'session=cookie-secret-5' } });
  expect(logged).toContain('/api/v1/join/:token');
  expect(logged).toContain('out of order');
  expect(logged).not.toMatch(/secret-\d/);
});

test('only a proxy that is trusted says where a request comes from, and only for the last step', async () => {
  await fetch(`${url}/api/v1/health`, { headers: { 'x-forwarded-for': '192.0.2.1, 203.0.113.7' } });
  expect(logged).toContain('"from":"203.0.113.7"');
  expect(logged).not.toContain('192.0.2.1');
  expect(parseTrustedProxies(' 127.0.0.1, 10.0.0.0/8,fd00::/8 ')).toEqual(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);
  expect(parseTrustedProxies()).toEqual([]);
  for (const wrong of ['proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '*']) expect(() => parseTrustedProxies(wrong)).toThrow(/no address or network/);
});

test('parts of an address may be long, as those of files are', async () => {
  const { status } = await fetch(`${url}/api/v1/twins/${'x'.repeat(700)}/runs`);
  expect(status).not.toBe(414);
});
