import type { Answer } from '../http/answer.ts';
import type { Account } from './account.ts';
import type { Call, Route } from './call.ts';
import { ApiError, invalidValue } from './errors.ts';
import { htmlToText } from './html-body.ts';
import { STATUSES, type Ticket } from './model.ts';
import { paginate } from './pages.ts';
import { presentTicket } from './present.ts';
import { maySee } from './tickets.ts';

/** A ticket as the index knows it: a copy, made some time after the change. */
interface Entry {
  ticket: Ticket;
  /** Subject and comments in lower case; put together when somebody looks for words. */
  words: () => string;
}

export interface SearchIndex {
  /** The tickets that the index knows at this moment. */
  entries(): Entry[];
}

/** An index that hears of each change at once and shows it `searchLagMs` later. */
export function createSearchIndex(account: Account): SearchIndex {
  const entries = new Map<number, Entry>();
  let waiting: { at: number; entry: Entry }[] = [];
  const settle = () => {
    const due = account.clock.now() - account.settings.searchLagMs;
    const ripe = waiting.findIndex(({ at }) => at > due);
    const settled = ripe === -1 ? waiting : waiting.slice(0, ripe);
    waiting = ripe === -1 ? [] : waiting.slice(ripe);
    for (const { entry } of settled) entries.set(entry.ticket.id, entry);
  };
  account.listeners.push(({ ticket }) => {
    const at = account.clock.now();
    const last = waiting.at(-1);
    // One change makes several events: they are one entry.
    if (last && last.at === at && last.entry.ticket.id === ticket.id) waiting.pop();
    else if (waiting.length > 1_000) settle();
    const bodies = (account.comments.get(ticket.id) ?? []).map((comment) => comment.html_body);
    let words: string | undefined;
    const copy = { ...ticket };
    const put = () => [copy.subject, ...bodies.map((body) => htmlToText(body))].join('\n').toLowerCase();
    const entry: Entry = {
      ticket: copy,
      words: () => {
        words ??= put();
        return words;
      },
    };
    waiting.push({ at, entry });
  });
  return {
    entries() {
      settle();
      return [...entries.values()].filter(({ ticket }) => !ticket.deleted);
    },
  };
}

/** Searching tickets. The index is behind, and shows no more than a thousand results. */
export function searchRoutes(index: SearchIndex): Route[] {
  const scope = 'read';
  return [
    {
      method: 'GET',
      path: '/api/v2/search',
      access: 'agent',
      scope,
      handle(call) {
        const found = matching(call, index);
        const by = call.query.get('sort_by') ?? 'relevance';
        const key = (ticket: Ticket) => (by === 'created_at' || by === 'updated_at' ? ticket[by] : ticket.id);
        if (Math.max(1, Number(call.query.get('page')) || 1) * (Number(call.query.get('per_page')) || 100) > 1000) {
          throw new ApiError(422, { error: 'InvalidSearch', description: 'Invalid search: cannot access more than 1000 results' });
        }
        const order = { key, id: (ticket: Ticket) => ticket.id, descending: call.query.get('sort_order') !== 'asc' };
        const { page, paging } = paginate(found, order, withoutCursor(call.query), `${call.account.url}${call.path}`);
        return { status: 200, json: { results: page.map((ticket) => result(call.account, ticket)), facets: null, ...paging } };
      },
    },
    {
      method: 'GET',
      path: '/api/v2/search/count',
      access: 'agent',
      scope,
      handle: (call): Answer => ({ status: 200, json: { count: matching(call, index).length } }),
    },
    {
      method: 'GET',
      path: '/api/v2/search/export',
      access: 'agent',
      scope,
      handle(call) {
        if (call.query.get('filter[type]') !== 'ticket') throw invalidValue('filter[type]: only ticket is simulated');
        const query = new URLSearchParams(call.query);
        if (!query.has('page[size]')) query.set('page[size]', '100');
        const { page, paging } = paginate(
          matching(call, index),
          { key: (ticket) => ticket.created_at, id: (ticket) => ticket.id },
          query,
          `${call.account.url}${call.path}`,
        );
        return { status: 200, json: { results: page.map((ticket) => result(call.account, ticket)), facets: null, ...paging } };
      },
    },
  ];
}

