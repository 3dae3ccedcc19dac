import { expect } from 'vitest';
import type { TrackerErrorKind } from '../../../core/tracker-error.ts';
import { type Check, paragraph, refusal } from '../stage.ts';
import type { FaultName } from '../world.ts';

const KINDS: readonly (readonly [FaultName, TrackerErrorKind, string])[] = [
  ['unauthorized', 'auth', 'a 401'],
  ['forbidden', 'forbidden', 'a 403'],
  ['not-found', 'not-found', 'a 404'],
  ['rate-limited', 'rate-limited', 'a 429'],
  ['server-error', 'unavailable', 'a 500'],
  ['overloaded', 'unavailable', 'a 503'],
  ['html', 'protocol', 'a web page in place of an answer'],
  ['time-out', 'unavailable', 'no answer in time'],
  ['refused', 'unavailable', 'a refused connection'],
];
/** Failures that say for sure that nothing was carried out. */
const CERTAIN: readonly FaultName[] = ['unauthorized', 'forbidden', 'not-found', 'rate-limited', 'refused'];
/** Failures after which nobody knows. */
const DOUBTFUL: readonly FaultName[] = ['server-error', 'time-out'];

function reading([fault, kind, words]: (typeof KINDS)[number]): Check {
  return {
    id: `fault-${fault}-on-reading`,
    title: `${words} while reading is ${kind}, never “gone”, and passes`,
    needs: (w) => w.faults.includes(fault),
    async run(stage) {
      const base = await stage.entity();
      const cursor = await stage.feedNow();
      await stage.world.fault?.(fault, 'read');
      try {
        const error = await refusal(stage.tracker.fetch(base.ref, stage.call), kind, 'fetch');
        expect(error.message).toMatch(/\S \S/);
        if (kind === 'rate-limited') expect(Math.abs((error.retryAt ?? 0) - stage.world.now()), 'retryAt is near').toBeLessThan(24 * 3_600_000);
        if (fault === 'refused' || fault === 'html' || kind === 'auth') await refusal(stage.tracker.changedSince(cursor, stage.call), kind, 'changedSince');
      } finally {
        await stage.world.calm?.();
      }
      expect(await stage.see(base.ref), 'afterwards').toEqual(base);
    },
  };
}

function writing([fault, kind, words]: (typeof KINDS)[number]): Check {
  return {
    id: `fault-${fault}-on-writing`,
    title: `${words} while writing is ${kind}${DOUBTFUL.includes(fault) ? ', in doubt' : ''}${CERTAIN.includes(fault) ? ', and nothing is written' : ''}`,
    needs: (w) => w.faults.includes(fault),
    async run(stage) {
      const base = await stage.entity();
      await stage.world.fault?.(fault, 'write');
      try {
        const comment = { do: 'add', body: paragraph('Ours.'), public: true, files: [], marker: stage.commentMarker() } as const;
        const error = await refusal(stage.apply(base, { fields: { summary: `Ours ${stage.word()}` }, comment }), kind, 'apply');
        if (DOUBTFUL.includes(fault)) expect(error.inDoubt, 'it may have been carried out').toBe(true);
        if (CERTAIN.includes(fault)) expect(error.inDoubt, 'it was certainly not carried out').toBe(false);
        await refusal(stage.tracker.create(stage.draft(), stage.marker(), stage.call), kind, 'create');
      } finally {
        await stage.world.calm?.();
      }
      if (CERTAIN.includes(fault)) expect(await stage.see(base.ref), 'afterwards').toEqual(base);
    },
  };
}

export const faults: readonly Check[] = [
  ...KINDS.map(reading),
  ...KINDS.map(writing),
  {
    id: 'given-up-call-does-nothing',
    title: 'a call that was given up beforehand is unavailable and writes nothing',
    needs: () => true,
    async run(stage) {
      const base = await stage.entity();
      const call = { ...stage.call, signal: AbortSignal.abort() };
      await refusal(stage.tracker.fetch(base.ref, call), 'unavailable', 'fetch');
      await refusal(stage.tracker.apply(base.ref, base, { fields: { summary: 'Given up' }, known: {} }, call), 'unavailable', 'apply');
      expect(await stage.see(base.ref)).toEqual(base);
    },
  },
];
