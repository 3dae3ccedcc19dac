import { type Call, listed, paging, type Route } from './call.ts';
import { ApiError } from './errors.ts';
import { parseJql, type Query } from './jql.ts';
import type { IndexEntry, Issue } from './model.ts';
import { presentIssue } from './present.ts';
import { projectOf, type Site, sees } from './site.ts';
import { spoken } from './values.ts';

/** Cloud takes so many issues to be looked up past the index. */
const MOST_RECONCILED = 50;

/** How the index has an issue by now; undefined: not yet. `fresh`: past the index. */
function indexed(site: Site, issue: Issue, fresh: boolean): IndexEntry | undefined {
  return fresh ? issue.index.at(-1) : issue.index.findLast(({ at }) => site.clock.now() - at >= site.settings.searchLagMs);
}

function found({ site, user }: Call, query: Query, reconciled: ReadonlySet<string>): Issue[] {
  return [...site.issues.values()]
    .filter((issue) => {
      const entry = indexed(site, issue, reconciled.has(issue.id));
      return entry !== undefined && !entry.deleted && !issue.deleted && sees(site, user, issue) && query.matches(issue, entry);
    })
    .sort((a, b) => query.compare(a, b));
}

/** GET says in the query what POST says in the body. */
function asked(call: Call) {
  const { query, body } = call;
  const list = (name: string): string[] =>
    Array.isArray(body[name]) ? (body[name] as unknown[]).map(String) : typeof body[name] === 'string' ? body[name].split(',') : listed(query, name);
  const text = (name: string): string | undefined => (body[name] === undefined ? (query.get(name) ?? undefined) : spoken(body[name]));
  return {
    jql: text('jql') ?? '',
    fields: list('fields'),
    properties: list('properties'),
    expand: list('expand'),
    reconcile: list('reconcileIssues'),
    token: text('nextPageToken'),
    text,
  };
}

/** A token says where the page begins, for that very query. */
const tokenOf = (jql: string, after: number): string => Buffer.from(JSON.stringify([after, jql])).toString('base64url');

function placeIn(token: string | undefined, jql: string): number {
  if (token === undefined || token === '') return 0;
  try {
    const [after, forJql] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as [number, string];
    if (forJql === jql && Number.isInteger(after)) return after;
  } catch {
    // Falls through to the refusal.
  }
  throw new ApiError(400, 'The provided next page token is invalid.');
}

function enhanced(call: Call) {
  const { jql, fields, properties, expand, reconcile, token, text } = asked(call);
  const query = parseJql(call.site, call.user, jql);
  if (!query.bounded) throw new ApiError(400, 'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.');
  if (reconcile.length > MOST_RECONCILED) throw new ApiError(400, `The reconcileIssues list must have at most ${MOST_RECONCILED} entries.`);
  const most = Number(text('maxResults') ?? 50);
  const size = Math.max(1, Math.min(Number.isInteger(most) ? most : 50, fields.length <= 1 ? 5_000 : 100));
  const from = placeIn(token, jql);
  const all = found(call, query, new Set(reconcile));
  const page = all.slice(from, from + size);
  const more = from + page.length < all.length;
  const wanted = { fields: fields.length > 0 ? fields : ['id'], properties, expand };
  const issues = page.map((issue) => presentIssue(call, issue, projectOf(call.site, issue), wanted));
  return { status: 200, json: { issues, isLast: !more, ...(more ? { nextPageToken: tokenOf(jql, from + page.length) } : {}) } };
}

function classic(call: Call) {
  const { jql, fields, properties, expand, text } = asked(call);
  const query = parseJql(call.site, call.user, jql);
  const { startAt, maxResults } = paging(new URLSearchParams({ startAt: text('startAt') ?? '0', maxResults: text('maxResults') ?? '50' }), 1_000);
  const all = found(call, query, new Set());
  const wanted = { fields: fields.length > 0 ? fields : ['*navigable'], properties, expand };
  const issues = all.slice(startAt, startAt + maxResults).map((issue) => presentIssue(call, issue, projectOf(call.site, issue), wanted));
  return { status: 200, json: { expand: 'names,schema', startAt, maxResults, total: all.length, issues } };
}

const GONE = 'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.';
const gone = () => {
  throw new ApiError(410, GONE);
};

/** Cloud pages by token and tells no total; Data Center by offset. */
export const searchRoutes: Route[] = [
  { method: 'GET', path: '/search/jql', only: 'cloud', handle: enhanced },
  { method: 'POST', path: '/search/jql', only: 'cloud', handle: enhanced },
  {
    method: 'POST',
    path: '/search/approximate-count',
    only: 'cloud',
    handle: (call) => ({ status: 200, json: { count: found(call, parseJql(call.site, call.user, asked(call).jql), new Set()).length } }),
  },
  { method: 'GET', path: '/search', only: 'data-center', handle: classic },
  { method: 'POST', path: '/search', only: 'data-center', handle: classic },
  { method: 'GET', path: '/search', only: 'cloud', handle: gone },
  { method: 'POST', path: '/search', only: 'cloud', handle: gone },
];
