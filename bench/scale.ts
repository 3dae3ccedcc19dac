import { Agent } from 'undici';
import { changeOnce, notifier, settled } from './latency.ts';
import { median, type Options, type Result, round, table } from './result.ts';
import type { Laboratory, World } from './world.ts';

const SMALL = 1000;
const LARGE = 100_000;
const GOAL = 1.2;

interface Cost {
  readonly wallMs: number[];
  readonly listMs: number[];
  cpuMs: number;
  statements: number;
}

/** The same changes on two nodes in turns, one whose database holds few twins and one whose database holds many. */
export async function scale(lab: Laboratory, { quick, say }: Options): Promise<Result> {
  const changes = quick ? 30 : 100;
  const agent = new Agent({ allowH2: false });
  const places = [];
  for (const twins of [SMALL, LARGE]) {
    const world = await lab.world();
    const ids = await settled(world, 10);
    const started = performance.now();
    await fill(world, twins);
    say(`scale: ${twins} twins in the database (${round((performance.now() - started) / 1000)} s)`);
    const cost: Cost = { wallMs: [], listMs: [], cpuMs: 0, statements: 0 };
    places.push({ world, ids, twins, notify: await notifier(world, agent), cost });
  }
  for (let n = 0; n < changes + 10; n++)
    for (const { world, ids, notify, cost } of places) {
      const id = ids[n % ids.length] ?? 0;
      await world.node.forget();
      const cpu = await world.node.cpuMs();
      const ms = await changeOnce(world, id, n, notify);
      await world.quiet();
      if (n < 10) continue;
      cost.wallMs.push(ms);
      cost.cpuMs += (await world.node.cpuMs()) - cpu;
      cost.statements += sum(await world.node.statements());
      if (n % 10 === 0) {
        const started = performance.now();
        await world.api('GET', '/connections');
        cost.listMs.push(performance.now() - started);
      }
    }
  await agent.close();
  const of = places.map(({ twins, cost }) => ({
    twins,
    wallP50Ms: round(median(cost.wallMs)),
    nodeCpuMs: round(cost.cpuMs / changes),
    statements: round(cost.statements / changes),
    connectionListMs: round(median(cost.listMs)),
  }));
  const [few, many] = of;
  if (!few || !many) throw new Error('Nothing was measured.');
  const ratios = {
    wall: round(many.wallP50Ms / few.wallP50Ms, 2),
    nodeCpu: round(many.nodeCpuMs / few.nodeCpuMs, 2),
    statements: round(many.statements / few.statements, 2),
    connectionList: round(many.connectionListMs / few.connectionListMs, 2),
  };
  say(
    table([
      ['twins', 'change ms (p50)', 'node CPU ms', 'statements', 'GET /connections ms'],
      ...of.map(({ twins, wallP50Ms, nodeCpuMs, statements, connectionListMs }) => [twins, wallP50Ms, nodeCpuMs, statements, connectionListMs]),
      ['ratio', ratios.wall, ratios.nodeCpu, ratios.statements, ratios.connectionList],
    ]),
  );
  const ratio = Math.max(ratios.wall, ratios.nodeCpu, ratios.statements);
  return {
    name: 'scale',
    figures: { few, many, ratios },
    ratio,
    goal: `a change at ${LARGE} twins costs at most ${GOAL} times what it costs at ${SMALL}`,
    met: ratio <= GOAL,
  };
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, n) => all + n, 0);

/** Copies a ticket that is in sync, with all that belongs to it on both sides, until there are that many twins. */
async function fill(world: World, twins: number): Promise<void> {
  const { rows } = await world.database.query<{ id: string; side: string; local: string }>(
    'select id, side, local from twin where id = (select min(id) from twin)',
  );
  const have = 10;
  for (const { id, side, local } of rows) {
    // Ids and refs that no tracker gives: the copies are never looked at.
    const values = [id, side, local, twins - have];
    await world.database.query(
      `insert into twin (side, id, instance, local, local_urn, peer_urn, status, problem_level, in_sync_at, shadow, flight, inbox, rest)
       select side, id || '~' || g, instance, local || '0000' || g, local_urn || '0000' || g, peer_urn || '0000' || g, status, problem_level, in_sync_at, shadow, flight, inbox,
         replace(rest::text, $1, $1 || '~' || g)::json
       from twin, generate_series(1, $4::int) g where id = $1 and side = $2 and $3 = $3`,
      values,
    );
    await world.database.query(
      `insert into trace (instance, entity, gid, kind, local, entry)
       select t.instance, t.entity || '0000' || g, t.gid || '~' || g, t.kind, t.local || '0000' || g, replace(t.entry::text, t.gid, t.gid || '~' || g)::json
       from trace t join twin w on w.instance = t.instance and w.local = t.entity, generate_series(1, $4::int) g where w.id = $1 and w.side = $2 and w.local = $3`,
      values,
    );
    await world.database.query(
      `insert into entity (instance, ref, origin, entry)
       select e.instance, e.ref || '0000' || g, e.origin || '0000' || g, e.entry
       from entity e join twin w on w.instance = e.instance and w.local = e.ref, generate_series(1, $4::int) g where w.id = $1 and w.side = $2 and w.local = $3`,
      values,
    );
    await world.database.query(
      `insert into run (id, side, twin, at, stage, entry) select r.id || '~' || g, r.side, r.twin || '~' || g, r.at, r.stage, r.entry
       from run r, generate_series(1, $4::int) g where r.twin = $1 and r.side = $2 and $3 = $3`,
      values,
    );
  }
  // What the database does by itself within a minute.
  await world.database.query('vacuum analyze');
}
