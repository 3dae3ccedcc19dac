import type { EntityRef, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { filesIn } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Change } from '../connector.ts';
import type { WireIssue } from './api.ts';
import { type Client, silent, writesTo } from './client.ts';
import { changeComment, deleteComment, type Internal, postComment } from './comments.ts';
import { moveTo, refused, wireFields } from './fields.ts';
import { addresses, type Uploaded } from './files.ts';
import { isDoc } from './map.ts';
import { readBack } from './read-back.ts';
import type { Account } from './reading.ts';
import { partly, type WriteTools } from './write-tools.ts';

/** Fields, comment with its files, other files: one call for each, and one to see what came of the fields. */
export async function applyChange(tools: WriteTools, ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied> {
  const { account, client } = tools;
  const { fields = {}, comment, files = [], deleteFile, known } = change;
  if (!/^\d{1,18}$/.test(ref)) throw new TrackerError('not-found', `Jira has no issue “${ref}”.`);
  const description = isDoc(fields.description) ? fields.description : null;
  const uploads = [...(comment?.do === 'add' ? comment.files : []), ...files];
  const later = description !== null && filesIn(description).some((key) => uploads.some((file) => file.key === key));
  const how = comment && comment.do !== 'delete' && comment.public === false ? await internally(tools, ref, base, call) : null;
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
    // What was refused for certain leaves no files behind, unless a text that was written shows them.
    const certain = error instanceof TrackerError && !error.inDoubt && written === 0;
    const left = certain ? await removed(account, uploaded, call) : uploaded.length;
    throw written || left ? partly(error) : error;
  }
  const done = { comment: added, files: uploaded.map(({ key, id }) => ({ key, id, carrier: null })) };
  if (!Object.keys(fields).length) return { version: null, ...done, replaced: {} };
  try {
    return { ...done, ...(await readBack(account, ref, base, change, done, call)) };
  } catch (error) {
    throw partly(error);
  }
}

/** How many of the files could not be taken away again. */
async function removed({ files }: Account, uploaded: readonly Uploaded[], call: CallContext): Promise<number> {
  let left = 0;
  for (const { id } of uploaded) await files.remove(id, { ...call, signal: AbortSignal.timeout(10_000) }).catch(() => left++);
  return left;
}

/** How a comment is kept internal here. Throws `rejected` where it cannot be. */
async function internally({ client, directory, internalRole }: WriteTools, ref: EntityRef, base: Snapshot, call: CallContext): Promise<Internal> {
  // Data Center's answer to the write would not show that the issue was moved since, and that the note is none in its new project.
  const scope = client.cloud ? base.scope : await projectNow(client, ref, base.urn, call);
  if (scope === null) throw refused('comment', 'Jira does not say which project the issue is in.');
  const project = await directory.project(scope, call);
  if (project.projectTypeKey === 'service_desk') return { note: true };
  if (!internalRole)
    throw refused(
      'comment',
      `${project.name} is no service project, so it has no internal notes. Name a project role for internal comments in the settings of this instance, or skip them.`,
    );
  return { role: internalRole };
}

async function projectNow(client: Client, ref: EntityRef, urn: string, call: CallContext): Promise<string | null> {
  return (await client.get<WireIssue>(`/issue/${ref}?fields=project`, `Looking where issue ${urn} is`, call)).fields.project?.key ?? null;
}
