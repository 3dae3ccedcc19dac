import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { EntenteError } from '../../src/core/errors.ts';
import { failure, Net, soon, testNode } from './nodes.ts';

const net = new Net();
const a = await testNode(net, 'a', { instances: { acme: {}, hooli: { scopes: ['Red', 'Blue'] } } });
const b = await testNode(net, 'b', { instances: { globex: { scopes: ['Web', 'App'] }, initech: {} } });
const ada = a.as('Ada');
const bob = b.as('Bob', { globex: 'admin' });

beforeEach(() => {
  Object.assign(net, { cut: null, mute: null });
  net.clock.offset = 0;
  for (const node of [a, b]) {
    node.events.length = 0;
    node.reachable = true;
  }
});

const counter = { n: 0 };
const invite = async (more: object = {}, who = ada) => {
  const { connection, invitation, redirect } = await who.initiate(
    { instance: 'acme', url: null, mode: 'basic', path: 'invitation', internalCommentsBecomePublic: true, name: `Invited ${++counter.n}`, ...more },
    soon(),
  );
  expect(redirect).toBeNull();
  return { connection, code: invitation?.code ?? '' };
};
const accept = (code: string, who = bob, more: object = {}) =>
  who.acceptInvitation({ code, instance: 'globex', scope: 'web', internalCommentsBecomePublic: true, ...more }, soon());
const status = async (slug: string) => (await ada.connection(slug)).status;

test('an invitation says what it proposes, is accepted once, and makes the connection active on both sides', async () => {
  const { connection, code } = await invite({ name: 'By hand', description: 'The two desks' });
  expect(connection).toMatchObject({ status: 'pending', to: null, pending: { path: 'invitation', destination: null, expired: false } });
  expect(await ada.invitation(connection.slug)).toMatchObject({ code, state: 'open', boundTo: null, createdBy: 'Ada' });

  const summary = await bob.readInvitation(`Here it is:\n${code}\n`, soon());
  expect(summary.proposal).toMatchObject({
    name: 'By hand',
    description: 'The two desks',
    startedBy: 'Ada',
    from: { name: 'Acme', slug: 'acme', node: { url: 'https://a.example' } },
  });
  expect(summary.proposal.becomesPublic[0]).toBe('All comments of entries under sync at Globex, internal ones too, arrive as public comments at Acme.');
  // Only what the reader may connect.
  expect(summary.instances.map(({ slug }) => slug)).toEqual(['globex']);

  const made = await accept(code);
  expect(made).toMatchObject({
    name: 'By hand',
    status: 'active',
    from: { instanceName: 'Globex', scope: { name: 'Web' } },
    to: { instanceName: 'Acme', remote: true },
  });
  expect(await ada.connection(connection.slug)).toMatchObject({ status: 'active', to: { instanceName: 'Globex', setUpBy: 'Bob' }, pending: null });
  expect(await ada.invitation(connection.slug)).toMatchObject({ code: null, state: 'used' });
  expect(b.events.map(({ sentence }) => sentence)).toEqual(['Bob accepted the invitation of Ada (Acme) to the connection “By hand”.']);
  // Pasted again, by anybody.
  expect(await failure(bob.readInvitation(code, soon()))).toBe('invitation-used');
  expect(await failure(accept(code))).toBe('invitation-used');
  expect(await failure(accept(code, b.as('Root'), { instance: 'initech', scope: undefined }))).toBe('invitation-used');
  expect((await b.sides()).filter(({ name }) => name === 'By hand')).toHaveLength(1);
});

