import { once } from 'node:events';
import net from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Forged, forge, keyOf, otherKey, send } from './forged.ts';
import { connect, sync, twoNodes, until } from './two-nodes.ts';

const { acme, globex } = await twoNodes();
const made = await connect(acme, globex);

const key = await keyOf(acme);
const rows = async <T>(company: typeof acme, sql: string): Promise<T> => (await company.pool.query(sql)).rows[0] as T;
const { id: to } = await rows<{ id: string }>(globex, 'select id from node');
const { connection } = await rows<{ connection: string }>(acme, 'select connection from side');
const boots = (await rows<{ boots: string[] }>(acme, 'select boots from node')).boots.join(', ');
const target = `/entente/v1/connections/${connection}/counters`;
const good = { key, to, boots, path: target, body: { after: null } };
const now = () => Math.floor(Date.now() / 1000);
const changed = (forged: Forged, headers: Record<string, string>): Forged => ({ ...forged, headers: { ...forged.headers, ...headers } });

beforeAll(async () => {
  const { id } = acme.sim.control.createTicket({ subject: 'Crosses', comment: { body: 'Hello.' } });
  await sync(acme, made.from, `${id}`);
});

test('a request that is signed as it should be is answered', async () => {
  expect(await send(globex.url, forge(good))).toMatchObject({ status: 200, body: { twins: [{ status: 'active' }] } });
});

describe('what is not is refused, and the log says why', () => {
  const once1 = forge(good);
  const flipped = forge(good);
  flipped.body[flipped.body.length - 2] = 32;
  test.each<[string, string, () => Forged | Promise<Forged>]>([
    ['replayed', 'replayed', () => send(globex.url, once1).then(() => once1)],
    ['altered in one byte of the body', 'altered', () => flipped],
    ['altered in its address', 'altered', () => ({ ...forge(good), path: target.replace('counters', 'recall') })],
    ['signed by another key', 'other-key', () => forge({ ...good, key: otherKey() })],
    ['signed by another key that gives itself out as the right one', 'altered', () => forge({ ...good, key: { ...otherKey(), key: key.key } })],
    ['sent ten minutes late', 'too-old', () => forge({ ...good, created: now() - 600 })],
    ['ahead of its time', 'from-the-future', () => forge({ ...good, created: now() + 600 })],
    ['not signed', 'unsigned', () => changed(forge(good), { signature: '' })],
    ['meant for another node', 'other-node', () => forge({ ...good, to: 'n0000000000000000' })],
    ['of a stranger who asks for relayed calls', 'other-key', () => forge({ ...good, key: otherKey(), path: '/entente/v1/relay/poll', body: { max: 8 } })],
    [
      'with another key than the card that it shows',
      'other-key',
      () => forge({ ...good, key: otherKey(), path: '/entente/v1/lookup', body: { card: { id: to, key: key.key } } }),
    ],
  ])('%s: %s', async (_what, reason, make) => {
    const forged = await make();
    const logged = () =>
      globex
        .said()
        .split('\n')
        .filter((line) => line.includes(`"reason":"${reason}"`)).length;
    const before = logged();
    expect(await send(globex.url, forged)).toMatchObject({ status: 401, body: { code: 'bad-signature', details: { reason } } });
    await until('the log says so', () => logged() > before);
  });

  test('a request for a connection that is not there learns no more than that', async () => {
    const answer = await send(globex.url, forge({ ...good, path: '/entente/v1/connections/c0000000000000000/messages' }));
    expect(answer).toMatchObject({ status: 410, body: { code: 'peer-gone' } });
  });
});

describe('sizes and times', () => {
  test('a body that is larger than 25 MB is refused before it is read', async () => {
    const answer = await send(globex.url, changed({ ...forge(good), body: Buffer.alloc(0) }, { 'content-length': `${26 * 1_048_576}` }));
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-input', message: expect.stringContaining('too large') } });
  });

  test('a stranger’s body is refused when it is larger than 256 kB', async () => {
    const large = () => forge({ ...good, key: otherKey(), path: '/entente/v1/lookup', body: { card: 'x'.repeat(300_000) } });
    // The answer comes while the body is still being sent: whoever is cut off then may not get to read it.
    const answer = () => send(globex.url, large()).catch((error: Error) => error);
    await expect.poll(answer, { timeout: 10_000 }).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
  });

  test('a body that is nested without end is refused', async () => {
    const deep = Buffer.from('['.repeat(100_000) + ']'.repeat(100_000));
    expect(await send(globex.url, forge({ ...good, body: deep }))).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
  });

  test.each([
    ['a message that is none', 'messages', { hello: 1 }],
    ['a reference that would run something', 'messages', { entity: { ref: '1', urn: '1', url: 'javascript:alert(1)' } }],
    ['counters that are none', 'offer', { twins: [{ twin: 1 }] }],
    ['a file from before its beginning', 'file', { twin: 'a', gid: 'b', offset: -1 }],
  ])('%s is refused with what is wrong', async (_what, method, body) => {
    const answer = await send(globex.url, forge({ ...good, path: `/entente/v1/connections/${connection}/${method}`, body }));
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
  });

  test('a client that sends slowly does not hold others up, and is cut off', async () => {
    const slow = net.connect(Number(new URL(globex.url).port), '127.0.0.1');
    slow.on('error', () => {});
    const { headers } = forge(good);
    const head = Object.entries({ ...headers, host: 'x', 'content-length': '1000' }).map(([name, value]) => `${name}: ${value}\r\n`);
    slow.write(`POST ${target} HTTP/1.1\r\n${head.join('')}\r\n`);
    const drip = setInterval(() => slow.write(' '), 500);
    slow.resume();
    const began = Date.now();
    expect(await send(globex.url, forge(good))).toMatchObject({ status: 200 });
    expect(Date.now() - began).toBeLessThan(5000);
    await once(slow, 'close');
    clearInterval(drip);
    expect(Date.now() - began).toBeLessThan(40_000);
  });

  test('the node has not fallen over', async () => {
    expect(globex.crashed()).toBe(false);
    const { id } = acme.sim.control.createTicket({ subject: 'Still crosses', comment: { body: 'Hello.' } });
    await sync(acme, made.from, `${id}`);
  });
});
