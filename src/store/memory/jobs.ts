import type { JobOptions } from '../../engine/ports.ts';

const URGENCY = { interactive: 10, normal: 0, bulk: -10 } as const;

/** Waiting jobs by `side/twin`, in the order in which they came. */
export type Jobs = Map<string, JobOptions>;

/** Adds a job, or brings the waiting one forward: the earlier of the two moments, the more urgent of the two priorities. */
export function addJob(jobs: Jobs, key: string, job: JobOptions): void {
  const waiting = jobs.get(key);
  if (!waiting) {
    jobs.set(key, job);
    return;
  }
  const earlier = (job.notBefore ?? 0) < (waiting.notBefore ?? 0);
  const moreUrgent = URGENCY[job.priority] > URGENCY[waiting.priority];
  if (!earlier && !moreUrgent) return;
  const first = earlier ? job : waiting;
  jobs.set(key, {
    trigger: job.trigger,
    priority: moreUrgent ? job.priority : waiting.priority,
    ...(first.notBefore === undefined ? {} : { notBefore: first.notBefore }),
  });
}

/** Keys of the jobs that may run, the most urgent first, then the oldest. */
export function dueJobs(jobs: Jobs, now: number): string[] {
  const due: [string, JobOptions][] = [];
  for (const entry of jobs) if ((entry[1].notBefore ?? 0) <= now) due.push(entry);
  return due.sort((a, b) => URGENCY[b[1].priority] - URGENCY[a[1].priority]).map(([key]) => key);
}
