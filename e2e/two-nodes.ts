import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll } from 'vitest';
import { startZendesk, type ZendeskOptions, type ZendeskSim } from '../simulators/zendesk/zendesk.ts';
import type { ConnectionView, InitiateView, ProgressView } from '../src/server/operations.ts';
import { testDatabase } from '../test/database.ts';
import { type Link, openLink } from './link.ts';

export interface Answered<T> {
  readonly status: number;
  readonly body: T;
}
type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** One company: a tracker, and a node that is a process of its own with a database and a data folder of its own. */
export interface Company {
  readonly slug: string;
  readonly name: string;
  readonly sim: ZendeskSim;
  /** The node's public address: everybody reaches it over `link`. */
  readonly url: string;
  readonly link: Link;
  readonly home: string;
  readonly pool: pg.Pool;
  readonly owner: { readonly name: string; readonly email: string; readonly password: string };
  /** A call of the REST API with the command line's token, past the link. `body` undefined: none. */
  call<T = Record<string, unknown>>(method: Method, route: string, body?: unknown): Promise<Answered<T>>;
  /** As `call`; throws with the whole answer unless it is 2xx. */
  ask<T>(method: Method, route: string, body?: unknown): Promise<T>;
  start(): Promise<void>;
  /** As an operator stops it. */
  stop(): Promise<void>;
  /** As the power cut stops it. */
  kill(): Promise<void>;
  /** Bytes in use after garbage collection. */
  heap(): Promise<number>;
  /** What the node has written to standard error. */
  said(): string;
  /** Did the process end without being asked to? */
  crashed(): boolean;
}

export interface TwoNodes {
  readonly acme: Company;
  readonly globex: Company;
}

interface Options {
  /** With the sample tickets of the demo. */
  readonly seeded?: boolean;
  /** This node cannot be called by the other one: its address is in a private network. */
  readonly unreachable?: 'acme' | 'globex';
  readonly pollSeconds?: number;
  readonly sims?: Partial<ZendeskOptions>;
}

/** Answers with its memory when it is asked; leaves when this process has gone. */
const ON_ASKING = `data:text/javascript,${encodeURIComponent(
  `process.on('message',(m)=>{if(m==='heap'){gc();gc();process.send({heap:process.memoryUsage().heapUsed})}})`,
)}`;

/** Two nodes that know nothing of each other, each with its tracker added and its owner signed up. Call at the top of a file; everything stops after it. */
export async function twoNodes(options: Options = {}): Promise<TwoNodes> {
  const sims = await Promise.all(
    (['acme', 'globex'] as const).map((subdomain) => {
      const seed = options.seeded ? (subdomain === 'acme' ? 'support' : 'engineering') : 'empty';
      return startZendesk({ subdomain, limits: 'off', seed, settings: { withheldMs: 0, searchLagMs: 0 }, ...options.sims });
    }),
  );
  const [acmeSim, globexSim] = sims as [ZendeskSim, ZendeskSim];
  const ports = [await freePort(), await freePort()] as const;
  const links = await Promise.all(ports.map(openLink));
  const [acmeLink, globexLink] = links as [Link, Link];
  const trackers = sims.flatMap(({ url, contentUrl }) => [url, contentUrl]);
  const reach = (from: 'acme' | 'globex'): string[] => {
    const other = from === 'acme' ? globexLink : acmeLink;
    const own = from === 'acme' ? acmeLink : globexLink;
    return [...trackers, own.url, ...(options.unreachable && options.unreachable !== from ? [] : [other.url])];
  };
  const found = (from: 'acme' | 'globex'): string => (options.unreachable ? '' : from === 'acme' ? globexLink.url : acmeLink.url);
  const common = { pollSeconds: options.pollSeconds ?? 2 };
  const acme = await company('acme', 'Acme Support', acmeSim, acmeLink, ports[0], { ...common, reach: reach('acme'), directory: found('acme') });
  const globex = await company('globex', 'Globex Engineering', globexSim, globexLink, ports[1], {
    ...common,
    reach: reach('globex'),
    directory: found('globex'),
  });
  afterAll(async () => {
    await Promise.all([acme.stop(), globex.stop()]);
    await Promise.all([...links.map((link) => link.close()), ...sims.map((sim) => sim.stop())]);
    for (const { home } of [acme, globex]) fs.rmSync(home, { recursive: true, force: true });
  });
  await Promise.all([acme, globex].map(setUp));
  return { acme, globex };
}

interface Wiring {
  readonly reach: readonly string[];
  readonly directory: string;
  readonly pollSeconds: number;
}

const person = (name: string, slug: string) => ({
  name,
  email: `${name.split(' ')[0]?.toLowerCase()}@${slug}.example`,
  password: `lantern ${slug} orchard 1234`,
});

