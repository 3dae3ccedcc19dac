import type { Snapshot } from '../../core/entity.ts';
import type { CallContext, HttpResponse } from '../../lib/http.ts';
import type { WireIssue, WireSearch } from './api.ts';
import type { Client } from './client.ts';
import { MARKER, markerOf } from './map.ts';
import { type Account, fetchIssue } from './reading.ts';

/** Issues on a page of a search. */
const PAGE = 100;
/** Cloud takes so many ids to be looked up past the index. */
const RECONCILED = 50;
/** So often the ids after the newest are looked up. */
const ROUNDS = 6;
const LOOKING = 'Looking for an issue that Entente created';
/** A creation is looked for so far back when nobody says since when, in milliseconds. */
const USUAL = 7 * 24 * 3_600_000;
/** Ahead of what the index shows: issues that it does not have yet. */
const LAG = 300_000;

export interface Found {
  readonly issues: WireIssue[];
  /** Of the next page; null: this is the last. */
  readonly next: string | null;
  /** Jira's clock, milliseconds since 1970; null: it does not say. */
  readonly serverTime: number | null;
}

/** Data Center's pages begin a little before the end of the one before: what vanishes meanwhile moves everything behind it. */
const STEP_BACK = 10;

const clockOf = ({ headers }: HttpResponse): number | null => {
  const time = Date.parse(headers.date ?? '');
  return Number.isNaN(time) ? null : time;
};

/**
 * One page of what JQL finds, with our markers. `place`: Cloud's token, or Data Center's offset and number of issues found (`100/523`), of the page before;
 * '' begins. A page may repeat what was on the one before.
 */
export async function search(
  client: Client,
  jql: string,
  { place = '', limit = PAGE, reconcile }: { place?: string; limit?: number; reconcile?: readonly number[] },
  what: string,
  call: CallContext,
): Promise<Found> {
  const fields = ['creator', 'created', 'updated'];
  if (client.cloud) {
    const json = {
      jql,
      fields,
      properties: [MARKER],
      maxResults: limit,
      ...(place ? { nextPageToken: place } : {}),
      ...(reconcile?.length ? { reconcileIssues: reconcile } : {}),
    };
    const answer = await client.request({ method: 'POST', path: '/search/jql', what, json }, call);
    const page = answer.json<WireSearch>();
    return { issues: page.issues ?? [], next: page.isLast || !page.nextPageToken ? null : page.nextPageToken, serverTime: clockOf(answer) };
  }
  const [offset = 0, before = 0] = place.split('/').map(Number);
  const ask = (startAt: number) =>
    client.request({ method: 'POST', path: '/search', what, json: { jql, fields, properties: [MARKER], startAt, maxResults: limit } }, call);
  type Page = WireSearch & { startAt: number; total: number };
  let startAt = offset;
  let answer = await ask(startAt);
  let page = answer.json<Page>();
  if (page.total < before && startAt > 0) {
    startAt = Math.max(0, startAt - (before - page.total));
    answer = await ask(startAt);
    page = answer.json<Page>();
  }
  const end = startAt + page.issues.length;
  const next = page.issues.length && end < page.total ? `${end - Math.min(STEP_BACK, Math.floor(page.issues.length / 2))}/${page.total}` : null;
  return { issues: page.issues, next, serverTime: clockOf(answer) };
}

/** Cloud's index lags. Ids are given in order: issues right after the newest one that is known, looked up past the index. */
export async function unindexed(
  client: Client,
  where: string,
  newest: number,
  what: string,
  call: CallContext,
  /** The ids of issues that we may not see are passed over, up to the last round. */
  thorough = false,
): Promise<WireIssue[]> {
  const found: WireIssue[] = [];
  let known = newest;
  for (let round = 0; client.cloud && known > 0 && round < ROUNDS; round += 1) {
    const first = known + 1;
    const reconcile = Array.from({ length: RECONCILED }, (_, i) => first + i);
    const { issues } = await search(client, `${where} ORDER BY created DESC`, { reconcile }, what, call);
    const newer = issues.filter(({ id }) => Number(id) > known);
    if (!newer.length && !thorough) break;
    found.push(...newer);
    known = Math.max(newer.length ? 0 : known + RECONCILED, ...newer.map(({ id }) => Number(id)));
  }
  return found;
}

