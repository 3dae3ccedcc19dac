import { z } from 'zod';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { ChangePage } from '../connector.ts';
import type { WireIssue } from './api.ts';
import { idOf, markerOf, timeOf } from './map.ts';
import { type Found, search, unindexed } from './marker.ts';
import type { Account } from './reading.ts';
import { jqlMinute } from './zone.ts';

/** So far back every poll looks again: Jira's index shows changes late, and not in their order. Milliseconds. */
export const OVERLAP = 120_000;
/** A database that keeps whole seconds may show two changes under one time: such a change is told again after so long. */
const SECOND_OVER = 1500;
/** JQL understands times in the account's time zone, which people change: it is asked anew when it could make a difference. */
const ZONE_KEPT = 600_000;
export const LARGEST_PAGE = 100;

/** Where the feed stands, as JSON. Times are Jira's, milliseconds since 1970. */
const Cursor = z.object({
  /** Everything updated before is told. */
  since: z.number().int().nonnegative(),
  /** By issue: updated when; and when that was told by our clock, where it has to be told once more, else 0. */
  seen: z.record(z.string(), z.tuple([z.number(), z.number()])),
  /** More than a page was waiting: all of it is read in the order of creation. `newest`: from where the next poll looks. */
  scan: z.object({ place: z.string(), newest: z.number() }).optional(),
});
type Cursor = z.infer<typeof Cursor>;

const WHAT = 'Asking for changes';

function read(cursor: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(cursor));
  } catch (cause) {
    throw new TrackerError('cursor-expired', 'The place in the list of changes could not be read.', { cause });
  }
}

const updatedAt = ({ fields }: WireIssue): number => timeOf(fields.updated) || 0;
/** The latest change, but not one of the future: what an import or a wrong clock has dated ahead must not hide what changes until then. */
const latest = (issues: readonly WireIssue[], now: number): number => Math.min(now, Math.max(0, ...issues.map(updatedAt)));

/** What changed in a Jira, by `updated`, which says minutes in queries. It knows no versions: these need the whole issue. */
export class Feed {
  readonly #account: Account;
  readonly #now: () => number;
  readonly #pageSize: number;
  #zoneAt = 0;

  constructor(account: Account, now: () => number, pageSize: number) {
    this.#account = account;
    this.#now = now;
    this.#pageSize = pageSize;
  }

