import { beforeEach, describe, expect, test } from 'vitest';
import { failure, Net, partsOf, soon, testNode } from './nodes.ts';

const net = new Net();
const a = await testNode(net, 'a', { instances: { acme: {}, hooli: {} } });
const b = await testNode(net, 'b', { instances: { globex: { scopes: ['Web', 'App'] } } });
const ada = a.as('Ada');
const bob = b.as('Bob', { globex: 'admin' });

beforeEach(() => {
  Object.assign(net, { cut: null, mute: null });
  net.clock.offset = 0;
  for (const node of [a, b]) node.events.length = 0;
});

const counter = { n: 0 };
const begin = (more: object = {}) =>
  ada.initiate(
    { instance: 'acme', url: `${b.url}/globex`, mode: 'basic', path: 'admin', internalCommentsBecomePublic: true, name: `Connection ${++counter.n}`, ...more },
    soon(),
  );
const agree = async (id: string) => {
  await bob.verifyConsent(id, soon());
  return bob.confirmConsent(id, { scope: 'web', internalCommentsBecomePublic: true }, soon());
};
const back = (redirect: string, who = ada) => {
  const { state, code, error } = partsOf(redirect);
  return who.finish({ state, ...(code ? { code } : {}), ...(error ? { error } : {}) }, soon());
};
const at = async (node: typeof a, name: string) => (await node.as('Root').connections()).find((it) => it.name === name);

test('the address is looked up, the other side agrees, and the connection is active on both', async () => {
  const found = await ada.lookUp({ instance: 'acme', url: 'b.example/globex' }, soon());
  expect(found).toMatchObject({
    url: 'https://b.example/globex',
    where: 'other-node',
    node: { url: 'https://b.example', version: '0.1.0' },
    destination: { name: 'Globex', slug: 'globex', platformName: 'Memory' },
    admin: { available: true },
    invitation: { available: true },
  });
  expect(found.modes.map(({ mode, available }) => [mode, available])).toEqual([
    ['basic', true],
    ['visual', false],
    ['script', false],
  ]);
  expect(found.modes[1]?.reason).toMatch(/not part of this version/);

  const { connection, redirect, invitation } = await begin({ name: 'First', description: 'For tests' });
  expect(invitation).toBeNull();
  expect(connection).toMatchObject({
    status: 'pending',
    pending: { path: 'admin', expired: false, destination: 'https://b.example/globex' },
    to: { instanceName: 'Globex', remote: true, state: { status: 'pending' } },
  });
  const { url, id } = partsOf(redirect ?? '');
  expect(url.origin).toBe('https://b.example');
  expect(url.pathname).toBe(`/connect/${id}`);

  const consent = await bob.consent(id);
  expect(consent).toMatchObject({
    state: 'open',
    wanted: 'https://b.example/globex',
    scopes: [],
    verifiedUntil: null,
    mayConfirm: { available: true },
    instance: { slug: 'globex' },
    proposal: {
      name: 'First',
      description: 'For tests',
      startedBy: 'Ada',
      from: { name: 'Acme', url: 'https://acme.tracker.example', node: { url: 'https://a.example' } },
    },
  });
  expect(consent.proposal.from.node?.fingerprint).toMatch(/^(\w{4} ){7}\w{4}$/);
  expect(consent.proposal.becomesPublic).toHaveLength(2);
  const verified = await bob.verifyConsent(id, soon());
  expect(verified.consent.scopes.map(({ name }) => name)).toEqual(['Web', 'App']);
  expect(verified.check.account.name).toBe('Entente');
  const decided = await bob.confirmConsent(id, { scope: 'App', internalCommentsBecomePublic: true }, soon());
  expect(decided.redirect.startsWith('https://a.example/connect/return?')).toBe(true);

  const done = await back(decided.redirect);
  expect(done).toMatchObject({
    outcome: 'active',
    connection: { name: 'First', status: 'active', to: { instanceName: 'Globex', scope: { name: 'App' }, setUpBy: 'Bob' } },
  });
  expect(await at(b, 'First')).toMatchObject({
    status: 'active',
    description: 'For tests',
    from: { instanceName: 'Globex', remote: false, scope: { name: 'App' }, setUpBy: 'Bob' },
    to: { instanceName: 'Acme', remote: true, setUpBy: 'Ada', node: { url: 'https://a.example' } },
  });
  const [ours] = (await a.sides()).filter(({ name }) => name === 'First');
  const [theirs] = (await b.sides()).filter(({ name }) => name === 'First');
  expect(ours).toMatchObject({ leads: true, peer: { kind: 'node', side: theirs?.id, instance: theirs?.instance, remote: { key: b.card.key } } });
  expect(theirs).toMatchObject({ leads: false, connection: ours?.connection, peer: { kind: 'node', side: ours?.id, remote: { key: a.card.key } } });
  expect(a.events.map(({ sentence }) => sentence)).toEqual([
    'Ada asked Globex for the connection “First”.',
    'The connection “First” with Globex is active; Bob agreed there.',
  ]);
  expect(b.events.map(({ sentence }) => sentence)).toEqual(['Bob agreed to the connection “First” that Ada of Acme asked for.']);
});

