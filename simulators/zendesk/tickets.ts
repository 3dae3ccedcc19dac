import type { Account } from './account.ts';
import type { Call, Route } from './call.ts';
import { forbidden, invalidAttribute, invalidValue, notFound } from './errors.ts';
import type { IdempotencyKeys } from './idempotency.ts';
import type { Ticket, User } from './model.ts';
import { paginate } from './pages.ts';
import { presentAudit, presentTicket, presentUser } from './present.ts';
import { createTicket, deleteTicket, restoreTicket, updateTicket } from './ticket-changes.ts';
import { normaliseTags } from './ticket-fields.ts';

/** The tickets' own endpoints. */
export function ticketRoutes(keys: IdempotencyKeys): Route[] {
  const scope = 'tickets';
  return [
    { method: 'GET', path: '/api/v2/tickets', access: 'agent', scope, handle: list },
    { method: 'GET', path: '/api/v2/tickets/count', access: 'agent', scope, handle: count },
    { method: 'GET', path: '/api/v2/tickets/show_many', access: 'agent', scope, handle: showMany },
    {
      method: 'POST',
      path: '/api/v2/tickets',
      access: 'agent',
      scope,
      handle(call) {
        const key = call.headers['idempotency-key'];
        return keys.once(typeof key === 'string' ? key : undefined, call.body, () => {
          const { ticket, audit } = createTicket(call.account, call.user, ticketInput(call));
          const shown = presentTicket(call.account, ticket);
          return { status: 201, headers: { location: shown.url }, json: { ticket: shown, audit: presentAudit(call.account, audit) } };
        });
      },
    },
    { method: 'GET', path: '/api/v2/tickets/:id', access: 'agent', scope, handle: show },
    { method: 'PUT', path: '/api/v2/tickets/:id', access: 'agent', scope, budget: 'updateTicket', handle: update },
    { method: 'DELETE', path: '/api/v2/tickets/:id', access: 'agent', scope, handle: remove },
    { method: 'GET', path: '/api/v2/tickets/:id/audits', access: 'agent', scope, handle: audits },
    { method: 'GET', path: '/api/v2/tickets/:id/audits/:audit', access: 'agent', scope, handle: audit },
    { method: 'GET', path: '/api/v2/tickets/:id/tags', access: 'agent', scope, handle: (call) => tags(call, 200, (now) => now) },
    { method: 'POST', path: '/api/v2/tickets/:id/tags', access: 'agent', scope, handle: (call) => tags(call, 201, (_now, given) => given) },
    { method: 'PUT', path: '/api/v2/tickets/:id/tags', access: 'agent', scope, handle: (call) => tags(call, 200, (now, given) => [...now, ...given]) },
    { method: 'DELETE', path: '/api/v2/tickets/:id/tags', access: 'agent', scope, handle: removeTags },
    { method: 'GET', path: '/api/v2/deleted_tickets', access: 'agent', scope, handle: listDeleted },
    { method: 'PUT', path: '/api/v2/deleted_tickets/:id/restore', access: 'agent', scope, handle: restore },
  ];
}

/** The ticket that a request is about. One that is deleted, or hidden from this user, is not found. */
export function ticketOf(call: Call): Ticket {
  const ticket = call.account.tickets.get(Number(call.params.id));
  if (!ticket || ticket.deleted || !maySee(call.user, ticket)) throw notFound();
  return ticket;
}

export function maySee(user: User, ticket: Ticket): boolean {
  if (user.role === 'end-user') return ticket.requester_id === user.id;
  if (user.ticket_restriction === 'assigned') return ticket.assignee_id === user.id;
  if (user.ticket_restriction === 'groups') return ticket.group_id !== null && user.group_ids.includes(ticket.group_id);
  return true;
}

/** Users that the answer's ids point at, where `include=users` asks for them. */
export function usersAside(call: Call, ids: Iterable<number | null>): { users?: unknown[] } {
  if (!(call.query.get('include') ?? '').split(',').includes('users')) return {};
  const users = [...new Set(ids)].flatMap((id) => (id === null ? [] : (call.account.users.get(id) ?? [])));
  return { users: users.map((user) => presentUser(call.account, user)) };
}

function list(call: Call) {
  const external = call.query.get('external_id');
  const sort = call.query.get('sort') ?? 'id';
  const field = sort.replace(/^-/, '');
  if (!['id', 'updated_at'].includes(field)) throw invalidValue(`sort: ${sort} is not valid`);
  const visible = [...call.account.tickets.values()].filter(
    (ticket) => !ticket.deleted && maySee(call.user, ticket) && (external === null || ticket.external_id === external),
  );
  const order = {
    key: (ticket: Ticket) => (field === 'id' ? ticket.id : ticket.updated_at),
    id: (ticket: Ticket) => ticket.id,
    descending: sort.startsWith('-'),
  };
  const { page, paging } = paginate(visible, order, call.query, `${call.account.url}${call.path}`);
  return { status: 200, json: { tickets: page.map((ticket) => presentTicket(call.account, ticket)), ...usersAside(call, peopleOf(page)), ...paging } };
}

