import type pg from 'pg';

/** Something that somebody did, written down for people. */
export interface AuditEvent {
  readonly action: string;
  readonly sentence: string;
  /** Who did it, for people. */
  readonly by: string;
  readonly where: 'here' | 'there';
  /** Id. */
  readonly connection?: string;
  /** Slug of the connection at that time. */
  readonly slug?: string;
  /** Id; absent: the node itself, for operators. */
  readonly instance?: string;
}

export interface RecordedEvent extends AuditEvent {
  readonly id: string;
  /** ISO. */
  readonly at: string;
}

export interface Events {
  record(event: AuditEvent): Promise<void>;
  /** Newest first. `instances` null: all, and the node's own. */
  page(query: {
    readonly instances: readonly string[] | null;
    readonly connection: string | null;
    readonly after: string | null;
  }): Promise<{ readonly events: readonly RecordedEvent[]; readonly next: string | null }>;
}

const PAGE = 50;

interface Row {
  seq: string;
  at: Date;
  instance: string | null;
  connection: string | null;
  slug: string | null;
  by: string;
  place: 'here' | 'there';
  action: string;
  sentence: string;
}

/** PostgreSQL cannot hold U+0000 in text, and other nodes say what they like. */
const clean = (text: string): string => text.replaceAll('\u0000', '').toWellFormed();

export function createEvents(pool: pg.Pool): Events {
  return {
    async record({ action, sentence, by, where, connection, slug, instance }) {
      await pool.query('insert into event (instance, connection, slug, by, place, action, sentence) values ($1, $2, $3, $4, $5, $6, $7)', [
        instance ?? null,
        connection ?? null,
        slug ?? null,
        clean(by),
        where,
        action,
        clean(sentence),
      ]);
    },
    async page({ instances, connection, after }) {
      const { rows } = await pool.query<Row>(
        `select seq, at, instance, connection, slug, by, place, action, sentence from event
         where ($1::text[] is null or instance = any($1)) and ($2::text is null or connection = $2) and ($3::bigint is null or seq < $3)
         order by seq desc limit $4`,
        [instances, connection, after !== null && /^\d{1,18}$/.test(after) ? after : null, PAGE + 1],
      );
      const page = rows.slice(0, PAGE);
      return { events: page.map(toEvent), next: rows.length > PAGE ? (page.at(-1)?.seq ?? null) : null };
    },
  };
}

const toEvent = (row: Row): RecordedEvent => ({
  id: row.seq,
  at: row.at.toISOString(),
  by: row.by,
  where: row.place,
  action: row.action,
  sentence: row.sentence,
  ...(row.connection === null ? {} : { connection: row.connection }),
  ...(row.slug === null ? {} : { slug: row.slug }),
  ...(row.instance === null ? {} : { instance: row.instance }),
});
