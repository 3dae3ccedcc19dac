import type { JobOptions } from '../engine/ports.ts';
import type { Session } from './session.ts';
import { toKey, toText } from './text.ts';

export const TWIN_QUEUE = 'twin';
/** Channel on which workers are told that a job is due. */
export const JOBS_CHANNEL = 'entente_jobs';
/** The table of pg-boss in which queues without a partition of their own live. `job` is its parent, which has no unique index to name. */
export const JOB_TABLE = 'pgboss.job_common';

const PRIORITY = { interactive: 10, normal: 0, bulk: -10 } as const;

/** What a job says. A hint only: whoever runs it looks at the twin. */
export interface TwinJob {
  readonly side: string;
  readonly twin: string;
  readonly trigger: string;
  readonly priority: JobOptions['priority'];
}

/**
 * One statement instead of pg-boss's `send`, because a job that waits already must be locked until this transaction commits: otherwise a worker could take it,
 * look at the twin before the change is visible, and nothing would be left to run. Brings a waiting job forward, never puts it back.
 * The left join makes a missing queue an error (a null in `retry_limit`) instead of a job that is lost silently.
 */
const ENQUEUE = `
with asked as (
  select $1::jsonb as data, $2::int as priority, $3::text as key,
    case when $4::float8 is null then pgboss.job_now() else to_timestamp($4::float8 / 1000) end as at
), waiting as (
  insert into ${JOB_TABLE} as job (name, data, priority, start_after, created_on, keep_until, singleton_key, policy, retry_limit, retry_delay, retry_backoff,
    retry_delay_max, expire_seconds, deletion_seconds, heartbeat_seconds)
  select '${TWIN_QUEUE}', a.data, a.priority, a.at, pgboss.job_now(), a.at + q.retention_seconds * interval '1 second', a.key, q.policy, q.retry_limit, q.retry_delay,
    q.retry_backoff, q.retry_delay_max, q.expire_seconds, q.deletion_seconds, q.heartbeat_seconds
  from asked a left join pgboss.queue q on q.name = '${TWIN_QUEUE}'
  on conflict (name, state, coalesce(singleton_key, '')) where state <= 'active' and policy = 'stately'
  do update set
    data = case when excluded.start_after < job.start_after or excluded.priority > job.priority then excluded.data else job.data end,
    priority = greatest(job.priority, excluded.priority),
    start_after = least(job.start_after, excluded.start_after)
  returning start_after
)
select pg_notify('${JOBS_CHANNEL}', '') from waiting where start_after <= pgboss.job_now()`;

/** Parameters of the statement, for a caller that has no session. */
export function enqueueStatement(side: string, twin: string, { trigger, priority, notBefore }: JobOptions): { name: string; text: string; values: unknown[] } {
  const data = JSON.stringify({ side: toText(side), twin: toText(twin), trigger: toText(trigger), priority });
  return { name: 'enqueue', text: ENQUEUE, values: [data, PRIORITY[priority], `${toKey(side)}/${toKey(twin)}`, notBefore ?? null] };
}

export function enqueue(session: Session, side: string, twin: string, options: JobOptions): void {
  const { name, text, values } = enqueueStatement(side, twin, options);
  session.write(name, text, values);
}
