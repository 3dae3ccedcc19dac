import { beforeEach, expect, test } from 'vitest';
import { EntenteError } from '../../src/core/errors.ts';
import { Net, partsOf, soon, testNode } from './nodes.ts';

const net = new Net();
const a = await testNode(net, 'a', { instances: { acme: {}, hooli: { scopes: ['Red', 'Blue'] }, umbrella: {} }, directories: ['https://directory.example'] });
const b = await testNode(net, 'b', { instances: { globex: { url: 'https://hub.example/globex' }, initech: { url: 'https://hub.example/initech' } } });
await testNode(net, 'directory', { instances: { stark: {} } });
const only = await testNode(net, 'only', { instances: { wayne: {} } });
const ada = a.as('Ada');

beforeEach(() => {
  net.cut = null;
  net.calls.length = 0;
});

const look = (url: string, instance = 'acme', who = ada) => who.lookUp({ instance, url }, soon());
const said = async (url: string, instance = 'acme') => {
  try {
    const { where, destination } = await look(url, instance);
    return `${where} ${destination.slug}`;
  } catch (error) {
    if (error instanceof EntenteError) return error.code;
    throw error;
  }
};

test.each([
  ['a tracker that this node serves', 'https://umbrella.tracker.example/agent/tickets/12', 'this-node umbrella'],
  ['the same, without its scheme', 'umbrella.tracker.example', 'this-node umbrella'],
  ['an instance of this node by the node’s address', 'https://a.example/umbrella', 'this-node umbrella'],
  ['the own tracker, which has one scope only', 'https://acme.tracker.example', 'own-address'],
  ['the own address of the node, one scope only', 'https://a.example/acme', 'own-address'],
  ['this node, which serves several', 'https://a.example', 'several-instances'],
  ['this node, an instance that it does not serve', 'https://a.example/nobody', 'no-node'],
  ['a node, with the instance', 'https://b.example/globex', 'other-node globex'],
  ['a node with one instance', 'https://only.example', 'other-node wayne'],
  ['a node with several', 'https://b.example', 'several-instances'],
  ['a node, an instance that it does not serve', 'https://b.example/nobody', 'no-node'],
  ['a tracker that a directory knows', 'https://stark.tracker.example/x', 'other-node stark'],
  ['nobody', 'https://nobody.example', 'no-node'],
  ['no address', 'no address at all', 'wrong-address'],
])('%s: %s is %s', async (_what, url, answer) => {
  expect(await said(url)).toBe(answer);
});

test('the own address is a local connection where there are two scopes', async () => {
  expect(await said('https://hooli.tracker.example', 'hooli')).toBe('this-instance hooli');
  expect(await said('https://a.example/hooli', 'hooli')).toBe('this-instance hooli');
  await expect(look('https://acme.tracker.example')).rejects.toThrow(
    'This is the address of Acme itself, and a connection inside it needs two scopes, but there is only one.',
  );
});

test('a node that does not answer is not taken for one that is not there', async () => {
  net.cut = /discover/;
  expect(await said('https://b.example/globex')).toBe('peer-unavailable');
});

test('nodes that are known from connections are asked whether they serve a tracker, before anybody else', async () => {
  expect(await said('https://hub.example/initech/project')).toBe('no-node');
  const { redirect } = await ada.initiate(
    { instance: 'acme', url: 'https://b.example/globex', mode: 'basic', path: 'admin', internalCommentsBecomePublic: true },
    soon(),
  );
  const root = b.as('Root');
  const { id } = partsOf(redirect ?? '');
  await root.verifyConsent(id, soon());
  const { state, code } = partsOf((await root.confirmConsent(id, { internalCommentsBecomePublic: true }, soon())).redirect);
  await ada.finish({ state, code }, soon());
  net.calls.length = 0;
  expect(await said('https://hub.example/initech/project')).toBe('other-node initech');
  expect(net.calls).toEqual(['serves https://b.example https://hub.example/initech/project', 'lookup']);
  // One that is away knows nothing; the next one is asked.
  net.cut = /serves/;
  expect(await said('https://stark.tracker.example')).toBe('no-node');
});

test('an instance of somebody else on this node is found like one elsewhere, as far as it lets itself be asked', async () => {
  const ana = a.as('Ana', { acme: 'admin' });
  expect((await look('https://umbrella.tracker.example', 'acme', ana)).destination.name).toBe('Umbrella');
  await a.change('umbrella', { whoMayConnect: 'nobody' });
  await expect(look('https://umbrella.tracker.example', 'acme', ana)).rejects.toMatchObject({ code: 'takes-no-connections' });
  await a.change('umbrella', {});
  await expect(look('https://a.example/umbrella', 'umbrella', ana)).rejects.toMatchObject({ code: 'unknown-instance' });
});

test('a node that speaks only a newer protocol is told apart from one that is not there', async () => {
  Object.assign(only.card.protocol, { newest: 3, oldest: 2 });
  expect(await said('https://only.example')).toBe('other-protocol');
  Object.assign(only.card.protocol, { newest: 1, oldest: 1 });
  (only.card.capabilities as string[]).splice(0);
  expect((await look('https://only.example')).modes[0]).toMatchObject({
    mode: 'basic',
    available: false,
    reason: 'The node of Wayne (version 0.1.0) does not offer it.',
  });
});
