import type { Comment, FieldValue, FileInfo, Snapshot } from '../../core/entity.ts';
import { docOf, fromHtml, type RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { WireAttachment, WireComment, WireTicket, WireUser } from './api.ts';
import { NO_DESCRIPTION, settled } from './text.ts';

export const SUBJECT_CHARS = 255;
export const STATUSES = ['new', 'open', 'pending', 'hold', 'solved'] as const;
export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;

export interface Whole {
  readonly origin: string;
  /** Our account's id. */
  readonly me: number;
  readonly ticket: WireTicket;
  /** All of them, oldest first: the first is the description. */
  readonly comments: readonly WireComment[];
  readonly users: ReadonlyMap<number, WireUser>;
}

/** An entity from what Zendesk answers. */
export function snapshotOf({ origin, me, ticket, comments, users }: Whole): Snapshot {
  const files = fileIndex(comments.flatMap(attachmentsOf));
  const [first, ...rest] = comments;
  const nameOf = (id: number): string => users.get(id)?.name ?? `User ${id}`;
  const author = first?.author_id ?? ticket.submitter_id;
  return {
    ref: String(ticket.id),
    urn: String(ticket.id),
    url: `${origin}/agent/tickets/${ticket.id}`,
    version: ticket.updated_at,
    scope: ticket.brand_id === null ? null : String(ticket.brand_id),
    type: ticket.type,
    fields: {
      summary: ticket.subject ?? '',
      description: first ? bodyOf(first, files) : docOf(''),
      status: ticket.status,
      priority: ticket.priority,
      tags: (ticket.tags ?? []).toSorted(),
    },
    comments: rest.map(
      (comment): Comment => ({
        id: String(comment.id),
        body: bodyOf(comment, files),
        public: comment.public,
        author: nameOf(comment.author_id),
        byUs: comment.author_id === me,
        at: comment.created_at,
        marker: null,
      }),
    ),
    files: comments.flatMap((comment) =>
      attachmentsOf(comment).map(
        (file): FileInfo => ({
          id: String(file.id),
          name: file.file_name,
          type: file.content_type ?? 'application/octet-stream',
          size: file.size,
          comment: comment === first ? null : String(comment.id),
          byUs: comment.author_id === me,
          at: comment.created_at,
        }),
      ),
    ),
    author: nameOf(author),
    byUs: author === me,
    at: ticket.created_at,
    marker: ticket.external_id,
  };
}

/** The files of a comment that still have their content: a redacted one is an empty `redacted.txt` under the old id. */
export const attachmentsOf = (comment: { attachments?: readonly WireAttachment[] }): readonly WireAttachment[] =>
  (comment.attachments ?? []).filter((file) => !file.deleted && !(file.file_name === 'redacted.txt' && !file.size));

type FileIndex = ReadonlyMap<string, { file: string; name: string }>;

/** Files by the addresses under which a text may refer to them. */
function fileIndex(attachments: readonly WireAttachment[]): FileIndex {
  const index = new Map<string, { file: string; name: string }>();
  for (const { id, file_name: name, content_url: url, mapped_content_url: mapped } of attachments)
    for (const address of [url, mapped]) if (address) index.set(keyOf(address), { file: String(id), name });
  return index;
}

/** Zendesk's attachment addresses differ in host (mapped hosts) and query (`?name=`); the token tells them. */
const keyOf = (url: string): string => /\/attachments\/token\/([^/?#]+)/.exec(url)?.[1] ?? url;

function bodyOf(comment: WireComment, files: FileIndex): RichText {
  if (typeof comment.html_body === 'string') return fromHtml(comment.html_body, { fileOf: (url) => files.get(keyOf(url)) });
  return docOf(comment.plain_body ?? comment.body ?? '');
}

const isDoc = (value: FieldValue): value is RichText => typeof value === 'object' && value !== null && 'type' in value && value.type === 'root';

/** One line, no longer than Zendesk keeps, never half a character at its end. */
function subjectOf(value: string): string {
  const line = value
    .replace(/\p{Cc}+|\s+/gu, ' ')
    .replace(/ +/g, ' ')
    .trim();
  return line.length <= SUBJECT_CHARS
    ? line
    : line
        .slice(0, SUBJECT_CHARS)
        .replace(/[\ud800-\udbff]$/, '')
        .trim();
}

/** The value that a fetch shows after `value` was written. */
export function settledField(field: string, value: FieldValue): FieldValue {
  switch (field) {
    case 'summary':
      return typeof value === 'string' ? subjectOf(value) : value;
    case 'description':
      return settled(typeof value === 'string' ? docOf(value) : isDoc(value) ? value : docOf(''), NO_DESCRIPTION);
    case 'tags':
      // Zendesk: lower case, no blanks, each once.
      return Array.isArray(value)
        ? [...new Set((value as string[]).map((tag) => tag.trim().toLowerCase().replace(/\s+/g, '_')).filter(Boolean))].sort()
        : value;
    case 'priority':
    case 'status':
      return typeof value === 'string' ? value.toLowerCase() || null : value;
    default:
      return value;
  }
}

const WIRE: Readonly<Record<string, string>> = { summary: 'subject', status: 'status', priority: 'priority', tags: 'tags' };

/** The members of a ticket for our fields. Throws `rejected` for one that Zendesk does not have. The description goes with the first comment. */
export function wireFields(fields: Readonly<Record<string, FieldValue>>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const wire = WIRE[name];
    if (!wire) throw new TrackerError('rejected', `Zendesk tickets have no field “${name}” that Entente can write.`, { field: name });
    out[wire] = settledField(name, value);
  }
  return out;
}

/** The field that a change in an audit is about, and what it held before. Undefined: none of ours. */
export function replacedBy(event: { field_name?: string; previous_value?: unknown }): { field: string; value: FieldValue } | undefined {
  const field = Object.keys(WIRE).find((name) => WIRE[name] === event.field_name);
  if (!field) return undefined;
  const { previous_value: old } = event;
  if (field === 'tags')
    return { field, value: (Array.isArray(old) ? old.map(String) : typeof old === 'string' ? old.split(/\s+/) : []).filter(Boolean).sort() };
  return { field, value: typeof old === 'string' ? old : field === 'summary' ? '' : null };
}
