import { createSign } from 'node:crypto';
import type { GithubSim } from './github.ts';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; `{}` where it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
}

export type Caller = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

/** Calls the API with a token (default: the service account's; null: none). */
export function callerOf(sim: GithubSim, token: string | null = sim.credentials.token): Caller {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(path.startsWith('http') ? path : `${sim.apiUrl}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), 'user-agent': 'test', accept: 'application/vnd.github+json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    let json: unknown = {};
    try {
      json = JSON.parse(text);
    } catch {
      // Some answers have no body.
    }
    return { status: response.status, headers: response.headers, text, json };
  };
}

/** An issue made through the API; its number. */
export async function makeIssue(call: Caller, issue: Record<string, unknown> = {}, repo = 'acme/web'): Promise<number> {
  const reply = await call('POST', `/repos/${repo}/issues`, { title: 'Checkout fails', body: 'It says **503**.', ...issue });
  if (reply.status !== 201) throw new Error(`creating an issue: ${reply.status} ${reply.text}`);
  return reply.json.number;
}

/** What the App shows of itself: a JWT of nine minutes, with other claims where they are given. */
export function appJwt(sim: GithubSim, changes: Record<string, unknown> = {}, alg = 'RS256'): string {
  const now = Math.floor(sim.control.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg, typ: 'JWT' })}.${part({ iss: sim.app.id, iat: now - 30, exp: now + 540, ...changes })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(sim.app.privateKey, 'base64url')}`;
}
