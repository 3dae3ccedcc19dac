import { TrackerError } from '../../core/tracker-error.ts';
import type { Budget, CallContext, HttpRequest, HttpResponse } from '../../lib/http.ts';
import type { TrackerDeps } from '../connector.ts';
import type { WirePage } from './api.ts';
import { refusal } from './refusals.ts';
import { openSession } from './session.ts';
import type { ZendeskSettings } from './settings.ts';

/** The feeds of changes: ten a minute on every plan but the largest. */
export const FEED: Budget = { name: 'incremental-exports', limit: 10, perMs: 60_000 };
/** Changing tickets: a hundred a minute for the account, thirty in ten minutes for each ticket. */
export const updateOf = (ticket: string): readonly Budget[] => [
  { name: 'tickets-update', limit: 100, perMs: 60_000 },
  { name: `ticket-update:${ticket}`, limit: 30, perMs: 600_000, of: 'entity' },
];

type Request = Omit<HttpRequest, 'url' | 'stream'> & {
  readonly path: string /** For people: `Changing ticket 12`. */;
  readonly what: string /** A refusal that is handed back instead of thrown. */;
  readonly expect?: number;
};

/** One Zendesk account over HTTP. Answers other than 2xx are thrown as `TrackerError`. */
export interface Client {
  readonly origin: string;
  readonly host: string;
  request(request: Request, call: CallContext): Promise<HttpResponse>;
  get<T>(path: string, what: string, call: CallContext, budget?: Budget): Promise<T>;
  /** All pages of a list, by cursor. `stop` ends it after a page. */
  pages<T extends WirePage>(path: string, what: string, call: CallContext): AsyncGenerator<T>;
  /** A file by its address, wherever it lies. Throws `not-found`, `forbidden`. */
  download(address: string, what: string, call: CallContext): Promise<HttpResponse>;
}

const REDIRECTS = 3;

export function createClient(settings: ZendeskSettings, deps: TrackerDeps): Client {
  const { http } = deps;
  const session = openSession(settings, deps);
  const origin = settings.url;
  const { host } = new URL(origin);

  const send = async (request: HttpRequest, call: CallContext): Promise<HttpResponse> => {
    for (let again = true; ; again = false) {
      const authorization = await session.authorization(call);
      const response = await http.request({ ...request, headers: { accept: 'application/json', ...request.headers, authorization } }, call);
      if (response.status !== 401 || !again || !(await session.renewed(authorization, call))) return response;
    }
  };

  const client: Client = {
    origin,
    host,
    async request({ path, what, expect, ...rest }, call) {
      const response = await send({ ...rest, url: `${origin}${path}` }, call);
      if ((response.status < 200 || response.status > 299) && response.status !== expect) throw refusal(response, what, host);
      return response;
    },
    async get<T>(path: string, what: string, call: CallContext, budget?: Budget) {
      const response = await client.request({ method: 'GET', path, what, ...(budget ? { budget } : {}) }, call);
      return response.json<T>();
    },
    async *pages<T extends WirePage>(path: string, what: string, call: CallContext) {
      for (let after = ''; ; ) {
        const query = `${path.includes('?') ? '&' : '?'}page%5Bsize%5D=100${after && `&page%5Bafter%5D=${encodeURIComponent(after)}`}`;
        const page = await client.get<T>(`${path}${query}`, what, call);
        yield page;
        const next = page.meta?.has_more ? page.meta.after_cursor : null;
        // A cursor that does not move would be followed for ever.
        if (!next || next === after) return;
        after = next;
      }
    },
    async download(address, what, call) {
      let url = new URL(address, origin);
      for (let hops = 0; ; hops += 1) {
        const request: HttpRequest = { method: 'GET', url: url.href, stream: true };
        // Zendesk: content_url may lie elsewhere, and redirects to a storage service. Credentials belong to the account's own address only.
        const response = url.origin === origin && hops === 0 ? await send({ ...request, headers: { accept: '*/*' } }, call) : await http.request(request, call);
        if (response.status < 300) return response;
        const { location } = response.headers;
        if (response.status >= 400 || !location || !URL.canParse(location, url.href)) {
          if (response.status === 410) throw new TrackerError('not-found', `${what}: the file is gone.`, { status: 410 });
          throw refusal(response, what, url.host);
        }
        if (hops >= REDIRECTS) throw new TrackerError('protocol', `${what}: the file’s address leads from one redirect to the next.`);
        url = new URL(location, url.href);
        if (url.origin === origin && /^\/(access|auth)\//.test(url.pathname))
          throw new TrackerError('forbidden', `${what}: Zendesk asks for a sign-in. The account that Entente uses may not see this file.`);
      }
    },
  };
  return client;
}
