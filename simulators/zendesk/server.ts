import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, send } from '../http/answer.ts';
import { BodyTooLarge, readBody } from '../http/body.ts';
import type { CommonDesk } from '../http/controls.ts';
import { exchange } from '../http/exchange.ts';
import type { LoggedRequest } from '../http/request-log.ts';
import type { Router } from '../http/router.ts';
import type { Account } from './account.ts';
import { authenticate, authorise } from './auth.ts';
import type { Call, Route } from './call.ts';
import { ApiError, notFound } from './errors.ts';
import type { Limits } from './limits.ts';
import type { OAuth } from './oauth-tokens.ts';
import { answerContentUrl } from './uploads.ts';

const MAX_JSON_BYTES = 10 * 1024 * 1024;

export interface Desk extends CommonDesk {
  account: Account;
  oauth: OAuth;
  router: Router<Route>;
  limits: Limits;
  /** The agent page, which knows no faults and no limits; undefined for a path that it does not have. */
  answerPage(req: IncomingMessage, url: URL): Promise<Answer | undefined>;
  /** `/oauth/…`; undefined for any other path. */
  answerOAuth(req: IncomingMessage, url: URL): Promise<Answer | undefined>;
  answerControl(req: IncomingMessage, path: string): Promise<Answer>;
}

/** Carries out one request: the fault that waits for it, who asks, the limits, the route, the description. */
export async function handle(desk: Desk, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', desk.account.url);
  if (url.pathname.startsWith('/__control')) return send(res, await desk.answerControl(req, url.pathname));
  if (url.pathname.startsWith('/agent') || url.pathname === '/') {
    return send(res, (await desk.answerPage(req, url)) ?? { status: 404, text: 'Not found' });
  }
  const answer = await exchange(desk, desk.account.clock, req, res, url, (from, entry) => answerRequest(desk, from, url, entry));
  if (answer) await send(res, answer);
}

async function answerRequest(desk: Desk, req: IncomingMessage, url: URL, entry: LoggedRequest): Promise<Answer> {
  try {
    const granted = await desk.answerOAuth(req, url);
    if (granted) {
      desk.check?.answer({ method: entry.method, path: url.pathname, status: granted.status, body: granted.json });
      return granted;
    }
    const file = /^\/attachments\/token\/([^/]+)\/?$/.exec(url.pathname)?.[1];
    if (file !== undefined)
      return answerContentUrl(desk.account, file, req.headers.authorization !== undefined && authenticate(desk.account, desk.oauth, req.headers).user.id !== 0);
    return await answerApi(desk, req, url, entry);
  } catch (error) {
    if (error instanceof ApiError) return error.answer;
    if (error instanceof BodyTooLarge) return { status: 413, json: { error: 'RequestTooLarge', description: error.message }, headers: { connection: 'close' } };
    throw error;
  }
}

async function answerApi(desk: Desk, req: IncomingMessage, url: URL, entry: LoggedRequest): Promise<Answer> {
  const path = url.pathname.replace(/\.json$/, '').replace(/(.)\/$/, '$1');
  const found = desk.router.find(entry.method, path);
  if ('allowed' in found)
    throw found.allowed.length > 0 ? new ApiError(405, { error: 'MethodNotAllowed', description: `Allowed: ${found.allowed.join(', ')}` }) : notFound();
  const { target: route, params } = found;
  const { user, scopes } = authenticate(desk.account, desk.oauth, req.headers);
  entry.user = user.email ?? user.name;
  authorise(route, user, scopes);
  const headers = desk.limits.count({ budget: route.budget, user: user.id, ticket: params.id });
  try {
    const body = route.raw ? {} : await readJson(req);
    const call: Call = { account: desk.account, user, method: entry.method, path, params, query: url.searchParams, headers: req.headers, body, request: req };
    const handle = () => route.handle(call);
    const answer = await (desk.check?.exchange({ method: entry.method, path, query: url.search, body: route.raw ? undefined : body }, handle) ?? handle());
    return { ...answer, headers: { ...headers, ...answer.headers } };
  } catch (error) {
    if (error instanceof ApiError) error.answer.headers = { ...headers, ...error.answer.headers };
    throw error;
  }
}

async function readJson(req: IncomingMessage): Promise<Record<string, unknown>> {
  const raw = (await readBody(req, MAX_JSON_BYTES)).toString('utf8');
  if (raw.trim() === '') return {};
  // As with the vendor, a body without its content type is not read.
  if (!(req.headers['content-type'] ?? '').includes('json')) return {};
  try {
    const parsed: unknown = JSON.parse(raw);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Falls through to the refusal.
  }
  throw new ApiError(400, { error: { title: 'Invalid JSON', message: 'The request body is not a JSON object' } });
}
