/** What a person may do in a repository, from least to most. */
export const LEVELS = ['read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Level = (typeof LEVELS)[number];

export interface User {
  id: number;
  login: string;
  name: string | null;
  email: string | null;
  type: 'User' | 'Organization' | 'Bot';
  created_at: string;
}

export interface Label {
  id: number;
  name: string;
  color: string;
  description: string | null;
  default: boolean;
}

export interface Milestone {
  id: number;
  number: number;
  title: string;
  description: string | null;
  state: 'open' | 'closed';
  due_on: string | null;
  creator: number;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
}

/** Belongs to an organisation. */
export interface IssueType {
  id: number;
  org: number;
  name: string;
  description: string | null;
  color: 'gray' | 'blue' | 'green' | 'yellow' | 'orange' | 'red' | 'pink' | 'purple';
  is_enabled: boolean;
  created_at: string;
}

export interface Repo {
  id: number;
  owner: number;
  name: string;
  /** Full names under which it was known before, in lower case. */
  formerNames: string[];
  description: string | null;
  private: boolean;
  archived: boolean;
  hasIssues: boolean;
  collaborators: Map<number, Level>;
  labels: Label[];
  milestones: Milestone[];
  created_at: string;
  /** The highest number given to an issue or pull request. */
  numbers: number;
}

export type StateReason = 'completed' | 'reopened' | 'not_planned' | 'duplicate';

/** An issue, or a pull request where `pull` is set. Ids refer to users, labels, a milestone and a type. */
export interface Issue {
  id: number;
  repo: number;
  number: number;
  title: string;
  body: string | null;
  user: number;
  state: 'open' | 'closed';
  state_reason: StateReason | null;
  labels: number[];
  assignees: number[];
  milestone: number | null;
  type: number | null;
  locked: boolean;
  lock_reason: string | null;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
  closed_by: number | null;
  pull: { merged_at: string | null; draft: boolean } | null;
  /** Made through the App. */
  viaApp: boolean;
  /** What became of it: it was deleted, or transferred to another repository under that number. */
  gone: 'deleted' | { repo: number; number: number } | null;
}

export interface Comment {
  id: number;
  issue: number;
  user: number;
  body: string;
  created_at: string;
  updated_at: string;
  viaApp: boolean;
}

/** An entry of an issue's history, comments aside. */
export interface Happening {
  id: number;
  issue: number;
  event: string;
  actor: number;
  created_at: string;
  viaApp: boolean;
  /** Members that only this kind has, as the API shows them. */
  more: Record<string, unknown>;
}

export type Permission = 'read' | 'write' | 'admin';

export interface Token {
  value: string;
  kind: 'classic' | 'fine-grained' | 'installation';
  user: number;
  /** Of a classic token. */
  scopes: string[];
  /** Of the other kinds: `{issues: 'write'}`. */
  permissions: Record<string, Permission>;
  /** Ids of the repositories it reaches; a classic token reaches all of its user. */
  repos: number[] | 'all';
  /** Milliseconds since the epoch; null: never ends. */
  expiresAt: number | null;
  installation: number | null;
}

export interface App {
  id: number;
  slug: string;
  name: string;
  clientId: string;
  owner: number;
  /** The user that appears as the author of what the App writes. */
  bot: number;
  permissions: Record<string, Permission>;
  events: string[];
  webhook: { url: string; secret: string; content_type: 'json' | 'form'; insecure_ssl: string };
  created_at: string;
}

export interface Installation {
  id: number;
  account: number;
  repos: number[] | 'all';
  permissions: Record<string, Permission>;
  suspended_at: string | null;
  created_at: string;
}

export interface Hook {
  id: number;
  repo: number;
  active: boolean;
  events: string[];
  config: { url: string; content_type: 'json' | 'form'; secret: string | null; insecure_ssl: string };
  created_at: string;
  updated_at: string;
  last: { code: number | null; status: string | null; message: string | null };
}

/** A file that somebody pasted into a text in the web page. */
export interface Attachment {
  /** `assets/UUID` for pictures, `files/N/NAME` for others. */
  path: string;
  name: string;
  type: string;
  repo: number;
  bytes: Buffer;
}

/** Somebody who was notified because a text mentions them, or a link between two issues that a text made. */
export interface Ping {
  kind: 'mention' | 'reference';
  /** `nora`, `acme/support` or `acme/web#1`. */
  target: string;
  /** Where the text is: `acme/web#7`. */
  where: string;
  by: string;
  at: string;
}

/** Something that webhooks tell. `more`: members of the payload beside the common ones, as the API shows them. */
export interface HubEvent {
  name: 'issues' | 'issue_comment' | 'pull_request';
  action: string;
  repo: Repo;
  issue: Issue;
  comment?: Comment;
  actor: User;
  viaApp: boolean;
  more: Record<string, unknown>;
}
