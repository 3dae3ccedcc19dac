import fc from 'fast-check';
import type { ProfileName } from '../../src/connectors/memory/index.ts';
import { type SyncRule, switchOff } from '../../src/core/sync-rule.ts';
import { history, SCENARIOS, type ScenarioName, type Setup } from './history.ts';

export interface Batch {
  readonly seed: number;
  readonly runs: number;
  readonly scenarios?: readonly ScenarioName[];
  readonly platforms?: readonly ProfileName[];
  readonly without?: readonly SyncRule[];
  /** Stops at the first violation without looking for the smallest. */
  readonly quick?: boolean;
  /** Nothing is excused. */
  readonly strict?: boolean;
}

export interface Outcome {
  readonly runs: number;
  readonly violation: {
    readonly setup: Omit<Setup, 'verbose'>;
    readonly bad: readonly string[];
    readonly why: readonly string[];
    readonly shrinks: number;
  } | null;
  /** How many histories ended in an outcome that no algorithm can prevent, and that was announced: by kind. */
  readonly announced: Readonly<Record<string, number>>;
}

export const platformsOf = (platforms: readonly ProfileName[] | undefined): Partial<Setup> => (platforms ? { platforms } : {});

/** Runs histories until one fails; then looks for the smallest history that fails. */
export async function check({ seed, runs, scenarios, platforms, without = [], quick = false, strict = false }: Batch): Promise<Outcome> {
  switchOff(without);
  const announced: Record<string, number> = {};
  const setup = fc.record({
    scenario: fc.constantFrom(...((scenarios ?? Object.keys(SCENARIOS)) as ScenarioName[])),
    seed: fc.noBias(fc.nat({ max: 2 ** 31 - 1 })),
    actions: fc.noBias(fc.array(fc.nat({ max: 2 ** 31 - 1 }), { minLength: 0, maxLength: 170, size: 'max' })),
  });
  let last: { bad: readonly string[]; why: readonly string[] } = { bad: [], why: [] };
  const property = fc.asyncProperty(setup, async (given) => {
    const verdict = await history({ ...given, ...platformsOf(platforms), strict });
    for (const kind of verdict.announced) announced[kind] = (announced[kind] ?? 0) + 1;
    if (verdict.bad.length) last = verdict;
    return verdict.bad.length === 0;
  });
  try {
    const result = await fc.check(property, { seed, numRuns: runs, endOnFailure: quick, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: false });
    if (!result.failed) return { runs: result.numRuns, violation: null, announced };
    const [found] = result.counterexample ?? [];
    if (!found) throw new Error('no counterexample');
    // The verdict of the smallest, not of the last that was tried. An error thrown by the engine has none.
    const verdict = await history({ ...found, ...platformsOf(platforms), strict }).catch((error: unknown) => ({
      bad: ['error'],
      why: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    }));
    return {
      runs: result.numRuns,
      violation: {
        setup: { ...found, ...platformsOf(platforms) },
        bad: verdict.bad.length ? verdict.bad : last.bad,
        why: verdict.why.length ? verdict.why : last.why,
        shrinks: result.numShrinks,
      },
      announced,
    };
  } finally {
    switchOff([]);
  }
}
