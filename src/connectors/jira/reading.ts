import type { EntityRef, Snapshot } from '../../core/entity.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { WireComment, WireCommentPage, WireIssue } from './api.ts';
import type { Client } from './client.ts';
import type { Directory } from './directory.ts';
import { type Files, mediaIn } from './files.ts';
import { commentMarker, FIELDS, MARKER, snapshotOf, type View } from './map.ts';
import type { TextFormat } from './text.ts';

/** An open Jira: what reading and writing share. */
export interface Account {
  readonly client: Client;
  readonly directory: Directory;
  readonly files: Files;
  readonly format: TextFormat;
  /** Issues of whose deletion Jira has told us, by a signed notice. */
  readonly deleted: ReadonlySet<EntityRef>;
}

const missing = (ref: string): string => `Jira has no issue ${ref}, or does not show it to the account that Entente uses.`;
const REF = /^\d{1,18}$/;

export async function viewOf({ client, directory, format }: Account, call: CallContext): Promise<View> {
  return { format, site: client.site, me: (await directory.me(call)).id };
}

/** Null: Jira does not find it, whatever that means. */
export async function readIssue({ client }: Account, ref: EntityRef, more: string, call: CallContext): Promise<WireIssue | null> {
  if (!REF.test(ref)) return null;
  const path = `/issue/${ref}?fields=${FIELDS}&properties=${MARKER}${more}`;
  const response = await client.request({ method: 'GET', path, what: `Reading issue ${ref}`, expect: 404 }, call);
  return response.status === 404 ? null : response.json<WireIssue>();
}

/** Comments, oldest first. With their properties: markers, and in Data Center what is internal. */
export async function readComments({ client }: Account, ref: EntityRef, from: number, call: CallContext): Promise<WireComment[]> {
  const found: WireComment[] = [];
  for (let at = from; ; ) {
    const path = `/issue/${ref}/comment?startAt=${at}&maxResults=1000&orderBy=created&expand=properties`;
    const page = await client.get<WireCommentPage>(path, `Reading the comments of issue ${ref}`, call);
    found.push(...page.comments);
    at += page.comments.length;
    if (!page.comments.length || at >= page.total) return found;
  }
}

/** Every comment of an issue: those that came with it, unless some are missing there or what is internal is not told. */
async function commentsOf(account: Account, issue: WireIssue, call: CallContext): Promise<WireComment[]> {
  const { comments = [], total = 0 } = issue.fields.comment ?? {};
  // Data Center's service management says it only in the comments' properties, and they stay when the issue is moved out of a service project.
  const untold = comments.some((comment) => comment.jsdPublic === undefined);
  return untold || total > comments.length ? readComments(account, issue.id, 0, call) : comments;
}

/** An issue that was read, with what else belongs to it. */
export async function wholeSnapshot(account: Account, issue: WireIssue, call: CallContext): Promise<Snapshot> {
  const [comments, view] = [await commentsOf(account, issue, call), await viewOf(account, call)];
  const attachments = issue.fields.attachment ?? [];
  const wanted =
    account.format === 'adf' && attachments.length ? mediaIn([issue.fields.description, ...comments.map(({ body }) => body)]) : new Map<string, null>();
  const media = wanted.size ? await account.files.attachmentsOf(wanted, attachments, call) : new Map<string, string>();
  return snapshotOf(issue, comments, media, view);
}

/** One call; more for very many comments, and for pictures that are seen for the first time. */
export async function fetchIssue(account: Account, ref: EntityRef, call: CallContext): Promise<Snapshot | 'gone'> {
  await account.directory.me(call);
  const issue = await readIssue(account, ref, '', call);
  if (issue) return wholeSnapshot(account, issue, call);
  // To credentials that are no longer good Jira shows what it shows to visitors.
  await prove(account, call);
  // Jira says the same of what was deleted and of what the account may not see. Only its own notice of the deletion tells them apart.
  if (account.deleted.has(ref)) return 'gone';
  throw new TrackerError('not-found', missing(ref), { status: 404 });
}

async function prove({ directory, client }: Account, call: CallContext): Promise<void> {
  await directory.prove(call).catch((error: unknown) => {
    if (!(error instanceof TrackerError && error.status === 404)) throw error;
    throw new TrackerError('not-found', `${client.host} finds neither the issue nor our own account: something else answers there.`, {
      status: 404,
      cause: error,
    });
  });
}

