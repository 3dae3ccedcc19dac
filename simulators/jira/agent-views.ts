import { html, type Markup } from '../http/html.ts';
import { textOf } from './documents.ts';
import { stepsFrom } from './issue-changes.ts';
import type { Comment, Issue } from './model.ts';
import { pageFile, renderText } from './render.ts';
import { projectOf, type Site, userOf } from './site.ts';
import { spoken } from './values.ts';

const when = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const nameIn = (list: readonly { id: string; name: string }[], id: string): string => list.find((one) => one.id === id)?.name ?? '';

const trouble = (problems: readonly string[]): Markup | null =>
  problems.length > 0 ? html`<div class="card note" role="alert"><strong>Not saved.</strong> ${problems.join(' ')}</div>` : null;

const actors = (site: Site): Markup =>
  html`<label>As <select name="as">${site.users.slice(1).map(({ id, displayName }) => html`<option value="${id}">${displayName}</option>`)}</select></label>`;

export function listView(site: Site, project: string | null, problems: readonly string[]): Markup {
  const issues = [...site.issues.values()]
    .filter((issue) => !issue.deleted && (project === null || projectOf(site, issue).key === project))
    .sort((a, b) => b.updated - a.updated || Number(b.id) - Number(a.id));
  const types = site.types.filter(({ subtask }) => !subtask);
  return html`${trouble(problems)}<h1>Issues</h1>
<p class="facts"><a href="/">All</a>${site.projects.map(({ key, name }) => html`<a href="/?project=${key}">${name}</a>`)}</p>
<section class="card">${issues.length === 0 ? html`<p>There are no issues yet.</p>` : null}
<ul class="list">${issues.map(
    (issue) => html`<li><a href="/browse/${issue.key}">${issue.key}</a> <strong dir="auto">${issue.summary}</strong>
<p class="facts"><span class="badge">${nameIn(site.statuses, issue.status)}</span><span>${nameIn(site.types, issue.type)}</span><span>${userOf(site, issue.reporter).displayName}</span><span>${when(issue.updated)}</span></p></li>`,
  )}</ul></section>
<h2>New issue</h2>
<form class="card" method="post" action="/">
<div class="row"><label>Project <select name="project">${site.projects.map(({ key, name }) => html`<option value="${key}">${name}</option>`)}</select></label>
<label>Type <select name="type">${types.map(({ name }) => html`<option>${name}</option>`)}</select></label>${actors(site)}</div>
<label>Summary <input name="summary" required maxlength="255"></label>
<label>Description <textarea name="body"></textarea></label>
<p class="actions"><button>Create issue</button></p></form>`;
}

export function issueView(site: Site, issue: Issue, problems: readonly string[]): Markup {
  const project = projectOf(site, issue);
  const statuses = site.statuses.filter(({ id }) => id === issue.status || stepsFrom(site, issue).includes(id));
  const at = `/browse/${issue.key}`;
  const service = project.kind === 'service_desk';
  return html`${trouble(problems)}<p class="dim">${project.name} / ${issue.key}</p><h1 dir="auto">${issue.summary}</h1>
<p class="facts"><span class="badge">${nameIn(site.statuses, issue.status)}</span><span>${nameIn(site.types, issue.type)}</span><span>Priority ${nameIn(site.priorities, issue.priority)}</span>
<span>Reporter ${userOf(site, issue.reporter).displayName}</span>${issue.assignee === null ? null : html`<span>Assignee ${userOf(site, issue.assignee).displayName}</span>`}${issue.labels.map((label) => html`<span class="badge">${label}</span>`)}</p>
<section class="card body" id="description">${renderText(site, issue, issue.description)}</section>
${
  issue.attachments.length === 0
    ? null
    : html`<h2>Attachments</h2><ul class="files">${issue.attachments.map((file) => html`<li><a href="${pageFile(file.id)}">${file.mimeType.startsWith('image/') ? html`<img src="${pageFile(file.id)}" alt="">` : null}${file.filename}</a></li>`)}</ul>`
}
${
  issue.remoteLinks.length === 0
    ? null
    : html`<h2>Links</h2><ul>${issue.remoteLinks.map(({ relationship, application, object }) => html`<li>${relationship} <a href="${webAddress(object.url)}">${spoken(object.title)}</a> <span class="dim">${spoken(application.name)}</span></li>`)}</ul>`
}
<h2>Comments</h2>
${issue.comments.map((comment, i) => commentView(site, issue, comment, i === issue.comments.length - 1))}
<form class="card" method="post" action="${at}/comment" enctype="multipart/form-data">
<label>Comment <textarea name="body"></textarea></label>
<div class="row">${actors(site)}${service ? html`<label>Seen by <select name="visibility"><option value="public">Customer</option><option value="internal">Team only</option></select></label>` : null}<label>Files <input type="file" name="file" multiple></label></div>
<p class="actions"><button>Save comment</button></p></form>
<h2>Edit</h2>
<form class="card" method="post" action="${at}/edit">
<label>Summary <input name="summary" required maxlength="255" value="${issue.summary}"></label>
<label>New description (empty: it stays as it is) <textarea name="description"></textarea></label>
<div class="row"><label>Status <select name="status">${statuses.map(({ id, name }) => html`<option value="${id}"${id === issue.status ? html` selected` : null}>${name}</option>`)}</select></label>
<label>Priority <select name="priority">${site.priorities.map(({ id, name }) => html`<option value="${id}"${id === issue.priority ? html` selected` : null}>${name}</option>`)}</select></label>${actors(site)}</div>
<p class="actions"><button>Save</button></p></form>
<form method="post" action="${at}/delete"><p class="actions"><button class="danger">Delete issue</button></p></form>`;
}

function commentView(site: Site, issue: Issue, comment: Comment, last: boolean): Markup {
  const edited = comment.updated > comment.created;
  return html`<article class="card${comment.internal || comment.visibility ? ' note' : ''}"${last ? html` id="latest"` : null}>
<p class="facts"><strong>${userOf(site, comment.author).displayName}</strong><span>${when(comment.created)}</span>${edited ? html`<span>edited</span>` : null}${comment.internal ? html`<span class="badge">Internal note</span>` : null}${comment.visibility ? html`<span class="badge">Restricted to ${comment.visibility.value}</span>` : null}</p>
<div class="body">${renderText(site, issue, comment.body)}</div>
<details><summary>Edit</summary><form method="post" action="/browse/${issue.key}/edit-comment"><input type="hidden" name="comment" value="${comment.id}"><input type="hidden" name="as" value="${comment.author}">
<label>Comment <textarea name="body">${textOf(comment.body)}</textarea></label><p class="actions"><button>Save</button></p></form></details></article>`;
}

/** Others put it there: only a page of the web is followed. */
const webAddress = (url: unknown): string => (/^https?:\/\//i.test(spoken(url)) ? spoken(url) : '#');
