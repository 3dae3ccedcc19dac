import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../src/core/errors.ts';
import { readInvitationCode } from '../src/protocol/invitation-code.ts';
import type { ConnectionView, InitiateView, NodeView } from '../src/server/operations.ts';
import { type Json, spoiled } from './hostile-json.ts';
import { callsIn } from './link.ts';
import { type Stranger, stranger } from './stranger.ts';
import { connect, sync, twoNodes, until } from './two-nodes.ts';

/** Messages, codes and notices that are tried, all in all. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 4000);
const SEED = Number(process.env.FUZZ_SEED ?? 20261123);
console.log(`${RUNS} hostile inputs, seed ${SEED} (FUZZ_RUNS, FUZZ_SEED).`);

const { acme, globex } = await twoNodes({ seeded: true });
const share = (part: number) => ({ numRuns: Math.max(50, Math.round(RUNS * part)), seed: SEED });
const patience = 120_000 + RUNS * 30;

/** What was answered, counted: a run in which nothing gets past the door proves little. */
let tally = new Map<string, number>();

/** No failure of our own: a refusal in words, or a deliberate “not now”. */
function assertRefusedOrTaken(answer: { status: number; text: string }): void {
  const code = /"code": *"([a-z-]+)"/.exec(answer.text)?.[1] as ErrorCode;
  const counted = answer.status < 300 ? 'taken' : (code ?? `HTTP ${answer.status}`);
  tally.set(counted, (tally.get(counted) ?? 0) + 1);
  if (answer.status < 500) return;
  expect([answer.status, code, ERRORS[code].status]).toEqual([503, code, 503]);
}

/** What nodes really say to each other, and a node with a connection to Globex that says it wrong. */
const recorded: { path: string; body: Json }[] = [];
let connection = '';
let enemy: Stranger;
let enemyConnection = '';
let code = '';
let heapBefore = 0;

async function invite(): Promise<{ connection: string; code: string }> {
  const scopes = await globex.ask<{ scopes: { id: string }[] }>('GET', `/instances/${globex.slug}/scopes`);
  const made = await globex.ask<InitiateView>('POST', '/connections/initiate', {
    instance: globex.slug,
    scope: scopes.scopes[0]?.id,
    url: null,
    mode: 'basic',
    name: `For a stranger ${Math.random()}`,
    internalCommentsBecomePublic: true,
    path: 'invitation',
  });
  return { connection: made.connection.slug, code: made.invitation?.code ?? '' };
}

beforeAll(async () => {
  for (const { link } of [acme, globex]) link.record();
  ({ from: connection } = await connect(acme, globex));
  for (const id of [1, 3]) await sync(acme, connection, `${id}`);
  const { twins } = await acme.ask<{ twins: { to: { urn: string } | null }[] }>('GET', '/twins');
  const copy = Number(twins[0]?.to?.urn);
  const nora = 'nora@globex.example';
  globex.sim.control.updateTicket(copy, { subject: 'Changed there', comment: { body: 'An answer.' } }, nora);
  await until('the answer has crossed', () => acme.sim.control.tickets().some(({ subject }) => subject === 'Changed there'));
  for (const { link } of [acme, globex]) recorded.push(...(callsIn(link.record()) as { path: string; body: Json }[]));

  const { id: node } = await globex.ask<NodeView>('GET', '/node');
  enemy = stranger({ url: globex.url, node });
  const invitation = await invite();
  const { id, secret, proposal } = readInvitationCode(invitation.code);
  const accepted = await enemy.call(`invitations/${id}/accept`, JSON.stringify({ card: enemy.card, secret, half: enemy.half }));
  if (accepted.status !== 200) throw new Error(`The stranger's invitation was not taken: ${accepted.status} ${accepted.text}`);
  enemyConnection = proposal.connection;
  code = (await invite()).code;
  heapBefore = await globex.heap();
}, 120_000);

/** `taken`: it was not all refused at the door. */
async function survives(taken: boolean): Promise<void> {
  console.log(
    [...tally]
      .toSorted(([, a], [, b]) => b - a)
      .map(([what, times]) => `${what} ${times}`)
      .join(' · '),
  );
  expect((tally.get('taken') ?? 0) > 0).toBe(taken);
  tally = new Map();
  for (const node of [acme, globex]) expect([node.slug, node.crashed(), node.said().slice(-1500)]).toEqual([node.slug, false, expect.any(String)]);
  const visited = await fetch(`${globex.url}/api/v1/health`);
  expect(visited.status).toBe(200);
}

