import { Agent } from 'undici';
import { BARE_CALLS, copyBare } from './bare-loop.ts';
import { ownCpuMs } from './process.ts';
import { median, type Options, type Result, round, table } from './result.ts';
import { CONCURRENCY, type Laboratory, type Tracker, until, type World } from './world.ts';

const LATENCY_MS = 40;
const COMMENTS = 5;
const FILE_BYTES = 20_000;
const GOAL = 0.8;

interface Round {
  readonly bare: number;
  readonly node: number;
  readonly callsPerTicket: number;
  readonly restMs: number;
}

/** Many tickets put under sync at once, against the shortest script that copies them. The two take turns, so that both meet the machine in the same mood. */
export async function backfill(lab: Laboratory, { quick, say }: Options): Promise<Result> {
  const total = quick ? 200 : 2000;
  const rounds = quick ? 2 : 4;
  const size = total / rounds;
  const world = await lab.world();
  // What the script writes must not ring at the node.
  const aside = await lab.tracker('initech');
  const agent = new Agent({ allowH2: false });
  const spare = quick ? 50 : 200;
  say(`backfill: writing ${total + spare} tickets with ${COMMENTS} comments and a file of ${FILE_BYTES / 1000} KB each …`);
  // Nobody is told of them: they stand there when the connection is new.
  await world.acme.control.webhookFault({ lose: 1_000_000 });
  const ids = await world.acme.call.seed(total + spare, COMMENTS, FILE_BYTES);
  await world.acme.control.settled();
  await world.acme.control.webhookFault({ lose: 0 });
  const trackers = [world.acme, world.globex, aside];
  // Connections, prepared statements, compiled code.
  const warm = ids.splice(0, 20);
  await syncAll(world, warm);
  await copyBare(world.acme, aside, warm, CONCURRENCY, agent);

  const found: Round[] = [];
  await latency(trackers, LATENCY_MS);
  for (let n = 1; n <= rounds; n++) {
    const slice = ids.splice(0, size);
    const started = performance.now();
    await copyBare(world.acme, aside, slice, CONCURRENCY, agent);
    const bare = (size * 1000) / (performance.now() - started);
    await clear(trackers);
    const { ms, restMs } = await syncAll(world, slice);
    const node = (size * 1000) / ms;
    found.push({ bare, node, callsPerTicket: (await countCalls(world)) / size, restMs });
    say(`backfill: round ${n} of ${rounds}: script ${round(bare)}/s, Entente ${round(node)}/s (${round((node / bare) * 100, 0)} %)`);
  }

  await latency(trackers, 0);
  const slice = ids.splice(0, spare - 20);
  const bareCpu = await spent(lab, world, [world.acme, aside], async () => {
    const own = ownCpuMs();
    await copyBare(world.acme, aside, slice, CONCURRENCY, agent);
    return ownCpuMs() - own;
  });
  await world.node.forget();
  const nodeCpu = await spent(lab, world, [world.acme, world.globex], async () => (await syncAll(world, slice)).ms);
  const statements = await world.node.statements();
  await agent.close();
  const { rows: scans } = await world.database.query<{ seq: string }>("select seq_tup_read as seq from pg_stat_user_tables where relname = 'twin'");

  const per = (value: number) => round(value / slice.length, 2);
  const ratio = overall(found.map(({ node }) => node)) / overall(found.map(({ bare }) => bare));
  const counted = Object.values(statements).reduce((sum, n) => sum + n, 0);
  const figures = {
    tickets: total,
    latencyMs: LATENCY_MS,
    concurrency: CONCURRENCY,
    scriptPerSecond: round(overall(found.map(({ bare }) => bare)), 2),
    ententePerSecond: round(overall(found.map(({ node }) => node)), 2),
    ratioOfEachRound: found.map(({ bare, node }) => round(node / bare, 3)),
    scriptCallsPerTicket: BARE_CALLS - 1,
    ententeCallsPerTicket: round(median(found.map(({ callsPerTicket }) => callsPerTicket)), 2),
    repeatedNotices: await world.globex.call.repeatedNotices(),
    restAfterLastMs: round(median(found.map(({ restMs }) => restMs)), 0),
    /** Far more than a few: a statement reads the whole table, which grows with each ticket. */
    twinRowsScannedPerTicket: round(Number(scans[0]?.seq ?? 0) / (total + spare), 0),
    zeroLatency: {
      scriptPerSecond: round((slice.length * 1000) / bareCpu.ms),
      ententePerSecond: round((slice.length * 1000) / nodeCpu.given),
      scriptCpuMsPerTicket: per(bareCpu.given),
      nodeCpuMsPerTicket: per(nodeCpu.node),
      databaseCpuMsPerTicket: nodeCpu.database === null ? null : per(nodeCpu.database),
      trackersCpuMsPerTicket: { script: per(bareCpu.trackers), entente: per(nodeCpu.trackers) },
      statementsPerTicket: per(counted),
      transactionsPerTicket: per(statements['begin isolation level read committed'] ?? 0),
    },
    statements: Object.fromEntries(
      Object.entries(statements)
        .sort(([, a], [, b]) => b - a)
        .slice(0, 25)
        .map(([name, n]) => [name, per(n)]),
    ),
  };
  const { zeroLatency: zero } = figures;
  say(
    table([
      ['', 'tickets/s at 40 ms', 'calls/ticket', 'tickets/s at 0 ms', 'CPU ms/ticket', 'database', 'trackers'],
      [
        'script',
        figures.scriptPerSecond,
        figures.scriptCallsPerTicket,
        zero.scriptPerSecond,
        zero.scriptCpuMsPerTicket,
        '',
        zero.trackersCpuMsPerTicket.script,
      ],
      [
        'Entente',
        figures.ententePerSecond,
        figures.ententeCallsPerTicket,
        zero.ententePerSecond,
        zero.nodeCpuMsPerTicket,
        zero.databaseCpuMsPerTicket ?? '?',
        zero.trackersCpuMsPerTicket.entente,
      ],
    ]),
  );
  return { name: 'backfill', figures, ratio: round(ratio, 3), goal: `at least ${GOAL} of the script's rate`, met: ratio >= GOAL };
}