/** An issue that is known to be there. Throws `not-found`. */
export async function fetchExisting(account: Account, ref: EntityRef, call: CallContext): Promise<Snapshot> {
  const snapshot = await fetchIssue(account, ref, call);
  if (snapshot === 'gone') throw new TrackerError('not-found', missing(ref), { status: 404 });
  return snapshot;
}

/** The key or id in what a person typed: `SUP-12`, `10012`, an address of the issue in the browser. Undefined: none of these. */
export function keyIn(typed: string, site: string): string | undefined {
  const text = typed.trim();
  const key = /^[a-z][a-z0-9_]*-\d{1,12}$/i;
  if (key.test(text)) return text.toUpperCase();
  if (REF.test(text)) return text;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { origin, pathname, searchParams } = new URL(text);
  const base = new URL(site);
  const below = base.pathname.replace(/\/$/, '');
  if (origin !== base.origin || !`${pathname}/`.startsWith(`${below}/`)) return undefined;
  const last = searchParams.get('selectedIssue') ?? pathname.slice(below.length).split('/').filter(Boolean).at(-1) ?? '';
  const page =
    searchParams.has('selectedIssue') || /\/(browse|issues|issue|portal\/\d+|queues\/(issue|custom\/\d+)|projects\/[^/]+\/issues)\/[^/]+\/?$/.test(pathname);
  return page && key.test(last) ? last.toUpperCase() : undefined;
}

/** The ref for a key, an id or an address. An old key of a moved issue is followed. Throws `not-found`. */
export async function findIssue({ client }: Account, urn: string, call: CallContext): Promise<EntityRef> {
  const key = keyIn(urn, client.site);
  if (!key) throw new TrackerError('not-found', `“${urn}” is not the key or the address of an issue in ${client.site}.`);
  const response = await client.request({ method: 'GET', path: `/issue/${key}?fields=summary`, what: `Looking up issue ${key}`, expect: 404 }, call);
  if (response.status === 404) throw new TrackerError('not-found', missing(key), { status: 404 });
  return response.json<WireIssue>().id;
}

/** Our comments' markers, by comment id: a fetch does not show them in Cloud. */
export async function markersIn(account: Account, ref: EntityRef, call: CallContext): Promise<Readonly<Record<string, string>>> {
  const { client } = account;
  const us = (await viewOf(account, call)).me;
  const markers: Record<string, string> = {};
  for (const comment of await readComments(account, ref, 0, call)) {
    let marker = commentMarker(comment);
    // A Jira that does not show properties in the list shows them one by one.
    if (comment.properties === undefined && [comment.author?.accountId, comment.author?.key, comment.author?.name].includes(us)) {
      const path = `/comment/${comment.id}/properties/${MARKER}`;
      const answer = await client.request({ method: 'GET', path, what: `Reading the marker of comment ${comment.id}`, expect: 404 }, call);
      if (answer.status !== 404) marker = commentMarker({ ...comment, properties: [answer.json<{ key: string; value?: unknown }>()] });
    }
    if (marker !== null) markers[comment.id] = marker;
  }
  return markers;
}

/** Is what a fetch does not show really gone? Jira says so in its own words; those of a restriction are others. */
export async function confirmedGone(account: Account, ref: EntityRef, kind: 'comment' | 'file', id: string, call: CallContext): Promise<boolean> {
  const { client } = account;
  if (!REF.test(id)) return true;
  const issue = await readIssue(account, ref, '', call);
  if (!issue) return account.deleted.has(ref);
  const path = kind === 'comment' ? `/issue/${ref}/comment/${id}` : `/attachment/${id}`;
  const answer = await client.request({ method: 'GET', path, what: `Looking up ${kind} ${id}`, expect: 404 }, call).catch((error: unknown) => {
    if (error instanceof TrackerError && error.kind === 'forbidden') return null;
    throw error;
  });
  if (answer?.status !== 404) return false;
  if (kind === 'file') return !(issue.fields.attachment ?? []).some((file) => file.id === id);
  return /can\s?not find a comment|comment .*does not exist/i.test(answer.text);
}
