/** The parts of Zendesk's answers (Support API v2) that are used. Ids are numbers below 2^53, times ISO 8601 in whole seconds, UTC. */

export interface WireTicket {
  id: number;
  subject: string | null;
  status: string;
  type: string | null;
  priority: string | null;
  tags: string[] | null;
  brand_id: number | null;
  external_id: string | null;
  submitter_id: number;
  created_at: string;
  updated_at: string;
}

export interface WireAttachment {
  id: number;
  file_name: string;
  content_url: string;
  mapped_content_url?: string | null;
  content_type: string | null;
  size: number | null;
  inline?: boolean;
  deleted?: boolean;
}

export interface WireComment {
  id: number;
  author_id: number;
  html_body?: string | null;
  plain_body?: string | null;
  body?: string | null;
  public: boolean;
  attachments?: WireAttachment[];
  created_at: string;
}

export interface WireUser {
  id: number | null;
  name: string;
  email?: string | null;
  role?: string;
}

/** An event of an audit; `Comment` events bear the comment's own id. */
interface WireEvent extends Partial<Omit<WireComment, 'id'>> {
  id: number;
  type: string;
  field_name?: string;
  previous_value?: unknown;
}

export interface WireAudit {
  id: number;
  created_at: string;
  author_id: number;
  events: WireEvent[];
  metadata?: { custom?: Record<string, unknown> | null };
}

export interface WireWritten {
  ticket: WireTicket;
  audit?: WireAudit;
}

export interface WirePage {
  meta?: { has_more: boolean; after_cursor: string | null };
}

export interface WireUpload {
  upload: { token: string; attachment: WireAttachment };
}

export interface WireFeed {
  tickets: WireTicket[];
  after_cursor: string | null;
  end_of_stream: boolean;
}

export interface WireBrand {
  id: number;
  name: string;
  active: boolean;
  default?: boolean;
}

export interface WireWebhook {
  id: string;
  name: string;
  status: string;
  endpoint: string;
  subscriptions?: string[];
}
