import { createHash } from 'node:crypto';
import type { EntityRef, FieldValue, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { docOf, filesIn, type RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Capabilities, Change, ChangePage, CheckResult, Description, Draft, Tracker, TrackerDeps, Upload } from '../connector.ts';
import type { WireAudit, WireComment, WirePage, WireTicket, WireUser, WireWritten } from './api.ts';
import { checkAccess, describeAccount, type Me, whoAmI } from './checks.ts';
import { type Client, createClient, updateOf } from './client.ts';
import { changesSince } from './feed.ts';
import { attachedFiles, createFiles, type Files, MAX_FILE_BYTES, type Uploaded } from './files.ts';
import { attachmentsOf, replacedBy, SUBJECT_CHARS, settledField, snapshotOf, wireFields } from './map.ts';
import { refusal, toldBy } from './refusals.ts';
import type { ZendeskSettings } from './settings.ts';
import { htmlOf, NO_DESCRIPTION, NO_TEXT, settled } from './text.ts';
import { hints, registerAt, verify } from './webhook.ts';

/** Of HTML, in one comment. */
const MAX_TEXT_BYTES = 65_535;

export const CAPABILITIES: Capabilities = {
  compareAndSet: true,
  journal: true,
  oneWrite: true,
  exactVersions: false,
  entityMarker: 'atomic',
  // A fetch does not show the marker: it is in the audit of the comment, and `markersOf` reads it.
  comments: { internal: true, edit: false, delete: false, hide: true, publish: false, marker: 'atomic' },
  files: { add: 'comment', delete: false, maxBytes: MAX_FILE_BYTES },
  settleMs: 60_000,
  searchLagMs: 60_000,
  summary: { maxChars: SUBJECT_CHARS, support: 'full' },
  description: { maxBytes: MAX_TEXT_BYTES, support: 'degraded', edit: false },
  richText: 'html',
  webhooks: true,
};

/** Under this name the marker stands in `ticket.metadata`, and so in the audit. */
const MARKER = 'entente';
export interface TrackerOptions {
  /** Tickets on a page of the feed; default and most 1000. For tests. */
  feedPage?: number;
}

/** One Zendesk account. */
export function openZendesk(settings: ZendeskSettings, deps: TrackerDeps, options: TrackerOptions = {}): Tracker {
  return new ZendeskTracker(createClient(settings, deps), settings, deps, options);
}

class ZendeskTracker implements Tracker {
  readonly capabilities = CAPABILITIES;
  readonly webhook: NonNullable<Tracker['webhook']>;
  readonly files: NonNullable<Tracker['files']>;
  readonly #client: Client;
  readonly #settings: ZendeskSettings;
  readonly #deps: TrackerDeps;
  readonly #options: TrackerOptions;
  readonly #attachments: Files;
  #me: Promise<Me> | null = null;

  constructor(client: Client, settings: ZendeskSettings, deps: TrackerDeps, options: TrackerOptions) {
    this.#client = client;
    this.#settings = settings;
    this.#deps = deps;
    this.#options = options;
    this.#attachments = createFiles(client);
    this.webhook = { register: registerAt(client), verify, hints };
    this.files = { open: (_ref, id, call) => this.#attachments.open(id, call) };
  }

  check(call: CallContext): Promise<CheckResult> {
    return checkAccess(this.#client, this.#settings.auth, this.#deps.now(), call);
  }

  describe(_scope: string | null, call: CallContext): Promise<Description> {
    return describeAccount(this.#client, call);
  }

  async find(urn: string, call: CallContext): Promise<EntityRef> {
    const text = urn.trim();
    const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
    const id = url ? /\/(?:tickets|requests)\/(\d+)(?:\.json)?\/?$/.exec(url.pathname)?.[1] : /^#?(\d{1,15})$/.exec(text)?.[1];
    if (!id) throw new TrackerError('not-found', `“${urn}” is not the number or the address of a Zendesk ticket.`);
    if (url && url.origin !== this.#client.origin) throw new TrackerError('not-found', `“${urn}” belongs to another account than ${this.#client.host}.`);
    return String((await this.#ticket(id, call)).id);
  }

  async fetch(ref: EntityRef, call: CallContext): Promise<Snapshot | 'gone'> {
    const me = await this.#whoAmI(call);
    let ticket: WireTicket;
    try {
      // The ticket first: what is commented in between then belongs to a later version, and is looked at again.
      ticket = await this.#ticket(ref, call);
    } catch (error) {
      // Zendesk hides tickets from agents as if they did not exist. From an administrator it hides none.
      if (error instanceof TrackerError && error.kind === 'not-found' && me.role === 'admin' && error.message === missing(ref)) return 'gone';
      throw error;
    }
    const comments: WireComment[] = [];
    const users = new Map<number, WireUser>();
    const path = `/api/v2/tickets/${ref}/comments.json?include=users&include_inline_images=true`;
    for await (const page of this.#client.pages<WirePage & { comments: WireComment[]; users?: WireUser[] }>(
      path,
      `Reading the comments of ticket ${ref}`,
      call,
    )) {
      comments.push(...page.comments);
      for (const user of page.users ?? []) if (user.id) users.set(user.id, user);
    }
    return this.#snapshot(me, ticket, comments, users);
  }

  async create(draft: Draft, marker: string, call: CallContext): Promise<{ snapshot: Snapshot; files: Applied['files'] }> {
    const there = await this.#byExternalId(marker, call);
    if (there) return { snapshot: there, files: [] };
    const me = await this.#whoAmI(call);
    const { description = docOf(''), ...others } = draft.fields;
    const fields = wireFields(others);
    const uploaded = await this.#attachments.upload(draft.files, call);
    const comment = await this.#comment(asDoc(description), 'description', uploaded, {}, call);
    const ticket = {
      ...fields,
      ...(draft.type ? { type: draft.type.toLowerCase() } : {}),
      ...(draft.scope ? { brand_id: Number(draft.scope) } : {}),
      external_id: marker,
      comment: { ...comment, public: true },
    };
    const headers = { 'idempotency-key': createHash('sha256').update(marker).digest('hex') };
    const what = 'Creating a ticket';
    const response = await this.#client.request({ method: 'POST', path: '/api/v2/tickets.json', what, json: { ticket }, headers, expect: 400 }, call);
    if (response.status === 400) {
      if (toldBy(response.text).code !== 'IdempotentRequestError') throw refusal(response, what, this.#client.host);
      // An earlier try with this marker has arrived, or is on its way; its upload tokens were others.
      const earlier = await this.#byExternalId(marker, call);
      if (earlier) return { snapshot: earlier, files: [] };
      throw new TrackerError('unavailable', 'An earlier try to create this ticket has not been finished by Zendesk yet.', { inDoubt: true });
    }
    const { ticket: made, audit } = response.json<WireWritten>();
    const first = audit?.events.find(({ type }) => type === 'Comment');
    const shown = first && typeof first.html_body === 'string' && (first.attachments?.length ?? 0) >= uploaded.files.length;
    const snapshot =
      !shown || response.headers['x-idempotency-lookup'] === 'hit'
        ? await this.#existing(String(made.id), call)
        : this.#snapshot(me, made, [{ author_id: me.id, public: true, created_at: made.created_at, ...first }], new Map([[me.id, me]]));
    return { snapshot, files: attachedFiles(uploaded, first?.attachments ?? [], null, new Set()) };
  }

  async findByMarker(marker: string, _since: string, call: CallContext): Promise<Snapshot | null> {
    const listed = await this.#byExternalId(marker, call);
    if (listed) return listed;
    // The list leaves archived tickets out; the index has them, though late.
    const query = encodeURIComponent(`type:ticket external_id:"${marker.replaceAll('"', '')}"`);
    const { results } = await this.#client.get<{ results: WireTicket[] }>(`/api/v2/search.json?query=${query}`, 'Searching for a ticket', call);
    return this.#oldest(results, marker, call);
  }

  async apply(ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
    const { comment, files = [] } = change;
    refuseImpossible(change);
    const fields = wireFields(change.fields ?? {});
    const adds = comment?.do === 'add' ? comment : null;
    const uploads = [...(adds?.files ?? []), ...files];
    let applied: Applied = { version: base.version, comment: null, files: [], replaced: {} };
    if (adds || uploads.length || Object.keys(fields).length) {
      const uploaded = await this.#attachments.upload(uploads, call);
      const written = adds
        ? { ...(await this.#comment(adds.body, 'comment', uploaded, change.known, call)), public: adds.public }
        : uploads.length
          ? { ...(await this.#comment(carrierText(files), 'comment', uploaded, {}, call)), public: true }
          : null;
      applied = await this.#put(
        ref,
        base,
        { ...fields, ...(written ? { comment: written } : {}), ...(adds ? { metadata: { [MARKER]: adds.marker } } : {}) },
        uploaded,
        adds ? [] : files,
        call,
      );
    } else if (comment) {
      // Making a comment private takes no stamp: the ticket is compared right before.
      const { updated_at: now } = await this.#ticket(ref, call);
      if (now !== base.version) throw new TrackerError('conflict', `Ticket ${ref} was changed in the meantime.`, { status: 409 });
    }
    if (comment?.do !== 'edit') return applied;
    const path = `/api/v2/tickets/${ref}/comments/${encodeURIComponent(comment.id)}/make_private.json`;
    await this.#client.request({ method: 'PUT', path, what: `Making a comment of ticket ${ref} internal`, budget: updateOf(ref) }, call);
    return { ...applied, version: null };
  }

  async changedSince(cursor: string | null, call: CallContext): Promise<ChangePage> {
    const me = await this.#whoAmI(call);
    return changesSince(this.#client, cursor, { now: this.#deps.now(), me: me.id, pageSize: this.#options.feedPage ?? 1000 }, call);
  }

  settle(field: string, value: FieldValue): FieldValue {
    return settledField(field, value);
  }

  settleComment(body: RichText): RichText {
    return settled(body, NO_TEXT);
  }

  async markersOf(ref: EntityRef, call: CallContext): Promise<Readonly<Record<string, string>>> {
    const markers: Record<string, string> = {};
    for await (const page of this.#client.pages<WirePage & { audits: WireAudit[] }>(
      `/api/v2/tickets/${ref}/audits.json?sort=-created_at`,
      `Reading the history of ticket ${ref}`,
      call,
    )) {
      for (const { events, metadata } of page.audits) {
        const marker = metadata?.custom?.[MARKER];
        const comment = events.find(({ type }) => type === 'Comment');
        if (typeof marker === 'string' && comment) markers[String(comment.id)] = marker;
      }
    }
    return markers;
  }

  #whoAmI(call: CallContext): Promise<Me> {
    this.#me ??= whoAmI(this.#client, call).catch((error: unknown) => {
      this.#me = null;
      throw error;
    });
    return this.#me;
  }

  async #ticket(ref: EntityRef, call: CallContext): Promise<WireTicket> {
    if (!/^\d{1,15}$/.test(ref)) throw new TrackerError('not-found', missing(ref));
    const response = await this.#client.request({ method: 'GET', path: `/api/v2/tickets/${ref}.json`, what: `Reading ticket ${ref}`, expect: 404 }, call);
    if (response.status !== 404) return response.json<{ ticket: WireTicket }>().ticket;
    // Anything else than Zendesk's own words may come from something in between.
    throw toldBy(response.text).code === 'RecordNotFound'
      ? new TrackerError('not-found', missing(ref), { status: 404 })
      : refusal(response, `Reading ticket ${ref}`, this.#client.host);
  }

  async #existing(ref: EntityRef, call: CallContext): Promise<Snapshot> {
    const snapshot = await this.fetch(ref, call);
    if (snapshot === 'gone') throw new TrackerError('not-found', missing(ref), { status: 404 });
    return snapshot;
  }

  async #byExternalId(marker: string, call: CallContext): Promise<Snapshot | null> {
    const { tickets } = await this.#client.get<{ tickets: WireTicket[] }>(
      `/api/v2/tickets.json?external_id=${encodeURIComponent(marker)}`,
      'Looking for a ticket',
      call,
    );
    return this.#oldest(tickets, marker, call);
  }

  async #oldest(tickets: readonly WireTicket[], marker: string, call: CallContext): Promise<Snapshot | null> {
    // external_id is not unique, and searches are not exact.
    const ids = tickets.filter((ticket) => ticket.external_id === marker).map(({ id }) => id);
    if (!ids.length) return null;
    const snapshot = await this.fetch(String(Math.min(...ids)), call);
    return snapshot === 'gone' ? null : snapshot;
  }

  async #comment(body: RichText, field: 'description' | 'comment', uploaded: Uploaded, known: Change['known'], call: CallContext) {
    const urlOf = await this.#attachments.addresses(uploaded, filesIn(body), known, call);
    const html = htmlOf(body, field === 'comment' ? NO_TEXT : NO_DESCRIPTION, urlOf);
    if (Buffer.byteLength(html) > MAX_TEXT_BYTES) throw new TrackerError('rejected', 'The text is longer than the 64 KB that Zendesk takes.', { field });
    return { html_body: html, ...(uploaded.token ? { uploads: [uploaded.token] } : {}) };
  }

  async #put(
    ref: EntityRef,
    base: Snapshot,
    ticket: Record<string, unknown>,
    uploaded: Uploaded,
    carried: readonly Upload[],
    call: CallContext,
  ): Promise<Applied> {
    const json = { ticket: { ...ticket, safe_update: true, updated_stamp: base.version } };
    const response = await this.#client.request(
      { method: 'PUT', path: `/api/v2/tickets/${ref}.json`, what: `Changing ticket ${ref}`, json, budget: updateOf(ref) },
      call,
    );
    const { ticket: now, audit } = response.json<WireWritten>();
    const added = audit?.events.find(({ type }) => type === 'Comment');
    const id = added ? String(added.id) : null;
    this.#attachments.learn(attachmentsOf(added ?? {}));
    const replaced: Record<string, FieldValue> = {};
    for (const event of audit?.events ?? []) {
      const old = event.type === 'Change' ? replacedBy(event) : undefined;
      // The stamp counts seconds: what came within the second of the base shows here only.
      if (old && !same(old.value, base.fields[old.field])) replaced[old.field] = old.value;
    }
    const keys = new Set(carried.map(({ key }) => key));
    return { version: now.updated_at, comment: keys.size ? null : id, files: attachedFiles(uploaded, attachmentsOf(added ?? {}), id, keys), replaced };
  }

  #snapshot(me: Me, ticket: WireTicket, comments: readonly WireComment[], users: ReadonlyMap<number, WireUser>): Snapshot {
    this.#attachments.learn(comments.flatMap(attachmentsOf));
    return snapshotOf({ origin: this.#client.origin, me: me.id, ticket, comments, users });
  }
}

const missing = (ref: EntityRef): string => `Zendesk has no ticket ${ref}, or does not show it to the account that Entente uses.`;
const asDoc = (value: FieldValue): RichText =>
  typeof value === 'object' && value !== null && 'type' in value ? (value as RichText) : docOf(typeof value === 'string' ? value : '');
const carrierText = (files: readonly Upload[]): RichText => docOf(files.map(({ name }) => `📎 ${name}`).join('\n'));

/** What Zendesk cannot do is refused before anything is sent. */
function refuseImpossible({ fields, comment, deleteFile }: Change): void {
  const refuse = (field: string, message: string): never => {
    throw new TrackerError('rejected', message, { field });
  };
  if (fields && 'description' in fields) refuse('description', 'Zendesk does not let the description of a ticket be changed.');
  if (deleteFile !== undefined) refuse('files', 'Zendesk does not let files be deleted; an agent can redact them.');
  if (comment?.do === 'delete') refuse('comment', 'Zendesk does not let comments be deleted.');
  if (comment?.do !== 'edit') return;
  if (comment.body !== undefined) refuse('comment', 'Zendesk does not let comments be edited.');
  if (comment.public !== false) refuse('comment', 'Zendesk does not let internal notes be made public.');
}
