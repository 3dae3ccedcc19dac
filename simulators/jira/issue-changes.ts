import { record } from './call.ts';
import { ApiError, fieldError, forbidden, noIssue } from './errors.ts';
import { prepared } from './issue-fields.ts';
import type { History, HistoryItem, Issue, IssueType, Project, User } from './model.ts';
import { changed, may, projectBy, projectOf, type Site } from './site.ts';
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
