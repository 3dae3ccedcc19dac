import { expect, test } from 'vitest';
import type { Problem } from '../core/twin.ts';
import { type HalfFacts, span, stagesOf, statusOf } from './status.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const half = (more: Partial<HalfFacts> = {}): HalfFacts => ({
  instance: 'Acme Support',
  status: 'active',
  reason: null,
  busy: false,
  problem: null,
  held: [],
  differs: [],
  inSyncAt: '2026-03-01T11:04:00.000Z',
  instancePausedUntil: null,
  instanceProblem: null,
  connectionStatus: 'active',
  connectionProblem: null,
  ...more,
});
const problem = (more: Partial<Problem> = {}): Problem => ({
  level: 'twin',
  code: 'tracker-rejected',
  message: 'The tracker refused “Priority”: P0 is not in its list.',
  remedy: 'Map it.',
  since: '2026-03-01T11:59:00Z',
  attempts: 1,
  retryAt: null,
  ...more,
});
const say = (...halves: Partial<HalfFacts>[]) => statusOf(halves.map(half), NOW);

test('the sentence says why an entity is or is not in sync', () => {
  expect(say({}, { instance: 'Globex' })).toEqual({ state: 'in-sync', sentence: 'In sync since 2026-03-01 11:04 UTC.', at: '2026-03-01T11:04:00.000Z' });
  expect(say({ busy: true })).toMatchObject({ state: 'syncing', sentence: 'Syncing now.' });
  expect(say({ inSyncAt: null }).sentence).toBe('Syncing for the first time.');
  expect(say({ busy: true, instancePausedUntil: '2026-03-01T12:00:40.500Z' })).toEqual({
    state: 'waiting',
    sentence: 'Waiting: Acme Support allows more calls in 41 s.',
    at: '2026-03-01T12:00:40.500Z',
  });
  expect(say({}, { problem: problem() })).toEqual({ state: 'stopped', sentence: 'Stopped: The tracker refused “Priority”: P0 is not in its list.', at: null });
  expect(say({ problem: problem({ message: 'Globex did not answer', retryAt: '2026-03-01T12:01:00Z', attempts: 3 }) })).toEqual({
    state: 'waiting',
    sentence: 'Waiting: Globex did not answer. Next try in 60 s.',
    at: '2026-03-01T12:01:00Z',
  });
  expect(say({ differs: ['Priority'] }, { differs: ['Comment'] })).toEqual({
    state: 'differs',
    sentence: '2 things differ: Priority and Comment.',
    at: '2026-03-01T11:04:00.000Z',
  });
  expect(say({ differs: ['Priority'] }).sentence).toBe('1 thing differs: Priority.');
  expect(say({ differs: ['A', 'B', 'C', 'D', 'E'] }).sentence).toBe('5 things differ: A, B and 3 more.');
  expect(say({ held: ['Summary'] })).toMatchObject({ state: 'conflict', sentence: 'Both sides changed Summary: choose which one stays.' });
  expect(say({ status: 'unlinked', reason: 'deleted here' }).sentence).toBe('No longer under sync: deleted here. The entities stay.');
  expect(say({ connectionStatus: 'deactivated' }).sentence).toBe('Waiting: the connection is not active. Changes are kept and go out when it is.');
  expect(say({ instanceProblem: problem({ message: 'The credentials do not work.' }) }).sentence).toBe('Stopped: Acme Support: The credentials do not work.');
});

test('what needs a person comes before what passes by itself', () => {
  const waits = problem({ message: 'Busy.', retryAt: '2026-03-01T12:01:00Z' });
  expect(say({ problem: waits }, { problem: problem() }).state).toBe('stopped');
  expect(say({ status: 'redundant', problem: problem() }).state).toBe('ended');
  // A pause is no news for whoever has nothing to do.
  expect(say({ instancePausedUntil: '2026-03-01T12:10:00Z' }).state).toBe('in-sync');
  expect(say({ busy: true, differs: ['Priority'] }).state).toBe('syncing');
});

test('a time to wait is rounded up', () => {
  expect([1, 40_001, 119_000, 121_000, 3_600_000, 7_200_001].map(span)).toEqual(['1 s', '41 s', '119 s', '3 min', '60 min', '3 h']);
});

test('stages count from the beginning, a later change from its own capture', () => {
  const at = (ms: number) => new Date(NOW + ms).toISOString();
  const run = (stage: string, ms: number) => ({ stage, at: at(ms) });
  const began = at(0);
  const times = (runs: { stage: string; at: string }[]) => stagesOf(runs, began).map(({ ms }) => ms);
  expect(times([])).toEqual([null, null, null, null, null]);
  expect(times([run('captured', 40)])).toEqual([40, null, null, null, null]);
  expect(times([run('in-sync', 300), run('applied', 230), run('received', 70), run('nothing', 60), run('captured', 40)])).toEqual([40, 70, 70, 230, 300]);
  expect(times([run('captured', 40), run('received', 70), run('failed', 90)])).toEqual([40, 70, 70, null, null]);
  const first = [run('captured', 40), run('received', 70), run('applied', 230), run('in-sync', 300)];
  expect(times([...first, run('captured', 60_000)])).toEqual([0, null, null, null, null]);
  expect(times([...first, run('captured', 60_000), run('received', 60_010), run('applied', 60_050), run('in-sync', 60_090)])).toEqual([0, 10, 10, 50, 90]);
});

test('of a twin whose other half is on another node, what is only known there is taken from the answers', () => {
  const at = (ms: number) => new Date(NOW + ms).toISOString();
  const run = (stage: string, ms: number) => ({ stage, at: at(ms) });
  const times = (runs: { stage: string; at: string }[]) => stagesOf(runs, at(0), true).map(({ ms }) => ms);
  expect(times([run('captured', 40)])).toEqual([40, null, null, null, null]);
  expect(times([run('captured', 40), run('sent', 70)])).toEqual([40, 70, 70, null, null]);
  expect(times([run('captured', 40), run('sent', 70), run('in-sync', 300)])).toEqual([40, 70, 70, 300, 300]);
  // At the receiving end.
  expect(times([run('received', 20)])).toEqual([20, 20, 20, null, null]);
  expect(times([run('received', 20), run('applied', 90)])).toEqual([20, 20, 20, 90, 90]);
  // A change that comes back later is a round of its own.
  expect(times([run('captured', 40), run('sent', 70), run('in-sync', 300), run('received', 5000)])).toEqual([0, 0, 0, null, null]);
});

test('a connection that the other side has switched off says who waits for whom', () => {
  expect(say({ peer: 'Globex', peerStatus: 'deactivated' })).toMatchObject({
    state: 'waiting',
    sentence: 'Waiting: Globex has deactivated the connection. Changes are kept and go out when it is activated there.',
  });
});
