import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { appJwt } from './session.ts';
import { settings, siteOf } from './settings.ts';

const auth = { kind: 'token', token: 'ghp_x' };
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pkcs1 = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const refusals = (given: unknown): readonly string[] => settings.safeParse(given).error?.issues.map(({ message }) => message) ?? [];

test.each([
  ['acme', 'https://github.com/acme', ''],
  ['acme/web', 'https://github.com/acme', 'web'],
  ['https://github.com/acme', 'https://github.com/acme', ''],
  ['  https://www.github.com/acme/web.git ', 'https://github.com/acme', 'web'],
  ['https://github.com/acme/web/issues/7', 'https://github.com/acme', 'web'],
  ['https://github.com/orgs/acme/repositories', 'https://github.com/acme', ''],
  ['github.example.com/acme', 'https://github.example.com/acme', ''],
  ['http://127.0.0.1:4000/acme/', 'http://127.0.0.1:4000/acme', ''],
])('%s is understood', (url, owner, repositories) => {
  expect(settings.parse({ url, auth })).toEqual({ url: owner, repositories, pullRequests: false, auth });
});

test.each(['', ' ', 'https://github.com', 'https://github.com/', 'https://user:password@github.com/acme', 'https://api.github.com/repos/acme', 'a b'])(
  '%j is no place, and the answer says what to enter',
  (url) => {
    expect(refusals({ url, auth })).toEqual(['Give the address of an organisation or user, for example https://github.com/acme.']);
  },
);

test('repositories are understood as people list them, and stay the same when they are read again', () => {
  const once = settings.parse({ url: 'acme', repositories: 'web, acme/shop\nhttps://github.com/acme/docs.git;web', auth });
  expect(once.repositories).toBe('web, shop, docs');
  expect(settings.parse(once)).toEqual(once);
});

test('the API is where GitHub has it: of its own, with data residency, and on a server of one’s own', () => {
  expect(siteOf({ url: 'https://github.com/acme' })).toEqual({ origin: 'https://github.com', api: 'https://api.github.com', owner: 'acme' });
  expect(siteOf({ url: 'https://acme.ghe.com/acme' }).api).toBe('https://api.acme.ghe.com');
  expect(siteOf({ url: 'https://github.example.com/acme' }).api).toBe('https://github.example.com/api/v3');
});

test('a private key is taken as the file has it and in one line; anything else is refused with what to do', () => {
  const parsed = settings.parse({ url: 'acme', auth: { kind: 'app', appId: '12', privateKey: pkcs1.replaceAll('\n', '\\n') } });
  expect(parsed.auth).toMatchObject({ kind: 'app', appId: '12', privateKey: pkcs1 });
  expect(settings.parse(parsed)).toEqual(parsed);
  const inOneLine = { kind: 'app', appId: '12', privateKey: pkcs1.replaceAll('\n', '') };
  expect(settings.parse({ url: 'acme', auth: inOneLine }).auth).toEqual(parsed.auth);
  expect(refusals({ url: 'acme', auth: { kind: 'app', appId: '12', privateKey: 'SHA256:abc' } })).toEqual([
    'This is no private key. Paste the whole .pem file, from “-----BEGIN” to “-----END … KEY-----”.',
  ]);
});

test('an App proves itself with a token that is signed with its key and lives less than ten minutes', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');
  const [header = '', payload = '', signature = ''] = appJwt({ appId: '12', privateKey: pkcs1 }, now).split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown;
  expect([read(header), read(payload)]).toEqual([
    { alg: 'RS256', typ: 'JWT' },
    { iat: now / 1000 - 60, exp: now / 1000 + 540, iss: '12' },
  ]);
  const verified = createVerify('RSA-SHA256').update(`${header}.${payload}`).verify(createPublicKey(privateKey), signature, 'base64url');
  expect(verified).toBe(true);
});
