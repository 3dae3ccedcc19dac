import type { Answer } from '../http/answer.ts';
import { type Call, has, issueIn, type Route, repoIn, writableIn } from './call.ts';
import { ApiError, invalid } from './errors.ts';
import type { Actor } from './history.ts';
import { typesOf, userNamed } from './hub.ts';
import { createIssue, editIssue } from './issue-changes.ts';
import { setLocked } from './issue-fate.ts';
import type { Issue, Repo } from './model.ts';
import { pagedByCursor } from './paging.ts';
import { presentIssue, presentWholeIssue } from './present.ts';

const LOCK_REASONS = ['off-topic', 'too heated', 'resolved', 'spam'];

export const actorOf = ({ user, access }: Call): Actor => ({ user, viaApp: access.kind === 'token' && access.installation !== null });

/** The moment that `since` names; undefined where it is absent. Throws 422 for what is no time. */
export function sinceIn(call: Call): string | undefined {
  const given = call.query.get('since');
  if (given === null || given === '') return undefined;
  const at = Date.parse(given);
  if (Number.isNaN(at)) throw invalid({ resource: 'Issue', code: 'invalid', field: 'since' });
  // Times are whole seconds.
  return `${new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

function list(call: Call): Answer {
  const repo = repoIn(call);
  if (!repo.hasIssues) return { status: 200, json: [] };
  const { hub, query } = call;
  const since = sinceIn(call);
  const choice = (name: string, allowed: string[], fallback: string) => {
    const value = query.get(name) ?? fallback;
    if (!allowed.includes(value)) throw invalid({ resource: 'Issue', code: 'invalid', field: name, value });
    return value;
  };
  const state = choice('state', ['open', 'closed', 'all'], 'open');
  const sort = choice('sort', ['created', 'updated', 'comments'], 'created');
  const direction = choice('direction', ['asc', 'desc'], 'desc') === 'asc' ? 1 : -1;
  const labels = query.get('labels')?.split(',').filter(Boolean) ?? [];
  const login = (name: string) => query.get(name);
  const shown = hub.issues
    .filter((issue) => issue.repo === repo.id && issue.gone === null && (state === 'all' || issue.state === state) && (!since || issue.updated_at >= since))
    .filter((issue) => labels.every((name) => repo.labels.some((label) => label.name.toLowerCase() === name.toLowerCase() && issue.labels.includes(label.id))))
    .filter((issue) => byPeople(call, issue, login('creator'), login('assignee')) && byMarks(call, repo, issue))
    .sort((a, b) => direction * (keyOf(call, a, sort).localeCompare(keyOf(call, b, sort)) || a.number - b.number));
  return pagedByCursor(
    call,
    shown,
    (issue) => String(issue.id),
    (issue) => presentIssue(hub, issue, call.media),
  );
}

function byPeople({ hub }: Call, issue: Issue, creator: string | null, assignee: string | null): boolean {
  if (creator !== null && issue.user !== userNamed(hub, creator)?.id) return false;
  if (assignee === null) return true;
  if (assignee === 'none') return issue.assignees.length === 0;
  return assignee === '*' ? issue.assignees.length > 0 : issue.assignees.includes(userNamed(hub, assignee)?.id ?? -1);
}

function byMarks({ hub, query }: Call, repo: Repo, issue: Issue): boolean {
  const milestone = query.get('milestone');
  const type = query.get('type');
  const own = repo.milestones.find(({ id }) => id === issue.milestone);
  if (milestone !== null && !(milestone === 'none' ? !own : milestone === '*' ? own : String(own?.number) === milestone)) return false;
  if (type === null || type === '*') return type === null || issue.type !== null;
  return type === 'none' ? issue.type === null : issue.type === typesOf(hub, repo).find(({ name }) => name.toLowerCase() === type.toLowerCase())?.id;
}

const keyOf = ({ hub }: Call, issue: Issue, sort: string): string =>
  sort === 'updated'
    ? issue.updated_at
    : sort === 'created'
      ? issue.created_at
      : String(hub.comments.filter((comment) => comment.issue === issue.id).length).padStart(6, '0');

const one = '/repos/:owner/:repo/issues/:number';

export const issueRoutes: Route[] = [
  { method: 'GET', path: '/repos/:owner/:repo/issues', docs: 'issues/issues#list-repository-issues', who: 'anyone', permission: 'issues=read', handle: list },
  {
    method: 'POST',
    path: '/repos/:owner/:repo/issues',
    docs: 'issues/issues#create-an-issue',
    permission: 'issues=write',
    content: true,
    handle(call) {
      const repo = writableIn(call);
      if (!repo.hasIssues) throw new ApiError(410, 'Issues has been disabled in this repository.');
      const issue = createIssue(call.hub, actorOf(call), repo, call.body, has(call, repo, 'triage'));
      const json = presentWholeIssue(call.hub, issue, call.media);
      return { status: 201, headers: { location: json.url }, json };
    },
  },
  {
    method: 'GET',
    path: one,
    docs: 'issues/issues#get-an-issue',
    who: 'anyone',
    permission: 'issues=read',
    handle: (call) => ({ status: 200, json: presentWholeIssue(call.hub, issueIn(call, repoIn(call)), call.media) }),
  },
  {
    method: 'PATCH',
    path: one,
    docs: 'issues/issues#update-an-issue',
    permission: 'issues=write',
    handle(call) {
      const repo = writableIn(call);
      const issue = issueIn(call, repo);
      if (!has(call, repo, 'triage') && issue.user !== call.user.id) throw new ApiError(403, 'Must have admin rights to Repository.');
      editIssue(call.hub, actorOf(call), repo, issue, call.body, has(call, repo, 'triage'));
      return { status: 200, json: presentWholeIssue(call.hub, issue, call.media) };
    },
  },
  {
    method: 'PUT',
    path: `${one}/lock`,
    docs: 'issues/issues#lock-an-issue',
    permission: 'issues=write',
    handle(call) {
      const issue = issueIn(call, writableIn(call, 'triage'));
      const reason = typeof call.body.lock_reason === 'string' ? call.body.lock_reason : null;
      if (reason !== null && !LOCK_REASONS.includes(reason)) throw invalid({ resource: 'Issue', code: 'invalid', field: 'lock_reason', value: reason });
      setLocked(call.hub, actorOf(call), issue, true, reason);
      return { status: 204 };
    },
  },
  {
    method: 'DELETE',
    path: `${one}/lock`,
    docs: 'issues/issues#unlock-an-issue',
    permission: 'issues=write',
    handle(call) {
      setLocked(call.hub, actorOf(call), issueIn(call, writableIn(call, 'triage')), false);
      return { status: 204 };
    },
  },
];
