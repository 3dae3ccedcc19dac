import { expect, test } from 'vitest';
import { testDatabase } from '../database.ts';
import { chanceOf, history, SCENARIOS, type ScenarioName, type Setup } from './history.ts';
import { createPostgresStores } from './postgres.ts';

/** `MODEL_POSTGRES=5000` for more, `MODEL_SEED` for others. */
const RUNS = Number(process.env.MODEL_POSTGRES ?? 200);
const SEED = Number(process.env.MODEL_SEED ?? 1);

const pools = { A: (await testDatabase()).pool, B: (await testDatabase()).pool, C: (await testDatabase()).pool };

test(
  `the model's histories hold on PostgreSQL too (${RUNS} of them), and it holds what the store in memory holds`,
  async () => {
    const stores = createPostgresStores(pools);
    const scenarios = Object.keys(SCENARIOS) as ScenarioName[];
    const wrong: unknown[] = [];
    const began = performance.now();
    for (let n = 0; n < RUNS; n++) {
      const chance = chanceOf(SEED * 1_000_003 + n);
      const number = () => Math.floor(chance() * 2 ** 31);
      const setup: Setup = {
        scenario: scenarios[n % scenarios.length] ?? 'fields',
        seed: number(),
        actions: Array.from({ length: Math.floor(chance() * 170) }, number),
      };
      const { bad, why } = await history({ ...setup, makeStore: stores.makeStore }).catch((error: unknown) => ({
        bad: ['error'],
        why: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
      }));
      const differences = await stores.differences();
      if (bad.length || differences.length) wrong.push({ bad, why: why.slice(0, 3), differences, again: JSON.stringify(setup) });
    }
    console.log(`${RUNS} histories on PostgreSQL, ${wrong.length} violations, ${((performance.now() - began) / Math.max(RUNS, 1)).toFixed(0)} ms a history`);
    expect(wrong).toEqual([]);
  },
  RUNS * 5_000,
);