function matching(call: Call, index: SearchIndex): Ticket[] {
  const query = call.query.get('query');
  if (query === null || query.trim() === '') throw invalidValue('query: cannot be blank');
  const terms = termsOf(query);
  if (terms.some((term) => term.field === 'type' && term.value !== 'ticket' && !isTicketType(term.value))) return [];
  return index
    .entries()
    .filter((entry) => maySee(call.user, entry.ticket) && terms.every((term) => holds(call.account, entry, term) !== term.negated))
    .map((entry) => entry.ticket);
}

interface Term {
  field: string | null;
  operator: string;
  value: string;
  negated: boolean;
}

/** `status<solved -tags:vip subject:"two words" free words`. */
function termsOf(query: string): Term[] {
  return [...query.matchAll(/(-?)(?:([a-z_]+)(:|<=|>=|<|>))?(?:"([^"]*)"|([^\s"]+))/gi)].map(([, minus, field, operator, quoted, word]) => ({
    field: field?.toLowerCase() ?? null,
    operator: operator ?? ':',
    value: (quoted ?? word ?? '').toLowerCase(),
    negated: minus === '-',
  }));
}

function holds(account: Account, { ticket, words }: Entry, term: Term): boolean {
  const { field, operator, value } = term;
  const person = (id: number | null) => value === (id === null ? 'none' : account.users.get(id)?.email) || value === String(id);
  switch (field) {
    case null:
      return words().includes(value) || String(ticket.id) === value;
    case 'type':
      return value === 'ticket' || ticket.type === value;
    case 'ticket_type':
      return (ticket.type ?? 'none') === value;
    case 'external_id':
      return (ticket.external_id ?? 'none').toLowerCase() === value;
    case 'status':
      return ordered(STATUSES.indexOf(ticket.status), operator, (STATUSES as readonly string[]).indexOf(value));
    case 'priority':
      return (ticket.priority ?? 'none') === value;
    case 'tags':
      return value === 'none' ? ticket.tags.length === 0 : ticket.tags.includes(value);
    case 'subject':
      return ticket.subject.toLowerCase().includes(value.replaceAll('*', ''));
    case 'description':
      return ticket.description.toLowerCase().includes(value.replaceAll('*', ''));
    case 'brand':
      return account.brands.some((brand) => brand.id === ticket.brand_id && (brand.name.toLowerCase() === value || String(brand.id) === value));
    case 'brand_id':
      return String(ticket.brand_id) === value;
    case 'requester':
      return person(ticket.requester_id);
    case 'assignee':
      return person(ticket.assignee_id);
    case 'created':
      return onDate(ticket.created_at, operator, value);
    case 'updated':
      return onDate(ticket.updated_at, operator, value);
    default:
      throw new ApiError(422, { error: 'InvalidSearch', description: `Invalid search: the simulator does not know "${field}"` });
  }
}

function onDate(stamp: string, operator: string, value: string): boolean {
  const wanted = Date.parse(value.toUpperCase());
  if (Number.isNaN(wanted)) throw new ApiError(422, { error: 'InvalidSearch', description: `Invalid search: ${value} is not a date` });
  if (operator === ':') return stamp.startsWith(new Date(wanted).toISOString().slice(0, 10));
  return ordered(Date.parse(stamp), operator, wanted);
}

function ordered(left: number, operator: string, right: number): boolean {
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  if (operator === '>') return left > right;
  if (operator === '>=') return left >= right;
  return left === right;
}

function isTicketType(value: string): boolean {
  return ['problem', 'incident', 'question', 'task'].includes(value);
}

function result(account: Account, ticket: Ticket) {
  return { ...presentTicket(account, ticket), result_type: 'ticket' };
}

function withoutCursor(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => !name.startsWith('page[')));
}
