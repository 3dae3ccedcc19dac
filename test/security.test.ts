import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { startZendesk } from '../simulators/zendesk/zendesk.ts';
import { createLog } from '../src/lib/log.ts';
import { startNode } from '../src/node.ts';
import { describeApi } from '../src/server/describe.ts';
import { testDatabase } from './database.ts';
import { freePort } from './running-node.ts';

const PASSWORD = 'correct horse battery staple';
const TRACKER_TOKEN = 'tracker-secret-4f9a1c';
const NEW_TOKEN = 'tracker-secret-b77e20';

const { url: databaseUrl, pool } = await testDatabase();
const sim = await startZendesk({ subdomain: 'acme', seed: 'support', limits: 'off', apiTokens: [TRACKER_TOKEN, NEW_TOKEN] });
let logged = '';
const destination = new Writable({
  write(chunk: Buffer, _encoding, done) {
    logged += chunk.toString();
    done();
  },
});
const master = randomBytes(32);
const port = await freePort();
const node = await startNode({
  databaseUrl,
  keys: [master],
  port,
  pollMs: 1000,
  // The node’s own address, too: so the tracker is told where to send notices, and with which secret.
  allowPrivate: new Set([sim.url, sim.contentUrl, `http://127.0.0.1:${port}`].map((it) => new URL(it).host)),
  log: createLog({ level: 'trace', destination }),
});
const { url } = node;
afterAll(async () => {
  await node.stop();
  await sim.stop();
});

