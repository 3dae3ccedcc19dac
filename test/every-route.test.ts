import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeApi } from '../src/server/describe.ts';
import { testDesk } from './running-node.ts';

/**
 * Every route of the API, aimed at what belongs to one tenant, for everybody who could call it: nobody, somebody of another tenant, each role, the operator,
 * and the frame of a tracker. A route that is added has to say here who may call it.
 */
// The account with several brands is acme's here, so that a connection can stay within it.
const { node, database, acme: globex, globex: acme, settings } = await testDesk({ seeded: true, pollMs: 60_000 });
const { url } = node;
/** Whatever is acme's has one of these in it. */
const [NAME, CONNECTION, PERSON, TOKEN] = ['Umbrella Corporation', 'Umbrella and its lawyers', 'umbrella-person', 'umbrella-token'];
const PASSWORD = 'correct horse battery';

type Who = 'nobody' | 'stale cookie' | 'wrong token' | 'stranger' | 'stranger in a frame' | 'viewer' | 'admin' | 'owner' | 'admin in a frame' | 'operator';
type Level = 'everybody' | 'signed in' | 'viewer' | 'admin' | 'owner' | 'operator';
interface Caller {
  readonly headers: Readonly<Record<string, string>>;
  /** What stands in front of the route. */
  readonly prefix: string;
}
const callers = { nobody: { headers: {}, prefix: '' } } as Record<Who, Caller>;

