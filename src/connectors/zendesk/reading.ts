import type { EntityRef, Snapshot } from '../../core/entity.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Account } from './account.ts';
import type { WireAudit, WireComment, WirePage, WireTicket, WireUser } from './api.ts';
import type { Client } from './client.ts';
import { refusal, toldBy } from './refusals.ts';

/** Under this name our marker stands in `ticket.metadata`, and so in the audit (`metadata.custom`). */
export const MARKER = 'entente';

const missing = (ref: EntityRef): string => `Zendesk has no ticket ${ref}, or does not show it to the account that Entente uses.`;

/** Zendesk itself says that there is no such ticket. Something in between would not say it in these words. */
class NoSuchTicket extends TrackerError {
  constructor(ref: EntityRef) {
    super('not-found', missing(ref), { status: 404 });
  }
}

export async function readTicket({ client }: Account, ref: EntityRef, call: CallContext): Promise<WireTicket> {
  if (!/^\d{1,15}$/.test(ref)) throw new TrackerError('not-found', missing(ref));
  const what = `Reading ticket ${ref}`;
  const response = await client.request({ method: 'GET', path: `/api/v2/tickets/${ref}.json`, what, expect: 404 }, call);
  if (response.status !== 404) return response.json<{ ticket: WireTicket }>().ticket;
  throw toldBy(response.text).code === 'RecordNotFound' ? new NoSuchTicket(ref) : refusal(response, what, client.host);
}

/** The ref for `4711`, `#4711` or a ticket's address. Throws `not-found`. */
export async function findTicket(account: Account, urn: string, call: CallContext): Promise<EntityRef> {
  const { client } = account;
  const text = urn.trim();
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  const id = url ? /\/(?:tickets|requests)\/(\d+)(?:\.json)?\/?$/.exec(url.pathname)?.[1] : /^#?(\d{1,15})$/.exec(text)?.[1];
  if (!id) throw new TrackerError('not-found', `“${urn}” is not the number or the address of a Zendesk ticket.`);
  if (url && url.origin !== client.origin) throw new TrackerError('not-found', `“${urn}” belongs to another account than ${client.host}.`);
  return String((await readTicket(account, id, call)).id);
}

/** Two calls, and one more for each further hundred comments. */
export async function fetchTicket(account: Account, ref: EntityRef, call: CallContext): Promise<Snapshot | 'gone'> {
  const me = await account.me(call);
  let ticket: WireTicket;
  try {
    // The ticket first: what is commented in between then belongs to a later version, and is looked at again.
    ticket = await readTicket(account, ref, call);
  } catch (error) {
    // Zendesk hides tickets from agents as if they did not exist. From an administrator it hides none.
    if (error instanceof NoSuchTicket && me.role === 'admin') return 'gone';
    throw error;
  }
  if (ticket.status === 'deleted') return 'gone';
  const comments: WireComment[] = [];
  const users = new Map<number, WireUser>();
  const path = `/api/v2/tickets/${ref}/comments.json?include=users&include_inline_images=true`;
  for await (const page of account.client.pages<WirePage & { comments: WireComment[]; users?: WireUser[] }>(
    path,
    `Reading the comments of ticket ${ref}`,
    call,
  )) {
    comments.push(...page.comments);
    for (const user of page.users ?? []) if (user.id) users.set(user.id, user);
  }
  return account.snapshot(me, ticket, comments, users);
}

/** A ticket that is known to be there. Throws `not-found`. */
export async function fetchExisting(account: Account, ref: EntityRef, call: CallContext): Promise<Snapshot> {
  const snapshot = await fetchTicket(account, ref, call);
  if (snapshot === 'gone') throw new NoSuchTicket(ref);
  return snapshot;
}

/** The ticket with this marker, by the list of tickets, which is up to date at once. */
export async function byExternalId(account: Account, marker: string, call: CallContext): Promise<Snapshot | null> {
  const path = `/api/v2/tickets.json?external_id=${encodeURIComponent(marker)}`;
  const { tickets } = await account.client.get<{ tickets: WireTicket[] }>(path, 'Looking for a ticket', call);
  return oldest(account, tickets, marker, call);
}

/** As `byExternalId`, and by the search index: the list leaves archived tickets out, the index has them, though late. */
export async function byMarker(account: Account, marker: string, call: CallContext): Promise<Snapshot | null> {
  const listed = await byExternalId(account, marker, call);
  if (listed) return listed;
  const query = encodeURIComponent(`type:ticket external_id:"${marker.replaceAll('"', '')}"`);
  const { results } = await account.client.get<{ results: WireTicket[] }>(`/api/v2/search.json?query=${query}`, 'Searching for a ticket', call);
  return oldest(account, results, marker, call);
}

async function oldest(account: Account, tickets: readonly WireTicket[], marker: string, call: CallContext): Promise<Snapshot | null> {
  // external_id is not unique, and searches are not exact.
  const ids = tickets.filter((ticket) => ticket.external_id === marker).map(({ id }) => id);
  if (!ids.length) return null;
  const snapshot = await fetchTicket(account, String(Math.min(...ids)), call);
  return snapshot === 'gone' ? null : snapshot;
}

/** The markers of our comments, by comment id, from the ticket's history. */
export async function markersIn(client: Client, ref: EntityRef, call: CallContext): Promise<Readonly<Record<string, string>>> {
  const markers: Record<string, string> = {};
  const path = `/api/v2/tickets/${ref}/audits.json`;
  for await (const page of client.pages<WirePage & { audits: WireAudit[] }>(path, `Reading the history of ticket ${ref}`, call))
    for (const { events, metadata } of page.audits) {
      const marker = metadata?.custom?.[MARKER];
      const comment = events.find(({ type }) => type === 'Comment');
      if (typeof marker === 'string' && comment) markers[String(comment.id)] = marker;
    }
  return markers;
}
