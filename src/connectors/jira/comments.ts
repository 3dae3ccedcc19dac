import type { EntityRef, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import { canon, filesIn, type RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Change, KnownFiles } from '../connector.ts';
import type { WireComment, WireProperty, WireVisibility } from './api.ts';
import { silent, writesTo } from './client.ts';
import { type FieldTools, refused } from './fields.ts';
import { addresses, mediaIn, type Uploaded } from './files.ts';
import { fileFinder, INTERNAL, isPublic, MARKER } from './map.ts';
import { type Account, confirmedGone } from './reading.ts';
import { readText, withFiles, withoutFiles, writeText } from './text.ts';
import { partly } from './write-tools.ts';

type Add = Extract<NonNullable<Change['comment']>, { do: 'add' }>;
type Edit = Extract<NonNullable<Change['comment']>, { do: 'edit' }>;

/** How a comment is kept internal: as an internal note of a service project, or shown to a project role only. */
export type Internal = { readonly note: true } | { readonly role: string };

interface Tools extends FieldTools {
  readonly account: Account;
}

const noteProperty = (internal: boolean): WireProperty => ({ key: INTERNAL, value: { internal } });

function visibleTo({ client }: Tools, role: string): WireVisibility {
  return client.cloud ? { type: 'role', value: role, identifier: role } : { type: 'role', value: role };
}

/** The comment's members that keep it internal; of both ways nothing for a public one. */
const restriction = (tools: Tools, how: Internal | null): { visibility?: WireVisibility; properties?: WireProperty[] } =>
  how === null ? {} : 'note' in how ? { properties: [noteProperty(true)] } : { visibility: visibleTo(tools, how.role) };

async function bodyOf({ account, client, format }: Tools, body: RichText, own: readonly Uploaded[], known: KnownFiles, call: CallContext): Promise<unknown> {
  const shown = new Set(filesIn(body));
  const doc = withFiles(
    body,
    own.filter(({ key }) => !shown.has(key)).map(({ key, name }) => ({ file: key, name })),
  );
  return writeText(format, doc, await addresses(client, account.files, [doc], own, known, call));
}

/** Posts a comment with its marker, in one call. Returns its id. */
export async function postComment(
  tools: Tools,
  ref: EntityRef,
  { body, marker }: Add,
  own: readonly Uploaded[],
  how: Internal | null,
  known: KnownFiles,
  call: CallContext,
): Promise<string> {
  const { client } = tools;
  const { visibility, properties = [] } = restriction(tools, how);
  const json = {
    body: await bodyOf(tools, body, own, known, call),
    properties: [{ key: MARKER, value: { marker } }, ...properties],
    ...(visibility ? { visibility } : {}),
  };
  const what = `Commenting on issue ${ref}`;
  const made = (
    await commented(client.request({ method: 'POST', path: `/issue/${ref}/comment`, what, json, budget: writesTo(ref) }, call))
  ).json<WireComment>();
  if (!made.id) throw new TrackerError('protocol', `${what}: Jira answered without the comment.`, { inDoubt: true });
  if (how === null || !isPublic(made) || (made.jsdPublic === undefined && 'note' in how)) return made.id;
  // Meant to be internal and public after all: it must not stay.
  const path = `/issue/${ref}/comment/${made.id}`;
  await client.request({ method: 'DELETE', path, what: `Taking back comment ${made.id}, which Jira did not keep internal` }, call).catch((error: unknown) => {
    throw partly(error);
  });
  throw refused('comment', 'Jira did not keep an internal comment internal, so it was taken back. Check the project’s settings for internal notes.');
}

/** Jira says in words what is wrong with a comment's text. */
async function commented<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof TrackerError && error.kind === 'rejected' && error.field === undefined)) throw error;
    throw new TrackerError('rejected', error.message, { field: 'comment', cause: error, ...(error.status === undefined ? {} : { status: error.status }) });
  }
}

/**
 * Changes a comment's text, who sees it, or both. What is not changed is sent as it is: Jira would drop a restriction that is not repeated. One write, but
 * two where another text is to be internal: it follows when Jira has shown that the comment is.
 */
