import { once } from 'node:events';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { ProfileName } from '../../src/connectors/memory/index.ts';
import type { SyncRule } from '../../src/core/sync-rule.ts';
import { history, type ScenarioName } from './history.ts';
import type { Batch, Outcome } from './property.ts';

// The model test of the engine: `main.ts --runs 20000 --seed 1 [--scenario a,b] [--platforms a,b] [--without rule,…]`, or one history again: `--replay '{…}'`.
const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string' },
    scenario: { type: 'string' },
    platforms: { type: 'string' },
    without: { type: 'string' },
    replay: { type: 'string' },
  },
});
const list = <T>(text: string | undefined): readonly T[] | undefined => text?.split(',') as T[] | undefined;
const CHUNK = 250;

async function replay(given: string): Promise<void> {
  const verdict = await history({ ...JSON.parse(given), verbose: true });
  console.log(verdict.log.join('\n'));
  console.log(verdict.bad.length ? verdict.why.join('\n') : 'no violation');
}

async function run(): Promise<void> {
  const runs = Number(values.runs ?? 20_000);
  const seed = Number(values.seed ?? 1);
  const base = {
    ...(values.scenario ? { scenarios: list<ScenarioName>(values.scenario) ?? [] } : {}),
    ...(values.platforms ? { platforms: list<ProfileName>(values.platforms) ?? [] } : {}),
    ...(values.without ? { without: list<SyncRule>(values.without) ?? [] } : {}),
  };
  const batches: Batch[] = [];
  for (let left = runs, n = 0; left > 0; left -= CHUNK, n++) batches.push({ ...base, seed: seed * 1_000_003 + n, runs: Math.min(CHUNK, left) });
  const began = performance.now();
  let done = 0;
  let violations = 0;
  let shown = 0;
  const announced: Record<string, number> = {};
  const take = (batch: Batch, outcome: Outcome) => {
    done += outcome.runs;
    for (const [kind, count] of Object.entries(outcome.announced)) announced[kind] = (announced[kind] ?? 0) + count;
    if (outcome.violation) {
      violations++;
      const { setup, bad, why, shrinks } = outcome.violation;
      if (shown++ < 5)
        console.log(
          `violation: ${bad.join(', ')} (seed ${batch.seed}, after ${shrinks} shrinks)\n  ${why.slice(0, 3).join('\n  ')}\n  again: --replay '${JSON.stringify(setup)}'`,
        );
    }
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${runs} histories, ${violations} violations `);
  };
  await Promise.all(
    Array.from({ length: Math.min(os.availableParallelism(), batches.length) }, async () => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url));
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        worker.postMessage(batch);
        const [outcome] = (await once(worker, 'message')) as [Outcome];
        take(batch, outcome);
      }
      await worker.terminate();
    }),
  );
  const kinds = Object.entries(announced).sort(([, a], [, b]) => b - a);
  if (kinds.length) console.log(`announced to the user, by kind: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(' · ')}`);
  console.log(
    `seed ${seed}, ${((performance.now() - began) / 1000).toFixed(0)} s, ${((performance.now() - began) / Math.max(done, 1)).toFixed(2)} ms a history`,
  );
  console.log(`${done} histories, ${violations} violations`);
  process.exitCode = violations || !done ? 1 : 0;
}

await (values.replay ? replay(values.replay) : run());
