import { escapeHtml, html, type Markup, trusted } from '../http/html.ts';
import { signedAddress } from './attachments.ts';
import { commentsOf, fullName, type Hub, issueHtmlUrl, typesOf, userOf } from './hub.ts';
import type { Issue, Repo } from './model.ts';
import { render } from './render.ts';

/** All repositories. */
export const listView = (hub: Hub): Markup =>
  html`<h1>Repositories</h1>
    <ul class="card list">${hub.repos.map((repo) => html`<li><a href="/${fullName(hub, repo)}/issues">${fullName(hub, repo)}</a> <span class="badge">${repo.private ? 'private' : 'public'}</span>${repo.archived ? html` <span class="badge">archived</span>` : null}<p class="facts">${repo.description}</p></li>`)}</ul>`;

/** The issues of a repository, the newest first, and a form for another one. */
export function repoView(hub: Hub, repo: Repo, problem: string | undefined): Markup {
  const issues = hub.issues
    .filter((issue) => issue.repo === repo.id && issue.gone === null)
    .sort((a, b) => b.updated_at.localeCompare(a.updated_at) || b.id - a.id);
  return html`<h1>${fullName(hub, repo)}</h1>
    ${told(problem)}
    <section class="card">${issues.length === 0 ? html`<p>No issues yet.</p>` : html`<ul class="list">${issues.slice(0, 200).map((issue) => item(hub, issue))}</ul>`}</section>
    <h2 id="new">New issue</h2>
    <form class="card" method="post" action="/${fullName(hub, repo)}/issues" enctype="multipart/form-data" aria-labelledby="new">
      <div class="row">${actingAs(hub)}${typeChoice(hub, repo, null)}</div>
      <label>Title <input name="title" required maxlength="256"></label>
      <label>Description <textarea name="body"></textarea></label>
      <label>Paste a file <input type="file" name="file"></label>
      <button>Create issue</button>
    </form>`;
}

function item(hub: Hub, issue: Issue): Markup {
  return html`<li><a href="${issueHtmlUrl(hub, issue)}" dir="auto">${issue.title}</a>
    <p class="facts"><span>#${issue.number}</span>${stateOf(issue)}${issue.pull ? html`<span class="badge">pull request</span>` : null}<span>${userOf(hub, issue.user).login}</span><span>updated ${issue.updated_at.replace('T', ' ')}</span></p></li>`;
}

/** One issue: what it says, its comments, and the forms to change it. */
export function issueView(hub: Hub, repo: Repo, issue: Issue, problem: string | undefined): Markup {
  const at = issueHtmlUrl(hub, issue);
  const comments = commentsOf(hub, issue);
  const labels = repo.labels.filter(({ id }) => issue.labels.includes(id)).map(({ name }) => name);
  const type = hub.types.find(({ id }) => id === issue.type);
  return html`<h1 dir="auto">${issue.title} <span class="facts">#${issue.number}</span></h1>
    <p class="facts">${stateOf(issue)}${type ? html`<span class="badge">${type.name}</span>` : null}${labels.map((name) => html`<span class="badge">${name}</span>`)}${issue.assignees.map((id) => html`<span>assigned to ${userOf(hub, id).login}</span>`)}${issue.locked ? html`<span class="badge">locked</span>` : null}</p>
    ${told(problem)}
    ${textView(hub, repo, issue.user, issue.created_at, issue.body, false)}
    ${comments.map((comment, index) => textView(hub, repo, comment.user, comment.created_at, comment.body, index === comments.length - 1))}
    <h2 id="reply">Add a comment</h2>
    <form class="card" method="post" action="${at}/comment" enctype="multipart/form-data" aria-labelledby="reply">
      ${actingAs(hub)}
      <label>Comment <textarea name="body"></textarea></label>
      <label>Paste a file <input type="file" name="file"></label>
      <button>Comment</button>
    </form>
    <h2 id="edit">Edit</h2>
    <form class="card" method="post" action="${at}/edit" aria-labelledby="edit">
      <div class="row">${actingAs(hub)}${typeChoice(hub, repo, type?.name ?? null)}
      <label>State <select name="state">${['open', 'completed', 'not_planned'].map((one) => option(one, one.replace('_', ' '), one === (issue.state === 'open' ? 'open' : (issue.state_reason ?? 'completed'))))}</select></label></div>
      <label>Title <input name="title" value="${issue.title}" required maxlength="256"></label>
      <label>Description <textarea name="body">${issue.body}</textarea></label>
      <label>Labels, separated by commas <input name="labels" value="${labels.join(', ')}"></label>
      <button>Save changes</button>
    </form>
    ${issue.pull ? null : html`<form class="card" method="post" action="${at}/delete">${actingAs(hub)}<button class="danger">Delete issue</button></form>`}`;
}

function textView(hub: Hub, repo: Repo, author: number, at: string, body: string | null, latest: boolean): Markup {
  return html`<article class="card"${latest ? trusted(' id="latest"') : null}>
      <p class="facts"><strong>${userOf(hub, author).login}</strong><span>${at.replace('T', ' ')}</span></p>
      <div class="body" dir="auto">${body ? trusted(forReaders(hub, render(hub, repo, body).html)) : html`<p class="facts">No description provided.</p>`}</div>
    </article>`;
}

/** Whoever reads the page is signed in there: private files open for them. */
const forReaders = (hub: Hub, text: string): string =>
  text.replace(/href="([^"]+)"/g, (whole, address: string) => {
    const signed = signedAddress(hub, address);
    return signed === undefined ? whole : `href="${escapeHtml(signed)}"`;
  });

const stateOf = (issue: Issue): Markup =>
  issue.state === 'open'
    ? html`<span class="badge open">open</span>`
    : html`<span class="badge closed">closed${issue.state_reason ? ` as ${issue.state_reason.replace('_', ' ')}` : null}</span>`;

const told = (problem: string | undefined): Markup | null =>
  problem === undefined ? null : html`<p class="card" role="alert">GitHub did not save this: ${problem}</p>`;

const option = (value: string, text: string, selected: boolean): Markup =>
  selected ? html`<option value="${value}" selected>${text}</option>` : html`<option value="${value}">${text}</option>`;

const actingAs = (hub: Hub): Markup =>
  html`<label>You are <select name="as">${hub.users.filter(({ type, login }) => type === 'User' && login !== 'entente-bot').map(({ login }) => option(login, login, false))}</select></label>`;

const typeChoice = (hub: Hub, repo: Repo, chosen: string | null): Markup =>
  html`<label>Type <select name="type">${option('', 'No type', chosen === null)}${typesOf(hub, repo).map(({ name }) => option(name, name, name === chosen))}</select></label>`;
