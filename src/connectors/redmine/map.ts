import { createHash } from 'node:crypto';
import type { Comment, FieldValue, FileInfo, Snapshot } from '../../core/entity.ts';
import { same } from '../../core/replica.ts';
import type { RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { Named, WireAttachment, WireIssue, WireJournal } from './api.ts';
import { type FileName, readText, type Site, settleText, splitMarker } from './text.ts';

/** Redmine's limit, in characters. */
export const SUBJECT_CHARS = 255;

/** What the account and its Redmine are, beyond the issue itself. */
export interface View extends Site {
  /** Id of our account. */
  readonly us: number;
  /** Name of the custom field that holds our marker. */
  readonly markerField: string;
}

/** Fields besides summary and description: our name → Redmine's attribute. */
export const ATTRIBUTES = { status: 'status_id', priority: 'priority_id', start_date: 'start_date', due_date: 'due_date' } as const;
export type Attribute = keyof typeof ATTRIBUTES;
export const isAttribute = (field: string): field is Attribute => Object.hasOwn(ATTRIBUTES, field);

/** One line of at most 255 characters: longer ones end with an ellipsis. */
export function settleSummary(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/ ?[\p{Cc}\u2028\u2029]+ ?/gu, ' ')
    .trim();
  const chars = Array.from(line);
  return chars.length <= SUBJECT_CHARS ? line : `${chars.slice(0, SUBJECT_CHARS - 1).join('')}…`;
}

export const isDoc = (value: FieldValue | undefined): value is RichText => typeof value === 'object' && value !== null && !Array.isArray(value);

export function settleField(site: Site, field: string, value: FieldValue): FieldValue {
  if (field === 'summary') return settleSummary(typeof value === 'string' ? value : '');
  return isDoc(value) ? settleText(site, value) : value;
}

/** Attachments as texts know them, oldest first. */
export const filesOf = (issue: WireIssue): FileName[] =>
  [...(issue.attachments ?? [])].sort((a, b) => a.id - b.id).map((file) => ({ id: String(file.id), name: file.filename }));

export const hasWords = (journal: WireJournal): boolean => (journal.notes ?? '').trim() !== '';

/** By attachment id: the comment that it came with. */
function holders(journals: readonly WireJournal[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const journal of journals)
    if (hasWords(journal))
      for (const { property, name, new_value } of journal.details) if (property === 'attachment' && new_value !== null) found.set(name, String(journal.id));
  return found;
}

/** `scope`: identifier of the issue's project. */
export function snapshotOf(issue: WireIssue, view: View, scope: string): Snapshot {
  const journals = [...(issue.journals ?? [])].sort((a, b) => a.id - b.id);
  const files = filesOf(issue);
  const { text } = splitMarker(issue.description);
  const ref = String(issue.id);
  return {
    ref,
    urn: ref,
    url: `${view.base}/issues/${ref}`,
    version: versionOf(issue),
    scope,
    type: issue.tracker.name,
    fields: {
      summary: issue.subject,
      description: readText(view, text, files),
      status: issue.status.name,
      priority: issue.priority.name,
      start_date: issue.start_date,
      due_date: issue.due_date,
    },
    comments: journals.filter(hasWords).map((journal) => commentOf(journal, view, files)),
    files: (issue.attachments ?? []).map((file) => fileOf(file, view, holders(journals))).sort((a, b) => Number(a.id) - Number(b.id)),
    author: issue.author?.name ?? '',
    byUs: issue.author?.id === view.us,
    at: issue.created_on,
    marker: markerOf(issue, view.markerField),
  };
}

function commentOf(journal: WireJournal, view: View, files: readonly FileName[]): Comment {
  return {
    id: String(journal.id),
    body: readText(view, journal.notes ?? '', files),
    public: !journal.private_notes,
    author: journal.user?.name ?? '',
    byUs: journal.user?.id === view.us,
    at: journal.created_on,
    marker: null,
  };
}

