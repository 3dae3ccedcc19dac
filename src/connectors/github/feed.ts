import { z } from 'zod';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { ChangePage } from '../connector.ts';
import { type GithubApi, queryOf, type Tagged } from './api.ts';
import { type Account, isUs, refOf } from './map.ts';
import { markerIn } from './marker.ts';
import type { Page, WireComment, WireIssue, WireRepo } from './wire.ts';

/** GitHub's lists may lag behind its writes: so far back every poll looks again, in milliseconds. */
const OVERLAP = 60_000;
/** After so long, a second that GitHub's times name has passed for certain. */
const SECOND_OVER = 2000;
export const LARGEST_PAGE = 100;

const Time = z.iso.datetime();
/** Where a list stands. */
const Place = z.object({
  /** Everything updated before is told. */
  since: Time,
  /** By id: updated when, and whether it was told after that second was over. */
  seen: z.record(z.string(), z.tuple([Time, z.boolean()])),
  /**
   * More than a page was waiting: going on from the time `after`. `page`: more than a page has exactly this time; these are gone through by pages, and once
   * more whenever a pass told something (`told`), as what is changed meanwhile moves the others up.
   */
  scan: z.object({ after: Time, page: z.number().int().min(1), told: z.boolean() }).optional(),
});
type Place = z.infer<typeof Place>;
const LISTS = ['issues', 'comments'] as const;
const Cursor = z.object({ repos: z.record(z.string().regex(/^\d+$/), z.object({ issues: Place, comments: Place })) });
const SweepCursor = z.object({
  repo: z.number().int().min(0),
  at: z
    .string()
    .regex(/^\/repositories\/\d+\/issues\?/)
    .nullable(),
});

const seconds = (ms: number): string => `${new Date(Math.max(0, ms)).toISOString().slice(0, 19)}Z`;
const later = (time: string, ms: number): string => seconds(Date.parse(time) + ms);

function parsed<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    return schema.parse(JSON.parse(cursor));
  } catch (cause) {
    throw new TrackerError('cursor-expired', 'The place in the list of changes could not be read.', { cause });
  }
}

type Item = ChangePage['items'][number];
interface Listed {
  readonly id: number;
  readonly updated_at: string;
}

/** What changed in some repositories: the list of issues, and that of comments, because an edited comment does not move its issue. */
export class Feed {
  readonly #api: GithubApi;
  readonly #now: () => number;
  readonly #pageSize: number;
  readonly #pullRequests: boolean;

  /** The last page of each list. */
  readonly #last = new Map<string, Tagged<Listed>>();

  constructor(api: GithubApi, now: () => number, pageSize: number, pullRequests: boolean) {
    this.#api = api;
    this.#now = now;
    this.#pageSize = pageSize;
    this.#pullRequests = pullRequests;
  }

  /** Null starts now. */
  async changedSince(cursor: string | null, repos: readonly WireRepo[], us: Account, call: CallContext): Promise<ChangePage> {
    const known = cursor === null ? {} : parsed(Cursor, cursor).repos;
    const scanning = Object.values(known).some(isScanning);
    const places: Record<string, { issues: Place; comments: Place }> = {};
    const items: Item[] = [];
    for (const { id } of repos) {
      const at = known[id];
      if (!at) {
        const start = await this.#start(id, call);
        places[id] = { issues: start, comments: start };
        continue;
      }
      const next = { ...at };
      for (const list of LISTS) {
        if (scanning && !at[list].scan) continue;
        const read = list === 'issues' ? await this.#issues(id, at.issues, us, call) : await this.#comments(id, at.comments, call);
        items.push(...read.items);
        next[list] = read.place;
      }
      places[id] = next;
    }
    return { items, cursor: JSON.stringify({ repos: places }), more: Object.values(places).some(isScanning) };
  }

