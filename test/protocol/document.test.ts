import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ERRORS } from '../../src/core/errors.ts';
import * as sync from '../../src/peers/messages.ts';
import { readBootHeader } from '../../src/protocol/boots.ts';
import { WellKnown } from '../../src/protocol/discover.ts';
import { assertContent } from '../../src/protocol/frames.ts';
import * as handshake from '../../src/protocol/handshake/messages.ts';
import { signingKey } from '../../src/protocol/identity.ts';
import { Done, NewKey, provesNewKey } from '../../src/protocol/new-key.ts';
import * as relay from '../../src/protocol/relay/messages.ts';
import {
  ANSWER_COMPONENTS,
  assertDigest,
  assertSigned,
  type Headers,
  REQUEST_COMPONENTS,
  type Refusal,
  readClaim,
  type Signable,
  signatureBase,
  signMessage,
} from '../../src/protocol/signature.ts';
import { CAPABILITIES } from '../../src/protocol/wire.ts';

const text = fs.readFileSync('docs/protocol.md', 'utf8');
const blocks = [...text.matchAll(/^```(\w*) ?([^\n]*)\n([\s\S]*?)\n```$/gm)].map(([, kind = '', name = '', content = '']) => ({ kind, name, content }));
const of = (kind: string) => blocks.filter((block) => block.kind === kind);
const keys = [...text.matchAll(/^\| (Acme|Globex) \| `([\w-]+)` \| `([\w-]+)` \|$/gm)].map(
  ([, name = '', key = '', seed = '']) => [name, signingKey(key, Buffer.from(seed, 'base64url'))] as const,
);
const keyOf = (name: string) => {
  const found = keys.find(([one]) => one === name)?.[1];
  if (!found) throw new Error(`${name} has no key.`);
  return found;
};

interface Parsed extends Signable {
  readonly headers: Headers;
  readonly body: string;
}
function parse(content: string): Parsed {
  const [head = '', body = ''] = content.split('\n\n');
  const [first = '', ...lines] = head.split('\n');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const [, method, path] = /^([A-Z]+) (\S+) HTTP/.exec(first) ?? [];
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(first) ?? [];
  return { headers, body, ...(method && path ? { method, path } : {}), ...(status ? { status: Number(status) } : {}) };
}
const [request, response] = of('http').map(({ content }) => parse(content)) as [Parsed, Parsed];
const answer = { ...response, request };

