import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { startZendesk, type ZendeskSim } from '../../simulators/zendesk/zendesk.ts';
import type { SyncRule } from '../../src/core/sync-rule.ts';
import type { Side } from '../../src/engine/ports.ts';
import { createVault } from '../../src/lib/secrets.ts';
import { createPostgresStore } from '../../src/store/postgres.ts';
import { testDatabase } from '../../test/database.ts';
import type { FromChild, ToChild } from './messages.ts';

/** `CRASH_STEP=1` tries every point (some minutes); by default every fourth, beginning with `CRASH_FROM`. */
const STEP = Number(process.env.CRASH_STEP ?? 4);
const FROM = Number(process.env.CRASH_FROM ?? 1);
/** A service that has died is started again, and the vendor's time for a lost call is over. */
const LATER_MS = 180_000;

const { url: databaseUrl, pool } = await testDatabase();
const key = randomBytes(32);
const store = createPostgresStore({ pool, vault: createVault(key) });

interface World {
  readonly acme: ZendeskSim;
  readonly globex: ZendeskSim;
  skippedMs: number;
  stop(): Promise<void>;
}

/** Two accounts without tickets but one, an empty database, a Basic connection. */
async function freshWorld(): Promise<World> {
  const options = { limits: 'off', agentPage: false, settings: { withheldMs: 0, searchLagMs: 2000 } } as const;
  const [acme, globex] = await Promise.all([startZendesk({ ...options, subdomain: 'acme' }), startZendesk({ ...options, subdomain: 'globex' })]);
  await pool.query('truncate instance, side, twin, entity, trace, intent, conflict, run, lease, pgboss.job restart identity cascade');
  await store.transaction(async (tx) => {
    const at = new Date().toISOString();
    for (const id of ['acme', 'globex'])
      await tx.saveInstance({
        id,
        slug: id,
        platform: 'zendesk',
        name: id,
        url: '',
        settings: {},
        defaultType: null,
        pausedUntil: null,
        problem: null,
        cursor: null,
        polledAt: null,
        webhook: null,
        createdAt: at,
      });
    const side = (own: string, other: string): Side => ({
      id: `side-${own}`,
      connection: 'c',
      name: 'Crash',
      description: '',
      mode: 'basic',
      instance: own,
      scope: null,
      peer: { kind: 'local', side: `side-${other}`, instance: other, name: other },
      leads: own === 'acme',
      policy: 'lead',
      status: 'active',
      start: 'manual',
      resumeFrom: null,
      problem: null,
      createdAt: at,
    });
    await tx.saveSide(side('acme', 'globex'));
    await tx.saveSide(side('globex', 'acme'));
  });
  return { acme, globex, skippedMs: 0, stop: async () => void (await Promise.all([acme.stop(), globex.stop()])) };
}

