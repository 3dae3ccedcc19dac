import type { Readable } from 'node:stream';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext, HttpClient, HttpRequest, HttpResponse } from '../../lib/http.ts';

/** Redmine's answers, as far as we read them. Times are whole seconds, UTC. */
export interface Named {
  readonly id: number;
  readonly name: string;
}

export interface WireIssue {
  readonly id: number;
  readonly project: Named;
  readonly tracker: Named;
  readonly status: Named;
  readonly priority: Named;
  readonly author?: Named;
  readonly subject: string;
  readonly description: string | null;
  readonly start_date: string | null;
  readonly due_date: string | null;
  readonly custom_fields?: readonly { readonly id: number; readonly name: string; readonly value?: string | null | readonly string[] }[];
  readonly created_on: string;
  readonly updated_on: string;
  readonly attachments?: readonly WireAttachment[];
  readonly journals?: readonly WireJournal[];
}

export interface WireAttachment {
  readonly id: number;
  readonly filename: string;
  readonly filesize: number;
  readonly content_type: string | null;
  readonly author?: Named;
  readonly created_on: string;
}

export interface WireJournal {
  readonly id: number;
  readonly user?: Named;
  readonly notes: string | null;
  readonly created_on: string;
  readonly private_notes: boolean;
  readonly details: readonly WireDetail[];
}

/** One change of an issue. `attachment`: `name` is the id, one of the values the file's name. */
interface WireDetail {
  readonly property: string;
  readonly name: string;
  readonly old_value: string | null;
  readonly new_value: string | null;
}

export interface WireProject extends Named {
  readonly identifier: string;
  readonly status: number;
  readonly trackers?: readonly Named[];
  readonly issue_custom_fields?: readonly Named[];
}

export interface WireUser {
  readonly id: number;
  readonly firstname: string;
  readonly lastname: string;
  readonly mail?: string;
  readonly admin?: boolean;
  readonly memberships?: readonly { readonly project: Named; readonly roles: readonly Named[] }[];
}

export interface IssuePage {
  readonly issues: readonly WireIssue[];
  readonly total_count: number;
  /** The server's own clock, milliseconds since 1970, where a web server in front of Redmine tells it. */
  readonly serverTime: number | null;
}

/** What an issue is written with; null empties. */
export type IssueWrite = Readonly<Record<string, unknown>>;

const NO_KEY =
  'Redmine did not accept the API key. Check the key (My account → API access key), and that the REST API is on (Administration → Settings → API).';

const REST_OFF = 'Redmine refuses to say whose API key this is: its REST API is off (Administration → Settings → API), or the account is locked.';

/** Redmine's REST API. Every method throws `TrackerError`. */
export class RedmineApi {
  readonly base: string;
  readonly #http: HttpClient;
  readonly #key: string;

  /** `base` without a slash at the end. */
  constructor(http: HttpClient, base: string, key: string) {
    this.#http = http;
    this.base = base;
    this.#key = key;
  }

  /** Who the key belongs to. Only this proves the key: on public projects Redmine takes a wrong one for an anonymous visitor. */
  async me(call: CallContext): Promise<WireUser> {
    const answer = await this.#send({ method: 'GET', url: `${this.base}/users/current.json?include=memberships` }, call);
    if (answer.status === 404) throw new TrackerError('protocol', `There is no Redmine at ${this.base}.`, { status: 404 });
    if (answer.status === 403) throw new TrackerError('auth', REST_OFF, { status: 403 });
    const { user } = this.#expect(answer, 'the account').json<{ user?: WireUser }>();
    if (!user?.id) throw new TrackerError('protocol', `There is no Redmine at ${this.base}.`);
    return user;
  }

  /** Null: there is no such issue, or the key is wrong. */
  async issue(ref: string, call: CallContext): Promise<WireIssue | null> {
    const answer = await this.#send({ method: 'GET', url: `${this.base}/issues/${encodeURIComponent(ref)}.json?include=journals,attachments` }, call);
    if (answer.status === 404) return null;
    return this.#expect(answer, `issue ${ref}`).json<{ issue: WireIssue }>().issue;
  }