describe('each way in which an invitation is of no use has a message of its own', () => {
  test('expired', async () => {
    const { connection, code } = await invite();
    net.clock.offset = 7 * 86_400_000 + 1000;
    expect(await failure(bob.readInvitation(code, soon()))).toBe('invitation-expired');
    expect(await failure(accept(code))).toBe('invitation-expired');
    expect(await ada.invitation(connection.slug)).toMatchObject({ state: 'expired', code: null });
    expect((await ada.connection(connection.slug)).pending?.expired).toBe(true);
    const again = await ada.reissueInvitation(connection.slug);
    expect((await accept(again.code ?? '')).status).toBe('active');
  });

  test('revoked, and replaced by a new one', async () => {
    const { connection, code } = await invite();
    expect(await ada.revokeInvitation(connection.slug)).toMatchObject({ state: 'revoked', code: null });
    expect(await failure(bob.readInvitation(code, soon()))).toBe('invitation-revoked');
    expect(await failure(accept(code))).toBe('invitation-revoked');
    const again = await ada.reissueInvitation(connection.slug);
    expect(again).toMatchObject({ state: 'open' });
    const third = await ada.reissueInvitation(connection.slug);
    expect(await failure(accept(again.code ?? ''))).toBe('invitation-revoked');
    expect((await accept(third.code ?? '')).status).toBe('active');
    expect(await failure(ada.revokeInvitation(connection.slug))).toBe('request-over');
    expect(await failure(ada.reissueInvitation(connection.slug))).toBe('request-over');
  });

  test('cancelled', async () => {
    const { connection, code } = await invite();
    await ada.cancel(connection.slug);
    expect(await failure(accept(code))).toBe('invitation-revoked');
    expect(await failure(ada.connection(connection.slug))).toBe('unknown-connection');
  });

  test('one’s own', async () => {
    const { code } = await invite();
    expect(await failure(a.as('Ana', { acme: 'owner' }).readInvitation(code, soon()))).toBe('invitation-own');
    expect(await failure(ada.acceptInvitation({ code, instance: 'acme', internalCommentsBecomePublic: true }, soon()))).toBe('invitation-own');
  });

  test('meant for another instance', async () => {
    const { code } = await invite({ url: 'https://initech.tracker.example/some/page', bindInvitation: true });
    expect(await failure(bob.readInvitation(code, soon()))).toBe('invitation-elsewhere');
    expect(await failure(accept(code))).toBe('invitation-elsewhere');
    const root = b.as('Root');
    expect((await root.readInvitation(code, soon())).instances.map(({ slug }) => slug)).toEqual(['initech']);
    expect((await accept(code, root, { instance: 'initech', scope: undefined })).status).toBe('active');
  });

  test('bound to the address of a node, it is for the instance of that address', async () => {
    const { code } = await invite({ url: 'https://b.example/globex', bindInvitation: true });
    expect(await failure(accept(code, b.as('Root'), { instance: 'initech', scope: undefined }))).toBe('invitation-elsewhere');
    expect((await accept(code)).status).toBe('active');
  });

  test('not accepted by who knows too little', async () => {
    const { code } = await invite();
    expect(await failure(accept(code, bob, { internalCommentsBecomePublic: false }))).toBe('consent-needed');
    expect(await failure(accept(code, bob, { scope: undefined }))).toBe('scope-needed');
    expect(await failure(accept(code, b.as('Vic', { globex: 'viewer' })))).toBe('not-allowed');
    expect(await failure(b.as('Vic', { globex: 'viewer' }).readInvitation(code, soon()))).toBe('not-allowed');
    expect(await failure(accept(code, b.as('Sam', { initech: 'admin' })))).toBe('unknown-instance');
  });

  test('hostile texts are refused with a code, whatever they are', async () => {
    const { code } = await invite();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.nat(code.length).map((at) => `${code.slice(0, at)}x${code.slice(at + 1)}`),
        ),
        async (text) => {
          await bob.readInvitation(text, soon()).catch((error: unknown) => expect(error).toBeInstanceOf(EntenteError));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('what goes wrong on the way', () => {
  test('the answer is lost: pressed again it is the same connection', async () => {
    const { connection, code } = await invite({ name: 'Answer lost' });
    net.mute = /accept$/;
    expect(await failure(accept(code))).toBe('peer-unavailable');
    expect(await status(connection.slug)).toBe('active');
    net.mute = null;
    expect((await accept(code)).status).toBe('active');
    const [ours] = (await a.sides()).filter(({ name }) => name === 'Answer lost');
    const theirs = (await b.sides()).filter(({ name }) => name === 'Answer lost');
    expect(theirs.map(({ id }) => id)).toEqual([ours?.peer.side]);
  });

  test('the answer is lost and nobody presses again: it is taken up by itself, also by a new process', async () => {
    const { code } = await invite({ name: 'Taken up' });
    net.mute = /accept$/;
    expect(await failure(accept(code))).toBe('peer-unavailable');
    b.restart();
    net.mute = null;
    await b.tick();
    expect((await bob.connections()).find(({ name }) => name === 'Taken up')?.status).toBe('active');
  });

  test('pressed twice at once', async () => {
    const { code } = await invite({ name: 'At once' });
    const both = await Promise.allSettled([accept(code), accept(code), accept(code)]);
    expect(both.some((it) => it.status === 'fulfilled')).toBe(true);
    const [theirs, ...others] = (await b.sides()).filter(({ name }) => name === 'At once');
    expect(others).toEqual([]);
    expect((await a.sides()).find(({ name }) => name === 'At once')?.peer.side).toBe(theirs?.id);
    expect((await accept(code).catch((error: unknown) => error)) as EntenteError).toMatchObject({ code: 'invitation-used' });
  });

  test('somebody with the code but another node comes second', async () => {
    const { connection, code } = await invite();
    await accept(code);
    const { readInvitationCode } = await import('../../src/protocol/invitation-code.ts');
    const { id, secret, proposal } = readInvitationCode(code);
    const half = { ...proposal.from, node: b.card, side: 'sffffffffffffffff' };
    const again = a.handshake.handle({
      path: ['invitations', id, 'accept'],
      body: { card: b.card, secret, half },
      caller: { node: b.card.id, key: b.card.key },
      side: null,
    });
    expect(await failure(again)).toBe('invitation-used');
    const guess = a.handshake.handle({
      path: ['invitations', id, 'accept'],
      body: { card: b.card, secret: 'x'.repeat(43), half },
      caller: { node: b.card.id, key: b.card.key },
      side: null,
    });
    expect(await failure(guess)).toBe('invitation-tampered');
    expect(await status(connection.slug)).toBe('active');
  });

  test('an address that nothing answers at is only noted', async () => {
    const { connection, code } = await invite({ url: 'https://nobody.example/x' });
    expect(connection).toMatchObject({ to: null, pending: { destination: 'https://nobody.example/x' } });
    expect((await accept(code)).status).toBe('active');
    expect(await failure(invite({ url: 'no address' }))).toBe('wrong-address');
  });
});

describe('a node that cannot be called', () => {
  test('leaves the invitation where it will be accepted, and comes for the answer', async () => {
    await a.change('acme', { reach: 'private' });
    const { connection, code } = await invite({ url: 'https://b.example/globex', name: 'From behind a wall' });
    a.reachable = false;
    const accepting = accept(code);
    // What goes on by itself there.
    const rounds = setInterval(() => void a.tick().catch(() => {}), 200);
    const made = await accepting.finally(() => clearInterval(rounds));
    expect(made).toMatchObject({ status: 'active', to: { instanceName: 'Acme', node: { url: null } } });
    expect(await status(connection.slug)).toBe('active');
    await a.change('acme', {});
  });

  test('its answer that is lost comes once more', async () => {
    await a.change('acme', { reach: 'private' });
    const { code } = await invite({ url: 'https://b.example/globex', name: 'Twice told' });
    net.mute = /done$/;
    const accepting = accept(code);
    const rounds = setInterval(() => void a.tick().catch(() => {}), 200);
    await accepting.finally(() => clearInterval(rounds));
    net.mute = null;
    await a.tick();
    await a.tick();
    expect((await b.sides()).filter(({ name, status: is }) => name === 'Twice told' && is === 'active')).toHaveLength(1);
    await a.change('acme', {});
  });

  test('refuses what it has revoked meanwhile, and nothing stays there', async () => {
    await a.change('acme', { reach: 'private' });
    const { connection, code } = await invite({ url: 'https://b.example/globex', name: 'Too late' });
    await ada.revokeInvitation(connection.slug);
    const accepting = failure(accept(code));
    const rounds = setInterval(() => void a.tick().catch(() => {}), 200);
    expect(await accepting.finally(() => clearInterval(rounds))).toBe('invitation-revoked');
    expect((await b.sides()).filter(({ name }) => name === 'Too late')).toEqual([]);
    await a.change('acme', {});
  });

  test('does not come: what was accepted is shown as pending, and can be taken back', async () => {
    await a.change('acme', { reach: 'private' });
    const { code } = await invite({ url: 'https://b.example/globex', name: 'Nobody comes' });
    // Nobody waits twenty seconds here.
    const waiting = accept(code);
    const sooner = setInterval(() => (net.clock.offset += 10_000), 100);
    const made = await waiting.finally(() => clearInterval(sooner));
    expect(made).toMatchObject({ status: 'pending', pending: { path: 'invitation' }, to: { instanceName: 'Acme', state: { status: 'pending' } } });
    await bob.cancel(made.slug);
    expect(await failure(bob.connection(made.slug))).toBe('unknown-connection');
    // It can be accepted after all.
    net.clock.offset = 0;
    const again = accept(code);
    const rounds = setInterval(() => void a.tick().catch(() => {}), 200);
    expect((await again.finally(() => clearInterval(rounds))).status).toBe('active');
    await a.change('acme', {});
  });

  test('whose invitation was left nowhere cannot be answered, and the message says what to do', async () => {
    await a.change('acme', { reach: 'private' });
    const { code } = await invite();
    expect(await failure(accept(code))).toBe('invitation-unreachable');
    await a.change('acme', {});
  });
});
