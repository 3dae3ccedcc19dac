import type { EntityRef, Fields, FieldValue, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { filesIn, fromWiki, mapFiles } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Change, Draft } from '../connector.ts';
import type { WireIssue } from './api.ts';
import { writesTo } from './client.ts';
import { changeComment, deleteComment, type Internal, postComment } from './comments.ts';
import { type FieldTools, moveTo, personIn, refused, wireFields } from './fields.ts';
import { addresses, type Uploaded } from './files.ts';
import { fileFinder, isDoc, MARKER, replacedBy, settledField } from './map.ts';
import type { Markers } from './marker.ts';
import { type Account, fetchExisting, readIssue, viewOf, wholeSnapshot } from './reading.ts';
import { readText } from './text.ts';

export interface WriteTools extends FieldTools {
  readonly account: Account;
  readonly markers: Markers;
  /** Project for new issues, unless the draft says another. */
  readonly project: string | undefined;
  /** Role that internal comments are shown to where there are no internal notes. */
  readonly internalRole: string | undefined;
}

/** Something of it stands there: whoever asked has to look before trying again. */
function partly(error: unknown): unknown {
  if (!(error instanceof TrackerError) || (error.inDoubt && error.kind === 'unavailable')) return error;
  return new TrackerError('unavailable', `A part of it was written, then: ${error.message}`, { inDoubt: true, cause: error });
}

/** Looks for the marker, creates with it, then attaches the files that only an issue can have. Each failure after the creation is in doubt. */
export async function createIssue(
  tools: WriteTools,
  draft: Draft,
  marker: string,
  call: CallContext,
): Promise<{ snapshot: Snapshot; files: Applied['files'] }> {
  const { account, client, directory, markers } = tools;
  const scope = draft.scope ?? tools.project;
  if (!scope) throw refused('scope', 'Choose the project in which issues are created (in the connection, or in the settings of this instance).');
  const there = await markers.find(marker, null, call);
  if (there) return { snapshot: there, files: [] };
  const project = await directory.project(scope, call);
  const types = await directory.types(project.key, call);
  const type = draft.type === null ? types[0] : types.find(({ name }) => name.toLowerCase() === draft.type?.trim().toLowerCase());
  if (!type) {
    const names = types.map(({ name }) => name).join(', ');
    throw refused('type', names ? `${project.name} has no type “${draft.type}”. There are: ${names}.` : `The account may create no issues in ${project.name}.`);
  }
  const { status, ...others } = draft.fields;
  const { description } = others;
  const shows = isDoc(description) && filesIn(description).some((key) => draft.files.some((file) => file.key === key));
  const fields = await wireFields(tools, others, { project: project.key }, () => undefined, call);
  const json = {
    fields: { project: { key: project.key }, issuetype: { id: type.id }, ...fields },
    properties: [{ key: MARKER, value: { marker } }],
  };
  const what = `Creating an issue in ${project.key}`;
  const made = await named(tools, project.key, type.id, call, async () => {
    const { id } = (await client.request({ method: 'POST', path: '/issue', what, json }, call)).json<{ id?: string }>();
    if (!id) throw new TrackerError('protocol', `${what}: Jira answered without the new issue.`, { inDoubt: true });
    return String(id);
  });
  try {
    const uploaded = await account.files.attach(made, draft.files, [], call);
    if (shows && isDoc(description)) {
      const urlOf = await addresses(account.client, account.files, [description], uploaded, {}, call);
      const text = await wireFields(tools, { description }, { issue: made }, urlOf, call);
      await client.request({ method: 'PUT', path: `/issue/${made}`, what: `Describing issue ${made}`, json: { fields: text }, budget: writesTo(made) }, call);
    }
    if (status != null && status !== '') await moveNew(tools, made, status, call);
    const snapshot = await fetchExisting(account, made, call);
    markers.learn(marker, made);
    return { snapshot, files: uploaded.map(({ key, id }) => ({ key, id, carrier: null })) };
  } catch (error) {
    throw partly(error);
  }
}

