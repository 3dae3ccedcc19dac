import type { Clock } from '../http/clock.ts';
import {
  type Hook,
  type Issue,
  LEVELS,
  type Note,
  type Project,
  type Reference,
  type Role,
  type SiteEvent,
  type Token,
  type Upload,
  type User,
} from './model.ts';

/** How the server behaves where the vendor leaves it to the version or the administrator. */
export interface Settings {
  /** A comment moves its issue's `updated_at` only when that is older than this. Vendor: one minute. */
  touchIntervalMs: number;
  maxUploadBytes: number;
  /** Comments can be internal: GitLab 15.5 and later; before, the word is ignored. */
  internalNotes: boolean;
  /** Webhooks can be signed: GitLab 19.0 and later. */
  webhookSigning: boolean;
  /** Files can be read over the API: GitLab 17.4 and later. */
  uploadsByApi: boolean;
  /** Downloads answer with a redirect to another origin, as with object storage. */
  redirectDownloads: boolean;
}

const DEFAULTS: Settings = {
  touchIntervalMs: 60_000,
  maxUploadBytes: 100 * 1024 * 1024,
  internalNotes: true,
  webhookSigning: true,
  uploadsByApi: true,
  redirectDownloads: false,
};

/** One GitLab, in memory. */
export interface Site {
  /** Origin. */
  url: string;
  /** Origin of the object storage. */
  storageUrl: string;
  clock: Clock;
  settings: Settings;
  users: User[];
  tokens: Token[];
  projects: Project[];
  issues: Issue[];
  notes: Note[];
  uploads: Upload[];
  hooks: Hook[];
  references: Reference[];
  /** Quick actions that were carried out, as `close` or `label ~bug`. */
  commands: string[];
  /** Called after each change, in order, once it is there. */
  listeners: ((event: SiteEvent) => void)[];
  nextId(): number;
}

export function createSite(clock: Clock, settings: Partial<Settings>): Site {
  let used = 100;
  return {
    url: '',
    storageUrl: '',
    clock,
    settings: { ...DEFAULTS, ...settings },
    users: [],
    tokens: [],
    projects: [],
    issues: [],
    notes: [],
    uploads: [],
    hooks: [],
    references: [],
    commands: [],
    listeners: [],
    nextId() {
      used += 1;
      return used;
    },
  };
}

export const timestamp = (site: Site): string => new Date(site.clock.now()).toISOString();

/** Adds a user. Throws when the username is taken. */
export function addUser(site: Site, given: { username: string; name: string; bot?: boolean }): User {
  if (userNamed(site, given.username)) throw new Error(`There is a user ${given.username} already.`);
  const { username, name, bot = false } = given;
  const user: User = { id: site.nextId(), username, name, email: `${username}@gitlab.example`, state: 'active', bot, created_at: timestamp(site) };
  site.users.push(user);
  return user;
}

export const userNamed = (site: Site, username: string): User | undefined => site.users.find((user) => user.username.toLowerCase() === username.toLowerCase());

/** Adds a token of a user. */
export function addToken(site: Site, user: User, given: { value: string; kind?: Token['kind']; scopes?: string[]; expires_at?: string | null }): Token {
  const { value, kind = 'personal', scopes = ['api'], expires_at = null } = given;
  const token: Token = { id: site.nextId(), value, kind, name: 'Entente', userId: user.id, scopes, expires_at, revoked: false, created_at: timestamp(site) };
  site.tokens.push(token);
  return token;
}

/** Adds a project by its full path, `acme/web`. */
export function addProject(site: Site, path: string, members: Record<string, Role>, visibility: Project['visibility'] = 'private'): Project {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const project: Project = {
    id: site.nextId(),
    name: name.charAt(0).toUpperCase() + name.slice(1),
    path: name,
    path_with_namespace: path,
    visibility,
    archived: false,
    members: new Map(),
    labels: new Set(),
    created_at: timestamp(site),
    iids: 0,
  };
  for (const [username, role] of Object.entries(members)) {
    const user = userNamed(site, username);
    if (!user) throw new Error(`There is no user ${username}.`);
    project.members.set(user.id, LEVELS[role]);
  }
  site.projects.push(project);
  return project;
}

/** By number or by full path. */
export const projectNamed = (site: Site, idOrPath: string): Project | undefined =>
  site.projects.find((project) => String(project.id) === idOrPath || project.path_with_namespace.toLowerCase() === idOrPath.toLowerCase());

export const projectOf = (site: Site, issue: Issue): Project => {
  const project = site.projects.find(({ id }) => id === issue.project_id);
  if (!project) throw new Error(`Issue ${issue.id} has no project.`);
  return project;
};

export const urnOf = (site: Site, issue: Issue): string => `${projectOf(site, issue).path_with_namespace}#${issue.iid}`;

export function userOf(site: Site, id: number): User {
  const user = site.users.find((one) => one.id === id);
  if (!user) throw new Error(`There is no user ${id}.`);
  return user;
}
