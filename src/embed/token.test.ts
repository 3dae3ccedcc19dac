import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { verifyToken } from './token.ts';

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const ours = pair();
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;
const AUDIENCE = 'https://acme.tracker.example/installations/7.json';
const SUBJECT = 'https://acme.tracker.example/users/1.json';
const NOW = Date.UTC(2026, 10, 23, 12);
const seconds = NOW / 1000;
const trusted = { issuer: 'acme.tracker.example', keys: [{ audience: AUDIENCE, key: pem(ours.publicKey) }], now: NOW };
const claims: JWTPayload = { iss: trusted.issuer, aud: AUDIENCE, sub: SUBJECT, iat: seconds, exp: seconds + 180, jti: 'once' };

const signed = (changes: Record<string, unknown> = {}, key = ours.privateKey, alg = 'RS256') =>
  new SignJWT(Object.fromEntries(Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined))).setProtectedHeader({ alg }).sign(key);
const why = async (token: string | Promise<string>, given = trusted) => {
  const result = await verifyToken(await token, given);
  return result.ok ? 'taken' : result.why;
};

test('a token of our app’s key, for our installation, from our account, within its time, is taken', async () => {
  expect(await verifyToken(await signed(), trusted)).toEqual({
    ok: true,
    subject: SUBJECT,
    id: `jti ${AUDIENCE} once`,
    until: NOW + 240_000,
  });
});

test('a clock that is some seconds ahead or behind does no harm', async () => {
  expect(await why(signed(), { ...trusted, now: NOW - 20_000 })).toBe('taken');
  expect(await why(signed(), { ...trusted, now: NOW + 200_000 })).toBe('taken');
});

test.each<[string, () => string | Promise<string>, string]>([
  ['one that has expired', () => signed({ exp: seconds - 60, iat: seconds - 240 }), 'expired'],
  ['one from the future', () => signed({ iat: seconds + 600, exp: seconds + 900 }), 'early'],
  ['one that is not valid yet', () => signed({ nbf: seconds + 600 }), 'early'],
  ['one that is older than a day, whatever it says', () => signed({ iat: seconds - 90_000, exp: seconds + 9000 }), 'expired'],
  ['one of another account', () => signed({ iss: 'globex.tracker.example' }), 'issuer'],
  ['one without an issuer', () => signed({ iss: undefined }), 'issuer'],
  ['one for another installation', () => signed({ aud: 'https://acme.tracker.example/installations/8.json' }), 'audience'],
  ['one for several', () => signed({ aud: [AUDIENCE, 'https://acme.tracker.example/installations/8.json'] }), 'audience'],
  ['one that names nobody', () => signed({ sub: undefined }), 'incomplete'],
  ['one without an end', () => signed({ exp: undefined }), 'incomplete'],
  ['one without a beginning', () => signed({ iat: undefined }), 'incomplete'],
  ['one of another key', () => signed({}, pair().privateKey), 'signature'],
  ['one without a signature', () => new UnsecuredJWT(claims).encode(), 'algorithm'],
  ['one signed in another way', () => signed({}, ours.privateKey, 'PS256'), 'algorithm'],
  [
    'one signed with the public key as if it were a secret',
    () => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(pem(ours.publicKey))),
    'algorithm',
  ],
  ['nonsense', () => 'a.b.c', 'unreadable'],
  ['nothing', () => '', 'unreadable'],
  [
    'a token of which a letter was changed',
    async () => (await signed()).replace(/\.(.)/, (_, letter: string) => `.${letter === 'e' ? 'f' : 'e'}`),
    'unreadable',
  ],
])('%s is refused', async (_name, token, expected) => {
  expect(await why(token())).toBe(expected);
});

test('what is worth another look at the tracker’s keys says so, and nothing else does', async () => {
  const look = async (token: string) => {
    const result = await verifyToken(token, trusted);
    return !result.ok && result.otherKey;
  };
  expect([await look(await signed({}, pair().privateKey)), await look(await signed({ aud: `${AUDIENCE}8` }))]).toEqual([true, true]);
  expect([await look(await signed({ exp: seconds - 60 })), await look(await signed({ iss: 'x' })), await look(new UnsecuredJWT(claims).encode())]).toEqual([
    false,
    false,
    false,
  ]);
});

test('a token without a name of its own is known again by what is signed, however its signature is written', async () => {
  const token = await signed({ jti: undefined });
  const first = await verifyToken(token, trusted);
  // Other letters, the same bytes: the last letter of a base64 text can hold bits that mean nothing.
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = letters.indexOf(token.at(-1) ?? '');
  const varied = await verifyToken(`${token.slice(0, -1)}${letters[last ^ 1]}`, trusted);
  expect(first.ok).toBe(true);
  if (first.ok && varied.ok) expect(varied.id).toBe(first.id);
  else expect(varied).toEqual(expect.objectContaining({ ok: false }));
});

test('a key that is none takes nothing', async () => {
  expect(await why(signed(), { ...trusted, keys: [{ audience: AUDIENCE, key: 'not a key' }] })).toBe('signature');
});
