/** What an account holds. Names and shapes are the API's (v2) unless said otherwise; ids are numbers, times ISO with whole seconds. */

export type Role = 'admin' | 'agent' | 'end-user';
export const TYPES = ['problem', 'incident', 'question', 'task'] as const;
export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;
export const STATUSES = ['new', 'open', 'pending', 'hold', 'solved', 'closed'] as const;
export type TicketType = (typeof TYPES)[number];
export type Priority = (typeof PRIORITIES)[number];
export type Status = (typeof STATUSES)[number];

export interface User {
  id: number;
  name: string;
  email: string | null;
  role: Role;
  suspended: boolean;
  external_id: string | null;
  organization_id: number | null;
  /** null: sees every ticket; `assigned`: only those assigned to this agent; `groups`: only those of `group_ids`. */
  ticket_restriction: 'assigned' | 'groups' | null;
  /** The agent's comments are internal, whatever is asked. */
  only_private_comments: boolean;
  /** Not in the API: the groups this agent is a member of. */
  group_ids: number[];
  created_at: string;
  updated_at: string;
}

export interface Brand {
  id: number;
  name: string;
  subdomain: string;
  default: boolean;
  active: boolean;
  created_at: string;
}

export interface Group {
  id: number;
  name: string;
  created_at: string;
}

export interface CustomStatus {
  id: number;
  status_category: Exclude<Status, 'closed'>;
  agent_label: string;
  default: boolean;
  active: boolean;
}

export interface Via {
  channel: string;
  source: { from: Record<string, unknown>; to: Record<string, unknown>; rel: string | null };
}

export interface Ticket {
  id: number;
  external_id: string | null;
  subject: string;
  description: string;
  type: TicketType | null;
  priority: Priority | null;
  status: Status;
  custom_status_id: number;
  requester_id: number;
  submitter_id: number;
  assignee_id: number | null;
  group_id: number | null;
  organization_id: number | null;
  brand_id: number;
  problem_id: number | null;
  ticket_form_id: number | null;
  due_at: string | null;
  tags: string[];
  custom_fields: { id: number; value: unknown }[];
  collaborator_ids: number[];
  follower_ids: number[];
  email_cc_ids: number[];
  is_public: boolean;
  via: Via;
  created_at: string;
  updated_at: string;
  /** Seconds; when the ticket last changed in any way. Orders the incremental feed. */
  generated_timestamp: number;
  /** Not in the API: set while the ticket is deleted. */
  deleted: { at: string; by: number } | null;
}

export interface Attachment {
  id: number;
  /** Not in the API: the secret part of `content_url`. */
  token: string;
  file_name: string;
  content_type: string;
  size: number;
  width: number | null;
  height: number | null;
  inline: boolean;
  deleted: boolean;
  /** Not in the API: where the bytes are. */
  file: string;
  /** Not in the API: the ticket it belongs to, once attached. */
  ticketId: number | null;
}

export interface Comment {
  id: number;
  audit_id: number;
  author_id: number;
  public: boolean;
  /** Cleaned, inside the vendor's wrapper element. */
  html_body: string;
  attachments: Attachment[];
  metadata: { system: Record<string, unknown>; custom: Record<string, unknown> };
  via: Via;
  created_at: string;
}

export type AuditEvent = { id: number; type: string } & Record<string, unknown>;

export interface Audit {
  id: number;
  ticket_id: number;
  author_id: number;
  created_at: string;
  metadata: { system: Record<string, unknown>; custom: Record<string, unknown> };
  via: Via;
  events: AuditEvent[];
}

export interface Upload {
  token: string;
  attachments: Attachment[];
  /** By the account's clock, in milliseconds. */
  expiresAt: number;
}

/** Something that happened to a ticket, under the name webhooks know it by: `created`, `comment_added`, `status_changed` … */
export interface TicketEvent {
  name: string;
  ticket: Ticket;
  actorId: number;
  event: Record<string, unknown>;
}
