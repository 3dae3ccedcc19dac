import { expect, test } from 'vitest';
import type { Twin } from '../../core/twin.ts';
import { aTwin } from '../samples.ts';
import { createMemoryStore } from './index.ts';

const twin = (id: string, change: Partial<Twin> = {}) => aTwin({ id, side: 'north', local: '4711', ...change });

test('a frozen store refuses a change in place, and what JSON cannot hold', async () => {
  const store = createMemoryStore({ freeze: true });
  const row = twin('t1');
  await store.transaction((tx) => tx.saveTwin(row));
  expect(() => Object.assign(row.shadow.fields, { summary: 'B' })).toThrow(TypeError);
  for (const wrong of [Number.NaN, new Date(), new Map(), 1n, () => 1, [undefined]])
    await expect(
      store.transaction((tx) => tx.saveTwin(twin('t2', { shadow: { fields: { x: wrong as unknown as string }, comments: {}, files: {} } }))),
    ).rejects.toThrow(/twin\.shadow\.fields\.x/);
  expect(store.rows.twins).toHaveLength(1);
});

test('a dump shares its rows and brings everything back but jobs and leases', async () => {
  const store = createMemoryStore();
  await store.transaction(async (tx) => {
    await tx.saveTwin(twin('t1'));
    await tx.enqueue('north', 't1', { trigger: 'poll', priority: 'normal' });
    await tx.takeLease('a', 'me', 1000);
  });
  const dump = store.dump();
  await store.transaction(async (tx) => {
    await tx.saveTwin(twin('t1', { outSeq: 5 }));
    await tx.saveTwin(twin('t2'));
  });
  store.load(dump);
  expect(store.rows.twins).toHaveLength(1);
  expect(store.rows.twins[0]).toBe(dump.twins[0]);
  expect(await store.transaction((tx) => tx.twinsOfEntity('acme', '4711'))).toHaveLength(1);
  expect(await store.transaction((tx) => tx.holdsLease('a', 'me'))).toBe(true);
  expect([...store.jobs.keys()]).toEqual(['north/t1']);
});

test('a crash loses the open transaction and those behind it, and the next one goes on', async () => {
  const store = createMemoryStore();
  const gate = Promise.withResolvers<void>();
  const open = store.transaction(async (tx) => {
    await tx.saveTwin(twin('t1'));
    await gate.promise;
    await tx.saveTwin(twin('t2'));
  });
  const behind = store.transaction((tx) => tx.saveTwin(twin('t3')));
  await Promise.resolve();
  expect(() => store.dump()).toThrow('A transaction is open');
  store.crash();
  await store.transaction((tx) => tx.saveTwin(twin('t4')));
  gate.resolve();
  await expect(open).rejects.toThrow('over');
  await expect(behind).rejects.toThrow('crashed');
  expect(store.rows.twins.map((row) => row.id)).toEqual(['t4']);
});

test('a rollback puts rows back where they were, in their order', async () => {
  const store = createMemoryStore();
  const trace = (gid: string) =>
    ({ instance: 'acme', entity: '1', kind: 'comment', gid, local: gid, via: null, tomb: null, author: null, carrier: false, peers: {} }) as const;
  await store.transaction(async (tx) => {
    for (const gid of ['a', 'b', 'c']) await tx.saveTrace(trace(gid));
  });
  const failing = store.transaction(async (tx) => {
    await tx.dropTrace(trace('a'));
    await tx.saveTrace({ ...trace('b'), local: 'other' });
    await tx.saveTrace(trace('a'));
    await tx.saveTrace(trace('d'));
    expect((await tx.traces('acme', '1')).map((row) => row.gid)).toEqual(['b', 'c', 'a', 'd']);
    throw new Error('stop');
  });
  await expect(failing).rejects.toThrow('stop');
  expect(await store.transaction((tx) => tx.traces('acme', '1'))).toEqual([trace('a'), trace('b'), trace('c')]);
});

test('a lease that was dropped can be taken by another', async () => {
  const store = createMemoryStore();
  const take = (holder: string) => store.transaction((tx) => tx.takeLease('poll', holder, 60_000));
  expect([await take('dead'), await take('alive')]).toEqual([true, false]);
  for (const key of store.leases()) store.dropLease(key);
  expect([await take('alive'), store.leases()]).toEqual([true, ['poll']]);
});

test('a call after the end of its transaction is refused', async () => {
  const store = createMemoryStore();
  const escaped = await store.transaction(async (tx) => ({ tx }));
  await expect(escaped.tx.saveTwin(twin('t1'))).rejects.toThrow(/awaited/);
});

test('only the newest runs are kept when asked so, and all are counted', async () => {
  const store = createMemoryStore({ keep: 5 });
  for (let i = 0; i < 100; i++)
    await store.transaction((tx) =>
      tx.addRun({
        id: `r${i}`,
        side: 'north',
        twin: 't1',
        stage: 'nothing',
        trigger: 'poll',
        at: '2026-01-01T00:00:00Z',
        ms: 1,
        rules: 'basic',
        changes: [],
        calls: [],
        problem: null,
      }),
    );
  expect(store.rows.runs.map((run) => run.id)).toEqual(['r95', 'r96', 'r97', 'r98', 'r99']);
  expect(store.runCounts).toEqual({ nothing: 100 });
});

test('a transaction costs microseconds', async () => {
  const store = createMemoryStore({ keep: 10 });
  const rounds = 20_000;
  const start = performance.now();
  for (let i = 0; i < rounds; i++)
    await store.transaction(async (tx) => {
      const row = (await tx.twin('north', 't1')) ?? twin('t1');
      await tx.twinsOfEntity('acme', '4711');
      await tx.traces('acme', '4711');
      await tx.saveTwin({ ...row, outSeq: i });
      await tx.enqueue('north', 't1', { trigger: 'poll', priority: 'normal' });
    });
  const each = ((performance.now() - start) * 1000) / rounds;
  console.log(`memory store: ${each.toFixed(1)} µs a transaction`);
  expect(each).toBeLessThan(200);
});
