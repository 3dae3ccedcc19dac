import type { EntityRef, FieldValue, Snapshot } from '../../core/entity.ts';
import type { RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Capabilities, Change, ChangePage, CheckResult, Description, Draft, Tracker, TrackerDeps } from '../connector.ts';
import { SecondFeed } from '../feeds/by-second.ts';
import { LARGEST_PAGE, RtApi } from './api.ts';
import { checkAccount } from './check.ts';
import { Directory } from './directory.ts';
import { openFile } from './files.ts';
import { listingOf, quoted } from './listing.ts';
import { SUBJECT_BYTES, settleField, snapshotOf, type View } from './map.ts';
import { Reader } from './reading.ts';
import type { RtSettings } from './settings.ts';
import { settleText } from './text.ts';
import { fieldValue } from './wire.ts';
import { applyChange, createTicket, partly, type Tools } from './write.ts';

export function capabilitiesOf({ attachmentMaxMb }: Pick<RtSettings, 'attachmentMaxMb'>): Capabilities {
  return {
    compareAndSet: true,
    journal: false,
    oneWrite: false,
    exactVersions: true,
    entityMarker: 'atomic',
    comments: { internal: true, edit: false, delete: false, hide: false, publish: false, marker: 'atomic' },
    files: { add: 'comment', delete: false, maxBytes: attachmentMaxMb * 1024 * 1024 },
    settleMs: 60_000,
    searchLagMs: 0,
    // Of ASCII; of other scripts fewer, since RT counts bytes.
    summary: { maxChars: SUBJECT_BYTES, support: 'full' },
    // RT takes $MaxAttachmentSize; every fetch reads it.
    description: { maxBytes: 1_000_000, support: 'full', edit: false },
    richText: 'html',
    webhooks: false,
    backLinks: false,
  };
}

/** One account of an RT. `pageSize`: items on a page of the feed, for tests. */
export class RtTracker implements Tracker {
  readonly capabilities: Capabilities;
  readonly files: NonNullable<Tracker['files']>;
  readonly #settings: RtSettings;
  readonly #api: RtApi;
  readonly #directory: Directory;
  readonly #reader: Reader;
  readonly #feed: SecondFeed;

