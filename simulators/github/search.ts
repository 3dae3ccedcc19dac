import { levelOn, whoOf } from './access.ts';
import type { Call, Route } from './call.ts';
import { ApiError, invalid } from './errors.ts';
import { commentsOf, fullName, type Hub, repoOf, userNamed, userOf } from './hub.ts';
import type { Limits } from './limits.ts';
import type { Issue, Repo } from './model.ts';
import { pageOf } from './paging.ts';
import { presentIssue } from './present.ts';

/** An issue as the index knows it. */
interface Entry {
  issue: Issue;
  repo: Repo;
  title: string;
  body: string;
  comments: string;
}

/** What the search knows: each state becomes known a while after it came about. */
export function createSearchIndex(hub: Hub): { entries(): Entry[] } {
  const known = new Map<number, { entry: Entry; stateKey: string }>();
  const waiting = new Map<number, { since: number; stateKey: string }>();
  const stateOf = (issue: Issue) => JSON.stringify([issue, commentsOf(hub, issue).map(({ body }) => body)]);
  const read = (issue: Issue): Entry => ({
    issue: { ...issue },
    repo: repoOf(hub, issue.repo),
    title: issue.title,
    body: issue.body ?? '',
    comments: commentsOf(hub, issue)
      .map(({ body }) => body)
      .join('\n'),
  });
  return {
    entries() {
      const now = hub.clock.now();
      for (const issue of hub.issues) {
        const stateKey = stateOf(issue);
        if (known.get(issue.id)?.stateKey === stateKey) continue;
        const seen = waiting.get(issue.id);
        // A change is dated by the issue's own time where nobody has searched in between.
        const since = seen?.stateKey === stateKey ? seen.since : Math.max(Date.parse(issue.updated_at), seen?.since ?? 0);
        waiting.set(issue.id, { since, stateKey });
        if (now - since < hub.settings.searchLagMs) continue;
        known.set(issue.id, { entry: read(issue), stateKey });
      }
      return [...known.values()].map(({ entry }) => entry).filter(({ issue }) => issue.gone === null);
    },
  };
}

type Test = (entry: Entry) => boolean;

/** One term of a query: a quoted phrase, a word or `name:value`, each with `-` in front for its opposite. */
const TERMS = /(-?)(?:([a-z-]+):)?(?:"((?:[^"\\]|\\.)*)"|(\S+))/gi;

function testOf(hub: Hub, name: string | undefined, value: string, fields: string[]): Test {
  const wanted = value.toLowerCase();
  const person = userNamed(hub, value)?.id;
  switch (name?.toLowerCase()) {
    case undefined:
      return (entry) =>
        fields.some((field) =>
          String(entry[field as 'title'])
            .toLowerCase()
            .includes(wanted),
        );
    case 'repo':
      return ({ repo }) => fullName(hub, repo).toLowerCase() === wanted;
    case 'org':
    case 'user':
      return ({ repo }) => userOf(hub, repo.owner).login.toLowerCase() === wanted;
    case 'is':
    case 'state':
      return ({ issue, repo }) =>
        ({
          issue: issue.pull === null,
          pr: issue.pull !== null,
          'pull-request': issue.pull !== null,
          open: issue.state === 'open',
          closed: issue.state === 'closed',
          locked: issue.locked,
          private: repo.private,
          public: !repo.private,
        })[wanted] === true;
    case 'type':
      return ({ issue }) =>
        wanted === 'issue'
          ? issue.pull === null
          : wanted === 'pr'
            ? issue.pull !== null
            : hub.types.some(({ id, name: type }) => id === issue.type && type.toLowerCase() === wanted);
    case 'author':
      return ({ issue }) => issue.user === person;
    case 'assignee':
      return ({ issue }) => issue.assignees.includes(person ?? -1);
    case 'label':
      return ({ issue, repo }) => repo.labels.some((label) => label.name.toLowerCase() === wanted && issue.labels.includes(label.id));
    case 'created':
    case 'updated':
      return ({ issue }) => compare(name?.toLowerCase() === 'created' ? issue.created_at : issue.updated_at, value);
    case 'in':
      return () => true;
    default:
      throw invalid({ resource: 'Search', field: 'q', code: 'invalid', message: `The simulator does not know the qualifier ${name}` });
  }
}

