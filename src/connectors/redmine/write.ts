import type { EntityRef, FieldValue, FileInfo, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { isEmptyDoc, mapFiles, type RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Change, Draft, Upload } from '../connector.ts';
import type { WireIssue, WireProject } from './api.ts';
import { fieldsFor, holds, Ignored, plain, refused, type Tools, type Written } from './fields.ts';
import { fieldMarker, filesOf, idOf, isDoc, markerInText, noteAdded, oursSince, replacedBy, settleField, snapshotOf, type View } from './map.ts';
import { type FileName, fileName, NO_WORDS, readText, settleNotes, splitMarker, withMarker, writeText } from './text.ts';

interface Uploaded extends FileName {
  readonly key: string;
  /** As an issue is written with it. */
  readonly wire: { readonly token: string; readonly filename: string; readonly content_type: string };
}

/** Uploads one after the other, so that a long list does not fill the tracker's workers. What is never attached, Redmine removes after a day. */
async function upload({ api, maxKb }: Tools, uploads: readonly Upload[], call: CallContext): Promise<Uploaded[]> {
  for (const { name, size } of uploads)
    if (size !== null && size > maxKb * 1024) throw refused('files', `The file “${name}” is larger than this Redmine takes (${maxKb} KB).`);
  const done: Uploaded[] = [];
  for (const file of uploads) {
    const name = fileName(file.name);
    const { id, token } = await api.upload({ name, size: file.size, body: () => file.open(call.signal) }, call);
    done.push({ key: file.key, id, name, wire: { token, filename: name, content_type: file.type } });
  }
  return done;
}

/** Creates an issue with its marker. `issue` has no journals. */
export async function createIssue(
  tools: Tools,
  draft: Draft,
  marker: string,
  project: WireProject,
  call: CallContext,
): Promise<{ issue: WireIssue; files: Applied['files'] }> {
  const { api, directory, view } = tools;
  const tracker = draft.type === null ? {} : { tracker_id: idOf(project.trackers ?? [], draft.type, 'type', 'tracker') };
  const field = directory.markerField(project, draft.type);
  const uploaded = await upload(tools, draft.files, call);
  const fileAt = (key: string) => uploaded.find((file) => file.key === key);
  const given = { description: null, ...draft.fields };
  const { attributes } = await fieldsFor(tools, given, field === null ? marker : null, fileAt, call);
  let issue = await api.createIssue(
    {
      project_id: project.id,
      ...tracker,
      ...attributes,
      ...(field === null ? {} : { custom_fields: [{ id: field, value: marker }] }),
      uploads: uploaded.map((file) => file.wire),
    },
    call,
  );
  if (field !== null && fieldMarker(issue, view.markerField) !== marker) {
    // The field is not for this tracker, or not for this account: from now on the description holds the marker.
    directory.noMarkerField(project, draft.type);
    const description = withMarker(view.format, issue.description ?? '', marker);
    await api.updateIssue(String(issue.id), { description }, call).catch((error: unknown) => {
      throw partly(error);
    });
    issue = { ...issue, description };
  }
  // What Redmine did not take (a status that its workflow does not begin with) is seen in the answer: the issue is there, so this is no failure.
  return { issue, files: uploaded.map(({ key, id }) => ({ key, id, carrier: null })) };
}

/** Refuses before anything is sent what Redmine would carry out otherwise than it was meant. */
async function allow(tools: Tools, issue: Snapshot, { comment }: Change, call: CallContext): Promise<void> {
  const internal = comment && comment.do !== 'delete' && comment.public === false;
  if (!internal && !(comment?.do === 'edit' && comment.public === true)) return;
  if (comment.do === 'add' && comment.files.length)
    throw refused('files', 'Redmine shows the files of a private note to everybody who sees the issue, so they are not put there.');
  const project = issue.scope === null ? null : await tools.directory.project(issue.scope, call);
  // Without the permission Redmine would publish the note.
  if (!project || !(await tools.directory.may('set_notes_private', project.id, call)))
    throw refused('comment', 'This account may not set notes as private in Redmine (permission “Set notes as private”).');
}

/** One change, ready to be sent. */
interface Plan {
  readonly ref: EntityRef;
  readonly base: Snapshot;
  readonly change: Change;
  readonly written: Written;
  /** Text of the comment that is added or edited. */
  readonly notes: string | undefined;
  readonly withComment: readonly Uploaded[];
  readonly others: readonly Uploaded[];
  readonly fileAt: (key: string) => FileName | undefined;
}

/** Carries out one change in as few calls as there can be, and reads the issue once at the end: Redmine answers a write with nothing. */
export async function applyChange(tools: Tools, ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
  const { comment } = change;
  await allow(tools, base, change, call);
  const withComment = await upload(tools, comment?.do === 'add' ? comment.files : [], call);
  const others = await upload(tools, change.files ?? [], call);
  const fileAt = (key: string): FileName | undefined => [...withComment, ...others].find((file) => file.key === key) ?? change.known[key];
  const written = await fieldsFor(tools, change.fields ?? {}, markerInText(base), fileAt, call);
  const notes =
    comment && comment.do !== 'delete' && comment.body ? writeText(tools.view, isEmptyDoc(comment.body) ? NO_WORDS : comment.body, fileAt) : undefined;
  const plan: Plan = { ref, base, change, written, notes, withComment, others, fileAt };

  const progress = { writes: 0 };
  try {
    await send(tools, plan, progress, call);
    return await readBack(tools, plan, call);
  } catch (error) {
    const nothing = progress.writes === 0 || (error instanceof Ignored && partsOf(change) === 1);
    throw nothing ? error : partly(error);
  }
}

const partsOf = ({ fields = {}, comment, files = [], deleteFile }: Change): number =>
  Object.keys(fields).length + (comment ? 1 : 0) + files.length + (deleteFile === undefined ? 0 : 1);

/** Something of the change stands there: whoever asked has to look before trying again. */
function partly(error: unknown): unknown {
  if (!(error instanceof TrackerError) || error.inDoubt) return error;
  return new TrackerError('unavailable', `A part of it was written, then: ${error.message}`, { inDoubt: true, cause: error });
}

async function send({ api }: Tools, plan: Plan, progress: { writes: number }, call: CallContext): Promise<void> {
  const { ref, change, written, notes, withComment, others } = plan;
  const { fields, comment, deleteFile } = change;
  const count = async (write: Promise<unknown>): Promise<void> => {
    await write;
    progress.writes++;
  };
  const tokens = (files: readonly Uploaded[]) => files.map((file) => file.wire);
  const note = comment?.do === 'add' ? { notes, private_notes: !comment.public } : null;
  // Other files go with the fields only where they would not become the comment's.
  const together = note ? withComment : others;
  if (fields || note || together.length) await count(api.updateIssue(ref, { ...written.attributes, ...note, uploads: tokens(together) }, call));
  if (note && others.length) await count(api.updateIssue(ref, { uploads: tokens(others) }, call));
  if (comment?.do === 'edit') {
    const visibility = comment.public === undefined ? {} : { private_notes: !comment.public };
    await count(api.updateJournal(comment.id, { ...(notes === undefined ? {} : { notes }), ...visibility }, call));
  }
  if (comment?.do === 'delete') await count(api.updateJournal(comment.id, { notes: '' }, call));
  if (deleteFile !== undefined) await count(api.deleteAttachment(deleteFile, call));
}

async function readBack(tools: Tools, plan: Plan, call: CallContext): Promise<Applied> {
  const { view } = tools;
  const { ref, base, change, written, notes } = plan;
  const { comment } = change;
  const issue = await tools.api.issue(ref, call);
  if (!issue) throw new TrackerError('not-found', `Issue ${ref} was deleted just now.`, { status: 404 });
  const added = comment?.do === 'add' ? noteAdded(issue, base, view.us, notes ?? '') : undefined;
  if (comment?.do === 'add' && !added) throw new Ignored('comment');
  const id = added ? String(added.id) : null;
  await proveComment(tools, issue, comment, id, call);
  proveFields(issue, base, written, view);
  const now = snapshotOf(issue, view, await tools.directory.identifier(issue.project, call));
  return {
    version: onlyOurs(view, plan, now, id) ? now.version : null,
    comment: id,
    files: [...plan.withComment, ...plan.others].map((file) => ({ key: file.key, id: file.id, carrier: null })),
    replaced: replacedBy(issue, base, view.us, written.proof, await reader(tools, issue, written, call)),
  };
}

async function proveComment({ api }: Tools, issue: WireIssue, comment: Change['comment'], added: string | null, call: CallContext): Promise<void> {
  if (!comment || comment.do === 'delete' || comment.public === undefined) return;
  const id = comment.do === 'edit' ? comment.id : added;
  const journal = issue.journals?.find((j) => String(j.id) === id);
  if (!journal || journal.private_notes !== comment.public) return;
  // Meant to be private and public after all: it must not stay.
  if (comment.do === 'add' && id !== null) await api.updateJournal(id, { notes: '' }, call);
  throw new Ignored('comment');
}

/** Each value stands there, or our journal says that it did until somebody wrote over it. */
function proveFields(issue: WireIssue, base: Snapshot, { proof }: Written, { us }: View): void {
  const changes = oursSince(issue, base, us).flatMap((journal) => journal.details);
  for (const [attribute, { field, value }] of Object.entries(proof)) {
    if (holds(issue, attribute, value)) continue;
    if (!changes.some((detail) => detail.name === attribute && plain(detail.new_value) === plain(value))) throw new Ignored(field);
  }
}

/** Makes a field's value of what Redmine's journal says that it was. */
async function reader(
  { directory, view }: Tools,
  issue: WireIssue,
  { proof }: Written,
  call: CallContext,
): Promise<(field: string, old: string | null) => FieldValue> {
  const statuses = proof.status_id ? await directory.statuses(call) : [];
  const priorities = proof.priority_id ? await directory.priorities(call) : [];
  const files = filesOf(issue);
  return (field, old) => {
    if (field === 'summary') return old ?? '';
    if (field === 'description') return readText(view, splitMarker(old).text, files);
    if (field === 'status') return statuses.find((item) => String(item.id) === old)?.name ?? old;
    if (field === 'priority') return priorities.find((item) => String(item.id) === old)?.name ?? old;
    return old;
  };
}

/** Is the issue now exactly what the write was decided on, with our change? Then its version is known to be ours. */
function onlyOurs(view: View, plan: Plan, now: Snapshot, added: string | null): boolean {
  const { base, fileAt, withComment, others } = plan;
  const { fields = {}, comment, deleteFile } = plan.change;
  const local = (doc: RichText) => mapFiles(doc, (key) => fileAt(key)?.id);
  const written = Object.entries(fields).map(([name, value]) => [name, settleField(view, name, isDoc(value) ? local(value) : value)] as const);
  if (!same({ ...base.fields, ...Object.fromEntries(written) }, now.fields)) return false;
  const comments = base.comments.flatMap((c) => {
    if (!comment || comment.do === 'add' || comment.id !== c.id) return [c];
    if (comment.do === 'delete') return [];
    return [{ ...c, ...(comment.body ? { body: settleNotes(view, local(comment.body)) } : {}), public: comment.public ?? c.public }];
  });
  if (
    !same(
      comments,
      now.comments.filter((c) => c.id !== added),
    )
  )
    return false;
  const ids = new Set([...withComment, ...others].map((file) => file.id));
  const holder = (file: FileInfo) => (comment?.do === 'delete' && file.comment === comment.id ? null : file.comment);
  const files = base.files.filter((file) => file.id !== deleteFile).map((file) => ({ ...file, comment: holder(file) }));
  return same(
    files,
    now.files.filter((file) => !ids.has(file.id)),
  );
}
