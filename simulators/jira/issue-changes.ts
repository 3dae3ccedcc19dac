import { record } from './call.ts';
import { acceptedText, textOf } from './documents.ts';
import { ApiError, fieldError, forbidden, noIssue } from './errors.ts';
import type { History, HistoryItem, Issue, IssueType, Project, User } from './model.ts';
import { changed, may, projectBy, projectOf, type Site, userBy } from './site.ts';
import { spoken } from './values.ts';

/** What comes with a creation or an edit, besides the fields. */
export interface Input {
  fields?: unknown;
  update?: unknown;
  properties?: unknown;
}

/** Creates an issue. Throws Jira's 400 with what is wrong with each field. */
export function createIssue(site: Site, actor: User | null, input: Input): Issue {
  const fields = record(input.fields);
  const asked = record(fields.project);
  const project = projectBy(site, spoken(asked.key ?? asked.id));
  if (!project || !may(project, actor, 'BROWSE_PROJECTS')) throw fieldError('project', 'valid project is required');
  if (!actor || !may(project, actor, 'CREATE_ISSUES')) throw new ApiError(400, 'You do not have permission to create issues in this project.');
  const type = typeOf(site, project, fields.issuetype);
  if (!type) throw fieldError('issuetype', 'Specify a valid issue type');
  if (type.subtask && !fields.parent) throw fieldError('issuetype', 'Issue type is a sub-task but parent issue key or id not specified.');
  const problems: Record<string, string> = {};
  if (typeof fields.summary !== 'string' || fields.summary.trim() === '') problems.summary = 'You must specify a summary of the issue.';
  for (const [id, types] of Object.entries(project.required))
    if (types.includes(type.id) && !fields[id]) problems[id] = `${site.fields.find((field) => field.id === id)?.name ?? id} is required.`;
  if (Object.keys(problems).length > 0) throw new ApiError(400, [], problems);
  const now = site.clock.now();
  const issue: Issue = {
    id: '',
    key: '',
    formerKeys: [],
    project: project.id,
    type: type.id,
    summary: '',
    description: null,
    status: site.statuses[0]?.id ?? '',
    priority: site.priorities[2]?.id ?? '',
    labels: [],
    assignee: null,
    reporter: actor.id,
    creator: actor.id,
    duedate: null,
    custom: {},
    security: null,
    created: now,
    updated: now,
    comments: [],
    attachments: [],
    properties: new Map(),
    histories: [],
    remoteLinks: [],
    deleted: false,
    index: [],
  };
  const { project: _project, issuetype: _type, parent: _parent, ...rest } = fields;
  const apply = prepared(site, issue, { ...rest, ...record(input.update) }, null);
  const properties = propertiesIn(input.properties);
  // Nothing before this line: a refused creation uses up neither an id nor a key.
  project.issuesMade += 1;
  issue.id = site.nextId('issue');
  issue.key = `${project.key}-${project.issuesMade}`;
  apply();
  for (const [key, value] of properties) issue.properties.set(key, value);
  site.issues.set(issue.id, issue);
  changed(site, { name: 'jira:issue_created', type: 'issue_created', issue, actor });
  return issue;
}

/** Changes fields and properties of an issue, all or nothing. Throws 403, and 400 with what is wrong with each field. */
export function editIssue(site: Site, actor: User | null, issue: Issue, input: Input): void {
  const project = projectOf(site, issue);
  if (!actor || !may(project, actor, 'EDIT_ISSUES')) throw forbidden('You do not have permission to edit issues in this project.');
  const items: HistoryItem[] = [];
  const { issuetype, ...fields } = record(input.fields);
  const type = issuetype === undefined ? undefined : typeOf(site, project, issuetype);
  if (issuetype !== undefined && !type) throw fieldError('issuetype', 'The issue type selected is invalid.');
  const apply = prepared(site, issue, { ...fields, ...record(input.update) }, items);
  const properties = propertiesIn(input.properties);
  apply();
  if (type && type.id !== issue.type) {
    const from = site.types.find(({ id }) => id === issue.type);
    items.push({ field: 'issuetype', fieldId: 'issuetype', from: issue.type, fromString: from?.name ?? null, to: type.id, toString: type.name });
    issue.type = type.id;
  }
  for (const [key, value] of properties) issue.properties.set(key, value);
  noteChange(site, actor, issue, items, 'issue_generic');
}

