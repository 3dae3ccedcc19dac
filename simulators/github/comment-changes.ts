import { ApiError } from './errors.ts';
import { type Actor, tell, touch } from './history.ts';
import { type Hub, repoOf, stamp } from './hub.ts';
import type { Comment, Issue } from './model.ts';
import { notePings } from './pings.ts';
import { checkBody } from './values.ts';

/** Adds a comment. `pushes`: the author may write into a locked conversation. */
export function addComment(hub: Hub, actor: Actor, issue: Issue, body: string, pushes: boolean): Comment {
  checkBody('IssueComment', body, true);
  if (issue.locked && !pushes) throw new ApiError(403, 'Unable to create comment because issue is locked.');
  const at = stamp(hub);
  const comment: Comment = { id: hub.nextId(), issue: issue.id, user: actor.user.id, body, created_at: at, updated_at: at, viaApp: actor.viaApp };
  hub.comments.push(comment);
  touch(hub, issue);
  tell(hub, actor, 'issue_comment', 'created', issue, {}, comment);
  notePings(hub, repoOf(hub, issue.repo), issue, actor.user, null, body);
  return comment;
}

/** Changes a comment. One that stays the same keeps its time. */
export function editComment(hub: Hub, actor: Actor, issue: Issue, comment: Comment, body: string): void {
  checkBody('IssueComment', body, true);
  const before = comment.body;
  if (before === body) return;
  comment.body = body;
  comment.updated_at = stamp(hub);
  if (hub.settings.commentEditsTouchIssue) touch(hub, issue);
  tell(hub, actor, 'issue_comment', 'edited', issue, { changes: { body: { from: before } } }, comment);
  notePings(hub, repoOf(hub, issue.repo), issue, actor.user, before, body);
}

/** Leaves no trace but the event. */
export function deleteComment(hub: Hub, actor: Actor, issue: Issue, comment: Comment): void {
  hub.comments.splice(hub.comments.indexOf(comment), 1);
  if (hub.settings.commentEditsTouchIssue) touch(hub, issue);
  tell(hub, actor, 'issue_comment', 'deleted', issue, {}, comment);
}
