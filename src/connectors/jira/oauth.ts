import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext, HttpClient } from '../../lib/http.ts';
import { toldBy } from './refusals.ts';
import type { OAuthPair } from './settings.ts';

/** What is used: issues, files and comments, projects, who wrote them; `offline_access` gives the refresh token. */
export const SCOPES = 'read:jira-work write:jira-work read:jira-user offline_access';

/** Where Atlassian's OAuth and its API for OAuth apps are. Others are for tests. */
export interface Gateway {
  readonly auth: string;
  readonly api: string;
}
export const GATEWAY: Gateway = { auth: 'https://auth.atlassian.com', api: 'https://api.atlassian.com' };

interface Deps {
  readonly http: HttpClient;
  readonly now: () => number;
}
interface App {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Where the browser goes to ask for consent. Keep `state` until it comes back to `redirectUri`. */
export function startConsent(given: { clientId: string; redirectUri: string; state: string }, gateway = GATEWAY): { location: string } {
  const location = new URL('/authorize', gateway.auth);
  const query = {
    audience: 'api.atlassian.com',
    client_id: given.clientId,
    scope: SCOPES,
    redirect_uri: given.redirectUri,
    state: given.state,
    response_type: 'code',
    prompt: 'consent',
  };
  for (const [name, value] of Object.entries(query)) location.searchParams.set(name, value);
  return { location: location.href };
}

/** The credentials for the code that the browser brought back. `url`: the site that was meant. Throws `auth` with what to do. */
export async function finishConsent(
  deps: Deps,
  given: App & { url: string; code: string; redirectUri: string },
  call: CallContext,
  gateway = GATEWAY,
): Promise<OAuthPair> {
  const { url, code, redirectUri, clientId, clientSecret } = given;
  const pair = await ask(deps, { clientId, clientSecret, cloudId: '' }, { grant_type: 'authorization_code', code, redirect_uri: redirectUri }, call, gateway);
  const headers = { authorization: `Bearer ${pair.accessToken}`, accept: 'application/json' };
  const answer = await deps.http.request({ method: 'GET', url: `${gateway.api}/oauth/token/accessible-resources`, headers }, call);
  const sites = answer.status === 200 ? answer.json<{ id: string; url: string }[]>() : [];
  const site = sites.find((one) => one.url.replace(/\/+$/, '') === url);
  if (site) return { ...pair, cloudId: site.id };
  const named = sites.map((one) => one.url).join(', ') || 'none';
  throw new TrackerError('auth', `Access was granted to other sites (${named}), not to ${url}. Connect again and choose that site.`);
}

/** A new pair for an old one: Atlassian rotates refresh tokens. Throws `auth` when it does not know the old one. */
export function renew(deps: Deps, pair: OAuthPair, call: CallContext, gateway = GATEWAY): Promise<OAuthPair> {
  return ask(deps, pair, { grant_type: 'refresh_token', refresh_token: pair.refreshToken }, call, gateway);
}

async function ask(
  { http, now }: Deps,
  app: App & { cloudId: string },
  grant: Record<string, string>,
  call: CallContext,
  gateway: Gateway,
): Promise<OAuthPair> {
  const { clientId, clientSecret, cloudId } = app;
  const json = { ...grant, client_id: clientId, client_secret: clientSecret };
  const response = await http.request({ method: 'POST', url: `${gateway.auth}/oauth/token`, json }, call);
  const { status } = response;
  if (status >= 400) {
    const { code, text } = toldBy(response.text);
    const wrong = /invalid_client|access_denied/.test(code);
    const why = wrong ? 'the client id or the secret of the app is wrong' : text || code || `HTTP ${status}`;
    throw new TrackerError(
      'auth',
      `Atlassian does not grant access: ${why.replace(/\.$/, '')}. Check the app at developer.atlassian.com and connect the account again.`,
      { status },
    );
  }
  const answer = response.json<{ access_token?: string; refresh_token?: string; expires_in?: number; scope?: string }>();
  if (!answer.access_token || !answer.refresh_token)
    throw new TrackerError('auth', 'Atlassian granted access without a refresh token. Ask for the scope offline_access, and connect the account again.');
  return {
    kind: 'oauth',
    cloudId,
    clientId,
    clientSecret,
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresAt: now() + (answer.expires_in ?? 3600) * 1000,
    ...(answer.scope === undefined ? {} : { scope: answer.scope }),
  };
}
