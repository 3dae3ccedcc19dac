import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { remoteControl } from '../../simulators/http/control.ts';
import type { ZendeskControl } from '../../simulators/zendesk/control.ts';
import type { Tracker } from '../../src/connectors/connector.ts';
import { openZendesk } from '../../src/connectors/zendesk/tracker.ts';
import { switchOff } from '../../src/core/sync-rule.ts';
import { createEngine, type Engine } from '../../src/engine/index.ts';
import type { Instance, Store } from '../../src/engine/ports.ts';
import type { HttpClient } from '../../src/lib/http.ts';
import { createHttpClient } from '../../src/lib/http-client.ts';
import { createVault } from '../../src/lib/secrets.ts';
import { createLocalPeers } from '../../src/peers/local.ts';
import { basicRules } from '../../src/rules/basic.ts';
import { enqueueStatement, JOB_TABLE, TWIN_QUEUE, type TwinJob } from '../../src/store/enqueue.ts';
import { createPool } from '../../src/store/pool.ts';
import { createPostgresStore } from '../../src/store/postgres.ts';
import type { Begin, FromChild, ToChild } from './messages.ts';

/*
 * One process of a node, for as long as it lives: the real engine on PostgreSQL and on two Zendesks that live in another process. It ends itself by SIGKILL
 * right after its n-th lasting effect: a transaction that was committed, or a request that a tracker carried out. Between two effects nothing lasts, so these are
 * all the states that a crash can leave behind. Time that a person would have to wait (the vendor's doubt, a retry) is skipped: the simulators' clocks move along.
 */
const call = { signal: new AbortController().signal, priority: 'normal' } as const;
const say = (message: FromChild): void => void process.send?.(message);

let effects = 0;
function effect(killAt: number | null): void {
  effects += 1;
  if (effects === killAt) process.kill(process.pid, 'SIGKILL');
}

function startNode({ databaseUrl, key, sims, skippedMs, killAt, without }: Begin) {
  switchOff(without);
  const pool = createPool(databaseUrl, 4);
  const jobs = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  let skipped = skippedMs;
  const now = () => Date.now() + skipped;
  const real = createPostgresStore({ pool, vault: createVault(Buffer.from(key, 'base64')) });
  const store: Store = {
    async transaction(work) {
      const result = await real.transaction(work);
      effect(killAt);
      return result;
    },
  };
  const opened = new Map<string, Tracker>();
  for (const { instance, url, contentUrl, email, token } of sims) {
    const client = createHttpClient({ allowPrivate: new Set([url, contentUrl].map((one) => new URL(one).host)), now });
    const http: HttpClient = {
      // Budgets have their own tests, and would only slow this one down.
      async request({ budget: _budget, ...request }, context) {
        const answer = await client.request(request, context);
        if (request.method !== 'GET') effect(killAt);
        return answer;
      },
    };
    opened.set(instance, openZendesk({ url, auth: { kind: 'token', email, token } }, { http, now, saveSettings: () => Promise.resolve() }));
  }
  const trackers = {
    of: async (instance: string | Instance) => {
      const id = typeof instance === 'string' ? instance : instance.id;
      const tracker = opened.get(id);
      if (!tracker) throw new Error(`no instance ${id}`);
      return tracker;
    },
    target: async () => ({ types: ['question', 'incident', 'problem', 'task'], defaultType: null, internalComments: true }),
  };
  const engine: Engine = createEngine({
    store,
    trackers,
    peers: createLocalPeers({ engine: () => engine, store, trackers }),
    clock: { now },
    id: () => randomBytes(12).toString('base64url'),
    rules: () => basicRules,
    holder: `child ${process.pid}`,
    random: () => 0.5,
  });

  /** The most urgent job that is due. It counts as running until it is finished, also when we die. */
  async function take(): Promise<(TwinJob & { id: string }) | null> {
    const { rows } = await jobs.query<{ id: string; data: TwinJob }>(
      `update ${JOB_TABLE} set state = 'active' where name = '${TWIN_QUEUE}' and id = (
         select id from ${JOB_TABLE} where name = '${TWIN_QUEUE}' and state = 'created' and start_after <= to_timestamp($1::float8 / 1000)
         order by priority desc, start_after limit 1) returning id, data`,
      [now()],
    );
    return rows[0] ? { ...rows[0].data, id: rows[0].id } : null;
  }

  /** The first moment at which a waiting job is due. */
  async function next(): Promise<number | null> {
    const { rows } = await jobs.query<{ at: string | null }>(
      `select (extract(epoch from min(start_after)) * 1000)::text as at from ${JOB_TABLE} where name = '${TWIN_QUEUE}' and state = 'created'`,
    );
    return rows[0]?.at ? Number(rows[0].at) : null;
  }

  async function skip(ms: number): Promise<void> {
    skipped += ms;
    for (const { url } of sims) await remoteControl<ZendeskControl>(url).advance(ms);
  }

  async function untilIdle(): Promise<void> {
    for (let n = 0; n < 200; n++) {
      const job = await take();
      if (job) {
        const { again } = await engine.run(job.side, job.twin, { trigger: job.trigger, priority: job.priority, signal: call.signal });
        if (again) {
          const { text, values } = enqueueStatement(job.side, job.twin, job);
          await jobs.query(text, values);
        }
        await jobs.query(`delete from ${JOB_TABLE} where id = $1`, [job.id]);
        continue;
      }
      const at = await next();
      if (at === null) return;
      await skip(Math.max(0, at - now()) + 1);
    }
    throw new Error('It does not come to rest.');
  }

  return {
    async act(stage: ToChild & { kind: 'act' }) {
      if (stage.sync)
        await engine.sync(stage.sync.side, stage.sync.ref, call).catch((error: { code?: string }) => {
          // Whoever repeats a request of which no answer came is told that it was carried out.
          if (error.code !== 'already-under-sync') throw error;
        });
      // Zendesk's feed shows a second when it is over.
      await skip(1001);
      for (const { instance } of sims) while ((await engine.poll(instance, call)).more);
      await untilIdle();
      return { effects, skippedMs: skipped };
    },
  };
}

let node: ReturnType<typeof startNode> | undefined;
process.on('message', (message: ToChild) => {
  if (message.kind === 'begin') node = startNode(message);
  else
    node?.act(message).then(
      (rest) => say({ kind: 'idle', ...rest }),
      (error: unknown) => say({ kind: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
});
say({ kind: 'ready' });