export async function changeComment(
  tools: Tools,
  ref: EntityRef,
  base: Snapshot,
  change: Edit,
  how: Internal | null,
  known: KnownFiles,
  call: CallContext,
): Promise<void> {
  const { client } = tools;
  const { id } = change;
  if (!/^\d{1,18}$/.test(id)) throw new TrackerError('not-found', `Issue ${base.urn} has no comment “${id}”.`);
  const path = `/issue/${ref}/comment/${id}`;
  const what = `Changing comment ${id} of issue ${base.urn}`;
  const before = base.comments.find((comment) => comment.id === id);
  const now = await client.get<WireComment>(`${path}?expand=properties`, what, call);
  // Jira takes no condition with a write: what somebody has written since is looked at once more, not written over.
  if (change.body && before && !sameDoc(await bodyIn(tools, base, now, call), before.body))
    throw new TrackerError('conflict', `Comment ${id} of issue ${base.urn} was edited meanwhile.`);
  const mine = base.files
    .filter((file) => file.comment === id)
    .map((file) => ({ key: keyOf(known, file.id) ?? `here:${file.id}`, id: file.id, name: file.name }));
  const body = change.body ? await bodyOf(tools, change.body, mine, known, call) : now.body;
  const hidden = !isPublic(now);
  const restricted = Boolean(now.visibility?.value || now.visibility?.identifier);
  const note = hidden && !restricted;
  const kept = change.public === undefined && hidden ? (note ? { properties: [noteProperty(true)] } : { visibility: now.visibility ?? null }) : {};
  const published = change.public === true && note ? { properties: [noteProperty(false)] } : {};
  const seenBy = { ...kept, ...published, ...restriction(tools, change.public === false ? how : null) };
  const put = async (text: unknown): Promise<WireComment> =>
    (await commented(client.request({ method: 'PUT', path, what, json: { body: text, ...seenBy }, budget: writesTo(ref) }, call))).json<WireComment>();
  const first = change.public === false && change.body ? now.body : body;
  const made = await put(first);
  if (change.public !== undefined && made.jsdPublic !== undefined && isPublic(made) !== change.public) {
    const error = refused('comment', `Jira did not make comment ${id} ${change.public ? 'public' : 'internal'}.`);
    throw first === now.body && !restricted ? error : partly(error);
  }
  if (first === body) return;
  await put(body).catch((error: unknown) => {
    throw partly(error);
  });
}

/** A comment's text as a fetch shows it, with the files that were there. */
async function bodyIn({ account, format }: Tools, base: Snapshot, { body }: WireComment, call: CallContext): Promise<RichText> {
  const attachments = base.files.map(({ id, name, at }) => ({ id, filename: name, created: at }));
  const wanted = format === 'adf' ? mediaIn(body) : new Map<string, null>();
  const media = wanted.size ? await account.files.attachmentsOf(wanted, attachments, call) : new Map<string, string>();
  return withoutFiles(readText(format, body, fileFinder(attachments, media)));
}

const sameDoc = (a: RichText, b: RichText): boolean => same(canon(a), canon(b));

const keyOf = (known: KnownFiles, id: string): string | undefined => Object.keys(known).find((key) => known[key]?.id === id);

/** Deletes a comment; one that is gone for certain already counts as deleted. */
export async function deleteComment(tools: Tools, ref: EntityRef, id: string, call: CallContext): Promise<void> {
  const { client, account } = tools;
  if (!/^\d{1,18}$/.test(id)) return;
  const what = `Deleting comment ${id} of issue ${ref}`;
  const request = { method: 'DELETE', path: `/issue/${ref}/comment/${id}`, what, expect: 404, budget: writesTo(ref) } as const;
  const answer = await silent(client.request(request, call), client.host);
  if (answer.status !== 404 || (await confirmedGone(account, ref, 'comment', id, call))) return;
  throw new TrackerError('not-found', `${what}: Jira does not find it, or does not show it to the account that Entente uses.`, { status: 404 });
}
