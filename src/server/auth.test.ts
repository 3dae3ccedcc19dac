import { expect, test } from 'vitest';
import { testDatabase } from '../../test/database.ts';
import { ADDRESS_HEADER, createSignIn } from './auth.ts';

const { pool } = await testDatabase();
const baseURL = 'https://entente.example';
const logged: string[] = [];
const signIn = createSignIn({ pool, baseURL, secret: 'x'.repeat(44), log: (message) => void logged.push(message) });
const owner = { name: 'Olga', email: 'olga@acme.test', password: 'correct horse battery' };

const post = (route: string, body: object, headers: Record<string, string> = {}) =>
  signIn.handler(
    new Request(`${baseURL}/api/auth/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: baseURL, [ADDRESS_HEADER]: '203.0.113.1', ...headers },
      body: JSON.stringify(body),
    }),
  );

test('the cookie of an https console is sent over https only, not to scripts, and not along with other sites’ forms', async () => {
  const weak = await post('sign-up/email', { ...owner, password: 'olga olga olga' });
  expect([weak.status, await weak.json()]).toMatchObject([400, { code: 'PASSWORD_TOO_WEAK' }]);
  const response = await post('sign-up/email', owner);
  expect(response.status).toBe(200);
  const cookies = response.headers.getSetCookie();
  expect(cookies).toHaveLength(1);
  for (const flag of [/^__Secure-entente-/, /; HttpOnly/, /; Secure/, /; SameSite=Lax/, /; Path=\//]) expect(cookies[0]).toMatch(flag);
  // For this host alone: not for others below the same domain.
  expect(cookies[0]).not.toMatch(/Domain=/i);
});

test('signing in from the page of another site is refused', async () => {
  for (const origin of ['https://evil.example', 'https://entente.example.evil.example', 'http://entente.example'])
    expect([origin, (await post('sign-in/email', owner, { origin, cookie: 'any=1' })).status]).toEqual([origin, 403]);
  expect((await post('sign-in/email', owner, { cookie: 'any=1' })).status).toBe(200);
});

test('what is set when somebody signs up does not make them more than they are', async () => {
  await post('sign-in/email', owner);
  const { rows } = await pool.query('select joined from app_user');
  expect(rows).toEqual([{ joined: false }]);
  const second = await post('sign-up/email', { ...owner, email: 'eve@acme.test', joined: true, role: 'owner' });
  expect(second.status).toBeGreaterThanOrEqual(400);
  expect((await pool.query('select 1 from app_user')).rowCount).toBe(1);
});

test('guessing one account from many addresses is slowed down; the answer does not tell whether there is such an account', async () => {
  logged.length = 0;
  const answers: Record<string, unknown[]> = {};
  for (const email of [owner.email, 'nobody@acme.test'])
    for (let i = 0; i < 21; i++) {
      const response = await post('sign-in/email', { email, password: `guess number ${i}` }, { [ADDRESS_HEADER]: `198.51.100.${i}` });
      const { code, message } = (await response.json()) as { code: string; message: string };
      answers[email] = [...(answers[email] ?? []), [response.status, code, response.status === 429 ? '' : message]];
      if (i === 20) expect([response.status, message]).toEqual([429, 'Too many tries to sign in. Try again in 15 minutes.']);
    }
  expect(answers[owner.email]).toEqual(answers['nobody@acme.test']);
  expect((await post('sign-in/email', owner, { [ADDRESS_HEADER]: '198.51.100.99' })).status).toBe(429);
  expect(logged).toEqual([]);
});