function compare(at: string, wanted: string): boolean {
  const [, sign = '', value = ''] = /^(>=|<=|>|<)?(.+)$/.exec(wanted) ?? [];
  const end = Date.parse(value);
  if (Number.isNaN(end)) throw invalid({ resource: 'Search', field: 'q', code: 'invalid' });
  const time = Date.parse(at);
  return sign === '>=' ? time >= end : sign === '<=' ? time <= end : sign === '>' ? time > end : sign === '<' ? time < end : at.startsWith(value);
}

/** The search over issues and pull requests, and what is left of the budgets. */
export function searchRoutes(index: ReturnType<typeof createSearchIndex>, limits: Limits): Route[] {
  return [
    {
      method: 'GET',
      path: '/search/issues',
      docs: 'search/search#search-issues-and-pull-requests',
      who: 'anyone',
      resource: 'search',
      handle(call) {
        const { hub, access } = call;
        const found = find(call, index.entries()).filter(({ repo }) => levelOn(hub, access, repo) !== null);
        const { items, headers } = pageOf(call, found.slice(0, 1_000));
        const json = items.map(({ issue }) => ({ ...presentIssue(hub, issue, call.media), score: 1 }));
        return { status: 200, headers, json: { total_count: found.length, incomplete_results: false, items: json, search_type: 'lexical' } };
      },
    },
    {
      method: 'GET',
      path: '/rate_limit',
      docs: 'rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user',
      who: 'anyone',
      handle({ access }) {
        const who = whoOf(access);
        const budget = (resource: 'core' | 'search') => limits.budget({ who, anonymous: access.kind === 'anonymous', resource });
        return { status: 200, json: { resources: { core: budget('core'), search: budget('search') }, rate: budget('core') } };
      },
    },
  ];
}

function find(call: Call, entries: Entry[]): Entry[] {
  const { hub, query, access } = call;
  const q = query.get('q') ?? '';
  if (q.trim() === '') throw invalid({ resource: 'Search', field: 'q', code: 'missing' });
  if (q.length > 256 + 200) throw new ApiError(422, 'The search is longer than 256 characters.');
  const terms = [...q.matchAll(TERMS)];
  const kinds = terms.filter(([, , name, quoted, word]) => /^(is|type)$/i.test(name ?? '') && /^(issue|pr|pull-request)$/i.test(quoted ?? word ?? ''));
  if (access.kind === 'token' && access.token.kind !== 'classic' && kinds.length === 0)
    throw invalid({ resource: 'Search', field: 'q', code: 'invalid', message: "Query must include 'is:issue' or 'is:pull-request'" });
  const places = terms.filter(([, , name]) => name?.toLowerCase() === 'in').flatMap(([, , , quoted, word]) => (quoted ?? word ?? '').split(','));
  const fields = places.length > 0 ? places.map((place) => place.toLowerCase()) : ['title', 'body', 'comments'];
  const tests = terms.map(([, not, name, quoted, word]): Test => {
    const test = testOf(hub, name, (quoted ?? word ?? '').replace(/\\(.)/g, '$1'), fields);
    return not ? (entry) => !test(entry) : test;
  });
  for (const [, not, name, quoted, word] of terms) {
    const named = (quoted ?? word ?? '').toLowerCase();
    const repo = name?.toLowerCase() === 'repo' && !not ? hub.repos.find((one) => fullName(hub, one).toLowerCase() === named) : undefined;
    if (name?.toLowerCase() === 'repo' && !not && (!repo || levelOn(hub, access, repo) === null))
      throw invalid({
        message: 'The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them.',
        resource: 'Search',
        field: 'q',
        code: 'invalid',
      });
  }
  const direction = query.get('order') === 'asc' ? 1 : -1;
  const key = query.get('sort') === 'updated' ? 'updated_at' : 'created_at';
  return entries
    .filter((entry) => tests.every((test) => test(entry)))
    .sort((a, b) => direction * (a.issue[key].localeCompare(b.issue[key]) || a.issue.id - b.issue.id));
}
