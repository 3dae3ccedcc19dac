import { mayEditIssue, mayManageIssue } from './access.ts';
import { act, addLabels, refer, systemNote, tell } from './changes.ts';
import { badParameter, forbidden, invalid } from './errors.ts';
import { ISSUE_TYPES, type Issue, type IssueType, type Project, type User } from './model.ts';
import { projectOf, type Site, timestamp } from './site.ts';

const MAX_TITLE = 255;
const MAX_DESCRIPTION = 1_048_576;

/** Creates an issue from the API's members. Throws what the vendor refuses. */
export function createIssue(site: Site, actor: User, project: Project, given: Record<string, unknown>): Issue {
  if (typeof given.title !== 'string' || given.title === '') throw badParameter('title is missing');
  const team = mayManageIssue(project, actor);
  const at = timestamp(site);
  const issue: Issue = {
    id: site.nextId(),
    iid: project.iids + 1,
    project_id: project.id,
    title: checkedTitle(given.title),
    description: checkedDescription(given.description),
    state: 'opened',
    issue_type: checkedType(given.issue_type),
    confidential: given.confidential === true || given.confidential === 'true',
    // What somebody outside the team asks for here is ignored without a word.
    labels: team ? listOf(given.labels) : [],
    assignee_ids: [],
    due_date: team ? checkedDate(given.due_date) : null,
    author_id: actor.id,
    created_at: at,
    updated_at: at,
    closed_at: null,
    closed_by_id: null,
  };
  project.iids = issue.iid;
  site.issues.push(issue);
  issue.description = act(site, actor, issue, issue.description ?? '').text || null;
  addLabels(project, issue.labels);
  issue.labels.sort();
  refer(site, actor, issue, issue.title, null);
  refer(site, actor, issue, issue.description ?? '', null);
  tell(site, { kind: 'issue', project, issue, note: null, actor, action: 'open', changes: {} });
  return issue;
}

/** Changes an issue by the API's members. The author may change title and description, the team everything. */
export function updateIssue(site: Site, actor: User, issue: Issue, given: Record<string, unknown>): void {
  const project = projectOf(site, issue);
  if (!mayEditIssue(project, issue, actor)) throw forbidden();
  const before = structuredClone(issue);
  const next = structuredClone(issue);
  if (given.title !== undefined) next.title = checkedTitle(typeof given.title === 'string' ? given.title : '');
  if (given.description !== undefined) next.description = checkedDescription(given.description);
  if (given.issue_type !== undefined) next.issue_type = checkedType(given.issue_type);
  if (mayManageIssue(project, actor)) {
    if (given.labels !== undefined) next.labels = listOf(given.labels);
    next.labels = [...new Set([...next.labels, ...listOf(given.add_labels)])].filter((label) => !listOf(given.remove_labels).includes(label)).sort();
    if (given.due_date !== undefined) next.due_date = checkedDate(given.due_date);
    if (given.confidential !== undefined) next.confidential = given.confidential === true || given.confidential === 'true';
    if (given.state_event !== undefined) setState(site, actor, next, given.state_event);
  }
  addLabels(project, next.labels);
  Object.assign(issue, next);
  if (issue.description !== before.description) issue.description = act(site, actor, issue, issue.description ?? '').text || null;
  const changes = changesOf(before, issue);
  if (Object.keys(changes).length === 0) return;
  issue.updated_at = timestamp(site);
  if (changes.title) {
    systemNote(site, actor, issue, `changed title from **${before.title}** to **${issue.title}**`);
    refer(site, actor, issue, issue.title, null);
  }
  if (changes.description) {
    systemNote(site, actor, issue, 'changed the description');
    refer(site, actor, issue, issue.description ?? '', null);
  }
  const action = changes.state ? (issue.state === 'closed' ? 'close' : 'reopen') : 'update';
  tell(site, { kind: 'issue', project, issue, note: null, actor, action, changes });
}

function changesOf(before: Issue, after: Issue): Record<string, { previous: unknown; current: unknown }> {
  const members = ['title', 'description', 'state', 'issue_type', 'confidential', 'labels', 'due_date', 'assignee_ids'] as const;
  return Object.fromEntries(
    members
      .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
      .map((name) => [name, { previous: before[name], current: after[name] }]),
  );
}

function setState(site: Site, actor: User, issue: Issue, event: unknown): void {
  if (event !== 'close' && event !== 'reopen') throw badParameter('state_event does not have a valid value');
  issue.state = event === 'close' ? 'closed' : 'opened';
  issue.closed_at = event === 'close' ? (issue.closed_at ?? timestamp(site)) : null;
  issue.closed_by_id = event === 'close' ? (issue.closed_by_id ?? actor.id) : null;
}

function checkedTitle(title: string): string {
  const clean = title.trim();
  if (clean === '') throw invalid({ title: ["can't be blank"] });
  if (Array.from(clean).length > MAX_TITLE) throw invalid({ title: [`is too long (maximum is ${MAX_TITLE} characters)`] });
  if (clean.includes('\u0000')) throw invalid({ title: ['contains a null byte'] });
  return clean;
}

function checkedDescription(given: unknown): string | null {
  if (given === undefined || given === null || given === '') return null;
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  if (text.length > MAX_DESCRIPTION) throw invalid({ description: [`is too long (maximum is ${MAX_DESCRIPTION} characters)`] });
  if (text.includes('\u0000')) throw invalid({ description: ['contains a null byte'] });
  return text;
}

function checkedType(given: unknown): IssueType {
  const type = ISSUE_TYPES.find((one) => one === (given ?? 'issue'));
  if (!type) throw badParameter('issue_type does not have a valid value');
  return type;
}

function checkedDate(given: unknown): string | null {
  if (given === undefined || given === null || given === '') return null;
  if (typeof given !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(given) || Number.isNaN(Date.parse(given))) throw badParameter('due_date is invalid');
  return given;
}

/** Names parted by commas, or a list of them. */
const listOf = (given: unknown): string[] =>
  [...new Set((Array.isArray(given) ? given.map(String) : typeof given === 'string' ? given.split(',') : []).map((name) => name.trim()))].filter(
    (name) => name !== '',
  );
