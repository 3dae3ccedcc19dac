import { describe, expect, test } from 'vitest';
import type { JobOptions } from '../../engine/ports.ts';
import { fresh } from '../samples.ts';
import { type StoreUnderTest, transactionOf } from './under-test.ts';

export function testJobs(under: StoreUnderTest): void {
  const tx = transactionOf(under);
  describe('jobs', () => {
    const HOUR = 3_600_000;
    const soon = Date.now() + HOUR;
    const later = Date.now() + 2 * HOUR;
    const normal = { trigger: 'poll', priority: 'normal' } as const;
    const cases: { what: string; first: JobOptions; second: JobOptions; left: JobOptions }[] = [
      { what: 'the same again: dropped', first: normal, second: { ...normal, trigger: 'webhook' }, left: normal },
      { what: 'less urgent: dropped', first: normal, second: { trigger: 'bulk', priority: 'bulk' }, left: normal },
      {
        what: 'more urgent: brought forward',
        first: normal,
        second: { trigger: 'manual', priority: 'interactive' },
        left: { trigger: 'manual', priority: 'interactive' },
      },
      {
        what: 'later: never put back',
        first: { ...normal, notBefore: soon },
        second: { ...normal, trigger: 'retry', notBefore: later },
        left: { ...normal, notBefore: soon },
      },
      {
        what: 'earlier: brought forward',
        first: { ...normal, notBefore: later },
        second: { ...normal, trigger: 'retry', notBefore: soon },
        left: { trigger: 'retry', priority: 'normal', notBefore: soon },
      },
      { what: 'at once after a deferred one', first: { ...normal, notBefore: later }, second: normal, left: normal },
      { what: 'deferred after one at once: dropped', first: normal, second: { ...normal, notBefore: soon }, left: normal },
      {
        what: 'later but more urgent: as early as the first, as urgent as the second',
        first: { ...normal, notBefore: soon },
        second: { trigger: 'manual', priority: 'interactive', notBefore: later },
        left: { trigger: 'manual', priority: 'interactive', notBefore: soon },
      },
      {
        what: 'earlier but less urgent: as early as the second, as urgent as the first',
        first: { trigger: 'manual', priority: 'interactive', notBefore: soon },
        second: { trigger: 'bulk', priority: 'bulk' },
        left: { trigger: 'bulk', priority: 'interactive' },
      },
    ];
    test.each(cases)('a second job of a twin, $what', async ({ first, second, left }) => {
      const [side, twin] = [fresh('side'), fresh('twin')];
      await tx((t) => t.enqueue(side, twin, first));
      await tx((t) => t.enqueue(side, twin, second));
      expect((await under.jobs()).get(`${side}/${twin}`)).toEqual(left);
    });

    test('jobs of one transaction count as one', async () => {
      const [side, twin] = [fresh('side'), fresh('twin')];
      await tx(async (t) => {
        for (const trigger of ['webhook', 'poll', 'peer']) await t.enqueue(side, twin, { trigger, priority: 'normal' });
      });
      expect((await under.jobs()).get(`${side}/${twin}`)).toEqual({ trigger: 'webhook', priority: 'normal' });
    });

    test('many who enqueue one twin at once leave one job', async () => {
      const [side, twin] = [fresh('side'), fresh('twin')];
      await Promise.all(Array.from({ length: 20 }, (_, i) => tx((t) => t.enqueue(side, twin, { trigger: 'poll', priority: i % 2 ? 'interactive' : 'bulk' }))));
      expect((await under.jobs()).get(`${side}/${twin}`)?.priority).toBe('interactive');
    });
  });
}