function fileOf(file: WireAttachment, view: View, held: ReadonlyMap<string, string>): FileInfo {
  const id = String(file.id);
  return {
    id,
    name: file.filename,
    type: file.content_type || 'application/octet-stream',
    size: file.filesize,
    comment: held.get(id) ?? null,
    byUs: file.author?.id === view.us,
    at: file.created_on,
  };
}

/** Our marker, from the custom field of that name or the description. */
export const markerOf = (issue: WireIssue, field: string): string | null => fieldMarker(issue, field) ?? splitMarker(issue.description).marker;

export function fieldMarker(issue: WireIssue, name: string): string | null {
  const value = issue.custom_fields?.find((field) => field.name === name)?.value;
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * `updated_on`, the newest journal, and a hash of everything that we read: Redmine's clock has whole seconds, and does not move when a note is edited,
 * hidden or removed.
 */
export function versionOf(issue: WireIssue): string {
  const newest = Math.max(0, ...(issue.journals ?? []).map((journal) => journal.id));
  const read = [
    issue.project.id,
    issue.tracker.name,
    issue.status.name,
    issue.priority.name,
    issue.subject,
    issue.description,
    issue.start_date,
    issue.due_date,
    issue.custom_fields,
    (issue.journals ?? []).filter(hasWords).map((j) => [j.id, j.notes, j.private_notes, j.user]),
    (issue.attachments ?? []).map((file) => [file.id, file.filename]),
  ];
  const hash = createHash('sha256').update(JSON.stringify(read)).digest('base64url').slice(0, 22);
  return `${issue.updated_on} ${newest} ${hash}${splitMarker(issue.description).marker === null ? '' : ' marked'}`;
}

/** The marker that an issue's description ends with: it has to be written along with each new text. */
export const markerInText = ({ version, marker }: Snapshot): string | null => (version.endsWith(' marked') ? marker : null);

/** The newest journal that a snapshot of this version has seen; 0: none. */
const newestJournal = (version: string): number => Number(version.split(' ')[1] ?? 0);

/** Journals of ours that are newer than what the write was decided on. */
export const oursSince = (issue: WireIssue, base: Snapshot, us: number): WireJournal[] =>
  (issue.journals ?? []).filter((journal) => journal.id > newestJournal(base.version) && journal.user?.id === us);

/** The note that our write added: the last of ours with these words. */
export function noteAdded(issue: WireIssue, base: Snapshot, us: number, notes: string): WireJournal | undefined {
  const plain = (text: string | null) => (text ?? '').replace(/\r\n?/g, '\n').trim();
  return oursSince(issue, base, us).findLast((journal) => plain(journal.notes) === plain(notes));
}

/**
 * What our write replaced where that is not what `base` shows. `written`: Redmine's attribute → field and the value as Redmine keeps it.
 * `read` makes a field's value of Redmine's old one.
 */
export function replacedBy(
  issue: WireIssue,
  base: Snapshot,
  us: number,
  written: Readonly<Record<string, { readonly field: string; readonly value: string }>>,
  read: (field: string, old: string | null) => FieldValue,
): Record<string, FieldValue> {
  const plain = (text: string | null) => (text ?? '').replace(/\r\n?/g, '\n');
  const replaced: Record<string, FieldValue> = {};
  const ours = oursSince(issue, base, us);
  for (const [attribute, { field, value }] of Object.entries(written)) {
    const details = ours.flatMap((journal) => journal.details);
    const detail = details.findLast((d) => d.property === 'attr' && d.name === attribute && plain(d.new_value) === plain(value));
    if (!detail) continue;
    const old = read(field, detail.old_value);
    if (!same(old, base.fields[field])) replaced[field] = old;
  }
  return replaced;
}

/** The id of what goes by this name; names are compared as people do. Throws `rejected`. */
export function idOf(list: readonly Named[], name: FieldValue | undefined, field: string, what: string): number {
  const wanted = typeof name === 'string' ? name.trim().toLowerCase() : '';
  const found = list.find((item) => item.name.toLowerCase() === wanted);
  if (found) return found.id;
  const names = list.map((item) => item.name).join(', ');
  throw new TrackerError('rejected', `There is no ${what} “${typeof name === 'string' ? name : JSON.stringify(name)}” here. There are: ${names}.`, { field });
}
