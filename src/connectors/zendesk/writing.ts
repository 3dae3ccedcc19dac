import { createHash } from 'node:crypto';
import type { EntityRef, FieldValue, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { docOf, filesIn, type RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Change, Draft, Upload } from '../connector.ts';
import type { Account } from './account.ts';
import type { WireWritten } from './api.ts';
import { updateOf } from './client.ts';
import { attachedFiles, type Uploaded } from './files.ts';
import { attachmentsOf, replacedBy, wireFields } from './map.ts';
import { byExternalId, fetchExisting, MARKER, readTicket } from './reading.ts';
import { refusal, toldBy } from './refusals.ts';
import { htmlOf, NO_DESCRIPTION, NO_TEXT } from './text.ts';

const rejected = (field: string, message: string): TrackerError => new TrackerError('rejected', message, { field });

/** Looks for the marker, then creates: a repeat within two hours gets the first one's ticket by its idempotency key, whatever got lost. */
export async function createTicket(
  account: Account,
  draft: Draft,
  marker: string,
  call: CallContext,
): Promise<{ snapshot: Snapshot; files: Applied['files'] }> {
  const { client, files } = account;
  const there = await byExternalId(account, marker, call);
  if (there) return { snapshot: there, files: [] };
  const me = await account.me(call);
  const { description = '', ...others } = draft.fields;
  const fields = wireFields(others);
  const uploaded = await files.upload(draft.files, call);
  const ticket = {
    ...fields,
    ...(draft.type ? { type: draft.type.toLowerCase() } : {}),
    ...(draft.scope ? { brand_id: Number(draft.scope) } : {}),
    external_id: marker,
    comment: { ...(await commentOf(account, asDoc(description), NO_DESCRIPTION, uploaded, {}, call)), public: true },
  };
  const headers = { 'idempotency-key': createHash('sha256').update(marker).digest('hex') };
  const what = 'Creating a ticket';
  const response = await client.request({ method: 'POST', path: '/api/v2/tickets.json', what, json: { ticket }, headers, expect: 400 }, call);
  if (response.status === 400) {
    if (toldBy(response.text).code !== 'IdempotentRequestError') throw refusal(response, what, client.host);
    // An earlier try with this marker has arrived, or is on its way; its upload tokens were others.
    const earlier = await byExternalId(account, marker, call);
    if (earlier) return { snapshot: earlier, files: [] };
    throw new TrackerError('unavailable', 'Zendesk has not finished an earlier try to create this ticket yet.', { inDoubt: true });
  }
  const { ticket: made, audit } = response.json<WireWritten>();
  const first = audit?.events.find(({ type }) => type === 'Comment');
  const shown = first && typeof first.html_body === 'string' && (first.attachments?.length ?? 0) >= uploaded.files.length;
  const snapshot =
    !shown || response.headers['x-idempotency-lookup'] === 'hit'
      ? await fetchExisting(account, String(made.id), call)
      : account.snapshot(me, made, [{ author_id: me.id, public: true, created_at: made.created_at, ...first }], new Map([[me.id, me]]));
  return { snapshot, files: attachedFiles(uploaded, attachmentsOf(first ?? {}), null, new Set()) };
}

/** Fields, comment and files in one PUT; making a comment internal is a call of its own. */
export async function applyChange(account: Account, ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
  const { comment, files = [] } = change;
  refuseImpossible(change);
  const fields = wireFields(change.fields ?? {});
  const adds = comment?.do === 'add' ? comment : null;
  const uploads = [...(adds?.files ?? []), ...files];
  let applied: Applied = { version: base.version, comment: null, files: [], replaced: {} };
  if (adds || uploads.length || Object.keys(fields).length) {
    const uploaded = await account.files.upload(uploads, call);
    // A file without a comment needs one to carry it.
    const body = adds?.body ?? (uploads.length ? carrierText(files) : null);
    const written = body && { ...(await commentOf(account, body, NO_TEXT, uploaded, change.known, call)), public: adds?.public ?? true };
    const ticket = { ...fields, ...(written ? { comment: written } : {}), ...(adds ? { metadata: { [MARKER]: adds.marker } } : {}) };
    applied = await put(account, ref, base, ticket, uploaded, adds ? [] : files, call);
  } else if (comment) {
    // Making a comment internal takes no stamp: the ticket is compared right before.
    const { updated_at: now } = await readTicket(account, ref, call);
    if (now !== base.version) throw new TrackerError('conflict', `Ticket ${ref} was changed in the meantime.`, { status: 409 });
  }
  if (comment?.do !== 'edit') return applied;
  const path = `/api/v2/tickets/${ref}/comments/${encodeURIComponent(comment.id)}/make_private.json`;
  await account.client.request({ method: 'PUT', path, what: `Making a comment of ticket ${ref} internal`, budget: updateOf(ref) }, call);
  return { ...applied, version: null };
}

/** `carried`: files without a comment of their own, which the written one carries. */
async function put(
  account: Account,
  ref: EntityRef,
  base: Snapshot,
  ticket: Record<string, unknown>,
  uploaded: Uploaded,
  carried: readonly Upload[],
  call: CallContext,
): Promise<Applied> {
  // Refused with 409 when the ticket is newer than the stamp.
  const json = { ticket: { ...ticket, safe_update: true, updated_stamp: base.version } };
  const response = await account.client.request(
    { method: 'PUT', path: `/api/v2/tickets/${ref}.json`, what: `Changing ticket ${ref}`, json, budget: updateOf(ref) },
    call,
  );
  const { ticket: now, audit } = response.json<WireWritten>();
  const added = audit?.events.find(({ type }) => type === 'Comment');
  const id = added ? String(added.id) : null;
  const attached = attachmentsOf(added ?? {});
  account.files.learn(attached);
  const replaced: Record<string, FieldValue> = {};
  for (const event of audit?.events ?? []) {
    const old = event.type === 'Change' ? replacedBy(event) : undefined;
    // The stamp counts seconds: what came within the second of the base shows here only.
    if (old && !same(old.value, base.fields[old.field])) replaced[old.field] = old.value;
  }
  const keys = new Set(carried.map(({ key }) => key));
  return { version: now.updated_at, comment: keys.size ? null : id, files: attachedFiles(uploaded, attached, id, keys), replaced };
}

async function commentOf(account: Account, body: RichText, instead: string, uploaded: Uploaded, known: Change['known'], call: CallContext) {
  const urlOf = await account.files.addresses(uploaded, filesIn(body), known, call);
  return { html_body: htmlOf(body, instead, urlOf), ...(uploaded.token ? { uploads: [uploaded.token] } : {}) };
}

const asDoc = (value: FieldValue): RichText =>
  typeof value === 'object' && value !== null && 'type' in value ? (value as RichText) : docOf(typeof value === 'string' ? value : '');
const carrierText = (files: readonly Upload[]): RichText => docOf(files.map(({ name }) => `📎 ${name}`).join('\n'));

/** What Zendesk cannot do is refused before anything is sent. */
function refuseImpossible({ fields, comment, deleteFile }: Change): void {
  if (fields && 'description' in fields) throw rejected('description', 'Zendesk does not let the description of a ticket be changed.');
  if (deleteFile !== undefined) throw rejected('files', 'Zendesk does not let files be deleted; an agent can redact them.');
  if (comment?.do === 'delete') throw rejected('comment', 'Zendesk does not let comments be deleted.');
  if (comment?.do !== 'edit') return;
  if (comment.body !== undefined) throw rejected('comment', 'Zendesk does not let comments be edited.');
  if (comment.public !== false) throw rejected('comment', 'Zendesk does not let internal notes be made public.');
}
