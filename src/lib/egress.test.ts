import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createEgress, isPublicAddress, parseAllowPrivate } from './egress.ts';
import { createHttpClient } from './http-client.ts';

const PRIVATE = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0177.0.0.1/',
  'http://0/',
  'http://10.0.0.1/',
  'http://192.168.1.1:8080/',
  'http://172.16.0.1/',
  'http://100.64.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://224.0.0.1/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[fe80::1]/',
  'http://[fd00::1]/',
  'http://[2002:7f00:1::]/',
];

test.each(PRIVATE)('%s is refused before anything is sent', (url) => {
  expect(() => createEgress().check(url)).toThrow(expect.objectContaining({ kind: 'forbidden' }));
});

test.each(['ftp://example.com/', 'file:///etc/passwd', 'gopher://127.0.0.1/', 'javascript:alert(1)'])('%s is no address to call', (url) => {
  expect(() => createEgress().check(url)).toThrow(/Only http and https/);
});

test.each(['', 'acme', 'http://', 'http://[::1'])('"%s" is told to be no web address', (url) => {
  expect(() => createEgress().check(url)).toThrow(/is not a web address/);
});

test('public addresses pass', () => {
  expect(createEgress().check('https://acme.zendesk.com/api').host).toBe('acme.zendesk.com');
  expect([isPublicAddress('8.8.8.8'), isPublicAddress('2606:4700::1111'), isPublicAddress('nonsense')]).toEqual([true, true, false]);
});

test('only the exact pair of host and port is allowed', () => {
  const egress = createEgress({ allowPrivate: parseAllowPrivate('127.0.0.1:4710, LOCALHOST:4710,[::1]:80') });
  const check = (url: string) => egress.check(url);
  expect(check('http://127.0.0.1:4710/x').port).toBe('4710');
  expect(check('http://[::1]/x').hostname).toBe('[::1]');
  expect(() => check('http://127.0.0.1:4711/')).toThrow(/ENTENTE_ALLOW_PRIVATE/);
  expect(() => check('http://127.0.0.2:4710/')).toThrow(/private addresses/);
});

test.each(['127.0.0.1', 'localhost:', 'http://localhost:80', 'a:0', 'a:99999', 'user@host:80'])(
  '"%s" is no pair of host and port, and the operator is told',
  (entry) => {
    expect(() => parseAllowPrivate(entry)).toThrow(/is not host:port/);
  },
);

async function withServer(work: (port: number, hits: string[]) => Promise<void>): Promise<void> {
  const hits: string[] = [];
  const server = createServer((req, res) => {
    hits.push(req.headers.host ?? '');
    res.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work((server.address() as AddressInfo).port, hits);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const call = { signal: new AbortController().signal, priority: 'normal' as const };

test('a name that resolves to a private address is refused at the moment of connecting', () =>
  withServer(async (port, hits) => {
    const client = createHttpClient();
    await expect(client.request({ method: 'GET', url: `http://localhost:${port}/` }, call)).rejects.toMatchObject({ kind: 'forbidden', inDoubt: false });
    await client.close();
    const allowed = createHttpClient({ allowPrivate: new Set([`localhost:${port}`]) });
    expect((await allowed.request({ method: 'GET', url: `http://localhost:${port}/` }, call)).status).toBe(200);
    await allowed.close();
    expect(hits).toEqual([`localhost:${port}`]);
  }));

test('one private answer among public ones is enough to refuse', async () => {
  const { connect } = createEgress({
    lookup: ((_name: string, _options: object, done: (error: null, addresses: unknown) => void) =>
      done(null, [
        { address: '93.184.216.34', family: 4 },
        { address: '10.0.0.7', family: 4 },
      ])) as never,
  });
  const error = await new Promise<Error | null>((resolve) =>
    connect({ hostname: 'evil.example', protocol: 'http:', port: '80' }, (...[failed]) => resolve(failed)),
  );
  expect(error?.cause).toMatchObject({ kind: 'forbidden' });
  expect(String(error?.cause)).not.toContain('10.0.0.7');
});
