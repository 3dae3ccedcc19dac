import { createHash } from 'node:crypto';
import type { Comment, FieldValue, FileInfo, Snapshot } from '../../core/entity.ts';
import type { RichText } from '../../core/rich-text/index.ts';
import { mediaTypeOf } from '../../lib/media-type.ts';
import { type Place, readText, settleText, type TextParts } from './text.ts';
import type { WireComment, WireIssue, WireRepo, WireUser } from './wire.ts';

/** GitHub's limit, in characters. */
export const TITLE_CHARS = 256;

/** Who we are. */
export interface Account {
  readonly id: number;
  readonly login: string;
}

/** What is seen from where. */
export interface View extends Place {
  readonly us: Account;
  readonly repo: Pick<WireRepo, 'id' | 'full_name'>;
}

/** How an issue is open or closed: GitHub's `state` with, for a closed one, its `state_reason`. */
export const STATES = ['open', 'completed', 'not_planned', 'duplicate'] as const;

const BYTES = 'application/octet-stream';
/** What GitHub serves, unless that is only bytes. */
const typeFor = (name: string, served: string | undefined): string => (served === undefined || served === BYTES ? mediaTypeOf(name) : served);

/** A ref is `REPOSITORY:NUMBER`, the repository's id: it stays when the repository gets another name or owner, and `/repositories/ID/issues/NUMBER` fetches it. */
export const refOf = (repo: number, number: number): string => `${repo}:${number}`;
export function partsOfRef(ref: string): { readonly repo: number; readonly number: number } | null {
  const [, repo, number] = /^(\d{1,15}):(\d{1,10})$/.exec(ref) ?? [];
  return repo === undefined || number === undefined ? null : { repo: Number(repo), number: Number(number) };
}

export const isUs = (user: WireUser | null, us: Account): boolean => user?.id === us.id;
/** As GitHub names accounts that no longer exist. */
const nameOf = (user: WireUser | null): string => user?.login ?? 'ghost';
const timeOf = (time: string): string => new Date(time).toISOString();

export const labelsOf = ({ labels }: Pick<WireIssue, 'labels'>): string[] =>
  labelsFrom(labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))));
/** Each once whatever its case, in an order of their own: GitHub says none. */
export const labelsFrom = (labels: readonly string[]): string[] => {
  const each = new Map(labels.map((label) => [label.trim().toLowerCase(), label.trim()]));
  return [...each.values()].filter((label) => label !== '').sort();
};

export const stateOf = ({ state, state_reason }: Pick<WireIssue, 'state' | 'state_reason'>): string =>
  state === 'open' ? 'open' : state_reason === 'not_planned' || state_reason === 'duplicate' ? state_reason : 'completed';

/** `comments`: oldest first. `ref`: under which the issue is known, where it was transferred. */
export function snapshotOf(issue: WireIssue, comments: readonly WireComment[], view: View, ref = refOf(view.repo.id, issue.number)): Snapshot {
  const byUs = isUs(issue.user, view.us);
  const description = readText(view, issue.body, byUs);
  const read = comments.map((comment) => ({ comment, text: readText(view, comment.body, isUs(comment.user, view.us)) }));
  return {
    ref,
    urn: `${view.repo.full_name}#${issue.number}`,
    url: issue.html_url,
    version: versionOf(issue, comments, view),
    scope: String(view.repo.id),
    type: issue.type?.name ?? null,
    fields: { summary: issue.title, description: description.doc, state: stateOf(issue), labels: labelsOf(issue) },
    comments: read.map(({ comment, text }) => commentOf(comment, text, view)),
    files: filesOf(issue, description, read, view),
    author: nameOf(issue.user),
    byUs,
    at: timeOf(issue.created_at),
    marker: description.marker,
  };
}

const commentOf = (comment: WireComment, { doc, marker }: TextParts, { us }: View): Comment => ({
  id: String(comment.id),
  body: doc,
  public: true,
  author: nameOf(comment.user),
  byUs: isUs(comment.user, us),
  at: timeOf(comment.created_at),
  marker,
});

/** A file belongs to the first text that refers to it: the description, then the comments in their order. */
function filesOf(issue: WireIssue, description: TextParts, read: readonly { comment: WireComment; text: TextParts }[], view: View): FileInfo[] {
  const found = new Map<string, FileInfo>();
  const add = ({ files }: TextParts, comment: string | null, user: WireUser | null, at: string): void => {
    for (const { id, name } of files)
      if (!found.has(id)) found.set(id, { id, name, type: typeFor(name, view.kinds.get(id)), size: null, comment, byUs: isUs(user, view.us), at: timeOf(at) });
  };
  add(description, null, issue.user, issue.created_at);
  for (const { comment, text } of read) add(text, String(comment.id), comment.user, comment.created_at);
  return [...found.values()];
}

/** A hash of everything that we read: GitHub's times count seconds, and move with what we do not read. */
function versionOf(issue: WireIssue, comments: readonly WireComment[], { repo }: View): string {
  const { number, title, body, type, user } = issue;
  const read = [
    [repo.full_name, number, title, body, stateOf(issue), type?.name, user?.login, labelsOf(issue)],
    comments.map((comment) => [comment.id, comment.body, comment.user?.login]),
  ];
  return createHash('sha256').update(JSON.stringify(read)).digest('base64url').slice(0, 27);
}

/** One line of at most 256 characters: longer ones end with an ellipsis. */
export function settleSummary(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/ ?[\p{Cc}\u2028\u2029]+ ?/gu, ' ')
    .trim();
  const chars = Array.from(line);
  if (chars.length <= TITLE_CHARS) return line;
  return `${chars
    .slice(0, TITLE_CHARS - 1)
    .join('')
    .trimEnd()}…`;
}

export const isDoc = (value: FieldValue | undefined): value is RichText => typeof value === 'object' && value !== null && !Array.isArray(value);

export function settleField(field: string, value: FieldValue): FieldValue {
  if (field === 'summary') return settleSummary(typeof value === 'string' ? value : '');
  if (field === 'labels' && Array.isArray(value)) return labelsFrom(value);
  if (field === 'state' && value === 'closed') return 'completed';
  return isDoc(value) ? settleText(value) : value;
}
