import { TrackerError } from '../../core/tracker-error.ts';
import type { Budget, CallContext, HttpRequest, HttpResponse } from '../../lib/http.ts';
import type { TrackerDeps } from '../connector.ts';
import { GATEWAY, type Gateway } from './oauth.ts';
import { refusal } from './refusals.ts';
import { openSession } from './session.ts';
import { isCloud, type JiraSettings } from './settings.ts';

/** Changing one issue: Jira Cloud refuses more than 20 in 2 s and 100 in 30 s. */
export const writesTo = (issue: string): readonly Budget[] => [
  { name: `issue-write-2:${issue}`, limit: 20, perMs: 2000, of: 'entity' },
  { name: `issue-write-30:${issue}`, limit: 100, perMs: 30_000, of: 'entity' },
];

type Request = Omit<HttpRequest, 'url'> & {
  /** Below the REST API's root (`/issue/1`), or from Jira's own root (`/rest/…`). */
  readonly path: string;
  /** For people: `Changing issue 10012`. */
  readonly what: string;
  /** A refusal that is handed back instead of thrown. */
  readonly expect?: number;
};

/** One Jira over HTTP. Answers other than 2xx are thrown as `TrackerError`. */
export interface Client {
  readonly cloud: boolean;
  /** Where people open it. */
  readonly site: string;
  readonly host: string;
  request(request: Request, call: CallContext): Promise<HttpResponse>;
  get<T>(path: string, what: string, call: CallContext): Promise<T>;
  /**
   * Follows where a file leads, with credentials for Jira's own addresses only. `found` is asked before each hop and may end it there; else the
   * content is the answer. Throws `not-found`, `forbidden`.
   */
  follow<T>(path: string, what: string, found: (address: string) => T | undefined, call: CallContext): Promise<T | HttpResponse>;
}

const REDIRECTS = 5;
/** Jira answers in the account's language, unless it is told otherwise: what it refuses, and why, is understood in English. */
const ALWAYS = { accept: 'application/json', 'accept-language': 'en', 'x-force-accept-language': 'true' };

export function createClient({ url: site, auth }: JiraSettings, deps: TrackerDeps, gateway: Gateway = GATEWAY): Client {
  const { http } = deps;
  const session = openSession(auth, deps, gateway);
  const cloud = isCloud(auth);
  const root = auth.kind === 'oauth' ? `${gateway.api}/ex/jira/${encodeURIComponent(auth.cloudId)}` : site;
  const { host } = new URL(site);
  const ours = new Set([new URL(site).origin, new URL(root).origin]);
  const addressOf = (path: string): string => (path.startsWith('/rest/') ? root + path : `${root}/rest/api/${cloud ? 3 : 2}${path}`);

  const send = async (request: HttpRequest, call: CallContext): Promise<HttpResponse> => {
    for (let again = true; ; again = false) {
      const authorization = await session.authorization(call);
      const response = await http.request({ ...request, headers: { ...ALWAYS, ...request.headers, authorization } }, call);
      if (nobody(request, response)) throw new TrackerError('auth', `${host} does not accept the credentials.`, { status: 401 });
      if (response.status !== 401 || !again || !(await session.renewed(authorization, call))) return response;
    }
  };

  const client: Client = {
    cloud,
    site,
    host,
    async request({ path, what, expect, ...rest }, call) {
      const response = await send({ ...rest, url: addressOf(path) }, call);
      if ((response.status < 200 || response.status > 299) && response.status !== expect) throw refusal(response, what, host);
      return response;
    },
    async get<T>(path: string, what: string, call: CallContext) {
      return (await client.request({ method: 'GET', path, what }, call)).json<T>();
    },
    async follow(path, what, found, call) {
      let url = path.startsWith('http') ? path : addressOf(path);
      for (let hops = 0; ; hops += 1) {
        const mine = ours.has(new URL(url).origin);
        const request: HttpRequest = { method: 'GET', url, stream: true };
        const response = mine ? await send({ ...request, headers: { accept: '*/*' } }, call) : await http.request(request, call);
        if (response.status < 300) return response;
        const { location } = response.headers;
        if (response.status >= 400 || !location || !URL.canParse(location, url)) {
          if (response.status === 410) throw new TrackerError('not-found', `${what}: the file is gone.`, { status: 410 });
          throw refusal(response, what, new URL(url).host);
        }
        if (hops >= REDIRECTS) throw new TrackerError('protocol', `${what}: the file’s address leads from one redirect to the next.`);
        url = new URL(location, url).href;
        const answer = found(url);
        if (answer !== undefined) return answer;
        if (ours.has(new URL(url).origin) && /\/login(\.jsp)?(\?|$)/.test(url))
          throw new TrackerError('forbidden', `${what}: Jira asks for a sign-in. The account that Entente uses may not see this file.`);
      }
    },
  };
  return client;
}

/** Jira answers wrong credentials as it answers a visitor: with what is public, and 404 for the rest. Only headers tell. */
function nobody({ method, url }: HttpRequest, { status, headers }: HttpResponse): boolean {
  // What a visitor was allowed to write is written.
  if (method !== 'GET' && status < 400 && !/\/search(\/jql)?$/.test(url)) return false;
  return /AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.test(headers['x-seraph-loginreason'] ?? '') || headers['x-ausername'] === 'anonymous';
}

/** Jira answers such a write with nothing; a page says that it was not Jira. */
export async function silent<Answer extends { readonly text: string; readonly status: number }>(answer: Promise<Answer>, host: string): Promise<Answer> {
  const given = await answer;
  if (given.status < 400 && /^\s*</.test(given.text))
    throw new TrackerError('protocol', `${host} answered with a web page where Jira answers with nothing.`, { status: given.status, inDoubt: true });
  return given;
}
