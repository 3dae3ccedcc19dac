import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntenteError } from '../core/errors.ts';
import { type Invitation, readInvitationCode, writeInvitationCode } from './invitation-code.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = publicKey.export({ format: 'jwk' }).x ?? '';
const signWith = (pem: typeof privateKey) => async (text: string) => sign(null, Buffer.from(text), pem).toString('base64url');

const invitation: Invitation = {
  id: 'vYd3kq0tQ2m1xJ4b',
  secret: 'a'.repeat(43),
  boundTo: null,
  proposal: {
    connection: 'c0123456789abcdef',
    name: 'Acme Support ↔ Globex',
    description: 'Überall “gleich”',
    mode: 'basic',
    policy: 'lead',
    needs: ['mode.basic'],
    expiresAt: '2026-11-30T10:00:00.000Z',
    from: {
      node: { id: 'n'.repeat(16), url: 'https://sync.acme.example', key, version: '0.1.0', protocol: { newest: 1, oldest: 1 }, capabilities: ['mode.basic'] },
      instance: {
        id: 'i1',
        slug: 'acme',
        name: 'Acme Support',
        platform: 'desk',
        platformName: 'Desk',
        nouns: { entity: 'ticket', entities: 'tickets', scope: 'brand' },
        url: 'https://acme.example',
      },
      side: 's1',
      scope: { id: '7', name: 'Acme' },
      setUpBy: 'Ada',
    },
  },
};
const code = await writeInvitationCode(invitation, signWith(privateKey));
const codeOf = (text: string): string => {
  try {
    readInvitationCode(text);
    return 'read';
  } catch (error) {
    if (error instanceof EntenteError) return error.code;
    throw error;
  }
};
const flip = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
const payloadAt = 'entente.1.'.length;
const signatureAt = code.lastIndexOf('.') + 1;

test('a code that was copied whole says what it proposes', () => {
  expect(readInvitationCode(code)).toEqual(invitation);
  expect(code).toMatch(/^entente\.1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/);
});

describe('what people and programs do to a code on the way', () => {
  const lines = code.match(/.{1,72}/g)?.join('\n') ?? '';
  test.each<[string, string, string]>([
    ['spaces around it', `  ${code}\n`, 'read'],
    ['line breaks inside it', lines, 'read'],
    ['line breaks of Windows, indented', lines.replaceAll('\n', '\r\n   '), 'read'],
    ['invisible characters', code.replace('.1.', '.\u200b1.'), 'read'],
    ['words before it', `Hello Bob, here is the code: ${code}`, 'read'],
    ['words after it', `${code}\n\nBest regards, Ada`, 'read'],
    ['words after it without a space', `${code},bye`, 'read'],
    ['quotation marks', `“${code}”`, 'read'],
    ['an upper-case beginning', code.replace('entente', 'Entente'), 'read'],
    ['nothing', '', 'invitation-unreadable'],
    ['another text', 'Please send me the code again', 'invitation-unreadable'],
    ['another token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U', 'invitation-unreadable'],
    ['the beginning cut off', code.slice(20), 'invitation-unreadable'],
    ['only the prefix', 'entente.', 'invitation-truncated'],
    ['prefix and version', 'entente.1.', 'invitation-truncated'],
    ['cut in the payload', code.slice(0, 200), 'invitation-truncated'],
    ['cut at the last dot', code.slice(0, signatureAt - 1), 'invitation-truncated'],
    ['cut behind the last dot', code.slice(0, signatureAt), 'invitation-truncated'],
    ['the last letter missing', code.slice(0, -1), 'invitation-truncated'],
    ['cut with dots to show it', `${code.slice(0, -5)}…`, 'invitation-truncated'],
    ['a letter of the payload changed', flip(code, payloadAt + 30), 'invitation-tampered'],
    ['a letter of the signature changed', flip(code, signatureAt + 10), 'invitation-tampered'],
    ['a letter of the payload lost', code.slice(0, 100) + code.slice(101), 'invitation-tampered'],
    ['a strange letter in the payload', code.replace(/.{5}\.(?=[^.]*$)/, '!!!!!.'), 'invitation-tampered'],
    ['a newer version', code.replace('entente.1.', 'entente.2.'), 'other-protocol'],
    ['no version', code.replace('entente.1.', 'entente.x.'), 'invitation-unreadable'],
  ])('%s', (_what, text, answer) => {
    expect(codeOf(text)).toBe(answer);
  });
});

test('a code that somebody else signed is refused', async () => {
  const other = createPrivateKey(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  expect(codeOf(await writeInvitationCode(invitation, signWith(other)))).toBe('invitation-tampered');
});

test('a payload that would unpack to megabytes is refused', async () => {
  const bomb = { ...invitation, proposal: { ...invitation.proposal, description: 'x'.repeat(5_000_000) } };
  expect(codeOf(await writeInvitationCode(bomb, signWith(privateKey)))).toBe('invitation-tampered');
});

test('no text makes reading fail in any other way than with an error that has a code', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `entente.1.${text}`),
    fc.tuple(fc.base64String(), fc.base64String()).map(([a, b]) => `entente.1.${a}.${b}`),
    fc.tuple(fc.nat(code.length - 1), fc.string({ unit: 'binary', maxLength: 3 })).map(([at, text]) => code.slice(0, at) + text + code.slice(at + 1)),
  );
  fc.assert(
    fc.property(anything, (text) => {
      codeOf(text);
    }),
    { numRuns: 2000 },
  );
});
