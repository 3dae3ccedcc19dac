import { expect, test } from 'vitest';
import { describeApi } from '../src/server/describe.ts';
import { testDesk } from './running-node.ts';

/** Two tenants on one node: who belongs to one of them never learns of the other, by any route. */
const { node, database, acme, globex, call, settings } = await testDesk({ seeded: true });
const url = node.url;
const owner = { name: 'Olga Operator', email: 'olga@node.test', password: 'correct horse battery' };
const SECRET = 'Umbrella Corporation';

interface Person {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function session(route: string, body: object): Promise<string> {
  const response = await fetch(`${url}/api/auth/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(body),
  });
  expect([route, response.status]).toEqual([route, 200]);
  return response.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
}

async function ask(person: Person | null, method: string, route: string, body?: unknown) {
  const response = await fetch(`${url}/api/v1${route}`, {
    method,
    headers: { ...(person?.headers ?? {}), origin: url, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: <T>() => JSON.parse(text) as T };
}

let operator: Person;
const people: Record<'viewer' | 'admin' | 'owner' | 'stranger', Person> = {} as never;
let twin = '';

test('the first who signs up is the operator; others join by an address that works once', async () => {
  operator = { name: owner.name, headers: { cookie: await session('sign-up/email', owner) } };
  expect((await ask(operator, 'POST', '/instances', { slug: 'acme', platform: 'zendesk', name: SECRET, settings: settings(acme) })).status).toBe(201);
  expect((await ask(operator, 'POST', '/instances', { slug: 'globex', platform: 'zendesk', name: 'Globex', settings: settings(globex) })).status).toBe(201);
  for (const [who, instance, role] of [
    ['viewer', 'acme', 'viewer'],
    ['admin', 'acme', 'admin'],
    ['owner', 'acme', 'owner'],
    ['stranger', 'globex', 'owner'],
  ] as const) {
    const email = `${who}@people.test`;
    const added = await ask(operator, 'POST', `/instances/${instance}/members`, { email, role });
    expect(added.status).toBe(201);
    const { joinUrl } = added.json<{ joinUrl: string }>();
    const token = joinUrl.split('/').at(-1) ?? '';
    expect((await ask(null, 'GET', `/join/${token}`)).json()).toMatchObject({ email, role, hasAccount: false });
    expect((await ask(null, 'POST', `/join/${token}`, { name: who, password: 'short' })).status).toBe(400);
    expect((await ask(null, 'POST', `/join/${token}`, { name: who, password: 'a long enough one' })).status).toBe(201);
    expect((await ask(null, 'POST', `/join/${token}`, { name: 'again', password: 'a long enough one' })).status).toBe(404);
    people[who] = { name: who, headers: { cookie: await session('sign-in/email', { email, password: 'a long enough one' }) } };
  }
  // Nobody signs up by themselves any more.
  const late = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ ...owner, email: 'late@people.test' }),
  });
  expect(late.status).toBe(403);
});

test('what each role may do is what it says', async () => {
  for (const [who, method, route, body, status] of [
    ['viewer', 'GET', '/instances/acme', undefined, 200],
    ['viewer', 'PATCH', '/instances/acme', { timeZone: 'Europe/Berlin' }, 403],
    ['viewer', 'POST', '/instances/acme/check', undefined, 403],
    ['viewer', 'POST', '/connections/initiate', { instance: 'acme', url: null, mode: 'basic', path: 'invitation', internalCommentsBecomePublic: true }, 403],
    ['admin', 'PATCH', '/instances/acme', { timeZone: 'Europe/Berlin' }, 200],
    ['admin', 'PATCH', '/instances/acme', { timeZone: 'Mars/Olympus' }, 400],
    ['admin', 'POST', '/instances/acme/members', { email: 'x@people.test', role: 'viewer' }, 403],
    ['admin', 'POST', '/instances', { slug: 'third', platform: 'zendesk', settings: {} }, 403],
    ['owner', 'POST', '/instances/acme/members', { email: 'x@people.test', role: 'viewer' }, 201],
    ['owner', 'POST', '/tokens', { name: 'everything', instance: null, role: 'owner' }, 403],
    ['owner', 'POST', '/node/key', undefined, 403],
    ['stranger', 'GET', '/instances/acme', undefined, 404],
    ['stranger', 'PATCH', '/instances/acme', { name: 'mine' }, 404],
    ['stranger', 'POST', '/instances/acme/members', { email: 'stranger@people.test', role: 'owner' }, 404],
    ['stranger', 'DELETE', '/instances/acme', undefined, 404],
    ['stranger', 'POST', '/tokens', { name: 'theirs', instance: 'acme', role: 'owner' }, 404],
  ] as const)
    expect([who, method, route, (await ask(people[who], method, route, body)).status]).toEqual([who, method, route, status]);
});

test('the last owner stays', async () => {
  const { members } = (await ask(people.owner, 'GET', '/instances/acme/members')).json<{ members: { id: string; email: string }[] }>();
  const id = members.find(({ email }) => email === 'owner@people.test')?.id ?? '';
  for (const [method, body] of [
    ['DELETE', undefined],
    ['PATCH', { role: 'viewer' }],
  ] as const) {
    const refused = await ask(people.owner, method, `/instances/acme/members/${id}`, body);
    expect([refused.status, refused.json<{ code: string }>().code]).toEqual([409, 'last-owner']);
  }
});

test('a token does what it was made for, and ends when it is removed', async () => {
  const made = await ask(people.owner, 'POST', '/tokens', { name: 'reporting', instance: 'acme', role: 'viewer' });
  expect(made.status).toBe(201);
  const bearer: Person = { name: 'token', headers: { authorization: `Bearer ${made.json<{ token: string }>().token}` } };
  expect((await ask(bearer, 'GET', '/instances/acme')).status).toBe(200);
  expect((await ask(bearer, 'PATCH', '/instances/acme', { timeZone: 'UTC' })).status).toBe(403);
  expect((await ask(bearer, 'GET', '/instances/globex')).status).toBe(404);
  // Nobody learns from a name that is taken what tokens others have, or is in their way with it.
  expect((await ask(people.owner, 'POST', '/tokens', { name: 'reporting', instance: 'acme', role: 'admin' })).status).toBe(409);
  const same = await ask(people.stranger, 'POST', '/tokens', { name: 'reporting', instance: 'globex', role: 'viewer' });
  expect(same.status).toBe(201);
  expect((await ask(operator, 'DELETE', '/tokens/reporting')).status).toBe(400);
  expect((await ask(people.stranger, 'DELETE', '/tokens/reporting?instance=acme')).status).toBe(404);
  expect((await ask(bearer, 'GET', '/instances/acme')).status).toBe(200);
  expect((await ask(people.stranger, 'DELETE', '/tokens/reporting')).status).toBe(204);
  expect((await ask(people.stranger, 'GET', '/tokens')).json<{ tokens: { name: string }[] }>().tokens).toEqual([]);
  expect((await ask(people.stranger, 'DELETE', '/tokens/reporting')).status).toBe(404);
  expect((await ask(people.owner, 'DELETE', '/tokens/reporting')).status).toBe(204);
  expect((await ask(bearer, 'GET', '/instances/acme')).status).toBe(401);
});

test('no route tells a stranger anything of the other tenant', async () => {
  const own = await call<{ slug: string }>('POST', '/connections', {
    mode: 'basic',
    name: `${SECRET} inside`,
    from: { instance: 'acme' },
    to: { instance: 'globex', scope: 'Globex Engineering' },
    internalCommentsBecomePublic: true,
  });
  expect(own.status).toBe(201);
  const pending = await ask(operator, 'POST', '/connections/initiate', {
    instance: 'acme',
    url: null,
    mode: 'basic',
    name: `${SECRET} pending`,
    path: 'invitation',
    internalCommentsBecomePublic: true,
  });
  expect(pending.status).toBe(201);
  const slug = pending.json<{ connection: { slug: string } }>().connection.slug;
  const synced = await call<{ twin: { id: string } }>('POST', `/connections/${own.body.slug}/sync`, { urn: 'acme/1', wait: true });
  twin = synced.body.twin.id;

  // The other half of a connection that the two share is seen as one of another node; everything else of it is not.
  const lists = ['/instances', '/errors', '/tokens', '/node'];
  for (const route of lists) expect([route, (await ask(people.stranger, 'GET', route)).text]).not.toContain(SECRET);
  const { paths } = JSON.parse(await describeApi()) as { paths: Record<string, Record<string, unknown>> };
  let asked = 0;
  for (const [route, methods] of Object.entries(paths)) {
    if (!/\{(slug|name|id)\}/.test(route) || route.includes('/join/') || route.includes('/tokens/') || route.endsWith('/events')) continue;
    const filled = route
      .replace('/api/v1', '')
      .replace('{slug}', 'acme')
      .replace('{name}', slug)
      .replace('/members/{id}', '/members/x')
      .replace('{id}', Buffer.from('nosuch').toString('base64url'));
    for (const method of Object.keys(methods).map((it) => it.toUpperCase())) {
      const answer = await ask(people.stranger, method, filled, method === 'GET' || method === 'DELETE' ? undefined : {});
      // 400: the body was looked at first, which says nothing of what there is.
      expect([method, route, answer.status]).toEqual([method, route, expect.toSatisfy((status: number) => status === 404 || status === 400)]);
      expect([method, route, answer.text]).toEqual([method, route, expect.not.stringContaining(SECRET)]);
      asked++;
    }
  }
  expect(asked).toBeGreaterThan(30);
});

test('the runs of the other tenant’s side are not shown, and the audit is each one’s own', async () => {
  const runs = (await ask(people.stranger, 'GET', `/twins/${twin}/runs`)).json<{ runs: { instance: string }[] }>().runs;
  expect(runs.length).toBeGreaterThan(0);
  expect(new Set(runs.map(({ instance }) => instance))).toEqual(new Set(['globex']));
  const mine = (await ask(people.owner, 'GET', '/audit')).json<{ events: { instance: string | null; sentence: string }[] }>().events;
  expect(mine.map(({ sentence }) => sentence)).toContainEqual(expect.stringContaining('was made a viewer'));
  expect(new Set(mine.map(({ instance }) => instance))).toEqual(new Set(['acme']));
  const theirs = (await ask(people.stranger, 'GET', '/audit')).json<{ events: { instance: string | null }[] }>().events;
  expect(new Set(theirs.map(({ instance }) => instance))).toEqual(new Set(['globex']));
  expect((await ask(people.stranger, 'GET', '/audit?instance=acme')).status).toBe(404);
});

test('whoever is removed, or made less, is so at the next click', async () => {
  const { members } = (await ask(people.owner, 'GET', '/instances/acme/members')).json<{ members: { id: string; email: string }[] }>();
  const idOf = (who: string) => members.find(({ email }) => email === `${who}@people.test`)?.id ?? '';
  expect((await ask(people.owner, 'PATCH', `/instances/acme/members/${idOf('admin')}`, { role: 'viewer' })).status).toBe(200);
  expect((await ask(people.admin, 'PATCH', '/instances/acme', { timeZone: 'UTC' })).status).toBe(403);
  expect((await ask(people.owner, 'DELETE', `/instances/acme/members/${idOf('viewer')}`)).status).toBe(204);
  expect((await ask(people.viewer, 'GET', '/instances/acme')).status).toBe(404);
  expect((await ask(people.viewer, 'GET', '/instances')).json<{ instances: unknown[] }>().instances).toEqual([]);
});

test('an address to join with that was taken back, or has expired, is none', async () => {
  const invite = async (email: string) => {
    const { joinUrl, id } = (await ask(people.owner, 'POST', '/instances/acme/members', { email, role: 'viewer' })).json<{ joinUrl: string; id: string }>();
    return { id, token: joinUrl.split('/').at(-1) ?? '' };
  };
  const door = async (token: string) => [
    (await ask(null, 'GET', `/join/${token}`)).status,
    (await ask(null, 'POST', `/join/${token}`, { name: 'Late', password: 'a long enough one' })).status,
  ];
  const takenBack = await invite('one@people.test');
  await ask(people.owner, 'DELETE', `/instances/acme/members/${takenBack.id}`);
  expect(await door(takenBack.token)).toEqual([404, 404]);
  // Asked again, the address before ends.
  const before = await invite('two@people.test');
  const again = await invite('two@people.test');
  expect(await door(before.token)).toEqual([404, 404]);
  await database.query(`update joining set expires_at = now() - interval '1 second' where email = 'two@people.test'`);
  expect(await door(again.token)).toEqual([404, 404]);
  // Two at once: one account.
  const { token } = await invite('three@people.test');
  const both = await Promise.all([door(token), door(token)]);
  expect(both.map(([, joined]) => joined).toSorted((a = 0, b = 0) => a - b)).toEqual([201, 404]);
  expect((await ask(null, 'POST', `/join/${(await invite('four@people.test')).token}`, { name: 'Four', password: 'four@people.test' })).status).toBe(400);
});
