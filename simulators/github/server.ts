import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, send } from '../http/answer.ts';
import { BodyTooLarge, readBody } from '../http/body.ts';
import type { CommonDesk } from '../http/controls.ts';
import { exchange } from '../http/exchange.ts';
import type { LoggedRequest } from '../http/request-log.ts';
import type { Router } from '../http/router.ts';
import { type Access, accessHeaders, authenticate, authorise, whoOf } from './access.ts';
import { answerAttachment } from './attachments.ts';
import type { Call, Media, Route } from './call.ts';
import { ApiError, notFound } from './errors.ts';
import { fullName, type Hub, userOf } from './hub.ts';
import type { Counted, Limits } from './limits.ts';
import { checkRoutePermission } from './repos.ts';

const MAX_BODY_BYTES = 10 * 1024 * 1024;
const API = '/api/v3';

export interface Desk extends CommonDesk {
  hub: Hub;
  router: Router<Route>;
  limits: Limits;
  /** The pages for people, which know no faults and no limits; undefined for a path that they do not have. */
  answerPage(req: IncomingMessage, url: URL): Promise<Answer | undefined>;
  answerControl(req: IncomingMessage, path: string): Promise<Answer>;
}

/** Carries out one request: the fault that waits for it, who asks, the limits, the route, the description. */
export async function handle(desk: Desk, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', desk.hub.url);
  if (url.pathname.startsWith('/__control')) return send(res, await desk.answerControl(req, url.pathname));
  const api = url.pathname === API || url.pathname.startsWith(`${API}/`);
  if (!api && !url.pathname.startsWith('/user-attachments/')) return send(res, (await desk.answerPage(req, url)) ?? { status: 404, text: 'Not Found' });
  // From its arrival to its answer: so long it is one of those that are worked on at once.
  const leave = desk.limits.enter(api ? callerOf(desk.hub, req) : 'pages');
  const answer = await exchange(desk, desk.hub.clock, req, res, url, async (from, entry) =>
    api ? answerApi(desk, from, url, entry) : (answerAttachment(desk.hub, from, url) ?? { status: 404, text: 'Not Found' }),
  ).finally(leave);
  if (!answer) return;
  // The service's own clock, which callers compare with.
  await send(res, { ...answer, headers: { date: new Date(desk.hub.clock.now()).toUTCString(), ...answer.headers } });
}

async function answerApi(desk: Desk, req: IncomingMessage, url: URL, entry: LoggedRequest): Promise<Answer> {
  const common = {
    'x-github-media-type': 'github.v3; format=json',
    'x-github-request-id': randomUUID().toUpperCase(),
    'x-github-api-version-selected': String(req.headers['x-github-api-version'] ?? '2022-11-28'),
  };
  try {
    const answer = await answerRoute(desk, req, url, entry);
    return { ...answer, headers: { ...common, ...answer.headers } };
  } catch (error) {
    if (error instanceof BodyTooLarge) return { status: 413, json: { message: 'Payload Too Large' }, headers: { connection: 'close' } };
    if (!(error instanceof ApiError)) throw error;
    const answer = error.answer();
    // A refused body is not read to its end.
    return { ...answer, headers: { ...common, ...(req.complete ? {} : { connection: 'close' }), ...answer.headers } };
  }
}

