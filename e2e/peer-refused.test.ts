import { expect, test } from 'vitest';
import type { ConnectionView } from '../src/server/operations.ts';
import { ticketNamed } from './ticket-files.ts';
import { connect, sync, twoNodes, until } from './two-nodes.ts';

const { acme, globex } = await twoNodes();
const made = await connect(acme, globex);
const ticket = (subject: string): string => `${acme.sim.control.createTicket({ subject, comment: { body: 'Hello.' } }).id}`;
const connection = () => acme.ask<ConnectionView>('GET', `/connections/${made.from}`);
const twinOf = async (urn: string) => (await acme.ask<{ twins: { id: string }[] }>('GET', `/twins?urn=acme/${urn}`)).twins[0]?.id ?? '';

test('a connection that the other side no longer knows stops with what to do, and goes on when it is known again', async () => {
  await sync(acme, made.from, ticket('First'));
  await globex.pool.query('create table kept as select * from side');
  await globex.pool.query('delete from side');
  const urns = [ticket('Second'), ticket('Third')];
  for (const urn of urns) await acme.ask('POST', `/connections/${made.from}/sync`, { urn });
  await until('the connection says so', async () => (await connection()).status === 'error');
  expect(await connection()).toMatchObject({ problem: { code: 'peer-gone', remedy: expect.stringContaining('Remove it here too') } });

  await globex.pool.query('insert into side select * from kept');
  await acme.ask('POST', `/twins/${await twinOf(urns[0] ?? '')}/retry`);
  // One that asks again is enough for all.
  await until('all go on', () => ticketNamed(globex.sim, 'Second') !== null && ticketNamed(globex.sim, 'Third') !== null);
  expect(await connection()).toMatchObject({ status: 'active', problem: null });
}, 120_000);

test('a node whose key is not the one that was agreed is not spoken to, until it calls with the right one', async () => {
  await acme.pool.query(`update side set peer = jsonb_set(peer::jsonb, '{remote,key}', '"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"')::json`);
  const urn = ticket('To somebody else');
  await acme.ask('POST', `/connections/${made.from}/sync`, { urn });
  await until('the connection says so', async () => (await connection()).problem?.code === 'bad-signature');
  const { rows } = await globex.pool.query<{ key: string }>('select key from node');
  await acme.pool.query(`update side set peer = jsonb_set(peer::jsonb, '{remote,key}', $1::jsonb)::json`, [JSON.stringify(rows[0]?.key)]);
  // The other side has something to say: that is enough to see that all is well.
  const { id } = globex.sim.control.createTicket({ subject: 'From the right one', comment: { body: 'Hello.' } });
  await sync(globex, made.to, `${id}`);
  await until('it goes on', () => ticketNamed(globex.sim, 'To somebody else') !== null);
  expect(await connection()).toMatchObject({ status: 'active', problem: null });
}, 120_000);
