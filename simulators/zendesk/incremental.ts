import type { Answer } from '../http/answer.ts';
import type { Account } from './account.ts';
import type { Call, Route } from './call.ts';
import { invalidValue } from './errors.ts';
import type { Ticket } from './model.ts';
import { withQuery } from './pages.ts';
import { presentAudit, presentTicket } from './present.ts';
import { usersAside } from './tickets.ts';

/** The feeds of changes. Administrators only, ten requests a minute, the newest minute withheld. */
export const incrementalRoutes: Route[] = [
  { method: 'GET', path: '/api/v2/incremental/tickets/cursor', access: 'admin', scope: 'tickets', budget: 'incremental', handle: byCursor },
  { method: 'GET', path: '/api/v2/incremental/tickets', access: 'admin', scope: 'tickets', budget: 'incremental', handle: byTime },
  { method: 'GET', path: '/api/v2/incremental/ticket_events', access: 'admin', scope: 'tickets', budget: 'incremental', handle: events },
];

type Position = { at: number; id: number };

function byCursor(call: Call): Answer {
  const cursor = call.query.get('cursor');
  const startTime = cursor ? undefined : startOf(call);
  const after: Position = cursor ? decode(cursor) : { at: startTime ?? 0, id: 0 };
  const size = pageSize(call);
  const changed = feed(call.account, call.query).filter(
    (ticket) => ticket.generated_timestamp > after.at || (ticket.generated_timestamp === after.at && ticket.id > after.id),
  );
  const page = changed.slice(0, size);
  const last = page.at(-1);
  // With a cursor and nothing new the cursor stays; before the first ticket there is none to give.
  const next = last ? encode({ at: last.generated_timestamp, id: last.id }) : cursor;
  const url = `${call.account.url}${call.path}.json`;
  return {
    status: 200,
    json: {
      tickets: page.map((ticket) => presentTicket(call.account, ticket)),
      ...aside(call, page),
      after_cursor: next,
      after_url: next ? withQuery(url, call.query, { cursor: next, start_time: null }) : null,
      before_cursor: null,
      before_url: null,
      end_of_stream: changed.length <= size,
    },
  };
}

function byTime(call: Call): Answer {
  const start = startOf(call);
  const size = pageSize(call);
  const changed = feed(call.account, call.query).filter((ticket) => ticket.generated_timestamp >= start);
  const page = changed.slice(0, size);
  // A page never ends within a second, or the rest of that second would be asked for for ever.
  while (page.length > 0 && changed[page.length]?.generated_timestamp === page.at(-1)?.generated_timestamp) page.push(changed[page.length] as Ticket);
  const endOfStream = page.length === changed.length;
  const endTime = endOfStream ? newestShown(call.account) : (changed[page.length]?.generated_timestamp ?? start);
  return {
    status: 200,
    json: {
      tickets: page.map((ticket) => presentTicket(call.account, ticket)),
      ...aside(call, page),
      count: page.length,
      end_of_stream: endOfStream,
      end_time: endTime,
      next_page: withQuery(`${call.account.url}${call.path}.json`, call.query, { start_time: String(endTime) }),
    },
  };
}

function events(call: Call): Answer {
  const start = startOf(call);
  const withComments = (call.query.get('include') ?? '').split(',').includes('comment_events');
  const limit = newestShown(call.account);
  const audits = [...call.account.audits.values()].flat().filter((audit) => {
    const at = Date.parse(audit.created_at) / 1000;
    return at >= start && at < limit;
  });
  const ticketEvents = audits
    .toSorted((a, b) => a.id - b.id)
    .map((audit) => ({
      id: audit.id,
      ticket_id: audit.ticket_id,
      timestamp: Date.parse(audit.created_at) / 1000,
      created_at: audit.created_at,
      updater_id: audit.author_id,
      via: audit.via.channel,
      event_type: 'Audit',
      metadata: audit.metadata,
      child_events: presentAudit(call.account, audit)
        .events.filter((event) => withComments || event.type !== 'Comment')
        .map(({ type, ...event }) => ({ ...event, event_type: type })),
    }));
  const nextPage = withQuery(`${call.account.url}${call.path}.json`, call.query, { start_time: String(limit) });
  return { status: 200, json: { ticket_events: ticketEvents, count: ticketEvents.length, end_of_stream: true, end_time: limit, next_page: nextPage } };
}

/** Every ticket that may be shown, in the feed's order: each once, at its latest change. */
function feed(account: Account, query: URLSearchParams): Ticket[] {
  const limit = newestShown(account);
  const withoutDeleted = query.get('exclude_deleted') === 'true';
  return [...account.tickets.values()]
    .filter((ticket) => ticket.generated_timestamp < limit && !(withoutDeleted && ticket.deleted))
    .sort((a, b) => a.generated_timestamp - b.generated_timestamp || a.id - b.id);
}

/** The first second that is not shown yet. Also with nothing withheld it is the running one: a second is shown whole, or tickets would be skipped. */
function newestShown(account: Account): number {
  return Math.floor((account.clock.now() - account.settings.withheldMs) / 1000);
}

function startOf(call: Call): number {
  const text = call.query.get('start_time');
  const start = Number(text);
  if (text === null || text === '' || !Number.isInteger(start)) throw invalidValue('start_time: is required, in seconds since 1970');
  if (start > newestShown(call.account)) throw invalidValue('Too recent start_time. Use a start_time older than 60 seconds');
  return start;
}

function pageSize(call: Call): number {
  const text = call.query.get('per_page');
  const size = text === null ? 1000 : Number(text);
  if (!Number.isInteger(size) || size < 1 || size > 1000) throw invalidValue('per_page: must be between 1 and 1000');
  return size;
}

function aside(call: Call, tickets: Ticket[]) {
  return usersAside(
    call,
    tickets.flatMap((ticket) => [ticket.requester_id, ticket.submitter_id, ticket.assignee_id]),
  );
}

function encode(position: Position): string {
  return Buffer.from(`${position.at}.0||${position.id}|`).toString('base64');
}

function decode(cursor: string): Position {
  const [, at, id] = /^(\d+)\.0\|\|(\d+)\|$/.exec(Buffer.from(cursor, 'base64').toString('utf8')) ?? [];
  if (at === undefined || id === undefined) throw invalidValue('cursor: is not valid');
  return { at: Number(at), id: Number(id) };
}
