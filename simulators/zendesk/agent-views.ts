import { html, type Markup, trusted } from '../http/html.ts';
import type { Account } from './account.ts';
import { type Attachment, type Comment, PRIORITIES, STATUSES, type Ticket, TYPES } from './model.ts';
import { agentsOf } from './people.ts';
import { contentUrl } from './present.ts';

/** Why something was not saved. */
export interface Notice {
  problems: string[];
}

/** The newest tickets, and a form for a new one. */
export function listView(account: Account, query: URLSearchParams, notice: Notice | undefined): Markup {
  const brand = Number(query.get('brand'));
  const tickets = [...account.tickets.values()]
    .filter((ticket) => !ticket.deleted && (!query.get('brand') || ticket.brand_id === brand))
    .sort((a, b) => b.updated_at.localeCompare(a.updated_at) || b.id - a.id);
  const shown = tickets.slice(0, 200);
  return html`<h1>Tickets</h1>
    ${problems(notice)}
    ${account.brands.length > 1 ? html`<nav aria-label="Brands" class="actions"><a href="/agent">All brands</a> ${account.brands.map((one) => html`<a href="/agent?brand=${one.id}">${one.name}</a> `)}</nav>` : null}
    <section class="card">
      ${shown.length === 0 ? html`<p>No tickets yet.</p>` : html`<ul class="list">${shown.map((ticket) => listItem(account, ticket))}</ul>`}
      ${tickets.length > shown.length ? html`<p class="dim">The ${shown.length} newest of ${tickets.length}.</p>` : null}
    </section>
    <h2 id="new">New ticket</h2>
    <form class="card" method="post" action="/agent/tickets" aria-labelledby="new">
      <div class="row">${actingAs(account)}${choice('type', 'Type', TYPES, null, 'No type')}</div>
      <label>Subject <input name="subject" required></label>
      <label>Description <textarea name="body" required></textarea></label>
      <p class="actions"><button>Create ticket</button></p>
    </form>`;
}

function listItem(account: Account, ticket: Ticket): Markup {
  const requester = account.users.get(ticket.requester_id);
  const brand = account.brands.length > 1 ? account.brands.find((one) => one.id === ticket.brand_id) : undefined;
  return html`<li>
    <a href="/agent/tickets/${ticket.id}" dir="auto">${ticket.subject}</a>
    <p class="facts"><span>#${ticket.id}</span><span>${ticket.type ?? 'no type'}</span><span class="badge">${ticket.status}</span><span dir="auto">${requester?.name}</span>${brand ? html`<span>${brand.name}</span>` : null}<span>updated ${ticket.updated_at.replace('T', ' ')}</span></p>
  </li>`;
}

/** One ticket: its comments, oldest first, and the forms to change it. */
export function ticketView(account: Account, ticket: Ticket, notice: Notice | undefined): Markup {
  const comments = account.comments.get(ticket.id) ?? [];
  const requester = account.users.get(ticket.requester_id);
  const brand = account.brands.find((one) => one.id === ticket.brand_id);
  const at = `/agent/tickets/${ticket.id}`;
  return html`<h1 dir="auto">${ticket.subject}</h1>
    <p class="facts"><span>#${ticket.id}</span><span>${ticket.type ?? 'no type'}</span><span class="badge">${ticket.status}</span><span dir="auto">requested by ${requester?.name}</span><span>${brand?.name}</span>${ticket.external_id ? html`<span>external id ${ticket.external_id}</span>` : null}${ticket.tags.map((tag) => html`<span class="badge">${tag}</span>`)}</p>
    ${problems(notice)}
    <h2>Conversation</h2>
    ${comments.map((comment, index) => commentView(account, comment, index === comments.length - 1))}
    <h2 id="reply">Add a comment</h2>
    <form class="card" method="post" action="${at}/comment" enctype="multipart/form-data" aria-labelledby="reply">
      <div class="row">${actingAs(account, requester?.id)}</div>
      <fieldset><legend class="dim">Who can read it</legend>
        <label><input type="radio" name="visibility" value="public" checked> Public reply</label>
        <label><input type="radio" name="visibility" value="internal"> Internal note</label>
      </fieldset>
      <label>Comment <textarea name="body"></textarea></label>
      <label>File <input type="file" name="file" multiple></label>
      <p class="actions"><button>Add comment</button></p>
    </form>
    <h2 id="edit">Ticket fields</h2>
    <form class="card" method="post" action="${at}/edit" aria-labelledby="edit">
      <label>Subject <input name="subject" value="${ticket.subject}" dir="auto" required></label>
      <div class="row">
        ${choice('type', 'Type', TYPES, ticket.type, 'No type')}
        ${choice('priority', 'Priority', PRIORITIES, ticket.priority, 'No priority')}
        ${choice('status', 'Status', STATUSES, ticket.status)}
        ${actingAs(account)}
      </div>
      <p class="actions"><button>Save fields</button></p>
    </form>
    <form method="post" action="${at}/delete"><p class="actions"><button class="danger">Delete ticket</button></p></form>`;
}

function commentView(account: Account, comment: Comment, latest: boolean): Markup {
  const author = account.users.get(comment.author_id);
  const files = comment.attachments.filter((file) => !file.inline);
  return html`<article class="card ${comment.public ? 'public' : 'note'}" id="${latest ? 'latest' : `comment-${comment.id}`}" data-comment-id="${comment.id}">
    <p class="facts"><strong dir="auto">${author?.name}</strong>${comment.public ? null : html`<span class="badge">Internal note</span>`}<span class="dim">${comment.created_at.replace('T', ' ')}</span></p>
    <div class="body" tabindex="0" role="region" aria-label="Comment by ${author?.name}, ${comment.created_at}">${trusted(comment.html_body)}</div>
    ${files.length > 0 ? html`<ul>${files.map((file) => fileView(account, file))}</ul>` : null}
  </article>`;
}

function fileView(account: Account, file: Attachment): Markup {
  return html`<li><a href="${contentUrl(account, file)}">${file.file_name}</a> <span class="dim">${file.content_type}, ${file.size} bytes</span></li>`;
}

function problems(notice: Notice | undefined): Markup | null {
  return notice
    ? html`<div class="card" role="alert"><strong>Not saved.</strong><ul>${notice.problems.map((problem) => html`<li>${problem}</li>`)}</ul></div>`
    : null;
}

function actingAs(account: Account, also?: number): Markup {
  const customer = also === undefined ? undefined : account.users.get(also);
  const agents = agentsOf(account).filter((user) => !user.email?.startsWith('sync@'));
  const people = customer && !agents.includes(customer) ? [...agents, customer] : agents;
  return html`<label>Acting as <select name="as">${people.map((user) => html`<option value="${user.id}">${user.name} (${user.role})</option>`)}</select></label>`;
}

function choice(name: string, label: string, values: readonly string[], now: string | null, none?: string): Markup {
  return html`<label>${label} <select name="${name}">
    ${none ? html`<option value="">${none}</option>` : null}
    ${values.map((value) => html`<option value="${value}"${value === now ? trusted(' selected') : null}>${value}</option>`)}
  </select></label>`;
}
