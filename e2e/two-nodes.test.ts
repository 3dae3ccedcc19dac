import { once } from 'node:events';
import http from 'node:http';
import { expect, test } from 'vitest';
import { twoNodes } from './two-nodes.ts';

const { acme, globex } = await twoNodes({ seeded: true });

/** As a node calls: on a connection of its own. Returns the status. */
async function knock(): Promise<number> {
  const request = http.get(`${globex.url}/.well-known/entente`, { agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode ?? 0;
}

test('each node has its own database, its own owner and its own tracker', async () => {
  for (const [mine, other] of [
    [acme, globex],
    [globex, acme],
  ] as const) {
    const { instances } = await mine.ask<{ instances: { slug: string; url: string }[] }>('GET', '/instances');
    expect(instances).toMatchObject([{ slug: mine.slug, url: mine.sim.url }]);
    const { rows } = await mine.pool.query<{ email: string }>('select email from app_user');
    expect(rows).toEqual([{ email: mine.owner.email }]);
    const [ownName, otherName] = await Promise.all(
      [mine, other].map(({ pool }) => pool.query('select current_database() as name').then((it) => it.rows[0]?.name)),
    );
    expect(ownName).not.toBe(otherName);
  }
});

test('a node that is killed and started again is the same node', async () => {
  await globex.kill();
  await expect(globex.call('GET', '/node')).rejects.toThrow();
  await globex.start();
  expect((await globex.call<{ instances: unknown[] }>('GET', '/instances')).body.instances).toHaveLength(1);
  expect(globex.crashed()).toBe(false);
});

test('a link that is cut breaks off nodes and nobody else', async () => {
  const visit = () => fetch(`${globex.url}/api/v1/health`).then(({ status }) => status);
  expect(await knock()).toBeLessThan(500);
  globex.link.cut();
  await expect(knock()).rejects.toThrow();
  expect(await visit()).toBe(200);
  globex.link.mend();
  expect(await knock()).toBeLessThan(500);
  expect(globex.link.broken()).toBeGreaterThan(0);
});

test('what nodes say is kept, and a slow link holds it back', async () => {
  globex.link.record();
  globex.link.slow(150);
  const before = performance.now();
  await knock();
  globex.link.slow(0);
  expect(performance.now() - before).toBeGreaterThan(290);
  const [asked, answered] = globex.link.record();
  expect(asked?.bytes.toString()).toContain('GET /.well-known/entente');
  expect(answered?.bytes.toString()).toContain('HTTP/1.1');
});
