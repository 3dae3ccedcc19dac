import { type Call, listed, paging, type Route, visibleIssue } from './call.ts';
import { addComment, deleteComment, editComment, setProperty } from './comment-changes.ts';
import { textOf, typed } from './documents.ts';
import { ApiError, noIssue } from './errors.ts';
import type { Comment, Issue } from './model.ts';
import { mayRead, presentComment, presentUser, propertiesOf } from './present.ts';
import { changed, projectOf, sees, stamp, userOf } from './site.ts';

const noComment = (id: string | undefined) => new ApiError(404, `Can not find a comment for the id: ${id}.`);

function readable(call: Call, issue: Issue): Comment[] {
  const project = projectOf(call.site, issue);
  return issue.comments.filter((comment) => mayRead(comment, project, call.user));
}

function commentOf(call: Call, issue: Issue): Comment {
  const comment = readable(call, issue).find(({ id }) => id === call.params.comment);
  if (comment) return comment;
  // Jira has other words for one that is there and not shown.
  if (issue.comments.some(({ id }) => id === call.params.comment)) throw new ApiError(404, 'You do not have the permission for this comment.');
  throw noComment(call.params.comment);
}

/** A comment by its own id alone, as its properties are addressed. */
function anywhere(call: Call): { issue: Issue; comment: Comment } {
  for (const issue of call.site.issues.values()) {
    const comment = issue.comments.find(({ id }) => id === call.params.comment);
    if (comment && !issue.deleted && sees(call.site, call.user, issue) && mayRead(comment, projectOf(call.site, issue), call.user)) return { issue, comment };
  }
  throw noComment(call.params.comment);
}

export const commentRoutes: Route[] = [
  {
    method: 'GET',
    path: '/issue/:issue/comment',
    handle(call) {
      const issue = visibleIssue(call);
      const all = readable(call, issue);
      if (/^-created$/.test(call.query.get('orderBy') ?? '')) all.reverse();
      const { startAt, maxResults } = paging(call.query, call.site.cloud ? 100 : 1_000);
      const comments = all.slice(startAt, startAt + maxResults).map((comment) => presentComment(call, issue, comment, listed(call.query, 'expand')));
      return { status: 200, json: { startAt, maxResults, total: all.length, comments } };
    },
  },
  {
    method: 'POST',
    path: '/issue/:issue/comment',
    writes: true,
    handle(call) {
      const issue = visibleIssue(call);
      return { status: 201, json: presentComment(call, issue, addComment(call.site, call.user, issue, call.body), listed(call.query, 'expand')) };
    },
  },
  {
    method: 'GET',
    path: '/issue/:issue/comment/:comment',
    handle(call) {
      const issue = visibleIssue(call);
      return { status: 200, json: presentComment(call, issue, commentOf(call, issue), listed(call.query, 'expand')) };
    },
  },
  {
    method: 'PUT',
    path: '/issue/:issue/comment/:comment',
    writes: true,
    handle(call) {
      const issue = visibleIssue(call);
      const comment = commentOf(call, issue);
      editComment(call.site, call.user, issue, comment, call.body);
      return { status: 200, json: presentComment(call, issue, comment, listed(call.query, 'expand')) };
    },
  },
  {
    method: 'DELETE',
    path: '/issue/:issue/comment/:comment',
    writes: true,
    handle(call) {
      const issue = visibleIssue(call);
      deleteComment(call.site, call.user, issue, commentOf(call, issue));
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    path: '/comment/:comment/properties',
    handle(call) {
      const { comment } = anywhere(call);
      const keys = [...propertiesOf(comment).keys()].map((key) => ({
        key,
        self: `${call.site.url}/rest/api/3/comment/${comment.id}/properties/${encodeURIComponent(key)}`,
      }));
      return { status: 200, json: { keys } };
    },
  },
  {
    method: 'GET',
    path: '/comment/:comment/properties/:key',
    handle(call) {
      const { comment } = anywhere(call);
      const key = call.params.key ?? '';
      const properties = propertiesOf(comment);
      if (!properties.has(key)) throw new ApiError(404, `The property with key '${key}' does not exist.`);
      return { status: 200, json: { key, value: properties.get(key) } };
    },
  },
  {
    method: 'PUT',
    path: '/comment/:comment/properties/:key',
    value: true,
    handle(call) {
      const { issue, comment } = anywhere(call);
      const key = call.params.key ?? '';
      const known = propertiesOf(comment).has(key);
      setProperty(call.site, issue, comment, key, call.value);
      changed(call.site, { name: 'comment_updated', issue, actor: call.user ?? userOf(call.site, comment.author), comment }, false);
      return { status: known ? 200 : 201, json: {} };
    },
  },
  {
    method: 'DELETE',
    path: '/comment/:comment/properties/:key',
    handle(call) {
      const { issue, comment } = anywhere(call);
      const key = call.params.key ?? '';
      if (!propertiesOf(comment).has(key)) throw new ApiError(404, `The property with key '${key}' does not exist.`);
      setProperty(call.site, issue, comment, key, undefined);
      comment.properties.delete(key);
      return { status: 204 };
    },
  },
  {
    method: 'POST',
    path: '/rest/servicedeskapi/request/:issue/comment',
    writes: true,
    handle(call) {
      const issue = request(call);
      const { body, public: isPublic = true } = call.body;
      if (typeof body !== 'string' || body.trim() === '') throw new ApiError(400, 'Comment body can not be empty!');
      const properties = [{ key: 'sd.public.comment', value: { internal: isPublic === false } }];
      const comment = addComment(call.site, call.user, issue, { body: typed(call.site, body), properties });
      return { status: 201, json: requestComment(call, comment) };
    },
  },
  {
    method: 'GET',
    path: '/rest/servicedeskapi/request/:issue/comment',
    handle(call) {
      const issue = request(call);
      const shown = (comment: Comment) => call.query.get(comment.internal ? 'internal' : 'public') !== 'false';
      const values = readable(call, issue).filter(shown);
      return {
        status: 200,
        json: { size: values.length, start: 0, limit: 100, isLastPage: true, values: values.map((comment) => requestComment(call, comment)) },
      };
    },
  },
];

/** An issue as a request of service management: in other projects there are none. */
function request(call: Call): Issue {
  const issue = visibleIssue(call);
  if (projectOf(call.site, issue).kind !== 'service_desk') throw noIssue();
  return issue;
}

function requestComment(call: Call, comment: Comment) {
  const iso8601 = stamp(comment.created, call.user?.timeZone);
  return {
    id: comment.id,
    body: textOf(comment.body),
    public: !comment.internal,
    author: presentUser(call, userOf(call.site, comment.author)),
    created: { iso8601, epochMillis: comment.created },
  };
}
