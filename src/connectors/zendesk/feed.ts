import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { ChangePage } from '../connector.ts';
import type { WireFeed } from './api.ts';
import { type Client, FEED } from './client.ts';

/** Zendesk refuses a start within the last minute; another one is for clocks that differ. */
const BEHIND_MS = 120_000;
/**
 * A page of the incremental export. Our cursors are `t:SECONDS` (Zendesk has not given one yet) and `c:CURSOR`. The newest minute is withheld by Zendesk, so
 * that nothing within a second is skipped.
 */
export async function changesSince(
  client: Client,
  cursor: string | null,
  { now, me, pageSize }: { now: number; me: number; pageSize: number },
  call: CallContext,
): Promise<ChangePage> {
  if (cursor === null) return { items: [], cursor: `t:${Math.floor((now - BEHIND_MS) / 1000)}`, more: false };
  const [, kind, place = ''] = /^(t|c):(.+)$/s.exec(cursor) ?? [];
  if (!kind || (kind === 't' && !/^\d+$/.test(place))) throw expired();
  const query = kind === 't' ? `start_time=${place}` : `cursor=${encodeURIComponent(place)}`;
  let feed: WireFeed;
  try {
    feed = await client.get<WireFeed>(`/api/v2/incremental/tickets/cursor.json?${query}&per_page=${pageSize}`, 'Asking for changes', call, FEED);
  } catch (error) {
    if (error instanceof TrackerError && error.kind === 'rejected') throw expired(error);
    throw error;
  }
  const items = feed.tickets.map((ticket) => ({
    ref: String(ticket.id),
    version: ticket.status === 'deleted' ? null : ticket.updated_at,
    gone: ticket.status === 'deleted',
    byUs: ticket.submitter_id === me,
    marker: ticket.external_id,
  }));
  return { items, cursor: feed.after_cursor ? `c:${feed.after_cursor}` : cursor, more: !feed.end_of_stream };
}

const expired = (cause?: unknown): TrackerError =>
  new TrackerError('cursor-expired', 'Zendesk does not know this place in its list of changes any more.', { cause });
