import type { Fields, FieldValue } from '../../core/entity.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { RedmineApi, WireIssue } from './api.ts';
import type { Directory } from './directory.ts';
import { ATTRIBUTES, type Attribute, idOf, isAttribute, isDoc, settleSummary, type View } from './map.ts';
import { type FileName, withMarker, writeText } from './text.ts';

/** What a write needs to know of the account. */
export interface Tools {
  readonly api: RedmineApi;
  readonly directory: Directory;
  readonly view: View;
  readonly maxKb: number;
}

export const refused = (field: string, message: string) => new TrackerError('rejected', message, { field });

/** Fields as Redmine is to be told them, and how to recognise them when they are read back. */
export interface Written {
  readonly attributes: Record<string, unknown>;
  /** By Redmine's attribute. */
  readonly proof: Record<string, { readonly field: string; readonly value: string }>;
}

/** `marker`: to be kept in the description. Throws `rejected` for what Redmine cannot be given. */
export async function fieldsFor(
  tools: Tools,
  fields: Fields,
  marker: string | null,
  fileAt: (key: string) => FileName | undefined,
  call: CallContext,
): Promise<Written> {
  const attributes: Record<string, unknown> = {};
  const proof: Written['proof'] = {};
  for (const [field, value] of Object.entries(fields)) {
    if (field === 'summary') {
      const subject = settleSummary(typeof value === 'string' ? value : '');
      if (!subject) throw refused('summary', 'Redmine needs a subject.');
      attributes.subject = subject;
      proof.subject = { field, value: subject };
    } else if (field === 'description') {
      const text = withMarker(tools.view.format, isDoc(value) ? writeText(tools.view, value, fileAt) : '', marker);
      attributes.description = text;
      proof.description = { field, value: text };
    } else if (isAttribute(field)) {
      const id = ATTRIBUTES[field];
      const wire = await attributeFor(tools, field, value, call);
      attributes[id] = wire;
      proof[id] = { field, value: wire };
    } else throw refused(field, `Redmine has no field “${field}” that can be written.`);
  }
  return { attributes, proof };
}

async function attributeFor({ directory }: Tools, field: Attribute, value: FieldValue, call: CallContext): Promise<string> {
  switch (field) {
    case 'status':
      return String(idOf(await directory.statuses(call), value, field, 'status'));
    case 'priority':
      return String(idOf(await directory.priorities(call), value, field, 'priority'));
    case 'start_date':
    case 'due_date':
      if (value === null) return '';
      if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return value;
      throw refused(field, `${JSON.stringify(value)} is not a date like 2026-11-22.`);
    default:
      return field satisfies never;
  }
}

export const plain = (text: string | null): string => (text ?? '').replace(/\r\n?/g, '\n').trim();

/** Does the issue hold the value? */
export function holds(issue: WireIssue, attribute: string, value: string): boolean {
  const { subject, description, status, priority, start_date, due_date } = issue;
  const now: Record<string, string | null> = { subject, description, status_id: String(status.id), priority_id: String(priority.id), start_date, due_date };
  return plain(now[attribute] ?? null) === plain(value);
}

/** Redmine ignores what the account may not write and what the workflow does not allow, without a word. */
export class Ignored extends TrackerError {
  constructor(field: string) {
    super('rejected', `Redmine did not take the new ${field}: the account's role or the workflow does not allow it here, or something else sets it.`, {
      field,
    });
  }
}
