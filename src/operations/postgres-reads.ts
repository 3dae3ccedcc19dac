import type pg from 'pg';
import type { Conflict, Side, SyncRun } from '../engine/ports.ts';
import { JOB_TABLE, TWIN_QUEUE } from '../store/enqueue.ts';
import { inSession } from '../store/session.ts';
import { SIDE_COLUMNS, type SideRow, toSide } from '../store/side.ts';
import { fromText, toKey, toText } from '../store/text.ts';
import { TWIN_COLUMNS, type TwinRow, toTwin } from '../store/twin.ts';
import type { ConnectionFacts, Reads } from './reads.ts';

const RUNS = 200;

interface Counts {
  /** By side. */
  readonly twins: ReadonlyMap<string, number>;
  /** By connection. */
  readonly problems: ReadonlyMap<string, number>;
  /** By side. */
  readonly synced: ReadonlyMap<string, Date | null>;
}

/** Both halves of a local connection have a row for each twin, one of them a moment before the other. */
function factsOf(sides: readonly Side[], { twins, problems, synced }: Counts): Omit<ConnectionFacts, 'sides'> {
  const last = sides.map(({ id }) => synced.get(id)?.getTime() ?? 0).reduce((a, b) => Math.max(a, b), 0);
  return {
    twins: Math.max(0, ...sides.map(({ id }) => twins.get(id) ?? 0)),
    problems: problems.get(sides[0]?.connection ?? '') ?? 0,
    lastSyncAt: last === 0 ? null : new Date(last).toISOString(),
  };
}

