/** The parts of GitHub's answers (REST API, version 2022-11-28) that are used. Ids are numbers, times ISO 8601 in whole seconds. */
export interface WireUser {
  readonly id: number;
  readonly login: string;
  readonly name?: string | null;
  readonly email?: string | null;
  readonly type?: string;
}

export interface WireRepo {
  readonly id: number;
  readonly full_name: string;
  readonly owner: WireUser;
  readonly private?: boolean;
  readonly archived?: boolean;
  readonly has_issues?: boolean;
  readonly permissions?: { readonly admin?: boolean; readonly maintain?: boolean; readonly push?: boolean; readonly triage?: boolean; readonly pull?: boolean };
}

export interface WireIssue {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly user: WireUser | null;
  readonly state: string;
  readonly state_reason?: string | null;
  readonly labels: readonly (string | { readonly name?: string | null })[];
  readonly type?: { readonly name: string } | null;
  readonly comments: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly html_url: string;
  readonly repository_url: string;
  /** There for pull requests. */
  readonly pull_request?: unknown;
}

export interface WireComment {
  readonly id: number;
  readonly body: string | null;
  readonly user: WireUser | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly html_url: string;
  readonly issue_url: string;
}

export interface WireHook {
  readonly id: number;
  readonly active: boolean;
  readonly events: readonly string[];
  readonly config: { readonly url?: string; readonly content_type?: string; readonly secret?: string };
}

export interface WireInstallation {
  readonly id: number;
  readonly account: { readonly login?: string } | null;
  readonly permissions: Readonly<Record<string, string>>;
  readonly suspended_at?: string | null;
}

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The next one's address, below the API's; null: this is the last. Long lists of issues go on by a place of their own, not by numbers. */
  readonly next: string | null;
  /** GitHub's clock, milliseconds since 1970; null when it does not say. */
  readonly serverTime: number | null;
}