describe('on the way', () => {
  test('what is pressed twice happens once', async () => {
    const [one, two] = await Promise.all([begin({ name: 'Twice' }), begin({ name: 'Twice' })]);
    expect(two.connection.slug).toBe(one.connection.slug);
    expect(two.redirect).toBe(one.redirect);
    const { id } = partsOf(one.redirect ?? '');
    const [first, second] = [await agree(id), await agree(id).catch(() => bob.confirmConsent(id, {}, soon()))];
    expect(second).toEqual(first);
    expect((await Promise.all([back(first.redirect), back(first.redirect)])).map(({ outcome }) => outcome)).toEqual(['active', 'active']);
    expect(await back(first.redirect)).toMatchObject({ outcome: 'active', connection: { name: 'Twice' } });
    expect((await a.sides()).filter(({ name }) => name === 'Twice')).toHaveLength(1);
    expect((await b.sides()).filter(({ name }) => name === 'Twice')).toHaveLength(1);
    expect(await bob.consent(id)).toMatchObject({ state: 'confirmed' });
  });

  test('a closed window: the way there can be taken again, and a decision is not lost by going back', async () => {
    const { connection, redirect } = await begin();
    expect(await ada.resume(connection.slug, soon())).toEqual({ redirect });
    const decided = await agree(partsOf(redirect ?? '').id);
    // Back in the browser, forward again: the page knows the way back.
    expect((await bob.consent(partsOf(redirect ?? '').id)).redirect).toBe(decided.redirect);
    expect((await back(decided.redirect)).outcome).toBe('active');
    expect(await failure(ada.resume(connection.slug, soon()))).toBe('request-over');
  });

  test('who agreed and then closed the window can agree again once the code is too old', async () => {
    const { connection, redirect } = await begin();
    const { id } = partsOf(redirect ?? '');
    const decided = await agree(id);
    net.clock.offset = 6 * 60_000;
    expect(await bob.consent(id)).toMatchObject({ state: 'expired' });
    expect(await failure(back(decided.redirect))).toBe('request-over');
    net.clock.offset = 31 * 60_000;
    expect((await ada.connection(connection.slug)).pending).toMatchObject({ expired: true });
    const again = await ada.resume(connection.slug, soon());
    expect((await ada.connection(connection.slug)).pending).toMatchObject({ expired: false });
    expect((await back((await agree(partsOf(again.redirect).id)).redirect)).outcome).toBe('active');
  });

  test('a refusal leaves nothing behind, and is told even to who never comes back', async () => {
    const { connection, redirect } = await begin({ name: 'Refused' });
    const { id } = partsOf(redirect ?? '');
    const refused = await bob.refuseConsent(id);
    expect(await bob.refuseConsent(id)).toEqual(refused);
    expect(partsOf(refused.redirect).error).toBe('refused');
    expect(await back(refused.redirect)).toEqual({ outcome: 'refused', connection: null });
    expect(await back(refused.redirect)).toEqual({ outcome: 'refused', connection: null });
    expect(await failure(ada.connection(connection.slug))).toBe('unknown-connection');
    expect(await bob.consent(id)).toMatchObject({ state: 'refused', redirect: refused.redirect });
    expect(await failure(bob.verifyConsent(id, soon()))).toBe('request-over');

    const other = await begin();
    await bob.refuseConsent(partsOf(other.redirect ?? '').id);
    await b.tick();
    expect(await failure(ada.connection(other.connection.slug))).toBe('unknown-connection');
    expect(a.events.at(-1)).toMatchObject({ where: 'there', by: 'Bob', action: 'connection-refused' });
  });

  test('what was taken back cannot be agreed to', async () => {
    const { connection, redirect } = await begin();
    await ada.cancel(connection.slug);
    await a.tick();
    expect(await bob.consent(partsOf(redirect ?? '').id)).toMatchObject({ state: 'cancelled' });
    expect(await failure(bob.verifyConsent(partsOf(redirect ?? '').id, soon()))).toBe('request-over');
    expect(await failure(ada.connection(connection.slug))).toBe('unknown-connection');
  });

  test('taken back after the other side had agreed: nothing becomes active', async () => {
    const { connection, redirect } = await begin();
    const decided = await agree(partsOf(redirect ?? '').id);
    await ada.cancel(connection.slug);
    expect(await back(decided.redirect)).toEqual({ outcome: 'expired', connection: null });
    expect((await b.sides()).filter(({ name }) => name === connection.name)).toEqual([]);
  });

  test('an answer that is lost between the two is asked for again, also by a new process', async () => {
    const { connection, redirect } = await begin({ name: 'Lost' });
    const decided = await agree(partsOf(redirect ?? '').id);
    net.mute = /claim$/;
    expect(await failure(back(decided.redirect))).toBe('peer-unavailable');
    expect(await at(b, 'Lost')).toMatchObject({ status: 'active' });
    expect((await ada.connection(connection.slug)).status).toBe('pending');
    a.restart();
    await a.tick();
    expect((await ada.connection(connection.slug)).status).toBe('pending');
    net.mute = null;
    await a.tick();
    expect((await ada.connection(connection.slug)).status).toBe('active');
    expect((await back(decided.redirect)).outcome).toBe('active');
    expect((await b.sides()).filter(({ name }) => name === 'Lost')).toHaveLength(1);
  });

  test('a node that is away when it is asked leaves no pending connection', async () => {
    net.cut = /^proposals$/;
    expect(await failure(begin({ name: 'Away' }))).toBe('peer-unavailable');
    expect(await at(a, 'Away')).toBeUndefined();
    net.cut = null;
    expect((await begin({ name: 'Away' })).connection.status).toBe('pending');
  });

  test('a request that nobody takes up is forgotten after a week', async () => {
    const { connection } = await begin();
    net.clock.offset = 6 * 86_400_000;
    await a.tick();
    expect((await ada.connection(connection.slug)).pending).toMatchObject({ expired: true });
    net.clock.offset = 8 * 86_400_000;
    await a.tick();
    expect(await failure(ada.connection(connection.slug))).toBe('unknown-connection');
  });
});

