import type { IncomingHttpHeaders } from 'node:http';
import { deadToken, insufficientScope, unauthenticated } from './errors.ts';
import type { Token, User } from './model.ts';
import { type Site, timestamp, userOf } from './site.ts';

/** Whom the token in `PRIVATE-TOKEN` or `Authorization: Bearer` belongs to. Throws the vendor's 401. */
export function authenticate(site: Site, headers: IncomingHttpHeaders): { user: User; token: Token } {
  const given = headers['private-token'] ?? /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const token = site.tokens.find(({ value }) => value === given);
  if (!token) throw unauthenticated();
  // An OAuth token is no private token.
  if (token.kind === 'oauth' && headers['private-token'] !== undefined) throw unauthenticated();
  if (token.revoked) throw deadToken('Token was revoked. You have to re-authorize from the user.');
  if (token.expires_at !== null && token.expires_at <= timestamp(site).slice(0, 10))
    throw deadToken('Token is expired. You can either do re-authorization or token refresh.');
  const user = userOf(site, token.userId);
  if (user.state !== 'active') throw unauthenticated();
  return { user, token };
}

/** Does the token's scope reach? `read_api` reads, `api` does everything, `read_user` asks about oneself. */
export function authorise(token: Token, method: string, path: string): void {
  if (token.scopes.includes('api') || path.endsWith('/personal_access_tokens/self')) return;
  if (method === 'GET' && token.scopes.includes('read_api')) return;
  if (path === '/api/v4/user' && token.scopes.includes('read_user')) return;
  throw insufficientScope();
}