/** Writes the history and tells who listens, where something has changed. */
export function noteChange(site: Site, actor: User, issue: Issue, items: HistoryItem[], type: string): void {
  if (items.length === 0) {
    changed(site, { name: 'jira:issue_updated', type, issue, actor });
    return;
  }
  const history: History = { id: site.nextId('history'), author: actor.id, created: site.clock.now(), items };
  issue.histories.push(history);
  changed(site, { name: 'jira:issue_updated', type, issue, actor, history });
}

function typeOf(site: Site, project: Project, given: unknown): IssueType | undefined {
  const { id, name } = record(given);
  return site.types.find(
    (type) => project.types.includes(type.id) && (id === undefined ? type.name.toLowerCase() === spoken(name).toLowerCase() : type.id === spoken(id)),
  );
}

/** Properties of a request, by key. Throws 400 for what has no key. */
function propertiesIn(given: unknown): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const one of Array.isArray(given) ? given : []) {
    const { key, value } = record(one);
    if (typeof key !== 'string' || key === '' || key.length > 255) throw new ApiError(400, 'The property key must be between 1 and 255 characters.');
    found.set(key, value);
  }
  return found;
}

type Setter = (value: unknown) => { items: Omit<HistoryItem, 'field' | 'fieldId'>; apply(): void };

/** Checks every field, then hands back what writes them. `items` takes up the history. */
function prepared(site: Site, issue: Issue, fields: Record<string, unknown>, items: HistoryItem[] | null): () => void {
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

/** Statuses that the workflow leads to from where the issue is, as ids. */
export function stepsFrom(site: Site, issue: Issue): string[] {
  const { steps } = projectOf(site, issue);
  return steps ? (steps[issue.status] ?? []) : site.statuses.map(({ id }) => id);
}

/** Takes the issue along a step; `id` of a transition is `1` and the id of the status. Throws 400 for one that is not there. */
export function transition(site: Site, actor: User | null, issue: Issue, id: string): void {
  const status = site.statuses.find((one) => transitionId(one.id) === id);
  if (!actor || !may(projectOf(site, issue), actor, 'TRANSITION_ISSUES') || !status || !stepsFrom(site, issue).includes(status.id))
    throw new ApiError(400, `It seems that you have tried to perform an illegal workflow operation (${id}).`);
  const before = site.statuses.find((one) => one.id === issue.status);
  const items = [{ field: 'status', fieldId: 'status', from: issue.status, fromString: before?.name ?? null, to: status.id, toString: status.name }];
  issue.status = status.id;
  noteChange(site, actor, issue, before?.id === status.id ? [] : items, 'issue_generic');
}

export const transitionId = (status: string): string => `1${status}`;

/** Deletes an issue with all that it has. Throws 403. */
export function deleteIssue(site: Site, actor: User | null, issue: Issue): void {
  if (!actor || !may(projectOf(site, issue), actor, 'DELETE_ISSUES')) throw forbidden('You do not have permission to delete issues in this project.');
  issue.deleted = true;
  changed(site, { name: 'jira:issue_deleted', issue, actor });
}

/** Moves an issue to another project: a new key; the old one still leads to it. */
export function moveIssue(site: Site, actor: User, issue: Issue, to: string): void {
  const project = projectBy(site, to);
  if (!project) throw noIssue();
  const before = { key: issue.key, project: projectOf(site, issue) };
  project.issuesMade += 1;
  issue.formerKeys.push(issue.key);
  issue.key = `${project.key}-${project.issuesMade}`;
  issue.project = project.id;
  if (!project.types.includes(issue.type)) issue.type = project.types[0] ?? issue.type;
  const items: HistoryItem[] = [
    { field: 'project', fieldId: 'project', from: before.project.id, fromString: before.project.name, to: project.id, toString: project.name },
    { field: 'Key', fieldId: 'issuekey', from: null, fromString: before.key, to: null, toString: issue.key },
  ];
  noteChange(site, actor, issue, items, 'issue_moved');
}
