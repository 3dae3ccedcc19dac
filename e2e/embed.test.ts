import { strFromU8, unzipSync } from 'fflate';
import { beforeAll, expect, test } from 'vitest';
import { testDesk } from '../test/running-node.ts';

const { node, acme, globex, call, settings, token } = await testDesk({ seeded: true, console: true });
let installation = 0;

beforeAll(async () => {
  for (const [slug, sim] of [
    ['acme', acme],
    ['globex', globex],
  ] as const)
    expect((await call('POST', '/instances', { slug, platform: 'zendesk', settings: settings(sim) })).status).toBe(201);
  installation = acme.control.installApp((await download('acme')).toString('base64'), 'Entente').installationId;
});

async function download(slug: string): Promise<Buffer> {
  const response = await fetch(`${node.url}/api/v1/instances/${slug}/app`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="entente-${slug}-zendesk.zip"`);
  return Buffer.from(await response.arrayBuffer());
}

/** As the tracker's page posts it into the frame. */
const post = (jwt: string | null, { slug = 'acme', origin = acme.url }: { slug?: string; origin?: string } = {}) =>
  fetch(`${node.url}/embed/${slug}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin },
    body: new URLSearchParams(jwt === null ? {} : { token: jwt }),
  });
const ada = (changes: Record<string, unknown> = {}, header?: Record<string, unknown>, otherKey?: boolean) =>
  acme.control.appToken(installation, 'admin@acme.example', changes, header, otherKey);