describe('docs/protocol.md', () => {
  test('its request and its answer are signed as it says, and have the signature bases that it shows', () => {
    for (const [message, components, key, base] of [
      [request, REQUEST_COMPONENTS, keyOf('Acme'), of('base')[0]],
      [answer, ANSWER_COMPONENTS, keyOf('Globex'), of('base')[1]],
    ] as const) {
      const claim = readClaim(message.headers, components);
      expect(signatureBase(message, claim.input)).toBe(base?.content);
      expect(() => assertSigned(message, claim, key.key)).not.toThrow();
      expect(() => assertDigest(message.headers, message.body)).not.toThrow();
      expect(message.headers['content-length']).toBe(`${Buffer.byteLength(message.body)}`);
      // And whoever has the private key comes to the same, Ed25519 being what it is.
      const made = signMessage(message, components, key, { created: claim.created, ...(claim.nonce === null ? {} : { nonce: claim.nonce }) });
      expect(made.signature).toBe(message.headers.signature);
      expect(made['signature-input']).toBe(message.headers['signature-input']);
    }
  });

  test('the trailer of its content fits the request and “Hello, file.”', () => {
    const [trailer] = blocks.filter(({ name }) => name === 'trailer');
    const trailers = JSON.parse(trailer?.content ?? '') as Headers;
    expect(() => assertContent(trailers, request, keyOf('Globex').key, createHash('sha256').update('Hello, file.\n').digest())).not.toThrow();
  });

  test('the new key is proved', () => {
    const { content } = blocks.find(({ name }) => name === 'connections/:id/key asks') ?? { content: '' };
    expect(provesNewKey('c0123456789abcdef', keyOf('Acme').key, NewKey.parse(JSON.parse(content)))).toBe(true);
  });

  test('the header of a run is one', () => {
    expect(readBootHeader(of('boot')[0]?.content ?? '')).toMatchObject({ real: 'b90c4411fae03' });
    expect(readBootHeader(request.headers['entente-boot'] as string)).toMatchObject({ real: null });
  });

  /** Every call, with what is asked and answered. Null: no JSON. */
  const calls: Record<string, readonly [z.ZodType | null, z.ZodType | null]> = {
    lookup: [handshake.LookupAsked, handshake.LookupAnswer],
    proposals: [handshake.Proposed, handshake.ProposedAnswer],
    'proposals/:id/claim': [handshake.Claimed, handshake.ClaimedAnswer],
    'proposals/:id/cancel': [handshake.Ended, handshake.Done],
    'proposals/:id/refused': [handshake.Ended, handshake.Done],
    invitations: [handshake.LeftBehind, handshake.Done],
    'invitations/:id/read': [handshake.Read, handshake.Done],
    'invitations/:id/accept': [handshake.Accepted, handshake.AcceptedAnswer],
    'invitations/:id/wait': [handshake.Waiting, handshake.WaitingAnswer],
    'invitations/:id/done': [handshake.Settled, handshake.Done],
    'connections/:id/state': [handshake.SideState, handshake.StateAnswer],
    'connections/:id/messages': [sync.Message, sync.AnswerMessage],
    'connections/:id/applied': [sync.Applied, Done],
    'connections/:id/ended': [sync.Ended, sync.EndedAnswer],
    'connections/:id/counters': [sync.After, sync.Counters],
    'connections/:id/offer': [sync.Counters, Done],
    'connections/:id/recall': [sync.AboutTwin, sync.Memory],
    'connections/:id/compare': [sync.Compare, sync.CompareAnswer],
    'connections/:id/file': [sync.AskFile, null],
    'connections/:id/hello': [z.object({}), Done],
    'connections/:id/key': [NewKey, Done],
    'relay/poll': [relay.Poll, relay.Polled],
    'relay/:id/answer': [relay.Answered, Done],
    'relay/:id/pieces/:n': [null, Done],
    'relay/:id/end': [relay.Ended, Done],
  };

  test.each(Object.entries(calls))('%s: what is asked and answered is read by the code, nothing of it ignored', (path, [asks, answers]) => {
    expect(text).toContain(`### \`${path}\`\n`);
    for (const [schema, name] of [
      [asks, `${path} asks`],
      [answers, `${path} answers`],
    ] as const) {
      const found = blocks.filter((block) => block.kind === 'json' && block.name === name);
      expect(found, name).toHaveLength(schema ? 1 : 0);
      if (schema && found[0]) {
        const example: unknown = JSON.parse(found[0].content);
        expect(schema.parse(example), name).toEqual(example);
      }
    }
  });

  test('every call that the code takes is on the page, and none that it does not', () => {
    const cases = (file: string, prefix: string) =>
      [...fs.readFileSync(file, 'utf8').matchAll(/^ +case '([\w/-]+)':/gm)].map(([, name = '']) => prefix + name.replace('/id', '/:id'));
    const taken = [
      ...cases('src/protocol/handshake/handler.ts', ''),
      ...cases('src/peers/incoming.ts', 'connections/:id/'),
      ...cases('src/protocol/relay/office.ts', 'relay/:id/').map((path) => path.replace('pieces', 'pieces/:n')),
      'relay/poll',
    ];
    expect(Object.keys(calls).toSorted()).toEqual(taken.toSorted());
    expect([...text.matchAll(/^### `(.+)`$/gm)].map(([, path = '']) => path).toSorted()).toEqual(Object.keys(calls).toSorted());
  });

  test('what a node says of itself, its errors and its capabilities are those of the code', () => {
    const { content } = blocks.find(({ name }) => name === 'well-known answers') ?? { content: '' };
    expect(WellKnown.parse(JSON.parse(content))).toEqual(JSON.parse(content));
    for (const block of blocks.filter(({ name }) => name === 'error')) {
      const { code, message } = JSON.parse(block.content) as { code: string; message: string };
      expect(Object.keys(ERRORS)).toContain(code);
      expect(message).not.toBe('');
    }
    for (const [, code = ''] of text.matchAll(/\d{3} `([a-z-]+)`/g)) expect(Object.keys(ERRORS)).toContain(code);
    for (const capability of CAPABILITIES) expect(text).toContain(`| \`${capability}\` |`);
    const reasons: Record<Refusal, true> = {
      unsigned: true,
      altered: true,
      'other-key': true,
      'other-node': true,
      'too-old': true,
      'from-the-future': true,
      replayed: true,
    };
    for (const reason of Object.keys(reasons)) expect(text).toContain(`\`${reason}\``);
  });
});
