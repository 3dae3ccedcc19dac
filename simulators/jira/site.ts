import { randomBytes } from 'node:crypto';
import type { Clock } from '../http/clock.ts';
import { textOf } from './documents.ts';
import type { CustomField, Issue, IssueType, Named, Permission, Project, SiteEvent, Status, User } from './model.ts';

export type Deployment = 'cloud' | 'data-center';

/** How the site behaves where the vendor leaves it to the load or the administrator. */
export interface Settings {
  /** How far the search index is behind, in milliseconds. */
  searchLagMs: number;
  /** Keys of issue properties that an app has had indexed. Vendor: none without an app. */
  indexedProperties: string[];
  attachmentsEnabled: boolean;
  maxAttachmentBytes: number;
  /** Cloud's addresses of people are hidden, but from themselves. */
  hideEmails: boolean;
  /** Of access tokens, in seconds. */
  accessTokenSeconds: number;
  /** So long a refresh token that was used may be used again (Atlassian's leeway), in milliseconds. */
  refreshLeewayMs: number;
  /** Of Data Center; from 10 on webhooks are administered elsewhere. */
  version: string;
}

/** One Jira, in memory. */
export interface Site {
  deployment: Deployment;
  cloud: boolean;
  /** Where people and the API find it. */
  url: string;
  /** Origin of the media service that holds Cloud's files. */
  mediaUrl: string;
  cloudId: string;
  clock: Clock;
  settings: Settings;
  users: User[];
  /** Who signs in with which API token or personal access token. */
  tokens: Map<string, string>;
  projects: Project[];
  types: IssueType[];
  statuses: Status[];
  priorities: Named[];
  fields: CustomField[];
  issues: Map<string, Issue>;
  /** Called after each change, in order. */
  listeners: ((event: SiteEvent) => void)[];
  nextId(kind: 'issue' | 'comment' | 'attachment' | 'history' | 'link' | 'webhook'): string;
}

export function createSite(deployment: Deployment, clock: Clock, settings: Partial<Settings>): Site {
  const cloud = deployment === 'cloud';
  const last = { issue: 10_000, comment: 10_100, attachment: 10_200, history: 10_300, link: 10_400, webhook: 0 };
  return {
    deployment,
    cloud,
    url: '',
    mediaUrl: '',
    cloudId: '7f0c1f5e-52f8-4d0f-9d0a-0c9a4c3b1a11',
    clock,
    settings: {
      // Data Center writes its index before it answers.
      searchLagMs: cloud ? 2_000 : 0,
      indexedProperties: [],
      attachmentsEnabled: true,
      maxAttachmentBytes: 10 * 1024 * 1024,
      hideEmails: false,
      accessTokenSeconds: 3_600,
      refreshLeewayMs: 600_000,
      version: cloud ? '1001.0.0-SNAPSHOT' : '9.12.8',
      ...settings,
    },
    users: [],
    tokens: new Map(),
    projects: [],
    types: [],
    statuses: [],
    priorities: [],
    fields: [],
    issues: new Map(),
    listeners: [],
    nextId(kind) {
      last[kind] += 1;
      return String(last[kind]);
    },
  };
}

/** Adds a person. Throws when the address is taken. */
export function addUser(
  site: Site,
  given: { email: string; displayName?: string; timeZone?: string; admin?: boolean; groups?: string[]; token?: string },
): User {
  if (userBy(site, given.email)) throw new Error(`There is a user ${given.email} already.`);
  const [name = given.email] = given.email.split('@');
  const id = site.cloud ? `712020:${randomBytes(16).toString('hex')}` : `JIRAUSER${10_100 + site.users.length}`;
  const user: User = {
    id,
    name,
    displayName: given.displayName ?? name,
    email: given.email.toLowerCase(),
    timeZone: given.timeZone ?? 'Europe/Berlin',
    active: true,
    admin: given.admin ?? false,
    groups: given.groups ?? ['jira-users'],
  };
  site.users.push(user);
  site.tokens.set(given.token ?? `tok-${name}`, id);
  return user;
}

/** By e-mail address, account id, key or user name. */
export function userBy(site: Site, given: string): User | undefined {
  const wanted = given.toLowerCase();
  return site.users.find((user) => user.email === wanted || user.id.toLowerCase() === wanted || user.name.toLowerCase() === wanted);
}

export const userOf = (site: Site, id: string): User => site.users.find((user) => user.id === id) ?? nobodyKnown(id);

function nobodyKnown(id: string): never {
  throw new Error(`There is no user with the id ${id}.`);
}

export const projectBy = (site: Site, keyOrId: string): Project | undefined =>
  site.projects.find((project) => project.id === keyOrId || project.key === keyOrId.toUpperCase());

export const projectOf = (site: Site, issue: Issue): Project => {
  const project = projectBy(site, issue.project);
  if (!project) throw new Error(`Issue ${issue.key} is in no project.`);
  return project;
};

/** By id or key, a former key too. Deleted ones are not there. */
export function issueBy(site: Site, idOrKey: string): Issue | undefined {
  const direct = site.issues.get(idOrKey);
  if (direct) return direct.deleted ? undefined : direct;
  const key = idOrKey.toUpperCase();
  const all = [...site.issues.values()].filter(({ deleted }) => !deleted);
  return all.find((issue) => issue.key === key) ?? all.find((issue) => issue.formerKeys.includes(key));
}

export const may = (project: Project, user: User | null, permission: Permission): boolean =>
  user !== null && (permission === 'ADMINISTER' ? user.admin : (project.permissions.get(user.id)?.has(permission) ?? false));

export const sees = (site: Site, user: User | null, issue: Issue): boolean =>
  may(projectOf(site, issue), user, 'BROWSE_PROJECTS') && (issue.security === null || (user !== null && issue.security.includes(user.id)));

/** Notes what the search index will know of an issue, once it has caught up. */
export function reindex(site: Site, issue: Issue): void {
  const at = site.clock.now();
  issue.index = issue.index.filter(
    (entry, i) => at - entry.at < site.settings.searchLagMs || i === issue.index.length - 1 || at - (issue.index[i + 1]?.at ?? 0) < site.settings.searchLagMs,
  );
  issue.index.push({
    at,
    updated: issue.updated,
    summary: issue.summary,
    text: [issue.summary, textOf(issue.description), ...issue.comments.map(({ body }) => textOf(body))].join('\n').toLowerCase(),
    project: issue.project,
    key: issue.key,
    status: issue.status,
    type: issue.type,
    priority: issue.priority,
    labels: issue.labels,
    assignee: issue.assignee,
    properties: Object.fromEntries(issue.properties),
    deleted: issue.deleted,
  });
}

/** Keeps what was changed: the time, the index, then whoever listens. */
export function changed(site: Site, event: SiteEvent, touched = true): void {
  if (touched) event.issue.updated = site.clock.now();
  reindex(site, event.issue);
  for (const listener of site.listeners) listener(event);
}

/** How far a zone's clock is ahead of UTC at a time, in milliseconds. */
export function zoneOffset(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(ms);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute')) - Math.floor(ms / 60_000) * 60_000;
}

/** `2026-11-22T11:00:00.000+0100`: a time as the API writes it, by the clock of who asks. */
export function stamp(ms: number, timeZone = 'UTC'): string {
  const offset = zoneOffset(ms, timeZone);
  const minutes = Math.abs(offset) / 60_000;
  const two = (n: number) => String(n).padStart(2, '0');
  return `${new Date(ms + offset).toISOString().slice(0, 23)}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}
