import { expect, test } from 'vitest';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext, HttpClient, HttpRequest } from '../../lib/http.ts';
import { finishConsent, type Gateway, startConsent } from './oauth.ts';
import { openSession } from './session.ts';
import type { JiraAuth, OAuthPair } from './settings.ts';

const call: CallContext = { signal: new AbortController().signal, priority: 'normal' };
const GATEWAY: Gateway = { auth: 'https://auth.example', api: 'https://api.example' };
const HOUR = 3_600_000;
const pair: OAuthPair = { kind: 'oauth', cloudId: 'c-1', clientId: 'app', clientSecret: 'shh', accessToken: 'a0', refreshToken: 'r0', expiresAt: 0 };

/** Atlassian's token endpoint: each refresh token is good once. `lose`: so many answers get lost. */
function atlassian(lose = 0) {
  let living = 'r0';
  let n = 0;
  const asked: string[] = [];
  const http: HttpClient = {
    async request({ url, json }: HttpRequest) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const answer = (status: number, body: unknown) => ({ status, headers: {}, text: JSON.stringify(body), stream: null, json: () => body as never });
      if (url === 'https://api.example/oauth/token/accessible-resources') return answer(200, [{ id: 'c-9', url: 'https://acme.atlassian.net' }]);
      const { grant_type: grant, refresh_token: token, client_secret: secret } = json as Record<string, string>;
      asked.push(token ?? grant ?? '');
      if (secret !== 'shh') return answer(401, { error: 'access_denied', error_description: 'Unauthorized' });
      if (grant === 'refresh_token' && token !== living) return answer(403, { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' });
      n += 1;
      living = `r${n}`;
      if (lose-- > 0) throw new TrackerError('unavailable', 'The connection broke off.', { inDoubt: true });
      return answer(200, { access_token: `a${n}`, refresh_token: living, expires_in: 3600, scope: 'read:jira-work write:jira-work' });
    },
  };
  return { http, asked };
}

function session(given: { lose?: number; save?: (patch: { auth: OAuthPair }) => Promise<void>; stored?: () => JiraAuth } = {}) {
  const { http, asked } = atlassian(given.lose);
  const saved: OAuthPair[] = [];
  let now = HOUR;
  const { stored } = given;
  const deps = {
    http,
    now: () => now,
    saveSettings: async (patch: Readonly<Record<string, unknown>>) => {
      await given.save?.(patch as { auth: OAuthPair });
      saved.push(patch.auth as OAuthPair);
    },
    ...(stored ? { readSettings: () => Promise.resolve({ auth: stored() }) } : {}),
  };
  return { opened: openSession(pair, deps, GATEWAY), asked, saved, pass: (ms: number) => (now += ms) };
}

test('a token and a personal access token are sent as they are', async () => {
  const deps = { http: atlassian().http, now: Date.now, saveSettings: () => Promise.resolve() };
  expect(await openSession({ kind: 'token', email: 'a@b.example', token: 't' }, deps, GATEWAY).authorization(call)).toBe(`Basic ${btoa('a@b.example:t')}`);
  expect(await openSession({ kind: 'pat', token: 'p' }, deps, GATEWAY).authorization(call)).toBe('Bearer p');
});

test('an expired pair is renewed once for many callers, and stored before it is used', async () => {
  const order: string[] = [];
  const { opened, asked, saved } = session({
    save: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push('stored');
    },
  });
  const values = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const value = await opened.authorization(call);
      order.push('used');
      return value;
    }),
  );
  expect(new Set(values)).toEqual(new Set(['Bearer a1']));
  expect(asked).toEqual(['r0']);
  expect(saved).toMatchObject([{ cloudId: 'c-1', accessToken: 'a1', refreshToken: 'r1', expiresAt: 2 * HOUR }]);
  expect(order[0]).toBe('stored');
});

test('a token that Jira refuses early is renewed once, however many are refused', async () => {
  const { opened, asked } = session();
  const first = await opened.authorization(call);
  expect(await Promise.all([opened.renewed(first, call), opened.renewed(first, call)])).toEqual([true, true]);
  expect(asked).toEqual(['r0', 'r1']);
  expect(await opened.authorization(call)).toBe('Bearer a2');
});

test('the pair that another process has stored is taken', async () => {
  const { opened, asked, saved } = session({ stored: () => ({ ...pair, accessToken: 'b', refreshToken: 'other', expiresAt: 9 * HOUR }) });
  expect(await opened.authorization(call)).toBe('Bearer b');
  expect([asked, saved]).toEqual([[], []]);
});

test('a pair that could not be stored is kept, used for nothing, and stored at the next try', async () => {
  let broken = true;
  const { opened, asked, saved } = session({ save: () => (broken ? Promise.reject(new Error('disk full')) : Promise.resolve()) });
  await expect(opened.authorization(call)).rejects.toMatchObject({ kind: 'unavailable' });
  broken = false;
  expect(await opened.authorization(call)).toBe('Bearer a1');
  expect([asked, saved.length]).toEqual([['r0'], 1]);
});

test('a renewal whose answer got lost says what to do', async () => {
  const { opened, asked } = session({ lose: 1 });
  const error = await opened.authorization(call).catch((thrown: unknown) => thrown as TrackerError);
  expect(error).toMatchObject({ kind: 'auth', inDoubt: false });
  expect((error as TrackerError).message).toMatch(/broke off while Atlassian was renewing.*Connect the account again/);
  expect(asked).toEqual(['r0', 'r0']);
});

test('consent is asked for with a refresh token in mind, and finds the site that was meant', async () => {
  const { location } = startConsent({ clientId: 'app', redirectUri: 'https://node.example/oauth/callback', state: 's' }, GATEWAY);
  const { origin, searchParams } = new URL(location);
  expect([origin, searchParams.get('audience'), searchParams.get('scope')]).toEqual([
    'https://auth.example',
    'api.atlassian.com',
    'read:jira-work write:jira-work read:jira-user offline_access',
  ]);
  const deps = { http: atlassian().http, now: () => 0 };
  const given = { clientId: 'app', clientSecret: 'shh', code: 'c', redirectUri: 'https://node.example/oauth/callback' };
  expect(await finishConsent(deps, { ...given, url: 'https://acme.atlassian.net' }, call, GATEWAY)).toMatchObject({ cloudId: 'c-9', accessToken: 'a1' });
  await expect(finishConsent(deps, { ...given, url: 'https://other.atlassian.net' }, call, GATEWAY)).rejects.toThrow(
    'Access was granted to other sites (https://acme.atlassian.net), not to https://other.atlassian.net.',
  );
  await expect(finishConsent(deps, { ...given, clientSecret: 'wrong', url: 'https://acme.atlassian.net' }, call, GATEWAY)).rejects.toThrow(
    'the client id or the secret of the app is wrong',
  );
});