  async issues(query: Readonly<Record<string, string | number | readonly string[]>>, call: CallContext): Promise<IssuePage> {
    const text = Object.entries(query).flatMap(([name, value]) => [value].flat().map((each) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`));
    const answer = await this.#send({ method: 'GET', url: `${this.base}/issues.json?${text.join('&')}` }, call);
    const page = this.#expect(answer, 'the list of issues').json<Omit<IssuePage, 'serverTime'>>();
    const time = Date.parse(answer.headers.date ?? '');
    return { ...page, serverTime: Number.isNaN(time) ? null : time };
  }

  /** The new issue, without journals (asking for them here makes Redmine fail after it has created the issue). */
  async createIssue(issue: IssueWrite, call: CallContext): Promise<WireIssue> {
    const answer = await this.#send({ method: 'POST', url: `${this.base}/issues.json?include=attachments`, json: { issue } }, call);
    return this.#expect(answer, 'the project').json<{ issue: WireIssue }>().issue;
  }

  /** Redmine says nothing about what became of it, and ignores what it does not know or allow: read back. */
  async updateIssue(ref: string, issue: IssueWrite, call: CallContext): Promise<void> {
    this.#silent(await this.#send({ method: 'PUT', url: `${this.base}/issues/${encodeURIComponent(ref)}.json`, json: { issue } }, call), `issue ${ref}`);
  }

  /** Empty notes remove the journal, or, when it also says what changed, only its notes. */
  async updateJournal(id: string, journal: { readonly notes?: string; readonly private_notes?: boolean }, call: CallContext): Promise<void> {
    this.#silent(await this.#send({ method: 'PUT', url: `${this.base}/journals/${encodeURIComponent(id)}.json`, json: { journal } }, call), `comment ${id}`);
  }

  /** The id of the attachment to be, and the token that attaches it, once. */
  async upload(
    file: { readonly name: string; readonly size: number | null; readonly body: () => Promise<Readable> },
    call: CallContext,
  ): Promise<{ id: string; token: string }> {
    const length = file.size === null ? {} : { 'content-length': String(file.size) };
    const answer = await this.#send(
      {
        method: 'POST',
        url: `${this.base}/uploads.json?filename=${encodeURIComponent(file.name)}`,
        headers: { 'content-type': 'application/octet-stream', ...length },
        body: file.body,
      },
      call,
    );
    if (answer.status === 413)
      throw new TrackerError('rejected', `The web server in front of Redmine refuses the file “${file.name}”: it is too large.`, {
        field: 'files',
        status: 413,
      });
    if (answer.status === 422) throw new TrackerError('rejected', `Redmine refused the file “${file.name}”: ${said(answer)}`, { field: 'files', status: 422 });
    const { upload } = this.#expect(answer, 'uploads').json<{ upload: { id?: number; token: string } }>();
    return { id: String(upload.id ?? upload.token.split('.')[0]), token: upload.token };
  }

  /** False: it was not there. */
  async deleteAttachment(id: string, call: CallContext): Promise<boolean> {
    const answer = await this.#send({ method: 'DELETE', url: `${this.base}/attachments/${encodeURIComponent(id)}.json` }, call);
    if (answer.status === 404) return false;
    this.#silent(answer, `file ${id}`);
    return true;
  }

  async download(id: string, call: CallContext): Promise<HttpResponse> {
    const answer = await this.#send({ method: 'GET', url: `${this.base}/attachments/download/${encodeURIComponent(id)}`, stream: true }, call);
    // A visitor without a valid key is sent to the sign-in page.
    if (answer.status === 302 && /\/login(\?|$)/.test(answer.headers.location ?? '')) throw new TrackerError('auth', NO_KEY, { status: 302 });
    return this.#expect(answer, `file ${id}`);
  }

  async project(idOrIdentifier: string, call: CallContext): Promise<WireProject> {
    const path = `/projects/${encodeURIComponent(idOrIdentifier)}.json?include=trackers,issue_custom_fields`;
    return (await this.#get<{ project: WireProject }>(path, `the project “${idOrIdentifier}”`, call)).project;
  }

  /** All projects that the account sees. */
  async projects(call: CallContext): Promise<WireProject[]> {
    const found: WireProject[] = [];
    for (;;) {
      const path = `/projects.json?include=trackers,issue_custom_fields&limit=100&offset=${found.length}`;
      const page = await this.#get<{ projects: WireProject[]; total_count: number }>(path, 'the list of projects', call);
      found.push(...page.projects);
      if (!page.projects.length || found.length >= page.total_count) return found;
    }
  }

  async trackers(call: CallContext): Promise<Named[]> {
    return (await this.#get<{ trackers: Named[] }>('/trackers.json', 'the list of trackers', call)).trackers;
  }

  async statuses(call: CallContext): Promise<Named[]> {
    return (await this.#get<{ issue_statuses: Named[] }>('/issue_statuses.json', 'the list of statuses', call)).issue_statuses;
  }

  async priorities(call: CallContext): Promise<Named[]> {
    return (await this.#get<{ issue_priorities: Named[] }>('/enumerations/issue_priorities.json', 'the list of priorities', call)).issue_priorities;
  }

  /** Permissions of a role. */
  async permissions(role: number, call: CallContext): Promise<string[]> {
    return (await this.#get<{ role: { permissions?: string[] } }>(`/roles/${role}.json`, `role ${role}`, call)).role.permissions ?? [];
  }

  async #get<T>(path: string, what: string, call: CallContext): Promise<T> {
    return this.#expect(await this.#send({ method: 'GET', url: this.base + path }, call), what).json<T>();
  }

  #send(request: HttpRequest, call: CallContext): Promise<HttpResponse> {
    return this.#http.request({ ...request, headers: { 'x-redmine-api-key': this.#key, ...request.headers } }, call);
  }

  /** Redmine answers a successful write with nothing; a sign-in page says that it was not Redmine. */
  #silent(answer: HttpResponse, what: string): void {
    if (this.#expect(answer, what).text.trim() === '') return;
    throw new TrackerError('protocol', `${this.base} answered with a page where Redmine answers with nothing.`, { status: answer.status, inDoubt: true });
  }

  /** The answer when it is a success; else what it means. */
  #expect(answer: HttpResponse, what: string): HttpResponse {
    const { status } = answer;
    if (status >= 200 && status < 300) return answer;
    if (status === 401) throw new TrackerError('auth', NO_KEY, { status });
    if (status === 403) throw new TrackerError('forbidden', `Redmine does not let this account do that with ${what}.`, { status });
    if (status === 404) throw new TrackerError('not-found', `Redmine does not find ${what}.`, { status });
    if (status === 422) throw refusal(answer);
    if (status >= 300 && status < 400)
      throw new TrackerError('protocol', `${this.base} sends us elsewhere (${place(answer)}). Enter Redmine's own address, with https where it has that.`, {
        status,
      });
    throw new TrackerError('protocol', `Redmine did not understand a request about ${what} (HTTP ${status}).`, { status });
  }
}

