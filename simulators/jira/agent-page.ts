import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { formOf, seeOther, text } from '../http/form.ts';
import { html } from '../http/html.ts';
import { issueView, listView } from './agent-views.ts';
import { addAttachments, pageFileAnswer } from './attachments.ts';
import { addComment, editComment } from './comment-changes.ts';
import { typed } from './documents.ts';
import { ApiError } from './errors.ts';
import { createIssue, deleteIssue, editIssue, transition, transitionId } from './issue-changes.ts';
import type { Issue, User } from './model.ts';
import { page } from './page.ts';
import { issueBy, type Site, userOf } from './site.ts';

/** Answers `/`, `/browse/KEY` and `/agent/…`: the pages on which a person works with issues. Undefined for a path that it does not have. */
export async function answerAgentPage(site: Site, req: IncomingMessage, url: URL): Promise<Answer | undefined> {
  const { pathname } = url;
  if (pathname === '/agent') return seeOther('/');
  if (pathname === '/agent/avatar.svg')
    return {
      status: 200,
      type: 'image/svg+xml',
      text: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#6b778c"/></svg>',
    };
  const file = /^\/agent\/file\/(\d+)$/.exec(pathname)?.[1];
  if (file !== undefined) return pageFileAnswer(site, file);
  if (pathname === '/') return req.method === 'POST' ? create(site, await formOf(req)) : page('Issues', listView(site, url.searchParams.get('project'), []));
  const [, key, action] = /^\/browse\/([\w-]+)(?:\/(edit|comment|edit-comment|delete))?$/.exec(pathname) ?? [];
  if (key === undefined) return undefined;
  const issue = issueBy(site, key);
  if (!issue) return { ...page('No such issue', html`<h1>No such issue</h1><p>${key} does not exist, or has been deleted.</p>`), status: 404 };
  if (issue.key !== key.toUpperCase()) return seeOther(`/browse/${issue.key}`);
  if (req.method !== 'POST') return page(`${issue.key} ${issue.summary}`, issueView(site, issue, []));
  return change(site, issue, action, await formOf(req));
}

async function create(site: Site, form: FormData): Promise<Answer> {
  return attempt(
    () => {
      const fields = {
        project: { key: text(form, 'project') },
        issuetype: { name: text(form, 'type') },
        summary: text(form, 'summary'),
        description: typed(site, text(form, 'body')),
      };
      return seeOther(`/browse/${createIssue(site, actorOf(site, form), { fields }).key}`);
    },
    (problems) => page('Not saved', listView(site, null, problems)),
  );
}

async function change(site: Site, issue: Issue, action: string | undefined, form: FormData): Promise<Answer> {
  const actor = actorOf(site, form);
  const files: { name: string; type: string; bytes: Buffer }[] = [];
  for (const part of form.getAll('file')) {
    if (typeof part === 'string' || part.name === '') continue;
    files.push({ name: part.name, type: part.type || 'application/octet-stream', bytes: Buffer.from(await part.arrayBuffer()) });
  }
  return attempt(
    () => {
      if (action === 'delete') {
        deleteIssue(site, actor, issue);
        return seeOther('/');
      }
      if (action === 'edit') edit(site, actor, issue, form);
      if (action === 'edit-comment') {
        const comment = issue.comments.find(({ id }) => id === text(form, 'comment'));
        if (comment) editComment(site, actor, issue, comment, { body: typed(site, text(form, 'body')), visibility: comment.visibility });
      }
      if (action === 'comment') comment(site, actor, issue, form, files);
      return seeOther(`/browse/${issue.key}#latest`);
    },
    (problems) => page('Not saved', issueView(site, issue, problems)),
  );
}

function edit(site: Site, actor: User, issue: Issue, form: FormData): void {
  const description = text(form, 'description');
  // Left empty: the formatting that is there stays.
  const fields = {
    summary: text(form, 'summary'),
    priority: { id: text(form, 'priority') },
    ...(description.trim() === '' ? {} : { description: typed(site, description) }),
  };
  editIssue(site, actor, issue, { fields });
  const status = text(form, 'status');
  if (status !== issue.status) transition(site, actor, issue, transitionId(status));
}

function comment(site: Site, actor: User, issue: Issue, form: FormData, files: { name: string; type: string; bytes: Buffer }[]): void {
  const body = text(form, 'body');
  if (body.trim() === '' && files.length === 0) throw new ApiError(400, 'Write a comment or choose a file');
  addAttachments(site, actor, issue, files);
  const properties = text(form, 'visibility') === 'internal' ? [{ key: 'sd.public.comment', value: { internal: true } }] : [];
  if (body.trim() !== '') addComment(site, actor, issue, { body: typed(site, body), properties });
}

/** A refusal is shown on the page that the person is on. */
function attempt(work: () => Answer, view: (problems: string[]) => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { ...view([error.message]), status: error.answer.status };
  }
}

function actorOf(site: Site, form: FormData): User {
  return userOf(site, text(form, 'as') || (site.users[1]?.id ?? ''));
}
