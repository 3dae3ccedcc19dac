import { describe, expect, test } from 'vitest';
import { fingerprint, newKeyPair, newNodeId, signingKey } from './identity.ts';
import {
  ANSWER_COMPONENTS,
  assertDigest,
  assertFresh,
  assertSigned,
  digestOf,
  REQUEST_COMPONENTS,
  readClaim,
  type Signable,
  SignatureRefused,
  signatureBase,
  signMessage,
} from './signature.ts';
import { isInnerList, parseDictionary } from './structured-fields.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const created = NOW / 1000;
const pair = () => {
  const { key, seed } = newKeyPair();
  return signingKey(key, seed);
};
const ours = pair();
const body = Buffer.from('{"hello":"wörld"}');
const request = (more: Partial<Signable> = {}): Signable => ({
  method: 'POST',
  path: '/entente/v1/connections/c0123456789abcdef/messages',
  headers: { 'content-digest': digestOf(body), 'entente-to': 'n0123456789abcdef', 'entente-boot': 'b1' },
  ...more,
});
const signed = (message: Signable, at = created): Signable => ({
  ...message,
  headers: { ...message.headers, ...signMessage(message, REQUEST_COMPONENTS, ours, { created: at, nonce: 'once' }) },
});

function check(message: Signable, content: Buffer = body, key = ours.key): string {
  try {
    const claim = readClaim(message.headers, REQUEST_COMPONENTS);
    assertFresh(claim, NOW);
    assertSigned(message, claim, key);
    assertDigest(message.headers, content);
    return 'taken';
  } catch (error) {
    if (error instanceof SignatureRefused) return error.reason;
    throw error;
  }
}

describe('RFC 9421', () => {
  // B.1.4 and B.2.6
  const rfcKey = signingKey('JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs', Buffer.from('n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU', 'base64url'));
  const message: Signable = {
    method: 'POST',
    path: '/foo',
    authority: 'example.com',
    headers: { date: 'Tue, 20 Apr 2021 02:07:55 GMT', 'content-type': 'application/json', 'content-length': '18' },
  };
  const params = '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"';
  const signature = 'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==';
  const input = parseDictionary(`sig-b26=${params}`)?.get('sig-b26');

  test('the example with Ed25519 has the signature base of the text', () => {
    if (!isInnerList(input)) throw new Error('not read');
    expect(signatureBase(message, input)).toBe(
      `"date": Tue, 20 Apr 2021 02:07:55 GMT\n"@method": POST\n"@path": /foo\n"@authority": example.com\n"content-type": application/json\n"content-length": 18\n"@signature-params": ${params}`,
    );
  });

  test('the example with Ed25519 is signed and taken with the signature of the text', () => {
    if (!isInnerList(input)) throw new Error('not read');
    expect(rfcKey.sign(signatureBase(message, input)).toString('base64')).toBe(signature);
    const claim = readClaim({ 'signature-input': `sig-b26=${params}`, signature: `sig-b26=:${signature}:` }, ['"@method"', '"@path"']);
    expect(() => assertSigned(message, { ...claim, key: rfcKey.key }, rfcKey.key)).not.toThrow();
  });

  test('the digest is the one of RFC 9530', () => {
    expect(digestOf('{"hello": "world"}\n')).toBe('sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:');
  });
});

describe('a request', () => {
  test('as it was signed is taken', () => {
    expect(check(signed(request()))).toBe('taken');
  });

  test('that is five minutes old, or five minutes early, is taken', () => {
    expect(check(signed(request(), created - 300))).toBe('taken');
    expect(check(signed(request(), created + 300))).toBe('taken');
  });

  test.each<[string, string, () => string]>([
    ['whose path was changed', 'altered', () => check({ ...signed(request()), path: '/entente/v1/connections/c0123456789abcdef/ended' })],
    ['whose method was changed', 'altered', () => check({ ...signed(request()), method: 'GET' })],
    ['one byte of whose body was changed', 'altered', () => check(signed(request()), Buffer.from('{"hello":"wörle"}'))],
    [
      'that says to be for another node',
      'altered',
      () => check({ ...signed(request()), headers: { ...signed(request()).headers, 'entente-to': 'nffffffffffffffff' } }),
    ],
    ['whose time was changed', 'altered', () => check(changed('signature-input', (text) => text.replace(/created=\d+/, `created=${created - 1}`)))],
    [
      'with a letter of the signature changed',
      'altered',
      () => check(changed('signature', (text) => text.replace(/:(.)/, (_, c: string) => `:${c === 'A' ? 'B' : 'A'}`))),
    ],
    ['without the header that it covers', 'altered', () => check({ ...signed(request()), headers: { ...signed(request()).headers, 'entente-to': undefined } })],
    ['signed by another key', 'other-key', () => check(signed(request()), body, pair().key)],
    ['that is ten minutes old', 'too-old', () => check(signed(request(), created - 600))],
    ['from ten minutes later', 'from-the-future', () => check(signed(request(), created + 600))],
    ['without a signature', 'unsigned', () => check(request())],
    ['with half a signature', 'unsigned', () => check({ ...signed(request()), headers: { ...signed(request()).headers, signature: undefined } })],
    ['with a signature that is no such text', 'unsigned', () => check(changed('signature', () => 'entente=abc'))],
    ['whose parameters are no such text', 'unsigned', () => check(changed('signature-input', () => 'entente=("@method"'))],
    ['with another algorithm', 'unsigned', () => check(changed('signature-input', (text) => text.replace('ed25519', 'hmac-sha256')))],
    ['that does not say when', 'unsigned', () => check(changed('signature-input', (text) => text.replace(/;created=\d+/, '')))],
    ['whose signature leaves out the body', 'unsigned', () => check(changed('signature-input', (text) => text.replace('"content-digest" ', '')))],
  ])('%s is refused: %s', (_what, reason, act) => {
    expect(act()).toBe(reason);
  });

  function changed(header: string, to: (text: string) => string): Signable {
    const message = signed(request());
    return { ...message, headers: { ...message.headers, [header]: to(message.headers[header] as string) } };
  }
});

test('an answer fits only the request that it was made for', () => {
  const first = signed(request());
  const second = signed(request({ path: '/entente/v1/connections/c0123456789abcdef/ended' }));
  const answer: Signable = { status: 200, headers: { 'content-digest': digestOf(body) }, request: first };
  const headers = { ...answer.headers, ...signMessage(answer, ANSWER_COMPONENTS, ours, { created }) };
  const claim = readClaim(headers, ANSWER_COMPONENTS);
  expect(() => assertSigned({ ...answer, headers }, claim, ours.key)).not.toThrow();
  expect(() => assertSigned({ ...answer, headers, request: second }, claim, ours.key)).toThrow('altered');
  expect(() => assertSigned({ ...answer, headers, status: 409 }, claim, ours.key)).toThrow('altered');
});

test('a node’s id is n and 16 hexadecimal digits; a fingerprint is eight groups that can be read aloud', () => {
  expect(newNodeId()).toMatch(/^n[0-9a-f]{16}$/);
  expect(fingerprint(ours.key)).toMatch(/^([2-9a-hjkmnp-z]{4} ){7}[2-9a-hjkmnp-z]{4}$/);
  expect(fingerprint(ours.key)).toBe(fingerprint(ours.key));
  expect(fingerprint(ours.key)).not.toBe(fingerprint(pair().key));
});