async function upload(sim: ZendeskSim, name: string, content: string): Promise<{ token: string; url: string }> {
  const { email, token } = sim.credentials;
  const answer = await fetch(`${sim.url}/api/v2/uploads.json?filename=${name}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${email}/token:${token}`).toString('base64')}`, 'content-type': 'image/png' },
    body: content,
  });
  const { upload: made } = (await answer.json()) as { upload: { token: string; attachment: { content_url: string } } };
  return { token: made.token, url: made.attachment.content_url };
}

/** What people do, and when: before each part the node is at rest. */
const PARTS: readonly ((world: World) => Promise<{ side: string; ref: string } | null>)[] = [
  async ({ acme }) => {
    const image = await upload(acme, 'fire.png', 'fire');
    const { id } = acme.control.createTicket(
      { subject: 'Fire', type: 'incident', comment: { html_body: `<p>See <img src="${image.url}"></p>`, uploads: [image.token] } },
      'nora@acme.example',
    );
    const log = await upload(acme, 'fire.log', 'log');
    acme.control.updateTicket(id, { comment: { body: 'First.', uploads: [log.token] } }, 'tomas@acme.example');
    acme.control.updateTicket(id, { comment: { body: 'Between us.', public: false } }, 'nora@acme.example');
    return { side: 'side-acme', ref: String(id) };
  },
  async ({ acme, globex }) => {
    const photo = await upload(globex, 'water.png', 'water');
    const [copy] = globex.control.tickets();
    if (!copy) throw new Error('The ticket has not crossed.');
    globex.control.updateTicket(copy.id, { subject: 'Fire (water is on its way)', comment: { body: 'Water!', uploads: [photo.token] } }, 'nora@globex.example');
    globex.control.updateTicket(copy.id, { comment: { body: 'More water!' } }, 'tomas@globex.example');
    acme.control.updateTicket(1, { comment: { body: 'Still burning.' } }, 'nora@acme.example');
    return null;
  },
];

/** A process that has loaded its modules, waiting for its world. */
const spare: Promise<ChildProcess>[] = [];
async function newChild(): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, 'child.ts'), { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`The child ended before it began (${code}).`)));
  });
  return child;
}
function child(): Promise<ChildProcess> {
  spare.push(newChild());
  if (spare.length < 2) spare.push(newChild());
  return spare.shift() ?? newChild();
}

type End = { readonly kind: 'killed' } | Exclude<FromChild, { kind: 'ready' }>;
function ask(process: ChildProcess, message: ToChild): Promise<End> {
  return new Promise((resolve) => {
    const heard = (answer: FromChild) => answer.kind !== 'ready' && done(answer);
    const died = () => done({ kind: 'killed' });
    const done = (end: End) => {
      process.off('message', heard);
      process.off('exit', died);
      resolve(end);
    };
    process.on('message', heard);
    process.once('exit', died);
    process.send(message);
  });
}

/** Runs all parts; the first process dies at `killAt`, the next one is left alone. */
async function live(killAt: number | null, without: readonly SyncRule[] = []): Promise<{ state: State; effects: number; killed: boolean }> {
  const world = await freshWorld();
  const sims = [world.acme, world.globex].map((sim) => ({ instance: sim.subdomain, url: sim.url, contentUrl: sim.contentUrl, ...sim.credentials }));
  const begin = (at: number | null): ToChild => ({
    kind: 'begin',
    databaseUrl,
    key: key.toString('base64'),
    sims,
    skippedMs: world.skippedMs,
    killAt: at,
    without,
  });
  let process = await child();
  let effects = 0;
  let killed = false;
  try {
    process.send(begin(killAt));
    for (const part of PARTS) {
      const sync = await part(world);
      let end = await ask(process, { kind: 'act', sync });
      if (end.kind === 'killed') {
        killed = true;
        expect(process.signalCode).toBe('SIGKILL');
        await startLater(world);
        process = await child();
        process.send(begin(null));
        end = await ask(process, { kind: 'act', sync });
      }
      if (end.kind !== 'idle') throw new Error(end.kind === 'failed' ? end.error : 'The second process died too.');
      effects = end.effects;
      world.skippedMs = end.skippedMs;
    }
    return { state: await stateOf(world), effects, killed };
  } finally {
    process.kill('SIGKILL');
    await world.stop();
  }
}

/** Some minutes later: leases have run out, the queue has missed the heartbeats of the dead process and gives its jobs out anew. */
async function startLater(world: World): Promise<void> {
  world.skippedMs += LATER_MS;
  for (const sim of [world.acme, world.globex]) sim.control.advance(LATER_MS);
  await pool.query(`update lease set until = now() - interval '1 second'`);
  await pool.query(
    `delete from pgboss.job a where a.state = 'active' and exists (select from pgboss.job b where b.state = 'created' and b.singleton_key = a.singleton_key)`,
  );
  await pool.query(`update pgboss.job set state = 'created' where state = 'active'`);
}

interface State {
  readonly acme: readonly SeenTicket[];
  readonly globex: readonly SeenTicket[];
  readonly twins: readonly unknown[];
  readonly counts: readonly unknown[];
}
interface SeenTicket {
  readonly subject: string;
  readonly type: string | null;
  readonly status: string;
  readonly comments: readonly { readonly html: string; readonly public: boolean; readonly author: string | undefined; readonly files: readonly string[] }[];
}

/** What people see at both trackers, without ids and addresses; and whether Entente has anything left to do. */
async function stateOf(world: World): Promise<State> {
  const seen = (sim: ZendeskSim): SeenTicket[] => {
    const names = new Map(sim.control.users().map(({ id, name }) => [id, name]));
    return sim.control.tickets().map(({ id, subject, type, status }) => ({
      subject,
      type,
      status,
      comments: sim.control.comments(id).map(({ html_body, public: shown, author_id, attachments }) => ({
        html: html_body.replace(/src="[^"]*\?name=/g, 'src="FILE?name='),
        public: shown,
        author: names.get(author_id),
        files: attachments.map(({ file_name, size, inline }) => `${file_name} ${size}${inline ? ' inline' : ''}`),
      })),
    }));
  };
  const { rows: twins } = await pool.query(
    `select rest->>'status' as status, rest->>'dirty' as dirty, flight::text, inbox::text, rest->'problem' as problem, rest->'differs' as differs from twin order by side`,
  );
  const { rows: counts } = await pool.query(
    `select (select count(*)::int from trace) traces, (select count(*)::int from intent) intents, (select count(*)::int from entity) entities`,
  );
  return { acme: seen(world.acme), globex: seen(world.globex), twins, counts };
}

test('killed at any step, a node that is started again ends where it would have ended', async () => {
  const whole = await live(null);
  expect(whole.state).toMatchObject({ acme: [{ subject: 'Fire (water is on its way)' }], counts: [{ intents: 0 }] });
  const [here, there] = [whole.state.acme, whole.state.globex].map((tickets) => tickets[0]?.comments.length);
  expect([here, there]).toEqual([6, 6]);
  const wrong: { at: number; error: unknown }[] = [];
  let tried = 0;
  for (let at = FROM; ; at += STEP) {
    const run = await live(at).catch((error: unknown) => ({ state: String(error), effects: 0, killed: true }));
    if (!run.killed) break;
    tried += 1;
    try {
      expect(run.state).toEqual(whole.state);
    } catch (error) {
      wrong.push({ at, error: error instanceof Error ? error.message : error });
    }
  }
  console.log(`${tried} crash points of ${whole.effects}, ${wrong.length} with another result`);
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThanOrEqual(Math.floor(whole.effects / STEP) - 1);
}, 900_000);

test('without the notes that are written down before each step, this would be noticed', async () => {
  const without: readonly SyncRule[] = ['intents', 'marker', 'matchContent'];
  const whole = await live(null, without);
  const different: number[] = [];
  // The first steps only read and announce.
  for (let at = 18; at <= whole.effects && different.length === 0; at += 1) {
    const run = await live(at, without);
    if (!isDeepStrictEqual(run.state, whole.state)) different.push(at);
  }
  console.log(`noticed at crash point ${different.join()}`);
  expect(different).toHaveLength(1);
}, 300_000);
