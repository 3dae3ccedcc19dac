import { TrackerError } from '../../core/tracker-error.ts';
import type { Budget, CallContext, HttpRequest, HttpResponse } from '../../lib/http.ts';
import type { TrackerDeps } from '../connector.ts';
import { refusal } from './refusals.ts';
import { HEADERS, openSession, type Session } from './session.ts';
import { type GithubSettings, type Site, siteOf } from './settings.ts';
import type { Page } from './wire.ts';

type Request = Omit<HttpRequest, 'url' | 'stream'> & {
  /** Below the API's address. */
  readonly path: string;
  /** For people: `Changing acme/web#7`. */
  readonly what: string;
  /** Refusals that are handed back instead of thrown. */
  readonly expect?: readonly number[];
  /** As the App itself. */
  readonly asApp?: boolean;
};

export type Query = Readonly<Record<string, string | number>>;

const REDIRECTS = 3;
/** Creating content on GitHub.com: 80 a minute and 500 an hour, for each account. A GitHub of one's own has its own limits, most often none. */
const CONTENT: readonly Budget[] = [
  { name: 'content-minute', limit: 80, perMs: 60_000 },
  { name: 'content-hour', limit: 500, perMs: 3_600_000 },
];
export const SEARCH: Budget = { name: 'search', limit: 30, perMs: 60_000 };

export const queryOf = (query: Query): string =>
  Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');

/** What an address answered, and the tag by which GitHub knows whether it still would. */
export interface Tagged<T> {
  readonly path: string;
  readonly tag: string;
  readonly page: Page<T>;
}

const timeOf = ({ headers }: HttpResponse): number | null => {
  const time = Date.parse(headers.date ?? '');
  return Number.isNaN(time) ? null : time;
};

/** GitHub's REST API over HTTP. Answers other than 2xx are thrown as `TrackerError`. */
export class GithubApi {
  readonly site: Site;
  readonly host: string;
  readonly session: Session;
  readonly #deps: Pick<TrackerDeps, 'http' | 'now'>;
  readonly #content: readonly Budget[];

  constructor(settings: GithubSettings, deps: Pick<TrackerDeps, 'http' | 'now'>) {
    this.site = siteOf(settings);
    this.host = new URL(this.site.origin).host;
    this.session = openSession(settings, deps);
    this.#deps = deps;
    this.#content = this.site.api.endsWith('/api/v3') ? [] : CONTENT;
  }

  /** Redirects within the API are followed, with the method as it was: GitHub sends them for what was renamed or transferred, having done nothing. */
  async request({ path, what, expect, asApp = false, ...rest }: Request, call: CallContext): Promise<{ response: HttpResponse; movedTo: string | null }> {
    const { api } = this.site;
    let url = `${api}${path}`;
    for (let hops = 0; ; hops += 1) {
      const response = await this.#send({ ...rest, url }, asApp, call);
      const { status, headers } = response;
      const target = [301, 302, 307, 308].includes(status) && headers.location && URL.canParse(headers.location, url) ? new URL(headers.location, url) : null;
      if (target && hops < REDIRECTS && target.href.startsWith(`${api}/`)) {
        url = target.href;
        continue;
      }
      if ((status < 200 || status > 299) && !expect?.includes(status)) throw refusal(response, what, this.host, this.#deps.now());
      return { response, movedTo: hops > 0 ? url.slice(api.length) : null };
    }
  }

  async #send(request: HttpRequest, asApp: boolean, call: CallContext): Promise<HttpResponse> {
    for (let again = true; ; again = false) {
      const authorization = (asApp && this.session.asApp()) || (await this.session.authorization(call));
      const response = await this.#deps.http.request({ ...request, headers: { ...HEADERS, ...request.headers, authorization } }, call);
      if (response.status !== 401 || !again || asApp || !this.session.renewed(authorization)) return response;
    }
  }

  async get<T>(path: string, what: string, call: CallContext): Promise<T> {
    return (await this.request({ method: 'GET', path, what }, call)).response.json<T>();
  }

  /** POST of something that people see, or another write. Returns the answer. */
  async write<T>(method: 'POST' | 'PATCH', path: string, json: unknown, what: string, call: CallContext): Promise<T> {
    const budget = method === 'POST' ? { budget: this.#content } : {};
    return (await this.request({ method, path, json, what, ...budget }, call)).response.json<T>();
  }

  async delete(path: string, what: string, call: CallContext): Promise<void> {
    await this.request({ method: 'DELETE', path, what }, call);
  }

  page<T>(path: string, query: Query, what: string, call: CallContext, headers?: Readonly<Record<string, string>>): Promise<Page<T>> {
    return this.pageAt<T>(`${path}?${queryOf(query)}`, what, call, headers);
  }

  /** The page at an address, as `Page.next` gives it. */
  async pageAt<T>(path: string, what: string, call: CallContext, headers?: Readonly<Record<string, string>>): Promise<Page<T>> {
    const { response } = await this.request({ method: 'GET', path, what, ...(headers ? { headers } : {}) }, call);
    return this.#pageOf<T>(response);
  }

  /** As `pageAt`. `before`: what the same address answered; a page that is still the same is not counted against the limit of an hour. */
  async pageIfNew<T>(path: string, what: string, before: Tagged<T> | undefined, call: CallContext): Promise<Tagged<T>> {
    const headers = before ? { 'if-none-match': before.tag } : {};
    const { response } = await this.request({ method: 'GET', path, what, headers, expect: before ? [304] : [] }, call);
    if (before && response.status === 304) return { ...before, page: { ...before.page, serverTime: timeOf(response) } };
    return { path, tag: response.headers.etag ?? '', page: this.#pageOf<T>(response) };
  }

  #pageOf<T>(response: HttpResponse): Page<T> {
    const items = response.json<readonly T[]>();
    if (!Array.isArray(items)) throw this.notGithub(response.status);
    return { items, next: this.#next(response.headers.link ?? ''), serverTime: timeOf(response) };
  }

  #next(link: string): string | null {
    const address = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link)?.[1];
    return address?.startsWith(`${this.site.api}/`) ? address.slice(this.site.api.length) : null;
  }

  /** All pages of a list. */
  async all<T>(path: string, query: Query, what: string, call: CallContext, headers?: Readonly<Record<string, string>>): Promise<T[]> {
    const found: T[] = [];
    for (let at: string | null = `${path}?${queryOf({ ...query, per_page: 100 })}`; at !== null; ) {
      const { items, next }: Page<T> = await this.pageAt<T>(at, what, call, headers);
      found.push(...items);
      at = items.length > 0 ? next : null;
    }
    return found;
  }

  /** `inDoubt`: it answered a write. */
  notGithub(status: number, inDoubt = false): TrackerError {
    return new TrackerError('protocol', `What answers at ${this.site.api} is not GitHub. Check the address.`, { status, inDoubt });
  }
}
