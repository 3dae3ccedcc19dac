import { z } from 'zod';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { ChangePage } from '../connector.ts';
import type { GitlabApi, Query } from './api.ts';
import { refOf } from './map.ts';
import { markerIn } from './text.ts';
import type { Page, WireIssue } from './wire.ts';

/**
 * GitLab moves an issue's time with a comment only when the time is older than a minute (its ThrottledTouch). So an issue is told until its change is this
 * old: what was written within that minute is seen then.
 */
const MINUTE_OVER = 62_000;
/** A transaction that began earlier may appear later: so far back every poll looks again. */
const OVERLAP = 70_000;
export const LARGEST_PAGE = 100;

const Time = z.iso.datetime();
/** Where a project stands. `since`: everything updated before is told. `seen`, by iid: updated when, and whether it was told after its minute. */
const Place = z.object({
  since: Time,
  seen: z.record(z.string(), z.tuple([Time, z.boolean()])),
  /**
   * More than a page was waiting: going on from the time `after`. `newest`: the newest time so far. `window`: more than a page has exactly this time; these
   * are gone through by pages, anew when there are fewer of them than before.
   */
  scan: z.object({ after: Time, newest: Time, window: z.object({ page: z.number().int().min(1), total: z.number().nullable() }).optional() }).optional(),
});
type Place = z.infer<typeof Place>;
const Cursor = z.object({ projects: z.record(z.string(), Place) });
const SweepCursor = z.object({ project: z.number().int().min(0), after: Time.nullable(), page: z.number().int().min(1) });

const iso = (ms: number): string => new Date(ms).toISOString();
const later = (time: string, ms: number): string => iso(Date.parse(time) + ms);

function parsed<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    return schema.parse(JSON.parse(cursor));
  } catch (cause) {
    throw new TrackerError('cursor-expired', 'The place in the list of changes could not be read.', { cause });
  }
}

/** What changed in some projects, by `updated_at`. `filter`: which issues at all. */
export class Feed {
  readonly #api: GitlabApi;
  readonly #now: () => number;
  readonly #pageSize: number;
  readonly #filter: Query;

  constructor(api: GitlabApi, now: () => number, pageSize: number, filter: Query) {
    this.#api = api;
    this.#now = now;
    this.#pageSize = pageSize;
    this.#filter = filter;
  }

  /** Null starts now. `us`: id of our account. */
  async changedSince(cursor: string | null, projects: readonly number[], us: number, call: CallContext): Promise<ChangePage> {
    const known = cursor === null ? {} : parsed(Cursor, cursor).projects;
    const scanning = projects.filter((project) => known[project]?.scan);
    // A project that is out of reach for now keeps its place.
    const places: Record<string, Place> = { ...known };
    const items: ChangePage['items'][number][] = [];
    for (const project of projects) {
      const at = known[project];
      if (at === undefined) places[project] = await this.#start(project, call);
      else if (scanning.length > 0 && !at.scan) places[project] = at;
      else {
        const read = await this.#read(project, at, call);
        items.push(...read.issues.map((issue) => itemOf(issue, us)));
        places[project] = read.place;
      }
    }
    return { items, cursor: JSON.stringify({ projects: places }), more: projects.some((project) => places[project]?.scan !== undefined) };
  }

