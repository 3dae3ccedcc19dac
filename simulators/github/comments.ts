import { type Call, has, issueIn, type Route, repoIn, writableIn } from './call.ts';
import { addComment, deleteComment, editComment } from './comment-changes.ts';
import { ApiError, badRequest, invalid, notFound } from './errors.ts';
import { commentsOf } from './hub.ts';
import { actorOf, sinceIn } from './issues.ts';
import type { Comment, Issue, Repo } from './model.ts';
import { paged } from './paging.ts';
import { presentComment } from './present.ts';
import { textIn } from './values.ts';

const one = '/repos/:owner/:repo/issues/comments/:id';

function commentIn(call: Call, repo: Repo): { comment: Comment; issue: Issue } {
  const comment = call.hub.comments.find(({ id }) => String(id) === call.params.id);
  const issue = comment && call.hub.issues.find(({ id }) => id === comment.issue);
  if (!comment || issue?.repo !== repo.id) throw notFound();
  return { comment, issue };
}

/** Their author may change a comment, and whoever may push. */
function changeable(call: Call): { comment: Comment; issue: Issue } {
  const repo = writableIn(call);
  const found = commentIn(call, repo);
  if (found.comment.user !== call.user.id && !has(call, repo, 'write')) throw new ApiError(403, 'Must have admin rights to Repository.');
  return found;
}

const bodyIn = (call: Call): string => {
  const body = textIn(call.body, 'body');
  if (body === undefined || body === null) throw badRequest('"body" wasn\'t supplied.');
  return body;
};

export const commentRoutes: Route[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:repo/issues/comments',
    docs: 'issues/comments#list-issue-comments-for-a-repository',
    who: 'anyone',
    permission: 'issues=read',
    handle(call) {
      const repo = repoIn(call);
      const since = sinceIn(call);
      const sort = call.query.get('sort') ?? 'created';
      const given = call.query.get('direction');
      if (!['created', 'updated'].includes(sort)) throw invalid({ resource: 'IssueComment', code: 'invalid', field: 'sort' });
      // Without a sort the direction is ignored: by id, the oldest first.
      const direction = call.query.has('sort') && given !== 'asc' ? -1 : 1;
      const inside = new Set(call.hub.issues.filter((issue) => issue.repo === repo.id && issue.gone === null).map(({ id }) => id));
      const shown = call.hub.comments
        .filter((comment) => inside.has(comment.issue) && (!since || comment.updated_at >= since))
        .sort(
          (a, b) => direction * ((sort === 'updated' ? a.updated_at.localeCompare(b.updated_at) : a.created_at.localeCompare(b.created_at)) || a.id - b.id),
        );
      return paged(call, shown, (comment) => presentComment(call.hub, comment, call.media));
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/issues/:number/comments',
    docs: 'issues/comments#list-issue-comments',
    who: 'anyone',
    permission: 'issues=read',
    handle(call) {
      const issue = issueIn(call, repoIn(call));
      const since = sinceIn(call);
      const shown = commentsOf(call.hub, issue).filter((comment) => !since || comment.updated_at >= since);
      return paged(call, shown, (comment) => presentComment(call.hub, comment, call.media));
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:repo/issues/:number/comments',
    docs: 'issues/comments#create-an-issue-comment',
    permission: 'issues=write',
    content: true,
    handle(call) {
      const repo = writableIn(call);
      const issue = issueIn(call, repo);
      const comment = addComment(call.hub, actorOf(call), issue, bodyIn(call), has(call, repo, 'write'));
      const json = presentComment(call.hub, comment, call.media);
      return { status: 201, headers: { location: json.url }, json };
    },
  },
  {
    method: 'GET',
    path: one,
    docs: 'issues/comments#get-an-issue-comment',
    who: 'anyone',
    permission: 'issues=read',
    handle: (call) => ({ status: 200, json: presentComment(call.hub, commentIn(call, repoIn(call)).comment, call.media) }),
  },
  {
    method: 'PATCH',
    path: one,
    docs: 'issues/comments#update-an-issue-comment',
    permission: 'issues=write',
    handle(call) {
      const { comment, issue } = changeable(call);
      editComment(call.hub, actorOf(call), issue, comment, bodyIn(call));
      return { status: 200, json: presentComment(call.hub, comment, call.media) };
    },
  },
  {
    method: 'DELETE',
    path: one,
    docs: 'issues/comments#delete-an-issue-comment',
    permission: 'issues=write',
    handle(call) {
      const { comment, issue } = changeable(call);
      deleteComment(call.hub, actorOf(call), issue, comment);
      return { status: 204 };
    },
  },
];
