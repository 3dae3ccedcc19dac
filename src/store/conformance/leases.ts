import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { fresh } from '../samples.ts';
import { type StoreUnderTest, transactionOf } from './under-test.ts';

export function testLeases(under: StoreUnderTest): void {
  const tx = transactionOf(under);
  describe('leases', () => {
    test('one holder at a time; the holder renews; a stranger neither renews nor releases', async () => {
      const key = fresh('lease');
      const take = (holder: string, ttl = 60_000) => tx((t) => t.takeLease(key, holder, ttl));
      const holds = (holder: string) => tx((t) => t.holdsLease(key, holder));
      expect(await holds('a')).toBe(false);
      expect(await take('a')).toBe(true);
      expect(await take('b')).toBe(false);
      expect(await take('a')).toBe(true);
      await tx((t) => t.releaseLease(key, 'b'));
      expect([await holds('a'), await holds('b')]).toEqual([true, false]);
      await tx((t) => t.releaseLease(key, 'a'));
      expect(await take('b')).toBe(true);
    });

    test('a lease that ran out can be taken, and then its first holder has lost it', async () => {
      const key = fresh('lease');
      expect(await tx((t) => t.takeLease(key, 'a', 20))).toBe(true);
      await sleep(40);
      // Nobody has overtaken it yet.
      expect(await tx((t) => t.holdsLease(key, 'a'))).toBe(true);
      expect(await tx((t) => t.takeLease(key, 'b', 60_000))).toBe(true);
      expect(await tx((t) => t.holdsLease(key, 'a'))).toBe(false);
      expect(await tx((t) => t.takeLease(key, 'a', 60_000))).toBe(false);
    });

    test('who has checked a lease keeps it until the commit', async () => {
      const key = fresh('lease');
      await tx((t) => t.takeLease(key, 'a', 1));
      await sleep(5);
      const order: string[] = [];
      const fenced = tx(async (t) => {
        expect(await t.holdsLease(key, 'a')).toBe(true);
        order.push('checked');
        await sleep(40);
        order.push('committing');
      });
      await sleep(10);
      const taken = tx((t) => t.takeLease(key, 'b', 60_000)).then((got) => order.push(`taken: ${got}`));
      await Promise.all([fenced, taken]);
      expect(order).toEqual(['checked', 'committing', 'taken: true']);
    });

    test('of many who want a lease at once, one gets it', async () => {
      const key = fresh('lease');
      const got = await Promise.all(Array.from({ length: 10 }, (_, i) => tx((t) => t.takeLease(key, `holder ${i}`, 60_000))));
      expect(got.filter(Boolean)).toHaveLength(1);
    });
  });
}
