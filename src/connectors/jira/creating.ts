import type { FieldValue, Snapshot } from '../../core/entity.ts';
import { filesIn } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Draft } from '../connector.ts';
import { writesTo } from './client.ts';
import { type FieldTools, moveTo, refused, spoken, wireFields } from './fields.ts';
import { addresses } from './files.ts';
import { isDoc, MARKER } from './map.ts';
import { fetchExisting, readIssue } from './reading.ts';
import { partly, type WriteTools } from './write-tools.ts';

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
  const types = await directory.types(scope, call);
  const type = draft.type === null ? types[0] : types.find(({ name }) => name.toLowerCase() === draft.type?.trim().toLowerCase());
  if (!type) {
    const names = types.map(({ name }) => name).join(', ');
    throw refused('type', names ? `${scope} has no type “${draft.type}”. There are: ${names}.` : `The account may create no issues in ${scope}.`);
  }
  const { status, ...others } = draft.fields;
  const { description } = others;
  const shows = isDoc(description) && filesIn(description).some((key) => draft.files.some((file) => file.key === key));
  const fields = await wireFields(tools, others, { project: scope }, () => undefined, call);
  const json = {
    fields: { project: { key: scope }, issuetype: { id: type.id }, ...fields },
    properties: [{ key: MARKER, value: { marker } }],
  };
  const what = `Creating an issue in ${scope}`;
  const made = await named(tools, scope, type.id, call, async () => {
    const { id } = (await client.request({ method: 'POST', path: '/issue', what, json }, call)).json<{ id?: string }>();
    if (!id) throw new TrackerError('protocol', `${what}: Jira answered without the new issue.`, { inDoubt: true });
    markers.learn(marker, String(id));
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
    return { snapshot, files: uploaded.map(({ key, id }) => ({ key, id, carrier: null })) };
  } catch (error) {
    throw partly(error);
  }
}

/** A new issue begins where its workflow begins; where no step leads to the status wanted, it stays there, and a fetch shows that. */
async function moveNew(tools: WriteTools, issue: string, status: FieldValue, call: CallContext): Promise<void> {
  const { status: now } = (await readIssue(tools.account, issue, '', call))?.fields ?? {};
  if (now?.name.toLowerCase() === spoken(status).toLowerCase()) return;
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
