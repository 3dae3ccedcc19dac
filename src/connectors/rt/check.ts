import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { CheckResult } from '../connector.ts';
import type { RtApi } from './api.ts';
import { type Directory, isUtc } from './directory.ts';
import type { RtSettings } from './settings.ts';
import { hasField, mayDo, type WireQueue } from './wire.ts';

type Missing = { permission: string; consequence: string };

/** So many queues are looked at; what is missing in others shows when something is written there. */
const LOOKED_AT = 20;

/** Proves the token, and says what is missing in the queue of the settings, else in the queues that the account sees. */
export async function checkAccount(api: RtApi, directory: Directory, settings: RtSettings, call: CallContext): Promise<CheckResult> {
  const me = await directory.prove(call);
  const missing: Missing[] = [];
  if (!isUtc(me)) missing.push({ permission: `Time zone UTC of the user ${me.Name} (Admin → Users)`, consequence: 'Changes in RT are not noticed.' });
  for (const { id } of (await chosen(directory, settings, missing, call)).slice(0, LOOKED_AT))
    missing.push(...(await missingIn(api, await api.queue(String(id), call), settings.markerField, call)));
  return { account: { id: String(me.id), name: me.RealName || me.Name, email: me.EmailAddress || null }, missing, site: new URL(settings.url).host };
}

async function chosen(directory: Directory, { queue }: RtSettings, missing: Missing[], call: CallContext): Promise<WireQueue[]> {
  if (queue === undefined) {
    const queues = await directory.queues(call);
    if (queues.length === 0) missing.push({ permission: 'SeeQueue', consequence: 'There is no queue that this account sees: nothing can be synchronised.' });
    return queues;
  }
  try {
    return [await directory.named(queue, call)];
  } catch (error) {
    if (!(error instanceof TrackerError && error.kind === 'rejected')) throw error;
    missing.push({ permission: `SeeQueue (${queue})`, consequence: 'The queue does not exist, or the account does not see it: nothing can be created there.' });
    return [];
  }
}

/** RT tells rights only by what it offers: with the queue, and with a ticket of it. */
async function missingIn(api: RtApi, queue: WireQueue, field: string, call: CallContext): Promise<Missing[]> {
  const missing: Missing[] = [];
  const lacks = (right: string, consequence: string) => missing.push({ permission: `${right} (${queue.Name})`, consequence });
  if (!mayDo(queue._hyperlinks, 'create')) lacks('CreateTicket', 'Entities of the other side cannot be created here.');
  if (!hasField(queue.TicketCustomFields, field)) lacks(`Custom field “${field}” for tickets, SeeCustomField`, 'Tickets cannot be created here.');
  if (!hasField(queue.TicketTransactionCustomFields, field))
    lacks(`Custom field “${field}” for ticket transactions, SeeCustomField`, 'Comments cannot be written here.');
  const { items } = await api.tickets(`Queue = ${queue.id}`, [['id', 'DESC']], 1, call);
  const looked = items[0] && (await api.ticket(String(items[0].id), call));
  if (!looked) return missing;
  const { _hyperlinks: links } = looked.ticket;
  if (!mayDo(links, 'correspond')) lacks('ReplyToTicket', 'Public comments cannot be written here.');
  if (!mayDo(links, 'comment')) lacks('CommentOnTicket', 'Internal comments cannot be written here.');
  if (!mayDo(links, 'lifecycle')) lacks('ModifyTicket', 'Changes of the summary cannot be written here, and a public comment reopens a resolved ticket.');
  return missing;
}
