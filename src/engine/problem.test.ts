import { describe, expect, test } from 'vitest';
import { EntenteError, ERRORS } from '../core/errors.ts';
import { TrackerError, type TrackerErrorKind } from '../core/tracker-error.ts';
import type { Problem } from '../core/twin.ts';
import { InDoubt, problemOf, Waiting } from './problem.ts';
import { type Context, PeerError } from './work.ts';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Jitter of nothing unless told. */
const context = (random = 0.5, now = NOW) => ({ clock: { now: () => now }, random: () => random }) as Context;
const iso = (ms: number) => new Date(ms).toISOString();

/** Milliseconds until it is tried again; null: not by itself. */
const wait = (problem: Problem, now = NOW) => (problem.retryAt === null ? null : Date.parse(problem.retryAt) - now);
const retryIn = (error: unknown, before: Problem | null = null, random = 0.5) => wait(problemOf(context(random), error, before));

const kinds: Record<TrackerErrorKind, [code: string, level: Problem['level'], wait: number | null]> = {
  unavailable: ['tracker-unavailable', 'twin', 5 * SECOND],
  conflict: ['tracker-conflict', 'twin', 5 * SECOND],
  'rate-limited': ['tracker-rate-limited', 'instance', 5 * SECOND],
  rejected: ['tracker-rejected', 'twin', null],
  forbidden: ['tracker-forbidden', 'twin', null],
  'not-found': ['tracker-not-found', 'twin', null],
  auth: ['tracker-auth', 'instance', null],
  protocol: ['tracker-protocol', 'instance', MINUTE],
  'cursor-expired': ['internal', 'twin', MINUTE],
};
const rows = Object.entries(kinds) as [TrackerErrorKind, (typeof kinds)[TrackerErrorKind]][];

test.each(rows)('a tracker’s failure “%s” has its code, its level and its time to be tried again', (kind, [code, level, ms]) => {
  const problem = problemOf(context(), new TrackerError(kind, 'What the tracker said.'), null);
  expect(problem).toEqual({
    level,
    code,
    message: 'What the tracker said.',
    remedy: ERRORS[code as keyof typeof ERRORS].remedy,
    since: iso(NOW),
    attempts: 1,
    retryAt: ms === null ? null : iso(NOW + ms),
  });
});

test('a rate limit is tried again when the tracker says, however often that was', () => {
  const error = new TrackerError('rate-limited', 'Slow down.', { retryAt: NOW + 42 * SECOND });
  const first = problemOf(context(0), error, null);
  expect(wait(first)).toBe(42 * SECOND);
  expect(wait(problemOf(context(1), error, { ...first, attempts: 9 }))).toBe(42 * SECOND);
});

const others: [name: string, error: unknown, expected: Partial<Problem>, wait: number | null][] = [
  [
    'a call that may still take effect waits until that is over',
    new InDoubt(NOW + 7 * MINUTE),
    { code: 'in-doubt', level: 'twin', message: ERRORS['in-doubt'].means },
    7 * MINUTE,
  ],
  [
    'what will pass is tried again every minute',
    new Waiting('comment-unreadable', 'Hidden.'),
    { code: 'comment-unreadable', level: 'twin', message: 'Hidden.' },
    MINUTE,
  ],
  [
    'a peer that cannot be reached is tried again soon',
    new PeerError('No answer.'),
    { code: 'peer-unavailable', level: 'twin', message: 'No answer.' },
    5 * SECOND,
  ],
  ['a rule that failed waits for a person', new EntenteError('rule-failed', 'It threw.'), { code: 'rule-failed', level: 'twin', message: 'It threw.' }, null],
  [
    'a refusal of the peer stops the connection, which is asked again now and then',
    new EntenteError('peer-refused', 'No.'),
    { code: 'peer-refused', level: 'connection', message: 'No.' },
    MINUTE,
  ],
  ['an error of a request stops no more than the twin', new EntenteError('wrong-urn', 'None.'), { code: 'wrong-urn', level: 'twin', message: 'None.' }, null],
  [
    'an unexpected error stops the twin and is not tried again',
    new TypeError('x is undefined'),
    { code: 'broken-invariant', level: 'twin', message: 'x is undefined' },
    null,
  ],
  ['what is thrown without being an error is told as well', 'just words', { code: 'broken-invariant', level: 'twin', message: 'just words' }, null],
];
test.each(others)('%s', (_name, error, expected, ms) => {
  const problem = problemOf(context(), error, null);
  expect(problem).toMatchObject({ ...expected, remedy: ERRORS[expected.code as keyof typeof ERRORS].remedy });
  expect(wait(problem)).toBe(ms);
});

describe('while the same thing keeps failing', () => {
  const down = new TrackerError('unavailable', 'Down.');
  /** The waits of so many failures in a row. */
  function waits(error: unknown, count: number, random = 0.5): (number | null)[] {
    let before: Problem | null = null;
    return Array.from({ length: count }, () => {
      before = problemOf(context(random), error, before);
      return wait(before);
    });
  }

  test('the time to the next attempt doubles from five seconds up to ten minutes', () => {
    expect(waits(down, 10).map((ms) => (ms ?? 0) / SECOND)).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
  });

  test('what rarely mends itself starts at a minute and has the same ceiling', () => {
    expect(waits(new TrackerError('protocol', 'Strange.'), 6).map((ms) => (ms ?? 0) / MINUTE)).toEqual([1, 2, 4, 8, 10, 10]);
  });

  test('even the ten thousandth attempt has a time', () => {
    const before: Problem = { ...problemOf(context(), down, null), attempts: 9_999 };
    expect(problemOf(context(), down, before)).toMatchObject({ attempts: 10_000, retryAt: iso(NOW + 10 * MINUTE) });
  });

  test('the jitter spreads the attempts by a quarter to either side', () => {
    expect([0, 0.5, 1].map((random) => retryIn(down, null, random))).toEqual([3750, 5000, 6250]);
  });

  test('it is counted, and known since when; the message is the newest', () => {
    const first = problemOf(context(), down, null);
    const second = problemOf(context(0.5, NOW + MINUTE), new TrackerError('unavailable', 'Still down.'), first);
    const third = problemOf(context(0.5, NOW + 2 * MINUTE), down, second);
    expect(second).toMatchObject({ since: iso(NOW), attempts: 2, message: 'Still down.', retryAt: iso(NOW + MINUTE + 10 * SECOND) });
    expect(third).toMatchObject({ since: iso(NOW), attempts: 3, retryAt: iso(NOW + 2 * MINUTE + 20 * SECOND) });
  });

  test('another failure begins anew', () => {
    const before: Problem = { ...problemOf(context(), down, null), attempts: 8 };
    const now = NOW + MINUTE;
    expect(problemOf(context(0.5, now), new TrackerError('conflict', 'Changed.'), before)).toMatchObject({
      code: 'tracker-conflict',
      since: iso(now),
      attempts: 1,
      retryAt: iso(now + 5 * SECOND),
    });
  });

  test('what waits for a person is counted too, and never tried again by itself', () => {
    const refused = new TrackerError('rejected', 'Too long.');
    const first = problemOf(context(), refused, null);
    expect(problemOf(context(), refused, first)).toMatchObject({ attempts: 2, since: first.since, retryAt: null });
  });
});
