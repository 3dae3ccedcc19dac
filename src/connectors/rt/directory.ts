import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import { Remembered } from '../../lib/remembered.ts';
import type { RtApi } from './api.ts';
import { hasField, type WireAccount, type WireQueue } from './wire.ts';

/** How long what administrators change rarely is believed, in milliseconds. */
const FRESH = 300_000;

/** In another zone a time would be read wrongly, and twice a year could not be told at all. */
export const isUtc = ({ Timezone: zone }: WireAccount): boolean => /^(?:(?:Etc\/)?(?:UTC|GMT|UCT|Universal|Zulu))$/.test(zone ?? '');

/** Our account and the queues, remembered for a while. */
export class Directory {
  readonly #api: RtApi;
  readonly #markerField: string;
  readonly #kept: Remembered;

  constructor(api: RtApi, now: () => number, markerField: string) {
    this.#api = api;
    this.#kept = new Remembered(FRESH, now);
    this.#markerField = markerField;
  }

  me(call: CallContext): Promise<WireAccount> {
    return this.#kept.get('me', () => this.#api.me(call));
  }

  /** Asks again: is the token still good? Throws `auth`. */
  prove(call: CallContext): Promise<WireAccount> {
    this.#kept.forget('me');
    return this.me(call);
  }

  /** Our account. Throws `protocol` unless its clock is in UTC. */
  async onTime(call: CallContext): Promise<WireAccount> {
    const me = await this.me(call);
    if (isUtc(me)) return me;
    // Somebody may have set it just now.
    const now = await this.prove(call);
    if (isUtc(now)) return now;
    throw new TrackerError(
      'protocol',
      `Set the time zone of RT's user ${me.Name} to UTC (Admin → Users): RT takes each time for one of the account's own zone, so changes would be missed.`,
    );
  }

  queues(call: CallContext): Promise<WireQueue[]> {
    return this.#kept.get('queues', () => this.#api.queues(call));
  }

  /** A queue by its number or name. Throws `rejected`. */
  async named(wanted: string, call: CallContext): Promise<WireQueue> {
    const queues = await this.queues(call);
    const found = queues.find(({ id }) => String(id) === wanted) ?? queues.find(({ Name: name }) => name.toLowerCase() === wanted.trim().toLowerCase());
    if (found) return found;
    const names = queues.map(({ Name: name }) => name).join(', ') || 'none';
    throw new TrackerError('rejected', `This account sees no queue “${wanted}” in RT. It sees: ${names}.`, { field: 'scope' });
  }

  /**
   * Throws `rejected` unless tickets, or comments, of this queue can hold our marker: RT ignores a field that it does not know, and what is not marked
   * could be created twice.
   */
  async demandField(queue: string, of: 'tickets' | 'comments', call: CallContext): Promise<void> {
    const has = async (): Promise<boolean> => {
      const { TicketCustomFields: tickets, TicketTransactionCustomFields: comments } = await this.#kept.get(`queue ${queue}`, () =>
        this.#api.queue(queue, call),
      );
      return hasField(of === 'tickets' ? tickets : comments, this.#markerField);
    };
    if (await has()) return;
    // Somebody may have made it just now.
    this.#kept.forget(`queue ${queue}`);
    if (await has()) return;
    throw new TrackerError(
      'rejected',
      `In RT, ${of === 'tickets' ? 'tickets' : 'ticket transactions'} of queue ${queue} have no custom field “${this.#markerField}” that this account sees. Create it (Admin → Custom Fields), apply it to the queue, and grant SeeCustomField and ModifyCustomField.`,
      { field: of === 'tickets' ? 'scope' : 'comment' },
    );
  }
}
