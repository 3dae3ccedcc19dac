import type { EntityRef, FieldValue, Snapshot } from '../../core/entity.ts';
import type { RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Change, Draft, FileLinks, KnownFiles, Upload } from '../connector.ts';
import type { GithubApi } from './api.ts';
import { isDoc, labelsFrom, STATES, settleSummary, stateOf } from './map.ts';
import { pastedAt } from './pasted.ts';
import { type FileName, GITHUB_CHARS, shownName, withWords, writeText } from './text.ts';
import type { WireComment, WireIssue } from './wire.ts';

const EMPTY: RichText = { type: 'root', children: [] };
export const refused = (field: string, message: string): TrackerError => new TrackerError('rejected', message, { field });

/** Where something is written. */
export interface Spot {
  readonly api: GithubApi;
  readonly links: FileLinks | undefined;
  /** The repository's id. */
  readonly repo: number;
}

/** What GitHub is to be told of the fields. Throws `rejected` for what it cannot be given; a text is written by `text`. */
function wireFields(fields: Readonly<Record<string, FieldValue>>, text: (doc: RichText) => string): Record<string, unknown> {
  const wire: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (field === 'summary') {
      const title = settleSummary(typeof value === 'string' ? value : '');
      if (!title) throw refused('summary', 'GitHub needs a title.');
      wire.title = title;
    } else if (field === 'description') wire.body = text(isDoc(value) ? value : EMPTY);
    else if (field === 'labels') {
      if (value !== null && !Array.isArray(value)) throw refused('labels', 'Labels are a list of names.');
      wire.labels = labelsFrom(value ?? []);
    } else if (field === 'state') {
      const state = value === 'closed' ? 'completed' : value;
      if (typeof state !== 'string' || !(STATES as readonly string[]).includes(state))
        throw refused('state', `${JSON.stringify(value)} is not one of ${STATES.join(', ')}.`);
      Object.assign(wire, state === 'open' ? { state } : { state: 'closed', state_reason: state });
    } else throw refused(field, `GitHub has no field “${field}” that can be written.`);
  }
  return wire;
}

interface Linked {
  readonly key: string;
  readonly id: string;
  readonly name: string;
}

/** Files that are to be shown under the node's own addresses. */
function linked({ links }: Spot, uploads: readonly Upload[]): Linked[] {
  return uploads.map(({ key, name, link }) => {
    if (!links || link === undefined)
      throw refused('files', 'GitHub takes no files by its API, and this node has no address under which people could open them (ENTENTE_URL).');
    return { key, id: link, name: shownName(name) };
  });
}

/** A text with its files. `kept`: files of the text as it was before; those that it does not show any more go into the list. */
function textOf({ api, links }: Spot, doc: RichText, uploads: readonly Linked[], known: KnownFiles, kept: readonly FileName[], marker: string | null): string {
  const shown = new Set<string>();
  const address = ({ id, name }: FileName) => ({ url: pastedAt(api.site.origin, id) ?? links?.url(id, name) ?? '', name });
  const fileOf = (file: string): FileName | undefined =>
    uploads.find(({ key }) => key === file) ?? (Object.hasOwn(known, file) ? known[file] : undefined) ?? kept.find(({ id }) => id === file);
  const urlOf = (file: string) => {
    const found = fileOf(file);
    if (!found) return undefined;
    shown.add(found.id);
    return address(found);
  };
  // Written once to see which files it shows; those that are cut off with the end of a long text are not among them.
  writeText(doc, urlOf, [], null);
  const listed = [...kept, ...uploads].filter(({ id }, at, all) => !shown.has(id) && all.findIndex((other) => other.id === id) === at);
  const text = writeText(doc, urlOf, listed.map(address), marker);
  if (text.length > GITHUB_CHARS) throw refused('files', 'There are more files than can be listed in one text of GitHub (65,536 characters).');
  return text;
}

const filesOf = (uploads: readonly Linked[], carrier: string | null): Applied['files'] => uploads.map(({ key, id }) => ({ key, id, carrier }));

/** One call, and another one for a state that is not the first one. */
export async function createIssue(spot: Spot, draft: Draft, marker: string, call: CallContext): Promise<{ issue: WireIssue; files: Applied['files'] }> {
  const { api, repo } = spot;
  const uploads = linked(spot, draft.files);
  const { description = EMPTY, state, ...others } = draft.fields;
  const { state: wanted, state_reason: reason } = state === undefined ? {} : wireFields({ state }, () => '');
  const fields = wireFields({ ...others, description }, (doc) => textOf(spot, doc, uploads, {}, [], marker));
  if (fields.title === undefined) throw refused('summary', 'GitHub needs a title.');
  const json = { ...fields, ...(draft.type === null ? {} : { type: draft.type }) };
  let issue = await api.write<WireIssue>('POST', `/repositories/${repo}/issues`, json, 'Creating an issue', call);
  if (typeof issue?.number !== 'number') throw api.notGithub(201, true);
  if (wanted === 'closed') {
    const close = { state: wanted, state_reason: reason };
    issue = await written(true, () => api.write<WireIssue>('PATCH', `/repositories/${repo}/issues/${issue.number}`, close, 'Closing the new issue', call));
  }
  return { issue, files: filesOf(uploads, null) };
}