function count(call: Call) {
  const value = [...call.account.tickets.values()].filter((ticket) => !ticket.deleted).length;
  return { status: 200, json: { count: { value, refreshed_at: new Date(call.account.clock.now()).toISOString() } } };
}

function showMany(call: Call) {
  const ids = (call.query.get('ids') ?? '').split(',').filter(Boolean).map(Number);
  if (ids.length > 100) throw invalidValue('ids: at most 100 tickets can be shown at once');
  const tickets = ids.flatMap((id) => call.account.tickets.get(id) ?? []).filter((ticket) => !ticket.deleted && maySee(call.user, ticket));
  return {
    status: 200,
    json: {
      tickets: tickets.map((ticket) => presentTicket(call.account, ticket)),
      ...usersAside(call, peopleOf(tickets)),
      count: tickets.length,
      next_page: null,
      previous_page: null,
    },
  };
}

function show(call: Call) {
  const ticket = ticketOf(call);
  return { status: 200, json: { ticket: presentTicket(call.account, ticket), ...usersAside(call, peopleOf([ticket])) } };
}

function update(call: Call) {
  const { ticket, audit } = updateTicket(call.account, call.user, ticketOf(call), ticketInput(call));
  return { status: 200, json: { ticket: presentTicket(call.account, ticket), audit: presentAudit(call.account, audit) } };
}

function remove(call: Call) {
  deleteTicket(call.account, call.user, ticketOf(call));
  return { status: 204 };
}

function audits(call: Call) {
  const ticket = ticketOf(call);
  const descending = call.query.get('sort') === '-created_at' || call.query.get('sort_order') === 'desc';
  const all = call.account.audits.get(ticket.id) ?? [];
  const order = { key: () => 0, id: (audit: { id: number }) => audit.id, descending };
  const { page, paging } = paginate(all, order, call.query, `${call.account.url}${call.path}`);
  return { status: 200, json: { audits: page.map((audit) => presentAudit(call.account, audit)), ...paging } };
}

function audit(call: Call) {
  const ticket = ticketOf(call);
  const found = call.account.audits.get(ticket.id)?.find((one) => one.id === Number(call.params.audit));
  if (!found) throw notFound();
  return { status: 200, json: { audit: presentAudit(call.account, found) } };
}

function tags(call: Call, status: number, combine: (now: string[], given: string[]) => string[]) {
  const ticket = ticketOf(call);
  if (call.method !== 'GET') updateTicket(call.account, call.user, ticket, { tags: combine(ticket.tags, normaliseTags(call.body.tags)) });
  return { status, json: { tags: ticket.tags } };
}

function removeTags(call: Call) {
  const ticket = ticketOf(call);
  const gone = new Set(normaliseTags(call.body.tags));
  updateTicket(call.account, call.user, ticket, { tags: ticket.tags.filter((tag) => !gone.has(tag)) });
  return { status: 204 };
}

function listDeleted(call: Call) {
  const deleted = [...call.account.tickets.values()].filter((ticket) => ticket.deleted && maySee(call.user, ticket));
  const { page, paging } = paginate(deleted, { key: (ticket) => ticket.id, id: (ticket) => ticket.id }, call.query, `${call.account.url}${call.path}`);
  return { status: 200, json: { deleted_tickets: page.map((ticket) => presentDeleted(call.account, ticket)), ...paging } };
}

function presentDeleted(account: Account, ticket: Ticket) {
  const by = ticket.deleted?.by ?? 0;
  return {
    id: ticket.id,
    subject: ticket.subject,
    description: ticket.description,
    actor: { id: by, name: account.users.get(by)?.name ?? '' },
    deleted_at: ticket.deleted?.at,
    previous_state: ticket.status,
  };
}

function restore(call: Call) {
  if (call.user.role === 'end-user') throw forbidden();
  const ticket = call.account.tickets.get(Number(call.params.id));
  if (!ticket?.deleted) throw notFound();
  restoreTicket(call.account, call.user, ticket);
  return { status: 200, json: {} };
}

function ticketInput(call: Call): Record<string, unknown> {
  const ticket = call.body.ticket;
  if (typeof ticket !== 'object' || ticket === null || Array.isArray(ticket)) throw invalidAttribute('ticket');
  return ticket as Record<string, unknown>;
}

function peopleOf(tickets: Ticket[]): (number | null)[] {
  return tickets.flatMap((ticket) => [ticket.requester_id, ticket.submitter_id, ticket.assignee_id]);
}
