import type { Fields, Snapshot } from '../../core/entity.ts';
import { docOf, type RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Change, Draft, Upload } from '../connector.ts';
import type { RtApi } from './api.ts';
import type { Directory } from './directory.ts';
import { isDoc, lastOf, seenOf, settleSummary, type View, versionOf } from './map.ts';
import { formOf } from './multipart.ts';
import { saidIn } from './parts.ts';
import { unwritten } from './refusals.ts';
import { writeHtml } from './text.ts';
import type { WireTransaction } from './wire.ts';

/** What writing needs to know of an RT. */
export interface Tools {
  readonly api: RtApi;
  readonly directory: Directory;
  readonly view: View;
  readonly maxBytes: number;
}

/** RT's own account: what its rules do after a write of ours. */
const SYSTEM = 'RT_System';

const refused = (field: string, why: string): TrackerError => new TrackerError('rejected', why, { field });

/** What RT would refuse with words that nobody understands. */
function refuseFiles({ maxBytes }: Tools, files: readonly Upload[]): void {
  for (const { name, size } of files) {
    if (size === 0) throw refused('files', `RT takes no empty files, and “${name}” is empty.`);
    if (size !== null && size > maxBytes)
      throw refused('files', `The file “${name}” is larger than the ${maxBytes / 1024 / 1024} MB that the settings of this instance allow.`);
  }
}

const htmlOf = ({ view }: Tools, doc: RichText, files: readonly Upload[], known: Change['known']): string => writeHtml(doc, files, known, view.base);

/** Creates a ticket with its marker. Its number. */
export async function createTicket(tools: Tools, draft: Draft, marker: string, queue: string, call: CallContext): Promise<string> {
  const { summary, description, ...others } = draft.fields;
  const [other] = Object.keys(others);
  if (other !== undefined) throw noField(other);
  if (draft.type !== null) throw refused('type', `RT has no types of tickets, so none can be a “${draft.type}”.`);
  refuseFiles(tools, draft.files);
  await tools.directory.demandField(queue, 'tickets', call);
  const members = {
    Queue: queue,
    Subject: settleSummary(typeof summary === 'string' ? summary : ''),
    Content: isDoc(description) ? htmlOf(tools, description, draft.files, {}) : '',
    ContentType: 'text/html',
    CustomFields: { [tools.view.markerField]: marker },
  };
  return tools.api.createTicket(formOf(members, draft.files, call.signal), call);
}

const noField = (name: string): TrackerError =>
  refused(
    name,
    name === 'description'
      ? 'RT never changes what a ticket began with: the description cannot be edited.'
      : `Tickets of RT have no field “${name}” that Entente can write.`,
  );

/** What RT cannot do is refused before anything is sent. */
function refuseImpossible(fields: Fields, { comment, deleteFile }: Change): void {
  const other = Object.keys(fields).find((name) => name !== 'summary');
  if (other !== undefined) throw noField(other);
  if (deleteFile !== undefined) throw refused('files', 'RT keeps what was attached: files cannot be deleted there.');
  if (comment?.do === 'edit') throw refused('comment', 'RT keeps what was said: comments cannot be edited there, nor made public or internal.');
  if (comment?.do === 'delete') throw refused('comment', 'RT keeps what was said: comments cannot be deleted there.');
}

/** Fields, then the comment, then the files that have none: each is a request, and the first failure ends it. */
export async function applyChange(tools: Tools, ref: string, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
  const { fields = {}, comment, files: carried = [], known } = change;
  refuseImpossible(fields, change);
  refuseFiles(tools, [...carried, ...(comment?.do === 'add' ? comment.files : [])]);
  if (comment && base.scope !== null) await tools.directory.demandField(base.scope, 'comments', call);
  const said: string[] = [];
  let news: readonly WireTransaction[] = [];
  const written = { anything: false };
  try {
    if (fields.summary !== undefined) news = await writeSubject(tools, ref, base, fields.summary, written, call);
    const files: Applied['files'][number][] = [];
    const add = async (body: RichText, visible: boolean, marker: string | null, uploads: readonly Upload[], carries: boolean): Promise<string> => {
      const id = await say(tools, ref, htmlOf(tools, body, uploads, known), visible, marker, uploads, call);
      written.anything = true;
      said.push(id);
      files.push(...(await attached(tools, id, uploads, call)).map((file) => ({ ...file, carrier: carries ? id : null })));
      return id;
    };
    const id = comment?.do === 'add' ? await add(comment.body, comment.public, comment.marker, comment.files, false) : null;
    if (carried.length > 0) await add(docOf(carried.map(({ name }) => `📎 ${name}`).join('\n')), true, null, carried, true);
    if (said.length > 0) news = await tools.api.since(ref, lastOf(base.version), call);
    return { version: versionAfter(tools.view, base, news, fields.summary !== undefined, said), comment: id, files, replaced: {} };
  } catch (error) {
    throw written.anything ? partly(error) : error;
  }
}

