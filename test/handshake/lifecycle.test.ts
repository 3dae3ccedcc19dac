import { beforeEach, describe, expect, test } from 'vitest';
import { failure, Net, partsOf, soon, type TestNode, testNode } from './nodes.ts';

const net = new Net();
const a = await testNode(net, 'a', { instances: { acme: {}, hooli: { scopes: ['Red', 'Blue'] }, umbrella: {} } });
const b = await testNode(net, 'b', { instances: { globex: {} } });
const ada = a.as('Ada');
const bob = b.as('Bob', { globex: 'admin' });

beforeEach(() => {
  Object.assign(net, { cut: null, mute: null });
  net.clock.offset = 0;
  for (const node of [a, b]) node.events.length = 0;
});

const counter = { n: 0 };
/** An active connection between the two nodes; its address on both. */
async function connected(name = `Between nodes ${++counter.n}`): Promise<{ here: string; there: string }> {
  const { connection, invitation } = await ada.initiate(
    { instance: 'acme', url: null, mode: 'basic', path: 'invitation', internalCommentsBecomePublic: true, name },
    soon(),
  );
  const made = await bob.acceptInvitation({ code: invitation?.code ?? '', instance: 'globex', internalCommentsBecomePublic: true }, soon());
  a.events.length = 0;
  b.events.length = 0;
  return { here: connection.slug, there: made.slug };
}
const settle = async () => {
  for (const node of [a, b]) await node.tick();
};
const said = (node: TestNode) => node.events.map(({ where, sentence }) => `${where}: ${sentence}`);

