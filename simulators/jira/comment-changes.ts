import { record } from './call.ts';
import { acceptedText } from './documents.ts';
import { ApiError, fieldError, forbidden } from './errors.ts';
import type { Comment, Issue, User, Visibility } from './model.ts';
import { changed, may, projectOf, type Site } from './site.ts';
import { spoken } from './values.ts';

export interface CommentInput {
  body?: unknown;
  visibility?: unknown;
  properties?: unknown;
}

const NO_PERMISSION = 'You do not have the permission to comment on this issue.';

/** Adds a comment. Throws 400 for an empty one, a wrong document or a role that is not there; 403. */
export function addComment(site: Site, actor: User | null, issue: Issue, input: CommentInput): Comment {
  if (!actor || !may(projectOf(site, issue), actor, 'ADD_COMMENTS')) throw forbidden(NO_PERMISSION);
  const now = site.clock.now();
  const comment: Comment = {
    id: '',
    author: actor.id,
    updateAuthor: actor.id,
    body: bodyIn(site, issue, input.body),
    created: now,
    updated: now,
    visibility: visibilityIn(site, issue, input.visibility),
    internal: false,
    properties: new Map(),
  };
  setProperties(site, issue, comment, input.properties);
  comment.id = site.nextId('comment');
  issue.comments.push(comment);
  changed(site, { name: 'comment_created', issue, actor, comment });
  return comment;
}

/** Edits a comment. One that had a visibility and is given none loses it, as at the vendor. */
export function editComment(site: Site, actor: User | null, issue: Issue, comment: Comment, input: CommentInput): void {
  allowed(site, actor, issue, comment, 'EDIT', 'edit');
  const body = bodyIn(site, issue, input.body);
  const visibility = visibilityIn(site, issue, input.visibility);
  setProperties(site, issue, comment, input.properties);
  Object.assign(comment, { body, visibility, updated: site.clock.now(), updateAuthor: actor?.id ?? comment.updateAuthor });
  changed(site, { name: 'comment_updated', issue, actor: actor as User, comment });
}

export function deleteComment(site: Site, actor: User | null, issue: Issue, comment: Comment): void {
  allowed(site, actor, issue, comment, 'DELETE', 'delete');
  issue.comments = issue.comments.filter((one) => one !== comment);
  changed(site, { name: 'comment_deleted', issue, actor: actor as User, comment });
}

function allowed(site: Site, actor: User | null, issue: Issue, comment: Comment, what: 'EDIT' | 'DELETE', verb: string): void {
  const project = projectOf(site, issue);
  const own = actor?.id === comment.author && may(project, actor, `${what}_OWN_COMMENTS`);
  if (!own && !may(project, actor, `${what}_ALL_COMMENTS`))
    throw new ApiError(site.cloud ? 400 : 403, `You do not have permission to ${verb} comment with id: ${comment.id}`);
}

function bodyIn(site: Site, issue: Issue, given: unknown): Comment['body'] {
  const body = acceptedText(site, 'comment', given, issue);
  if (body === null) throw fieldError('comment', 'Comment body can not be empty!');
  return body;
}

function visibilityIn(site: Site, issue: Issue, given: unknown): Visibility | null {
  if (given === undefined || given === null) return null;
  const { type, value, identifier } = record(given);
  const name = spoken(value ?? identifier);
  if (type === 'role') {
    if (!projectOf(site, issue).roles.has(name)) throw fieldError('commentLevel', `Role level provided (${name}) is not a valid role`);
    return { type, value: name };
  }
  if (type !== 'group' || !site.users.some(({ groups }) => groups.includes(name))) throw fieldError('commentLevel', `Group: ${name} does not exist.`);
  return { type, value: name };
}

/** Service management keeps in a property whether customers see a comment. Elsewhere that property means nothing. */
export function setProperties(site: Site, issue: Issue, comment: Comment, given: unknown): void {
  for (const one of Array.isArray(given) ? given : []) {
    const { key, value } = record(one);
    if (typeof key !== 'string' || key === '') throw new ApiError(400, 'The property key must be between 1 and 255 characters.');
    setProperty(site, issue, comment, key, value);
  }
}

export function setProperty(site: Site, issue: Issue, comment: Comment, key: string, value: unknown): void {
  if (key === 'sd.public.comment' && projectOf(site, issue).kind === 'service_desk') comment.internal = record(value).internal === true;
  else comment.properties.set(key, value);
}
