import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startZendesk, type ZendeskSim } from '../simulators/zendesk/zendesk.ts';
import { ERRORS, type ErrorCode } from '../src/core/errors.ts';
import { createLog } from '../src/lib/log.ts';
import { startNode } from '../src/node.ts';
import type { ListedProblem, ProgressView, TwinView } from '../src/server/operations.ts';
import { testDatabase } from '../test/database.ts';

const elsewhere = createServer((_req, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Bakery</title>'));
await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
const bakery = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
afterAll(() => elsewhere.close());

/** What a Redmine answers to a new issue whose project demands a custom field, as Redmine 5.0 words it; anything else as this account needs it. */
let demanding = true;
const created: { subject: string; description: string }[] = [];
const redmine = createServer(async (req, res) => {
  const answer = (status: number, body: unknown) => void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const route = `${req.method} ${(req.url ?? '').replace(/\?.*/, '')}`;
  const project = {
    id: 1,
    identifier: 'support',
    name: 'Support',
    status: 1,
    trackers: [{ id: 1, name: 'Bug' }],
    issue_custom_fields: [{ id: 1, name: 'Entente' }],
  };
  const issue = () => ({
    id: 1,
    ...(created[0] ?? { subject: '', description: '' }),
    project,
    tracker: project.trackers[0],
    status: { id: 1, name: 'New' },
    priority: { id: 1, name: 'Normal' },
    author: { id: 1, name: 'Entente' },
    custom_fields: [{ id: 1, name: 'Entente', value: marker }],
    created_on: '2026-01-01T00:00:00Z',
    updated_on: '2026-01-01T00:00:00Z',
    journals: [],
    attachments: [],
  });
  const body =
    req.method === 'POST' || req.method === 'PUT'
      ? ((await new Response(await text(req)).json()) as { issue: { subject: string; description: string; custom_fields?: { value: string }[] } })
      : null;
  switch (route) {
    case 'GET /users/current.json':
      return answer(200, { user: { id: 1, login: 'entente', firstname: 'Entente', lastname: 'Sync', admin: true, memberships: [] } });
    case 'GET /projects.json':
      return answer(200, { projects: [project], total_count: 1 });
    case 'GET /projects/support.json':
      return answer(200, { project });
    case 'GET /trackers.json':
      return answer(200, { trackers: project.trackers });
    case 'GET /issue_statuses.json':
      return answer(200, { issue_statuses: [{ id: 1, name: 'New' }] });
    case 'GET /enumerations/issue_priorities.json':
      return answer(200, { issue_priorities: [{ id: 1, name: 'Normal' }] });
    case 'GET /issues.json':
      return answer(200, { issues: [], total_count: 0, offset: 0, limit: 100 });
    case 'GET /issues/1.json':
      return created.length ? answer(200, { issue: issue() }) : answer(404, {});
    case 'POST /issues.json':
      if (demanding) return answer(422, { errors: ['Cost centre cannot be blank'] });
      created.push({ subject: body?.issue.subject ?? '', description: body?.issue.description ?? '' });
      marker = body?.issue.custom_fields?.[0]?.value ?? '';
      return answer(201, { issue: issue() });
    case 'PUT /issues/1.json':
      if (created[0]) created[0] = { ...created[0], ...body?.issue };
      return void res.writeHead(204).end();
    default:
      return answer(404, {});
  }
});
let marker = '';
await new Promise<void>((resolve) => redmine.listen(0, '127.0.0.1', resolve));
const redmineUrl = `http://127.0.0.1:${(redmine.address() as AddressInfo).port}`;
afterAll(() => redmine.close());

const [acme, globex] = await Promise.all([startZendesk({ subdomain: 'acme', limits: 'off' }), startZendesk({ subdomain: 'globex', limits: 'off' })]);
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'entente-bad-input-'));
const probe = createServer();
await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
const { port } = probe.address() as AddressInfo;
await new Promise((resolve) => probe.close(resolve));
const node = await startNode({
  databaseUrl: (await testDatabase()).url,
  keys: [randomBytes(32)],
  home,
  port,
  pollMs: 3_600_000,
  allowPrivate: new Set([
    `127.0.0.1:${port}`,
    ...[acme.url, acme.contentUrl, globex.url, globex.contentUrl, bakery, redmineUrl].map((url) => new URL(url).host),
  ]),
  log: createLog({ level: 'silent' }),
});
const token = fs.readFileSync(path.join(home, 'cli-token'), 'utf8').trim();
afterAll(async () => {
  await node.stop();
  await Promise.all([acme.stop(), globex.stop()]);
  fs.rmSync(home, { recursive: true });
});