async function company(slug: string, name: string, sim: ZendeskSim, link: Link, port: number, wiring: Wiring): Promise<Company> {
  const { url: databaseUrl, pool } = await testDatabase();
  // A node that is killed breaks the database's connections, not ours; a pool without a listener would take this process with it.
  pool.on('error', () => {});
  const home = fs.mkdtempSync(path.join(os.tmpdir(), `entente-${slug}-`));
  const direct = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  let said = '';
  let crashed = false;

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = null;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.kill(signal);
    await once(ending, 'exit');
  }

  async function call<T>(method: Method, route: string, body?: unknown): Promise<Answered<T>> {
    const token = fs.readFileSync(path.join(home, 'cli-token'), 'utf8').trim();
    const response = await fetch(`${direct}/api/v1${route}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    return { status: response.status, body: (answer === '' ? null : JSON.parse(answer)) as T };
  }

  const node: Company = {
    slug,
    name,
    sim,
    url: link.url,
    link,
    home,
    pool,
    owner: slug === 'acme' ? person('Olga Orlova', slug) : person('Gus Grant', slug),
    call,
    async ask<T>(method: Method, route: string, body?: unknown): Promise<T> {
      const { status, body: answer } = await call<T>(method, route, body);
      if (status < 200 || status > 299) throw new Error(`${name}: ${method} ${route} answered ${status}: ${JSON.stringify(answer)}\n${said.slice(-2000)}`);
      return answer;
    },
    async start() {
      const started = fork(path.resolve('src/main.ts'), ['serve'], {
        execArgv: ['--expose-gc', '--import', ON_ASKING],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        env: {
          ...process.env,
          ENTENTE_HOME: home,
          DATABASE_URL: databaseUrl,
          PORT: `${port}`,
          HOST: '127.0.0.1',
          ENTENTE_URL: link.url,
          ENTENTE_POLL_SECONDS: `${wiring.pollSeconds}`,
          ENTENTE_ALLOW_PRIVATE: wiring.reach.map((url) => new URL(url).host).join(','),
          ENTENTE_DIRECTORIES: wiring.directory,
        },
      });
      child = started;
      started.stderr?.on('data', (bytes: Buffer) => {
        said = (said + bytes.toString()).slice(-200_000);
      });
      await new Promise<void>((resolve, reject) => {
        started.once('message', () => resolve());
        started.once('exit', (code, signal) => {
          if (child === started) crashed = true;
          reject(new Error(`The node of ${name} ended (${code ?? signal}):\n${said.slice(-4000)}`));
        });
      });
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async heap() {
      const asked = child;
      if (!asked) throw new Error(`The node of ${name} does not run.`);
      const answer = once(asked, 'message') as Promise<[{ heap: number }]>;
      asked.send('heap');
      return (await answer)[0].heap;
    },
    said: () => said,
    crashed: () => crashed,
  };
  await node.start();
  return node;
}

/** The owner's account, and the tracker as the node's only instance. */
async function setUp({ slug, name, url, owner, sim }: Company): Promise<void> {
  let cookie = '';
  const post = async (route: string, body: unknown): Promise<void> => {
    const headers = { 'content-type': 'application/json', origin: url, ...(cookie ? { cookie } : {}) };
    const response = await fetch(url + route, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${name}: ${route} answered ${response.status}: ${await response.text()}`);
    cookie = response.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
  };
  await post('/api/auth/sign-up/email', owner);
  await post('/api/v1/instances', { slug, platform: 'zendesk', name, settings: { url: sim.url, auth: { kind: 'token', ...sim.credentials } } });
}

/** A connection by invitation, over the REST API alone. Returns its slugs on both sides. */
export async function connect(from: Company, to: Company, name = 'Between us'): Promise<{ readonly from: string; readonly to: string }> {
  const made = await from.ask<InitiateView>('POST', '/connections/initiate', {
    instance: from.slug,
    ...(await scopeOf(from)),
    url: null,
    mode: 'basic',
    name,
    internalCommentsBecomePublic: true,
    path: 'invitation',
  });
  const accepted = await to.ask<ConnectionView>('POST', '/invitations/accept', {
    code: made.invitation?.code,
    instance: to.slug,
    ...(await scopeOf(to)),
    internalCommentsBecomePublic: true,
  });
  await until(`${name} is active on both sides`, async () => {
    const { status } = await from.ask<ConnectionView>('GET', `/connections/${made.connection.slug}`);
    return status === 'active';
  });
  return { from: made.connection.slug, to: accepted.slug };
}

/** The first scope, where the tracker has more than one. */
async function scopeOf(company: Company): Promise<{ scope?: string }> {
  const { scopes } = await company.ask<{ scopes: { id: string }[] }>('GET', `/instances/${company.slug}/scopes`);
  const [first] = scopes;
  return scopes.length > 1 && first ? { scope: first.id } : {};
}

/** Puts an entity under sync and waits until it is in step. */
export async function sync(company: Company, connection: string, urn: string): Promise<ProgressView> {
  const progress = await company.ask<ProgressView>('POST', `/connections/${connection}/sync`, { urn, wait: true });
  const { state, sentence } = progress.twin.status;
  if (state !== 'in-sync') throw new Error(`${urn} is ${state}: ${sentence}`);
  return progress;
}

/** Asks again and again. Throws when it takes longer than `timeoutMs`. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`After ${timeoutMs / 1000} s it is still not so: ${what}.`);
    await sleep(100);
  }
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as net.AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
