import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JiraSim, startJira } from './jira.ts';
import { clientOf, paragraph } from './test-client.ts';

let sim: JiraSim;
beforeEach(async () => {
  sim = await startJira();
  sim.control.freeze();
});
afterEach(() => sim.stop());

const token = (given: Record<string, string>) =>
  fetch(`${sim.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: sim.oauthClient.id, client_secret: sim.oauthClient.secret, ...given }),
  });

async function granted(scope: string): Promise<{ access_token: string; refresh_token: string; expires_in: number }> {
  const { id: client_id, redirectUri: redirect_uri } = sim.oauthClient;
  const query = new URLSearchParams({ audience: 'api.atlassian.com', client_id, redirect_uri, scope, state: 's 1', response_type: 'code', prompt: 'consent' });
  const asked = await fetch(`${sim.url}/authorize?${query.toString()}`);
  expect(await asked.text()).toContain('is requesting access');
  const back = await fetch(`${sim.url}/authorize`, { method: 'POST', redirect: 'manual', body: new URLSearchParams([...query, ['decision', 'accept']]) });
  const location = new URL(back.headers.get('location') ?? '');
  expect(location.searchParams.get('state')).toBe('s 1');
  const answer = await token({ grant_type: 'authorization_code', code: location.searchParams.get('code') ?? '', redirect_uri });
  return (await answer.json()) as Awaited<ReturnType<typeof granted>>;
}

const bearer = (value: string) => ({ authorization: `Bearer ${value}` });

test('an OAuth app comes in through the gateway, with its scopes, until its token ends', async () => {
  const { access_token, expires_in } = await granted('read:jira-work read:jira-user offline_access');
  const sites = await (await fetch(`${sim.url}/oauth/token/accessible-resources`, { headers: bearer(access_token) })).json();
  expect(sites).toMatchObject([{ id: sim.cloudId, url: sim.url }]);
  const call = clientOf(sim);
  const root = `/ex/jira/${sim.cloudId}/rest/api/3`;
  expect((await call('GET', `${root}/myself`, undefined, bearer(access_token))).json.displayName).toBe('Sync Service');
  const refused = await call('POST', `${root}/issue`, { fields: {} }, bearer(access_token));
  expect([refused.status, refused.json.errorMessages]).toEqual([401, ['Unauthorized; scope does not match']]);
  sim.control.advance(expires_in * 1000);
  expect((await call('GET', `${root}/myself`, undefined, bearer(access_token))).status).toBe(401);
});

test('a refresh token is replaced by each use, and the old one dies after the leeway', async () => {
  const first = await granted('read:jira-work offline_access');
  const renew = (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token });
  const second = (await (await renew(first.refresh_token)).json()) as typeof first;
  expect(second.refresh_token).not.toBe(first.refresh_token);
  expect((await renew(first.refresh_token)).status).toBe(200);
  sim.control.advance(600_000);
  const late = await renew(first.refresh_token);
  expect([late.status, await late.json()]).toEqual([403, { error: 'unauthorized_client', error_description: 'refresh_token is invalid' }]);
  expect((await renew(second.refresh_token)).status).toBe(200);
});

test('a wrong client, address, code or secret gets nowhere', async () => {
  expect((await fetch(`${sim.url}/authorize?client_id=nobody`)).status).toBe(400);
  expect((await token({ grant_type: 'authorization_code', code: 'x', redirect_uri: sim.oauthClient.redirectUri })).status).toBe(403);
  expect((await token({ grant_type: 'refresh_token', refresh_token: 'x', client_secret: 'wrong' })).status).toBe(401);
});

test('twenty changes of one issue in two seconds are enough; another issue may still be changed', async () => {
  const call = clientOf(sim);
  const [one, two] = ['One', 'Two'].map((summary) => sim.control.createIssue({ project: 'SUP', summary }).key);
  const write = (key = '') => call('POST', `/issue/${key}/comment`, { body: paragraph('x') });
  for (let n = 0; n < 20; n += 1) expect((await write(one)).status).toBe(201);
  const refused = await write(one);
  expect([refused.status, refused.headers.get('ratelimit-reason'), refused.headers.get('retry-after')]).toEqual([429, 'jira-per-issue-on-write', '2']);
  expect((await write(two)).status).toBe(201);
  sim.control.setLimits({ retryAfter: false });
  expect((await write(one)).headers.get('retry-after')).toBeNull();
  sim.control.advance(2_000);
  expect((await write(one)).status).toBe(201);
});

test('so many requests in one second are too many, whatever they are for', async () => {
  sim.control.setLimits({ burst: { GET: 2, POST: 2, PUT: 2, DELETE: 2 } });
  const call = clientOf(sim);
  const statuses = [];
  for (let n = 0; n < 3; n += 1) statuses.push((await call('GET', '/myself')).status);
  expect(statuses).toEqual([200, 200, 429]);
});