const titleOf = (html: string) => /<h1>(.*?)<\/h1>/.exec(html)?.[1]?.replaceAll('&#39;', '’');
async function cookieOf(response: Response): Promise<string> {
  expect([response.status, titleOf(await response.text())]).toEqual([303, undefined]);
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

test('the app that the node makes is one that Zendesk takes, the same each time', async () => {
  const file = await download('acme');
  expect(file.equals(await download('acme'))).toBe(true);
  const { location } = JSON.parse(strFromU8(unzipSync(new Uint8Array(file))['manifest.json'] ?? new Uint8Array())) as {
    location: { support: { nav_bar: { url: string } } };
  };
  expect(location.support.nav_bar.url).toBe(`${node.url.replace('127.0.0.1', 'localhost')}/embed/acme`);
});

test('a token signs in, in a cookie of the frame’s own, for the working day', async () => {
  const response = await post(ada());
  expect([response.status, response.headers.get('location')]).toEqual([303, '/embed/acme/']);
  expect(response.headers.get('set-cookie')).toMatch(
    /^entente-[0-9a-f]{8}\.frame=[\w-]{32}; Path=\/embed\/acme; Max-Age=28800; HttpOnly; Secure; SameSite=None; Partitioned$/,
  );
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
  const me = await fetch(`${node.url}/embed/acme/api/v1/node`, { headers: { cookie } });
  expect((await me.json()) as object).toMatchObject({
    user: { name: 'Ada Admin', email: 'admin@acme.example', operator: false, instances: [{ slug: 'acme', role: 'admin' }], confinedTo: expect.any(String) },
  });
});

test('what is signed in there sees its own instance only, and only below its own address', async () => {
  const cookie = await cookieOf(await post(ada()));
  const get = (path: string) => fetch(`${node.url}${path}`, { headers: { cookie } });
  const { instances } = (await (await get('/embed/acme/api/v1/instances')).json()) as { instances: { slug: string }[] };
  expect(instances.map(({ slug }) => slug)).toEqual(['acme']);
  expect([
    (await get('/embed/acme/api/v1/instances/globex')).status,
    (await get('/embed/globex/api/v1/node')).status,
    (await get('/api/v1/node')).status,
  ]).toEqual([404, 401, 401]);
  // No other way of signing in counts there, and pages of other sites cannot write.
  expect((await fetch(`${node.url}/embed/acme/api/v1/node`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  const write = (origin: string) =>
    fetch(`${node.url}/embed/acme/api/v1/instances/acme/check`, {
      method: 'POST',
      headers: { cookie, origin, 'content-type': 'application/json' },
      body: '{}',
    });
  expect([(await write(acme.url)).status, (await write(node.url)).status]).toEqual([403, 200]);
});

test.each<[string, () => string, string, number]>([
  ['signed with another key', () => ada({}, undefined, true), 'The token’s signature is not Zendesk’s for this app.', 403],
  [
    'that has expired',
    () => ada({ exp: Math.floor(Date.now() / 1000) - 60 }),
    'The token has expired: it is good for a few minutes after the app was opened.',
    403,
  ],
  ['without a signature', () => ada({}, { alg: 'none' }), 'The token is not signed as Zendesk signs.', 403],
  ['of another account', () => ada({ iss: 'globex.zendesk.com' }), 'The token comes from another account of Zendesk than the one of 127.0.0.1', 403],
  ['for another app', () => ada({ aud: `${acme.url}/api/v2/apps/installations/1.json` }), 'The token is for another app than the one that was made for', 403],
  ['that names somebody unknown', () => ada({ sub: `${acme.url}/api/v2/users/1.json` }), 'Zendesk knows no active team member whom the token names.', 403],
  [
    'of an agent who is no admin',
    () => acme.control.appToken(installation, 'nora@acme.example'),
    'Nora Agent, you are signed in to Zendesk, but not an admin of',
    403,
  ],
  ['that is none', () => 'nonsense', 'What was sent along is not a token of Zendesk.', 400],
])('a token %s is refused with a sentence', async (_name, jwt, sentence, status) => {
  const response = await post(jwt());
  expect([response.status, response.headers.get('set-cookie')]).toEqual([status, null]);
  expect(titleOf(await response.text())).toContain(sentence);
});

test('a token is good once, and one for an instance opens no other', async () => {
  const jwt = ada();
  await cookieOf(await post(jwt));
  expect(titleOf(await (await post(jwt)).text())).toBe('The token has been used already: each is good once.');
  expect(titleOf(await (await post(ada(), { slug: 'globex', origin: globex.url })).text())).toContain('another account');
});

test('an app of somebody else in the same account opens nothing, though Zendesk signs its tokens too', async () => {
  const { content } = { content: await download('globex') };
  const foreign = acme.control.installApp(content.toString('base64'), 'Another').installationId;
  const response = await post(acme.control.appToken(foreign, 'admin@acme.example'));
  expect(titleOf(await response.text())).toContain('The token is for another app');
  acme.control.removeApp(foreign);
});

test('when Zendesk gives the app another key, the node finds it out', async () => {
  acme.control.renewAppKey(installation);
  await expect.poll(async () => (await post(ada())).status, { timeout: 15_000, interval: 1000 }).toBe(303);
});

test('pages of the frame may be held by the instance’s tracker, all others by nobody; without a token the page says how it is opened', async () => {
  const policyOf = async (path: string) =>
    /frame-ancestors ([^;]*)/.exec((await fetch(`${node.url}${path}`)).headers.get('content-security-policy') ?? '')?.[1];
  expect(await Promise.all(['/embed/acme', '/embed/globex/connections', '/embed/nobody', '/', '/connections', '/api/v1/ready'].map(policyOf))).toEqual([
    acme.url,
    globex.url,
    "'none'",
    "'none'",
    "'none'",
    "'none'",
  ]);
  const bare = await fetch(`${node.url}/embed/acme`);
  expect(bare.status).toBe(400);
  expect(titleOf(await bare.text())).toContain('This is the page that shows the console of');
  expect(titleOf(await (await post(null)).text())).toContain('This is the page that shows the console of');
  expect(titleOf(await (await post(ada(), { origin: 'https://evil.example' })).text())).toContain('opened from a page that is not one of Zendesk');
  expect((await fetch(`${node.url}/embed/nobody`)).status).toBe(404);
});

test('the way back through the frame’s address finishes what was begun in a frame, and nothing else', async () => {
  const back = async (query: string) => {
    const response = await fetch(`${node.url}/embed/globex/connect/return${query}`);
    return [response.status, titleOf(await response.text())];
  };
  expect(await back('')).toEqual([409, 'This address is not complete.']);
  expect(await back('?state=unknown&code=unknown')).toEqual([409, 'There is no such request for a connection; it may have expired.']);

  // Between two brands of Globex, begun in the console: its way back is the console's.
  const { body: scopes } = await call<{ scopes: { id: string }[] }>('GET', '/instances/globex/scopes');
  const [from, to] = scopes.scopes;
  const made = await call<{ redirect: string }>('POST', '/connections/initiate', {
    instance: 'globex',
    scope: from?.id,
    url: globex.url,
    mode: 'basic',
    name: 'Between brands',
    internalCommentsBecomePublic: true,
    path: 'admin',
  });
  const consent = `/consents/${made.body.redirect.split('/').at(-1)}`;
  expect((await call('POST', `${consent}/verify`, {})).status).toBe(200);
  const { body: agreed } = await call<{ redirect: string }>('POST', `${consent}/confirm`, { scope: to?.id, internalCommentsBecomePublic: true });
  const url = new URL(agreed.redirect);
  expect(url.pathname).toBe('/connect/return');
  expect(await back(url.search)).toEqual([409, 'There is no such request for a connection; it may have expired.']);
  const { body: list } = await call<{ connections: { status: string }[] }>('GET', '/connections');
  expect(list.connections.map(({ status }) => status)).toEqual(['pending']);
});
