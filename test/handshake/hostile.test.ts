import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { EntenteError } from '../../src/core/errors.ts';
import type { PeerCaller } from '../../src/protocol/ports.ts';
import { Net, partsOf, soon, testNode } from './nodes.ts';

const net = new Net();
const a = await testNode(net, 'a', { instances: { acme: {} } });
const b = await testNode(net, 'b', { instances: { globex: {} } });
const ada = a.as('Ada');
const bob = b.as('Bob');

// Real requests, as they are recorded on the way, and then spoilt.
const asked: { path: readonly string[]; body: unknown; caller: PeerCaller }[] = [];
const { handle } = b.handshake;
Object.assign(b.handshake, {
  handle: async (call: Parameters<typeof handle>[0]) => {
    asked.push({ path: call.path, body: call.body, caller: call.caller });
    return handle(call);
  },
});
await ada.lookUp({ instance: 'acme', url: b.url }, soon());
const { redirect } = await ada.initiate({ instance: 'acme', url: b.url, mode: 'basic', path: 'admin', internalCommentsBecomePublic: true }, soon());
const { id } = partsOf(redirect ?? '');
await bob.verifyConsent(id, soon());
const { state, code } = partsOf((await bob.confirmConsent(id, { internalCommentsBecomePublic: true }, soon())).redirect);
const { connection } = await ada.finish({ state, code }, soon());
await ada.changeConnection(connection?.slug ?? '', { name: 'Another name' });
await a.tick();
const [side] = await b.sides();

/** The answer, or how it was refused; anything else that is thrown fails the test. */
async function outcome(path: readonly string[], body: unknown, caller: PeerCaller, of: typeof side | null): Promise<string> {
  try {
    return (await handle({ path, body, caller, side: of ?? null })) === undefined ? 'nothing there' : 'answered';
  } catch (error) {
    if (error instanceof EntenteError) return error.code;
    expect(error).toBeInstanceOf(z.ZodError);
    return 'invalid';
  }
}

test('the paths of both ways were recorded', () => {
  expect(asked.map(({ path }) => path.join('/').replace(/[cs][0-9a-f]{16}|[\w-]{20,}/, ':id'))).toEqual([
    'lookup',
    'lookup',
    'proposals',
    'proposals/:id/claim',
    'connections/:id/state',
  ]);
});

test('no request from another node makes anything fail but with a reason', async () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u0000', '\ud800', 'x'.repeat(100_000), -1, 1e308, '9999-12-31T23:59:59.999Z'),
  );
  const paths = [
    ['lookup'],
    ['proposals'],
    ['invitations'],
    ...['claim', 'cancel', 'refused'].map((verb) => ['proposals', id, verb]),
    ...['read', 'accept', 'wait', 'done'].map((verb) => ['invitations', 'a'.repeat(22), verb]),
    ['connections', side?.connection ?? '', 'state'],
  ];
  const path = fc.oneof(
    fc.constantFrom(...paths),
    fc.array(fc.oneof(fc.constantFrom('proposals', 'invitations', 'connections', 'claim', '__proto__'), fc.string({ unit: 'binary' })), { maxLength: 4 }),
  );
  const spoilt = fc.tuple(fc.constantFrom(...asked), fc.nat(), value).map(([request, at, put]) => ({ ...request, body: spoil(request.body, at, put) }));
  const made = fc.record({ path, body: value, caller: fc.constantFrom(...asked.map(({ caller }) => caller), { node: 'n', key: 'k' }) });
  await fc.assert(
    fc.asyncProperty(fc.oneof(spoilt, made), fc.boolean(), async (request, withSide) => {
      await outcome(request.path, request.body, request.caller, withSide ? side : null);
    }),
    { numRuns: 400 },
  );
  // The other side may say of itself what it wants, but not who it is.
  const { kind, side: half, instance, remote } = side?.peer ?? {};
  expect((await b.sides()).filter((it) => it.id === side?.id)).toMatchObject([
    { instance: side?.instance, leads: false, peer: { kind, side: half, instance, remote: { node: remote?.node, key: remote?.key } } },
  ]);
});

test('who signs as somebody else is refused, whatever the card says', async () => {
  for (const { path, body } of asked.filter(({ path: [area] }) => area !== 'connections'))
    expect(await outcome(path, body, { node: 'n', key: 'k' }, null)).toBe('bad-signature');
});

/** The `at`-th leaf replaced. */
function spoil(body: unknown, at: number, put: unknown): unknown {
  let n = 0;
  const count = (value: unknown): number =>
    typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, one) => sum + count(one), 0) : 1;
  const target = at % Math.max(1, count(body));
  const walk = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return n++ === target ? put : value;
    if (Array.isArray(value)) return value.map(walk);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one)]));
  };
  return walk(body);
}
