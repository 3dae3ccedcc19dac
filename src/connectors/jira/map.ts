import { createHash } from 'node:crypto';
import type { Comment, FieldValue, FileInfo, Snapshot } from '../../core/entity.ts';
import { docOf, filesIn, type ReadOptions, type RichText } from '../../core/rich-text/index.ts';
import type { WireAttachment, WireComment, WireFields, WireIssue, WireProperty, WireUser } from './api.ts';
import { readText, settledText, type TextFormat, withoutFiles } from './text.ts';

export const SUMMARY_CHARS = 255;
/** Under this key our marker stands in the properties of an issue and of a comment: `{marker}`. */
export const MARKER = 'entente';
/** Jira Service Management: `{internal: true}` in this property of a comment makes it an internal note. */
export const INTERNAL = 'sd.public.comment';

/** Our names for fields, and Jira's ids. */
export const FIELD_IDS: Readonly<Record<string, string>> = {
  summary: 'summary',
  description: 'description',
  status: 'status',
  priority: 'priority',
  labels: 'labels',
  assignee: 'assignee',
  'due date': 'duedate',
};
/** What a fetch asks for. */
export const FIELDS = [...Object.values(FIELD_IDS), 'issuetype', 'project', 'creator', 'reporter', 'created', 'updated', 'comment', 'attachment'].join();

export interface View {
  readonly format: TextFormat;
  readonly site: string;
  /** Our account, as `idOf` says it. */
  readonly me: string;
}

/** An account's id: Cloud's or Data Center's. */
export const idOf = (user: WireUser | null | undefined): string | null => user?.accountId ?? user?.key ?? user?.name ?? null;
const nameOf = (user: WireUser | null | undefined): string => user?.displayName ?? user?.name ?? 'Anonymous';

