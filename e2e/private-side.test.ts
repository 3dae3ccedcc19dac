import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseAllowPrivate } from '../src/lib/egress.ts';
import { createLog } from '../src/lib/log.ts';
import { loadKeys } from '../src/lib/secrets.ts';
import { startNode } from '../src/node.ts';
import { digestOfFile, sha256, ticketNamed, ticketWithFile } from './ticket-files.ts';
import { connect, sync, twoNodes, until } from './two-nodes.ts';

// Acme's node cannot be called: it does all the calling.
const { acme, globex } = await twoNodes({ unreachable: 'acme' });
await acme.ask('PATCH', '/instances/acme', { reach: 'private' });
const made = await connect(globex, acme);

test('the other side knows that it cannot be called', async () => {
  const { rows } = await globex.pool.query<{ url: string | null }>(`select peer -> 'remote' ->> 'url' as url from side`);
  expect(rows).toEqual([{ url: null }]);
});

test('a ticket of the private side crosses, and an answer comes back', async () => {
  const { id } = acme.sim.control.createTicket({ subject: 'From behind the wall', comment: { body: 'Hello.' } });
  await sync(acme, made.to, `${id}`);
  const copy = ticketNamed(globex.sim, 'From behind the wall');
  expect(copy).not.toBeNull();
  globex.sim.control.updateTicket(copy ?? 0, { comment: { body: 'An answer from outside.' } });
  await until('the answer is there', () => acme.sim.control.comments(id).some((comment) => JSON.stringify(comment).includes('An answer from outside.')));
});

test('a ticket crosses towards the private side', async () => {
  const { id } = globex.sim.control.createTicket({ subject: 'To behind the wall', comment: { body: 'Hello.' } });
  const began = Date.now();
  await sync(globex, made.from, `${id}`);
  console.log(`towards the private side: ${Date.now() - began} ms`);
  expect(ticketNamed(acme.sim, 'To behind the wall')).not.toBeNull();
});

test('files cross both ways', async () => {
  const content = randomBytes(3_000_000);
  const there = await ticketWithFile(globex.sim, 'A file to behind the wall', 'data.bin', content);
  await sync(globex, made.from, `${there}`);
  expect(await digestOfFile(acme.sim, ticketNamed(acme.sim, 'A file to behind the wall') ?? 0, 'data.bin')).toBe(sha256(content));
  const here = await ticketWithFile(acme.sim, 'A file from behind the wall', 'data.bin', content);
  await sync(acme, made.to, `${here}`);
  expect(await digestOfFile(globex.sim, ticketNamed(globex.sim, 'A file from behind the wall') ?? 0, 'data.bin')).toBe(sha256(content));
});

test('while the private side is away, the other one says so, and goes on when it is back', async () => {
  await acme.stop();
  const { id } = globex.sim.control.createTicket({ subject: 'Meanwhile', comment: { body: 'Hello.' } });
  await globex.ask('POST', `/connections/${made.from}/sync`, { urn: `${id}` });
  await acme.start();
  await until('it has crossed', () => ticketNamed(acme.sim, 'Meanwhile') !== null, 120_000);
});

/** One more process of a company's node, on the same machine. */
async function oneMore(company: typeof acme, reaches: readonly string[]): Promise<{ stop(): Promise<void> }> {
  return startNode({
    databaseUrl: company.pool.options.connectionString ?? '',
    keys: loadKeys(company.home, {}),
    home: company.home,
    url: company.url,
    pollMs: 2000,
    allowPrivate: parseAllowPrivate(reaches.map((url) => new URL(url).host).join(',')),
    log: createLog({ level: 'silent' }),
  });
}

test('with several processes on either side every call finds its way, also when one of them dies', async () => {
  const sims = [acme.sim, globex.sim].flatMap(({ url, contentUrl }) => [url, contentUrl]);
  const more = await oneMore(acme, [...sims, acme.url, globex.url]);
  const others = await oneMore(globex, [...sims, globex.url]);
  const { rows } = await acme.pool.query<{ guard: unknown }>('select guard from node');
  expect(rows).toEqual([{ guard: null }]);

  const content = randomBytes(2_000_000);
  const send = async (n: number) => {
    const id = await ticketWithFile(globex.sim, `To several ${n}`, `data-${n}.bin`, content);
    await globex.ask('POST', `/connections/${made.from}/sync`, { urn: `${id}` });
  };
  const arrived = async (n: number) => {
    const copy = ticketNamed(acme.sim, `To several ${n}`);
    return copy !== null && (await digestOfFile(acme.sim, copy, `data-${n}.bin`)) === sha256(content);
  };
  const numbers = [1, 2, 3, 4, 5, 6];
  await Promise.all(numbers.map(send));
  for (const n of numbers) await until(`${n} has crossed`, () => arrived(n));

  // Whichever of the two fetches the calls: the other one takes over.
  await acme.kill();
  await send(7);
  await until('it has crossed by way of the other process', () => arrived(7), 150_000);
  await acme.start();
  await more.stop();
  await send(8);
  await until('and back', () => arrived(8), 150_000);
  await others.stop();
}, 400_000);
