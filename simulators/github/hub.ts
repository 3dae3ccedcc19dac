import type { Clock } from '../http/clock.ts';
import type { App, Attachment, Comment, Happening, Hook, HubEvent, Installation, Issue, IssueType, Label, Level, Ping, Repo, Token, User } from './model.ts';

/** How the service behaves where it is free to. */
export interface Settings {
  /** How much of the newest changes the search does not know yet. */
  searchLagMs: number;
  /** Whether an edit or a deletion of a comment moves its issue's `updated_at`; not documented. */
  commentEditsTouchIssue: boolean;
  /** Where addresses of pasted files begin; empty: the simulator's own origin. The vendor: `https://github.com`. */
  attachmentBase: string;
  /** How long a signed address of a private file lives. The vendor: five minutes. */
  signedUrlMs: number;
  /** Whether fine-grained tokens and those of installations open private files by their address; the vendor's, it is said, do not: set it to false for that. */
  filesForAllTokens: boolean;
  /** How many issues can be reached by page number; beyond, lists go on by cursor only. */
  pagedIssues: number;
  /** Whether hooks may point at loopback addresses, which the vendor refuses. */
  localHooks: boolean;
}

const DEFAULTS: Settings = {
  searchLagMs: 2_000,
  commentEditsTouchIssue: false,
  attachmentBase: '',
  signedUrlMs: 5 * 60_000,
  filesForAllTokens: true,
  pagedIssues: 1_000,
  localHooks: true,
};

/** One GitHub, in memory. */
export interface Hub {
  /** Origin: pages for people, and pasted files. */
  url: string;
  /** Where the API is, `URL/api/v3`, as on a GitHub of one's own. */
  apiUrl: string;
  /** Origin of the signed addresses of private files. */
  contentUrl: string;
  clock: Clock;
  settings: Settings;
  users: User[];
  /** `org/team` and its members' ids. */
  teams: Map<string, number[]>;
  tokens: Token[];
  repos: Repo[];
  types: IssueType[];
  issues: Issue[];
  comments: Comment[];
  happenings: Happening[];
  hooks: Hook[];
  app: App;
  installations: Installation[];
  attachments: Attachment[];
  pings: Ping[];
  /** Called after each change, in order, once it is there. */
  listeners: ((event: HubEvent) => void)[];
  nextId(): number;
}

export function createHub(clock: Clock, settings: Partial<Settings>): Hub {
  let used = 1_000;
  const hub: Hub = {
    url: '',
    apiUrl: '',
    contentUrl: '',
    clock,
    settings: { ...DEFAULTS, ...settings },
    users: [],
    teams: new Map(),
    tokens: [],
    repos: [],
    types: [],
    issues: [],
    comments: [],
    happenings: [],
    hooks: [],
    app: {
      id: 4711,
      slug: 'entente',
      name: 'Entente',
      clientId: 'Iv23liEntenteSimulated',
      owner: 0,
      bot: 0,
      permissions: { issues: 'write', metadata: 'read' },
      events: ['issues', 'issue_comment'],
      webhook: { url: '', secret: 'entente-app-secret', content_type: 'json', insecure_ssl: '0' },
      created_at: '',
    },
    installations: [],
    attachments: [],
    pings: [],
    listeners: [],
    nextId() {
      used += 1;
      return used;
    },
  };
  hub.app.created_at = stamp(hub);
  return hub;
}

/** The time in whole seconds, as the API has it. */
export const stamp = (hub: Hub, ms = hub.clock.now()): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Adds a person, a bot or an organisation. Throws when the login is taken. */
export function addUser(hub: Hub, given: { login: string; name?: string | null; type?: User['type'] }): User {
  const { login, name = null, type = 'User' } = given;
  if (userNamed(hub, login)) throw new Error(`There is a user ${login} already.`);
  const user: User = { id: hub.nextId(), login, name, email: type === 'User' ? `${login}@github.example` : null, type, created_at: stamp(hub) };
  hub.users.push(user);
  return user;
}

export const userNamed = (hub: Hub, login: string): User | undefined => hub.users.find((user) => user.login.toLowerCase() === login.toLowerCase());