/** What the operations read, each with one query and without locks. */
export function createReads({ pool }: { readonly pool: pg.Pool }): Reads {
  const rows = async <Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[] = []): Promise<Row[]> =>
    (await pool.query<Row>({ name: `reads-${name}`, text, values })).rows;
  const ids = (found: readonly { id: string }[]): string[] => found.map(({ id }) => fromText(id));

  const sides = async () => (await rows<SideRow>('sides', `select ${SIDE_COLUMNS.join(', ')} from side order by leads desc, id`)).map(toSide);

  // Each part by an index alone: a list of connections must not read their twins.
  async function counts(connection: string | null): Promise<Counts> {
    const of = [connection === null ? null : toText(connection)];
    const [twins, problems, synced] = await Promise.all([
      rows<{ id: string; n: number }>(
        'count-twins',
        `select s.id, (select count(*) from twin t where t.side = s.id and t.status = 'active')::int as n
         from side s where $1::text is null or s.connection = $1`,
        of,
      ),
      rows<{ id: string; n: number }>(
        'count-problems',
        `select s.connection as id, count(distinct t.id)::int as n from side s join twin t on t.side = s.id
         where t.problem_level is not null and t.status = 'active' and ($1::text is null or s.connection = $1) group by s.connection`,
        of,
      ),
      rows<{ id: string; at: Date | null }>(
        'last-sync',
        `select s.id, (select max(r.at) from run r where r.side = s.id and r.stage in ('applied', 'in-sync')) as at
         from side s where $1::text is null or s.connection = $1`,
        of,
      ),
    ]);
    return {
      twins: new Map(twins.map(({ id, n }) => [fromText(id), n])),
      problems: new Map(problems.map(({ id, n }) => [fromText(id), n])),
      synced: new Map(synced.map(({ id, at }) => [fromText(id), at])),
    };
  }

  return {
    instanceIds: async () => ids(await rows('instance-ids', 'select id from instance order by slug')),
    async instanceIdBySlug(slug) {
      const [row] = await rows<{ id: string }>('instance-by-slug', 'select id from instance where slug = $1', [toText(slug)]);
      return row ? fromText(row.id) : null;
    },

    async connections() {
      const [halves, found] = await Promise.all([sides(), counts(null)]);
      return [...new Set(halves.map(({ connection }) => connection))]
        .map((connection) => {
          const own = halves.filter((side) => side.connection === connection);
          return { sides: own, ...factsOf(own, found) };
        })
        .sort((a, b) => (a.sides[0]?.name ?? '').localeCompare(b.sides[0]?.name ?? ''));
    },

    sides,

    async facts(connection) {
      const halves = await rows<SideRow>('sides-of-connection', `select ${SIDE_COLUMNS.join(', ')} from side where connection = $1`, [toText(connection)]);
      return factsOf(halves.map(toSide), await counts(connection));
    },

    async removeInstance(id) {
      return inSession(pool, async (session) => {
        await session.read('instance-to-remove', 'select id from instance where id = $1 for update', [toText(id)]);
        const sides = await session.read('sides-of-removed', 'select 1 from side where instance = $1 limit 1', [toText(id)]);
        if (sides.length > 0) return false;
        for (const table of ['entity', 'trace', 'intent']) session.write(null, `delete from ${table} where instance = $1`, [toText(id)]);
        session.write(null, 'delete from instance where id = $1', [toText(id)]);
        return true;
      });
    },

    async halves(twin) {
      return (await rows<TwinRow>('halves', `select ${TWIN_COLUMNS} from twin where id = $1 order by side`, [toKey(twin)])).map(toTwin);
    },

    async twinsByUrn(urn, instance) {
      // The peer's URN is known here before the other half exists; on a local connection both halves say the same.
      const found = await rows<{ id: string; created_at: Date }>(
        'twins-by-urn',
        `select t.id, min(t.created_at) as created_at from twin t join side s on s.id = t.side
         where (t.local_urn = $1 and ($2::text is null or t.instance = $2)) or (t.peer_urn = $1 and ($2::text is null or s.peer ->> 'instance' = $2))
         group by t.id order by 2 desc limit 50`,
        [toKey(urn), instance === null ? null : toKey(instance)],
      );
      return ids(found);
    },

    async twinPage({ sides: among, after, limit }) {
      const [at, id] = after === null ? [null, null] : (JSON.parse(Buffer.from(after, 'base64url').toString()) as [string, string]);
      // A twin has a row for each of its halves: the older one stands for both.
      const found = await rows<{ id: string; at: string }>(
        'twin-page',
        `select t.id, t.created_at::text as at from twin t
         where ($1::text[] is null or t.side = any($1)) and exists (select 1 from side s where s.id = t.side) and ($2::timestamptz is null or (t.created_at, t.id) < ($2::timestamptz, $3))
           and not exists (select 1 from twin o where o.id = t.id and o.side <> t.side and ($1::text[] is null or o.side = any($1)) and (o.created_at, o.side) < (t.created_at, t.side))
         order by t.created_at desc, t.id desc limit $4`,
        [among === null ? null : among.map((side) => toText(side)), at, id, limit + 1],
      );
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { ids: ids(page), next: found.length > limit && last ? Buffer.from(JSON.stringify([last.at, last.id])).toString('base64url') : null };
    },

    async runs(twin) {
      const found = await rows<{ entry: SyncRun }>(
        'runs',
        'select entry from run where twin = $1 and side in (select side from twin where id = $1) order by at desc, seq desc limit $2',
        [toKey(twin), RUNS],
      );
      return found.map(({ entry }) => entry);
    },

    async runsOfSides(among) {
      const found = await rows<{ entry: SyncRun }>(
        'runs-of-sides',
        `select newest.entry from unnest($1::text[]) as half(id),
           lateral (select entry, at, seq from run where side = half.id order by at desc, seq desc limit $2) newest
         order by newest.at desc, newest.seq desc limit $2`,
        [among.map((side) => toText(side)), RUNS],
      );
      return found.map(({ entry }) => entry);
    },

    async conflicts(twin) {
      const found = await rows<{ entry: Conflict }>(
        'conflicts',
        'select entry from conflict where twin = $1 and side in (select side from twin where id = $1) order by at desc, seq desc limit $2',
        [toKey(twin), RUNS],
      );
      return found.map(({ entry }) => entry);
    },

    async troubled(among) {
      const found = await rows<{ id: string; at: Date }>(
        'troubled',
        `select t.id, min(t.created_at) as at from twin t join side s on s.id = t.side
         where t.problem_level is not null and t.status = 'active' and ($1::text[] is null or t.side = any($1)) group by t.id order by 2 limit 500`,
        [among === null ? null : among.map((side) => toText(side))],
      );
      return ids(found);
    },

    async queue(sides) {
      const [row] = await rows<{ waiting: number; running: number; oldest: Date | null }>(
        'queue',
        `select count(*) filter (where state < 'active' and start_after <= now())::int as waiting, count(*) filter (where state = 'active')::int as running,
           min(start_after) filter (where state < 'active' and start_after <= now()) as oldest
         from ${JOB_TABLE} where name = '${TWIN_QUEUE}' and state <= 'active' and ($1::text[] is null or data ->> 'side' = any($1))`,
        [sides?.map((side) => toText(side))],
      );
      return { waiting: row?.waiting ?? 0, running: row?.running ?? 0, oldestAt: row?.oldest?.toISOString() ?? null };
    },

    async ready() {
      await pool.query('select 1');
    },
  };
}
