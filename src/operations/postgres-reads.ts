import type pg from 'pg';
import type { Conflict, SyncRun } from '../engine/ports.ts';
import { JOB_TABLE, TWIN_QUEUE } from '../store/enqueue.ts';
import { SIDE_COLUMNS, type SideRow, toSide } from '../store/side.ts';
import { fromText, toKey, toText } from '../store/text.ts';
import { TWIN_COLUMNS, type TwinRow, toTwin } from '../store/twin.ts';
import type { Reads } from './reads.ts';

const RUNS = 200;

/** What the operations read, each with one query and without locks. */
export function createReads({ pool }: { readonly pool: pg.Pool }): Reads {
  const rows = async <Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[] = []): Promise<Row[]> =>
    (await pool.query<Row>({ name: `reads-${name}`, text, values })).rows;
  const ids = (found: readonly { id: string }[]): string[] => found.map(({ id }) => fromText(id));

  return {
    instanceIds: async () => ids(await rows('instance-ids', 'select id from instance order by slug')),
    async instanceIdBySlug(slug) {
      const [row] = await rows<{ id: string }>('instance-by-slug', 'select id from instance where slug = $1', [toText(slug)]);
      return row ? fromText(row.id) : null;
    },

    async connections() {
      const sides = await rows<SideRow>('sides', `select ${SIDE_COLUMNS.join(', ')} from side order by leads desc, id`);
      const facts = await rows<{ connection: string; twins: number; problems: number; last: Date | null }>(
        'connection-facts',
        `select s.connection, count(distinct t.id) filter (where t.status = 'active')::int as twins,
           count(distinct t.id) filter (where t.status = 'active' and t.problem_level is not null)::int as problems, max(t.in_sync_at) as last
         from side s left join twin t on t.side = s.id group by s.connection`,
      );
      return facts
        .map(({ connection, twins, problems, last }) => ({
          sides: sides.filter((side) => side.connection === connection).map(toSide),
          twins,
          problems,
          lastSyncAt: last?.toISOString() ?? null,
        }))
        .sort((a, b) => (a.sides[0]?.name ?? '').localeCompare(b.sides[0]?.name ?? ''));
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

    async twinPage({ connection, after, limit }) {
      const [at, id] = after === null ? [null, null] : (JSON.parse(Buffer.from(after, 'base64url').toString()) as [string, string]);
      // A twin has a row for each of its halves: the older one stands for both.
      const found = await rows<{ id: string; at: string }>(
        'twin-page',
        `select t.id, t.created_at::text as at from twin t join side s on s.id = t.side
         where ($1::text is null or s.connection = $1) and ($2::timestamptz is null or (t.created_at, t.id) < ($2::timestamptz, $3))
           and not exists (select 1 from twin o where o.id = t.id and o.side <> t.side and (o.created_at, o.side) < (t.created_at, t.side))
         order by t.created_at desc, t.id desc limit $4`,
        [connection === null ? null : toText(connection), at, id, limit + 1],
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

    async conflicts(twin) {
      const found = await rows<{ entry: Conflict }>(
        'conflicts',
        'select entry from conflict where twin = $1 and side in (select side from twin where id = $1) order by at desc, seq desc limit $2',
        [toKey(twin), RUNS],
      );
      return found.map(({ entry }) => entry);
    },

    async troubled(connection) {
      const found = await rows<{ id: string; at: Date }>(
        'troubled',
        `select t.id, min(t.created_at) as at from twin t join side s on s.id = t.side
         where t.problem_level is not null and t.status = 'active' and ($1::text is null or s.connection = $1) group by t.id order by 2 limit 500`,
        [connection === null ? null : toText(connection)],
      );
      return ids(found);
    },

    async queue() {
      const [row] = await rows<{ waiting: number; running: number; oldest: Date | null }>(
        'queue',
        `select count(*) filter (where state < 'active' and start_after <= now())::int as waiting, count(*) filter (where state = 'active')::int as running,
           min(start_after) filter (where state < 'active' and start_after <= now()) as oldest
         from ${JOB_TABLE} where name = '${TWIN_QUEUE}' and state <= 'active'`,
      );
      return { waiting: row?.waiting ?? 0, running: row?.running ?? 0, oldestAt: row?.oldest?.toISOString() ?? null };
    },

    async ready() {
      await pool.query('select 1');
    },
  };
}
