import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { beforeEach, expect, test } from 'vitest';
import type { TrackerFrame } from '../connectors/connector.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Instance } from '../engine/ports.ts';
import type { Role } from '../server/authentication.ts';
import { createEmbed, type Embed, SESSION_MS } from './embed.ts';
import type { EmbedStore, FrameKey, FrameSession } from './store.ts';

const AUDIENCE = 'https://acme.tracker.example/installations/7.json';
const ACME = { id: 'i1', slug: 'acme', name: 'Acme Support', platform: 'desk' } as Instance;
const OTHER = { ...ACME, id: 'i2', slug: 'other', name: 'Other' } as Instance;
const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

let now: number;
let key: ReturnType<typeof pair>;
let people: Record<string, { name: string; email: string | null; admin: boolean }>;
let members: Record<string, { user: string; role: Role }>;
let broken: TrackerError | null;
let looks: number;
let logged: string[];
let embed: Embed;

/** The store's contract, in memory. */
function memoryStore(): EmbedStore {
  const keys = new Map<string, readonly FrameKey[]>();
  const used = new Set<string>();
  const sessions = new Map<string, { session: FrameSession; until: number }>();
  return {
    mark: async (instance) => `mark of ${instance}`,
    keys: async (instance) => keys.get(instance) ?? [],
    pin: async (instance, found) => void keys.set(instance, found),
    useOnce: async (token) => !used.has(token) && !!used.add(token),
    open: async (session, until) => {
      sessions.set(`c${sessions.size}`, { session, until });
      return `c${sessions.size - 1}`;
    },
    session: async (cookie, at) => {
      const found = sessions.get(cookie);
      return found && found.until > at ? found.session : null;
    },
    renew: async (cookie, person, at) => {
      const found = sessions.get(cookie);
      if (!found || person === null) sessions.delete(cookie);
      else sessions.set(cookie, { ...found, session: { ...found.session, person, askedAt: at } });
    },
    member: async (_instance, email) => members[email] ?? null,
  };
}

beforeEach(() => {
  now = Date.UTC(2026, 10, 23, 12);
  key = pair();
  people = { ada: { name: 'Ada', email: 'ada@acme.example', admin: true }, nora: { name: 'Nora', email: 'nora@acme.example', admin: false } };
  members = {};
  broken = null;
  looks = 0;
  logged = [];
  const answer = async <T>(value: () => T): Promise<T> => {
    if (broken) throw broken;
    return value();
  };
  const frame: TrackerFrame = {
    origins: ['https://acme.tracker.example'],
    issuer: 'acme.tracker.example',
    keys: (mark) =>
      answer(() => {
        looks += 1;
        return mark === 'mark of i1' ? [{ audience: AUDIENCE, key: key.publicKey.export({ type: 'spki', format: 'pem' }) as string }] : [];
      }),
    person: (subject) => answer(() => people[subject] ?? null),
  };
  embed = createEmbed({
    store: memoryStore(),
    instance: async (slug) => [ACME, OTHER].find((it) => it.slug === slug) ?? null,
    frame: async () => frame,
    platformName: () => 'Desk',
    now: () => now,
    log: ({ reason }, message) => void logged.push(`${reason}: ${message}`),
  });
});

let tokens = 0;
const tokenOf = (sub: string, changes: Record<string, unknown> = {}) =>
  new SignJWT({ iss: 'acme.tracker.example', aud: AUDIENCE, sub, iat: now / 1000, exp: now / 1000 + 180, jti: `t${tokens++}`, ...changes })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(key.privateKey);
async function enter(token: string, slug = 'acme') {
  const at = await embed.framed(slug);
  if (!at) throw new Error('no frame');
  return embed.enter(at, token);
}
const refusal = async (token: string, slug?: string) => {
  const entered = await enter(token, slug);
  return 'refusal' in entered ? entered.refusal.message : 'let in';
};
const callerOf = async (token: string) => {
  const entered = await enter(token);
  if ('refusal' in entered) throw new Error(entered.refusal.message);
  return { cookie: entered.cookie, caller: await embed.caller('acme', entered.cookie) };
};

test('an administrator of the account comes in as an admin of this instance and of no other, never as an operator', async () => {
  expect((await callerOf(await tokenOf('ada'))).caller).toEqual({
    user: 'tracker ada',
    name: 'Ada',
    email: 'ada@acme.example',
    operator: false,
    roles: { i1: 'admin' },
    confinedTo: 'i1',
  });
});