  /** Every issue, for what no list of changes shows: comments that were deleted. */
  async sweep(cursor: string | null, repos: readonly WireRepo[], us: Account, call: CallContext): Promise<ChangePage> {
    const at = cursor === null ? { repo: 0, at: null } : parsed(SweepCursor, cursor);
    const repo = repos[at.repo];
    if (!repo) return { items: [], cursor: JSON.stringify(at), more: false };
    const first = `/repositories/${repo.id}/issues?${queryOf({ state: 'all', sort: 'created', direction: 'asc', per_page: LARGEST_PAGE })}`;
    const { items, next } = await this.#api.pageAt<WireIssue>(at.at ?? first, `Listing the issues of ${repo.full_name}`, call);
    const goOn = next !== null && items.length > 0 ? { ...at, at: next } : { repo: at.repo + 1, at: null };
    return { items: items.flatMap((issue) => this.#itemOf(repo.id, issue, us)), cursor: JSON.stringify(goOn), more: goOn.repo < repos.length };
  }

  async #start(repo: number, call: CallContext): Promise<Place> {
    const { serverTime } = await this.#page<WireIssue>(repo, 'issues', { state: 'all', per_page: 1 }, call);
    return { since: seconds((serverTime ?? this.#now()) - OVERLAP), seen: {} };
  }

  async #issues(repo: number, at: Place, us: Account, call: CallContext): Promise<{ items: Item[]; place: Place }> {
    const { fresh, place } = await this.#read<WireIssue>(repo, 'issues', at, { state: 'all' }, call);
    return { items: fresh.flatMap((issue) => this.#itemOf(repo, issue, us)), place };
  }

  async #comments(repo: number, at: Place, call: CallContext): Promise<{ items: Item[]; place: Place }> {
    const { fresh, place } = await this.#read<WireComment>(repo, 'issues/comments', at, {}, call);
    const items = fresh.flatMap(({ issue_url, html_url }): Item[] => {
      const number = /\/issues\/(\d+)$/.exec(issue_url)?.[1];
      if (number === undefined || (!this.#pullRequests && /\/pull\/\d+#/.test(html_url))) return [];
      return [{ ref: refOf(repo, Number(number)), version: null, gone: false }];
    });
    return { items, place };
  }

  #itemOf(repo: number, issue: WireIssue, us: Account): Item[] {
    if (issue.pull_request !== undefined && !this.#pullRequests) return [];
    const byUs = isUs(issue.user, us);
    return [{ ref: refOf(repo, issue.number), version: null, gone: false, byUs, marker: markerIn(issue.body, byUs) }];
  }

  async #page<T extends Listed>(repo: number, list: string, query: Readonly<Record<string, string | number>>, call: CallContext): Promise<Page<T>> {
    const name = `/repositories/${repo}/${list}`;
    const path = `${name}?${queryOf(query)}`;
    const last = this.#last.get(name);
    const before = last?.path === path && last.tag !== '' ? (last as Tagged<T>) : undefined;
    const read = await this.#api.pageIfNew<T>(path, 'Asking for changes', before, call);
    this.#last.set(name, read);
    return read.page;
  }

  /** A page of a list in the order of its times: what changes while pages are read comes again at the end. */
  async #read<T extends Listed>(
    repo: number,
    list: string,
    at: Place,
    filter: Readonly<Record<string, string>>,
    call: CallContext,
  ): Promise<{ fresh: T[]; place: Place }> {
    const { after, page, told } = at.scan ?? { after: at.since, page: 1, told: false };
    const query = { ...filter, sort: 'updated', direction: 'asc', since: after, per_page: this.#pageSize, page };
    const read = await this.#page<T>(repo, list, query, call);
    const now = read.serverTime ?? this.#now();
    const seen = { ...at.seen };
    const novel = read.items.some(({ id, updated_at }) => seen[id]?.[0] !== updated_at);
    const fresh = read.items.filter(({ id, updated_at }) => {
      const before = seen[id];
      const done = before?.[0] === updated_at && before[1];
      seen[id] = [updated_at, done || now - Date.parse(updated_at) >= SECOND_OVER];
      return !done;
    });
    const last = read.items.at(-1)?.updated_at;
    const more = read.next !== null && last !== undefined;
    const anew = told || novel;
    // Nobody says in which order those of one second come: until a pass over them tells nothing new, they are gone through again.
    if (page > 1 && anew && (!more || last > after)) return { fresh, place: { since: at.since, seen, scan: { after, page: 1, told: false } } };
    if (more && last > after)
      return { fresh, place: { since: at.since, seen: recent(seen, later(last, -OVERLAP)), scan: { after: last, page: 1, told: false } } };
    if (more) return { fresh, place: { since: at.since, seen, scan: { after, page: page + 1, told: anew } } };
    return { fresh, place: goOn(at.since, seen, last ?? after, now) };
  }
}

const isScanning = (place: { issues: Place; comments: Place }): boolean => LISTS.some((list) => place[list].scan !== undefined);
const recent = (seen: Place['seen'], since: string): Place['seen'] => Object.fromEntries(Object.entries(seen).filter(([, [time]]) => time >= since));

/** Where the next poll looks: a little back, until everything there is told and too old for anything to appear beside it. */
function goOn(before: string, seen: Place['seen'], newest: string, now: number): Place {
  const back = later(newest, -OVERLAP);
  const since = back > before ? back : before;
  const near = recent(seen, since);
  const entries = Object.values(near);
  if (entries.length > 0 && entries.every(([, told]) => told) && now - Date.parse(newest) >= OVERLAP) return { since: later(newest, 1000), seen: {} };
  return { since, seen: near };
}
