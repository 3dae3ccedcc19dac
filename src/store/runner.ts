import type { PgBoss } from 'pg-boss';
import { enqueueStatement, JOB_TABLE, JOBS_CHANNEL, TWIN_QUEUE, type TwinJob } from './enqueue.ts';
import type { Listener } from './listen.ts';
import { fromText } from './text.ts';

export interface RunnerOptions {
  /** Twins handled at the same time by this process. Default 8. */
  readonly concurrency?: number;
  /** Stops the runner when aborted. */
  readonly signal?: AbortSignal;
  /** Hears of new jobs at once; without it, they are found by asking. */
  readonly listener?: Listener;
  /** How often to ask for jobs, deferred ones above all. Default 500. */
  readonly pollMs?: number;
  /** How often to tell that a job is still being worked on. Default 10,000; a job that has not been told of for 30 seconds is done again. */
  readonly beatMs?: number;
  /** Told of what went wrong with the queue, or with a job (whose handler threw). */
  readonly onError?: (error: unknown, job?: TwinJob) => void;
}

export interface Runner {
  /** Jobs being handled by this process. */
  readonly running: number;
  /** Takes no more jobs and waits for those that run; after `graceMs` (default 10,000) aborts them and gives them back to the queue. */
  stop(graceMs?: number): Promise<void>;
}

/** `again`: there is more to do on the twin, which goes back to the end of the queue. The signal aborts when the job was taken away, or at the end. */
export type HandleTwin = (job: TwinJob, signal: AbortSignal) => Promise<{ readonly again: boolean }>;

interface Claim {
  readonly id: string;
  readonly retryCount: number;
  readonly job: TwinJob;
  readonly abort: AbortController;
  done: Promise<void>;
}

const nameOf = ({ id, retryCount }: Claim) => `${id}:${retryCount}`;

// A claim is named by the job and its attempt, as in pg-boss: one that was taken away cannot end or prolong the next one.
const FINISH = `delete from ${JOB_TABLE} where name = '${TWIN_QUEUE}' and id = $1 and retry_count = $2 and state = 'active'`;
const BEAT = `update ${JOB_TABLE} set heartbeat_on = pgboss.job_now()
  where name = '${TWIN_QUEUE}' and state = 'active' and id::text || ':' || retry_count::text = any($1) returning id`;

/**
 * Runs `handle` for each twin that is due. At most one job of a twin runs at a time, in all processes together. After each job it looks for the next at once,
 * so that a burst of changes on one twin does not wait for the next poll. A handler that throws is reported, and its job is tried again later.
 */
export function workTwins(boss: PgBoss, handle: HandleTwin, options: RunnerOptions = {}): Runner {
  const { concurrency = 8, signal, listener, pollMs = 500, beatMs = 10_000, onError = report } = options;
  const database = boss.getDb();
  const claims = new Map<string, Claim>();
  let stopping = false;
  let woken = false;
  let wake = () => {
    woken = true;
  };

  /** Until something happened, or the time is over. */
  function rest(ms: number): Promise<void> {
    if (woken) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(end, ms);
      function end() {
        clearTimeout(timer);
        wake = () => {
          woken = true;
        };
        resolve();
      }
      wake = () => {
        woken = true;
        end();
      };
    });
  }

  async function run(claim: Claim): Promise<void> {
    const { id, retryCount, job, abort } = claim;
    try {
      try {
        const result = await handle(job, abort.signal);
        if (result.again) {
          const { text, values } = enqueueStatement(job.side, job.twin, job);
          await database.executeSql(text, values);
        }
      } catch (error) {
        onError(error, job);
        await boss.fail(TWIN_QUEUE, [{ id, retryCount }], { message: error instanceof Error ? error.message : String(error) });
        return;
      }
      await database.executeSql(FINISH, [id, retryCount]);
    } catch (error) {
      // The job stays with us until its heartbeat is missed; then it is done again.
      onError(error, job);
    } finally {
      claims.delete(nameOf(claim));
      wake();
    }
  }

  async function take(): Promise<number> {
    const wanted = concurrency - claims.size;
    const jobs = await boss.fetch<TwinJob>(TWIN_QUEUE, { batchSize: wanted });
    for (const { id, data, retryCount } of jobs) {
      const job = { side: fromText(data.side), twin: fromText(data.twin), trigger: fromText(data.trigger), priority: data.priority };
      const claim: Claim = { id, retryCount, job, abort: new AbortController(), done: Promise.resolve() };
      claims.set(nameOf(claim), claim);
      claim.done = run(claim);
    }
    return wanted - jobs.length;
  }

  async function loop(): Promise<void> {
    while (!stopping) {
      woken = false;
      if (claims.size >= concurrency) {
        await rest(pollMs);
        continue;
      }
      try {
        if ((await take()) > 0 && !stopping) await rest(pollMs);
      } catch (error) {
        if (stopping) break;
        onError(error);
        await rest(Math.max(pollMs, 1000));
      }
    }
  }

  async function beat(): Promise<void> {
    if (claims.size === 0) return;
    const mine = [...claims.values()];
    const { rows } = await database.executeSql(BEAT, [mine.map(nameOf)]);
    const kept = new Set(rows.map(({ id }: { id: string }) => id));
    for (const claim of mine) if (!kept.has(claim.id)) claim.abort.abort(new Error('The job was taken away: its heartbeat came too late.'));
  }

  const beating = setInterval(() => void beat().catch(onError), beatMs);
  const unlisten = listener?.on(JOBS_CHANNEL, () => wake());
  const looping = loop();

  async function halt(graceMs: number): Promise<void> {
    stopping = true;
    unlisten?.();
    wake();
    await looping;
    const all = () => Promise.allSettled([...claims.values()].map((claim) => claim.done));
    const over = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());
    await Promise.race([all(), over(graceMs)]);
    for (const claim of claims.values()) claim.abort.abort(new Error('The node is stopping.'));
    await Promise.race([all(), over(2000)]);
    clearInterval(beating);
    const left = [...claims.values()].map(({ id, retryCount }) => ({ id, retryCount }));
    if (left.length > 0) await boss.fail(TWIN_QUEUE, left, { message: 'The node stopped before the job had ended.' });
  }

  let halted: Promise<void> | undefined;
  const stop = (graceMs = 10_000) => {
    halted ??= halt(graceMs);
    return halted;
  };
  signal?.addEventListener('abort', () => void stop().catch(onError), { once: true });
  return {
    get running() {
      return claims.size;
    },
    stop,
  };
}

function report(error: unknown, job?: TwinJob): void {
  console.error(`queue: ${job ? `twin ${job.twin}: ` : ''}${error instanceof Error ? error.message : String(error)}`);
}