/** `ms`: until the last ticket was in sync on both sides; `restMs`: from then until nothing was left to look at. */
async function syncAll(world: World, ids: readonly number[]): Promise<{ ms: number; restMs: number }> {
  const started = performance.now();
  for (let at = 0; at < ids.length; at += 100) await world.node.begin(world.sides.acme, ids.slice(at, at + 100).map(String));
  const refs = ids.map(String);
  await until(
    `${ids.length} tickets to be in sync`,
    async () => {
      const { rows } = await world.database.query<{ n: number; problem: string | null }>(
        `select count(*) filter (where in_sync_at is not null)::int as n, max(rest ->> 'problem') as problem from twin where side = $1 and local = any($2)`,
        [world.sides.acme, refs],
      );
      if (rows[0]?.problem) throw new Error(`A ticket could not be synced: ${rows[0].problem}`);
      return rows[0]?.n === ids.length;
    },
    50,
    900_000,
  );
  const ms = performance.now() - started;
  await world.quiet();
  return { ms, restMs: performance.now() - started - ms };
}

async function spent(lab: Laboratory, world: World, trackers: readonly Tracker[], work: () => Promise<number>) {
  const measure = async () => ({
    at: performance.now(),
    node: await world.node.cpuMs(),
    database: lab.databaseCpuMs(),
    trackers: (await Promise.all(trackers.map(({ call }) => call.cpuMs()))).reduce((sum, ms) => sum + ms, 0),
  });
  const before = await measure();
  const given = await work();
  const after = await measure();
  return {
    given,
    ms: after.at - before.at,
    node: after.node - before.node,
    database: after.database === null || before.database === null ? null : after.database - before.database,
    trackers: after.trackers - before.trackers,
  };
}

const latency = (trackers: readonly Tracker[], ms: number) => Promise.all(trackers.map(({ control }) => control.setLatency(ms)));
const clear = (trackers: readonly Tracker[]) => Promise.all(trackers.map(({ control }) => control.clearRequests()));
const countCalls = async (world: World) => (await Promise.all([world.acme, world.globex].map(({ control }) => control.requests()))).flat().length;
/** The rate over rounds of equal size. */
const overall = (rates: readonly number[]) => rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
