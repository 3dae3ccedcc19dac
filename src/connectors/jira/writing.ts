import type { EntityRef, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { filesIn } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Change } from '../connector.ts';
import { writesTo } from './client.ts';
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
    return { ...done, ...(await readBack(account, ref, base, change, done, call)) };
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
