import { ApiError } from './errors.ts';
import { type Actor, record, tell, touch } from './history.ts';
import { commentsOf, type Hub, stamp } from './hub.ts';
import type { Issue, Repo } from './model.ts';
import { issueInPayload, repoInPayload } from './payloads.ts';

/** Closes the conversation to all who may not push, or opens it again. */
export function setLocked(hub: Hub, actor: Actor, issue: Issue, locked: boolean, reason: string | null = null): void {
  if (issue.locked === locked) return;
  issue.locked = locked;
  issue.lock_reason = locked ? reason : null;
  touch(hub, issue);
  record(hub, issue, locked ? 'locked' : 'unlocked', actor, { lock_reason: reason });
  tell(hub, actor, 'issues', locked ? 'locked' : 'unlocked', issue);
}

/** Only in the web page (and over GraphQL): afterwards its address answers 410. */
export function deleteIssue(hub: Hub, actor: Actor, issue: Issue): void {
  if (issue.pull) throw new ApiError(403, 'Pull requests cannot be deleted.');
  tell(hub, actor, 'issues', 'deleted', issue);
  hub.comments = hub.comments.filter((comment) => comment.issue !== issue.id);
  issue.gone = 'deleted';
}

/** Moves an issue to another repository of the same owner, with its comments; its old address leads there. Labels and types that are not there are lost. */
export function transferIssue(hub: Hub, actor: Actor, issue: Issue, from: Repo, to: Repo): Issue {
  if (from.owner !== to.owner) throw new ApiError(422, 'Issues can be transferred only between repositories of the same owner.');
  to.numbers += 1;
  const names = from.labels.filter(({ id }) => issue.labels.includes(id)).map(({ name }) => name);
  const moved: Issue = {
    ...issue,
    id: hub.nextId(),
    repo: to.id,
    number: to.numbers,
    labels: to.labels.filter(({ name }) => names.includes(name)).map(({ id }) => id),
    milestone: null,
    updated_at: stamp(hub),
  };
  hub.issues.push(moved);
  for (const comment of commentsOf(hub, issue)) comment.issue = moved.id;
  tell(hub, actor, 'issues', 'transferred', issue, { changes: { new_issue: issueInPayload(hub, moved), new_repository: repoInPayload(hub, to) } });
  tell(hub, actor, 'issues', 'opened', moved, { changes: { old_issue: issueInPayload(hub, issue), old_repository: repoInPayload(hub, from) } });
  record(hub, moved, 'transferred', actor);
  issue.gone = { repo: to.id, number: moved.number };
  return moved;
}
