import type { CallContext } from '../../lib/http.ts';
import type { Listing, ListPage } from '../feeds/by-second.ts';
import type { RtApi } from './api.ts';
import { fieldValue } from './wire.ts';

/** Text in RT's search language. */
export const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** In the account's own time zone, which has to be UTC. What is in another form, RT's own included, RT reads as 1970, without a word. */
const timeOf = (iso: string): string => quoted(iso.slice(0, 19).replace('T', ' '));

/** RT's lists of tickets. Each transaction, comments included, moves a ticket's time. `us`: name of our account, asked for before each question. */
export function listingOf(api: RtApi, markerField: string, us: (call: CallContext) => Promise<string>): Listing {
  const page = async (query: string, order: Parameters<RtApi['tickets']>[1], limit: number, call: CallContext): Promise<ListPage> => {
    const name = await us(call);
    const { items, total, serverTime } = await api.tickets(query, order, limit, call);
    return {
      items: items.map((ticket) => ({
        id: Number(ticket.id),
        updated: ticket.LastUpdated,
        byUs: ticket.Creator?.id === name,
        marker: fieldValue(ticket.CustomFields, markerField),
      })),
      total: total ?? Number.MAX_SAFE_INTEGER,
      serverTime,
    };
  };
  const since = (time: string | null): string => (time === null ? '' : ` AND LastUpdated >= ${timeOf(time)}`);
  return {
    newest: (time, limit, call) =>
      page(
        `id > 0${since(time)}`,
        [
          ['LastUpdated', 'DESC'],
          ['id', 'ASC'],
        ],
        limit,
        call,
      ),
    byId: (after, time, limit, call) => page(`id > ${after}${since(time)}`, [['id', 'ASC']], limit, call),
  };
}
