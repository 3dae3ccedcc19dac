import type { Readable } from 'node:stream';
import { TrackerError } from '../../core/tracker-error.ts';
import type { Budget, CallContext, HttpClient, HttpRequest, HttpResponse } from '../../lib/http.ts';
import { multipart } from './multipart.ts';
import { refusal } from './refusals.ts';
import type { Page, WireHook, WireIssue, WireNote, WireProject, WireUpload, WireUser } from './wire.ts';

/** What a list is asked for. */
export type Query = Readonly<Record<string, string | number | boolean>>;

const REDIRECTS = 3;

/** Creating notes is limited for each user: 60 a minute on GitLab.com, 300 elsewhere unless an administrator says otherwise. */
const notesBudget = (host: string): Budget => ({ name: 'notes-create', limit: host === 'gitlab.com' ? 60 : 300, perMs: 60_000 });
const issuesBudget = (host: string): Budget => ({ name: 'issues-create', limit: host === 'gitlab.com' ? 200 : 300, perMs: 60_000 });

/** GitLab's REST API v4. Every method throws `TrackerError`. `project` is a number or a path. */
export class GitlabApi {
  /** Without a slash at the end. */
  readonly base: string;
  readonly host: string;
  readonly #http: HttpClient;
  readonly #token: string;

  constructor(http: HttpClient, base: string, token: string) {
    this.#http = http;
    this.base = base;
    this.host = new URL(base).host;
    this.#token = token;
  }

  /** Who we are. Throws `protocol` where no GitLab answers. */
  async me(call: CallContext): Promise<WireUser> {
    const answer = await this.#send({ method: 'GET', url: this.#at('/user') }, call);
    if (answer.status === 404) throw this.#noGitlab(404);
    const user = this.#expect(answer, 'the account').json<Partial<WireUser> | null>();
    if (typeof user?.id !== 'number' || typeof user.username !== 'string') throw this.#noGitlab(answer.status);
    return user as WireUser;
  }