test.each<[Role, string]>([
  ['owner', 'owner'],
  ['admin', 'admin'],
])('an agent whose address belongs to an %s of the instance comes in as that', async (role, expected) => {
  members['nora@acme.example'] = { user: 'u7', role };
  expect((await callerOf(await tokenOf('nora'))).caller).toMatchObject({ user: 'u7', roles: { i1: expected }, confinedTo: 'i1' });
});

test('an agent who is neither, a viewer, and an address that the tracker has not verified, stay outside, in words', async () => {
  expect(await refusal(await tokenOf('nora'))).toBe('Nora, you are signed in to Desk, but not an admin of Acme Support here.');
  members['nora@acme.example'] = { user: 'u7', role: 'viewer' };
  expect(await refusal(await tokenOf('nora'))).toContain('not an admin');
  members['nora@acme.example'] = { user: 'u7', role: 'owner' };
  people.nora = { name: 'Nora', email: null, admin: false };
  expect(await refusal(await tokenOf('nora'))).toContain('not an admin');
  expect(await refusal(await tokenOf('nobody'))).toBe('Desk knows no active team member whom the token names.');
  expect(logged).toHaveLength(4);
  expect(logged[0]).toMatch(/^no-admin: The app inside the tracker was refused/);
});

test('a token is good once', async () => {
  const token = await tokenOf('ada');
  await callerOf(token);
  expect(await refusal(token)).toContain('used already');
});

test('the keys are asked for once, kept, and asked for again when one does not fit, but not as often as strangers like', async () => {
  await callerOf(await tokenOf('ada'));
  await callerOf(await tokenOf('ada'));
  expect(looks).toBe(1);
  key = pair();
  expect(await refusal(await tokenOf('ada'))).toContain('signature');
  expect(looks).toBe(1);
  now += 11_000;
  await callerOf(await tokenOf('ada'));
  expect(looks).toBe(2);
  now += 11_000;
  await refusal('nonsense');
  await refusal(await tokenOf('ada', { iss: 'globex.tracker.example' }));
  await refusal(await tokenOf('ada', { iat: 1, exp: 2 }));
  expect(looks).toBe(2);
});

test('a token for one instance opens no other', async () => {
  expect(await refusal(await tokenOf('ada'), 'other')).toContain('for another app than the one that was made for Other');
  const { cookie } = await callerOf(await tokenOf('ada'));
  expect(await embed.caller('other', cookie)).toBeNull();
});

test('the session ends after a working day, and at once for somebody who is no admin any more', async () => {
  members['nora@acme.example'] = { user: 'u7', role: 'admin' };
  const nora = await callerOf(await tokenOf('nora'));
  const ada = await callerOf(await tokenOf('ada'));
  delete members['nora@acme.example'];
  expect(await embed.caller('acme', nora.cookie)).toBeNull();
  now += SESSION_MS - 1000;
  expect(await embed.caller('acme', ada.cookie)).not.toBeNull();
  now += 1000;
  expect(await embed.caller('acme', ada.cookie)).toBeNull();
});

test('the tracker is asked again who somebody is: who was suspended or is an administrator no more goes within a quarter of an hour', async () => {
  const ada = await callerOf(await tokenOf('ada'));
  people.ada = { name: 'Ada', email: 'ada@acme.example', admin: false };
  now += 14 * 60_000;
  expect(await embed.caller('acme', ada.cookie)).not.toBeNull();
  now += 2 * 60_000;
  expect(await embed.caller('acme', ada.cookie)).toBeNull();
  people.ada = { name: 'Ada', email: 'ada@acme.example', admin: true };
  const again = await callerOf(await tokenOf('ada'));
  delete people.ada;
  now += 16 * 60_000;
  expect(await embed.caller('acme', again.cookie)).toBeNull();
});

test('a tracker that does not answer lets nobody new in, says so, and throws nobody out', async () => {
  const ada = await callerOf(await tokenOf('ada'));
  broken = new TrackerError('unavailable', 'acme.tracker.example does not answer.');
  const entered = await enter(await tokenOf('ada'));
  expect('refusal' in entered && [entered.refusal.status, entered.refusal.message]).toEqual([
    503,
    'Desk could not be asked who you are. acme.tracker.example does not answer.',
  ]);
  now += 16 * 60_000;
  expect(await embed.caller('acme', ada.cookie)).toMatchObject({ name: 'Ada' });
});
