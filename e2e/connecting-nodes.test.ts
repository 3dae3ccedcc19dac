import { expect, test } from 'vitest';
import type { ConnectionView, ConsentView, InitiateView, LookupView, ReturnView, RunView, TwinView } from '../src/server/operations.ts';
import { sync, twoNodes, until } from './two-nodes.ts';

const { acme, globex } = await twoNodes({ seeded: true });
let slugs = { acme: '', globex: '' };

test('a tracker’s own address leads to its node, and an admin of both sides connects them by the consent page', async () => {
  const found = await acme.ask<LookupView>('POST', '/lookups', { instance: 'acme', url: globex.sim.url });
  expect(found).toMatchObject({ where: 'other-node', node: { url: globex.url }, destination: { slug: 'globex', name: 'Globex Engineering' } });
  const begun = await acme.ask<InitiateView>('POST', '/connections/initiate', {
    instance: 'acme',
    url: globex.sim.url,
    mode: 'basic',
    internalCommentsBecomePublic: true,
    path: 'admin',
  });
  expect(begun.connection).toMatchObject({
    name: 'Acme Support ↔ Globex Engineering',
    status: 'pending',
    to: { instanceName: 'Globex Engineering', remote: true },
  });
  const id = new URL(begun.redirect ?? '').pathname.split('/').at(-1);
  expect(begun.redirect).toBe(`${globex.url}/connect/${id}`);

  const verified = await globex.ask<{ consent: ConsentView }>('POST', `/consents/${id}/verify`, {});
  expect(verified.consent.scopes.map(({ name }) => name)).toEqual(['Globex Engineering', 'Globex Field Ops']);
  expect((await globex.call('POST', `/consents/${id}/confirm`, { internalCommentsBecomePublic: true })).status).toBe(400);
  const { redirect } = await globex.ask<{ redirect: string }>('POST', `/consents/${id}/confirm`, {
    scope: 'Globex Engineering',
    internalCommentsBecomePublic: true,
  });
  const back = new URL(redirect);
  expect(back.origin + back.pathname).toBe(`${acme.url}/connect/return`);
  const finished = await acme.ask<ReturnView>('POST', '/connections/return', Object.fromEntries(back.searchParams));
  expect(finished).toMatchObject({ outcome: 'active', connection: { status: 'active' } });
  const there = (await globex.ask<{ connections: ConnectionView[] }>('GET', '/connections')).connections[0];
  expect(there).toMatchObject({
    status: 'active',
    from: { instance: 'globex', remote: false },
    to: { instance: 'acme', remote: true, node: { url: acme.url } },
  });
  slugs = { acme: finished.connection?.slug ?? '', globex: there?.slug ?? '' };
});

test('the first ticket crosses with all its stages on both nodes, and each links to the other', async () => {
  const { stages, twin } = await sync(acme, slugs.acme, '1');
  expect(stages.map(({ stage, ms }) => [stage, ms === null])).toEqual(['captured', 'sent', 'received', 'applied', 'in-sync'].map((stage) => [stage, false]));
  expect(twin).toMatchObject({ from: { instance: 'acme', urn: '1' }, to: { instance: 'globex', instanceName: 'Globex Engineering' } });
  const there = async () => globex.ask<{ twins: TwinView[] }>('GET', `/twins?urn=acme/1`);
  // It looks at what it has just made once more.
  await until('globex says that it is in sync', async () => (await there()).twins[0]?.status.state === 'in-sync');
  const seen = await there();
  expect(seen.twins[0]).toMatchObject({
    from: { instance: 'globex', urn: twin.to?.urn },
    to: { instance: 'acme', urn: '1', url: twin.from?.url },
    status: { state: 'in-sync' },
  });
  const progress = await globex.ask<{ stages: { at: string | null }[] }>('GET', `/twins/${seen.twins[0]?.id}/progress`);
  expect(progress.stages.every(({ at }) => at !== null)).toBe(true);
  const { runs } = await acme.ask<{ runs: RunView[] }>('GET', `/connections/${slugs.acme}/runs`);
  expect(runs.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['captured', 'sent', 'in-sync']));
  // A URN of the other side says where to start.
  const wrong = await acme.call<{ message: string }>('POST', `/connections/${slugs.acme}/sync`, { urn: 'globex/2' });
  expect(wrong.body.message).toContain('Globex Engineering, the other side');
});