async function call<T = Record<string, unknown>>(method: 'GET' | 'POST' | 'PATCH', route: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(`${node.url}/api/v1${route}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}
const settings = (sim: ZendeskSim) => ({ url: sim.url, auth: { kind: 'token', ...sim.credentials } });
const NORA = 'nora@acme.example';

/** The REST API refuses with this code, its status, a sentence for people and what to do. */
async function refused(
  method: 'GET' | 'POST' | 'PATCH',
  route: string,
  body: unknown,
  code: ErrorCode,
): Promise<{ message: string; details: Record<string, unknown> }> {
  const answer = await call<{ code: ErrorCode; message: string; remedy: string; details: Record<string, unknown> }>(method, route, body);
  expect({ route, status: answer.status, code: answer.body.code, remedy: answer.body.remedy }).toEqual({
    route,
    status: ERRORS[code].status,
    code,
    remedy: ERRORS[code].remedy,
  });
  expectSentence(answer.body.message);
  return answer.body;
}

/** Plain words, whole, without markup, stack or a variable's name. */
function expectSentence(message: string): void {
  expect(message).toMatch(/^.{10,600}[.!?]$/s);
  expect(message).not.toMatch(/<\/?[a-z]+[ >]|\bat \S+\.[jt]s:\d+|undefined|\[object|ECONN|TypeError|\bnull\b/);
}

async function entente(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child: ChildProcess = spawn(path.resolve('bin/entente'), args, {
    env: { ...process.env, ENTENTE_HOME: home, ENTENTE_NODE: node.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (!child.stdout || !child.stderr) throw new Error('no output');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out, err };
}

const newTicket = (subject: string): number => acme.control.createTicket({ subject, comment: { body: 'x' } }, NORA).id;
const start = async (connection: string, urn: string): Promise<TwinView> => {
  const { status, body } = await call<ProgressView>('POST', `/connections/${connection}/sync`, { urn, wait: true });
  if (status !== 202) throw new Error(JSON.stringify(body));
  return body.twin;
};
const see = async (twin: TwinView): Promise<TwinView> => (await call<TwinView>('GET', `/twins/${twin.id}`)).body;
const errors = async (): Promise<ListedProblem[]> => (await call<{ errors: ListedProblem[] }>('GET', '/errors')).body.errors;
const becomes = async (twin: TwinView, state: TwinView['status']['state']): Promise<TwinView> => {
  const message = `it should be ${state}`;
  await expect.poll(async () => (await see(twin)).status, { timeout: 30_000, interval: 200, message }).toEqual(expect.objectContaining({ state }));
  return see(twin);
};
const copyOf = (twin: TwinView) => globex.control.tickets().find(({ id }) => String(id) === twin.to?.urn);

beforeAll(async () => {
  await call('POST', '/instances', { slug: 'acme', platform: 'zendesk', settings: settings(acme) });
  await call('POST', '/instances', { slug: 'globex', platform: 'zendesk', settings: settings(globex) });
  const made = await call('POST', '/connections', {
    mode: 'basic',
    name: 'Both',
    from: { instance: 'acme' },
    to: { instance: 'globex' },
    internalCommentsBecomePublic: true,
  });
  expect(made.status).toBe(201);
});

describe('what is asked for and cannot be', () => {
  test('an instance: wrong credentials, not a tracker, nobody there, an address that is not allowed, a wrong platform, missing settings, a type that does not exist', async () => {
    const add = (given: unknown, code: ErrorCode, more: Record<string, unknown> = {}) =>
      refused('POST', '/instances', { slug: 'new', platform: 'zendesk', settings: given, ...more }, code);
    const auth = { kind: 'token', ...acme.credentials };
    expect((await add({ url: acme.url, auth: { ...auth, token: 'wrong' } }, 'tracker-auth')).message).toContain('does not accept the credentials');
    expect((await add({ url: bakery, auth }, 'tracker-protocol')).message).toContain('is not Zendesk');
    await add({ url: 'http://127.0.0.1:9', auth }, 'tracker-forbidden');
    await add({ url: 'https://nobody.invalid', auth }, 'tracker-unavailable');
    expect((await add({ url: acme.url, auth: { kind: 'token' } }, 'invalid-input')).details.fields).toContainEqual({
      field: 'auth.email',
      message: expect.any(String),
    });
    expect((await add({ auth }, 'invalid-input')).message).toContain('https://acme.zendesk.com');
    expect((await add(settings(acme), 'unknown-platform', { platform: 'bakery' })).message).toContain('zendesk');
    expect((await add(settings(acme), 'unknown-type', { defaultType: 'Epic' })).details.types).toContain('incident');
    await add(settings(acme), 'invalid-input', { slug: 'Not A Slug' });
    await add(settings(acme), 'name-taken', { slug: 'acme' });
    await refused('POST', '/instances', { slug: 'new', platform: 'redmine', settings: { url: bakery, apiKey: 'x' } }, 'tracker-protocol');
    await refused('POST', '/instances', { slug: 'new', platform: 'redmine', settings: { url: 'redmine', apiKey: 'x' } }, 'invalid-input');
    expect((await call<{ instances: { slug: string }[] }>('GET', '/instances')).body.instances.map(({ slug }) => slug)).toEqual(['acme', 'globex']);
  });

  test('a change of an instance that fails leaves it as it was', async () => {
    const before = (await call('GET', '/instances/globex')).body;
    await refused('PATCH', '/instances/globex', { defaultType: 'Epic' }, 'unknown-type');
    await refused('PATCH', '/instances/globex', { settings: { auth: { kind: 'token', email: 'sync@globex.example', token: 'wrong' } } }, 'tracker-auth');
    await refused('PATCH', '/instances/globex', { settings: { url: bakery } }, 'tracker-protocol');
    await refused('PATCH', '/instances/nosuch', { name: 'x' }, 'unknown-instance');
    expect({ ...(await call('GET', '/instances/globex')).body, polledAt: null }).toEqual({ ...before, polledAt: null });
  });

  test('a connection: no consent, an unknown instance, a scope that is not there, a name that is taken, one side twice', async () => {
    const make = (more: Record<string, unknown>, code: ErrorCode) =>
      refused(
        'POST',
        '/connections',
        { mode: 'basic', name: 'Other', from: { instance: 'acme' }, to: { instance: 'globex' }, internalCommentsBecomePublic: true, ...more },
        code,
      );
    await make({ internalCommentsBecomePublic: false }, 'consent-needed');
    await make({ to: { instance: 'nosuch' } }, 'unknown-instance');
    await make({ to: { instance: 'globex', scope: 'Nowhere' } }, 'unknown-scope');
    await make({ to: { instance: 'acme' } }, 'same-entity-twice');
    await make({ name: 'both' }, 'name-taken');
    await make({ mode: 'script' }, 'invalid-input');
    expect((await call<{ connections: unknown[] }>('GET', '/connections')).body.connections).toHaveLength(1);
  });

  test('an entity: an unknown connection, an unknown URN, a URN of nowhere, on both sides, under sync already, or hidden from the account', async () => {
    await start('both', `acme/${newTicket('First')}`);
    const sync = (urn: unknown, code: ErrorCode, connection = 'both') => refused('POST', `/connections/${connection}/sync`, { urn }, code);
    await sync('acme/1', 'unknown-connection', 'nosuch');
    expect((await sync('acme/4711', 'wrong-urn')).message).toContain('4711');
    await sync('4711', 'wrong-urn');
    await sync('nonsense', 'wrong-urn');
    await sync(`${bakery}/bread/1`, 'wrong-urn');
    await sync('', 'invalid-input');
    await sync(17, 'invalid-input');
    expect((await sync('1', 'ambiguous-urn')).details.candidates).toEqual(['acme/1', 'globex/1']);
    const { details } = await sync('acme/1', 'already-under-sync');
    expect((await call<TwinView>('GET', `/twins/${String(details.twin)}`)).body.from?.urn).toBe('1');

    const hidden = newTicket('Hidden');
    acme.control.addUser({ name: 'Lee Less', email: 'lee@acme.example', role: 'agent', ticket_restriction: 'assigned' });
    const lee = { kind: 'token', email: 'lee@acme.example', token: acme.credentials.token };
    const added = await call<{ check: { missing: { permission: string; consequence: string }[] } }>('POST', '/instances', {
      slug: 'lee',
      platform: 'zendesk',
      settings: { url: acme.url, auth: lee },
    });
    expect(added.body.check.missing).toContainEqual({ permission: 'administrator role', consequence: expect.stringMatching(/\.$/) });
    await call('POST', '/connections', {
      mode: 'basic',
      name: 'Lesser',
      from: { instance: 'lee' },
      to: { instance: 'globex' },
      internalCommentsBecomePublic: true,
    });
    expect((await sync(`lee/${hidden}`, 'wrong-urn', 'lesser')).message).toContain('does not show it to the account');
  });

  test('anything else: no such twin, no such page, no token, not JSON; the command line says the same', async () => {
    await refused('GET', '/twins/bm9wZQ', undefined, 'not-found');
    await refused('POST', '/twins/bm9wZQ/retry', undefined, 'not-found');
    await refused('GET', '/nothing', undefined, 'not-found');
    const bare = (headers: Record<string, string>, body: string) => fetch(`${node.url}/api/v1/connections`, { method: 'POST', headers, body });
    const nobody = await bare({ 'content-type': 'application/json' }, '{}');
    expect([nobody.status, ((await nobody.json()) as { code: string }).code]).toEqual([401, 'sign-in-needed']);
    const broken = await bare({ authorization: `Bearer ${token}`, 'content-type': 'application/json' }, '{"mode":');
    expect([broken.status, ((await broken.json()) as { code: string }).code]).toEqual([400, 'invalid-input']);
    const said = await entente('sync', 'both', 'acme/4711');
    expect(said).toMatchObject({ code: 1, out: '' });
    expect(said.err).toContain(ERRORS['wrong-urn'].remedy);
    expect(said.err).toContain('(wrong-urn)');
  });
});

describe('what goes wrong later', () => {
  /** The twin says what stopped it, at its level; nothing was lost; another pair goes on. Once mended, it comes into step from its current state. */
  async function mends(twin: TwinView, code: ErrorCode, mend: () => unknown): Promise<TwinView> {
    const stopped = await becomes(twin, 'stopped');
    expect(stopped.problem).toMatchObject({ code, level: ERRORS[code].level, remedy: ERRORS[code].remedy, retryAt: null });
    expectSentence(stopped.problem?.message ?? '');
    expect((await errors()).map(({ problem, twin: whose }) => [problem.code, whose?.id])).toContainEqual([code, twin.id]);
    const other = await start('both', `acme/${newTicket(`Beside ${code}`)}`);
    expect(other.status.state).toBe('in-sync');
    await mend();
    const retried = await call('POST', `/twins/${twin.id}/retry`);
    expect(retried.status).toBe(202);
    const now = await becomes(twin, 'in-sync');
    expect(await errors()).toEqual([]);
    return now;
  }

  test('a closed ticket takes no change: that pair stops, and goes on from its current state when the ticket is open again', async () => {
    const twin = await start('both', `acme/${newTicket('Closing')}`);
    const copy = globex.account.tickets.get(Number(twin.to?.urn));
    if (!copy) throw new Error('no copy');
    copy.status = 'closed';
    acme.control.updateTicket(Number(twin.from?.urn), { subject: 'Closing, first change', comment: { body: 'One.' } }, NORA);
    await becomes(twin, 'stopped');
    acme.control.updateTicket(Number(twin.from?.urn), { subject: 'Closing, second change', comment: { body: 'Two.' } }, NORA);
    expect((await see(twin)).problem?.message).toContain('closed');
    await mends(twin, 'tracker-rejected', () => {
      copy.status = 'open';
    });
    await expect.poll(() => copyOf(twin)?.subject).toBe('Closing, second change');
    const bodies = globex.control.comments(copy.id).map(({ html_body }) =>
      html_body
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
    expect(bodies).toEqual(['x', 'Nora Agent One.', 'Nora Agent Two.']);
  });

  test('an account that may not write stops the pair until it may', async () => {
    const twin = await start('both', `acme/${newTicket('Forbidden')}`);
    globex.control.fault({
      kind: 'status',
      method: 'PUT',
      path: `/api/v2/tickets/${twin.to?.urn}`,
      times: 1000,
      status: 403,
      body: { error: { title: 'Forbidden', message: 'You do not have access to this page.' } },
    });
    acme.control.updateTicket(Number(twin.from?.urn), { subject: 'Allowed' }, NORA);
    await mends(twin, 'tracker-forbidden', () => globex.control.clearFaults());
    expect(copyOf(twin)?.subject).toBe('Allowed');
  });

  test('credentials that were revoked stop the instance, once for all its pairs; new ones let everything go on', async () => {
    const twins = await Promise.all(['One', 'Two'].map((subject) => start('both', `acme/${newTicket(subject)}`)));
    globex.control.revokeApiToken(globex.credentials.token);
    for (const twin of twins) acme.control.updateTicket(Number(twin.from?.urn), { subject: 'After the change of token' }, NORA);
    await Promise.all(twins.map((twin) => becomes(twin, 'stopped')));
    const listed = await errors();
    expect(listed).toMatchObject([{ instance: 'globex', problem: { code: 'tracker-auth', level: 'instance', remedy: ERRORS['tracker-auth'].remedy } }]);
    expectSentence(listed[0]?.problem.message ?? '');
    expect((await call('GET', '/instances/globex')).body).toMatchObject({ status: 'stopped' });
    await refused('POST', '/instances/globex/check', undefined, 'tracker-auth');
    await refused(
      'PATCH',
      '/instances/globex',
      { settings: { auth: { kind: 'token', email: globex.credentials.email, token: 'still wrong' } } },
      'tracker-auth',
    );
    globex.control.addApiToken('new-token');
    const changed = await call('PATCH', '/instances/globex', { settings: { auth: { kind: 'token', email: globex.credentials.email, token: 'new-token' } } });
    expect(changed).toMatchObject({ status: 200, body: { status: 'working' } });
    for (const twin of twins) {
      await becomes(twin, 'in-sync');
      expect(copyOf(twin)?.subject).toBe('After the change of token');
    }
    expect(await errors()).toEqual([]);
  });

  test('a field that the other tracker demands: nothing is made; when the demand is gone it is made once, and becomes what the ticket is by then', async () => {
    const added = await call('POST', '/instances', { slug: 'redmine', platform: 'redmine', settings: { url: redmineUrl, apiKey: 'key' } });
    expect(added.status).toBe(201);
    const made = await call('POST', '/connections', {
      mode: 'basic',
      name: 'Demanding',
      from: { instance: 'acme' },
      to: { instance: 'redmine', scope: 'support' },
      internalCommentsBecomePublic: true,
    });
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    const id = newTicket('Before');
    const twin = await start('demanding', `acme/${id}`);
    expect((await see(twin)).problem?.message).toContain('Cost centre cannot be blank');
    acme.control.updateTicket(id, { subject: 'After' }, NORA);
    await mends(twin, 'tracker-rejected', () => {
      demanding = false;
    });
    expect(created).toMatchObject([{ subject: 'After', description: 'x' }]);
  });

  test('a tracker that is away is waited for, and nothing has to be done', async () => {
    const twin = await start('both', `acme/${newTicket('Away')}`);
    globex.control.fault({ kind: 'status', method: 'PUT', times: 2, status: 503, body: 'Service unavailable' });
    acme.control.updateTicket(Number(twin.from?.urn), { subject: 'Back' }, NORA);
    const waiting = await becomes(twin, 'waiting');
    expect(waiting.problem).toMatchObject({ level: 'twin', retryAt: expect.any(String) });
    expectSentence(waiting.problem?.message ?? '');
    await expect.poll(() => copyOf(twin)?.subject, { timeout: 40_000, interval: 500 }).toBe('Back');
  });
});
