import { z } from 'zod';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { ChangePage } from '../connector.ts';

/** What a list shows of an entity. `updated`: a whole second, `2026-11-22T12:00:00Z`. */
export interface Listed {
  readonly id: number;
  readonly updated: string;
  /** Our account created it. */
  readonly byUs: boolean;
  readonly marker: string | null;
}

export interface ListPage {
  readonly items: readonly Listed[];
  /** Of all that the question is about, this page included. */
  readonly total: number;
  /** The server's own clock, milliseconds since 1970, where it tells it. */
  readonly serverTime: number | null;
}

/** The lists of a tracker whose clock has whole seconds and that knows no other order of changes. */
export interface Listing {
  /** What was updated in that second or later (null: everything), newest first; of one second by id. What an earlier second changed may be among it. */
  newest(since: string | null, limit: number, call: CallContext): Promise<ListPage>;
  /** From id `after` + 1, in the order of ids. */
  byId(after: number, since: string | null, limit: number, call: CallContext): Promise<ListPage>;
}

/** A transaction that began earlier may appear later: so far back every poll looks again, in milliseconds. */
const OVERLAP = 10_000;
/** A list that keeps fractions and shows none may find what came after the second before (Redmine): only two seconds on is what was seen left out. */
const PAST = 2000;
/** After so long by our clock, a second of the server's has passed for certain. */
const SECOND_OVER = 1500;

/** Where the feed stands, as JSON. */
const Cursor = z.object({
  /** Everything updated before is told. */
  since: z.iso.datetime(),
  /** By issue: updated when, and whether it was told after that second was over. */
  seen: z.record(z.string(), z.tuple([z.string(), z.boolean()])),
  /** More than a page was waiting: going through it by id, up from the one after `after`. `newest`: from where the next poll looks. */
  scan: z.object({ after: z.number().int(), newest: z.iso.datetime() }).optional(),
});
type Cursor = z.infer<typeof Cursor>;

const BEGINNING = '1970-01-01T00:00:00Z';
const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const back = (time: string): string => seconds(Math.max(0, Date.parse(time) - OVERLAP));

const itemOf = ({ id, byUs, marker }: Listed) => ({ ref: String(id), version: null, gone: false, byUs, marker });

function read(cursor: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(cursor));
  } catch (cause) {
    throw new TrackerError('cursor-expired', 'The place in the list of changes could not be read.', { cause });
  }
}

/**
 * What changed, by the time of the last change in whole seconds. It tells each entity, and once more when its second is over. It knows no versions: these
 * need the whole entity.
 */
export class SecondFeed {
  readonly #listing: Listing;
  readonly #now: () => number;
  readonly #pageSize: number;
  /** When a time of an entity (`id time`) was first seen, by our clock. Lost with the process: then it is told once more. */
  #first = new Map<string, number>();

  constructor(listing: Listing, now: () => number, pageSize: number) {
    this.#listing = listing;
    this.#now = now;
    this.#pageSize = pageSize;
  }

  /** Null starts now. */
  async changedSince(cursor: string | null, call: CallContext): Promise<ChangePage> {
    if (cursor === null) {
      const { items } = await this.#listing.newest(null, 1, call);
      return { items: [], cursor: JSON.stringify({ since: items[0]?.updated ?? BEGINNING, seen: {} } satisfies Cursor), more: false };
    }
    const at = read(cursor);
    if (at.scan) return this.#scan(at, at.scan, call);
    const page = await this.#listing.newest(at.since, this.#pageSize, call);
    const newest = page.items[0]?.updated ?? at.since;
    // Too many for one look: the newest time is known before the first page is read, so nothing can slip between this scan and the next poll.
    if (page.total > page.items.length) return this.#scan(at, { after: 0, newest }, call);
    const { items, seen } = this.#note(at, page, newest);
    return { items, cursor: JSON.stringify(this.#goOn(at, seen, newest, page.serverTime)), more: false };
  }

  /** Every entity that is to be seen, `pageSize` of them a page, for what the time of the last change does not show. */
  async sweep(cursor: string | null, pageSize: number, call: CallContext): Promise<ChangePage> {
    const after = Number(cursor ?? 0);
    if (!Number.isSafeInteger(after) || after < 0) throw new TrackerError('cursor-expired', 'The place in the sweep could not be read.');
    const { items, total } = await this.#listing.byId(after, null, pageSize, call);
    return { items: items.map(itemOf), cursor: String(items.at(-1)?.id ?? after), more: total > items.length && items.length > 0 };
  }

  async #scan(at: Cursor, { after, newest }: NonNullable<Cursor['scan']>, call: CallContext): Promise<ChangePage> {
    const page = await this.#listing.byId(after, at.since, this.#pageSize, call);
    const more = page.total > page.items.length && page.items.length > 0;
    const noted = this.#note(at, page, newest);
    const seen = { ...at.seen, ...noted.seen };
    const next: Cursor = more
      ? { since: at.since, seen, scan: { after: page.items.at(-1)?.id ?? after, newest } }
      : this.#goOn(at, seen, newest, page.serverTime);
    return { items: noted.items, cursor: JSON.stringify(next), more };
  }

  /** Tells each entity, and once more when its second is over: a second change within it has the same time. */
  #note(at: Cursor, { items: listed, serverTime }: ListPage, newest: string): { items: ChangePage['items']; seen: Cursor['seen'] } {
    const items: Listed[] = [];
    const seen: Cursor['seen'] = {};
    for (const entity of [...listed].sort((a, b) => a.updated.localeCompare(b.updated) || a.id - b.id)) {
      const { id, updated } = entity;
      const before = at.seen[id];
      const told = before?.[0] === updated && before[1];
      if (!told) items.push(entity);
      seen[id] = [updated, told || updated < newest || this.#age(String(id), updated, serverTime) >= SECOND_OVER];
    }
    return { items: items.map(itemOf), seen };
  }

  /** How long ago, at least, the second `time` began at the server. */
  #age(id: string, time: string, serverTime: number | null): number {
    if (serverTime !== null) return serverTime - Date.parse(time);
    const key = `${id} ${time}`;
    const first = this.#first.get(key) ?? this.#now();
    this.#first.set(key, first);
    return this.#now() - first;
  }

  /** Where the next poll looks: a little back, until what was seen there is old enough for nothing else to appear beside it. */
  #goOn(at: Cursor, seen: Cursor['seen'], newest: string, serverTime: number | null): Cursor {
    const since = back(newest);
    const near = Object.entries(seen).filter(([, [time]]) => time >= since);
    const ages = near.map(([id, [time]]) => this.#age(id, time, serverTime));
    const kept = new Set(near.map(([id, [time]]) => `${id} ${time}`));
    this.#first = new Map([...this.#first].filter(([key]) => kept.has(key)));
    if (near.length && near.every(([, [, told]]) => told) && ages.every((age) => age >= OVERLAP + PAST))
      return { since: seconds(Date.parse(newest) + PAST), seen: {} };
    return { since: seconds(Math.max(Date.parse(since), Date.parse(at.since))), seen: Object.fromEntries(near) };
  }
}
