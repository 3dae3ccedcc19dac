import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll } from 'vitest';
import { startZendesk, type ZendeskSim } from '../simulators/zendesk/zendesk.ts';
import { createLog } from '../src/lib/log.ts';
import { type RunningNode, startNode } from '../src/node.ts';
import { testDatabase } from './database.ts';

export interface Desk {
  readonly node: RunningNode;
  readonly database: pg.Pool;
  readonly home: string;
  /** Token of the command line. */
  readonly token: string;
  readonly acme: ZendeskSim;
  readonly globex: ZendeskSim;
  /** A call of the REST API with the token. */
  readonly call: <T = Record<string, unknown>>(method: 'GET' | 'POST' | 'PATCH', route: string, body?: unknown) => Promise<{ status: number; body: T }>;
  /** Settings of an instance on a simulator. */
  readonly settings: (sim: ZendeskSim) => Record<string, unknown>;
}

/** A node of a test file's own with two simulated trackers. Call at the top of a file; everything stops after it. */
export async function testDesk(options: { seeded?: boolean; console?: boolean; pollMs?: number } = {}): Promise<Desk> {
  const { url: databaseUrl, pool } = await testDatabase();
  const [acme, globex] = await Promise.all([
    startZendesk({ subdomain: 'acme', seed: options.seeded ? 'support' : 'empty', limits: 'off' }),
    startZendesk({ subdomain: 'globex', seed: options.seeded ? 'engineering' : 'empty', limits: 'off' }),
  ]);
  const port = await freePort();
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'entente-home-'));
  const node = await startNode({
    databaseUrl,
    keys: [randomBytes(32)],
    home,
    port,
    pollMs: options.pollMs ?? 2000,
    allowPrivate: new Set([`127.0.0.1:${port}`, ...[acme, globex].flatMap((sim) => [new URL(sim.url).host, new URL(sim.contentUrl).host])]),
    log: createLog({ level: 'silent' }),
    ...(options.console ? { console: fileURLToPath(new URL('../console/dist', import.meta.url)) } : {}),
  });
  const token = fs.readFileSync(path.join(home, 'cli-token'), 'utf8').trim();
  afterAll(async () => {
    await node.stop();
    await Promise.all([acme.stop(), globex.stop()]);
    fs.rmSync(home, { recursive: true });
  });
  return {
    node,
    database: pool,
    home,
    token,
    acme,
    globex,
    async call(method, route, body) {
      const response = await fetch(`${node.url}/api/v1${route}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as never };
    },
    settings: (sim) => ({ url: sim.url, auth: { kind: 'token', ...sim.credentials } }),
  };
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as net.AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
