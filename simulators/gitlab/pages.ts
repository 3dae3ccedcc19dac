import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { formOf, seeOther, text } from '../http/form.ts';
import { html } from '../http/html.ts';
import { addNote, deleteIssue } from './changes.ts';
import { ApiError } from './errors.ts';
import { createIssue, updateIssue } from './issue-changes.ts';
import type { Issue, Project, User } from './model.ts';
import { issueUrl } from './present.ts';
import { projectNamed, type Site } from './site.ts';
import { page } from './style.ts';
import { addUpload, answerUpload, presentUpload, uploadOf } from './uploads.ts';
import { issueView, listView, projectView } from './views.ts';

/** Answers the pages on which a person works with issues, and the files in them. Undefined for a path that there is not. */
export async function answerPage(site: Site, req: IncomingMessage, url: URL): Promise<Answer | undefined> {
  const path = decodeURIComponent(url.pathname);
  if (path === '/') return page('Projects', listView(site));
  const file = /^(?:\/-\/project\/(\d+)|\/(.+?))\/uploads\/([0-9a-f]{32})\/([^/]+)$/.exec(path);
  if (file) return fileAnswer(site, file[1] ?? file[2] ?? '', file[3] ?? '', file[4] ?? '');
  const [, name = '', iid, action] = /^\/(.+?)(?:\/-\/(?:issues|work_items)(?:\/(?:incident\/)?(\d+)(?:\/(comment|edit|delete))?)?)?\/?$/.exec(path) ?? [];
  const project = projectNamed(site, name);
  if (!project) return undefined;
  if (iid === undefined) return req.method === 'POST' ? create(site, project, await formOf(req)) : page(project.name, projectView(site, project, undefined));
  const issue = site.issues.find((one) => one.project_id === project.id && String(one.iid) === iid);
  if (!issue) return page('Page not found', html`<h1>Page not found</h1><p>There is no issue ${iid}, or it has been deleted.</p>`, 404);
  if (req.method !== 'POST') return page(`${issue.title} (#${issue.iid})`, issueView(site, project, issue, undefined));
  return change(site, project, issue, action, await formOf(req));
}

function fileAnswer(site: Site, projectName: string, secret: string, filename: string): Answer | undefined {
  const project = projectNamed(site, projectName);
  const upload = project && uploadOf(site, project, secret, filename);
  return upload && answerUpload({ ...site, settings: { ...site.settings, redirectDownloads: false } }, upload);
}

function create(site: Site, project: Project, form: FormData): Answer {
  return attempt(
    () => {
      const given = {
        title: text(form, 'title'),
        description: text(form, 'body'),
        issue_type: text(form, 'type'),
        confidential: form.get('confidential') === 'on',
      };
      return seeOther(issueUrl(site, createIssue(site, actorOf(site, form), project, given)));
    },
    (problem) => page('Not saved', projectView(site, project, problem), 400),
  );
}

async function change(site: Site, project: Project, issue: Issue, action: string | undefined, form: FormData): Promise<Answer> {
  const actor = actorOf(site, form);
  const markdown = action === 'comment' ? await filesOf(site, project, actor, form) : [];
  return attempt(
    () => {
      if (action === 'delete') {
        deleteIssue(site, issue);
        return seeOther(`${site.url}/${project.path_with_namespace}/-/issues`);
      }
      if (action === 'comment')
        addNote(site, actor, issue, { body: [text(form, 'body'), ...markdown].filter(Boolean).join('\n\n'), internal: form.get('internal') === 'on' });
      if (action === 'edit') {
        const state = text(form, 'state');
        const event = state === issue.state || state === '' ? {} : { state_event: state === 'closed' ? 'close' : 'reopen' };
        updateIssue(site, actor, issue, { title: text(form, 'title'), description: text(form, 'body'), labels: text(form, 'labels'), ...event });
      }
      return seeOther(`${issueUrl(site, issue)}#latest`);
    },
    (problem) => page('Not saved', issueView(site, project, issue, problem), 400),
  );
}

/** A refusal is shown on the page that the person is on. */
function attempt(work: () => Answer, show: (problem: string) => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return show(error.message);
  }
}

async function filesOf(site: Site, project: Project, actor: User, form: FormData): Promise<string[]> {
  const markdown: string[] = [];
  for (const file of form.getAll('file')) {
    if (typeof file === 'string' || file.name === '') continue;
    markdown.push(presentUpload(project, addUpload(site, actor, project, file.name, Buffer.from(await file.arrayBuffer()))).markdown);
  }
  return markdown;
}

function actorOf(site: Site, form: FormData): User {
  const actor = site.users.find((user) => String(user.id) === form.get('as')) ?? site.users.find((user) => !user.bot);
  if (!actor) throw new Error('There are no people.');
  return actor;
}
