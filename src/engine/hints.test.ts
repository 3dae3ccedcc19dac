import { expect, test } from 'vitest';
import { createMemoryStore } from '../store/memory/index.ts';
import { hint } from './observe.ts';
import type { Instance, Store, Tx } from './ports.ts';
import type { Context } from './work.ts';

const instance = { id: 'i', problem: null } as Instance;

/** A store whose transactions wait until they are let go, and the entities that each of them looked at. */
function slowStore() {
  const looked: string[][] = [];
  const waiting: (() => void)[] = [];
  const real = createMemoryStore({ now: () => 0 });
  const store: Store = {
    async transaction(work) {
      const refs: string[] = [];
      looked.push(refs);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return real.transaction((tx) => {
        const seen = Object.assign(Object.create(tx) as Tx, {
          instance: async () => instance,
          twinsOfEntity: async (_: string, ref: string) => {
            if (ref === 'bad') throw new Error('the database is gone');
            refs.push(ref);
            return [];
          },
          entity: async () => null,
        });
        return work(seen);
      });
    },
  };
  const release = async () => {
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    waiting.shift()?.();
  };
  return { store, looked, release };
}

const contextOf = (store: Store): Context =>
  ({ store, hints: new Map(), trackers: { of: async () => ({ capabilities: { exactVersions: false } }) } }) as unknown as Context;
const told = (ref: string) => [{ ref, version: null }];

test('notices that come while one is being stored are stored together, each entity once', async () => {
  const { store, looked, release } = slowStore();
  const context = contextOf(store);
  const first = hint(context, 'i', told('1'), 'webhook');
  await new Promise((resolve) => setImmediate(resolve));
  const others = ['3', '2', '3', '4'].map((ref) => hint(context, 'i', told(ref), 'webhook'));
  await release();
  await first;
  await release();
  await Promise.all(others);
  expect(looked).toEqual([['1'], ['2', '3', '4']]);
  expect(context.hints.size).toBe(0);
});

test('whoever brought notices that could not be stored is told, and those after them are stored', async () => {
  const { store, looked, release } = slowStore();
  const context = contextOf(store);
  const lost = expect(hint(context, 'i', told('bad'), 'webhook')).rejects.toThrow('the database is gone');
  await new Promise((resolve) => setImmediate(resolve));
  const next = hint(context, 'i', told('1'), 'webhook');
  await release();
  await lost;
  await release();
  await next;
  expect(looked).toEqual([[], ['1']]);
});