describe('a node that is told nonsense', () => {
  test(
    'by another node of one of its connections',
    async () => {
      const ofConnections = recorded.filter(({ path }) => /^\/entente\/v1\/connections\//.test(path));
      const samples = new Map<string, Json[]>();
      for (const { path, body } of ofConnections) {
        const method = path.replace(/^.*?connections\/[^/]+\//, '');
        samples.set(method, [...(samples.get(method) ?? []), body]);
      }
      expect([...samples.keys()]).toEqual(expect.arrayContaining(['messages', 'applied']));
      // What is said seldom. The twin is one that the stranger's own messages make.
      const [first] = (samples.get('messages') ?? []) as { twin: string; after: Json; comments: Json; files: Record<string, Json> }[];
      const twin = first?.twin ?? '';
      const gid = Object.keys(first?.files ?? {})[0] ?? 'a:1:f:1';
      const state = {
        status: 'active',
        by: 'Somebody',
        at: '2026-11-23T10:00:00Z',
        name: 'Renamed',
        description: '',
        namedAt: null,
        node: enemy.card,
        instance: enemy.instance,
      };
      const seldom: Record<string, Json> = {
        ended: { twin, reason: 'no more' },
        counters: { after: null },
        offer: { twins: [{ twin, status: 'active', outSeq: 3, lastNonce: 'n', acked: 2, seen: 1, seenNonce: 'm', flight: null }] },
        recall: { twin },
        compare: { twin, ours: { fields: first?.after ?? {}, comments: {} } },
        file: { twin, gid, offset: 0 },
        hello: {},
        key: { key: enemy.card.key, proof: 'A'.repeat(86) },
        state: state as unknown as Json,
      };
      for (const [method, body] of Object.entries(seldom)) samples.set(method, [...(samples.get(method) ?? []), body]);
      const message = fc.constantFrom(...samples.keys(), 'messages', 'messages', 'messages').chain((method) =>
        fc.record({
          method: fc.oneof({ weight: 15, arbitrary: fc.constant(method) }, { weight: 1, arbitrary: fc.webPath().map((path) => path.replace(/^\/+/, '')) }),
          body: fc.oneof(
            { weight: 4, arbitrary: spoiled(samples.get(method) ?? []) },
            { weight: 1, arbitrary: fc.constantFrom(...(samples.get(method) ?? [])) },
          ),
          proper: fc.nat(9),
        }),
      );
      await fc.assert(
        fc.asyncProperty(message, async ({ method, body, proper }) => {
          // Mostly the kind of message that belongs there.
          const path = `connections/${enemyConnection}/${method.replace(/^\/+/, '')}`;
          const own = proper === 0 ? body : replaceIds(body);
          assertRefusedOrTaken(await enemy.call(path, JSON.stringify(own)));
        }),
        share(0.4),
      );
      await survives(true);
    },
    patience,
  );

  test(
    'by a node that wants a connection',
    async () => {
      const card = { card: enemy.card };
      const token = 'a'.repeat(32);
      const proposal = {
        connection: 'c0123456789abcdef',
        name: 'From nowhere',
        description: '',
        mode: 'basic',
        policy: 'lead',
        needs: [],
        from: enemy.half,
        expiresAt: new Date(Date.now() + 600_000).toISOString(),
      };
      const valid = {
        lookup: { ...card, from: enemy.instance, to: globex.slug },
        proposals: {
          ...card,
          proposal,
          to: globex.slug,
          wanted: globex.sim.url,
          challenge: token,
          state: token,
          returnUrl: 'http://stranger.example/connect/return',
        },
        'proposals/ID/claim': { ...card, code: token, verifier: token, half: enemy.half },
        'proposals/ID/cancel': { ...card, by: 'Somebody' },
        'proposals/ID/refused': { ...card, by: 'Somebody' },
        invitations: { ...card, id: token, connection: proposal.connection, expiresAt: proposal.expiresAt },
        'invitations/ID/read': { ...card, secret: token },
        'invitations/ID/accept': { ...card, secret: token, half: enemy.half },
        'invitations/ID/wait': card,
        'invitations/ID/done': { ...card, half: enemy.half, refusal: null },
      } as unknown as Record<string, Json>;
      const ids = fc.oneof(fc.constant(readInvitationCode(code).id), fc.constant(token), fc.webSegment(), fc.constant(enemyConnection));
      const message = fc
        .constantFrom(...Object.keys(valid))
        .chain((path) => fc.record({ path: fc.constant(path), id: ids, body: spoiled([valid[path] ?? null]), whole: fc.nat(5) }));
      await fc.assert(
        fc.asyncProperty(message, async ({ path, id, body, whole }) => {
          assertRefusedOrTaken(await enemy.call(path.replace('ID', id || 'x'), JSON.stringify(whole === 0 ? valid[path] : body)));
        }),
        share(0.2),
      );
      await survives(true);
    },
    patience,
  );

  test(
    'by somebody who cannot sign',
    async () => {
      const header = fc.oneof(
        fc.string({ maxLength: 60 }),
        fc.constantFrom('sig=("@method");created=1', 'entente=:AAAA:', '((((', 'entente=();keyid="x";alg="ed25519"'),
      );
      const message = fc.record({
        path: fc.oneof(fc.webPath(), fc.constantFrom(...recorded.map(({ path }) => path.replace('/entente/v1', ''))), fc.constant('/lookup')),
        headers: fc.dictionary(
          fc.constantFrom('signature', 'signature-input', 'content-digest', 'entente-to', 'entente-boot', 'content-type', 'range'),
          header,
        ),
        body: fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        method: fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH'),
      });
      await fc.assert(
        fc.asyncProperty(message, async ({ path, headers, body, method }) => {
          const sent = new Headers({ 'content-type': 'application/json' });
          for (const [name, value] of Object.entries(headers)) sent.set(name, value.replace(/[^\x20-\x7e]/g, '?'));
          const response = await fetch(`${globex.url}/entente/v1${path.startsWith('/') ? path : `/${path}`}`, {
            method,
            headers: sent,
            body: new Uint8Array(body),
          });
          const answer = { status: response.status, text: await response.text() };
          assertRefusedOrTaken(answer);
          expect(answer.status).toBeGreaterThanOrEqual(400);
        }),
        share(0.1),
      );
      await survives(false);
    },
    patience,
  );

  test(
    'by an invitation code',
    async () => {
      const letters = code.split('');
      const changed = fc.oneof(
        {
          weight: 3,
          arbitrary: fc.tuple(fc.nat(letters.length - 1), fc.string({ maxLength: 3 })).map(([at, other]) => letters.toSpliced(at, 1, other).join('')),
        },
        { weight: 2, arbitrary: fc.nat(letters.length).map((length) => code.slice(0, length)) },
        { weight: 1, arbitrary: fc.nat(letters.length).map((from) => code.slice(from)) },
        { weight: 1, arbitrary: fc.string({ maxLength: 200 }).map((text) => `entente.1.${text}`) },
        { weight: 1, arbitrary: fc.tuple(fc.nat(3), fc.string({ maxLength: 80 })).map(([at, part]) => code.split('.').toSpliced(at, 1, part).join('.')) },
        { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
        { weight: 1, arbitrary: fc.constant(code) },
      );
      await fc.assert(
        fc.asyncProperty(changed, fc.boolean(), async (text, accept) => {
          const own = { code: text, instance: acme.slug, internalCommentsBecomePublic: true };
          const { status, body } = await acme.call(
            'POST',
            accept && text !== code ? '/invitations/accept' : '/invitations/read',
            accept && text !== code ? own : { code: text },
          );
          assertRefusedOrTaken({ status, text: JSON.stringify(body) });
        }),
        share(0.1),
      );
      await survives(true);
    },
    patience,
  );

  test(
    'by its tracker',
    async () => {
      const { rows } = await globex.pool.query<{ id: string }>('select id from instance');
      const id = rows[0]?.id ?? '';
      const basic = `Basic ${Buffer.from(`${globex.sim.credentials.email}/token:${globex.sim.credentials.token}`).toString('base64')}`;
      const get = async <T>(path: string): Promise<T> => (await (await fetch(globex.sim.url + path, { headers: { authorization: basic } })).json()) as T;
      const { webhooks } = await get<{ webhooks: { id: string }[] }>('/api/v2/webhooks');
      const { signing_secret: signing } = await get<{ signing_secret: { secret: string } }>(`/api/v2/webhooks/${webhooks[0]?.id}/signing_secret`);
      const notice = {
        type: 'zen:event-type:ticket.subject_changed',
        detail: { id: '1', updated_at: '2026-11-23T10:00:00Z' },
        event: { previous: 'a', current: 'b' },
      };
      const body = fc.oneof(
        { weight: 4, arbitrary: spoiled([notice]).map((it) => JSON.stringify(it)) },
        { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
      );
      await fc.assert(
        fc.asyncProperty(body, fc.nat(9), fc.oneof(fc.constant(id), fc.webSegment()), async (text, spoil, whose) => {
          const at = spoil === 0 ? 'yesterday' : new Date().toISOString();
          const signature = createHmac('sha256', spoil === 1 ? 'wrong' : signing.secret)
            .update(at)
            .update(text)
            .digest('base64');
          const response = await fetch(`${globex.url}/hooks/${encodeURIComponent(whose || 'x')}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-zendesk-webhook-signature': signature, 'x-zendesk-webhook-signature-timestamp': at },
            body: text,
          });
          const answer = { status: response.status, text: await response.text() };
          assertRefusedOrTaken(answer);
          if (spoil < 2 || whose !== id) expect([401, 404]).toContain(answer.status);
        }),
        share(0.1),
      );
      await survives(true);
    },
    patience,
  );

  test(
    'by a person',
    async () => {
      const token = 'a'.repeat(32);
      const made = { instance: globex.slug, url: acme.url, mode: 'basic', name: 'New', internalCommentsBecomePublic: true, path: 'invitation' };
      const valid: Record<string, Json> = {
        '/lookups': { instance: globex.slug, url: acme.sim.url },
        '/connections/initiate': { ...made, scope: 'Globex Field Ops' },
        '/connections/return': { state: token, code: token },
        '/invitations/read': { code },
        '/invitations/accept': { code, instance: globex.slug, internalCommentsBecomePublic: true },
        [`/consents/${token}/confirm`]: { scope: '1', internalCommentsBecomePublic: true },
        [`/join/${token}`]: { name: 'Somebody', password: 'long enough for all' },
        [`/connections/${connection}/sync`]: { urn: '4711' },
        '/errors/retry': {},
      };
      const request = fc.constantFrom(...Object.keys(valid)).chain((route) => fc.record({ route: fc.constant(route), body: spoiled([valid[route] ?? null]) }));
      await fc.assert(
        fc.asyncProperty(request, async ({ route, body }) => {
          const answer = await globex.call('POST', route, body);
          assertRefusedOrTaken({ status: answer.status, text: JSON.stringify(answer.body) });
        }),
        share(0.1),
      );
      await survives(true);
    },
    patience,
  );

  test(
    'keeps nothing of it in memory, and goes on working with those who make sense',
    async () => {
      const { twin } = await sync(acme, connection, '4');
      expect(twin.status.state).toBe('in-sync');
      const { connections } = await globex.ask<{ connections: ConnectionView[] }>('GET', '/connections');
      expect(connections.filter(({ problem, slug }) => problem !== null && slug === connection)).toEqual([]);
      const heapAfter = await globex.heap();
      const mb = (bytes: number) => Math.round(bytes / 1e5) / 10;
      console.log(`Heap after garbage collection: ${mb(heapBefore)} MB before, ${mb(heapAfter)} MB after ${RUNS} hostile inputs`);
      expect(mb(heapAfter - heapBefore)).toBeLessThan(20);
      expect(globex.said()).not.toContain('a request failed');
    },
    patience,
  );
});

/** The recorded message as one of the stranger's own connection. */
function replaceIds(body: Json): Json {
  return JSON.parse(JSON.stringify(body).replaceAll(/\bc[0-9a-f]{16}\b/g, enemyConnection)) as Json;
}