/** Something of the change stands there: whoever asked has to look before trying again. */
export function partly(error: unknown): unknown {
  if (!(error instanceof TrackerError) || (error.inDoubt && error.kind === 'unavailable')) return error;
  return new TrackerError('unavailable', `A part of it was written, then: ${error.message}`, { inDoubt: true, cause: error });
}

/** Writes it unless there is something newer than `base`, and proves it: RT answers a refusal with success. What happened since `base`. */
async function writeSubject(
  { api, view }: Tools,
  ref: string,
  base: Snapshot,
  summary: Fields[string],
  written: { anything: boolean },
  call: CallContext,
): Promise<readonly WireTransaction[]> {
  const subject = settleSummary(typeof summary === 'string' ? summary : '');
  const messages = await api.updateTicket(ref, { Subject: subject }, lastOf(base.version), call).catch(async (error: unknown) => {
    // What is newer may be its end.
    if (error instanceof TrackerError && error.kind === 'conflict') await standing(api, ref, call);
    throw error;
  });
  // Nothing said: it was so already.
  if (messages.length === 0) return [];
  // From here on it may stand there.
  written.anything = true;
  const news = await api.since(ref, lastOf(base.version), call);
  if (news.some((one) => one.Type === 'Set' && one.Field === 'Subject' && one.NewValue === subject && one.Creator?.id === view.us)) return news;
  written.anything = false;
  throw unwritten('summary', messages);
}

/** The status of a ticket. Throws `not-found` when there is none any more: RT would write on it all the same, or on the one that it was merged into. */
async function standing(api: RtApi, ref: string, call: CallContext): Promise<string> {
  const looked = await api.ticket(ref, call);
  if (!looked || looked.ticket.Status === 'deleted' || String(looked.ticket.id) !== ref)
    throw new TrackerError('not-found', `Ticket ${ref} was deleted, or merged into another one.`);
  return looked.ticket.Status;
}

/** A reply makes RT open a ticket that was resolved, or new: with its status in the same request it stays what people made it. */
async function say(
  { api, view }: Tools,
  ref: string,
  html: string,
  visible: boolean,
  marker: string | null,
  files: readonly Upload[],
  call: CallContext,
): Promise<string> {
  const status = await standing(api, ref, call);
  const members = {
    Content: html,
    ContentType: 'text/html',
    ...(marker === null ? {} : { TxnCustomFields: { [view.markerField]: marker } }),
    ...(visible && status !== 'open' ? { Status: status } : {}),
  };
  return api.say(ref, visible ? 'correspond' : 'comment', formOf(members, files, call.signal), call);
}

async function attached({ api }: Tools, transaction: string, uploads: readonly Upload[], call: CallContext): Promise<{ key: string; id: string }[]> {
  if (uploads.length === 0) return [];
  const { files } = saidIn(transaction, await api.partsOf(transaction, call));
  return uploads.map(({ key, name }, at) => {
    const file = files[at];
    if (!file) throw new TrackerError('protocol', `RT does not say where the file “${name}” is.`);
    return { key, id: file.id };
  });
}

/** The version after our writes; null unless everything since `base` is ours, or what RT's own rules did about the status and undid. */
function versionAfter(view: View, base: Snapshot, news: readonly WireTransaction[], field: boolean, said: readonly string[]): string | null {
  if (news.length === 0) return field || said.length > 0 ? null : base.version;
  let status: unknown = base.fields.status;
  for (const { id, Type: type, Creator: creator, Field: name, NewValue: value } of news) {
    if (creator?.id !== view.us && creator?.id !== SYSTEM) return null;
    if (type === 'Status') status = value;
    else if (type === 'Set' && name === 'Subject') {
      if (!field) return null;
    } else if (!said.includes(String(id))) return null;
  }
  const last = Number(news.at(-1)?.id);
  return status === base.fields.status ? versionOf(last, seenOf(base.version) + news.length) : null;
}