  constructor(settings: RtSettings, deps: TrackerDeps, pageSize = LARGEST_PAGE) {
    this.#settings = { ...settings, url: settings.url.replace(/\/+$/, '') };
    this.#api = new RtApi(deps.http, this.#settings.url, settings.token);
    this.#directory = new Directory(this.#api, () => deps.now(), settings.markerField);
    this.#reader = new Reader(this.#api);
    const us = async (call: CallContext) => (await this.#directory.onTime(call)).Name;
    this.#feed = new SecondFeed(listingOf(this.#api, settings.markerField, us), () => deps.now(), pageSize);
    this.capabilities = capabilitiesOf(settings);
    this.files = { open: (_ref, id, call) => openFile(this.#api, id, call) };
  }

  check(call: CallContext): Promise<CheckResult> {
    return checkAccount(this.#api, this.#directory, this.#settings, call);
  }

  async describe(_scope: string | null, call: CallContext): Promise<Description> {
    return {
      types: [],
      scopes: (await this.#directory.queues(call)).map(({ id, Name: name }) => ({ id: String(id), name })),
      fields: [
        { name: 'summary', kind: 'text', support: 'full' },
        { name: 'description', kind: 'rich', support: 'full' },
      ],
    };
  }

  async find(urn: string, call: CallContext): Promise<EntityRef> {
    const { host, pathname } = new URL(this.#settings.url);
    const typed = urn.trim();
    const [, elsewhere, place] = /^https?:\/\/([^/]+)(\/.*)$/i.exec(typed) ?? [];
    const prefix = `${pathname.replace(/\/$/, '')}/`;
    const ref =
      elsewhere === undefined
        ? /^(?:[\p{L}\p{N} _-]*#)?([1-9]\d{0,14})$/u.exec(typed)?.[1]
        : elsewhere.toLowerCase() === host && place?.startsWith(prefix)
          ? /^(?:Ticket|SelfService|m\/ticket)\/[\w/]*(?:\.html)?\?(?:[^#]*[&;])?id=([1-9]\d{0,14})(?:[&;#]|$)/i.exec(place.slice(prefix.length))?.[1]
          : undefined;
    if (!ref) throw new TrackerError('not-found', `“${urn}” is not the number of a ticket in ${this.#settings.url}.`);
    const found = await this.fetch(ref, call);
    if (found === 'gone')
      throw new TrackerError('not-found', `There is no ticket ${ref} in ${this.#settings.url}: it was deleted, or merged into another one.`);
    return found.ref;
  }

  async fetch(ref: EntityRef, call: CallContext): Promise<Snapshot | 'gone'> {
    if (!/^[1-9]\d{0,14}$/.test(ref)) throw new TrackerError('not-found', `“${ref}” is not the number of a ticket in RT.`);
    const whole = await this.#reader.whole(ref, call);
    if (whole === 'gone') return 'gone';
    if (whole) return snapshotOf(whole, await this.#view(call));
    // RT says 403 to an account that may not see a ticket: 404 means that it does not exist, if we are who we think that we are.
    await this.#directory.prove(call).catch((error: unknown) => {
      if (!(error instanceof TrackerError && error.status === 404)) throw error;
      throw new TrackerError('not-found', `${this.#settings.url} does not find ticket ${ref}, nor our own account: something else answers there.`, {
        status: 404,
      });
    });
    return 'gone';
  }

  async create(draft: Draft, marker: string, call: CallContext): Promise<{ snapshot: Snapshot; files: Applied['files'] }> {
    const wanted = draft.scope ?? this.#settings.queue;
    if (!wanted)
      throw new TrackerError('rejected', 'Choose the queue in which tickets are created (in the connection, or in the settings of this instance).', {
        field: 'scope',
      });
    const queue = String((await this.#directory.named(wanted, call)).id);
    const there = await this.#marked(marker, call);
    if (there) return { snapshot: await this.#see(there, call), files: [] };
    const tools = await this.#tools(call);
    const ref = await createTicket(tools, draft, marker, queue, call);
    try {
      const snapshot = await this.#see(ref, call);
      const files = snapshot.files.filter(({ comment }) => comment === null);
      return { snapshot, files: draft.files.flatMap(({ key }, at) => (files[at] ? [{ key, id: files[at].id, carrier: null }] : [])) };
    } catch (error) {
      throw partly(error);
    }
  }

  async findByMarker(marker: string, _since: string, call: CallContext): Promise<Snapshot | null> {
    const found = await this.#marked(marker, call);
    return found === null ? null : this.#see(found, call);
  }

  /** The database is asked itself, so nothing lags; it may not tell upper from lower case. Of several the oldest. */
  async #marked(marker: string, call: CallContext): Promise<EntityRef | null> {
    const field = this.#settings.markerField;
    const { items } = await this.#api.tickets(`CF.{${field.replace(/[{}'"\\]/g, '')}} = ${quoted(marker)}`, [['id', 'ASC']], LARGEST_PAGE, call);
    const found = items.find((ticket) => fieldValue(ticket.CustomFields, field) === marker);
    return found ? String(found.id) : null;
  }

  async #see(ref: EntityRef, call: CallContext): Promise<Snapshot> {
    const snapshot = await this.fetch(ref, call);
    if (snapshot === 'gone') throw new TrackerError('not-found', `Ticket ${ref} was deleted just now.`);
    return snapshot;
  }

  async apply(ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
    return applyChange(await this.#tools(call), ref, base, change, call);
  }

  changedSince(cursor: string | null, call: CallContext): Promise<ChangePage> {
    return this.#feed.changedSince(cursor, call);
  }

  sweep(cursor: string | null, call: CallContext): Promise<ChangePage> {
    return this.#feed.sweep(cursor, LARGEST_PAGE, call);
  }

  settle(field: string, value: FieldValue): FieldValue {
    return settleField(field, value);
  }

  settleComment(body: RichText): RichText {
    return settleText(body);
  }

  /** RT keeps what was said and attached for ever: what a fetch does not show is hidden from this account. */
  async confirmGone(): Promise<boolean> {
    return false;
  }

  async #view(call: CallContext): Promise<View> {
    return { base: this.#settings.url, us: (await this.#directory.me(call)).Name, markerField: this.#settings.markerField };
  }

  async #tools(call: CallContext): Promise<Tools> {
    return { api: this.#api, directory: this.#directory, view: await this.#view(call), maxBytes: this.capabilities.files.maxBytes };
  }
}