/** Our own creations by their markers. Jira's index knows no properties of issues (only apps can have them indexed), so they are read from a list. */
export class Markers {
  readonly #account: Account;
  readonly #now: () => number;
  /** Markers that were seen, and from when to when all of ours were read. */
  readonly #known = new Map<string, string>();
  #read: { from: number; to: number } | null = null;
  /** The highest id that was seen. */
  #newest = 0;

  constructor(account: Account, now: () => number) {
    this.#account = account;
    this.#now = now;
  }

  /** Remembered, so that it need not be looked for. */
  learn(marker: string, ref: string): void {
    this.#known.set(marker, ref);
    this.#newest = Math.max(this.#newest, Number(ref));
    if (this.#known.size > 20_000) this.#known.delete(this.#known.keys().next().value ?? '');
  }

  /** The issue with this marker, created since then (default: in the last week). One call or two when nothing is new. */
  async find(marker: string, since: string | null, call: CallContext): Promise<Snapshot | null> {
    await this.#look(marker, since, call);
    const ref = this.#known.get(marker);
    if (ref === undefined) return null;
    const snapshot = await fetchIssue(this.#account, ref, call);
    return snapshot === 'gone' || snapshot.marker !== marker ? null : snapshot;
  }

  async #look(marker: string, from: string | null, call: CallContext): Promise<void> {
    if (this.#known.has(marker)) return;
    const { client } = this.#account;
    const now = this.#now();
    const since = from === null ? now - USUAL : Date.parse(from);
    // What was read before is read on from there, a little back.
    const begin = this.#read && since >= this.#read.from - LAG ? Math.max(since, this.#read.to) - LAG : since - LAG;
    const during = `created >= "-${Math.max(5, Math.ceil((now - begin) / 60_000) + 2)}m"`;
    // The newest that was seen before, and what came right after it, in one look; for a long time this may be more than a page.
    const { issues, next } = await search(client, `${during} ORDER BY created DESC`, {}, LOOKING, call);
    for (const issue of issues) this.#note(issue);
    if (next !== null && !this.#known.has(marker)) await this.#ours(during, marker, call);
    if (this.#newest === 0) await this.#last(call);
    if (!this.#known.has(marker)) for (const issue of await unindexed(client, during, this.#newest, LOOKING, call, from !== null)) this.#note(issue);
    if (this.#known.has(marker)) return;
    this.#read = { from: Math.min(begin, this.#read?.from ?? begin), to: now };
  }

  /** All that we created in that time. */
  async #ours(during: string, marker: string, call: CallContext): Promise<void> {
    for (let place: string | null = ''; place !== null && !this.#known.has(marker); ) {
      const page: Found = await search(this.#account.client, `creator = currentUser() AND ${during} ORDER BY created DESC`, { place }, LOOKING, call);
      for (const issue of page.issues) this.#note(issue);
      place = page.next;
    }
  }

  /** The newest issue of all, where nothing was created lately. */
  async #last(call: CallContext): Promise<void> {
    const { issues } = await search(this.#account.client, 'created >= "1970/01/01" ORDER BY created DESC', { limit: 1 }, LOOKING, call);
    for (const issue of issues) this.#note(issue);
  }

  #note(issue: WireIssue): void {
    this.#newest = Math.max(this.#newest, Number(issue.id));
    const marker = markerOf(issue.properties);
    const id = marker === null ? undefined : this.#known.get(marker);
    // The oldest one bears it rightly.
    if (marker !== null && (id === undefined || Number(issue.id) < Number(id))) this.learn(marker, issue.id);
  }
}