  /** Every issue, oldest first, for what `updated_at` does not show: comments that were deleted. */
  async sweep(cursor: string | null, projects: readonly number[], us: number, call: CallContext): Promise<ChangePage> {
    const at = cursor === null ? { project: 0, after: null, page: 1 } : parsed(SweepCursor, cursor);
    const project = projects[at.project];
    if (project === undefined) return { items: [], cursor: JSON.stringify(at), more: false };
    const after = at.after === null ? {} : { created_after: at.after };
    const query = { ...this.#filter, ...after, order_by: 'created_at', sort: 'asc', per_page: LARGEST_PAGE, page: at.page };
    const { items, next } = await this.#api.issues(project, query, call);
    const last = items.at(-1)?.created_at;
    const more = next !== null && last !== undefined;
    const goOn = more
      ? last === at.after
        ? { ...at, page: at.page + 1 }
        : { ...at, after: last, page: 1 }
      : { project: at.project + 1, after: null, page: 1 };
    return { items: items.map((issue) => itemOf(issue, us)), cursor: JSON.stringify(goOn), more: more || at.project + 1 < projects.length };
  }

  async #start(project: number, call: CallContext): Promise<Place> {
    const { serverTime } = await this.#api.issues(project, { ...this.#filter, order_by: 'updated_at', sort: 'desc', per_page: 1 }, call);
    return { since: iso((serverTime ?? this.#now()) - OVERLAP), seen: {} };
  }

  async #read(project: number, at: Place, call: CallContext): Promise<{ issues: WireIssue[]; place: Place }> {
    const scan = at.scan ?? { after: at.since, newest: at.since };
    const { window } = scan;
    const edge = window ? { updated_before: later(scan.after, 1) } : {};
    const query = { updated_after: scan.after, ...edge, order_by: 'updated_at', sort: 'asc', per_page: this.#pageSize, page: window?.page ?? 1 };
    const page = await this.#api.issues(project, { ...this.#filter, ...query }, call);
    const { issues, seen } = this.#note(at.seen, page);
    const newest = [scan.newest, ...page.items.map(({ updated_at }) => updated_at)].reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a));
    const next = nextScan({ ...scan, newest }, page);
    return { issues, place: next ? { since: at.since, seen, scan: next } : this.#goOn(at, seen, newest, page.serverTime) };
  }

  /** Tells each issue until its minute is over. */
  #note(before: Place['seen'], { items, serverTime }: Page<WireIssue>): { issues: WireIssue[]; seen: Place['seen'] } {
    const issues: WireIssue[] = [];
    const seen = { ...before };
    for (const issue of items) {
      const told = seen[issue.iid]?.[0] === issue.updated_at && seen[issue.iid]?.[1] === true;
      if (!told) issues.push(issue);
      seen[issue.iid] = [issue.updated_at, told || (serverTime ?? this.#now()) - Date.parse(issue.updated_at) >= MINUTE_OVER];
    }
    return { issues, seen };
  }

  /** Where the next poll looks: a little back, until everything there is told and too old for anything to appear beside it. */
  #goOn(at: Place, seen: Place['seen'], newest: string, serverTime: number | null): Place {
    const now = serverTime ?? this.#now();
    const since = Math.max(Date.parse(at.since), Date.parse(newest) - OVERLAP);
    const near = Object.entries(seen).filter(([, [time]]) => Date.parse(time) >= since);
    if (near.length > 0 && near.every(([, [, told]]) => told) && now - Date.parse(newest) >= OVERLAP) return { since: later(newest, 1), seen: {} };
    return { since: iso(since), seen: Object.fromEntries(near) };
  }
}

/** How the reading goes on after a page; undefined: that was all. */
function nextScan(scan: NonNullable<Place['scan']>, page: Page<WireIssue>): Place['scan'] {
  const { after, newest, window } = scan;
  const last = page.items.at(-1)?.updated_at;
  if (window) {
    // What was changed has left the window, and others have moved up into pages that were read.
    if (window.page > 1 && page.total !== null && window.total !== null && page.total < window.total)
      return { after, newest, window: { page: 1, total: null } };
    if (page.next !== null) return { after, newest, window: { page: window.page + 1, total: window.total ?? page.total } };
    return { after: later(after, 1), newest };
  }
  if (page.next === null || last === undefined) return undefined;
  // From here on the times order the list: nothing that changes meanwhile can be skipped.
  if (Date.parse(last) > Date.parse(after)) return { after: last, newest };
  return { after, newest, window: { page: 1, total: null } };
}

const itemOf = (issue: WireIssue, us: number): ChangePage['items'][number] => {
  const byUs = issue.author?.id === us;
  return { ref: refOf(issue.project_id, issue.iid), version: null, gone: false, byUs, marker: markerIn(issue.description, byUs) };
};
