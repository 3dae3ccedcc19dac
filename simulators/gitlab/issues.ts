import type { Answer } from '../http/answer.ts';
import { mayDeleteIssue, maySeeIssue } from './access.ts';
import { type Call, issueIn, projectIn, type Route } from './call.ts';
import { deleteIssue } from './changes.ts';
import { badParameter, forbidden } from './errors.ts';
import { createIssue, updateIssue } from './issue-changes.ts';
import type { Issue } from './model.ts';
import { paged, sorted } from './paging.ts';
import { presentIssue } from './present.ts';
import { projectOf } from './site.ts';

const one = '/api/v4/projects/:id/issues/:iid';

export const issueRoutes: Route[] = [
  { method: 'GET', path: '/api/v4/projects/:id/issues', handle: (call) => list(call, inProject(call)) },
  { method: 'GET', path: '/api/v4/issues', handle: (call) => list(call, everywhere(call)) },
  {
    method: 'POST',
    path: '/api/v4/projects/:id/issues',
    budget: 'issues',
    handle(call) {
      const issue = createIssue(call.site, call.user, projectIn(call), call.body);
      return { status: 201, json: presentIssue(call.site, issue, call.user) };
    },
  },
  { method: 'GET', path: one, handle: (call) => ({ status: 200, json: presentIssue(call.site, issueIn(call).issue, call.user) }) },
  {
    method: 'PUT',
    path: one,
    handle(call) {
      const { issue } = issueIn(call);
      const known = Object.keys(call.body).filter((name) => CHANGEABLE.has(name));
      if (known.length === 0) throw badParameter(`${[...CHANGEABLE].join(', ')} are missing, at least one parameter must be provided`);
      updateIssue(call.site, call.user, issue, call.body);
      return { status: 200, json: presentIssue(call.site, issue, call.user) };
    },
  },
  {
    method: 'DELETE',
    path: one,
    handle(call) {
      const { issue, project } = issueIn(call);
      if (!mayDeleteIssue(project, call.user)) throw forbidden();
      deleteIssue(call.site, issue);
      return { status: 204 };
    },
  },
];

const CHANGEABLE = new Set([
  'add_labels',
  'assignee_ids',
  'confidential',
  'description',
  'due_date',
  'issue_type',
  'labels',
  'remove_labels',
  'state_event',
  'title',
]);

const inProject = (call: Call): Issue[] => {
  const project = projectIn(call);
  return call.site.issues.filter((issue) => issue.project_id === project.id);
};

/** Of all projects: one's own, unless `scope=all` asks for everything that one may see. */
const everywhere = (call: Call): Issue[] =>
  (call.query.get('scope') ?? 'created_by_me') === 'all' ? call.site.issues : call.site.issues.filter((issue) => issue.author_id === call.user.id);

function list(call: Call, from: readonly Issue[]): Answer {
  const { query, site, user } = call;
  const by = query.get('order_by') ?? 'created_at';
  if (by !== 'created_at' && by !== 'updated_at' && by !== 'title' && by !== 'due_date') throw badParameter('order_by does not have a valid value');
  const filters = filtersOf(query, user.id);
  const seen = from.filter((issue) => maySeeIssue(projectOf(site, issue), issue, user) && filters.every((filter) => filter(issue)));
  return paged(call, sorted(seen, by, query.get('sort') === 'asc'), (issue) => presentIssue(site, issue, user));
}

function filtersOf(query: URLSearchParams, me: number): ((issue: Issue) => boolean)[] {
  const moment = (name: string): number | undefined => {
    const given = query.get(name);
    if (given === null) return undefined;
    const time = Date.parse(given);
    if (Number.isNaN(time)) throw badParameter(`${name} is invalid`);
    return time;
  };
  const filters: ((issue: Issue) => boolean)[] = [];
  const when = (name: string, keep: (issue: Issue, time: number) => boolean) => {
    const time = moment(name);
    if (time !== undefined) filters.push((issue) => keep(issue, time));
  };
  when('updated_after', (issue, time) => Date.parse(issue.updated_at) >= time);
  when('updated_before', (issue, time) => Date.parse(issue.updated_at) <= time);
  when('created_after', (issue, time) => Date.parse(issue.created_at) >= time);
  when('created_before', (issue, time) => Date.parse(issue.created_at) <= time);
  const state = query.get('state');
  if (state === 'opened' || state === 'closed') filters.push((issue) => issue.state === state);
  const type = query.get('issue_type');
  if (type) filters.push((issue) => issue.issue_type === type);
  const confidential = query.get('confidential');
  if (confidential !== null) filters.push((issue) => String(issue.confidential) === confidential);
  const author = query.get('author_id');
  if (author) filters.push((issue) => String(issue.author_id) === author);
  if (query.get('scope') === 'created_by_me') filters.push((issue) => issue.author_id === me);
  const iids = query.getAll('iids[]');
  if (iids.length > 0) filters.push((issue) => iids.includes(String(issue.iid)));
  const labels = query.get('labels')?.split(',');
  if (labels) filters.push((issue) => labels.every((label) => issue.labels.includes(label)));
  const words = query.get('search')?.toLowerCase();
  if (words) filters.push((issue) => searched(issue, query.get('in') ?? 'title,description').some((text) => matches(text, words)));
  return filters;
}

const searched = (issue: Issue, where: string): string[] =>
  where.split(',').map((part) => (part.trim() === 'title' ? issue.title : part.trim() === 'description' ? (issue.description ?? '') : ''));

/** As a full-text search does: every word of the query begins a word of the text. */
const matches = (text: string, query: string): boolean => {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return query.split(/[^\p{L}\p{N}]+/u).every((wanted) => words.some((word) => word.startsWith(wanted)));
};
