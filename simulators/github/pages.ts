import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { formOf, seeOther, text } from '../http/form.ts';
import { html } from '../http/html.ts';
import { addAttachment } from './attachments.ts';
import { addComment } from './comment-changes.ts';
import { ApiError, type FieldError } from './errors.ts';
import type { Actor } from './history.ts';
import { fullName, type Hub, issueHtmlUrl, numbered, repoNamed, repoOf, userNamed } from './hub.ts';
import { createIssue, editIssue } from './issue-changes.ts';
import { deleteIssue } from './issue-fate.ts';
import type { Issue, Repo } from './model.ts';
import { page } from './style.ts';
import { issueView, listView, repoView } from './views.ts';

/** Answers the pages on which a person works with issues. Undefined for a path that there is not. */
export async function answerPage(hub: Hub, req: IncomingMessage, url: URL): Promise<Answer | undefined> {
  if (url.pathname === '/') return page('Repositories', listView(hub));
  if (url.pathname.startsWith('/avatars/')) return { status: 200, text: AVATAR, type: 'image/svg+xml' };
  const [, name = '', number, action] =
    /^\/([^/]+\/[^/]+)(?:\/(?:issues|pull)(?:\/(\d+)(?:\/(comment|edit|delete))?)?)?\/?$/.exec(decodeURIComponent(url.pathname)) ?? [];
  const repo = repoNamed(hub, name) ?? hub.repos.find((one) => one.formerNames.includes(name.toLowerCase()));
  if (!repo) return undefined;
  if (number === undefined) return req.method === 'POST' ? create(hub, repo, await formOf(req)) : page(fullName(hub, repo), repoView(hub, repo, undefined));
  const issue = numbered(hub, repo, Number(number));
  const moved = issue?.gone && issue.gone !== 'deleted' ? numbered(hub, repoOf(hub, issue.gone.repo), issue.gone.number) : undefined;
  if (moved) return seeOther(issueHtmlUrl(hub, moved));
  if (!issue || issue.gone) return page('Page not found', html`<h1>Page not found</h1><p>There is no issue ${number}, or it has been deleted.</p>`, 404);
  if (req.method !== 'POST') return page(`${issue.title} · #${issue.number}`, issueView(hub, repo, issue, undefined));
  return change(hub, repo, issue, action, await formOf(req));
}

const AVATAR =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="12" fill="#59636e"/><circle cx="12" cy="9" r="4" fill="#fff"/><path d="M4 22a8 8 0 0 1 16 0z" fill="#fff"/></svg>';

async function create(hub: Hub, repo: Repo, form: FormData): Promise<Answer> {
  const files = await filesOf(hub, repo, form);
  return attempt(
    () => {
      const input = { title: text(form, 'title'), body: [text(form, 'body'), ...files].filter(Boolean).join('\n\n'), type: text(form, 'type') || null };
      return seeOther(issueHtmlUrl(hub, createIssue(hub, actorOf(hub, form), repo, input, true)));
    },
    (problem) => page('Not saved', repoView(hub, repo, problem), 422),
  );
}

async function change(hub: Hub, repo: Repo, issue: Issue, action: string | undefined, form: FormData): Promise<Answer> {
  const actor = actorOf(hub, form);
  const files = action === 'comment' ? await filesOf(hub, repo, form) : [];
  return attempt(
    () => {
      if (action === 'delete') {
        deleteIssue(hub, actor, issue);
        return seeOther(`/${fullName(hub, repo)}/issues`);
      }
      if (action === 'comment') addComment(hub, actor, issue, [text(form, 'body'), ...files].filter(Boolean).join('\n\n'), true);
      if (action === 'edit') editIssue(hub, actor, repo, issue, editsOf(form), true);
      return seeOther(`${issueHtmlUrl(hub, issue)}#latest`);
    },
    (problem) => page('Not saved', issueView(hub, repo, issue, problem), 422),
  );
}

function editsOf(form: FormData): Record<string, unknown> {
  const state = text(form, 'state');
  const labels = text(form, 'labels')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const closing = state === 'open' ? { state } : { state: 'closed', state_reason: state };
  return { title: text(form, 'title'), body: text(form, 'body'), type: text(form, 'type') || null, labels, ...(state === '' ? {} : closing) };
}

/** A refusal is shown on the page that the person is on. */
function attempt(work: () => Answer, show: (problem: string) => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const problems = ((error.more.errors ?? []) as FieldError[]).map(({ message, field, code }) => message ?? `${field}: ${code.replace('_', ' ')}`);
    return show(problems.length > 0 ? problems.join('; ') : error.message);
  }
}

/** What pasted files leave in the text. */
async function filesOf(hub: Hub, repo: Repo, form: FormData): Promise<string[]> {
  const markdown: string[] = [];
  for (const file of form.getAll('file')) {
    if (typeof file === 'string' || file.name === '') continue;
    const bytes = Buffer.from(await file.arrayBuffer());
    markdown.push(addAttachment(hub, repo, { name: file.name, type: file.type || 'application/octet-stream', bytes }).markdown);
  }
  return markdown;
}

function actorOf(hub: Hub, form: FormData): Actor {
  const user = userNamed(hub, text(form, 'as')) ?? userNamed(hub, 'ada');
  if (!user) throw new Error('There are no people.');
  return { user, viaApp: false };
}
