import { record } from './call.ts';
import { acceptedText, textOf } from './documents.ts';
import { ApiError, fieldError } from './errors.ts';
import type { HistoryItem, Issue } from './model.ts';
import { may, projectOf, type Site, userBy } from './site.ts';
import { spoken } from './values.ts';

type Setter = (value: unknown) => { items: Omit<HistoryItem, 'field' | 'fieldId'>; apply(): void };

/** Checks every field, then hands back what writes them. `items` takes up the history. */
export function prepared(site: Site, issue: Issue, fields: Record<string, unknown>, items: HistoryItem[] | null): () => void {
  const setters = settersOf(site, issue);
  const problems: Record<string, string> = {};
  const steps: { field: string; step: ReturnType<Setter> }[] = [];
  for (const [field, given] of Object.entries(fields)) {
    const setter = setters[field];
    if (!setter) {
      problems[field] = `Field '${field}' cannot be set. It is not on the appropriate screen, or unknown.`;
      continue;
    }
    try {
      steps.push({ field, step: setter(lastSet(given)) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { errors, errorMessages } = error.answer.json as { errors: Record<string, string>; errorMessages: string[] };
      if (errorMessages.length > 0) throw error;
      Object.assign(problems, errors);
    }
  }
  if (Object.keys(problems).length > 0) throw new ApiError(400, [], problems);
  return () => {
    for (const { field, step } of steps) {
      if (step.items.from !== step.items.to || step.items.fromString !== step.items.toString)
        items?.push({
          field: field.startsWith('customfield_') ? (site.fields.find(({ id }) => id === field)?.name ?? field) : field,
          fieldId: field,
          ...step.items,
        });
      step.apply();
    }
  };
}

/** `update` says `[{set: value}]`, `fields` the value. */
const lastSet = (given: unknown): unknown => {
  if (!Array.isArray(given) || given.length === 0 || !given.every((one) => Object.hasOwn(record(one), 'set'))) return given;
  return record(given.at(-1)).set;
};

function settersOf(site: Site, issue: Issue): Record<string, Setter> {
  const text = (from: string | null, to: string | null) => ({ from: null, fromString: from, to: null, toString: to });
  const person =
    (name: 'assignee' | 'reporter'): Setter =>
    (value) => {
      const { accountId, id, name: login } = record(value);
      const asked = site.cloud ? (accountId ?? id) : login;
      const user = asked === undefined || asked === null ? undefined : userBy(site, spoken(asked));
      if (value !== null && asked !== null && !user) throw fieldError(name, `User '${spoken(asked)}' does not exist.`);
      if (user && !may(projectOf(site, issue), user, 'BROWSE_PROJECTS')) throw fieldError(name, `User '${user.displayName}' cannot be assigned issues.`);
      const before = site.users.find((one) => one.id === issue[name]);
      return {
        items: { from: before?.id ?? null, fromString: before?.displayName ?? null, to: user?.id ?? null, toString: user?.displayName ?? null },
        apply: () => {
          if (name === 'assignee') issue.assignee = user?.id ?? null;
          else if (user) issue.reporter = user.id;
        },
      };
    };
  const setters: Record<string, Setter> = {
    summary(value) {
      if (typeof value !== 'string' || value.trim() === '') throw fieldError('summary', 'You must specify a summary of the issue.');
      if (/[\r\n]/.test(value)) throw fieldError('summary', 'The summary is invalid because it contains newline characters.');
      if (value.length > 255) throw fieldError('summary', "Summary can't exceed 255 characters.");
      const next = value.trim();
      return {
        items: text(issue.summary, next),
        apply: () => {
          issue.summary = next;
        },
      };
    },
    description(value) {
      const next = acceptedText(site, 'description', value, issue.id === '' ? null : issue);
      const [from, to] = [issue.description, next].map((one) => (one === null ? null : textOf(one)));
      const same = JSON.stringify(issue.description) === JSON.stringify(next);
      // Formatting alone changes no word: the history shows it all the same.
      return {
        items: { ...text(from ?? null, to ?? null), ...(same ? {} : { from: null, to: from === to ? '' : null }) },
        apply: () => {
          issue.description = next;
        },
      };
    },
    priority(value) {
      const { id, name } = record(value);
      const next = site.priorities.find((one) => one.id === spoken(id) || one.name.toLowerCase() === spoken(name).toLowerCase());
      if (!next) throw fieldError('priority', value === null ? 'Priority is required.' : 'Specify the Priority (id or name) in string format');
      const before = site.priorities.find((one) => one.id === issue.priority);
      return {
        items: { from: issue.priority, fromString: before?.name ?? null, to: next.id, toString: next.name },
        apply: () => {
          issue.priority = next.id;
        },
      };
    },
    labels(value) {
      const next = value === null ? [] : value;
      if (!Array.isArray(next) || !next.every((one) => typeof one === 'string')) throw fieldError('labels', 'data was not an array');
      const spaced = next.find((one) => /\s/.test(one));
      if (spaced !== undefined) throw fieldError('labels', `The label '${spaced}' contains spaces which is invalid.`);
      const labels = [...new Set(next as string[])];
      return {
        items: text(issue.labels.join(' '), labels.join(' ')),
        apply: () => {
          issue.labels = labels;
        },
      };
    },
    duedate(value) {
      if (value !== null && !(typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))))
        throw fieldError('duedate', `Error parsing date string: ${spoken(value)}`);
      return {
        items: { from: issue.duedate, fromString: issue.duedate, to: value, toString: value },
        apply: () => {
          issue.duedate = value;
        },
      };
    },
    assignee: person('assignee'),
    reporter: person('reporter'),
  };
  for (const field of site.fields)
    setters[field.id] = (value) => {
      const { id, value: word } = record(value);
      const next = field.options.find((one) => one.id === spoken(id) || one.value === word) ?? null;
      if (value !== null && !next) throw fieldError(field.id, `Option id '${spoken(id ?? word)}' is not valid`);
      const before = issue.custom[field.id] ?? null;
      return {
        items: { from: before?.id ?? null, fromString: before?.value ?? null, to: next?.id ?? null, toString: next?.value ?? null },
        apply: () => {
          issue.custom[field.id] = next;
        },
      };
    };
  return setters;
}
