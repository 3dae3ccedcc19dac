import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, send } from '../http/answer.ts';
import { BodyTooLarge, readBody } from '../http/body.ts';
import type { CommonDesk } from '../http/controls.ts';
import { exchange } from '../http/exchange.ts';
import type { LoggedRequest } from '../http/request-log.ts';
import type { Router } from '../http/router.ts';
import { type Call, type Route, record } from './call.ts';
import { ApiError, notSignedIn } from './errors.ts';
import type { Limits } from './limits.ts';
import type { User } from './model.ts';
import { answerOAuth, bearer, type OAuth } from './oauth.ts';
import { issueBy, type Site } from './site.ts';

const MAX_JSON_BYTES = 10 * 1024 * 1024;
/** Of a property. */
const MAX_VALUE_BYTES = 32_768;

export interface Desk extends CommonDesk {
  site: Site;
  oauth: OAuth;
  router: Router<Route>;
  limits: Limits;
  /** The pages for people, which know no faults and no limits; undefined for a path that they do not have. */
  answerPage(req: IncomingMessage, url: URL): Promise<Answer | undefined>;
  answerControl(req: IncomingMessage, path: string): Promise<Answer>;
}

/** Carries out one request: the fault that waits for it, who asks, the limits, the route, the description. */
export async function handle(desk: Desk, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', desk.site.url);
  if (url.pathname.startsWith('/__control')) return send(res, await desk.answerControl(req, url.pathname));
  if (url.pathname === '/' || /^\/(agent|browse)(\/|$)/.test(url.pathname))
    return send(res, (await desk.answerPage(req, url)) ?? { status: 404, text: 'Not found' });
  res.setHeader('date', new Date(desk.site.clock.now()).toUTCString());
  const answer = await exchange(desk, desk.site.clock, req, res, url, (from, entry) => answerRequest(desk, from, url, entry));
  if (answer) await send(res, answer);
}

async function answerRequest(desk: Desk, req: IncomingMessage, url: URL, entry: LoggedRequest): Promise<Answer> {
  try {
    return (await answerOAuth(desk.site, desk.oauth, req, url)) ?? (await answerApi(desk, req, url, entry));
  } catch (error) {
    if (error instanceof ApiError) return error.answer;
    if (error instanceof BodyTooLarge) return { status: 413, json: { errorMessages: [error.message], errors: {} }, headers: { connection: 'close' } };
    throw error;
  }
}

/** Who asks, and the headers by which Jira tells what it took them for. Apps with OAuth come through the gateway, everybody else to the site itself. */
function caller({ site, oauth }: Desk, req: IncomingMessage, gateway: boolean): { user: User | null; scope: string | null; headers: Record<string, string> } {
  const { authorization } = req.headers;
  const known = (token: string) => site.users.find(({ id, active }) => id === site.tokens.get(token) && active);
  if (gateway) {
    const grant = bearer(site, oauth, authorization);
    if (!grant) throw new ApiError(401, 'Unauthorized; scope does not match');
    return { user: grant.user, scope: grant.scope, headers: {} };
  }
  const [kind = '', value = ''] = (authorization ?? '').split(' ');
  if (kind.toLowerCase() === 'basic') {
    const [email = '', ...rest] = Buffer.from(value, 'base64').toString('utf8').split(':');
    const user = known(rest.join(':'));
    if (user && (user.email === email.toLowerCase() || (!site.cloud && user.name === email))) return { user, scope: null, headers: signed(site, user) };
    // Cloud answers as it answers a visitor, and says why in a header only.
    if (site.cloud) return { user: null, scope: null, headers: { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' } };
    throw notSignedIn();
  }
  if (kind.toLowerCase() === 'bearer') {
    const user = site.cloud ? undefined : known(value);
    if (!user) throw notSignedIn();
    return { user, scope: null, headers: signed(site, user) };
  }
  return { user: null, scope: null, headers: site.cloud ? {} : { 'x-ausername': 'anonymous' } };
}

const signed = (site: Site, user: User): Record<string, string> =>
  site.cloud ? { 'x-aaccountid': encodeURIComponent(user.id) } : { 'x-ausername': user.name };

async function answerApi(desk: Desk, req: IncomingMessage, url: URL, entry: LoggedRequest): Promise<Answer> {
  const { site } = desk;
  const [, cloudId, below] = /^\/ex\/jira\/([^/]+)(\/.*)$/.exec(url.pathname) ?? [];
  if (cloudId !== undefined && (!site.cloud || decodeURIComponent(cloudId) !== site.cloudId)) throw new ApiError(404, 'No such site.');
  const path = (below ?? url.pathname).replace(/(.)\/$/, '$1').replace(/^\/rest\/api\/latest\//, site.cloud ? '/rest/api/3/' : '/rest/api/2/');
  const { user, scope, headers } = caller(desk, req, below !== undefined);
  if (user) entry.user = user.email;
  const found = desk.router.find(entry.method, path);
  if ('allowed' in found) {
    if (found.allowed.length > 0) return { status: 405, headers: { ...headers, allow: found.allowed.join(', ') }, text: '' };
    return { status: 404, headers, json: { message: `null for uri: ${site.url}${url.pathname}`, 'status-code': 404 } };
  }
  const { target: route, params } = found;
  try {
    if (scope !== null) authorise(scope, route, path);
    const issue = route.writes ? (issueBy(site, params.issue ?? '')?.id ?? params.issue) : undefined;
    Object.assign(headers, desk.limits.count({ method: entry.method, user: user?.id ?? 'visitor', issue }));
    const value = route.raw ? undefined : await readJson(req, route.value === true);
    const body = record(value);
    const call: Call = { site, user, params, query: url.searchParams, headers: req.headers, body, value, request: req };
    const handle = () => route.handle(call);
    const answer = await (desk.check?.exchange({ method: entry.method, path, query: url.search, body: value }, handle) ?? handle());
    return { ...answer, headers: { ...headers, ...answer.headers } };
  } catch (error) {
    if (error instanceof ApiError) error.answer.headers = { ...headers, ...error.answer.headers };
    throw error;
  }
}

/** Throws 401 for a scope that the app was not granted. Administrators' webhooks are out of reach for OAuth apps. */
function authorise(scope: string, { method, path: pattern }: Route, path: string): void {
  const reads = method === 'GET' || /\/search/.test(pattern);
  const wanted = path.startsWith('/rest/webhooks/')
    ? 'no scope'
    : /\/(myself|user)/.test(pattern)
      ? 'read:jira-user'
      : reads
        ? 'read:jira-work'
        : 'write:jira-work';
  if (!scope.split(' ').includes(wanted)) throw new ApiError(401, 'Unauthorized; scope does not match');
}

/** Undefined: there is no body. `any`: numbers, texts and lists are taken too. */
async function readJson(req: IncomingMessage, any: boolean): Promise<unknown> {
  const raw = (await readBody(req, any ? MAX_VALUE_BYTES : MAX_JSON_BYTES)).toString('utf8');
  if (raw.trim() === '') return any ? invalidJson() : undefined;
  if (!(req.headers['content-type'] ?? '').includes('json')) throw new ApiError(415, 'Unsupported Media Type');
  try {
    const parsed: unknown = JSON.parse(raw);
    if (any || (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))) return parsed;
  } catch {
    // Falls through to the refusal.
  }
  return invalidJson();
}

function invalidJson(): never {
  throw new ApiError(400, 'There was an error parsing JSON. Check that your request body is valid.');
}
