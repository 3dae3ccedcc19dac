import { describe } from 'vitest';
import { testHostileText } from './hostile-text.ts';
import { testJobs } from './jobs.ts';
import { testLeases } from './leases.ts';
import { testRows } from './rows.ts';
import { testTransactions } from './transactions.ts';
import type { StoreUnderTest } from './under-test.ts';

/** The contract of `Store`, the same for every implementation. */
export function testStore(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`store: ${name}`, async () => {
    const under = await makeStore();
    testRows(under);
    testTransactions(under);
    testHostileText(under);
    testLeases(under);
    testJobs(under);
  });
}