function place(answer: HttpResponse): string {
  try {
    const { origin, pathname } = new URL(answer.headers.location ?? '');
    return origin + pathname;
  } catch {
    return 'to no address';
  }
}

function errors(answer: HttpResponse): string[] {
  try {
    const { errors: list } = answer.json<{ errors?: unknown }>();
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
const said = (answer: HttpResponse): string => ended(errors(answer).join('; ') || 'without a reason');

/** Which field an error is about, when Redmine speaks English. */
const FIELDS: readonly [RegExp, string][] = [
  [/^Subject\b/, 'summary'],
  [/^Description\b/, 'description'],
  [/^Notes\b/, 'comment'],
  [/^Tracker\b/, 'type'],
  [/^Project\b/, 'scope'],
  [/^Status\b/, 'status'],
  [/^Priority\b/, 'priority'],
  [/^Start date\b/, 'start_date'],
  [/^Due date\b/, 'due_date'],
  [/^(Attachment|File)\b|\bfile\(s\)/, 'files'],
];

/** 422 with reasons is a refusal; with an empty list, somebody else saved the issue at the same moment and nothing was written. */
function refusal(answer: HttpResponse): TrackerError {
  const list = errors(answer);
  if (list.length === 0) return new TrackerError('conflict', 'Somebody else changed the issue at the same moment.', { status: 422 });
  const field = FIELDS.find(([pattern]) => list.some((line) => pattern.test(line)))?.[1];
  return new TrackerError('rejected', `Redmine refused it: ${ended(list.join('; '))}`, { status: 422, ...(field ? { field } : {}) });
}
