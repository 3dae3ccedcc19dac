import type { IncomingHttpHeaders } from 'node:http';
import { type Account, userByEmail } from './account.ts';
import type { Route } from './call.ts';
import { ApiError, forbidden, unauthenticated } from './errors.ts';
import type { User } from './model.ts';
import type { OAuth } from './oauth-tokens.ts';
import { ANONYMOUS } from './people.ts';

/** Who sends this request, by `Basic e-mail/token:TOKEN` or a bearer token, and with which OAuth scopes. Throws the vendor's 401. */
export function authenticate(account: Account, oauth: OAuth, headers: IncomingHttpHeaders): { user: User; scopes: string[] | null } {
  const given = headers.authorization;
  if (given === undefined) return { user: ANONYMOUS, scopes: null };
  const [scheme = '', credentials = ''] = given.split(/\s+/, 2);
  if (scheme.toLowerCase() === 'bearer') {
    const token = oauth.accessToken(credentials);
    const user = token && account.users.get(token.userId);
    if (!token || !user || user.suspended) {
      const description = 'The access token provided is expired, revoked, malformed or invalid for other reasons.';
      throw new ApiError(401, { error: 'invalid_token', error_description: description });
    }
    return { user, scopes: token.scopes };
  }
  if (scheme.toLowerCase() !== 'basic') throw unauthenticated();
  const [, email, token] = /^(.+?)\/token:(.*)$/s.exec(Buffer.from(credentials, 'base64').toString('utf8')) ?? [];
  // Passwords are no longer taken, only tokens.
  if (email === undefined || token === undefined || !account.apiTokens.has(token)) throw unauthenticated();
  const user = userByEmail(account, email);
  if (!user || user.suspended) throw unauthenticated();
  return { user, scopes: null };
}

/** Throws 401 where a sign-in is missing, and 403 where role or scope do not reach. */
export function authorise(route: Route, user: User, scopes: string[] | null): void {
  if (route.access === 'anonymous') return;
  if (user === ANONYMOUS) throw unauthenticated();
  if (route.access === 'agent' && user.role === 'end-user') throw forbidden();
  if (route.access === 'admin' && user.role !== 'admin') throw forbidden();
  if (scopes === null) return;
  const verb = route.method === 'GET' ? 'read' : 'write';
  if (scopes.includes(verb) || scopes.includes(`${route.scope}:${verb}`)) return;
  throw new ApiError(403, { error: 'insufficient_scope', error_description: `The access token lacks the scope "${route.scope}:${verb}".` });
}