  /** `inDoubt`: it answered a write. */
  #noGitlab(status: number, inDoubt = false): TrackerError {
    return new TrackerError('protocol', `What answers at ${this.base} is not GitLab. Check the address.`, { status, inDoubt });
  }

  #written(answer: HttpResponse, what: string): WireIssue {
    const issue = this.#expect(answer, what).json<WireIssue | null>();
    if (typeof issue?.iid !== 'number' || !Array.isArray(issue.labels)) throw this.#noGitlab(answer.status, true);
    return issue;
  }

  /** What the token may do; null: GitLab does not say (OAuth tokens). */
  async scopes(call: CallContext): Promise<readonly string[] | null> {
    const answer = await this.#send({ method: 'GET', url: this.#at('/personal_access_tokens/self') }, call);
    return answer.status === 404 || answer.status === 403 ? null : (this.#expect(answer, 'the token').json<{ scopes?: string[] }>().scopes ?? null);
  }

  async project(idOrPath: string, call: CallContext): Promise<WireProject> {
    const answer = await this.#send({ method: 'GET', url: this.#at(`/projects/${encodeURIComponent(idOrPath)}`) }, call);
    if (answer.status === 301 && /\/projects\/\d+$/.test(answer.headers.location ?? ''))
      throw new TrackerError('not-found', `The project ${idOrPath} has another path now. Enter it in the settings, under Projects.`, { status: 301 });
    const project = this.#expect(answer, `the project ${idOrPath}`).json<WireProject>();
    if (typeof project.id !== 'number') throw this.#noGitlab(answer.status);
    return project;
  }

  /** Null: there is none, or not for this account. */
  issue(project: number, iid: string, call: CallContext): Promise<WireIssue | null> {
    return this.#maybe<WireIssue>(this.#issueAt(project, iid), `issue ${iid}`, call);
  }

  issues(project: number, query: Query, call: CallContext): Promise<Page<WireIssue>> {
    // Without `scope`, GitLab lists what everybody wrote here; with a state, also what is closed.
    return this.#page<WireIssue>(`/projects/${project}/issues`, { scope: 'all', ...query }, 'the list of issues', call);
  }

  async createIssue(project: number, issue: Readonly<Record<string, unknown>>, call: CallContext): Promise<WireIssue> {
    const request = { method: 'POST', url: this.#at(`/projects/${project}/issues`), json: issue, budget: issuesBudget(this.host) } as const;
    return this.#written(await this.#send(request, call), 'the new issue');
  }

  async updateIssue(project: number, iid: string, issue: Readonly<Record<string, unknown>>, call: CallContext): Promise<WireIssue> {
    return this.#written(await this.#send({ method: 'PUT', url: this.#issueAt(project, iid), json: issue }, call), `issue ${iid}`);
  }

  /** Comments of people, oldest first. Null: there is no such issue. */
  async notes(project: number, iid: string, call: CallContext): Promise<readonly WireNote[] | null> {
    const found = new Map<number, WireNote>();
    for (let page: number | null = 1; page !== null; ) {
      const query = { activity_filter: 'only_comments', order_by: 'created_at', sort: 'asc', per_page: 100, page };
      const answer: HttpResponse = await this.#send({ method: 'GET', url: `${this.#issueAt(project, iid)}/notes?${queryOf(query)}` }, call);
      if (answer.status === 404) return null;
      const read: Page<WireNote> = this.#pageOf<WireNote>(answer, `the comments of issue ${iid}`);
      // Older servers do not know the filter: the history is among them.
      for (const note of read.items) if (!note.system) found.set(note.id, note);
      page = read.next;
    }
    return [...found.values()].sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id - b.id);
  }

  note(project: number, iid: string, id: string, call: CallContext): Promise<WireNote | null> {
    return this.#maybe<WireNote>(`${this.#issueAt(project, iid)}/notes/${encodeURIComponent(id)}`, `comment ${id}`, call);
  }

  /** Null: GitLab took the text for quick actions, and made no comment. */
  async createNote(project: number, iid: string, note: { readonly body: string; readonly internal: boolean }, call: CallContext): Promise<WireNote | null> {
    const request = { method: 'POST', url: `${this.#issueAt(project, iid)}/notes`, json: note, budget: notesBudget(this.host) } as const;
    const answer = this.#expect(await this.#send(request, call), `issue ${iid}`);
    const made = answer.json<(Partial<WireNote> & { readonly commands_changes?: unknown }) | null>();
    if (typeof made?.id === 'number') return made as WireNote;
    if (answer.status === 202 || made?.commands_changes !== undefined) return null;
    throw this.#noGitlab(answer.status, true);
  }

  async updateNote(project: number, iid: string, id: string, body: string, call: CallContext): Promise<void> {
    this.#expect(
      await this.#send({ method: 'PUT', url: `${this.#issueAt(project, iid)}/notes/${encodeURIComponent(id)}`, json: { body } }, call),
      `comment ${id}`,
    ).json();
  }

  async deleteNote(project: number, iid: string, id: string, call: CallContext): Promise<void> {
    this.#expect(await this.#send({ method: 'DELETE', url: `${this.#issueAt(project, iid)}/notes/${encodeURIComponent(id)}` }, call), `comment ${id}`);
  }

  /** The address that texts refer to the file by. It belongs to nothing until a text does. */
  async upload(
    project: number,
    file: { readonly name: string; readonly type: string; readonly size: number | null; open(): Promise<Readable> },
    call: CallContext,
  ): Promise<string> {
    const { headers, body } = multipart(file);
    const answer = await this.#send({ method: 'POST', url: this.#at(`/projects/${project}/uploads`), headers, body }, call);
    if (answer.status === 413 || answer.status === 400)
      throw new TrackerError('rejected', `GitLab refuses the file “${file.name}”: it may be larger than this GitLab takes.`, {
        field: 'files',
        status: answer.status,
      });
    return this.#expect(answer, 'uploads').json<WireUpload>().url;
  }

  /** A file's content; redirects, as to object storage, are followed without credentials. */
  async download(project: number, secret: string, name: string, call: CallContext): Promise<HttpResponse> {
    const what = `the file “${name}”`;
    const first = `${this.#at(`/projects/${project}/uploads`)}/${secret}/${encodeURIComponent(name)}`;
    let answer = await this.#send({ method: 'GET', url: first, stream: true, headers: { accept: '*/*' } }, call);
    for (let hops = 0; answer.status >= 300 && answer.status < 400; hops += 1) {
      const { location } = answer.headers;
      if (hops >= REDIRECTS || !location || !URL.canParse(location, first))
        throw new TrackerError('protocol', `GitLab does not say where ${what} is.`, { status: answer.status });
      answer = await this.#http.request({ method: 'GET', url: new URL(location, first).href, stream: true }, call);
      // A storage that shuts us out says nothing of our token, which it was not given.
      if (answer.status === 401) throw new TrackerError('forbidden', `GitLab keeps ${what} where it is not shown to us.`, { status: 401 });
    }
    return this.#expect(answer, what);
  }

  hooks(project: number, call: CallContext): Promise<Page<WireHook>> {
    return this.#page<WireHook>(`/projects/${project}/hooks`, { per_page: 100 }, 'webhooks', call);
  }

  /** Makes a webhook, or changes the one with the id. */
  async writeHook(project: number, id: number | null, hook: Readonly<Record<string, unknown>>, call: CallContext): Promise<WireHook> {
    const url = this.#at(`/projects/${project}/hooks${id === null ? '' : `/${id}`}`);
    return this.#expect(await this.#send({ method: id === null ? 'POST' : 'PUT', url, json: hook }, call), 'webhooks').json<WireHook>();
  }

  async deleteHook(project: number, id: number, call: CallContext): Promise<void> {
    this.#expect(await this.#send({ method: 'DELETE', url: this.#at(`/projects/${project}/hooks/${id}`) }, call), 'webhooks');
  }

  #at(path: string): string {
    return `${this.base}/api/v4${path}`;
  }

  #issueAt(project: number, iid: string): string {
    return this.#at(`/projects/${project}/issues/${encodeURIComponent(iid)}`);
  }

  #send(request: HttpRequest, call: CallContext): Promise<HttpResponse> {
    return this.#http.request({ ...request, headers: { accept: 'application/json', ...request.headers, authorization: `Bearer ${this.#token}` } }, call);
  }

  async #maybe<T extends { readonly id: number }>(url: string, what: string, call: CallContext): Promise<T | null> {
    const answer = await this.#send({ method: 'GET', url }, call);
    if (answer.status === 404) return null;
    const found = this.#expect(answer, what).json<T>();
    if (typeof found?.id !== 'number') throw this.#noGitlab(answer.status);
    return found;
  }

  async #page<T>(path: string, query: Query, what: string, call: CallContext): Promise<Page<T>> {
    return this.#pageOf<T>(await this.#send({ method: 'GET', url: `${this.#at(path)}?${queryOf(query)}` }, call), what);
  }

  #pageOf<T>(answer: HttpResponse, what: string): Page<T> {
    const items = this.#expect(answer, what).json<T[]>();
    if (!Array.isArray(items)) throw this.#noGitlab(answer.status);
    const { headers } = answer;
    const time = Date.parse(headers.date ?? '');
    return {
      items,
      next: headers['x-next-page'] ? Number(headers['x-next-page']) : null,
      total: headers['x-total'] ? Number(headers['x-total']) : null,
      serverTime: Number.isNaN(time) ? null : time,
    };
  }

  #expect(answer: HttpResponse, what: string): HttpResponse {
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(answer, what, this.host);
  }
}

const queryOf = (query: Query): string =>
  Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
