import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { html } from '../http/html.ts';
import type { User } from './model.ts';
import { page } from './page.ts';
import { type Site, userOf } from './site.ts';

export interface OAuthClient {
  id: string;
  secret: string;
  name: string;
  /** One address, as at Atlassian's developer console. */
  redirectUri: string;
}

interface Grant {
  client: string;
  user: string;
  scope: string;
}

/** OAuth 2.0 (3LO): codes, access tokens and refresh tokens that are replaced by every use. */
export interface OAuth {
  clients: OAuthClient[];
  codes: Map<string, Grant & { redirectUri: string; until: number }>;
  access: Map<string, Grant & { until: number }>;
  refresh: Map<string, Grant & { usedAt: number | null }>;
}

export const createOAuth = (): OAuth => ({ clients: [], codes: new Map(), access: new Map(), refresh: new Map() });

export const SCOPES: Readonly<Record<string, string>> = {
  'read:jira-work': 'View issues, files and comments',
  'write:jira-work': 'Create and change issues, files and comments',
  'read:jira-user': 'View who people are',
  'manage:jira-webhook': 'Manage webhooks of the app',
  'manage:jira-project': 'Manage projects',
  'manage:jira-configuration': 'Manage Jira',
  offline_access: 'Go on while you are away',
};

const secret = (): string => randomBytes(24).toString('base64url');

/** Answers Atlassian's own addresses (`/authorize`, `/oauth/token`, accessible resources); undefined for any other path. */
export async function answerOAuth(site: Site, oauth: OAuth, req: IncomingMessage, url: URL): Promise<Answer | undefined> {
  if (!site.cloud) return undefined;
  if (url.pathname === '/authorize')
    return req.method === 'POST'
      ? decide(site, oauth, new URLSearchParams((await readBody(req, 100_000)).toString('utf8')))
      : ask(site, oauth, url.searchParams);
  if (url.pathname === '/oauth/token' && req.method === 'POST')
    return exchange(site, oauth, (await readBody(req, 100_000)).toString('utf8'), String(req.headers['content-type'] ?? ''));
  if (url.pathname !== '/oauth/token/accessible-resources') return undefined;
  const grant = bearer(site, oauth, req.headers.authorization);
  if (!grant) return { status: 401, json: { code: 401, message: 'Unauthorized' } };
  const scopes = grant.scope.split(' ').filter((scope) => scope !== 'offline_access');
  return { status: 200, json: [{ id: site.cloudId, url: site.url, name: 'acme', scopes, avatarUrl: `${site.url}/agent/avatar.svg` }] };
}

/** Who a bearer token stands for, and with which scopes; undefined: it is unknown or has ended. */
export function bearer(site: Site, oauth: OAuth, authorization: string | undefined): { user: User; scope: string } | undefined {
  const grant = oauth.access.get(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '');
  return grant && grant.until > site.clock.now() ? { user: userOf(site, grant.user), scope: grant.scope } : undefined;
}

interface Asked {
  client: OAuthClient;
  redirectUri: string;
  scope: string;
  state: string;
}

function readRequest(oauth: OAuth, query: URLSearchParams): Asked | { refusal: string } {
  const client = oauth.clients.find(({ id }) => id === query.get('client_id'));
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!client) return { refusal: 'The client_id is not registered.' };
  if (redirectUri !== client.redirectUri) return { refusal: 'redirect_uri is not registered for client.' };
  if (query.get('audience') !== 'api.atlassian.com') return { refusal: 'The audience must be api.atlassian.com.' };
  if (query.get('response_type') !== 'code') return { refusal: 'The response_type must be code.' };
  const scope = query.get('scope') ?? '';
  const unknown = scope.split(' ').find((one) => !Object.hasOwn(SCOPES, one));
  return unknown === undefined ? { client, redirectUri, scope, state: query.get('state') ?? '' } : { refusal: `The scope "${unknown}" is not known.` };
}

const refused = (text: string): Answer => ({
  ...page('Something went wrong', html`<section class="card narrow"><h1>Something went wrong</h1><p>${text}</p></section>`),
  status: 400,
});

