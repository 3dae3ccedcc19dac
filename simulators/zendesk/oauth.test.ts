import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callerOf, type Reply } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

let sim: ZendeskSim;
const back = 'http://127.0.0.1:4700/oauth/callback';
const verifier = 'a'.repeat(64);
const challenge = createHash('sha256').update(verifier).digest('base64url');

beforeAll(async () => {
  sim = await startZendesk({
    limits: 'off',
    validate: true,
    oauthClients: [{ identifier: 'public-app', name: 'Public app', secret: null, redirectUris: [back] }],
  });
  sim.control.freeze();
});
afterAll(async () => {
  expect(sim.control.violations()).toEqual([]);
  await sim.stop();
});

const request = (changes: Record<string, string> = {}) =>
  new URLSearchParams({
    response_type: 'code',
    client_id: 'entente',
    redirect_uri: back,
    scope: 'read write',
    state: 's 1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  });

/** What a person does in the browser: sees the page, presses a button. Gives where the browser is sent. */
async function decide(decision: 'allow' | 'deny', changes: Record<string, string> = {}): Promise<URL> {
  const page = await fetch(`${sim.url}/oauth/authorizations/new?${request(changes).toString()}`);
  expect(await page.text()).toContain('Allow Entente to access acme?');
  const answer = await fetch(`${sim.url}/oauth/authorizations`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams([...request(changes), ['decision', decision]]),
  });
  expect(answer.status).toBe(302);
  return new URL(answer.headers.get('location') ?? '');
}

const token = (body: Record<string, string>): Promise<Reply> =>
  callerOf(sim)(
    'POST',
    '/oauth/tokens',
    { client_id: 'entente', client_secret: 'acme-oauth-secret', redirect_uri: back, code_verifier: verifier, ...body },
    { authorization: '' },
  );

async function signIn(scope = 'read write') {
  const code = (await decide('allow', { scope })).searchParams.get('code') ?? '';
  return (await token({ grant_type: 'authorization_code', code })).json;
}

const as = (access: string) => callerOf(sim)('GET', '/api/v2/users/me.json', undefined, { authorization: `Bearer ${access}` });

test('with consent a code comes back, and is good for one pair of tokens', async () => {
  const target = await decide('allow');
  expect(target.origin + target.pathname).toBe(back);
  expect(target.searchParams.get('state')).toBe('s 1');
  const code = target.searchParams.get('code') ?? '';
  const pair = await token({ grant_type: 'authorization_code', code });
  expect(pair.status).toBe(201);
  expect(pair.json).toMatchObject({ token_type: 'bearer', scope: 'read write', expires_in: 1800, refresh_token_expires_in: 2_592_000 });
  expect((await as(pair.json.access_token)).json.user.role).toBe('admin');
  expect((await token({ grant_type: 'authorization_code', code })).json.error).toBe('invalid_grant');
});

test('a refusal comes back as one, and a wrong client or address is never redirected to', async () => {
  expect((await decide('deny')).searchParams.get('error')).toBe('access_denied');
  for (const changes of [{ client_id: 'nobody' }, { redirect_uri: 'https://evil.example/' }]) {
    const page = await fetch(`${sim.url}/oauth/authorizations/new?${request(changes as Record<string, string>).toString()}`, { redirect: 'manual' });
    expect(page.status).toBe(400);
  }
  const noPkce = new URLSearchParams({ response_type: 'code', client_id: 'public-app', redirect_uri: back });
  const sent = await fetch(`${sim.url}/oauth/authorizations/new?${noPkce.toString()}`, { redirect: 'manual' });
  expect(sent.headers.get('location')).toContain('error=invalid_request');
});

test('the wrong verifier, address, secret, and an old code are refused', async () => {
  const code = async () => (await decide('allow')).searchParams.get('code') ?? '';
  const by = async (changes: Record<string, string>) => (await token({ grant_type: 'authorization_code', code: await code(), ...changes })).json.error;
  expect(await by({ code_verifier: 'b'.repeat(64) })).toBe('invalid_grant');
  expect(await by({ redirect_uri: 'http://127.0.0.1:4701/oauth/callback' })).toBe('invalid_grant');
  expect(await by({ client_secret: 'wrong' })).toBe('invalid_client');
  const old = await code();
  sim.control.advance(120_000);
  expect((await token({ grant_type: 'authorization_code', code: old })).json.error).toBe('invalid_grant');
});

test('access ends after half an hour; a refresh gives a new pair and ends the old one', async () => {
  const first = await signIn();
  sim.control.advance(30 * 60_000);
  const expired = await as(first.access_token);
  expect([expired.status, expired.json.error]).toEqual([401, 'invalid_token']);
  const second = (await token({ grant_type: 'refresh_token', refresh_token: first.refresh_token })).json;
  expect((await as(second.access_token)).status).toBe(200);
  expect((await token({ grant_type: 'refresh_token', refresh_token: first.refresh_token })).json.error).toBe('invalid_grant');
  const third = (await token({ grant_type: 'refresh_token', refresh_token: second.refresh_token })).json;
  expect((await as(second.access_token)).status).toBe(401);
  expect((await as(third.access_token)).status).toBe(200);
});

test('a connection that drops in the middle of a refresh has lost the old pair all the same', async () => {
  const pair = await signIn();
  sim.control.fault({ kind: 'drop-after', path: '/oauth/tokens' });
  await expect(token({ grant_type: 'refresh_token', refresh_token: pair.refresh_token })).rejects.toThrow();
  expect((await token({ grant_type: 'refresh_token', refresh_token: pair.refresh_token })).json.error).toBe('invalid_grant');
  expect((await as(pair.access_token)).status).toBe(401);
});

test('client credentials act as the service account, without a refresh token, and not for public clients', async () => {
  const pair = (await token({ grant_type: 'client_credentials', scope: 'read' })).json;
  expect(pair.refresh_token).toBeUndefined();
  expect((await as(pair.access_token)).json.user.email).toBe(sim.credentials.email);
  expect((await token({ grant_type: 'client_credentials', client_id: 'public-app', client_secret: '' })).json.error).toBe('unauthorized_client');
  expect((await token({ grant_type: 'password' })).json.error).toBe('unsupported_grant_type');
});

test('scopes bound what a token may do', async () => {
  const { access_token: access } = await signIn('tickets:read webhooks:write');
  const call = (method: string, path: string, body?: unknown) => callerOf(sim)(method, path, body, { authorization: `Bearer ${access}` });
  expect((await call('GET', '/api/v2/tickets.json')).status).toBe(200);
  const refused = await call('POST', '/api/v2/tickets.json', { ticket: { comment: { body: 'x' } } });
  expect([refused.status, refused.json.error]).toEqual([403, 'insufficient_scope']);
  expect((await call('GET', '/api/v2/webhooks')).status).toBe(403);
});

test('a token can be revoked by its bearer, and its refresh token goes with it', async () => {
  const pair = await signIn();
  const revoked = await callerOf(sim)('DELETE', '/api/v2/oauth/tokens/current.json', undefined, { authorization: `Bearer ${pair.access_token}` });
  expect(revoked.status).toBe(204);
  expect((await as(pair.access_token)).status).toBe(401);
  expect((await token({ grant_type: 'refresh_token', refresh_token: pair.refresh_token })).json.error).toBe('invalid_grant');
});
