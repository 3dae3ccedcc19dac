/** What a site holds. Ids are text of digits, times milliseconds by the site's clock; `present.ts` makes the wire's shapes of them. */

export const PERMISSIONS = {
  BROWSE_PROJECTS: 'Browse Projects',
  CREATE_ISSUES: 'Create Issues',
  EDIT_ISSUES: 'Edit Issues',
  DELETE_ISSUES: 'Delete Issues',
  TRANSITION_ISSUES: 'Transition Issues',
  ASSIGN_ISSUES: 'Assign Issues',
  ADD_COMMENTS: 'Add Comments',
  EDIT_OWN_COMMENTS: 'Edit Own Comments',
  EDIT_ALL_COMMENTS: 'Edit All Comments',
  DELETE_OWN_COMMENTS: 'Delete Own Comments',
  DELETE_ALL_COMMENTS: 'Delete All Comments',
  CREATE_ATTACHMENTS: 'Create Attachments',
  DELETE_OWN_ATTACHMENTS: 'Delete Own Attachments',
  DELETE_ALL_ATTACHMENTS: 'Delete All Attachments',
  LINK_ISSUES: 'Link Issues',
  /** Of the whole site. */
  ADMINISTER: 'Administer Jira',
} as const;
export type Permission = keyof typeof PERMISSIONS;

export interface User {
  /** Cloud's account id, and Data Center's key. */
  id: string;
  /** Data Center's user name. */
  name: string;
  displayName: string;
  email: string;
  timeZone: string;
  active: boolean;
  admin: boolean;
  groups: string[];
}

export interface IssueType {
  id: string;
  name: string;
  description: string;
  subtask: boolean;
}

export interface Status {
  id: string;
  name: string;
  category: 'new' | 'indeterminate' | 'done';
}

export interface Named {
  id: string;
  name: string;
}

/** A field beyond Jira's own. Only choices of one value are simulated. */
export interface CustomField {
  id: string;
  name: string;
  options: { id: string; value: string }[];
}

export interface Project {
  id: string;
  key: string;
  name: string;
  kind: 'software' | 'service_desk';
  types: string[];
  /** By id of the custom field: the types that cannot be created without it. */
  required: Record<string, string[]>;
  /** Steps of the workflow, from status to statuses; null: every status leads to every one. */
  steps: Record<string, string[]> | null;
  /** By id of the user. Who is missing sees nothing of the project. */
  permissions: Map<string, Set<Permission>>;
  /** Members of project roles by name of the role: ids of users. */
  roles: Map<string, Set<string>>;
  issuesMade: number;
}

/** An ADF document (Cloud) or wiki text (Data Center). */
export type Text = Record<string, unknown> | string;

export interface Visibility {
  type: 'role' | 'group';
  value: string;
}

export interface Comment {
  id: string;
  author: string;
  updateAuthor: string;
  body: Text;
  created: number;
  updated: number;
  visibility: Visibility | null;
  /** A service project's note that customers do not see. */
  internal: boolean;
  properties: Map<string, unknown>;
}

export interface Attachment {
  id: string;
  /** How documents name it; in the media service's addresses. */
  media: string;
  filename: string;
  mimeType: string;
  author: string;
  created: number;
  bytes: Buffer;
}

export interface HistoryItem {
  field: string;
  fieldId: string;
  from: string | null;
  fromString: string | null;
  to: string | null;
  toString: string | null;
}

export interface History {
  id: string;
  author: string;
  created: number;
  items: HistoryItem[];
}

export interface RemoteLink {
  id: number;
  globalId: string | null;
  relationship: string | null;
  object: Record<string, unknown>;
  application: Record<string, unknown>;
}

export interface Issue {
  id: string;
  key: string;
  /** Keys that it had before it was moved: they lead to it still. */
  formerKeys: string[];
  project: string;
  type: string;
  summary: string;
  description: Text | null;
  status: string;
  priority: string;
  labels: string[];
  assignee: string | null;
  reporter: string;
  creator: string;
  duedate: string | null;
  custom: Record<string, { id: string; value: string } | null>;
  /** Who may see it beyond the project's permissions: ids of users; null: everybody. */
  security: string[] | null;
  created: number;
  updated: number;
  comments: Comment[];
  attachments: Attachment[];
  properties: Map<string, unknown>;
  histories: History[];
  remoteLinks: RemoteLink[];
  deleted: boolean;
  /** What the search index came to know, and when it happened; the newest last. */
  index: IndexEntry[];
}

/** An issue as the search index has it. */
export interface IndexEntry {
  at: number;
  updated: number;
  summary: string;
  text: string;
  project: string;
  key: string;
  status: string;
  type: string;
  priority: string;
  labels: string[];
  assignee: string | null;
  properties: Record<string, unknown>;
  deleted: boolean;
}

export type EventName =
  | 'jira:issue_created'
  | 'jira:issue_updated'
  | 'jira:issue_deleted'
  | 'comment_created'
  | 'comment_updated'
  | 'comment_deleted'
  | 'attachment_created'
  | 'attachment_deleted';

/** Something that happened, after it was kept. */
export interface SiteEvent {
  name: EventName;
  /** Jira's finer name of an `issue_updated`. */
  type?: string;
  issue: Issue;
  actor: User;
  comment?: Comment;
  attachment?: Attachment;
  history?: History;
}