describe('who may', () => {
  test('nobody confirms without proof, without the tick, without a scope, or too late', async () => {
    const { id } = partsOf((await begin()).redirect ?? '');
    const confirm = (input: object) => bob.confirmConsent(id, input, soon());
    const all = { scope: 'web', internalCommentsBecomePublic: true };
    expect(await failure(confirm(all))).toBe('not-verified');
    await bob.verifyConsent(id, soon());
    expect(await failure(confirm({ scope: 'web' }))).toBe('consent-needed');
    expect(await failure(confirm({ internalCommentsBecomePublic: true }))).toBe('scope-needed');
    expect(await failure(confirm({ ...all, scope: 'no such' }))).toBe('unknown-scope');
    // Another admin's proof is not one's own.
    expect(await failure(b.as('Bea', { globex: 'owner' }).confirmConsent(id, all, soon()))).toBe('not-verified');
    net.clock.offset = 61_000;
    expect(await failure(confirm(all))).toBe('not-verified');
    await bob.verifyConsent(id, soon());
    expect(await failure(confirm(all))).toBe('none');
  });

  test('a viewer reads the request and decides nothing; a stranger sees nothing of it', async () => {
    const { id } = partsOf((await begin()).redirect ?? '');
    const viewer = b.as('Vic', { globex: 'viewer' });
    expect((await viewer.consent(id)).mayConfirm).toEqual({ available: false, reason: 'Only an admin of Globex can agree to this.' });
    expect(await failure(viewer.verifyConsent(id, soon()))).toBe('not-allowed');
    expect(await failure(viewer.confirmConsent(id, { internalCommentsBecomePublic: true }, soon()))).toBe('not-allowed');
    expect(await failure(viewer.refuseConsent(id))).toBe('not-allowed');
    expect(await failure(b.as('Sam', {}).consent(id))).toBe('not-allowed');
    expect(await failure(bob.consent('no-such-request-here'))).toBe('no-such-request');
  });

  test('the initiator has to know what becomes public, and be an admin', async () => {
    expect(await failure(begin({ internalCommentsBecomePublic: false }))).toBe('consent-needed');
    const input = { instance: 'acme', url: null, mode: 'basic', path: 'invitation', internalCommentsBecomePublic: true } as const;
    expect(await failure(a.as('Vic', { acme: 'viewer' }).initiate(input, soon()))).toBe('not-allowed');
    expect(await failure(a.as('Sam', { hooli: 'owner' }).initiate(input, soon()))).toBe('unknown-instance');
    expect(await failure(begin({ url: null }))).toBe('invalid-input');
  });

  test('only the person who began it can bring the browser back', async () => {
    const { redirect } = await begin();
    const decided = await agree(partsOf(redirect ?? '').id);
    expect(await failure(back(decided.redirect, a.as('Eve')))).toBe('not-allowed');
    expect((await back(decided.redirect)).outcome).toBe('active');
  });

  test('a wrong state, code or verifier is refused and changes nothing', async () => {
    const { connection, redirect } = await begin();
    const { id } = partsOf(redirect ?? '');
    const { state, code } = partsOf((await agree(id)).redirect);
    const wrong = 'x'.repeat(43);
    expect(await failure(ada.finish({ state: wrong, code }, soon()))).toBe('no-such-request');
    expect(await failure(ada.finish({ state }, soon()))).toBe('invalid-input');
    expect(await failure(ada.finish({ state, code: wrong }, soon()))).toBe('no-such-request');
    expect((await ada.connection(connection.slug)).status).toBe('pending');
    const stranger = { node: a.card.id, key: a.card.key };
    const half = (await b.handshake.consentOf(id)).proposal.from;
    const claim = (body: object, caller = stranger) =>
      b.handshake.handle({ path: ['proposals', id, 'claim'], body: { card: a.card, code, verifier: wrong, half, ...body }, caller, side: null });
    expect(await failure(claim({}))).toBe('no-such-request');
    const other = { ...b.card, id: 'node-other-1' };
    expect(await failure(claim({ card: other }, { node: other.id, key: other.key }))).toBe('bad-signature');
    expect(await failure(ada.finish({ state, code }, soon()))).toBe('none');
    // The code has been used: without the verifier it is worth nothing.
    expect(await failure(claim({}))).toBe('no-such-request');
  });

  test('who may connect is asked when the address is looked up and when a connection is proposed', async () => {
    const look = () => failure(ada.lookUp({ instance: 'acme', url: `${b.url}/globex` }, soon()));
    await b.change('globex', { whoMayConnect: 'nobody' });
    expect(await look()).toBe('takes-no-connections');
    await b.change('globex', { whoMayConnect: 'allow-list', allowList: ['hooli.tracker.example'] });
    expect(await look()).toBe('takes-no-connections');
    await b.change('globex', { whoMayConnect: 'allow-list', allowList: ['acme.tracker.example'] });
    expect(await look()).toBe('none');
    await b.change('globex', { whoMayConnect: 'allow-list', allowList: ['https://a.example/acme'] });
    expect(await look()).toBe('none');
    expect((await begin()).connection.status).toBe('pending');
    await b.change('globex', { whoMayConnect: 'nobody' });
    expect(await failure(begin())).toBe('takes-no-connections');
    await b.change('globex', {});
  });

  test('somebody else’s claim to an address on the list is not believed', async () => {
    await b.change('globex', { whoMayConnect: 'allow-list', allowList: ['https://a.example'] });
    const pretender = { ...b.card, id: 'node-pretender', url: 'https://a.example', key: 'A'.repeat(43) };
    const [acme] = await a.instances();
    const from = {
      id: acme?.id,
      slug: 'acme',
      name: 'Acme',
      platform: 'memory',
      platformName: 'Memory',
      nouns: { entity: 'e', entities: 'es', scope: null },
      url: acme?.url,
    };
    const asked = b.handshake.handle({
      path: ['lookup'],
      body: { card: pretender, from, to: 'globex' },
      caller: { node: pretender.id, key: pretender.key },
      side: null,
    });
    expect(await failure(asked)).toBe('takes-no-connections');
    await b.change('globex', {});
  });
});
