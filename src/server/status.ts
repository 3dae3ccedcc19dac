import type { Problem } from '../core/twin.ts';
import type { StageView, TwinStatusView } from './operations.ts';
import { STAGES } from './schemas.ts';

/** One half of a twin, as far as its status needs it. */
export interface HalfFacts {
  readonly instance: string;
  readonly status: 'active' | 'unlinked' | 'redundant';
  readonly reason: string | null;
  /** Something has still to be looked at, sent, acknowledged or applied. */
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly held: readonly string[];
  readonly differs: readonly string[];
  readonly inSyncAt: string | null;
  readonly instancePausedUntil: string | null;
  readonly instanceProblem: Problem | null;
  readonly connectionStatus: 'pending' | 'active' | 'deactivated' | 'error';
  readonly connectionProblem: Problem | null;
  /** The other side, for people, and what it did with its half. */
  readonly peer?: string;
  readonly peerStatus?: 'active' | 'deactivated' | 'removed';
}

/** The one sentence that answers "why is this not in sync?". `now`: milliseconds since 1970. */
export function statusOf(halves: readonly HalfFacts[], now: number): TwinStatusView {
  const ended = halves.find((half) => half.status !== 'active');
  if (ended) return { state: 'ended', sentence: `No longer under sync: ${sentence(ended.reason ?? 'it was unlinked')} The entities stay.`, at: null };

  const mode = halves.find((half) => half.connectionStatus !== 'active');
  const stopped = halves.find((half) => half.instanceProblem && !half.instanceProblem.retryAt);
  if (stopped?.instanceProblem) return stop(`${stopped.instance}: ${stopped.instanceProblem.message}`);
  if (mode?.connectionProblem) return stop(mode.connectionProblem.message);
  if (mode) {
    const why = mode.connectionStatus === 'pending' ? 'the connection is not accepted yet' : 'the connection is not active';
    return { state: 'waiting', sentence: `Waiting: ${why}. Changes are kept and go out when it is.`, at: null };
  }
  const off = halves.find((half) => half.peerStatus === 'deactivated');
  if (off)
    return {
      state: 'waiting',
      sentence: `Waiting: ${off.peer ?? 'the other side'} has deactivated the connection. Changes are kept and go out when it is activated there.`,
      at: null,
    };
  const problem = halves.map((half) => half.problem).find((it) => it && !it.retryAt);
  if (problem) return stop(problem.message);
  // A pause concerns a twin only while it has something to do.
  const busy = halves.some((half) => half.busy);
  const paused = halves.find((half) => half.instancePausedUntil && Date.parse(half.instancePausedUntil) > now);
  if (paused?.instancePausedUntil && busy)
    return {
      state: 'waiting',
      sentence: `Waiting: ${paused.instance} allows more calls in ${span(Date.parse(paused.instancePausedUntil) - now)}.`,
      at: paused.instancePausedUntil,
    };
  const retried = halves.map((half) => half.problem ?? half.instanceProblem).find((it) => it !== null);
  if (retried) {
    const left = retried.retryAt ? Date.parse(retried.retryAt) - now : 0;
    return { state: 'waiting', sentence: `Waiting: ${sentence(retried.message)} Next try ${left > 1000 ? `in ${span(left)}` : 'now'}.`, at: retried.retryAt };
  }
  const held = [...new Set(halves.flatMap((half) => half.held))];
  if (held.length > 0) return { state: 'conflict', sentence: `Both sides changed ${list(held)}: choose which one stays.`, at: null };
  if (busy) return { state: 'syncing', sentence: 'Syncing now.', at: null };
  const at = halves.map((half) => half.inSyncAt).reduce<string | null>((newest, it) => (it && (!newest || it > newest) ? it : newest), null);
  const differs = [...new Set(halves.flatMap((half) => half.differs))];
  if (differs.length > 0)
    return { state: 'differs', sentence: `${differs.length === 1 ? '1 thing differs' : `${differs.length} things differ`}: ${list(differs)}.`, at };
  return at ? { state: 'in-sync', sentence: `In sync since ${moment(at)}.`, at } : { state: 'syncing', sentence: 'Syncing for the first time.', at: null };
}

const stop = (message: string): TwinStatusView => ({ state: 'stopped', sentence: `Stopped: ${sentence(message)}`, at: null });
const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
const moment = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/** `Subject`, `Subject and Priority`, `Subject, Priority and 3 more`. */
function list(names: readonly string[]): string {
  const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** Rounded up, so that nobody comes back too early: `41 s`, `3 min`, `2 h`. */
export function span(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

/**
 * How far the newest change has come, from the run records of both halves (any order). `began`: when the twin was put under sync; a later
 * change begins with its own capture. A stage without a record has been passed when a later one is recorded, at that moment at the latest.
 * `alone`: the other half's records are on another node. What was sent was received, as its answer says; what was applied here was sent from there,
 * and is in sync as soon as it stands here.
 */
export function stagesOf(runs: readonly { readonly stage: string; readonly at: string }[], began: string, alone = false): StageView[] {
  const known = runs.filter((run) => (STAGES as readonly string[]).includes(run.stage)).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const captures = known.filter((run) => run.stage === 'captured' || (alone && run.stage === 'received'));
  const latest = captures.at(-1);
  const first = captures.length < 2 || latest === undefined;
  const start = first ? began : latest.at;
  const round = first ? known : known.filter((run) => run.at >= start);
  const found = STAGES.map((stage) => round.find((run) => run.stage === stage)?.at ?? null);
  if (alone) {
    const [, sent, received, applied, settled] = found;
    found[2] = received ?? sent ?? null;
    found[4] = settled ?? applied ?? null;
  }
  return STAGES.map((stage, i) => {
    const at = found[i] ?? found.slice(i + 1).find((later) => later !== null) ?? null;
    return { stage, at, ms: at === null ? null : Math.max(0, Date.parse(at) - Date.parse(start)) };
  });
}
