import { createHash } from 'node:crypto';
import type { Comment, FieldValue, FileInfo, Snapshot } from '../../core/entity.ts';
import type { RichText } from '../../core/rich-text/index.ts';
import { mediaTypeOf } from '../../lib/media-type.ts';
import { plainTitle, quietTitle } from './guard.ts';
import { type Place, readText, settleText, type TextParts } from './text.ts';
import { isInternal, type WireIssue, type WireNote } from './wire.ts';

/** GitLab's limit, in characters. */
export const TITLE_CHARS = 255;
/** Of a description 1,048,576 characters, of a comment 1,000,000: less what the list of files and the marker take. */
export const TEXT_CHARS = 900_000;

/** What is seen from where. */
export interface View extends Place {
  /** Id of our account. */
  readonly us: number;
}

/** A ref is `PROJECT:IID`: both never change, also when the project gets another path. */
export const refOf = (project: number, iid: number): string => `${project}:${iid}`;
export function partsOfRef(ref: string): { project: number; iid: string } | null {
  const [, project, iid] = /^(\d{1,15}):(\d{1,15})$/.exec(ref) ?? [];
  return project === undefined || iid === undefined ? null : { project: Number(project), iid };
}

/** `notes`: the comments of people, oldest first. */
export function snapshotOf(issue: WireIssue, notes: readonly WireNote[], view: View): Snapshot {
  const byUs = issue.author?.id === view.us;
  const description = readText(view, issue.description, byUs);
  const read = notes.map((note) => ({ note, text: readText(view, note.body, note.author?.id === view.us) }));
  const labels = [...issue.labels].sort();
  return {
    ref: refOf(issue.project_id, issue.iid),
    urn: issue.references?.full ?? `${view.path}#${issue.iid}`,
    url: issue.web_url,
    version: versionOf(issue, notes),
    scope: String(issue.project_id),
    type: issue.issue_type ?? 'issue',
    fields: { summary: plainTitle(issue.title), description: description.doc, state: issue.state, labels, due_date: issue.due_date },
    comments: read.map(({ note, text }) => commentOf(note, text, view)),
    files: filesOf(issue, description, read, view),
    author: issue.author?.name ?? 'Ghost User',
    byUs,
    at: new Date(issue.created_at).toISOString(),
    marker: description.marker,
  };
}

const commentOf = (note: WireNote, { doc, marker }: TextParts, view: View): Comment => ({
  id: String(note.id),
  body: doc,
  public: !isInternal(note),
  author: note.author?.name ?? 'Ghost User',
  byUs: note.author?.id === view.us,
  at: new Date(note.created_at).toISOString(),
  marker,
});

/** A file belongs to the first text that refers to it: the description, then the comments in their order. */
function filesOf(issue: WireIssue, description: TextParts, read: readonly { note: WireNote; text: TextParts }[], view: View): FileInfo[] {
  const found = new Map<string, FileInfo>();
  const add = ({ files }: TextParts, comment: string | null, author: number | undefined, at: string): void => {
    for (const { id, name } of files) {
      if (found.has(id)) continue;
      found.set(id, { id, name, type: mediaTypeOf(name), size: null, comment, byUs: author === view.us, at: new Date(at).toISOString() });
    }
  };
  add(description, null, issue.author?.id, issue.created_at);
  for (const { note, text } of read) add(text, String(note.id), note.author?.id, note.created_at);
  return [...found.values()];
}

/** A hash of everything that we read: GitLab's time does not move with every comment, and moves with what we do not read. */
function versionOf(issue: WireIssue, notes: readonly WireNote[]): string {
  const { project_id, iid, title, description, state, issue_type, confidential, due_date, author, references } = issue;
  const read = [
    [project_id, iid, title, description, state, issue_type, confidential, due_date, author?.name, references?.full, [...issue.labels].sort()],
    notes.map((note) => [note.id, note.body, isInternal(note), note.author?.name]),
  ];
  return createHash('sha256').update(JSON.stringify(read)).digest('base64url').slice(0, 27);
}

const titleChars = (line: string): number => Array.from(quietTitle(line)).length;

/** One line of at most 255 characters, those included that keep it quiet: longer ones end with an ellipsis. */
export function settleSummary(text: string): string {
  const line = plainTitle(text.toWellFormed())
    .replace(/ ?[\p{Cc}\u2028\u2029]+ ?/gu, ' ')
    .trim();
  if (titleChars(line) <= TITLE_CHARS) return line;
  const kept = Array.from(line).slice(0, TITLE_CHARS - 1);
  while (titleChars(kept.join('')) >= TITLE_CHARS) kept.pop();
  return `${kept.join('').trimEnd()}…`;
}

export const isDoc = (value: FieldValue | undefined): value is RichText => typeof value === 'object' && value !== null && !Array.isArray(value);

export function settleField(field: string, value: FieldValue): FieldValue {
  if (field === 'summary') return settleSummary(typeof value === 'string' ? value : '');
  if (field === 'labels' && Array.isArray(value)) return labelsFrom(value);
  return isDoc(value) ? settleText(value) : value;
}

/** Each once, in GitLab's order. */
export const labelsFrom = (value: readonly string[]): string[] => [...new Set(value.map((label) => label.trim()).filter((label) => label !== ''))].sort();