/** A new issue begins where its workflow begins; where no step leads to the status wanted, it stays there, and a fetch shows that. */
async function moveNew(tools: WriteTools, issue: string, status: FieldValue, call: CallContext): Promise<void> {
  const { status: now } = (await readIssue(tools.account, issue, '', call))?.fields ?? {};
  if (now?.name.toLowerCase() === String(status).toLowerCase()) return;
  await moveTo(tools, issue, status, call).catch((error: unknown) => {
    if (!(error instanceof TrackerError && error.kind === 'rejected')) throw error;
  });
}

/** Jira refuses fields by their ids; people know them by name. */
async function named<T>({ directory }: FieldTools, project: string, type: string, call: CallContext, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof TrackerError && error.kind === 'rejected' && error.field?.startsWith('customfield_'))) throw error;
    const metas = await directory.fields(project, type, call).catch(() => []);
    const name = metas.find(({ fieldId }) => fieldId === error.field)?.name ?? error.field;
    let { message } = error;
    for (const meta of metas) message = message.replaceAll(`${meta.fieldId}:`, `${meta.name}:`);
    throw new TrackerError('rejected', message, { field: name, status: error.status ?? 400, cause: error });
  }
}

/** Fields, comment with its files, other files: one call for each, and one to see what came of the fields. */
export async function applyChange(tools: WriteTools, ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
  const { account, client } = tools;
  const { fields = {}, comment, files = [], deleteFile, known } = change;
  if (!/^\d{1,18}$/.test(ref)) throw new TrackerError('not-found', `Jira has no issue “${ref}”.`);
  const description = isDoc(fields.description) ? fields.description : null;
  const uploads = [...(comment?.do === 'add' ? comment.files : []), ...files];
  const later = description !== null && filesIn(description).some((key) => uploads.some((file) => file.key === key));
  const how = comment && comment.do !== 'delete' && comment.public === false ? await internally(tools, base, call) : null;
  let written = 0;
  let uploaded: Uploaded[] = [];
  let added: string | null = null;

  const writeFields = async (): Promise<void> => {
    const urlOf = await addresses(account.client, account.files, description ? [description] : [], uploaded, known, call);
    const json = await wireFields(tools, fields, { issue: ref }, urlOf, call);
    if (Object.keys(json).length) {
      await silent(
        client.request({ method: 'PUT', path: `/issue/${ref}`, what: `Changing issue ${base.urn}`, json: { fields: json }, budget: writesTo(ref) }, call),
        client.host,
      );
      written += 1;
    }
    if ('status' in fields && !same(fields.status, base.fields.status)) {
      await moveTo(tools, ref, fields.status ?? null, call);
      written += 1;
    }
  };

  try {
    if (!later) await writeFields();
    const taken = base.files.map(({ name }) => name);
    uploaded = await account.files.attach(ref, uploads, taken, call);
    if (later) await writeFields();
    if (comment?.do === 'add') {
      const own = uploaded.filter(({ key }) => comment.files.some((file) => file.key === key));
      added = await postComment(tools, ref, comment, own, how, known, call);
    }
    if (comment?.do === 'edit') await changeComment(tools, ref, base, comment, how, known, call);
    if (comment?.do === 'delete') await deleteComment(tools, ref, comment.id, call);
    if (comment) written += 1;
    if (deleteFile !== undefined) {
      await account.files.remove(deleteFile, call);
      written += 1;
    }
  } catch (error) {
    // What was refused for certain leaves no files behind.
    const certain = error instanceof TrackerError && !error.inDoubt;
    const left = certain ? await removed(account, uploaded, call) : uploaded.length;
    throw written || left ? partly(error) : error;
  }
  const done = { comment: added, files: uploaded.map(({ key, id }) => ({ key, id, carrier: null })) };
  if (!Object.keys(fields).length) return { version: null, ...done, replaced: {} };
  try {
    return { ...done, ...(await readBack(tools, ref, base, change, done, call)) };
  } catch (error) {
    throw partly(error);
  }
}

