/** The parts of Jira's answers (Cloud REST v3, Data Center REST v2) that are used. Ids are strings; times like `2026-11-22T10:00:00.000+0000`. */

export interface WireUser {
  /** Cloud. */
  accountId?: string;
  /** Data Center. */
  name?: string;
  key?: string;
  displayName?: string;
  emailAddress?: string;
  timeZone?: string;
}

export interface WireNamed {
  id: string;
  name: string;
}

export interface WireProject extends WireNamed {
  key: string;
  projectTypeKey?: string;
}

export interface WireAttachment {
  id: string;
  filename: string;
  author?: WireUser | null;
  created: string;
  size?: number | null;
  mimeType?: string | null;
  content?: string;
}

export interface WireProperty {
  key: string;
  value?: unknown;
}

export interface WireComment {
  id: string;
  author?: WireUser | null;
  /** ADF (Cloud) or wiki text (Data Center). */
  body?: unknown;
  created: string;
  updated?: string;
  visibility?: WireVisibility | null;
  /** Cloud, service projects: false for internal notes. */
  jsdPublic?: boolean;
  /** With `expand=properties`. */
  properties?: WireProperty[];
}

export interface WireVisibility {
  type: 'role' | 'group';
  value?: string;
  identifier?: string | null;
}

export interface WireCommentPage {
  comments: WireComment[];
  total: number;
  startAt?: number;
  maxResults?: number;
}

export interface WireFields {
  summary?: string | null;
  description?: unknown;
  issuetype?: WireNamed & { subtask?: boolean };
  project?: WireProject;
  status?: WireNamed;
  priority?: WireNamed | null;
  labels?: string[] | null;
  assignee?: WireUser | null;
  duedate?: string | null;
  creator?: WireUser | null;
  reporter?: WireUser | null;
  created?: string;
  updated?: string;
  comment?: WireCommentPage;
  attachment?: WireAttachment[];
  [field: string]: unknown;
}

export interface WireIssue {
  id: string;
  key: string;
  fields: WireFields;
  properties?: Record<string, unknown>;
  changelog?: { histories?: WireHistory[] };
}

/** One change by one person. `from` and `to` are ids, `fromString` and `toString` what people see. */
export interface WireHistory {
  id: string;
  author?: WireUser | null;
  created: string;
  items: WireHistoryItem[];
}

export interface WireHistoryItem {
  field: string;
  fieldId?: string;
  from?: string | null;
  fromString?: string | null;
  to?: string | null;
  toString: unknown;
}

/** Cloud pages by token, Data Center by offset. */
export interface WireSearch {
  issues: WireIssue[];
  nextPageToken?: string | null;
  isLast?: boolean;
  startAt?: number;
  total?: number;
}

export interface WireIssueType extends WireNamed {
  subtask?: boolean;
}

/** Of createmeta. */
export interface WireFieldMeta {
  fieldId: string;
  name: string;
  required?: boolean;
  allowedValues?: { id?: string; name?: string; value?: string }[];
}

export interface WireTransition extends WireNamed {
  to: WireNamed;
  fields?: Record<string, { required?: boolean; hasDefaultValue?: boolean; name?: string }>;
}

export interface WirePermission {
  havePermission: boolean;
  name?: string;
}

/** Ids are only told by the address (`self`). */
export interface WireWebhook {
  self?: string;
  id?: number | string;
  name: string;
  url: string;
  enabled?: boolean;
  events?: string[];
}