function ask(site: Site, oauth: OAuth, query: URLSearchParams): Answer {
  const asked = readRequest(oauth, query);
  if ('refusal' in asked) return refused(asked.refusal);
  return page(
    `Allow ${asked.client.name}?`,
    html`<section class="card narrow"><h1>${asked.client.name} is requesting access to ${new URL(site.url).host}</h1>
    <ul>${asked.scope.split(' ').map((scope) => html`<li>${SCOPES[scope] ?? scope}</li>`)}</ul>
    <form method="post" action="/authorize">
      ${[...query].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
      <label>Signed in as <select name="user">${site.users.map(({ id, displayName }) => html`<option value="${id}">${displayName}</option>`)}</select></label>
      <p class="actions"><button name="decision" value="accept">Accept</button> <button name="decision" value="cancel" class="quiet">Cancel</button></p>
    </form></section>`,
  );
}

function decide(site: Site, oauth: OAuth, form: URLSearchParams): Answer {
  const asked = readRequest(oauth, form);
  if ('refusal' in asked) return refused(asked.refusal);
  const { client, redirectUri, scope, state } = asked;
  const back = new URL(redirectUri);
  back.searchParams.set('state', state);
  if (form.get('decision') === 'accept') {
    const code = secret();
    oauth.codes.set(code, { client: client.id, user: form.get('user') ?? site.users[0]?.id ?? '', scope, redirectUri, until: site.clock.now() + 300_000 });
    back.searchParams.set('code', code);
  } else {
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('error_description', 'User did not authorize the request');
  }
  return { status: 302, headers: { location: back.href } };
}

const invalid = (status: number, error: string, text: string): Answer => ({ status, json: { error, error_description: text } });

function exchange(site: Site, oauth: OAuth, raw: string, type: string): Answer {
  let given: Record<string, unknown>;
  try {
    given = type.includes('json') ? (JSON.parse(raw) as Record<string, unknown>) : Object.fromEntries(new URLSearchParams(raw));
  } catch {
    return invalid(400, 'invalid_request', 'The body is not JSON.');
  }
  const client = oauth.clients.find(({ id }) => id === given.client_id);
  if (!client || client.secret !== given.client_secret) return invalid(401, 'access_denied', 'Unauthorized');
  const now = site.clock.now();
  if (given.grant_type === 'authorization_code') {
    const code = oauth.codes.get(String(given.code));
    oauth.codes.delete(String(given.code));
    if (!code || code.client !== client.id || code.until < now) return invalid(403, 'invalid_grant', 'Invalid authorization code');
    if (code.redirectUri !== given.redirect_uri) return invalid(403, 'invalid_grant', 'The redirect_uri is not the one of the code');
    return granted(site, oauth, code);
  }
  if (given.grant_type !== 'refresh_token') return invalid(400, 'unsupported_grant_type', 'Unsupported grant type');
  const old = oauth.refresh.get(String(given.refresh_token));
  // A used one lives on for the leeway only, for answers that were lost on their way.
  if (!old || old.client !== client.id || (old.usedAt !== null && now - old.usedAt >= site.settings.refreshLeewayMs))
    return invalid(403, 'unauthorized_client', 'refresh_token is invalid');
  old.usedAt ??= now;
  return granted(site, oauth, old);
}

function granted(site: Site, oauth: OAuth, { client, user, scope }: Grant): Answer {
  const seconds = site.settings.accessTokenSeconds;
  const access = secret();
  oauth.access.set(access, { client, user, scope, until: site.clock.now() + seconds * 1000 });
  const answer: Record<string, unknown> = { access_token: access, expires_in: seconds, token_type: 'Bearer', scope };
  if (scope.split(' ').includes('offline_access')) {
    const refresh = secret();
    oauth.refresh.set(refresh, { client, user, scope, usedAt: null });
    answer.refresh_token = refresh;
  }
  return { status: 200, json: answer, headers: { 'cache-control': 'no-store' } };
}