/** Jira answers such a write with nothing; a page says that it was not Jira. */
export async function silent(answer: Promise<{ readonly text: string; readonly status: number }>, host: string): Promise<void> {
  const { text, status } = await answer;
  if (/^\s*</.test(text)) throw new TrackerError('protocol', `${host} answered with a web page where Jira answers with nothing.`, { status, inDoubt: true });
}

/** How many of the files could not be taken away again. */
async function removed({ files }: Account, uploaded: readonly Uploaded[], call: CallContext): Promise<number> {
  let left = 0;
  for (const { id } of uploaded) await files.remove(id, { ...call, signal: AbortSignal.timeout(10_000) }).catch(() => left++);
  return left;
}

/** How a comment is kept internal here. Throws `rejected` where it cannot be. */
async function internally({ directory, internalRole }: WriteTools, base: Snapshot, call: CallContext): Promise<Internal> {
  if (base.scope === null) throw refused('comment', 'Jira does not say which project the issue is in.');
  const project = await directory.project(base.scope, call);
  if (project.projectTypeKey === 'service_desk') return { note: true };
  if (!internalRole)
    throw refused(
      'comment',
      `${project.name} is no service project, so it has no internal notes. Name a project role for internal comments in the settings of this instance, or skip them.`,
    );
  return { role: internalRole };
}

/** Reads the issue with its history: what the write replaced, and whether it is now exactly what was decided on. */
async function readBack(
  { account }: WriteTools,
  ref: EntityRef,
  base: Snapshot,
  { fields = {}, known }: Change,
  done: Pick<Applied, 'comment' | 'files'>,
  call: CallContext,
): Promise<Pick<Applied, 'version' | 'replaced'>> {
  const issue = await readIssue(account, ref, '&expand=changelog', call);
  if (!issue) throw new TrackerError('not-found', `Issue ${base.urn} was deleted just now, or is no longer shown to us.`, { status: 404 });
  const view = await viewOf(account, call);
  const now = await wholeSnapshot(account, issue, call);
  const ids = new Map([...Object.entries(known).map(([key, { id }]) => [key, id] as const), ...done.files.map(({ key, id }) => [key, id] as const)]);
  const local = (value: FieldValue): FieldValue => (isDoc(value) ? mapFiles(value, (key) => ids.get(key)) : value);
  const settled: Fields = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, settledField(view.format, name, local(value))]));
  const replaced = replacedBy(
    issue.changelog?.histories ?? [],
    base,
    view.me,
    Object.keys(fields).filter((name) => !same(settled[name], base.fields[name])),
    reader(issue, account),
  );
  const mine = new Set(done.files.map(({ id }) => id));
  const onlyOurs =
    same({ ...base.fields, ...settled }, now.fields) &&
    same(base.comments.map(unmarked), now.comments.filter(({ id }) => id !== done.comment).map(unmarked)) &&
    same(
      base.files,
      now.files.filter(({ id }) => !mine.has(id)),
    ) &&
    base.type === now.type &&
    base.scope === now.scope;
  return { version: onlyOurs && !Object.keys(replaced).length ? now.version : null, replaced };

  function unmarked({ marker: _, ...comment }: Snapshot['comments'][number]): object {
    return comment;
  }
  function reader(read: WireIssue, { format }: Account) {
    const fileOf = fileFinder(read.fields.attachment ?? [], new Map());
    const people = [read.fields.assignee, read.fields.creator, read.fields.reporter];
    return (field: string, text: string | null, id: string | null): FieldValue => {
      if (field === 'summary') return text ?? '';
      // Cloud's history shows documents as wiki text.
      if (field === 'description') return format === 'wiki' ? readText('wiki', text, fileOf) : fromWiki(text ?? '', { fileOf });
      if (field === 'labels') return (text ?? '').split(/\s+/).filter(Boolean).sort();
      if (field === 'assignee') return id === null ? null : personIn(people, id, text);
      if (field === 'due date') return (id ?? text)?.slice(0, 10) ?? null;
      return text || null;
    };
  }
}