test('changes made while the other side is switched off are kept, and go out once when it is on again', async () => {
  await globex.ask('POST', `/connections/${slugs.globex}/deactivate`, {});
  const here = () => acme.ask<ConnectionView>('GET', `/connections/${slugs.acme}`);
  await until('acme is told', async () => (await here()).to?.state.status === 'deactivated');
  const seen = await here();
  expect(seen.status).toBe('deactivated');
  expect(seen.to?.state.by).toBeTruthy();
  const progress = await acme.ask<{ twin: TwinView }>('POST', `/connections/${slugs.acme}/sync`, { urn: '2' });
  await until('it says why it waits', async () => {
    const { status } = await acme.ask<TwinView>('GET', `/twins/${progress.twin.id}`);
    return status.sentence.includes('Globex Engineering has deactivated the connection');
  });
  const runsBefore = (await acme.ask<{ runs: RunView[] }>('GET', `/twins/${progress.twin.id}/runs`)).runs.filter(({ stage }) => stage === 'sent');
  expect(runsBefore).toEqual([]);
  await globex.ask('POST', `/connections/${slugs.globex}/activate`, {});
  await until('it goes out', async () => (await acme.ask<TwinView>('GET', `/twins/${progress.twin.id}`)).status.state === 'in-sync');
  const sent = (await acme.ask<{ runs: RunView[] }>('GET', `/twins/${progress.twin.id}/runs`)).runs.filter(({ stage }) => stage === 'sent');
  expect(sent).toHaveLength(1);
});

test('a new name comes to the other side while it is away for a moment', async () => {
  globex.link.cut();
  await acme.ask('PATCH', `/connections/${slugs.acme}`, { name: 'Support and engineering' });
  globex.link.mend();
  await until(
    'globex knows the name',
    async () => (await globex.ask<ConnectionView>('GET', `/connections/${slugs.globex}`)).name === 'Support and engineering',
  );
});

test('a removed connection keeps its tickets, hands out the list of pairs before, and is an error on the other side', async () => {
  const mapping = await fetch(`${acme.url}/api/v1/connections/${slugs.acme}/mapping`, { headers: { authorization: `Bearer ${await tokenOf()}` } });
  expect(mapping.headers.get('content-type')).toContain('text/csv');
  expect((await mapping.text()).trimEnd().split('\r\n')).toHaveLength(3);
  expect((await acme.call('DELETE', `/connections/${slugs.acme}`)).status).toBe(204);
  await until('globex is told', async () => (await globex.ask<ConnectionView>('GET', `/connections/${slugs.globex}`)).status === 'error');
  const left = await globex.ask<ConnectionView>('GET', `/connections/${slugs.globex}`);
  expect(left).toMatchObject({ problem: { code: 'peer-gone' }, to: { state: { status: 'removed' } } });
  expect((await globex.call('DELETE', `/connections/${slugs.globex}`)).status).toBe(204);
  for (const node of [acme, globex]) {
    const { rows } = await node.pool.query<{ n: number }>('select count(*)::int as n from side');
    expect(rows[0]?.n).toBe(0);
    await until('the pairs are gone', async () => (await node.pool.query('select 1 from twin')).rowCount === 0);
    expect(node.crashed()).toBe(false);
  }
});

async function tokenOf(): Promise<string> {
  const { default: fs } = await import('node:fs');
  return fs.readFileSync(`${acme.home}/cli-token`, 'utf8').trim();
}
