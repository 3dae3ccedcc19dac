import { z } from 'zod';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { ChangePage } from '../connector.ts';
import type { IssuePage, RedmineApi, WireIssue } from './api.ts';

/** A transaction that began earlier may appear later: so far back every poll looks again, in milliseconds. */
const OVERLAP = 10_000;
/** Redmine's `>=` a second finds what came after the second before that, and shows no fractions: only two seconds on is what was seen left out. */
const PAST = 2000;
/** After so long by our clock, a second of the server's has passed for certain. */
const SECOND_OVER = 1500;
/** Redmine's own largest page. */
export const LARGEST_PAGE = 100;

/** Where the feed stands, as JSON. Times are Redmine's whole seconds. */
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

/** What the list shows of an issue: whose it is, and our marker. */
export type Tell = (issue: WireIssue) => { readonly byUs: boolean; readonly marker: string | null };
const itemOf = (issue: WireIssue, tell: Tell) => ({ ref: String(issue.id), version: null, gone: false, ...tell(issue) });

function read(cursor: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(cursor));
  } catch (cause) {
    throw new TrackerError('cursor-expired', 'The place in the list of changes could not be read.', { cause });
  }
}

/** What changed in a Redmine, by `updated_on`. It knows no versions: these need the whole issue. */
export class Feed {
  readonly #api: RedmineApi;
  readonly #now: () => number;
  readonly #pageSize: number;
  /** When a time of an issue (`id time`) was first seen, by our clock. Lost with the process: then it is told once more. */
  #first = new Map<string, number>();

  constructor(api: RedmineApi, now: () => number, pageSize: number) {
    this.#api = api;
    this.#now = now;
    this.#pageSize = pageSize;
  }

  /** Null starts now. */
  async changedSince(cursor: string | null, tell: Tell, call: CallContext): Promise<ChangePage> {
    if (cursor === null) {
      const { issues } = await this.#api.issues({ status_id: '*', sort: 'updated_on:desc', limit: 1 }, call);
      return { items: [], cursor: JSON.stringify({ since: issues[0]?.updated_on ?? BEGINNING, seen: {} } satisfies Cursor), more: false };
    }
    const at = read(cursor);
    if (at.scan) return this.#scan(at, at.scan, tell, call);
    const page = await this.#api.issues({ status_id: '*', updated_on: `>=${at.since}`, sort: 'updated_on:desc,id', limit: this.#pageSize }, call);
    const newest = page.issues[0]?.updated_on ?? at.since;
    // Too many for one look: the newest time is known before the first page is read, so nothing can slip between this scan and the next poll.
    if (page.total_count > page.issues.length) return this.#scan(at, { after: 0, newest }, tell, call);
    const { items, seen } = this.#note(at, page, newest, tell);
    return { items, cursor: JSON.stringify(this.#goOn(at, seen, newest, page.serverTime)), more: false };
  }

  /** Every visible issue, for what `updated_on` does not show: notes edited, hidden or removed. */
  async sweep(cursor: string | null, tell: Tell, call: CallContext): Promise<ChangePage> {
    const after = Number(cursor ?? 0);
    if (!Number.isSafeInteger(after) || after < 0) throw new TrackerError('cursor-expired', 'The place in the sweep could not be read.');
    const { issues, total_count } = await this.#byId(after, null, LARGEST_PAGE, call);
    return {
      items: issues.map((issue) => itemOf(issue, tell)),
      cursor: String(issues.at(-1)?.id ?? after),
      more: total_count > issues.length && issues.length > 0,
    };
  }

  /** Issues from id `after` + 1, in the order of their ids: no page shifts when something changes meanwhile. */
  #byId(after: number, since: string | null, limit: number, call: CallContext): Promise<IssuePage> {
    const updated = since === null ? {} : { 'op[updated_on]': '>=', 'v[updated_on][]': since };
    const filters = ['status_id', 'issue_id', ...(since === null ? [] : ['updated_on'])];
    const query = { 'f[]': filters, 'op[status_id]': '*', 'op[issue_id]': '>=', 'v[issue_id][]': after + 1, ...updated, sort: 'id', limit };
    return this.#api.issues(query, call);
  }

  async #scan(at: Cursor, { after, newest }: NonNullable<Cursor['scan']>, tell: Tell, call: CallContext): Promise<ChangePage> {
    const page = await this.#byId(after, at.since, this.#pageSize, call);
    const more = page.total_count > page.issues.length && page.issues.length > 0;
    const noted = this.#note(at, page, newest, tell);
    const seen = { ...at.seen, ...noted.seen };
    const next: Cursor = more
      ? { since: at.since, seen, scan: { after: page.issues.at(-1)?.id ?? after, newest } }
      : this.#goOn(at, seen, newest, page.serverTime);
    return { items: noted.items, cursor: JSON.stringify(next), more };
  }

  /** Tells each issue, and once more when its second is over: a second change within it has the same time. */
  #note(at: Cursor, { issues, serverTime }: IssuePage, newest: string, tell: Tell): { items: ChangePage['items']; seen: Cursor['seen'] } {
    const items: WireIssue[] = [];
    const seen: Cursor['seen'] = {};
    for (const issue of [...issues].sort((a, b) => a.updated_on.localeCompare(b.updated_on) || a.id - b.id)) {
      const { id, updated_on } = issue;
      const before = at.seen[id];
      const told = before?.[0] === updated_on && before[1];
      if (!told) items.push(issue);
      seen[id] = [updated_on, told || updated_on < newest || this.#age(String(id), updated_on, serverTime) >= SECOND_OVER];
    }
    return { items: items.map((issue) => itemOf(issue, tell)), seen };
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
