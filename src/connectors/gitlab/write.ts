import type { Snapshot } from '../../core/entity.ts';
import { filesIn, type RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Change, Draft } from '../connector.ts';
import type { GitlabApi } from './api.ts';
import { ignoredField, membersFor, refused, TYPES } from './fields.ts';
import { type Uploaded, uploadAll } from './files.ts';
import { TEXT_CHARS } from './map.ts';
import { type FileName, withWords, writeText } from './text.ts';
import { isInternal, type WireIssue } from './wire.ts';

/** Where an issue is. */
export interface Spot {
  readonly project: number;
  readonly iid: string;
}

/** The parts of a text: files that the document does not refer to are listed at its end. */
function textOf(field: string, doc: RichText, files: readonly Uploaded[], listed: readonly FileName[], known: Change['known'], marker: string | null): string {
  const fileOf = (ref: string): FileName | undefined => files.find((file) => file.key === ref) ?? (Object.hasOwn(known, ref) ? known[ref] : undefined);
  const shown = new Set(filesIn(doc).flatMap((ref) => fileOf(ref)?.id ?? []));
  const rest = [...listed, ...files].filter((file) => !shown.has(file.id));
  const text = writeText(doc, fileOf, rest, marker);
  if (text.length > TEXT_CHARS) throw refused(field, `The text is longer than GitLab takes (${TEXT_CHARS} characters with its marks).`);
  return text;
}

/** The files of a text that is written anew: those stay that it no longer shows. A person may still want them. */
const heldBy = (base: Snapshot, comment: string | null): FileName[] => base.files.filter((file) => file.comment === comment);

export async function createIssue(
  api: GitlabApi,
  project: number,
  draft: Draft,
  marker: string,
  confidential: boolean,
  call: CallContext,
): Promise<{ issue: WireIssue; files: Applied['files'] }> {
  const type = typeFor(draft.type);
  const given = { description: null, ...draft.fields };
  const { state_event: event } = membersFor(given, null, () => '');
  const files = await uploadAll(api, project, draft.files, call);
  const { state_event: _later, ...members } = membersFor(given, null, (doc) => textOf('description', doc, files, [], {}, marker));
  let issue = await api.createIssue(project, { ...members, ...(type === null ? {} : { issue_type: type }), ...(confidential ? { confidential } : {}) }, call);
  // GitLab creates everything open.
  if (event === 'close')
    issue = await api.updateIssue(project, String(issue.iid), { state_event: 'close' }, call).catch((error: unknown) => {
      throw partly(error);
    });
  return { issue, files: files.map(({ key, id }) => ({ key, id, carrier: null })) };
}

function typeFor(name: string | null): string | null {
  if (name === null) return null;
  const type = TYPES.find((one) => one === name.trim().toLowerCase());
  if (!type) throw refused('type', `GitLab has no type “${name}” that can be created. There are: ${TYPES.join(', ')}.`);
  return type;
}

/** Fields, then the comment, then the files that have none: each is a request, and the first failure ends it. */
export async function applyChange(api: GitlabApi, spot: Spot, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
  const { fields = {}, comment, known } = change;
  refuseImpossible(base, change);
  // Fields are checked before anything is sent.
  membersFor(fields, base, () => '');
  const carried = await uploadAll(api, spot.project, change.files ?? [], call);
  const attached = await uploadAll(api, spot.project, comment?.do === 'add' ? comment.files : [], call);
  const members = membersFor(fields, base, (doc) => {
    const shown = new Set(filesIn(doc));
    return textOf(
      'description',
      doc,
      [...carried, ...attached].filter(({ key }) => shown.has(key)),
      heldBy(base, null),
      known,
      base.marker,
    );
  });
  const progress = { writes: 0 };
  try {
    await writeFields(api, spot, fields, members, progress, call);
    const id = await writeComment(api, spot, base, change, attached, progress, call);
    const carrier = carried.length > 0 ? await carry(api, spot, carried, progress, call) : null;
    return {
      version: null,
      comment: id,
      files: [...attached.map(({ key, id: file }) => ({ key, id: file, carrier: null })), ...carried.map(({ key, id: file }) => ({ key, id: file, carrier }))],
      replaced: {},
    };
  } catch (error) {
    throw progress.writes > 0 ? partly(error) : error;
  }
}

