import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Remote, remoteControl } from '../simulators/http/control.ts';
import type { ZendeskControl } from '../simulators/zendesk/control.ts';
import { type EmbeddedServer, startEmbedded } from '../src/store/embedded.ts';
import type { NodeCalls, NodeInput } from './node.ts';
import { type Called, type Started, startProcess } from './process.ts';
import type { TrackerCalls } from './tracker.ts';

export interface Tracker {
  readonly name: string;
  readonly url: string;
  readonly contentUrl: string;
  readonly authorization: string;
  readonly credentials: { readonly email: string; readonly token: string };
  /** An agent, who is not the service account. */
  readonly person: string;
  readonly call: Called<TrackerCalls>;
  readonly control: Remote<ZendeskControl>;
}

/** One node with a database of its own between two trackers. */
export interface World {
  readonly acme: Tracker;
  readonly globex: Tracker;
  readonly node: Called<NodeCalls>;
  readonly nodeUrl: string;
  readonly database: pg.Client;
  /** Our half of the connection at acme, where tickets are put under sync, and the one at globex. */
  readonly sides: { readonly acme: string; readonly globex: string };
  readonly instances: { readonly acme: string; readonly globex: string };
  /** Calls the node's REST API. Throws on anything but success. */
  api<T>(method: 'GET' | 'POST', route: string, body?: unknown): Promise<T>;
  /** Resolves when no notice is on its way and no job runs or waits. */
  quiet(): Promise<void>;
}

export const CONCURRENCY = 10;

/** Starts worlds and stops everything that it has started. */
export class Laboratory {
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'entente-bench-'));
  readonly #profile: string | null;
  readonly #started: Started<never>[] = [];
  readonly #clients: pg.Client[] = [];
  #server: EmbeddedServer | undefined;

  constructor(profile: string | null) {
    this.#profile = profile;
    fs.chmodSync(this.#folder, 0o755);
  }

  async tracker(name: string): Promise<Tracker> {
    const started = await startProcess<TrackerCalls>('./tracker.ts', { subdomain: name });
    this.#started.push(started as unknown as Started<never>);
    const address = await started.call.address();
    return { name, ...address, call: started.call, control: remoteControl<ZendeskControl>(address.url) };
  }

  async world(): Promise<World> {
    // As a node starts it: what is committed is on disk.
    this.#server ??= await startEmbedded({ folder: path.join(this.#folder, 'postgres') });
    const name = `bench_${randomBytes(4).toString('hex')}`;
    const admin = await this.#connect('postgres');
    await admin.query(`create database ${name}`);
    const [acme, globex] = await Promise.all([this.tracker('acme'), this.tracker('globex')]);
    const home = path.join(this.#folder, name);
    fs.mkdirSync(home);
    const input: NodeInput = {
      databaseUrl: this.#server.url(name),
      home,
      hosts: [acme, globex].flatMap(({ url, contentUrl }) => [new URL(url).host, new URL(contentUrl).host]),
      concurrency: CONCURRENCY,
    };
    const profiling = this.#profile ? ['--cpu-prof', `--cpu-prof-dir=${this.#profile}`] : [];
    const started = await startProcess<NodeCalls>('./node.ts', input, profiling);
    this.#started.unshift(started as unknown as Started<never>);
    const nodeUrl = await started.call.url();
    const database = await this.#connect(name);
    const token = fs.readFileSync(path.join(home, 'cli-token'), 'utf8').trim();
    const api = async <T>(method: 'GET' | 'POST', route: string, body?: unknown): Promise<T> => {
      const response = await fetch(`${nodeUrl}/api/v1${route}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${method} ${route}: HTTP ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    };
    for (const { name: slug, url, credentials } of [acme, globex])
      await api('POST', '/instances', { slug, platform: 'zendesk', settings: { url, auth: { kind: 'token', ...credentials } } });
    for (const { name: slug } of [acme, globex])
      await until(`the webhook of ${slug}`, async () => (await api<{ notices: string }>('GET', `/instances/${slug}`)).notices === 'webhook');
    const { from, to } = await api<{ from: { side: string }; to: { side: string } }>('POST', '/connections', {
      mode: 'basic',
      name: 'bench',
      from: { instance: 'acme' },
      to: { instance: 'globex' },
      internalCommentsBecomePublic: true,
    });
    const { rows } = await database.query<{ id: string; slug: string }>('select id, slug from instance');
    const idOf = (slug: string) => rows.find((row) => row.slug === slug)?.id ?? '';
    const quiet = async () => {
      // Twice in a row: a job may have written, and its notice have set out, between the two questions.
      let calm = 0;
      await until('everything to be in sync', async () => {
        await Promise.all([acme.control.settled(), globex.control.settled()]);
        const { rows: found } = await database.query<{ busy: boolean }>(BUSY);
        calm = found[0]?.busy === false ? calm + 1 : 0;
        return calm === 2;
      });
    };
    return {
      acme,
      globex,
      node: started.call,
      nodeUrl,
      database,
      sides: { acme: from.side, globex: to.side },
      instances: { acme: idOf('acme'), globex: idOf('globex') },
      api,
      quiet,
    };
  }

  /** Processor time of the database, in milliseconds; null where the system does not tell. */
  databaseCpuMs(): number | null {
    try {
      const postmaster = fs.readFileSync(path.join(this.#folder, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0] ?? '';
      let ticks = 0;
      for (const pid of fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
        const stat = statOf(pid);
        if (!stat) continue;
        if (pid === postmaster) ticks += stat.own + stat.children;
        else if (stat.parent === postmaster) ticks += stat.own;
      }
      return ticks * 10;
    } catch {
      return null;
    }
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) await client.end().catch(() => undefined);
    // Nodes come first in the list, so that trackers outlive them.
    for (const started of this.#started) await started.stop();
    await this.#server?.stop();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  async #connect(name: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#server?.url(name) ?? '', application_name: 'bench' });
    client.on('error', () => undefined);
    await client.connect();
    this.#clients.push(client);
    return client;
  }
}

/** Jobs that only see whether an acknowledgement was lost wait for half a minute and are no work to wait for. */
const BUSY = `select exists (select from pgboss.job_common where name = 'twin' and state <= 'active' and start_after <= now() + interval '5 seconds'
  and (state = 'active' or data ->> 'trigger' <> 'redeliver')) as busy`;

/** Ticks of 10 ms, from Linux' /proc. */
function statOf(pid: string): { parent: string; own: number; children: number } | null {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: rest[1] ?? '', own: Number(rest[11]) + Number(rest[12]), children: Number(rest[13]) + Number(rest[14]) };
  } catch {
    // It has ended meanwhile.
    return null;
  }
}

/** Asks again and again until it is so. Throws after two minutes. */
export async function until(what: string, isSo: () => Promise<boolean>, everyMs = 25, timeoutMs = 120_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs / 1000} s for ${what}.`);
    await sleep(everyMs);
  }
}
