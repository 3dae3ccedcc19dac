import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { html } from '../http/html.ts';
import type { Account } from './account.ts';
import type { Route } from './call.ts';
import { notFound } from './errors.ts';
import { type OAuth, type OAuthClient, OAuthError, scopesOf } from './oauth-tokens.ts';
import { page } from './page.ts';
import { agentsOf } from './people.ts';

/** Answers `/oauth/…`, or says undefined for any other path. */
export async function answerOAuth(account: Account, oauth: OAuth, req: IncomingMessage, url: URL): Promise<Answer | undefined> {
  if (url.pathname === '/oauth/authorizations/new' && req.method === 'GET') return askForConsent(account, oauth, url.searchParams);
  if (url.pathname === '/oauth/authorizations' && req.method === 'POST')
    return decide(account, oauth, new URLSearchParams((await readBody(req, 100_000)).toString('utf8')));
  if (url.pathname === '/oauth/tokens' && req.method === 'POST') return exchange(oauth, req);
  return undefined;
}

/** A token that ends its own life, as disconnecting does. */
export function oauthRoutes(oauth: OAuth): Route[] {
  return [
    {
      method: 'DELETE',
      path: '/api/v2/oauth/tokens/current',
      access: 'user',
      scope: 'oauth',
      handle(call) {
        const token = /^bearer\s+(.+)$/i.exec(call.headers.authorization ?? '')?.[1];
        if (token === undefined) throw notFound();
        oauth.revoke(token);
        return { status: 204 };
      },
    },
  ];
}

async function exchange(oauth: OAuth, req: IncomingMessage): Promise<Answer> {
  const raw = (await readBody(req, 100_000)).toString('utf8');
  try {
    const isJson = (req.headers['content-type'] ?? '').includes('json');
    const input = isJson ? (JSON.parse(raw) as Record<string, unknown>) : Object.fromEntries(new URLSearchParams(raw));
    return { status: 201, headers: { 'cache-control': 'no-store' }, json: oauth.exchange(input) };
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 400, json: { error: 'invalid_request', error_description: 'The body is not JSON.' } };
    if (!(error instanceof OAuthError)) throw error;
    return { status: error.code === 'invalid_client' ? 401 : 400, json: { error: error.code, error_description: error.message } };
  }
}

interface Asked {
  client: OAuthClient;
  redirectUri: string;
  state: string | null;
  scopes: string[];
  challenge: { value: string; method: 'S256' | 'plain' } | null;
}

/** Reads an authorisation request. A wrong client or address is a page, never a redirect: it might lead anywhere. */
function readRequest(oauth: OAuth, query: URLSearchParams): Asked | { refusal: Answer } {
  const client = oauth.clients.get(query.get('client_id') ?? '');
  if (!client) return { refusal: refusalPage('No such OAuth client', `There is no OAuth client "${query.get('client_id') ?? ''}" in this account.`) };
  const redirectUri = query.get('redirect_uri') ?? client.redirectUris[0] ?? '';
  if (!client.redirectUris.includes(redirectUri)) {
    return { refusal: refusalPage('Redirect address not registered', `"${redirectUri}" is not one of the redirect URLs of the client "${client.name}".`) };
  }
  const state = query.get('state');
  const back = (error: string, description: string) => ({ refusal: redirect(redirectUri, { error, error_description: description, state }) });
  if (query.get('response_type') !== 'code') return back('unsupported_response_type', 'response_type must be code');
  const value = query.get('code_challenge');
  const method = query.get('code_challenge_method') ?? 'plain';
  if (method !== 'S256' && method !== 'plain') return back('invalid_request', 'code_challenge_method must be S256 or plain');
  if (value === null && client.secret === null) return back('invalid_request', 'A public client must send a code_challenge');
  return { client, redirectUri, state, scopes: scopesOf(query.get('scope')), challenge: value === null ? null : { value, method } };
}

function askForConsent(account: Account, oauth: OAuth, query: URLSearchParams): Answer {
  const asked = readRequest(oauth, query);
  if ('refusal' in asked) return asked.refusal;
  const carried = ['client_id', 'redirect_uri', 'state', 'scope', 'response_type', 'code_challenge', 'code_challenge_method'];
  return page(
    account,
    `Allow ${asked.client.name}?`,
    html`<section class="card narrow">
      <h1>Allow ${asked.client.name} to access ${account.subdomain}?</h1>
      <p>It will be able to use:</p>
      <ul>${asked.scopes.map((scope) => html`<li><code>${scope}</code></li>`)}</ul>
      <form method="post" action="/oauth/authorizations">
        ${carried.map((name) => (query.has(name) ? html`<input type="hidden" name="${name}" value="${query.get(name)}">` : null))}
        <label>Signed in as
          <select name="user_id">${agentsOf(account).map((user) => html`<option value="${user.id}">${user.name} (${user.role})</option>`)}</select>
        </label>
        <p class="actions"><button name="decision" value="allow">Allow</button> <button name="decision" value="deny" class="quiet">Deny</button></p>
      </form>
    </section>`,
  );
}

function decide(account: Account, oauth: OAuth, form: URLSearchParams): Answer {
  const asked = readRequest(oauth, form);
  if ('refusal' in asked) return asked.refusal;
  if (form.get('decision') !== 'allow') {
    return redirect(asked.redirectUri, {
      error: 'access_denied',
      error_description: 'The end-user or authorization server denied the request.',
      state: asked.state,
    });
  }
  const user = account.users.get(Number(form.get('user_id'))) ?? agentsOf(account)[0];
  if (!user) return refusalPage('Nobody to sign in', 'This account has no agents.');
  const { client, redirectUri, scopes, challenge } = asked;
  const code = oauth.grantCode({ client: client.identifier, userId: user.id, scopes, redirectUri, challenge });
  return redirect(redirectUri, { code, state: asked.state });
}

function redirect(address: string, query: Record<string, string | null>): Answer {
  const target = new URL(address);
  for (const [name, value] of Object.entries(query)) if (value !== null) target.searchParams.set(name, value);
  return { status: 302, headers: { location: target.href } };
}

function refusalPage(title: string, text: string): Answer {
  return { ...page(undefined, title, html`<section class="card narrow"><h1>${title}</h1><p>${text}</p></section>`), status: 400 };
}
