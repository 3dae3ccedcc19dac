import { badRequest, invalid } from './errors.ts';
import { type Actor, record, tell, touch } from './history.ts';
import { type Hub, stamp, typesOf } from './hub.ts';
import { setAssignees, setLabels, setMilestone, setType } from './issue-members.ts';
import type { Issue, Repo, StateReason } from './model.ts';
import { notePings } from './pings.ts';
import { checkBody, lengthOf, namesIn, textIn, tooLong, written } from './values.ts';

const REASONS: StateReason[] = ['completed', 'not_planned', 'duplicate', 'reopened'];

/** Creates an issue. `pushes`: the author may set more than the text; of others the rest is silently dropped. Throws the vendor's 422. */
export function createIssue(hub: Hub, actor: Actor, repo: Repo, input: Record<string, unknown>, pushes: boolean, pull: Issue['pull'] = null): Issue {
  const title = titleIn(input);
  if (title === undefined) throw badRequest('"title" wasn\'t supplied.');
  const body = textIn(input, 'body') ?? null;
  checkBody('Issue', body);
  const at = stamp(hub);
  repo.numbers += 1;
  const issue: Issue = {
    id: hub.nextId(),
    repo: repo.id,
    number: repo.numbers,
    title,
    body,
    user: actor.user.id,
    state: 'open',
    state_reason: null,
    labels: [],
    assignees: [],
    milestone: null,
    type: null,
    locked: false,
    lock_reason: null,
    created_at: at,
    updated_at: at,
    closed_at: null,
    closed_by: null,
    pull,
    viaApp: actor.viaApp,
    gone: null,
  };
  const later = pushes ? membersIn(hub, repo, issue, input) : [];
  hub.issues.push(issue);
  for (const change of later) change.apply();
  tell(hub, actor, 'issues', 'opened', issue);
  for (const change of later) change.say(actor);
  notePings(hub, repo, issue, actor.user, null, body);
  return issue;
}

/** Changes an issue. Throws the vendor's 422, having changed nothing. */
export function editIssue(hub: Hub, actor: Actor, repo: Repo, issue: Issue, input: Record<string, unknown>, pushes: boolean): void {
  const title = titleIn(input);
  const body = textIn(input, 'body');
  checkBody('Issue', body);
  const state = stateIn(input);
  const later = pushes ? membersIn(hub, repo, issue, input) : [];

  const changes: Record<string, { from: string }> = {};
  const before = { title: issue.title, body: issue.body };
  if (title !== undefined && title !== issue.title) {
    changes.title = { from: issue.title };
    issue.title = title;
    record(hub, issue, 'renamed', actor, { rename: { from: before.title, to: title } });
  }
  if (body !== undefined && (body ?? '') !== (issue.body ?? '')) {
    changes.body = { from: issue.body ?? '' };
    issue.body = body === '' ? null : body;
  }
  if (Object.keys(changes).length > 0) {
    touch(hub, issue);
    tell(hub, actor, 'issues', 'edited', issue, { changes });
    if (changes.body) notePings(hub, repo, issue, actor.user, before.body, issue.body);
  }
  for (const change of later) {
    if (!change.changes) continue;
    change.apply();
    touch(hub, issue);
    change.say(actor);
  }
  if (state !== undefined) setState(hub, actor, issue, state.state, state.reason);
}

/** A change of what an issue is marked with: made first, told afterwards. */
export interface MemberChange {
  changes: boolean;
  apply(): void;
  say(actor: Actor): void;
}

function membersIn(hub: Hub, repo: Repo, issue: Issue, input: Record<string, unknown>): MemberChange[] {
  const assignee = textIn(input, 'assignee');
  const assignees = namesIn(input, 'assignees') ?? (assignee === undefined ? undefined : assignee === null || assignee === '' ? [] : [assignee]);
  const labels = namesIn(input, 'labels');
  const type = textIn(input, 'type');
  return [
    ...(labels ? [setLabels(hub, repo, issue, labels)] : []),
    ...(assignees ? [setAssignees(hub, repo, issue, assignees)] : []),
    ...(input.milestone === undefined ? [] : [setMilestone(hub, repo, issue, input.milestone)]),
    ...(type === undefined || issue.pull ? [] : [setType(hub, typesOf(hub, repo), issue, type)]),
  ];
}

/** Opens or closes. The reason counts only where the state changes, or a closed issue is given another one. */
export function setState(hub: Hub, actor: Actor, issue: Issue, state: 'open' | 'closed', given: StateReason | null | undefined): void {
  const reason: StateReason | null = issue.pull ? null : state === 'closed' ? (given ?? 'completed') : 'reopened';
  if (issue.state === state && (state === 'open' || given === undefined || given === issue.state_reason)) return;
  issue.state = state;
  issue.state_reason = reason;
  issue.closed_at = state === 'closed' ? stamp(hub) : null;
  issue.closed_by = state === 'closed' ? actor.user.id : null;
  touch(hub, issue);
  const action = state === 'closed' ? 'closed' : 'reopened';
  record(hub, issue, action, actor, { state_reason: state === 'closed' ? reason : null });
  tell(hub, actor, 'issues', action, issue);
}

function titleIn(input: Record<string, unknown>): string | undefined {
  const title = textIn(input, 'title');
  if (title === undefined || title === null) return undefined;
  if (title.trim() === '') throw invalid({ resource: 'Issue', code: 'missing_field', field: 'title' });
  if (lengthOf(title) > 256) throw invalid(tooLong('Issue', 'title', 256));
  return title.trim();
}

function stateIn(input: Record<string, unknown>): { state: 'open' | 'closed'; reason: StateReason | null | undefined } | undefined {
  const { state, state_reason: reason } = input;
  if (reason !== undefined && reason !== null && !REASONS.some((one) => one === reason))
    throw badRequest(`"${written(reason)}" is not a member of ${JSON.stringify(REASONS)}.`);
  if (state === undefined || state === null) return undefined;
  if (state !== 'open' && state !== 'closed') throw badRequest(`"${written(state)}" is not a member of ["open", "closed"].`);
  return { state, reason: reason as StateReason | null | undefined };
}
