import type { Fields, FieldValue, Snapshot } from '../../core/entity.ts';
import type { RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import { quietTitle } from './guard.ts';
import { isDoc, labelsFrom, settleSummary } from './map.ts';
import type { WireIssue } from './wire.ts';

export const STATES = ['opened', 'closed'] as const;
/** What can be created by everybody's GitLab. Others (test cases, epics …) depend on the plan. */
export const TYPES = ['issue', 'incident', 'task'] as const;

export const refused = (field: string, message: string): TrackerError => new TrackerError('rejected', message, { field });

/** The members that an issue is written with. `description` makes a text of the document; `base`: null for a new issue. Throws `rejected`. */
export function membersFor(fields: Fields, base: Snapshot | null, description: (doc: RichText) => string): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) Object.assign(members, memberFor(field, value, base, description));
  return members;
}

function memberFor(field: string, value: FieldValue, base: Snapshot | null, description: (doc: RichText) => string): Record<string, unknown> {
  switch (field) {
    case 'summary': {
      const title = settleSummary(typeof value === 'string' ? value : '');
      if (title === '') throw refused('summary', 'GitLab needs a title, and this one is empty.');
      return { title: quietTitle(title) };
    }
    case 'description':
      return { description: description(isDoc(value) ? value : { type: 'root', children: [] }) };
    case 'state':
      if (!STATES.some((state) => state === value)) throw refused(field, `GitLab's issues are opened or closed, not ${JSON.stringify(value)}.`);
      return { state_event: value === 'closed' ? 'close' : 'reopen' };
    case 'labels':
      return labelMembers(value, base);
    case 'due_date':
      if (value !== null && !(typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))))
        throw refused(field, `${JSON.stringify(value)} is not a date like 2026-11-22.`);
      return { due_date: value ?? '' };
    default:
      throw refused(field, `GitLab has no field “${field}” that can be written.`);
  }
}

/** Of an issue that exists only the differences are written, so that labels that a person puts on at the same moment stay. */
function labelMembers(value: FieldValue, base: Snapshot | null): Record<string, unknown> {
  if (!Array.isArray(value)) throw refused('labels', 'Labels are a list of names.');
  const wanted = labelsFrom(value as readonly string[]);
  const bad = wanted.find((label) => label.includes(','));
  if (bad !== undefined) throw refused('labels', `GitLab has no labels with a comma in them, such as “${bad}”.`);
  if (!base) return { labels: wanted.join(',') };
  const before = labelsFrom((base.fields.labels ?? []) as readonly string[]);
  const added = wanted.filter((label) => !before.includes(label));
  const removed = before.filter((label) => !wanted.includes(label));
  return { ...(added.length > 0 ? { add_labels: added.join(',') } : {}), ...(removed.length > 0 ? { remove_labels: removed.join(',') } : {}) };
}

/** The first field that GitLab left as it was: it ignores what the account may not write, without a word. */
export function ignoredField(issue: WireIssue, fields: Fields): string | null {
  const labels = new Set(issue.labels);
  const holds: Record<string, (value: FieldValue) => boolean> = {
    state: (value) => issue.state === value,
    due_date: (value) => issue.due_date === value,
    labels: (value) => labelsFrom(value as readonly string[]).every((label) => labels.has(label)),
  };
  return Object.entries(fields).find(([field, value]) => holds[field]?.(value) === false)?.[0] ?? null;
}