  /** Null starts now. */
  async changedSince(cursor: string | null, call: CallContext): Promise<ChangePage> {
    const { client, directory } = this.#account;
    if (cursor === null) {
      await this.#zone(0, call);
      const { issues, serverTime } = await search(client, 'updated >= "-1d" ORDER BY updated DESC', { limit: 1 }, WHAT, call);
      // By Jira's clock where it tells it, else early enough for any difference of the two.
      const since = (issues.length ? latest(issues, serverTime ?? this.#now()) : this.#now() - 12 * 3_600_000) - OVERLAP;
      return { items: [], cursor: JSON.stringify({ since: Math.max(0, since), seen: {} } satisfies Cursor), more: false };
    }
    const at = read(cursor);
    const { id: me } = await directory.me(call);
    const where = `updated >= "${jqlMinute(at.since, await this.#zone(at.since, call))}"`;
    if (at.scan) return this.#scan(at, at.scan, where, me, call);
    const { issues, next, serverTime } = await search(client, `${where} ORDER BY updated DESC`, { limit: this.#pageSize }, WHAT, call);
    const newest = Math.max(at.since, latest(issues, serverTime ?? this.#now()));
    // Too many for one look: the newest time is known before the first page is read, so nothing can slip between this scan and the next poll.
    if (next !== null) return this.#scan(at, { place: '', newest }, where, me, call);
    const { items, seen } = this.#note(at, issues, me);
    if (!issues.length) await directory.prove(call);
    return { items, cursor: JSON.stringify(goOn(at, seen, newest)), more: false };
  }

  /** Every visible issue, for what `updated` does not show: deleted issues, hidden comments. */
  async sweep(cursor: string | null, call: CallContext): Promise<ChangePage> {
    const { id: me } = await this.#account.directory.me(call);
    const where = 'created >= "1970/01/01"';
    const { issues, next } = await this.#created(where, cursor ?? '', LARGEST_PAGE, call).catch((error: unknown) => {
      if (cursor !== null && error instanceof TrackerError && error.kind === 'rejected')
        throw new TrackerError('cursor-expired', 'Jira does not know this place in the sweep any more.', { cause: error });
      throw error;
    });
    // What the index does not show yet may not be taken for gone.
    const late = next === null ? await unindexed(this.#account.client, where, Math.max(0, ...issues.map(({ id }) => Number(id))), WHAT, call) : [];
    return { items: [...issues, ...late].map((issue) => itemOf(issue, me)), cursor: next ?? cursor ?? '', more: next !== null };
  }

  /** In the order of creation no page loses an issue that changes meanwhile: it stays where it is. (What is deleted meanwhile: see `search`.) */
  #created(where: string, place: string, limit: number, call: CallContext): Promise<Found> {
    return search(this.#account.client, `${where} ORDER BY created ASC, key ASC`, { place, limit }, WHAT, call);
  }

  async #scan(at: Cursor, { place, newest }: NonNullable<Cursor['scan']>, where: string, me: string, call: CallContext): Promise<ChangePage> {
    let page: Found;
    try {
      page = await this.#created(where, place, this.#pageSize, call);
    } catch (error) {
      if (!place || !(error instanceof TrackerError && error.kind === 'rejected')) throw error;
      // Jira has forgotten the place (after a week), or the zone has changed: from the beginning.
      page = await this.#created(where, '', this.#pageSize, call);
    }
    const noted = this.#note(at, page.issues, me);
    const seen = { ...at.seen, ...noted.seen };
    const next: Cursor = page.next === null ? goOn(at, seen, newest) : { since: at.since, seen, scan: { place: page.next, newest } };
    return { items: noted.items, cursor: JSON.stringify(next), more: page.next !== null };
  }

  #note(at: Cursor, issues: readonly WireIssue[], me: string): { items: ChangePage['items']; seen: Cursor['seen'] } {
    const items: ChangePage['items'][number][] = [];
    const seen: Cursor['seen'] = {};
    for (const issue of issues.toSorted((a, b) => updatedAt(a) - updatedAt(b) || Number(a.id) - Number(b.id))) {
      const updated = updatedAt(issue);
      const before = at.seen[issue.id];
      const known = before?.[0] === updated;
      const again = known && before[1] > 0 && this.#now() - before[1] >= SECOND_OVER;
      if (!known || again) items.push(itemOf(issue, me));
      seen[issue.id] = known ? [updated, again ? 0 : before[1]] : [updated, updated % 1000 === 0 ? this.#now() : 0];
    }
    return { items, seen };
  }

  /** The account's time zone. A wrong one could only hide what lies further back than it was asked for. */
  async #zone(since: number, call: CallContext): Promise<string> {
    const { directory } = this.#account;
    const now = this.#now();
    if (now - this.#zoneAt < ZONE_KEPT && now - since < ZONE_KEPT) return (await directory.me(call)).timeZone;
    const { timeZone } = now === this.#zoneAt ? await directory.me(call) : await directory.prove(call);
    this.#zoneAt = now;
    return timeZone;
  }
}

const itemOf = (issue: WireIssue, me: string) => ({
  ref: issue.id,
  version: null,
  gone: false,
  byUs: idOf(issue.fields.creator) === me,
  marker: markerOf(issue.properties),
});

/** Where the next poll looks: a little back, past the index's lag; what was told of that time is remembered. */
function goOn(at: Cursor, seen: Cursor['seen'], newest: number): Cursor {
  const since = Math.max(at.since, newest - OVERLAP);
  // A query says minutes: what it will show again begins with the minute.
  const from = Math.floor(since / 60_000) * 60_000;
  return { since, seen: Object.fromEntries(Object.entries({ ...at.seen, ...seen }).filter(([, [updated]]) => updated >= from)) };
}