export function userOf(hub: Hub, id: number): User {
  const user = hub.users.find((one) => one.id === id);
  if (!user) throw new Error(`There is no user ${id}.`);
  return user;
}

const DEFAULT_LABELS: [name: string, color: string, description: string][] = [
  ['bug', 'd73a4a', "Something isn't working"],
  ['documentation', '0075ca', 'Improvements or additions to documentation'],
  ['duplicate', 'cfd3d7', 'This issue or pull request already exists'],
  ['enhancement', 'a2eeef', 'New feature or request'],
  ['good first issue', '7057ff', 'Good for newcomers'],
  ['help wanted', '008672', 'Extra attention is needed'],
  ['invalid', 'e4e669', "This doesn't seem right"],
  ['question', 'd876e3', 'Further information is requested'],
  ['wontfix', 'ffffff', 'This will not be worked on'],
];

/** Adds a repository by its full name, `acme/web`, with the vendor's labels. */
export function addRepo(hub: Hub, fullName: string, collaborators: Record<string, Level>, options: { private?: boolean; description?: string } = {}): Repo {
  const [ownerLogin = '', name = ''] = fullName.split('/');
  const owner = userNamed(hub, ownerLogin);
  if (!owner) throw new Error(`There is no user or organisation ${ownerLogin}.`);
  if (repoNamed(hub, fullName)) throw new Error(`There is a repository ${fullName} already.`);
  const labels = DEFAULT_LABELS.map(([label, color, description]): Label => ({ id: hub.nextId(), name: label, color, description, default: true }));
  const repo: Repo = {
    id: hub.nextId(),
    owner: owner.id,
    name,
    formerNames: [],
    description: options.description ?? null,
    private: options.private ?? true,
    archived: false,
    hasIssues: true,
    collaborators: new Map(),
    labels,
    milestones: [],
    created_at: stamp(hub),
    numbers: 0,
  };
  for (const [login, level] of Object.entries(collaborators)) {
    const user = userNamed(hub, login);
    if (!user) throw new Error(`There is no user ${login}.`);
    repo.collaborators.set(user.id, level);
  }
  hub.repos.push(repo);
  return repo;
}

/** Adds a token of a user. */
export function addToken(hub: Hub, user: User, given: Partial<Omit<Token, 'user'>> & { value: string }): Token {
  const token: Token = {
    kind: 'fine-grained',
    scopes: [],
    permissions: {},
    repos: 'all',
    expiresAt: null,
    installation: null,
    ...given,
    user: user.id,
  };
  hub.tokens.push(token);
  return token;
}

export const fullName = (hub: Hub, repo: Repo): string => `${userOf(hub, repo.owner).login}/${repo.name}`;

export const repoNamed = (hub: Hub, name: string): Repo | undefined => hub.repos.find((repo) => fullName(hub, repo).toLowerCase() === name.toLowerCase());

export function repoOf(hub: Hub, id: number): Repo {
  const repo = hub.repos.find((one) => one.id === id);
  if (!repo) throw new Error(`There is no repository ${id}.`);
  return repo;
}

/** How people name an issue: `acme/web#7`. */
export const urnOf = (hub: Hub, issue: Issue): string => `${fullName(hub, repoOf(hub, issue.repo))}#${issue.number}`;

/** Where people find it. */
export const issueHtmlUrl = (hub: Hub, issue: Issue): string =>
  `${hub.url}/${fullName(hub, repoOf(hub, issue.repo))}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`;

/** An issue or pull request by its number, those that are gone included. */
export const numbered = (hub: Hub, repo: Repo, number: number): Issue | undefined =>
  hub.issues.find((issue) => issue.repo === repo.id && issue.number === number);

export const commentsOf = (hub: Hub, issue: Issue): Comment[] => hub.comments.filter((comment) => comment.issue === issue.id);

/** The types that issues of a repository can have: its organisation's. */
export const typesOf = (hub: Hub, repo: Repo): IssueType[] => hub.types.filter((type) => type.org === repo.owner && type.is_enabled);
