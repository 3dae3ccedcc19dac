import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { SYNC_RULES, type SyncRule } from '../../src/core/sync-rule.ts';
import { NOT_SHOWN, SHOWN } from './needed-rules.ts';
import { check } from './property.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 20_000);

test(`${RUNS} histories end in step, or in an error with a reason`, { timeout: 600_000 }, async () => {
  const main = path.join(import.meta.dirname, 'main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--runs', String(RUNS), '--seed', '1'], { maxBuffer: 64e6 }).catch(
    (error: { stdout: string }) => error,
  );
  console.log(stdout.trim());
  expect(stdout.trim().split('\n').at(-1)).toBe(`${RUNS} histories, 0 violations`);
});

for (const [rule, { runs, scenario, ...rest }] of Object.entries(SHOWN))
  test(`without “${rule}” a history goes wrong`, { timeout: 180_000 }, async () => {
    const batch = { seed: 77, scenarios: [scenario], quick: true, ...rest };
    const without = await check({ ...batch, runs, without: [rule as SyncRule] });
    expect(without.violation?.bad ?? []).not.toEqual([]);
    // The very same histories are fine with the rule.
    expect((await check({ ...batch, runs: without.runs })).violation).toBeNull();
  });

test('every rule is either shown to be needed, or named with the reason why it could not be shown', () => {
  expect([...Object.keys(SHOWN), ...Object.keys(NOT_SHOWN)].sort()).toEqual([...SYNC_RULES].sort());
});
