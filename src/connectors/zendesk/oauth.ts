import { createHash, randomBytes } from 'node:crypto';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext, HttpClient } from '../../lib/http.ts';
import { toldBy } from './refusals.ts';
import type { OAuthPair } from './settings.ts';

/** Everything that is used: tickets, files, brands, the feed, webhooks. */
const SCOPES = 'read write';

/** Where the browser goes to ask for consent. Keep `verifier` and `state` until it comes back to `redirectUri`. */
export function startConsent(given: { url: string; clientId: string; redirectUri: string; state: string }): { location: string; verifier: string } {
  const verifier = randomBytes(48).toString('base64url');
  const location = new URL('/oauth/authorizations/new', given.url);
  const query = {
    response_type: 'code',
    client_id: given.clientId,
    redirect_uri: given.redirectUri,
    scope: SCOPES,
    state: given.state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(query)) location.searchParams.set(name, value);
  return { location: location.href, verifier };
}

interface Deps {
  http: HttpClient;
  now: () => number;
}
interface Client {
  url: string;
  clientId: string;
  clientSecret: string;
}

/** The credentials for the code that the browser brought back (good for two minutes, once). Throws `auth` with what to do. */
export function finishConsent(deps: Deps, given: Client & { code: string; verifier: string; redirectUri: string }, call: CallContext): Promise<OAuthPair> {
  const { code, verifier, redirectUri } = given;
  return ask(deps, given, { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier, scope: SCOPES }, call);
}

/** A new pair for an old one, which Zendesk deletes. Throws `auth` when it does not know the old one. */
export function renew(deps: Deps, url: string, pair: OAuthPair, call: CallContext): Promise<OAuthPair> {
  return ask(deps, { url, ...pair }, { grant_type: 'refresh_token', refresh_token: pair.refreshToken }, call);
}

async function ask({ http, now }: Deps, client: Client, grant: Record<string, string>, call: CallContext): Promise<OAuthPair> {
  const { url, clientId, clientSecret } = client;
  const json = { ...grant, client_id: clientId, client_secret: clientSecret };
  const response = await http.request({ method: 'POST', url: `${url}/oauth/tokens`, json }, call);
  const { status } = response;
  if (status >= 400) {
    const { code, text } = toldBy(response.text);
    const why = code === 'invalid_client' ? 'the identifier or the secret of the OAuth client is wrong' : text || `HTTP ${status}`;
    throw new TrackerError(
      'auth',
      `Zendesk does not grant access: ${why.replace(/\.$/, '')}. Check the OAuth client in Zendesk’s Admin Center and connect the account again.`,
      { status },
    );
  }
  const answer = response.json<{ access_token?: string; refresh_token?: string; expires_in?: number | null; scope?: string }>();
  if (!answer.access_token || !answer.refresh_token)
    throw new TrackerError(
      'auth',
      'Zendesk granted access without a refresh token. Let the OAuth client in Zendesk’s Admin Center issue refresh tokens, and connect the account again.',
    );
  return {
    kind: 'oauth',
    clientId,
    clientSecret,
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    // Without a time the token ends when Zendesk says 401; it is renewed daily all the same, or the refresh token would end unused after 30 days.
    expiresAt: now() + (answer.expires_in ?? 86_400) * 1000,
    ...(answer.scope === undefined ? {} : { scope: answer.scope }),
  };
}
