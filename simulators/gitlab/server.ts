import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, send } from '../http/answer.ts';
import { BodyTooLarge, readBody } from '../http/body.ts';
import type { CommonDesk } from '../http/controls.ts';
import { exchange } from '../http/exchange.ts';
import type { LoggedRequest } from '../http/request-log.ts';
import type { Router } from '../http/router.ts';
import { authenticate, authorise } from './auth.ts';
import type { Call, Route } from './call.ts';
import { ApiError, badParameter } from './errors.ts';
import type { Limits } from './limits.ts';
import type { Site } from './site.ts';

const MAX_BODY_BYTES = 20 * 1024 * 1024;

export interface Desk extends CommonDesk {
  site: Site;
  router: Router<Route>;
  limits: Limits;
  /** The pages for people, which know no faults and no limits; undefined for a path that they do not have. */
  answerPage(req: IncomingMessage, url: URL): Promise<Answer | undefined>;
  answerControl(req: IncomingMessage, path: string): Promise<Answer>;
}

/** Carries out one request: the fault that waits for it, who asks, the limits, the route. */
export async function handle(desk: Desk, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', desk.site.url);
  if (url.pathname.startsWith('/__control')) return send(res, await desk.answerControl(req, url.pathname));
  if (!url.pathname.startsWith('/api/') && !url.pathname.startsWith('/oauth/')) {
    // People's pages know a session, no tokens: a caller with one is sent to sign in.
    if (req.headers['private-token'] !== undefined || req.headers.authorization !== undefined)
      return send(res, { status: 302, headers: { location: `${desk.site.url}/users/sign_in` } });
    return send(res, (await desk.answerPage(req, url)) ?? { status: 404, text: 'Not found' });
  }
  const answer = await exchange(desk, desk.site.clock, req, res, url, (from, entry) => answerApi(desk, from, url, entry));
  if (!answer) return;
  // The server's own clock, which callers compare with.
  await send(res, { ...answer, headers: { date: new Date(desk.site.clock.now()).toUTCString(), ...answer.headers } });
}

async function answerApi(desk: Desk, req: IncomingMessage, url: URL, entry: LoggedRequest): Promise<Answer> {
  try {
    const { user, token } = authenticate(desk.site, req.headers);
    entry.user = user.username;
    const path = url.pathname.replace(/(.)\/$/, '$1');
    const found = desk.router.find(entry.method, path);
    if ('allowed' in found) throw new ApiError(found.allowed.length > 0 ? 405 : 404, { error: found.allowed.length > 0 ? '405 Not Allowed' : '404 Not Found' });
    authorise(token, entry.method, path);
    const { target: route, params } = found;
    const headers = desk.limits.count(user.id, route.budget);
    try {
      const body = route.raw ? {} : await readMembers(req);
      const call: Call = { site: desk.site, user, token, path, params, query: url.searchParams, headers: req.headers, body, request: req };
      const answer = await route.handle(call);
      return { ...answer, headers: { ...headers, ...answer.headers } };
    } catch (error) {
      if (error instanceof ApiError) error.answer.headers = { ...headers, ...error.answer.headers };
      throw error;
    }
  } catch (error) {
    if (error instanceof BodyTooLarge) return { status: 413, json: { message: '413 Request Entity Too Large' }, headers: { connection: 'close' } };
    if (!(error instanceof ApiError)) throw error;
    // A refused upload is not read to its end.
    return { ...error.answer, headers: { ...(req.complete ? {} : { connection: 'close' }), ...error.answer.headers } };
  }
}

/** The members of a JSON object or of a form. */
async function readMembers(req: IncomingMessage): Promise<Record<string, unknown>> {
  const raw = await readBody(req, MAX_BODY_BYTES);
  if (raw.length === 0) return {};
  const type = req.headers['content-type'] ?? '';
  if (type.includes('form'))
    return Object.fromEntries(await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData().then((form) => [...form]));
  try {
    const parsed: unknown = JSON.parse(raw.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Falls through to the refusal.
  }
  throw badParameter('The provided params are invalid: the body is no JSON object');
}
