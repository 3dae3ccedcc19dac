import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Instance } from '../../src/engine/ports.ts';
import { createHttpClient } from '../../src/lib/http-client.ts';
import { parseProxy } from '../../src/lib/road.ts';
import { protocolNode } from './node.ts';

const signal = AbortSignal.timeout(30_000);
const instance = (slug: string, url: string, preferences: Instance['preferences'] = {}): Instance =>
  ({ id: slug, slug, name: slug, url, preferences }) as Instance;
const anything = z.unknown();

const servers: net.Server[] = [];
async function listen(server: net.Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
afterAll(() => {
  for (const server of servers) server.close();
});

describe('who is at an address', async () => {
  const acme = instance('acme', 'https://acme.example');
  const one = await protocolNode(undefined, { instances: [acme] });
  const two = await protocolNode(undefined, {
    instances: [acme, instance('shy', 'https://shy.example', { whoMayConnect: 'nobody' }), instance('other', 'https://acme.example/desk')],
  });
  const empty = await protocolNode(undefined, { instances: [instance('shy', 'https://shy.example', { whoMayConnect: 'nobody' })] });
  const here = await protocolNode();
  const found = (url: string) =>
    here.client.discover(url, signal).then(
      (answer) => answer.instance.slug,
      (error: { code?: string }) => error.code,
    );
  const page = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x');
    if (pathname.startsWith('/moved')) response.writeHead(308, { location: `${one.callee.url}/.well-known/entente?instance=acme` }).end();
    else if (pathname.startsWith('/round')) response.writeHead(302, { location: request.url }).end();
    else if (pathname.startsWith('/broken')) response.writeHead(500).end('oops');
    else if (pathname.startsWith('/inside')) response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
    else if (pathname.startsWith('/endless')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(Buffer.alloc(100_000, 'x')), 1);
      response.on('close', () => clearInterval(timer));
    } else response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>A shop</h1>');
  });
  const web = `http://127.0.0.1:${await listen(page)}`;

  test.each<[string, string, string]>([
    ['a node with one instance', one.callee.url, 'acme'],
    ['an instance of a node', `${two.callee.url}/acme`, 'acme'],
    ['an address with a slash at its end', `${two.callee.url}/acme/`, 'acme'],
    ['a node with several instances', two.callee.url, 'several-instances'],
    ['an instance that is not there', `${two.callee.url}/globex`, 'no-node'],
    ['an instance that takes no connections', `${two.callee.url}/shy`, 'takes-no-connections'],
    ['a node that takes none', empty.callee.url, 'takes-no-connections'],
    ['a web page', web, 'no-node'],
    ['an address that leads to another one', `${web}/moved/acme`, 'acme'],
    ['an address that leads round in circles', `${web}/round/acme`, 'no-node'],
    ['a server that is broken', `${web}/broken/acme`, 'peer-unavailable'],
    ['an answer without end', `${web}/endless/acme`, 'no-node'],
    ['nobody', 'http://127.0.0.1:1', 'peer-unavailable'],
    ['a name that does not exist', 'https://node.invalid', 'peer-unavailable'],
    ['no web address', 'ftp://acme.example', 'wrong-address'],
    ['no address at all', 'acme', 'wrong-address'],
  ])('%s', async (_what, url, answer) => {
    expect(await found(url)).toBe(answer);
  });

  test('a node says whether it serves a tracker, the closest one where there are several', async () => {
    const asked = (node: string, tracker: string) =>
      here.client.serves(node, tracker, signal).then(
        (answer) => answer?.instance.slug ?? null,
        (error: { code?: string }) => error.code,
      );
    expect(await asked(two.callee.url, 'https://acme.example/agent/tickets/1')).toBe('acme');
    expect(await asked(two.callee.url, 'https://acme.example/desk/7')).toBe('other');
    expect(await asked(two.callee.url, 'https://globex.example')).toBeNull();
    expect(await asked(two.callee.url, 'https://shy.example')).toBe('takes-no-connections');
    expect(await asked(web, 'https://acme.example')).toBeNull();
  });
});

