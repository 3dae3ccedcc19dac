/** What a GitLab holds. Names and shapes are the REST API's (v4) unless said otherwise; ids are numbers, times ISO with milliseconds, UTC. */

/** 10 guest, 15 planner, 20 reporter, 30 developer, 40 maintainer, 50 owner. */
export const LEVELS = { guest: 10, planner: 15, reporter: 20, developer: 30, maintainer: 40, owner: 50 } as const;
export type Role = keyof typeof LEVELS;
export const ISSUE_TYPES = ['issue', 'incident', 'test_case', 'task'] as const;
export type IssueType = (typeof ISSUE_TYPES)[number];

export interface User {
  id: number;
  username: string;
  name: string;
  email: string;
  state: 'active' | 'blocked';
  bot: boolean;
  created_at: string;
}

/** How somebody signs in to the API. */
export interface Token {
  id: number;
  /** The secret itself. */
  value: string;
  kind: 'personal' | 'oauth';
  name: string;
  userId: number;
  scopes: string[];
  /** A day, `2027-01-31`; null: never. */
  expires_at: string | null;
  revoked: boolean;
  created_at: string;
}

export interface Project {
  id: number;
  name: string;
  path: string;
  path_with_namespace: string;
  visibility: 'private' | 'internal' | 'public';
  archived: boolean;
  /** By user id: the access level. */
  members: Map<number, number>;
  labels: Set<string>;
  created_at: string;
  /** The last issue number given away. */
  iids: number;
}

export interface Issue {
  id: number;
  iid: number;
  project_id: number;
  title: string;
  description: string | null;
  state: 'opened' | 'closed';
  issue_type: IssueType;
  confidential: boolean;
  labels: string[];
  assignee_ids: number[];
  due_date: string | null;
  author_id: number;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
  closed_by_id: number | null;
}

export interface Note {
  id: number;
  /** Id of the issue. */
  issue: number;
  body: string;
  author_id: number;
  system: boolean;
  internal: boolean;
  created_at: string;
  updated_at: string;
}

export interface Upload {
  id: number;
  project_id: number;
  secret: string;
  filename: string;
  size: number;
  uploaded_by: number;
  created_at: string;
  bytes: Buffer;
}

export interface Hook {
  id: number;
  project_id: number;
  url: string;
  name: string | null;
  description: string | null;
  token: string | null;
  signing_token: string | null;
  events: Record<string, boolean>;
  enable_ssl_verification: boolean;
  created_at: string;
  /** Consecutive failures. */
  failures: number;
  /** Milliseconds; deliveries are left out until then. */
  disabledUntil: number | null;
  disabled: boolean;
}

/** What a text said that GitLab acts on when it is saved: a name that gets a to-do, a number that gets a system note there. */
export interface Reference {
  kind: 'user' | 'issue' | 'merge_request' | 'label' | 'milestone' | 'snippet' | 'epic';
  target: string;
  /** Username of who wrote it. */
  by: string;
  /** Where it stands: `acme/web#3`, and the note, if it is in one. */
  from: string;
  note: number | null;
}

/** An event that webhooks are told of. */
export interface SiteEvent {
  kind: 'issue' | 'note';
  project: Project;
  issue: Issue;
  note: Note | null;
  actor: User;
  action: string;
  changes: Record<string, { previous: unknown; current: unknown }>;
}
