import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { formOf, seeOther } from '../http/form.ts';
import { html } from '../http/html.ts';
import type { Account } from './account.ts';
import { listView, type Notice, ticketView } from './agent-views.ts';
import { answerAppPage } from './app-pages.ts';
import { ApiError, invalidRecord } from './errors.ts';
import type { Ticket, User } from './model.ts';
import { page } from './page.ts';
import { agentsOf } from './people.ts';
import { createTicket, deleteTicket, updateTicket, WEB } from './ticket-changes.ts';
import { addAttachment, grantUpload } from './uploads.ts';

/** Answers `/agent…`: the pages on which a person works with tickets. Undefined for a path that it does not have. */
export async function answerAgentPage(account: Account, req: IncomingMessage, url: URL): Promise<Answer | undefined> {
  if (url.pathname === '/') return seeOther('/agent');
  if (/^\/agent(\/tickets)?\/?$/.test(url.pathname)) {
    return req.method === 'POST' ? create(account, await formOf(req)) : page(account, 'Tickets', listView(account, url.searchParams, undefined));
  }
  const app = await answerAppPage(account, req.method ?? 'GET', url, () => formOf(req));
  if (app) return app;
  const [, id, action] = /^\/agent\/tickets\/(\d+)(?:\/(edit|comment|delete))?\/?$/.exec(url.pathname) ?? [];
  if (id === undefined) return undefined;
  const ticket = account.tickets.get(Number(id));
  if (!ticket || ticket.deleted)
    return { ...page(account, 'No such ticket', html`<h1>No such ticket</h1><p>Ticket ${id} does not exist, or has been deleted.</p>`), status: 404 };
  if (req.method !== 'POST') return page(account, `#${ticket.id} ${ticket.subject}`, ticketView(account, ticket, undefined));
  return change(account, ticket, action, await formOf(req));
}

async function create(account: Account, form: FormData): Promise<Answer> {
  return attempt(
    account,
    () => {
      const { ticket } = createTicket(
        account,
        actorOf(account, form),
        { subject: text(form, 'subject'), type: text(form, 'type') || null, comment: { body: text(form, 'body') } },
        WEB,
      );
      return seeOther(`/agent/tickets/${ticket.id}`);
    },
    (notice) => listView(account, new URLSearchParams(), notice),
  );
}

async function change(account: Account, ticket: Ticket, action: string | undefined, form: FormData): Promise<Answer> {
  const actor = actorOf(account, form);
  const uploads = action === 'comment' ? await filesOf(account, form) : [];
  return attempt(
    account,
    () => {
      if (action === 'delete') {
        deleteTicket(account, actor, ticket);
        return seeOther('/agent');
      }
      if (action === 'edit') updateTicket(account, actor, ticket, editsOf(form), WEB);
      if (action === 'comment') {
        if (text(form, 'body').trim() === '' && uploads.length === 0) throw invalidRecord({ comment: [{ description: 'Write a comment or choose a file' }] });
        const comment = { body: text(form, 'body'), public: text(form, 'visibility') !== 'internal', author_id: actor.id, uploads };
        updateTicket(account, actor, ticket, { comment }, WEB);
      }
      return seeOther(`/agent/tickets/${ticket.id}#latest`);
    },
    (notice) => ticketView(account, ticket, notice),
  );
}

/** A refusal is shown on the page that the person is on. */
function attempt(account: Account, work: () => Answer, view: (notice: Notice) => ReturnType<typeof html>): Answer {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { details } = (error.answer.json ?? {}) as { details?: Record<string, { description: string }[]> };
    const problems = Object.values(details ?? {}).flat();
    return {
      ...page(account, 'Not saved', view({ problems: problems.length > 0 ? problems.map((problem) => problem.description) : [error.message] })),
      status: error.answer.status,
    };
  }
}

function editsOf(form: FormData): Record<string, unknown> {
  return { subject: text(form, 'subject'), type: text(form, 'type') || null, priority: text(form, 'priority') || null, status: text(form, 'status') };
}

async function filesOf(account: Account, form: FormData): Promise<string[]> {
  const files = form.getAll('file').filter((entry) => typeof entry !== 'string' && entry.name !== '');
  const attachments = [];
  for (const file of files) {
    if (typeof file === 'string') continue;
    const stored = await account.files.storeBytes(Buffer.from(await file.arrayBuffer()));
    attachments.push(await addAttachment(account, { name: file.name, type: file.type || 'application/octet-stream', ...stored }));
  }
  return attachments.length > 0 ? [grantUpload(account, attachments)] : [];
}

function actorOf(account: Account, form: FormData): User {
  const actor = account.users.get(Number(form.get('as'))) ?? agentsOf(account)[0];
  if (!actor) throw new Error('The account has no agents.');
  return actor;
}

function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
