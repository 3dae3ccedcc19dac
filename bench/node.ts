import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import pg from 'pg';
import type { Connector } from '../src/connectors/connector.ts';
import { zendesk } from '../src/connectors/zendesk/index.ts';
import { begin } from '../src/engine/observe.ts';
import type { Context } from '../src/engine/work.ts';
import { createLog } from '../src/lib/log.ts';
import { startNode } from '../src/node.ts';
import { ownCpuMs, serveCalls } from './process.ts';

/** A node as `entente serve` starts it, in a process of its own, that counts its statements. */
export interface NodeInput {
  readonly databaseUrl: string;
  readonly home: string;
  readonly hosts: readonly string[];
  readonly concurrency: number;
}
const { databaseUrl, home, hosts, concurrency } = JSON.parse(process.argv[2] ?? '{}') as NodeInput;

const statements = new Map<string, number>();
type Query = (...args: unknown[]) => unknown;
const prototype = pg.Client.prototype as unknown as { query: Query };
const { query } = prototype;
prototype.query = function counted(this: unknown, ...args: unknown[]) {
  const [given] = args as [string | { name?: string; text?: string } | undefined];
  const label = typeof given === 'string' ? given : (given?.name ?? given?.text ?? 'other');
  const short = label.replace(/\s+/g, ' ').trim().slice(0, 60);
  statements.set(short, (statements.get(short) ?? 0) + 1);
  return query.apply(this, args);
};

/** The vendor's own budgets (100 changes a minute) would be all that is measured, so they are off here, as the simulator's limits are. */
const unpaced: Connector = {
  ...(zendesk as Connector),
  open: (settings, deps) =>
    (zendesk as Connector).open(settings, {
      ...deps,
      http: {
        request: (request, call) => deps.http.request({ ...request, budget: [] }, call),
      },
    }),
};

const port = await freePort();
const node = await startNode({
  databaseUrl,
  keys: [randomBytes(32)],
  home,
  port,
  // Once, at the start: what is measured is what webhooks bring.
  pollMs: 3_600_000,
  allowPrivate: new Set([`127.0.0.1:${port}`, ...hosts]),
  connectors: [unpaced],
  concurrency,
  log: createLog({ level: 'error' }),
});

const handlers = {
  url: () => node.url,
  /** Puts entities under sync as bulk work: twin and job in one transaction, nothing asked of the tracker. */
  async begin(sideId: string, refs: readonly string[]): Promise<void> {
    await node.store.transaction(async (tx) => {
      const side = await tx.side(sideId);
      if (!side) throw new Error(`There is no side ${sideId}.`);
      // Only its clock is used for a twin that knows nothing yet.
      const context = { clock: { now: Date.now } } as Context;
      for (const ref of refs) await begin(context, tx, side, ref, 'manual', 'bulk');
    });
  },
  cpuMs: ownCpuMs,
  statements: () => Object.fromEntries(statements),
  forget: () => statements.clear(),
};
export type NodeCalls = typeof handlers;

serveCalls(handlers, () => node.stop());

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address() as net.AddressInfo;
  probe.close();
  await once(probe, 'close');
  return address.port;
}
