import { html, type Markup } from '../http/html.ts';
import { renderMarkdown } from './markdown.ts';
import { ISSUE_TYPES, type Issue, type Note, type Project } from './model.ts';
import { type Site, userOf } from './site.ts';

/** All projects. */
export const listView = (site: Site): Markup =>
  html`<h1>Projects</h1>
    <section class="card"><ul class="list">${site.projects.map(
      (project) =>
        html`<li><a href="/${project.path_with_namespace}/-/issues">${project.path_with_namespace}</a> <span class="badge">${project.visibility}</span></li>`,
    )}</ul></section>`;

/** A project's issues, the newest change first, and a form for a new one. */
export function projectView(site: Site, project: Project, problem: string | undefined): Markup {
  const issues = site.issues.filter((issue) => issue.project_id === project.id).sort((a, b) => b.updated_at.localeCompare(a.updated_at));
  return html`<h1>${project.path_with_namespace}</h1>
    ${told(problem)}
    <section class="card">${issues.length === 0 ? html`<p>No issues yet.</p>` : html`<ul class="list">${issues.slice(0, 200).map((issue) => listItem(project, issue))}</ul>`}</section>
    <h2 id="new">New issue</h2>
    <form class="card" method="post" action="/${project.path_with_namespace}/-/issues" aria-labelledby="new">
      ${actingAs(site)}
      <label>Type <select name="type">${ISSUE_TYPES.map((type) => html`<option>${type}</option>`)}</select></label>
      <label>Title <input name="title" required maxlength="255"></label>
      <label>Description <textarea name="body"></textarea></label>
      <label class="check"><input type="checkbox" name="confidential"> Confidential</label>
      <button>Create issue</button>
    </form>`;
}

const pathOf = (project: Project, issue: Issue): string => `/${project.path_with_namespace}/-/issues/${issue.iid}`;

const listItem = (project: Project, issue: Issue): Markup => html`<li>
    <a href="${pathOf(project, issue)}" dir="auto">${issue.title}</a>
    <p class="facts"><span>#${issue.iid}</span><span>${issue.issue_type}</span><span class="badge">${issue.state}</span>${issue.confidential ? html`<span class="badge">confidential</span>` : null}${issue.labels.map((label) => html`<span class="badge">${label}</span>`)}</p>
  </li>`;

/** One issue: its description and comments, oldest first, and the forms to change it. */
export function issueView(site: Site, project: Project, issue: Issue, problem: string | undefined): Markup {
  const at = pathOf(project, issue);
  const files = `/${project.path_with_namespace}`;
  const notes = site.notes.filter((note) => note.issue === issue.id);
  return html`<h1 dir="auto">${issue.title}</h1>
    <p class="facts"><span>${project.path_with_namespace}#${issue.iid}</span><span>${issue.issue_type}</span><span class="badge">${issue.state}</span>${issue.confidential ? html`<span class="badge">confidential</span>` : null}${issue.labels.map((label) => html`<span class="badge">${label}</span>`)}<span>by ${userOf(site, issue.author_id).name}</span></p>
    ${told(problem)}
    <article class="card">${renderMarkdown(issue.description ?? '', files)}</article>
    <h2>Activity</h2>
    ${notes.map((note, index) => noteView(site, note, files, index === notes.length - 1))}
    <h2 id="reply">Add a comment</h2>
    <form class="card" method="post" action="${at}/comment" enctype="multipart/form-data" aria-labelledby="reply">
      ${actingAs(site)}
      <label>Comment <textarea name="body"></textarea></label>
      <label>Files <input type="file" name="file" multiple></label>
      <label class="check"><input type="checkbox" name="internal"> Make this an internal note</label>
      <button>Comment</button>
    </form>
    <h2 id="edit">Edit</h2>
    <form class="card" method="post" action="${at}/edit" aria-labelledby="edit">
      ${actingAs(site)}
      <label>Title <input name="title" value="${issue.title}" required maxlength="255"></label>
      <label>Description <textarea name="body">${issue.description}</textarea></label>
      <label>Labels, separated by commas <input name="labels" value="${issue.labels.join(', ')}"></label>
      <label>State <select name="state">${['opened', 'closed'].map((state) => (state === issue.state ? html`<option selected>${state}</option>` : html`<option>${state}</option>`))}</select></label>
      <button>Save changes</button>
    </form>
    <form class="card" method="post" action="${at}/delete"><button class="danger">Delete issue</button></form>`;
}

function noteView(site: Site, note: Note, files: string, latest: boolean): Markup {
  const author = userOf(site, note.author_id).name;
  const at = note.created_at.slice(0, 19).replace('T', ' ');
  if (note.system) return html`<p class="dim"${latest ? html` id="latest"` : null}>${author} ${note.body} · ${at}</p>`;
  return html`<article class="card${note.internal ? ' internal' : ''}"${latest ? html` id="latest"` : null}>
      <p class="facts"><strong dir="auto">${author}</strong>${note.internal ? html`<span class="badge">Internal note</span>` : null}<span>${at}</span></p>
      ${renderMarkdown(note.body, files)}
    </article>`;
}

const told = (problem: string | undefined): Markup | null =>
  problem === undefined ? null : html`<p class="card" role="alert">GitLab did not save this: ${problem}</p>`;

const actingAs = (site: Site): Markup =>
  html`<label>You are <select name="as">${site.users.filter((user) => !user.bot).map((user) => html`<option value="${user.id}">${user.name}</option>`)}</select></label>`;
