import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { TrackerError } from '../../src/core/tracker-error.ts';
import { createLog } from '../../src/lib/log.ts';
import { type RunningNode, startNode } from '../../src/node.ts';
import type { InstanceView, ProgressView, RunView, TwinView } from '../../src/server/operations.ts';

/** A node of a scenario's own, as an admin with the command line's token sees it. It looks at its trackers only when it is told to, or when one sends a notice. */
export interface ScenarioNode {
  readonly node: RunningNode;
  readonly call: <T>(method: 'GET' | 'POST' | 'PATCH', route: string, body?: unknown) => Promise<T>;
  /** Adds an instance, as POST /instances takes it. Waits until its webhook is there, where the tracker sends notices, and it is known where its feed stands. */
  add(instance: Readonly<Record<string, unknown>> & { readonly slug: string }, notices: boolean): Promise<void>;
  /** Asks the tracker for changes, as the poller does every minute. Where it will not say now, nothing happens. */
  poll(slug: string): Promise<void>;
  /** Asks these trackers at the first call, and again with a call that comes so long after. Feeds may be asked only some times a minute, and asking takes long. */
  asking(slugs: readonly string[], everyMs: number): () => Promise<void>;
  /** Goes through all that the tracker has, as the poller does now and then. */
  sweep(slug: string): Promise<void>;
  /**
   * Waits until both halves of a twin have nothing left to do, and `until` holds of what the trackers show. `each` runs before each look. Throws with the
   * timeline when that takes too long.
   */
  settled(twin: string, options?: Settling): Promise<TwinView>;
  /** What has been done about a twin, newest first. */
  runs(twin: string): Promise<readonly RunView[]>;
  close(): Promise<void>;
}

export interface Settling {
  readonly until?: (twin: TwinView) => boolean | Promise<boolean>;
  readonly each?: () => Promise<void>;
  /** Between two looks. */
  readonly everyMs?: number;
  readonly timeoutMs?: number;
}

const background = { signal: new AbortController().signal, priority: 'normal' } as const;

/** `hosts`: private addresses that its trackers have. The database is the caller's. */
export async function openNode(databaseUrl: string, hosts: readonly string[]): Promise<ScenarioNode> {
  const port = await freePort();
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'entente-scenario-'));
  const node = await startNode({
    databaseUrl,
    keys: [randomBytes(32)],
    home,
    port,
    pollMs: 3_600_000,
    allowPrivate: new Set([`127.0.0.1:${port}`, ...hosts]),
    log: createLog({ level: 'silent' }),
  });
  const token = fs.readFileSync(path.join(home, 'cli-token'), 'utf8').trim();
  const ids = new Map<string, string>();
  const idOf = (slug: string): string => {
    const id = ids.get(slug);
    if (id === undefined) throw new Error(`The node has no instance ${slug}.`);
    return id;
  };

  async function call<T>(method: 'GET' | 'POST' | 'PATCH', route: string, body?: unknown): Promise<T> {
    const response = await fetch(`${node.url}/api/v1${route}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${route} answered ${response.status}: ${JSON.stringify(answer)}`);
    return answer as T;
  }

  async function poll(slug: string): Promise<void> {
    try {
      while ((await node.engine.poll(idOf(slug), background)).more);
    } catch (error) {
      // A busy machine, or a feed that may be asked ten times a minute: the poller asks again, too.
      if (!(error instanceof TrackerError && ['unavailable', 'rate-limited'].includes(error.kind))) throw error;
    }
  }

  const runs = async (twin: string) => (await call<{ runs: RunView[] }>('GET', `/twins/${twin}/runs`)).runs;

  return {
    node,
    call,
    poll,
    runs,
    async add(instance, notices) {
      await call('POST', '/instances', instance);
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      const { rows } = await client.query<{ id: string; slug: string }>('select id, slug from instance').finally(() => client.end());
      for (const { id, slug } of rows) ids.set(slug, id);
      for (const end = Date.now() + 20_000; notices; await sleep(25)) {
        const now = await call<InstanceView>('GET', `/instances/${instance.slug}`);
        if (now.notices === 'webhook') break;
        if (Date.now() > end) throw new Error(`${instance.slug} has no webhook: ${now.noticesBecause ?? 'it was not asked for one'}`);
      }
      // The first look only remembers where the feed stands.
      await poll(instance.slug);
    },
    asking(slugs, everyMs) {
      let next = 0;
      return async () => {
        if (Date.now() < next) return;
        await Promise.all(slugs.map(poll));
        next = Date.now() + everyMs;
      };
    },
    async sweep(slug) {
      for (let state = await node.engine.sweep(idOf(slug), null, background); state; ) state = await node.engine.sweep(idOf(slug), state, background);
    },

    async settled(id, { until = () => true, each, everyMs = 50, timeoutMs = 60_000 } = {}) {
      for (const end = Date.now() + timeoutMs; ; await sleep(everyMs)) {
        await each?.();
        const { twin, settled } = await call<ProgressView>('GET', `/twins/${id}/progress`);
        if (settled && twin.status.state !== 'waiting' && (await until(twin))) return twin;
        if (Date.now() <= end) continue;
        const timeline = (await runs(id)).slice(0, 12).map((run) => `  ${run.at} ${run.instance} ${run.stage} (${run.trigger}) ${run.problem?.message ?? ''}`);
        throw new Error(
          `After ${timeoutMs / 1000} s it has not come to what the scenario expects. Entente says: ${twin.status.sentence}\n${timeline.join('\n')}`,
        );
      }
    },
    async close() {
      await node.stop();
      fs.rmSync(home, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as net.AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