const owner = { name: 'Olga', email: 'olga@acme.test', password: PASSWORD };
const auth = (route: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/auth/${route}`, { method: 'POST', headers: { 'content-type': 'application/json', origin: url, ...headers }, body: JSON.stringify(body) });
const cookieOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
const api = (method: string, route: string, cookie: string, body?: unknown) =>
  fetch(`${url}/api/v1${route}`, {
    method,
    headers: { cookie, origin: url, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
let cookie = '';

test('a session that was made before signing in is not taken over by it', async () => {
  const first = await auth('sign-up/email', owner);
  expect(first.status).toBe(200);
  const name = cookieOf(first).split('=')[0] ?? '';
  const planted = `${name}=planted-by-somebody-else.signature`;
  const signedIn = await auth('sign-in/email', owner, { cookie: planted });
  cookie = cookieOf(signedIn);
  expect(cookie).not.toContain('planted');
  expect((await api('GET', '/node', planted)).status).toBe(401);
  expect((await api('GET', '/node', cookie)).status).toBe(200);
  // Each sign-in is a session of its own.
  expect(cookieOf(await auth('sign-in/email', owner))).not.toBe(cookie);
});

test('signing out ends the session, not only the cookie', async () => {
  const other = cookieOf(await auth('sign-in/email', owner));
  expect((await api('GET', '/node', other)).status).toBe(200);
  expect((await auth('sign-out', {}, { cookie: other })).status).toBe(200);
  expect((await api('GET', '/node', other)).status).toBe(401);
});

test('a new password ends the other sessions', async () => {
  const other = cookieOf(await auth('sign-in/email', owner));
  // Nobody has to ask for it.
  const changed = await auth('change-password', { currentPassword: PASSWORD, newPassword: `${PASSWORD} 2`, revokeOtherSessions: false }, { cookie });
  expect(changed.status).toBe(200);
  cookie = cookieOf(changed) || cookie;
  expect((await api('GET', '/node', other)).status).toBe(401);
  expect((await api('GET', '/node', cookie)).status).toBe(200);
  expect((await auth('change-password', { currentPassword: 'guessed', newPassword: 'another password' }, { cookie })).status).toBe(400);
  const weak = await auth('change-password', { currentPassword: `${PASSWORD} 2`, newPassword: 'olga@acme.test' }, { cookie });
  expect([weak.status, await weak.json()]).toMatchObject([400, { message: 'The password is too simple: it consists of your name or e-mail address.' }]);
  owner.password = `${PASSWORD} 2`;
});

test('nothing that is secret comes out: not from any route, not in any error, not in the log at its most talkative', async () => {
  const settings = { url: sim.url, auth: { kind: 'token', email: sim.credentials.email, token: TRACKER_TOKEN } };
  const answers: string[] = [];
  const keep = async (response: Response): Promise<void> => void answers.push(`${response.status} ${await response.text()}`);
  await keep(await api('POST', '/instances', cookie, { slug: 'acme', platform: 'zendesk', settings }));
  await keep(await api('POST', '/instances/check', cookie, { platform: 'zendesk', settings }));
  await keep(await api('PATCH', '/instances/acme', cookie, { settings: { auth: { kind: 'token', email: sim.credentials.email, token: NEW_TOKEN } } }));
  const pending = (await (
    await api('POST', '/connections/initiate', cookie, { instance: 'acme', url: null, mode: 'basic', path: 'invitation', internalCommentsBecomePublic: true })
  ).json()) as { connection: { slug: string } };
  const tokenMade = (await (await api('POST', '/tokens', cookie, { name: 'reporting', instance: null, role: 'owner' })).json()) as { token: string };
  const invited = (await (await api('POST', '/instances/acme/members', cookie, { email: 'late@acme.test', role: 'viewer' })).json()) as { joinUrl: string };
  const joinToken = invited.joinUrl.split('/').at(-1) ?? '';
  await fetch(`${url}/api/v1/join/${joinToken}`);
  await fetch(`${url}/join/${joinToken}`);
  await fetch(`${url}/api/v1/join/${joinToken}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'x' }) });
  await fetch(`${url}/api/v1/instances`, { headers: { authorization: `Bearer ${tokenMade.token}` } });
  const { rows: kept } = await pool.query<{ id: string }>('select id from instance');
  const webhookSecrets = await until(async () => {
    const { webhook } = (await node.store.transaction((tx) => tx.instance(kept[0]?.id ?? ''))) ?? {};
    return webhook && JSON.stringify(webhook).match(/(?<=")[\w+/=-]{20,}(?=")/g);
  });
  // Wrong in every way that makes the node talk about them.
  await keep(await api('POST', '/instances', cookie, { slug: 'b', platform: 'zendesk', settings: { ...settings, url: 'http://10.0.0.1' } }));
  await keep(
    await api('POST', '/instances', cookie, { slug: 'c', platform: 'zendesk', settings: { url: sim.url, auth: { kind: 'token', token: TRACKER_TOKEN } } }),
  );
  sim.control.revokeApiToken(NEW_TOKEN);
  await keep(await api('POST', '/instances/acme/check', cookie));
  sim.control.fault({ kind: 'drop-before', method: 'GET', path: '/api/v2/users/me.json', times: 1 } as never);
  await keep(await api('POST', '/instances/acme/check', cookie));
  const { paths } = JSON.parse(await describeApi()) as { paths: Record<string, Record<string, unknown>> };
  for (const [route, methods] of Object.entries(paths))
    for (const method of Object.keys(methods)) {
      if (/events$|\/cancel$|guard$|node\/key$/.test(route) || method === 'delete') continue;
      const filled = route
        .replace('/api/v1', '')
        .replace('{slug}', 'acme')
        .replace('{name}', pending.connection.slug)
        .replace(/\{\w+\}/, 'x');
      await keep(await api(method.toUpperCase(), filled, cookie, method === 'get' ? undefined : {}));
    }
  // Polls fail meanwhile, and are written about.
  await sleep(2500);
  expect(answers.length).toBeGreaterThan(50);
  expect(logged).toContain('/api/v1/join/:token');
  const basic = [TRACKER_TOKEN, NEW_TOKEN].map((token) => Buffer.from(`${sim.credentials.email}/token:${token}`).toString('base64'));
  const session = cookie.split('=')[1] ?? '';
  const stored = await everyRow();
  for (const secret of [
    ...[TRACKER_TOKEN, NEW_TOKEN, ...basic, ...webhookSecrets, tokenMade.token, joinToken],
    ...[owner.password, PASSWORD, session, decodeURIComponent(session), master.toString('base64'), master.toString('hex')],
  ]) {
    expect(secret.length).toBeGreaterThan(15);
    // Whoever has a copy of the database has none of them, in letters or in bytes.
    expect(stored.filter((row) => row.includes(secret) || row.includes(Buffer.from(secret).toString('hex')))).toEqual([]);
    expect(answers.filter((answer) => answer.includes(secret))).toEqual([]);
    expect(logged.split('\n').filter((line) => line.includes(secret))).toEqual([]);
  }
}, 60_000);

