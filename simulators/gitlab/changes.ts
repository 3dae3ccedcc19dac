import { mayManageIssue, mayWriteInternally } from './access.ts';
import { forbidden, invalid } from './errors.ts';
import type { Issue, Note, Project, SiteEvent, User } from './model.ts';
import { carryOut, extractCommands } from './quick-actions.ts';
import { referencesIn } from './references.ts';
import { projectNamed, projectOf, type Site, timestamp, urnOf } from './site.ts';

const MAX_NOTE = 1_000_000;

export function tell(site: Site, event: SiteEvent): void {
  for (const listener of site.listeners) listener(event);
}

/** Acts on what a new text refers to: names get a to-do, issues that are named get a system note. */
export function refer(site: Site, actor: User, issue: Issue, text: string, note: number | null): void {
  for (const { kind, target } of referencesIn(text, site.url)) {
    site.references.push({ kind, target, by: actor.username, from: urnOf(site, issue), note });
    if (kind !== 'issue') continue;
    const [path = '', iid] = target.split('#');
    const project = path === '' ? projectOf(site, issue) : projectNamed(site, path);
    const named = site.issues.find((one) => one.project_id === project?.id && String(one.iid) === iid);
    if (named && named !== issue) systemNote(site, actor, named, `mentioned in issue ${urnOf(site, issue)}`);
  }
}

/** A line of the history among the comments. */
export function systemNote(site: Site, actor: User, issue: Issue, body: string): void {
  const at = timestamp(site);
  site.notes.push({ id: site.nextId(), issue: issue.id, body, author_id: actor.id, system: true, internal: false, created_at: at, updated_at: at });
  touch(site, issue);
}

/** A comment moves its issue's time, unless that was moved less than a minute ago. */
function touch(site: Site, issue: Issue): void {
  if (site.clock.now() - Date.parse(issue.updated_at) > site.settings.touchIntervalMs) issue.updated_at = timestamp(site);
}

/** The quick actions of a text, carried out for those who may; what is left of the text. */
export function act(site: Site, actor: User, issue: Issue, source: string): { text: string; done: string[] } {
  if (!mayManageIssue(projectOf(site, issue), actor)) return { text: source, done: [] };
  const { text, commands } = extractCommands(source);
  const done = carryOut(site, issue, commands);
  if (commands.length > 0) issue.updated_at = timestamp(site);
  return { text, done };
}

/** Adds a comment. With nothing but quick actions there is none: they are carried out, and what they did is told. */
export function addNote(site: Site, actor: User, issue: Issue, given: { body: unknown; internal?: boolean }): Note | { commands: string[] } {
  const project = projectOf(site, issue);
  const body = checkedBody(given.body);
  const internal = given.internal === true && site.settings.internalNotes;
  if (internal && !mayWriteInternally(project, actor)) throw forbidden();
  const { text, done } = act(site, actor, issue, body);
  if (text.trim() === '') return { commands: done };
  const at = timestamp(site);
  const note: Note = { id: site.nextId(), issue: issue.id, body: text, author_id: actor.id, system: false, internal, created_at: at, updated_at: at };
  site.notes.push(note);
  touch(site, issue);
  refer(site, actor, issue, text, note.id);
  tell(site, { kind: 'note', project, issue, note, actor, action: 'create', changes: {} });
  return note;
}

export function editNote(site: Site, actor: User, note: Note, issue: Issue, body: unknown): void {
  const { text } = act(site, actor, issue, checkedBody(body));
  if (text === note.body) return;
  note.body = text;
  note.updated_at = timestamp(site);
  touch(site, issue);
  refer(site, actor, issue, text, note.id);
  tell(site, { kind: 'note', project: projectOf(site, issue), issue, note, actor, action: 'update', changes: {} });
}

/** Neither the issue's time moves, nor is anybody told. */
export function deleteNote(site: Site, note: Note): void {
  site.notes = site.notes.filter((one) => one !== note);
}

function checkedBody(body: unknown): string {
  if (typeof body !== 'string' || body.trim() === '') throw invalid({ note: ["can't be blank"] });
  if (body.length > MAX_NOTE) throw invalid({ note: [`is too long (maximum is ${MAX_NOTE} characters)`] });
  if (body.includes('\u0000')) throw invalid({ note: ['contains a null byte'] });
  return body;
}

/** Deletes an issue, with its comments. Nobody is told. */
export function deleteIssue(site: Site, issue: Issue): void {
  site.issues = site.issues.filter((one) => one !== issue);
  site.notes = site.notes.filter((note) => note.issue !== issue.id);
}

export const noteOf = (site: Site, issue: Issue, id: number): Note | undefined => site.notes.find((note) => note.id === id && note.issue === issue.id);

/** Labels that do not exist yet are made. */
export function addLabels(project: Project, labels: readonly string[]): void {
  for (const label of labels) project.labels.add(label);
}
