import { TrackerError } from '../core/tracker-error.ts';
import type { Budget, CallContext } from './http.ts';
import { readRates, resetsIn } from './rate-headers.ts';

type Priority = CallContext['priority'];
const RANK: Record<Priority, number> = { interactive: 0, normal: 1, bulk: 2 };
/** The part of a budget that is left for more urgent work. */
const RESERVE: Record<Priority, number> = { interactive: 0, normal: 0.05, bulk: 0.25 };
/** Places among the calls at once that are left for more urgent work. */
const SPARE: Record<Priority, number> = { interactive: 0, normal: 0, bulk: 2 };

export interface PaceState {
  /** The account's budget as its last answer told it; null: it has not. */
  readonly limit: number | null;
  readonly remaining: number | null;
  /** No call before this moment (milliseconds since 1970); null: free. */
  readonly pausedUntil: number | null;
  readonly running: number;
  readonly waiting: number;
}

/** Lets calls of one account out: no more at once than agreed, no more in a window than the vendor allows, the urgent ones first. */
export interface Pacer {
  /**
   * Resolves when the call may go out; the result is called when it is over. Rejects with TrackerError `rate-limited` (of a spent entity budget:
   * `unavailable`), both with `retryAt`, when that would take longer than `maxWaitMs`, and with the signal's reason when it is aborted.
   */
  enter(budgets: readonly Budget[], priority: Priority, signal: AbortSignal): Promise<() => void>;
  /** Takes up what an answer says about budgets. */
  learn(headers: Readonly<Record<string, string>>, budgets: readonly Budget[]): void;
  /** Nothing goes out before `until`. */
  pause(until: number): void;
  state(): PaceState;
}

interface Window {
  budget: Budget;
  times: number[];
  closedUntil: number;
}
interface Waiter {
  budgets: readonly Budget[];
  priority: Priority;
  go(): void;
  refuse(error: Error): void;
}
type Obstacle = { until: number; why: 'paused' | 'budget' | 'reserve'; budget?: Budget };

export function createPacer(options: { concurrency?: number; maxWaitMs?: number; now?: () => number } = {}): Pacer {
  const now = options.now ?? Date.now;
  const concurrency = options.concurrency ?? 10;
  const maxWait = options.maxWaitMs ?? 30_000;
  const windows = new Map<string, Window>();
  let waiting: Waiter[] = [];
  let running = 0;
  let pausedUntil = 0;
  let account: { limit: number; remaining: number; resetAt: number } | null = null;
  let alarm: NodeJS.Timeout | undefined;

  const live = (budget: Budget): Window => {
    const found = windows.get(budget.name) ?? { budget, times: [], closedUntil: 0 };
    found.budget = budget;
    const oldest = now() - budget.perMs;
    while (found.times[0] !== undefined && found.times[0] <= oldest) found.times.shift();
    return found;
  };

  /** What keeps a call back at this moment, the longest-lasting first. */
  const obstacle = (budgets: readonly Budget[], priority: Priority): Obstacle | null => {
    const found: Obstacle[] = [];
    if (pausedUntil > now()) found.push({ until: pausedUntil, why: 'paused' });
    if (account && account.resetAt > now()) {
      const free = account.remaining - running;
      const kept = Math.floor(account.limit * RESERVE[priority]);
      if (free <= kept) found.push({ until: account.resetAt, why: account.remaining <= 0 ? 'paused' : 'reserve' });
    }
    for (const budget of budgets) {
      const { times, closedUntil } = live(budget);
      if (closedUntil > now()) found.push({ until: closedUntil, why: 'budget', budget });
      const usable = Math.max(1, budget.limit - Math.floor(budget.limit * RESERVE[priority]));
      const freed = times[times.length - usable];
      if (freed !== undefined) found.push({ until: freed + budget.perMs, why: times.length >= budget.limit ? 'budget' : 'reserve', budget });
    }
    return found.sort((a, b) => b.until - a.until)[0] ?? null;
  };

  const tooLong = ({ until, why }: Obstacle): boolean => until - now() > (why === 'reserve' ? Math.max(maxWait, 65_000) : maxWait);

  const pump = (): void => {
    clearTimeout(alarm);
    let wake = Number.POSITIVE_INFINITY;
    const still: Waiter[] = [];
    for (const waiter of waiting) {
      const kept = obstacle(waiter.budgets, waiter.priority);
      if (kept) {
        if (tooLong(kept)) waiter.refuse(spent(kept));
        else {
          wake = Math.min(wake, kept.until);
          still.push(waiter);
        }
      } else if (running >= Math.max(1, concurrency - SPARE[waiter.priority])) still.push(waiter);
      else {
        running += 1;
        for (const budget of waiter.budgets) {
          const window = live(budget);
          window.times.push(now());
          windows.set(budget.name, window);
        }
        waiter.go();
      }
    }
    waiting = still;
    if (Number.isFinite(wake)) alarm = setTimeout(pump, Math.max(1, wake - now()));
    if (windows.size > 2_000)
      for (const [name, { budget, closedUntil }] of windows) if (!live(budget).times.length && closedUntil < now()) windows.delete(name);
  };

  const leave = (): (() => void) => {
    let gone = false;
    return () => {
      if (gone) return;
      gone = true;
      running -= 1;
      pump();
    };
  };

  return {
    enter: (budgets, priority, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const withdraw = (): void => {
          waiting = waiting.filter((other) => other !== waiter);
          reject(signal.reason);
        };
        const waiter: Waiter = {
          budgets,
          priority,
          go: () => {
            signal.removeEventListener('abort', withdraw);
            resolve(leave());
          },
          refuse: (error) => {
            signal.removeEventListener('abort', withdraw);
            reject(error);
          },
        };
        signal.addEventListener('abort', withdraw, { once: true });
        const behind = waiting.findIndex((other) => RANK[other.priority] > RANK[priority]);
        waiting.splice(behind < 0 ? waiting.length : behind, 0, waiter);
        pump();
      }),
    learn(headers, budgets) {
      const { whole, named } = readRates(
        headers,
        budgets.map(({ name }) => name),
        now(),
      );
      // Answers overtake each other: within one window the lowest count is the newest.
      if (whole)
        account = account && Math.abs(whole.resetAt - account.resetAt) < 2000 ? { ...whole, remaining: Math.min(whole.remaining, account.remaining) } : whole;
      for (const budget of budgets) {
        const rate = named[budget.name];
        if (!rate || rate.remaining > 0) continue;
        const window = live(budget);
        window.closedUntil = rate.resetAt;
        windows.set(budget.name, window);
      }
    },
    pause(until) {
      pausedUntil = Math.max(pausedUntil, until);
      pump();
    },
    state: () => ({
      limit: account?.limit ?? null,
      remaining: account && account.resetAt > now() ? account.remaining : (account?.limit ?? null),
      pausedUntil: pausedUntil > now() ? pausedUntil : null,
      running,
      waiting: waiting.length,
    }),
  };
}

function spent({ until, budget }: Obstacle): TrackerError {
  const when = new Date(until).toISOString();
  if (budget?.of === 'entity')
    return new TrackerError(
      'unavailable',
      `The tracker takes only ${budget.limit} changes of one entity in ${resetsIn(budget.perMs)}; the next is possible at ${when}.`,
      {
        retryAt: until,
      },
    );
  return new TrackerError('rate-limited', `The tracker's request limit is used up; work goes on at ${when}.`, { retryAt: until });
}