interface Answer {
  readonly status: number;
  readonly text: string;
}
async function ask(who: Who, method: string, route: string, body?: unknown): Promise<Answer> {
  const { headers, prefix } = callers[who];
  // Streams do not end by themselves.
  const ending = new AbortController();
  const response = await fetch(`${url}${prefix}/api/v1${route}`, {
    method,
    headers: { ...headers, origin: url, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: ending.signal,
  });
  if (!response.headers.get('content-type')?.includes('event-stream')) return { status: response.status, text: await response.text() };
  const reader = response.body?.getReader();
  const first = await reader?.read();
  ending.abort();
  return { status: response.status, text: new TextDecoder().decode(first?.value) };
}
const json = <T>({ text }: Answer) => JSON.parse(text) as T;

async function session(route: string, body: object): Promise<Caller> {
  const response = await fetch(`${url}/api/auth/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(body),
  });
  expect([route, response.status]).toEqual([route, 200]);
  const cookie = response.headers.getSetCookie().map((one) => one.split(';')[0]);
  return { headers: { cookie: cookie.join('; ') }, prefix: '' };
}

/** A session in a tracker's frame, as it is when the tracker has said who it is. */
async function framed(slug: string, email: string): Promise<Caller> {
  const { rows } = await database.query<{ id: string; node: string }>(`select i.id, n.id as node from instance i, node n where i.slug = $1`, [slug]);
  const [row] = rows;
  const value = randomBytes(24).toString('base64url');
  await database.query("insert into embed_session (hash, instance, person, asked_at, expires_at) values ($1, $2, $3, now(), now() + interval '1 hour')", [
    createHash('sha256').update(value).digest(),
    row?.id,
    JSON.stringify({ subject: '1', name: email, email, admin: false }),
  ]);
  const name = `entente-${createHash('sha256').update(`frame ${row?.node}`).digest('hex').slice(0, 8)}.frame`;
  return { headers: { cookie: `${name}=${value}` }, prefix: `/embed/${slug}` };
}

/** Ids and names of what is acme's. */
const at: Record<'connection' | 'pending' | 'twin' | 'member' | 'join' | 'code' | 'consent' | 'state', string> = {
  connection: '',
  pending: '',
  twin: '',
  member: '',
  join: '',
  code: '',
  consent: '',
  state: '',
};

test('a tenant with everything that can be looked at, and people who may do more or less with it', async () => {
  callers.operator = await session('sign-up/email', { name: 'Olga', email: 'olga@node.test', password: PASSWORD });
  for (const [slug, sim, name] of [
    ['acme', acme, NAME],
    ['globex', globex, 'Globex'],
    ['initech', globex, 'Initech'],
  ] as const)
    expect((await ask('operator', 'POST', '/instances', { slug, platform: 'zendesk', name, settings: settings(sim) })).status).toBe(201);
  for (const [who, slug, role] of [
    ['viewer', 'acme', 'viewer'],
    ['admin', 'acme', 'admin'],
    ['owner', 'acme', 'owner'],
    ['stranger', 'globex', 'owner'],
  ] as const) {
    const email = who === 'stranger' ? 'stranger@people.test' : `${who}-${PERSON}@people.test`;
    const { joinUrl } = json<{ joinUrl: string }>(await ask('operator', 'POST', `/instances/${slug}/members`, { email, role }));
    expect((await ask('nobody', 'POST', `/join/${joinUrl.split('/').at(-1)}`, { name: who, password: PASSWORD })).status).toBe(201);
    callers[who] = await session('sign-in/email', { email, password: PASSWORD });
  }
  callers['admin in a frame'] = await framed('acme', `admin-${PERSON}@people.test`);
  // The operator, who may do everything elsewhere.
  callers['stranger in a frame'] = await framed('globex', 'olga@node.test');

  const added = json<{ id: string; joinUrl: string }>(
    await ask('owner', 'POST', '/instances/acme/members', { email: `late-${PERSON}@people.test`, role: 'viewer' }),
  );
  at.member = added.id;
  at.join = added.joinUrl.split('/').at(-1) ?? '';
  expect((await ask('owner', 'POST', '/tokens', { name: TOKEN, instance: 'acme', role: 'viewer' })).status).toBe(201);
  const scopes = json<{ scopes: { id: string }[] }>(await ask('owner', 'GET', '/instances/acme/scopes')).scopes;
  expect(scopes.length).toBeGreaterThan(1);
  const [one, other] = scopes;
  const connected = await ask('operator', 'POST', '/connections', {
    mode: 'basic',
    name: CONNECTION,
    from: { instance: 'acme', scope: one?.id },
    to: { instance: 'acme', scope: other?.id },
    internalCommentsBecomePublic: true,
  });
  at.connection = json<{ slug: string }>(connected).slug;
  const ticket = acme.control.createTicket({ subject: `${NAME} is on fire`, brand_id: Number(one?.id), comment: { body: 'It smokes.' } }) as { id: number };
  const synced = await ask('admin', 'POST', `/connections/${at.connection}/sync`, { urn: `acme/${ticket.id}`, wait: true });
  expect([synced.status, synced.text]).toEqual([202, expect.any(String)]);
  at.twin = json<{ twin: { id: string } }>(synced).twin.id;
  const pending = json<{ connection: { slug: string }; invitation: { code: string } }>(
    await ask('admin', 'POST', '/connections/initiate', {
      instance: 'acme',
      scope: one?.id,
      url: null,
      mode: 'basic',
      name: `${CONNECTION}, later`,
      path: 'invitation',
      internalCommentsBecomePublic: true,
    }),
  );
  at.pending = pending.connection.slug;
  at.code = pending.invitation.code;
  // A third one asks acme, on the same node.
  const asked = json<{ redirect: string }>(
    await ask('operator', 'POST', '/connections/initiate', {
      instance: 'initech',
      url: `${url}/acme`,
      mode: 'basic',
      name: 'Please',
      path: 'admin',
      internalCommentsBecomePublic: true,
    }),
  );
  at.consent = new URL(asked.redirect).pathname.split('/').at(-1) ?? '';
  at.state = 'no such state';
}, 60_000);

interface Route {
  readonly level: Level;
  /** Filled in, aimed at what is acme's. */
  readonly to?: () => string;
  readonly body?: () => unknown;
  /** What somebody who may not see acme is answered; default 404, or 403 where only an operator may. */
  readonly strangers?: readonly number[];
  /** Changes the node as a whole, or is tried elsewhere: only refusals are tried here. */
  readonly refusalsOnly?: true;
}
const lists: Route = { level: 'signed in' };
const ROUTES: Record<string, Route> = {
  getHealth: { level: 'everybody' },
  getReady: { level: 'everybody' },
  getJoin: { level: 'everybody', to: () => '/join/wrong', strangers: [404] },
  join: { level: 'everybody', to: () => '/join/wrong', body: () => ({ name: 'x', password: PASSWORD }), strangers: [404] },
  getNode: lists,
  answerGuard: { level: 'operator', body: () => ({ answer: 'real' }) },
  rotateKey: { level: 'operator', refusalsOnly: true },
  listPlatforms: lists,
  listInstances: lists,
  addInstance: { level: 'operator', body: () => ({ slug: 'third', platform: 'zendesk', settings: {} }), refusalsOnly: true },
  getInstance: { level: 'viewer', to: () => '/instances/acme' },
  changeInstance: { level: 'admin', to: () => '/instances/acme', body: () => ({ timeZone: 'Europe/Berlin' }) },
  removeInstance: { level: 'owner', to: () => '/instances/acme' },
  checkInstance: { level: 'admin', to: () => '/instances/acme/check' },
  // Their own credentials: somebody who is admin of nothing has no use for it.
  tryInstance: { level: 'admin', body: () => ({ platform: 'zendesk', settings: settings(globex) }), strangers: [200] },
  getInstanceApp: { level: 'admin', to: () => '/instances/acme/app' },
  listScopes: { level: 'viewer', to: () => '/instances/acme/scopes' },
  listTypes: { level: 'viewer', to: () => '/instances/acme/types' },
  listConnections: lists,
  createConnection: {
    level: 'admin',
    body: () => ({ mode: 'basic', from: { instance: 'acme' }, to: { instance: 'acme' }, internalCommentsBecomePublic: true }),
  },
  getConnection: { level: 'viewer', to: () => `/connections/${at.connection}` },
  changeConnection: { level: 'admin', to: () => `/connections/${at.connection}`, body: () => ({ description: 'changed' }) },
  removeConnection: { level: 'admin', to: () => `/connections/${at.connection}` },
  activateConnection: { level: 'admin', to: () => `/connections/${at.connection}/activate` },
  deactivateConnection: { level: 'admin', to: () => `/connections/${at.connection}/deactivate` },
  exportMapping: { level: 'viewer', to: () => `/connections/${at.connection}/mapping` },
  listConnectionRuns: { level: 'viewer', to: () => `/connections/${at.connection}/runs` },
  syncEntity: { level: 'admin', to: () => `/connections/${at.connection}/sync`, body: () => ({ urn: 'acme/999999' }) },
  lookUp: { level: 'admin', body: () => ({ instance: 'acme', url: 'https://nowhere.invalid' }) },
  initiateConnection: {
    level: 'admin',
    body: () => ({ instance: 'acme', url: null, mode: 'basic', path: 'invitation', internalCommentsBecomePublic: true }),
  },
  resumeConnection: { level: 'admin', to: () => `/connections/${at.pending}/resume` },
  cancelConnection: { level: 'admin', to: () => `/connections/${at.pending}/cancel` },
  finishConnection: { level: 'signed in', body: () => ({ state: at.state, code: 'x' }) },
  getInvitation: { level: 'admin', to: () => `/connections/${at.pending}/invitation` },
  reissueInvitation: { level: 'admin', to: () => `/connections/${at.pending}/invitation` },
  revokeInvitation: { level: 'admin', to: () => `/connections/${at.pending}/invitation` },
  // Whoever holds the code may read what it proposes.
  readInvitation: { level: 'signed in', body: () => ({ code: 'entente.1.x.y' }) },
  acceptInvitation: { level: 'admin', body: () => ({ code: at.code, instance: 'acme', internalCommentsBecomePublic: true }) },
  // Whoever holds the address of a request came from the other side; they are told that they are nobody here.
  getConsent: { level: 'viewer', to: () => `/consents/${at.consent}`, strangers: [403] },
  verifyConsent: { level: 'admin', to: () => `/consents/${at.consent}/verify`, strangers: [403] },
  confirmConsent: { level: 'admin', to: () => `/consents/${at.consent}/confirm`, body: () => ({}), strangers: [403] },
  refuseConsent: { level: 'admin', to: () => `/consents/${at.consent}/refuse`, strangers: [403] },
  listMembers: { level: 'viewer', to: () => '/instances/acme/members' },
  addMember: { level: 'owner', to: () => '/instances/acme/members', body: () => ({ email: `new-${PERSON}@people.test`, role: 'viewer' }) },
  changeMember: { level: 'owner', to: () => `/instances/acme/members/${at.member}`, body: () => ({ role: 'admin' }) },
  removeMember: { level: 'owner', to: () => `/instances/acme/members/${at.member}` },
  listTokens: lists,
  createToken: { level: 'owner', body: () => ({ name: 'another', instance: 'acme', role: 'viewer' }) },
  removeToken: { level: 'owner', to: () => `/tokens/${TOKEN}?instance=acme` },
  listEvents: { level: 'viewer', to: () => '/audit?instance=acme' },
  listTwins: { level: 'viewer', to: () => '/twins?instance=acme' },
  getTwin: { level: 'viewer', to: () => `/twins/${at.twin}` },
  getProgress: { level: 'viewer', to: () => `/twins/${at.twin}/progress` },
  listRuns: { level: 'viewer', to: () => `/twins/${at.twin}/runs` },
  retryTwin: { level: 'admin', to: () => `/twins/${at.twin}/retry` },
  listErrors: lists,
  retryErrors: { level: 'viewer', body: () => ({ connection: at.connection }) },
  getQueue: lists,
  followTwin: { level: 'viewer', to: () => `/twins/${at.twin}/events` },
  followNode: lists,
};

const { paths } = JSON.parse(await describeApi()) as { paths: Record<string, Record<string, { operationId: string }>> };
const calls = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId }]) => ({ operationId, method: method.toUpperCase(), path: path.replace('/api/v1', '') })),
);
const call = (who: Who, { operationId, method, path }: (typeof calls)[number]): Promise<Answer> => {
  const route = ROUTES[operationId];
  return ask(who, method, route?.to?.() ?? path, route?.body?.());
};
const aimed = ({ level, to, body }: Route): boolean => level !== 'signed in' && level !== 'everybody' && (to !== undefined || body !== undefined);
const ABOUT_ACME = () =>
  new RegExp([NAME, 'Umbrella', 'umbrella', at.twin, at.code.slice(0, 40), acme.url].map((it) => it.replace(/[.\\/?*+]/g, '\\$&')).join('|'));

/** What of an answer the caller did not say themselves. */
function told({ operationId }: (typeof calls)[number], text: string): string {
  const route = ROUTES[operationId];
  const said = `${route?.to?.() ?? ''} ${JSON.stringify(route?.body?.() ?? '')}`;
  return [at.connection, at.pending, at.twin, at.code, TOKEN].filter((word) => said.includes(word)).reduce((left, word) => left.replaceAll(word, ''), text);
}
/** In an order in which each finds what it ends. */
const LAST = [
  'reissueInvitation',
  'revokeInvitation',
  'cancelConnection',
  'removeConnection',
  'refuseConsent',
  'removeMember',
  'removeToken',
  'removeInstance',
];

test('every route says here who may call it', () => {
  expect(calls.map(({ operationId }) => operationId).toSorted()).toEqual(Object.keys(ROUTES).toSorted());
});

test('without a session, or with one that is wrong, nothing but the open routes answers', async () => {
  callers['stale cookie'] = { headers: { cookie: `${callers.owner.headers.cookie?.split('=')[0]}=made.up` }, prefix: '' };
  callers['wrong token'] = { headers: { authorization: 'Bearer entente_x' }, prefix: '' };
  for (const one of calls)
    for (const who of ['nobody', 'stale cookie', 'wrong token'] as const) {
      const { status, text } = await call(who, one);
      if (ROUTES[one.operationId]?.level === 'everybody')
        expect([one.operationId, status]).toEqual([one.operationId, expect.toSatisfy((it: number) => it !== 401)]);
      else expect([who, one.operationId, status]).toEqual([who, one.operationId, 401]);
      expect([one.operationId, told(one, text)]).toEqual([one.operationId, expect.not.stringMatching(ABOUT_ACME())]);
    }
}, 60_000);

test('somebody of another tenant is told of nothing, and changes nothing', async () => {
  const state = async () => {
    const tables = ['instance', 'side', 'membership', 'joining', 'api_token', 'handshake', 'twin'];
    const read = async (table: string) => (await database.query(`select * from ${table} t order by t::text`)).rows as object[];
    // What the node itself writes meanwhile is left out.
    const rows = await Promise.all(tables.map(async (table) => [table, await read(table)] as const));
    return JSON.stringify(rows, (key, value: unknown) => (['used_at', 'polled_at', 'webhook', 'cursor', 'rest'].includes(key) ? undefined : value));
  };
  await sleep(1000);
  const before = await state();
  for (const who of ['stranger', 'stranger in a frame'] as const)
    for (const one of calls) {
      const route = ROUTES[one.operationId];
      if (!route) continue;
      const { status, text } = await call(who, one);
      expect([who, one.operationId, told(one, text)]).toEqual([who, one.operationId, expect.not.stringMatching(ABOUT_ACME())]);
      const expected = route.strangers ?? (route.level === 'operator' ? [403] : aimed(route) ? [404] : null);
      if (expected) expect([who, one.operationId, status, text]).toEqual([who, one.operationId, expect.toSatisfy((it: number) => expected.includes(it)), text]);
      else expect([who, one.operationId, status]).toEqual([who, one.operationId, expect.toSatisfy((it: number) => it < 500 && it !== 401)]);
    }
  expect(await state()).toBe(before);
}, 60_000);

const RANK: Record<Level, number> = { everybody: 0, 'signed in': 1, viewer: 2, admin: 3, owner: 4, operator: 5 };
const people = [
  ['viewer', 2],
  ['admin', 3],
  ['admin in a frame', 3],
  ['owner', 4],
] as const;

test('who may do less is told that they may not, and nothing happens', async () => {
  let refused = 0;
  for (const [who, rank] of people)
    for (const one of calls) {
      const route = ROUTES[one.operationId];
      if (!route || RANK[route.level] <= rank) continue;
      const { status, text } = await call(who, one);
      expect([who, one.operationId, status, text]).toEqual([who, one.operationId, 403, text]);
      refused++;
    }
  expect(refused).toBeGreaterThan(30);
}, 60_000);

test('who may, can: each with the least role that is said here', async () => {
  const first = calls.filter(({ operationId }) => !LAST.includes(operationId));
  const last = LAST.flatMap((name) => calls.filter(({ operationId }) => operationId === name));
  const refusal = /"code":"(sign-in-needed|not-allowed|unknown-instance|unknown-connection|not-found|internal)"/;
  for (const one of first)
    for (const [who, rank] of [...people, ['operator', 5]] as [Who, number][]) {
      const route = ROUTES[one.operationId];
      if (!route || route.level === 'everybody' || route.refusalsOnly || RANK[route.level] > rank) continue;
      const { status, text } = await call(who, one);
      // That what is asked for is not there (a code, an address, an entity) may be said: it was looked for.
      expect([who, one.operationId, status !== 500 && !refusal.test(text), text]).toEqual([who, one.operationId, true, text]);
    }
  for (const one of last) {
    const level = ROUTES[one.operationId]?.level;
    const { status, text } = await call(level === 'owner' ? 'owner' : 'admin', one);
    // Others have begun connections above.
    const ended = status < 400 || (one.operationId === 'removeInstance' && text.includes('"instance-in-use"'));
    expect([one.operationId, ended, text]).toEqual([one.operationId, true, text]);
  }
}, 120_000);