async function writeFields(
  api: GitlabApi,
  { project, iid }: Spot,
  fields: Change['fields'] & object,
  members: Record<string, unknown>,
  progress: { writes: number },
  call: CallContext,
): Promise<void> {
  if (Object.keys(members).length === 0) return;
  const issue = await api.updateIssue(project, iid, members, call);
  const ignored = ignoredField(issue, fields);
  if (ignored === null || Object.keys(fields).length > 1) progress.writes += 1;
  if (ignored !== null) throw refused(ignored, `GitLab did not take the new ${ignored}: the account needs at least the role Planner in the project.`);
}

async function writeComment(
  api: GitlabApi,
  { project, iid }: Spot,
  base: Snapshot,
  { comment, known }: Change,
  files: readonly Uploaded[],
  progress: { writes: number },
  call: CallContext,
): Promise<string | null> {
  if (!comment) return null;
  if (comment.do === 'delete') {
    await api.deleteNote(project, iid, comment.id, call);
    progress.writes += 1;
    return null;
  }
  if (comment.do === 'edit') {
    if (!comment.body) return null;
    const marker = base.comments.find(({ id }) => id === comment.id)?.marker ?? null;
    await api.updateNote(project, iid, comment.id, textOf('comment', withWords(comment.body), [], heldBy(base, comment.id), known, marker), call);
    progress.writes += 1;
    return null;
  }
  const body = textOf('comment', withWords(comment.body), files, [], known, comment.marker);
  return addNote(api, { project, iid }, body, !comment.public, progress, call);
}

/** A comment that holds nothing but files. */
function carry(api: GitlabApi, spot: Spot, files: readonly Uploaded[], progress: { writes: number }, call: CallContext): Promise<string> {
  const children: RichText['children'] = files.map(({ key, name }) => ({
    type: 'paragraph',
    children: [
      { type: 'text', value: '📎 ' },
      { type: 'attachmentRef', file: key, name },
    ],
  }));
  return addNote(api, spot, textOf('comment', { type: 'root', children }, files, [], {}, null), false, progress, call);
}

async function addNote(
  api: GitlabApi,
  { project, iid }: Spot,
  body: string,
  internal: boolean,
  progress: { writes: number },
  call: CallContext,
): Promise<string> {
  const note = await api.createNote(project, iid, { body, internal }, call);
  if (!note) throw refused('comment', 'GitLab took the comment for quick actions and did not post it.');
  if (internal && !isInternal(note)) {
    // Meant for the team and public after all (GitLab before 15.5): it must not stay.
    await api.deleteNote(project, iid, String(note.id), call).catch((error: unknown) => {
      throw partly(error);
    });
    throw refused('comment', 'This GitLab has no internal notes. Its version has to be 15.5 or later.');
  }
  progress.writes += 1;
  return String(note.id);
}

/** Something of the change stands there: whoever asked has to look before trying again. */
function partly(error: unknown): unknown {
  if (!(error instanceof TrackerError) || (error.kind === 'unavailable' && error.inDoubt)) return error;
  const details = { inDoubt: true, cause: error, ...(error.retryAt === undefined ? {} : { retryAt: error.retryAt }) };
  return new TrackerError('unavailable', `A part of it was written, then: ${error.message}`, details);
}

/** What GitLab cannot do is refused before anything is sent. */
function refuseImpossible(base: Snapshot, { comment, deleteFile }: Change): void {
  if (deleteFile !== undefined) throw refused('files', 'A file in GitLab belongs to the text that shows it: take it out of the text.');
  if (comment?.do !== 'edit' || comment.public === undefined) return;
  const now = base.comments.find(({ id }) => id === comment.id);
  if (now?.public === comment.public) return;
  throw refused('comment', `GitLab does not let a comment be made ${comment.public ? 'public' : 'internal'} afterwards.`);
}