describe('between two nodes', () => {
  test('who switches a connection off is told on the other side, and shown there', async () => {
    const { here, there } = await connected('Off and on');
    expect(await ada.setActive(here, false)).toMatchObject({ status: 'deactivated', from: { state: { status: 'deactivated', by: 'Ada' } } });
    await settle();
    expect(await bob.connection(there)).toMatchObject({
      status: 'deactivated',
      from: { state: { status: 'active' } },
      to: { state: { status: 'deactivated', by: 'Ada' } },
    });
    expect(said(b)).toEqual(['there: Ada deactivated the connection “Off and on” on the side of Acme.']);
    await ada.setActive(here, true);
    await settle();
    expect(await bob.connection(there)).toMatchObject({ status: 'active', to: { state: { status: 'active', by: 'Ada' } } });
    expect(said(a)).toEqual(['here: Ada deactivated the connection “Off and on”.', 'here: Ada activated the connection “Off and on”.']);
  });

  test('each side switches its own half: both have to be on', async () => {
    const { here, there } = await connected();
    await ada.setActive(here, false);
    await settle();
    await bob.setActive(there, false);
    await settle();
    await ada.setActive(here, true);
    await settle();
    expect(await ada.connection(here)).toMatchObject({
      status: 'deactivated',
      from: { state: { status: 'active' } },
      to: { state: { status: 'deactivated', by: 'Bob' } },
    });
    await bob.setActive(there, true);
    await settle();
    expect((await ada.connection(here)).status).toBe('active');
  });

  test('a new name and description come to the other side; the address stays on both', async () => {
    const { here, there } = await connected();
    expect(await ada.changeConnection(here, { name: 'A better name', description: 'Why it is there' })).toMatchObject({ slug: here, name: 'A better name' });
    await settle();
    expect(await bob.connection(there)).toMatchObject({ slug: there, name: 'A better name', description: 'Why it is there' });
    expect(b.events.at(-1)).toMatchObject({ where: 'there', action: 'connection-renamed' });
    // By name, too.
    expect((await bob.connection('A better name')).slug).toBe(there);
    // Both at once: the later one stays, on both sides.
    await ada.changeConnection(here, { name: 'Earlier' });
    net.clock.offset = 10;
    await bob.changeConnection(there, { name: 'Later' });
    await settle();
    await settle();
    expect([(await ada.connection(here)).name, (await bob.connection(there)).name]).toEqual(['Later', 'Later']);
  });

  test('what the other side could not be told is told as soon as it is back', async () => {
    const { here, there } = await connected();
    net.cut = /state$/;
    await ada.setActive(here, false);
    await settle();
    expect((await bob.connection(there)).status).toBe('active');
    // Tried again later and later, and said once it has lasted.
    net.clock.offset = 2 * 3_600_000;
    await settle();
    const { problem } = await ada.connection(here);
    expect(problem).toMatchObject({ code: 'peer-unavailable', level: 'connection' });
    expect(problem?.message).toMatch(/^Globex could not be reached since \d{4}-/);
    net.cut = null;
    net.clock.offset = 3 * 3_600_000;
    await settle();
    expect(await bob.connection(there)).toMatchObject({ status: 'deactivated' });
    expect((await ada.connection(here)).problem).toBeNull();
  });

  test('states are compared now and then, so that nothing that was lost stays lost', async () => {
    const { here, there } = await connected();
    await settle();
    // Told, and forgotten there: a restored database.
    await ada.setActive(here, false);
    net.cut = /./;
    await settle();
    net.cut = null;
    net.clock.offset = 60_000;
    a.restart();
    b.restart();
    await settle();
    net.clock.offset = 20 * 60_000;
    await settle();
    await settle();
    expect((await bob.connection(there)).to?.state.status).toBe('deactivated');
  });

  test('a connection that was removed is an error on the other side until it is removed there, too', async () => {
    const { here, there } = await connected('To be removed');
    await ada.removeConnection(here);
    expect(await failure(ada.connection(here))).toBe('unknown-connection');
    await settle();
    const left = await bob.connection(there);
    expect(left).toMatchObject({
      status: 'error',
      to: { state: { status: 'removed', by: 'Ada' } },
      problem: { code: 'peer-gone', message: 'Ada removed the connection on the side of Acme.' },
    });
    expect((await bob.problems()).map(({ problem }) => problem.code)).toContain('peer-gone');
    expect(said(b)).toEqual(['there: Ada removed the connection “To be removed” on the side of Acme.']);
    expect(await failure(bob.setActive(there, true))).toBe('peer-gone');
    await bob.removeConnection(there);
    expect(await failure(bob.connection(there))).toBe('unknown-connection');
  });

  test('a removal that could not be told is found out when the other side asks', async () => {
    const { here, there } = await connected();
    net.cut = /./;
    await ada.removeConnection(here);
    await settle();
    net.clock.offset = 40 * 86_400_000;
    await a.tick();
    await a.tick();
    net.cut = null;
    await bob.setActive(there, false);
    await settle();
    expect(await bob.connection(there)).toMatchObject({ status: 'error', problem: { code: 'peer-gone' } });
  });

  test('removal takes the pairs and leaves the tickets, which can be put under sync again', async () => {
    const { here } = await connected();
    const tracker = a.tracker('acme');
    const first = tracker.human.create({ fields: { summary: 'One', description: 'First' } });
    const twin = (await ada.sync(here, first, soon())).twin;
    expect(await ada.mapping(here)).toBe(`our URN,our URL,their URN,their URL,status,in sync since\r\n${twin.from?.urn},${twin.from?.url},,,under sync,\r\n`);
    await ada.removeConnection(here);
    await settle();
    expect(await failure(ada.twin(twin.id))).toBe('not-found');
    expect((await ada.twins({ limit: 50 })).twins).toEqual([]);
    expect(tracker.entities.has(first)).toBe(true);
    const again = await connected();
    expect((await ada.sync(again.here, first, soon())).twin.from?.urn).toBe(twin.from?.urn);
  });

  test('a viewer changes nothing', async () => {
    const { here } = await connected();
    const viewer = a.as('Vic', { acme: 'viewer' });
    expect((await viewer.connection(here)).role).toBe('viewer');
    for (const work of [
      () => viewer.setActive(here, false),
      () => viewer.removeConnection(here),
      () => viewer.changeConnection(here, { name: 'x' }),
      () => viewer.sync(here, '1', soon()),
    ])
      expect(await failure(work())).toBe('not-allowed');
    expect(await failure(a.as('Sam', { hooli: 'owner' }).connection(here))).toBe('unknown-connection');
  });
});

