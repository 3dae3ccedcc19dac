import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { NodeView } from '../src/server/operations.ts';
import { ticketNamed } from './ticket-files.ts';
import { connect, sync, twoNodes, until } from './two-nodes.ts';

const { acme, globex } = await twoNodes();
const made = await connect(acme, globex);

const ticket = (company: typeof acme, subject: string): string => `${company.sim.control.createTicket({ subject, comment: { body: 'Hello.' } }).id}`;
/** The key that a company's node shows, and the one of it that the other side has pinned. */
const keys = async (company: typeof acme, other: typeof acme) => ({
  shown: (await company.pool.query<{ key: string }>('select key from node')).rows[0]?.key,
  pinned: (await other.pool.query<{ key: string }>(`select peer -> 'remote' ->> 'key' as key from side`)).rows[0]?.key,
});
const told = async (company: typeof acme, other: typeof acme) => {
  const { shown, pinned } = await keys(company, other);
  return shown === pinned && (await company.pool.query('select 1 from former_key')).rowCount === 0;
};

test('a new key is told to the other side, and both go on', async () => {
  await sync(acme, made.from, ticket(acme, 'Before'));
  const before = await acme.ask<NodeView>('GET', '/node');
  const after = await acme.ask<NodeView>('POST', '/node/key');
  expect(after.id).toBe(before.id);
  expect(after.fingerprint).not.toBe(before.fingerprint);
  await until('the other side knows', () => told(acme, globex));
  await sync(acme, made.from, ticket(acme, 'After'));
  await sync(globex, made.to, ticket(globex, 'Back'));
});

test('keys that change on both sides while one of them is away', async () => {
  await globex.ask('POST', '/node/key');
  await globex.stop();
  await acme.ask('POST', '/node/key');
  await acme.ask('POST', '/node/key');
  await globex.start();
  const urn = ticket(acme, 'Two new keys');
  await acme.ask('POST', `/connections/${made.from}/sync`, { urn });
  await until('it has crossed', () => ticketNamed(globex.sim, 'Two new keys') !== null, 120_000);
  await sync(globex, made.to, ticket(globex, 'Two new keys, back'));
  await until('both know', async () => (await told(acme, globex)) && (await told(globex, acme)));
});

test('a node that went on from an older state is stopped as soon as the other side hears of it, until an operator answers', async () => {
  const note = path.join(acme.home, 'node');
  await acme.stop();
  const kept = { note: fs.readFileSync(note), boots: (await acme.pool.query<{ boots: string[] }>('select boots from node')).rows[0]?.boots };
  // The one run: the other side hears of it.
  await acme.start();
  await sync(acme, made.from, ticket(acme, 'From the original'));
  await acme.stop();
  // The other one, from the same beginning: a machine that was cloned, with its data folder.
  fs.writeFileSync(note, kept.note);
  await acme.pool.query('update node set boots = $1', [JSON.stringify(kept.boots)]);
  await acme.start();
  expect((await acme.ask<NodeView>('GET', '/node')).guard).toBeNull();
  const urn = ticket(acme, 'From the clone');
  await acme.ask('POST', `/connections/${made.from}/sync`, { urn });
  await until('it is guarded', async () => (await acme.ask<NodeView>('GET', '/node')).guard !== null);
  expect((await acme.ask<NodeView>('GET', '/node')).guard).toMatchObject({ kind: 'rival' });
  expect(ticketNamed(globex.sim, 'From the clone')).toBeNull();

  await acme.ask('POST', '/node/guard', { answer: 'real' });
  await until('it goes on', () => ticketNamed(globex.sim, 'From the clone') !== null, 120_000);
  await sync(globex, made.to, ticket(globex, 'And back'));
}, 180_000);

test('a copy is guarded at its start: it syncs nothing, and tells whoever calls', async () => {
  await acme.stop();
  fs.rmSync(path.join(acme.home, 'node'));
  await acme.start();
  expect((await acme.ask<NodeView>('GET', '/node')).guard).toMatchObject({ kind: 'copied' });
  const urn = ticket(globex, 'To a copy');
  await globex.ask('POST', `/connections/${made.to}/sync`, { urn });
  await until('the other side says so', async () => {
    const { twins } = await globex.ask<{ twins: { problem: { message: string } | null }[] }>('GET', `/twins?urn=globex/${urn}`);
    return twins[0]?.problem?.message.includes('waits for its operator') === true;
  });
  expect(ticketNamed(acme.sim, 'To a copy')).toBeNull();
  const { connections } = await acme.ask<{ connections: unknown[] }>('GET', '/connections');
  expect(connections).toHaveLength(1);

  await acme.ask('POST', '/node/guard', { answer: 'copy' });
  expect((await acme.ask<NodeView>('GET', '/node')).guard).toBeNull();
  expect((await acme.ask<{ connections: unknown[] }>('GET', '/connections')).connections).toHaveLength(0);
  // Nobody was told: the original would still be the other side.
  expect((await globex.ask<{ connections: { status: string }[] }>('GET', '/connections')).connections).toMatchObject([{ name: 'Between us' }]);
  expect((await globex.ask<{ connections: { to: { state: { status: string } } }[] }>('GET', '/connections')).connections[0]?.to.state.status).not.toBe(
    'removed',
  );
}, 120_000);
