import type { Operations, ProgressView } from '../operations.ts';

/**
 * How far a twin is, now and after everything that happens to it, until `signal` ends it. It never misses the last change: a notice that comes
 * while one is being read is remembered.
 */
export async function* follow(ops: Operations, twin: string, signal: AbortSignal): AsyncGenerator<ProgressView> {
  let stale = true;
  let wake = () => {};
  const stop = ops.watch((changed) => {
    if (changed !== null && changed !== twin) return;
    stale = true;
    wake();
  });
  const ended = () => wake();
  signal.addEventListener('abort', ended);
  try {
    while (!signal.aborted) {
      if (stale) {
        stale = false;
        yield await ops.progress(twin);
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (stale || signal.aborted) resolve();
      });
    }
  } finally {
    stop();
    signal.removeEventListener('abort', ended);
  }
}

/** The first progress that is settled, or the last one when `signal` ends it. */
export async function whenSettled(ops: Operations, twin: string, signal: AbortSignal): Promise<ProgressView> {
  for await (const progress of follow(ops, twin, signal)) if (progress.settled) return progress;
  return ops.progress(twin);
}