/** What comes, as soon as it does. */
async function until<T>(look: () => Promise<T | null | undefined>): Promise<T> {
  for (let i = 0; i < 100; i++) {
    const found = await look();
    if (found) return found;
    await sleep(100);
  }
  throw new Error('It did not come.');
}

async function everyRow(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'`,
  );
  const all = await Promise.all(rows.map(({ name }) => pool.query<{ row: string }>(`select t::text as row from ${name} t`)));
  return all.flatMap((table) => table.rows.map(({ row }) => row));
}

test('a body that is too large is refused with a sentence', async () => {
  const response = await fetch(`${url}/api/v1/connections`, {
    method: 'POST',
    headers: { cookie, origin: url, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'x'.repeat(2_000_000) }),
  });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ message: 'The request is too large: 1 MB is the limit.' });
});

test('clients that never finish their request take nothing from others', async () => {
  const { hostname, port } = new URL(url);
  const slow = Array.from({ length: 200 }, () => {
    const socket = net.connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write('POST /api/v1/connections HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{');
    return socket;
  });
  await sleep(300);
  const started = performance.now();
  expect((await fetch(`${url}/api/v1/health`)).status).toBe(200);
  expect(performance.now() - started).toBeLessThan(5000);
  for (const socket of slow) socket.destroy();
});

test('the console is not framed, runs no script but its own, and says nothing about where one came from', async () => {
  const { headers } = await fetch(`${url}/api/v1/health`);
  const policy = headers.get('content-security-policy') ?? '';
  for (const part of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) expect(policy).toContain(part);
  expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('same-origin');
});

test('the console and the pages of the node put text into their pages as text, never as markup', () => {
  const sources = ['console/src', 'src/embed'].flatMap((folder) =>
    fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((file) => (/\.tsx?$/.test(file) ? [path.join(folder, file)] : [])),
  );
  expect(sources.length).toBeGreaterThan(50);
  const markup = /dangerouslySetInnerHTML|\.(inner|outer)HTML|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc|srcDoc|new Function|\beval\(/;
  expect(sources.filter((file) => markup.test(fs.readFileSync(file, 'utf8')))).toEqual([]);
});

// Last: it uses up this address's attempts.
test('guessing passwords is slowed down, and says for how long', async () => {
  const statuses: number[] = [];
  let refusal = { retryAfter: 0, message: '' };
  for (let i = 0; i < 15; i++) {
    const response = await auth('sign-in/email', { email: owner.email, password: `guess number ${i}` });
    statuses.push(response.status);
    if (response.status === 429)
      refusal = { retryAfter: Number(response.headers.get('retry-after')), message: ((await response.json()) as { message: string }).message };
  }
  expect(statuses.at(-1)).toBe(429);
  expect(refusal).toEqual({
    retryAfter: expect.toSatisfy((it: number) => it > 0 && it <= 60),
    message: expect.stringMatching(/^Too many tries to sign in\. Try again in \d+ seconds\.$/),
  });
  // Nor does the right password help while it lasts, and no header of the caller's changes who it is.
  const forged = await auth('sign-in/email', owner, { 'x-forwarded-for': '203.0.113.9', 'x-entente-address': '203.0.113.9' });
  expect(forged.status).toBe(429);
});