async function answerRoute(desk: Desk, req: IncomingMessage, url: URL, entry: LoggedRequest): Promise<Answer> {
  const { hub, limits } = desk;
  if (!req.headers['user-agent'])
    return {
      status: 403,
      text: 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/rest/overview/resources-in-the-rest-api#user-agent-required).',
    };
  const path = withNames(hub, url.pathname.slice(API.length).replace(/(.)\/$/, '$1'));
  const access = authenticate(hub, req.headers);
  if (access.kind !== 'anonymous') entry.user = access.kind === 'app' ? hub.app.slug : access.user.login;
  const found = desk.router.find(entry.method, path);
  if ('allowed' in found) throw notFound();
  const { target: route, params } = found;
  const counted = countedOf(access, route, entry.method);
  let headers: Record<string, string> = {};
  try {
    authorise(route, access);
    headers = { ...accessHeaders(access, route), ...(path === '/rate_limit' ? {} : limits.count(counted)) };
    const body = await readJson(req);
    const user = access.kind === 'token' ? access.user : userOf(hub, hub.app.bot);
    const call: Call = { hub, access, user, path, params, query: url.searchParams, headers: req.headers, body: body.members, media: mediaOf(req) };
    if (body.malformed) throw body.malformed;
    const handle = () => {
      checkRoutePermission(call, route.permission);
      return route.handle(call);
    };
    const sent = req.headers['content-length'] === undefined && Object.keys(call.body).length === 0 ? undefined : call.body;
    const answer = await (desk.check?.exchange({ method: entry.method, path, query: url.search, body: sent }, handle) ?? handle());
    const whole = { ...answer, headers: { ...headers, ...answer.headers } };
    return entry.method === 'GET' && answer.status === 200 ? conditional(req, whole, access, () => limits.giveBack(counted)) : whole;
  } catch (error) {
    if (error instanceof ApiError) {
      Object.assign(error.headers, { ...headers, ...error.headers });
      if (error.docs === '') error.docs = route.docs;
    }
    throw error;
  }
}

/** Addresses by the repository's id are the same as those by its name. */
function withNames(hub: Hub, path: string): string {
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
  const repo = id === undefined ? undefined : hub.repos.find((one) => String(one.id) === id);
  return repo ? `/repos/${fullName(hub, repo)}${rest}` : path;
}

/** Whose request it is, before anything is checked. */
function callerOf(hub: Hub, req: IncomingMessage): string {
  try {
    return whoOf(authenticate(hub, req.headers));
  } catch {
    return 'refused';
  }
}

function countedOf(access: Access, route: Route, method: string): Counted {
  const said = access.kind === 'token' ? (access.installation ? `installation ID ${access.installation.id}` : `user ID ${access.user.id}`) : '127.0.0.1';
  return {
    who: whoOf(access),
    said,
    anonymous: access.kind === 'anonymous',
    resource: route.resource ?? 'core',
    writes: method !== 'GET',
    content: route.content ?? false,
  };
}

/** The text as it was written, unless another form is asked for. */
function mediaOf(req: IncomingMessage): Media {
  const [, form] = /application\/vnd\.github(?:\.v3)?\.(raw|text|html|full)\+json/.exec(req.headers.accept ?? '') ?? [];
  return { raw: form === undefined || form === 'raw' || form === 'full', text: form === 'text' || form === 'full', html: form === 'html' || form === 'full' };
}

/** With an `etag`; 304 without a body for a caller who has just that already, which is not counted. */
function conditional(req: IncomingMessage, answer: Answer, access: Access, giveBack: () => Record<string, string>): Answer {
  const seed = `${access.kind === 'token' ? access.token.value : access.kind} ${req.headers.accept ?? ''} ${answer.headers?.link ?? ''} ${JSON.stringify(answer.json)}`;
  const etag = `W/"${createHash('sha256').update(seed).digest('hex')}"`;
  const headers = { ...answer.headers, etag, 'cache-control': 'private, max-age=60, s-maxage=60', vary: 'Accept, Authorization, Cookie, X-GitHub-OTP' };
  const known = (req.headers['if-none-match'] ?? '').split(/\s*,\s*/).map((tag) => tag.replace(/^W\//, ''));
  return known.includes(etag.slice(2)) ? { status: 304, headers: { ...headers, ...giveBack() } } : { ...answer, headers };
}

async function readJson(req: IncomingMessage): Promise<{ members: Record<string, unknown>; malformed?: ApiError }> {
  const raw = (await readBody(req, MAX_BODY_BYTES)).toString('utf8');
  if (raw.trim() === '') return { members: {} };
  try {
    const parsed: unknown = JSON.parse(raw);
    // The endpoints of labels take a bare list too.
    if (Array.isArray(parsed) && /\/labels$/.test(req.url?.split('?')[0] ?? '')) return { members: { labels: parsed } };
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { members: parsed as Record<string, unknown> };
    return { members: {}, malformed: new ApiError(400, 'Body should be a JSON object') };
  } catch {
    return { members: {}, malformed: new ApiError(400, 'Problems parsing JSON') };
  }
}
