import { expect, test } from 'vitest';
import { Remembered } from './remembered.ts';

function counted() {
  const world = { now: 0, asked: 0 };
  const remembered = new Remembered(1000, () => world.now);
  return { world, remembered, ask: () => remembered.get('a', async () => ++world.asked) };
}

test('is asked once, by several at the same time too, until it is no longer fresh or is forgotten', async () => {
  const { world, remembered, ask } = counted();
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  world.now = 999;
  expect(await ask()).toBe(1);
  world.now = 1000;
  expect(await ask()).toBe(2);
  remembered.forget('a');
  expect(await ask()).toBe(3);
  expect(await remembered.get('b', async () => 'other')).toBe('other');
});

test('a failure reaches everybody who waits for it, and is asked for again', async () => {
  const { remembered, ask } = counted();
  const failing = remembered.get('a', () => Promise.reject(new Error('no')));
  await expect(Promise.all([failing, remembered.get('a', async () => 1)])).rejects.toThrow('no');
  expect(await ask()).toBe(1);
});

test('a failure that comes late takes nothing away that was asked for since', async () => {
  const { remembered, ask } = counted();
  const { promise, reject } = Promise.withResolvers<number>();
  const late = remembered.get('a', () => promise);
  remembered.forget('a');
  expect(await ask()).toBe(1);
  reject(new Error('late'));
  await expect(late).rejects.toThrow('late');
  expect(await ask()).toBe(1);
});