describe('on one node', () => {
  const propose = async (from: string, to: string, more: object = {}) => {
    const { connection, redirect } = await ada.initiate(
      { instance: from, url: `https://a.example/${to}`, mode: 'basic', path: 'admin', internalCommentsBecomePublic: true, ...more },
      soon(),
    );
    return { connection, ...partsOf(redirect ?? '') };
  };
  const finish = async (id: string, who = ada, more: object = {}) => {
    await who.verifyConsent(id, soon());
    const { state, code } = partsOf((await who.confirmConsent(id, { internalCommentsBecomePublic: true, ...more }, soon())).redirect);
    return ada.finish({ state, code }, soon());
  };

  test('two scopes of one instance are joined by the same pages', async () => {
    const { connection, id, url } = await propose('hooli', 'hooli', { scope: 'Red' });
    expect(url.href).toBe(`https://a.example/connect/${id}`);
    expect(connection.to).toMatchObject({ instance: 'hooli', remote: false, state: { status: 'pending' } });
    expect((await ada.consent(id)).proposal.from.node).toBeNull();
    expect(await failure(finish(id, ada, { scope: 'Red' }))).toBe('same-entity-twice');
    const done = await finish(id, ada, { scope: 'Blue' });
    expect(done.connection).toMatchObject({
      status: 'active',
      from: { scope: { name: 'Red' }, remote: false },
      to: { scope: { name: 'Blue' }, remote: false },
    });
    const sides = (await a.sides()).filter(({ connection: of }) => of === (a.events[0]?.connection ?? ''));
    expect(sides.map(({ peer, slug }) => [peer.kind, slug])).toEqual([
      ['local', connection.slug],
      ['local', connection.slug],
    ]);
    await ada.removeConnection(connection.slug);
    expect((await a.sides()).filter(({ slug }) => slug === connection.slug)).toEqual([]);
  });

  test('by invitation, too', async () => {
    const { connection, invitation } = await ada.initiate(
      {
        instance: 'hooli',
        scope: 'red',
        url: 'https://hooli.tracker.example',
        bindInvitation: true,
        mode: 'basic',
        path: 'invitation',
        internalCommentsBecomePublic: true,
      },
      soon(),
    );
    const code = invitation?.code ?? '';
    expect((await ada.readInvitation(code, soon())).instances.map(({ slug }) => slug)).toEqual(['hooli']);
    const accept = (scope: string) => ada.acceptInvitation({ code, instance: 'hooli', scope, internalCommentsBecomePublic: true }, soon());
    expect(await failure(accept('red'))).toBe('same-entity-twice');
    expect((await accept('blue')).status).toBe('active');
    await ada.removeConnection(connection.slug);
  });

  test('between instances of two tenants each sees its own half, and the other one as if it were elsewhere', async () => {
    const { connection, id } = await propose('acme', 'umbrella', { name: 'Tenants' });
    const uma = a.as('Uma', { umbrella: 'admin' });
    const ana = a.as('Ana', { acme: 'admin' });
    expect(await failure(ana.consent(id))).toBe('not-allowed');
    await finish(id, uma);
    expect(await ana.connection(connection.slug)).toMatchObject({ from: { instance: 'acme', remote: false }, to: { instance: 'umbrella', remote: true } });
    expect(await uma.connection(connection.slug)).toMatchObject({ from: { instance: 'umbrella', remote: false }, to: { instance: 'acme', remote: true } });
    expect(await ada.connection(connection.slug)).toMatchObject({ from: { instance: 'acme', remote: false }, to: { instance: 'umbrella', remote: false } });

    a.events.length = 0;
    await uma.setActive(connection.slug, false);
    expect(await ana.connection(connection.slug)).toMatchObject({ status: 'deactivated', to: { state: { status: 'deactivated', by: 'Uma' } } });
    expect(said(a)).toEqual(['here: Uma deactivated the connection “Tenants”.', 'there: Uma deactivated the connection “Tenants” on the side of Umbrella.']);
    // Whoever may change both halves switches both.
    await ada.setActive(connection.slug, true);
    expect((await ana.connection(connection.slug)).status).toBe('active');

    await uma.removeConnection(connection.slug);
    expect(await ana.connection(connection.slug)).toMatchObject({
      status: 'error',
      to: { instanceName: 'Umbrella', state: { status: 'removed', by: 'Uma' } },
      problem: { code: 'peer-gone' },
    });
    expect(await failure(uma.connection(connection.slug))).toBe('unknown-connection');
    await ana.removeConnection(connection.slug);
    await settle();
  });

  test('names may repeat between tenants; addresses do not', async () => {
    const one = await propose('acme', 'umbrella', { name: 'Same name' });
    expect(await failure(propose('acme', 'hooli', { name: 'Same name' }))).toBe('name-taken');
    const two = await propose('hooli', 'umbrella', { name: 'Same name', scope: 'red' });
    expect([one.connection.slug, two.connection.slug]).toEqual(['same-name', 'same-name-2']);
    for (const { connection } of [one, two]) await ada.cancel(connection.slug);
  });
});