/** Jira writes `2026-11-22T10:00:00.000+0000`. */
export const timeOf = (time: string | undefined): number => Date.parse((time ?? '').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
const utc = (time: string | undefined): string => {
  const ms = timeOf(time);
  return new Date(Number.isNaN(ms) ? 0 : ms).toISOString();
};

export const byAge = (a: { created: string; id: string }, b: { created: string; id: string }): number =>
  timeOf(a.created) - timeOf(b.created) || Number(a.id) - Number(b.id);

export const markerOf = (properties: Readonly<Record<string, unknown>> | undefined): string | null => markerIn(properties?.[MARKER]);
export function markerIn(value: unknown): string | null {
  const marker = typeof value === 'object' && value !== null ? (value as { marker?: unknown }).marker : undefined;
  return typeof marker === 'string' ? marker : null;
}
const propertyOf = (properties: readonly WireProperty[] | undefined, key: string): unknown => properties?.find((one) => one.key === key)?.value;
/** The marker of a comment that was read with its properties. */
export const commentMarker = ({ properties }: WireComment): string | null => markerIn(propertyOf(properties, MARKER));

/** Restricted to a role or group, or an internal note of a service project. */
export function isPublic({ visibility, jsdPublic, properties }: WireComment): boolean {
  if (visibility?.value || visibility?.identifier || jsdPublic === false) return false;
  const told = propertyOf(properties, INTERNAL);
  return !(typeof told === 'object' && told !== null && String((told as { internal?: unknown }).internal) === 'true');
}

/** Recognises what texts call files: addresses, names (the newest of that name), and ids of documents (`media`). */
export function fileFinder(attachments: readonly WireAttachment[], media: ReadonlyMap<string, string>): NonNullable<ReadOptions['fileOf']> {
  const byId = new Map(attachments.map((file) => [file.id, { file: file.id, name: file.filename }]));
  const byName = new Map([...attachments].sort(byAge).map((file) => [file.filename, { file: file.id, name: file.filename }]));
  return (key) => {
    const id = media.get(key) ?? /\/(?:attachment\/content|secure\/attachment|attachments?)\/(\d+)(?:[/?#]|$)/.exec(key)?.[1];
    return (id === undefined ? undefined : byId.get(id)) ?? byName.get(key);
  };
}

/** `comments`: all of them. `media`: the issue's attachments by the ids that its documents use. */
export function snapshotOf(issue: WireIssue, comments: readonly WireComment[], media: ReadonlyMap<string, string>, view: View): Snapshot {
  const { fields } = issue;
  const attachments = [...(fields.attachment ?? [])].sort(byAge);
  const fileOf = fileFinder(attachments, media);
  const description = readText(view.format, fields.description, fileOf);
  const read = [...comments].sort(byAge).map((comment) => ({ comment, body: readText(view.format, comment.body, fileOf) }));
  // A file belongs to the first text that shows it.
  const holders = new Map<string, string | null>();
  for (const file of filesIn(description)) holders.set(file, null);
  for (const { comment, body } of read) for (const file of filesIn(body)) if (!holders.has(file)) holders.set(file, comment.id);
  const whole = {
    ref: issue.id,
    urn: issue.key,
    url: `${view.site}/browse/${issue.key}`,
    scope: fields.project?.key ?? null,
    type: fields.issuetype?.name ?? null,
    fields: {
      summary: fields.summary ?? '',
      description,
      status: fields.status?.name ?? null,
      priority: fields.priority?.name ?? null,
      labels: (fields.labels ?? []).toSorted(),
      assignee: personOf(fields.assignee),
      'due date': fields.duedate ?? null,
    },
    comments: read.map(
      ({ comment, body }): Comment => ({
        id: comment.id,
        body: withoutFiles(body),
        public: isPublic(comment),
        author: nameOf(comment.author),
        byUs: idOf(comment.author) === view.me,
        at: utc(comment.created),
        marker: commentMarker(comment),
      }),
    ),
    files: attachments.map(
      (file): FileInfo => ({
        id: file.id,
        name: file.filename,
        type: file.mimeType || 'application/octet-stream',
        size: file.size ?? null,
        comment: holders.get(file.id) ?? null,
        byUs: idOf(file.author) === view.me,
        at: utc(file.created),
      }),
    ),
    author: nameOf(fields.reporter ?? fields.creator),
    byUs: idOf(fields.creator) === view.me,
    at: utc(fields.created),
    marker: markerOf(issue.properties),
  } satisfies Omit<Snapshot, 'version'>;
  return { ...whole, version: versionOf(fields, whole) };
}

/** When it was changed, and a hash of what we read of it: Data Center on some databases counts whole seconds, and a hidden comment moves no clock. */
function versionOf({ updated }: WireFields, whole: object): string {
  const hash = createHash('sha256').update(JSON.stringify(whole)).digest('base64url').slice(0, 22);
  return `${updated ?? ''} ${hash}`;
}

/** People go by their e-mail address where Jira shows it, else by name. */
export const personOf = (user: WireUser | null | undefined): string | null => (user ? user.emailAddress || user.displayName || user.name || null : null);

export const isDoc = (value: FieldValue | undefined): value is RichText =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'root';

/** One line, no longer than Jira keeps, never half a character at its end. */
export function summaryOf(value: string): string {
  const line = value
    .toWellFormed()
    .replace(/ ?[\p{Cc}\u2028\u2029]+ ?/gu, ' ')
    .trim();
  return line.length <= SUMMARY_CHARS
    ? line
    : `${line
        .slice(0, SUMMARY_CHARS - 1)
        .replace(/[\ud800-\udbff]$/, '')
        .trim()}…`;
}

/** The value that a fetch shows after `value` was written. */
export function settledField(format: TextFormat, field: string, value: FieldValue): FieldValue {
  switch (field) {
    case 'summary':
      return typeof value === 'string' ? summaryOf(value) : value;
    case 'description':
      return settledText(format, isDoc(value) ? value : docOf(typeof value === 'string' ? value : ''));
    case 'labels':
      // Jira: no blanks in a label, each once.
      return Array.isArray(value)
        ? [...new Set((value as string[]).map((label) => label.trim().replace(/\s+/g, '_').slice(0, 255)).filter(Boolean))].sort()
        : value;
    default:
      return value === '' ? null : value;
  }
}
