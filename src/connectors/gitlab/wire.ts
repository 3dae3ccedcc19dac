/** The parts of GitLab's answers (REST API v4) that are used. Ids are numbers, times ISO 8601 with milliseconds. */
export interface WireUser {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly email?: string | null;
  readonly is_admin?: boolean;
}

export interface WireIssue {
  readonly id: number;
  readonly iid: number;
  readonly project_id: number;
  readonly title: string;
  readonly description: string | null;
  readonly state: string;
  readonly issue_type?: string;
  readonly confidential: boolean;
  readonly labels: readonly string[];
  readonly due_date: string | null;
  readonly author: WireUser | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly web_url: string;
  readonly references?: { readonly full: string };
}

export interface WireNote {
  readonly id: number;
  readonly body: string;
  readonly author: WireUser | null;
  readonly created_at: string;
  readonly system: boolean;
  readonly internal?: boolean;
  /** What `internal` was called before 15.5. */
  readonly confidential?: boolean;
}

export interface WireProject {
  readonly id: number;
  readonly path_with_namespace: string;
  readonly issues_enabled?: boolean;
  readonly permissions?: {
    readonly project_access: { readonly access_level: number } | null;
    readonly group_access: { readonly access_level: number } | null;
  };
}

export interface WireUpload {
  /** `/uploads/SECRET/NAME`. */
  readonly url: string;
}

export interface WireHook {
  readonly id: number;
  readonly url: string;
  readonly alert_status?: string;
  /** Since 19.0. */
  readonly signing_token_present?: boolean;
  readonly [event: string]: unknown;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: number | null;
  /** How many there are on all pages; null: GitLab does not count beyond 10,000. */
  readonly total: number | null;
  /** The server's own clock, milliseconds since 1970. */
  readonly serverTime: number | null;
}

export const isInternal = (note: WireNote): boolean => note.internal === true || note.confidential === true;