/** Once something was written, whatever fails after it is in doubt. */
async function written<T>(before: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!before || !(error instanceof TrackerError) || (error.kind === 'unavailable' && error.inDoubt)) throw error;
    const details = { inDoubt: true, cause: error, ...(error.retryAt === undefined ? {} : { retryAt: error.retryAt }) };
    throw new TrackerError('unavailable', `A part of the change was written, then: ${error.message}`, details);
  }
}

/** A call for the fields, one for the comment, one for files without a comment. */
export async function applyChange(spot: Spot, ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
  const { api, repo } = spot;
  const { comment, files = [], known } = change;
  const number = /#(\d+)$/.exec(base.urn)?.[1];
  if (number === undefined) throw new TrackerError('not-found', `“${ref}” is not an issue.`);
  const issueAt = `/repositories/${repo}/issues/${number}`;
  const what = `Changing ${base.urn}`;
  const kept = (of: string | null): FileName[] => base.files.filter((file) => file.comment === of);

  // Everything that cannot be is refused before anything is written.
  if (change.deleteFile !== undefined) throw refused('files', 'A file cannot be taken out of a text of GitHub by itself: edit the text.');
  const fields = wireFields(change.fields ?? {}, (doc) => textOf(spot, doc, [], known, kept(null), base.marker));
  const own = comment?.do === 'add' ? linked(spot, comment.files) : [];
  const loose = linked(spot, files);
  if (comment?.do === 'add' && !comment.public) throw refused('comment', 'GitHub has no internal comments: everybody who sees the issue would read it.');
  if (comment?.do === 'edit' && comment.public === false) throw refused('comment', 'GitHub has no internal comments: a comment cannot be hidden.');
  const said = comment && comment.do !== 'add' ? base.comments.find(({ id }) => id === comment.id) : undefined;
  if (comment && comment.do !== 'add' && !said) throw new TrackerError('not-found', `${base.urn} has no comment ${comment.id}.`);

  let began = false;
  if (Object.keys(fields).length > 0) {
    await patch(api, issueAt, fields, what, call);
    began = true;
  }
  let added: string | null = null;
  if (comment?.do === 'add') {
    const body = textOf(spot, withWords(comment.body), own, known, [], comment.marker);
    added = await written(began, () => say(api, issueAt, body, `Commenting on ${base.urn}`, call));
    began = true;
  } else if (comment?.do === 'edit' && comment.body) {
    const body = textOf(spot, withWords(comment.body), [], known, kept(comment.id), said?.marker ?? null);
    await written(began, () => api.write('PATCH', `/repositories/${repo}/issues/comments/${comment.id}`, { body }, `Editing a comment of ${base.urn}`, call));
    began = true;
  } else if (comment?.do === 'delete') {
    await written(began, () => api.delete(`/repositories/${repo}/issues/comments/${comment.id}`, `Deleting a comment of ${base.urn}`, call));
    began = true;
  }
  let carrier: string | null = null;
  if (loose.length > 0) {
    const body = textOf(spot, carrierOf(loose), loose, {}, [], null);
    carrier = await written(began, () => say(api, issueAt, body, `Commenting on ${base.urn}`, call));
  }
  return { version: null, comment: added, files: [...filesOf(own, null), ...filesOf(loose, carrier)], replaced: {} };
}

async function patch(api: GithubApi, path: string, fields: Readonly<Record<string, unknown>>, what: string, call: CallContext): Promise<void> {
  const now = await api.write<WireIssue>('PATCH', path, fields, what, call);
  if (typeof now?.number !== 'number') throw api.notGithub(200, true);
  const { state, state_reason } = fields;
  // GitHub takes a reason only when the state changes: a closed issue is opened and closed again.
  if (state !== 'closed' || stateOf(now) === state_reason) return;
  await written(true, () => api.write('PATCH', path, { state: 'open' }, what, call));
  await written(true, () => api.write('PATCH', path, { state, state_reason }, what, call));
}

async function say(api: GithubApi, issueAt: string, body: string, what: string, call: CallContext): Promise<string> {
  const said = await api.write<WireComment | null>('POST', `${issueAt}/comments`, { body }, what, call);
  if (typeof said?.id !== 'number') throw api.notGithub(201, true);
  return String(said.id);
}

/** A comment that only carries files. */
const carrierOf = (files: readonly Linked[]): RichText => ({
  type: 'root',
  children: files.map(({ key, name }) => ({
    type: 'paragraph',
    children: [
      { type: 'text', value: '📎 ' },
      { type: 'attachmentRef', file: key, name },
    ],
  })),
});