describe('private addresses are not called', async () => {
  const careful = await protocolNode(undefined, { loopback: false });
  test.each([
    'http://127.0.0.1:5432',
    'http://localhost:5432',
    'http://[::1]',
    'http://10.0.0.1/acme',
    'http://192.168.1.1',
    'http://169.254.169.254/latest/meta-data',
    'http://0x7f000001',
    'http://2130706433',
    'http://127.1',
    'http://[::ffff:127.0.0.1]',
    'http://0.0.0.0',
    'http://100.64.0.1',
  ])('%s', async (url) => {
    await expect(careful.client.discover(url, signal)).rejects.toMatchObject({ code: 'private-address' });
    await expect(careful.client.serves(url, 'https://acme.example', signal)).rejects.toMatchObject({ code: 'private-address' });
    const to = { ...careful.callee, url };
    await expect(careful.client.call(to, 'lookup', {}, anything, signal)).rejects.toMatchObject({ code: 'private-address' });
    await expect(careful.client.stream(to, 'connections/c/file', {}, signal)).rejects.toMatchObject({ code: 'private-address' });
  });
});

describe('by way of a proxy', async () => {
  const asked: string[] = [];
  const tunnelled: number[] = [];
  const there = await protocolNode(async ({ path }) => (path[2] === 'greet' ? { hello: 'you' } : undefined));
  const behind = await listen(
    net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (first) => {
        tunnelled.push(first[0] ?? 0);
        socket.destroy();
      });
    }),
  );
  const proxy = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    // It alone knows where these names lead.
    const target = new URL(request.url ?? '', 'http://x');
    const forwarded = http.request(there.callee.url + target.pathname + target.search, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  });
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    const way = net.connect(behind, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(way).pipe(socket);
    });
    for (const end of [socket, way]) end.on('error', () => {});
  });
  const uri = `http://127.0.0.1:${await listen(proxy)}`;
  const settings = parseProxy({ HTTPS_PROXY: uri, HTTP_PROXY: uri, NO_PROXY: 'direct.invalid, .inside.invalid' });
  const here = await protocolNode(undefined, { loopback: false, proxy: settings });
  there.pin('c', here);
  beforeEach(() => {
    asked.length = 0;
  });

  test('a node is found and called, signatures and all', async () => {
    const to = { ...there.callee, url: 'http://node.invalid' };
    expect(await here.client.call(to, 'connections/c/greet', {}, anything, signal)).toEqual({ hello: 'you' });
    expect(asked).toEqual(['POST http://node.invalid/entente/v1/connections/c/greet']);
  });

  test('what is encrypted goes through a tunnel', async () => {
    const to = { ...there.callee, url: 'https://node.invalid:8443' };
    await expect(here.client.call(to, 'connections/c/greet', {}, anything, signal)).rejects.toMatchObject({ code: 'peer-unavailable' });
    expect(asked[0]).toBe('CONNECT node.invalid:8443');
    // The first byte of a TLS greeting.
    expect(tunnelled[0]).toBe(0x16);
  });

  test('trackers are called by the same way', async () => {
    const client = createHttpClient({ proxy: settings });
    const answer = await client.request({ method: 'GET', url: 'http://tracker.invalid/.well-known/entente' }, { signal, priority: 'normal' });
    await client.close();
    expect(answer.status).toBe(200);
    expect(asked).toEqual(['GET http://tracker.invalid/.well-known/entente']);
  });

  test('but not those that are excepted, nor private addresses', async () => {
    for (const url of ['http://direct.invalid', 'http://a.inside.invalid'])
      await expect(here.client.call({ ...there.callee, url }, 'connections/c/greet', {}, anything, signal)).rejects.toMatchObject({ code: 'peer-unavailable' });
    for (const url of ['http://127.0.0.1:1', 'http://localhost:1', 'http://10.0.0.1'])
      await expect(here.client.call({ ...there.callee, url }, 'connections/c/greet', {}, anything, signal)).rejects.toMatchObject({ code: 'private-address' });
    expect(asked).toEqual([]);
  });

  test('a proxy that is no address is refused with how it has to look', () => {
    for (const text of ['proxy:3128', 'socks5://proxy', 'nonsense']) expect(() => parseProxy({ HTTPS_PROXY: text })).toThrow('http://proxy.example.com:3128');
    expect(parseProxy({ http_proxy: 'http://p:1' }).http?.host).toBe('p:1');
  });
});
