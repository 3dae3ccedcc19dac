import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startZendesk, type ZendeskSim } from '../../simulators/zendesk/zendesk.ts';
import { testConnector } from '../../src/connectors/conformance/index.ts';
import type { Tracker, TrackerDeps } from '../../src/connectors/connector.ts';
import { finishConsent, startConsent, type ZendeskAuth, zendesk } from '../../src/connectors/zendesk/index.ts';
import { openZendesk } from '../../src/connectors/zendesk/tracker.ts';
import { docOf, filesIn, plainText, type RichText } from '../../src/core/rich-text/index.ts';
import type { TrackerError } from '../../src/core/tracker-error.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import { zendeskWorld } from '../worlds/zendesk.ts';
import { adding, call, failure, see, upload } from './tools.ts';

const world = zendeskWorld();
testConnector({ name: 'zendesk simulator', connector: zendesk, world });

const DANA = 'dana@acme.example';
const REDIRECT = 'http://127.0.0.1:4700/oauth/callback';

describe('the Zendesk connector on the simulator', () => {
  let sim: ZendeskSim;
  const clients: AccountHttpClient[] = [];

  beforeAll(async () => {
    sim = await startZendesk({ validate: true });
    sim.control.addUser({ name: 'Dana Doe', email: DANA, role: 'agent' });
  });
  afterEach(() => {
    sim.control.clearFaults();
    sim.control.setLimits({ perMinute: 700 });
    sim.control.setSettings({ privateAttachments: false });
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await sim.stop();
  });

  const http = (hosts = [sim.url, sim.contentUrl], now = Date.now): AccountHttpClient => {
    const client = createHttpClient({ allowPrivate: new Set(hosts.map((url) => new URL(url).host)), timeoutMs: 10_000, now });
    clients.push(client);
    return client;
  };
  const token = (): ZendeskAuth => ({ kind: 'token', ...sim.credentials });
  const open = (auth = token(), deps: Partial<TrackerDeps> = {}): Tracker =>
    openZendesk({ url: sim.url, auth }, { http: http(), now: () => sim.control.now(), saveSettings: () => Promise.resolve(), ...deps });
  const newTicket = (more: Record<string, unknown> = {}): string =>
    String(sim.control.createTicket({ subject: 'Printer', comment: { body: 'It burns.' }, ...more }, DANA).id);
  /** The requests that `work` made, as the simulator saw them. */
  const requests = async (work: () => Promise<unknown>): Promise<string[]> => {
    sim.control.clearRequests();
    await work();
    return sim.control.requests().map(({ method, path }) => `${method} ${path.replace(/^\/api\/v2/, '')}`);
  };

  it('costs a fetch of two requests and one write, and one more for a file', async () => {
    const tracker = open();
    const ref = newTicket();
    const base = await see(tracker, ref);
    expect(await requests(() => see(tracker, ref))).toEqual([`GET /tickets/${ref}.json`, `GET /tickets/${ref}/comments.json`]);
    expect(await requests(() => tracker.apply(ref, base, { fields: { summary: 'On fire' }, known: {} }, call))).toEqual([`PUT /tickets/${ref}.json`]);
    const second = await see(tracker, ref);
    expect(await requests(() => tracker.apply(ref, second, adding(docOf('Water!')), call))).toEqual([`PUT /tickets/${ref}.json`]);
    const third = await see(tracker, ref);
    const withFile = adding(docOf('See.'), [upload('g:1', 'a.txt', 'a', 'text/plain')]);
    expect(await requests(() => tracker.apply(ref, third, withFile, call))).toEqual(['POST /uploads.json', `PUT /tickets/${ref}.json`]);
  });

  it('reads a second page of comments only where there is one', async () => {
    const tracker = open();
    const ref = newTicket();
    for (let i = 1; i <= 100; i += 1) sim.control.updateTicket(Number(ref), { comment: { body: `Comment ${i}` } }, DANA);
    await see(tracker, ref);
    const seen = await requests(() => see(tracker, ref));
    expect(seen).toHaveLength(3);
    const { comments, fields } = await see(tracker, ref);
    expect(plainText(fields.description as RichText)).toBe('It burns.');
    expect(comments.map(({ body }) => plainText(body))).toEqual(Array.from({ length: 100 }, (_, i) => `Comment ${i + 1}`));
  });

  it('shows an image inline, and reads it back as a reference to the same file', async () => {
    const tracker = open();
    const ref = newTicket();
    const body: RichText = {
      type: 'root',
      children: [
        {
          type: 'paragraph',
          children: [
            { type: 'text', value: 'Look: ' },
            { type: 'attachmentRef', file: 'g:img', name: 'fire.png', alt: 'the fire', inline: true },
          ],
        },
      ],
    };
    const files = [upload('g:img', 'fire.png', 'png', 'image/png'), upload('g:log', 'fire.log', 'log', 'text/x-log')];
    const applied = await tracker.apply(ref, await see(tracker, ref), adding(body, files), call);
    const stored = sim.control.comments(Number(ref)).at(-1);
    expect(stored?.attachments.map(({ file_name: name, content_type: type, inline }) => [name, type, inline])).toEqual([
      ['fire.png', 'image/png', true],
      ['fire.log', 'text/x-log', false],
    ]);
    const now = await see(tracker, ref);
    const image = applied.files.find(({ key }) => key === 'g:img')?.id ?? '';
    expect(now.comments[0]?.body).toEqual({
      type: 'root',
      children: [
        {
          type: 'paragraph',
          children: [
            { type: 'text', value: 'Look: ' },
            { type: 'attachmentRef', file: image, name: 'fire.png', alt: 'the fire', inline: true },
          ],
        },
      ],
    });
    expect(now.files.map(({ id, name, comment }) => [id, name, comment])).toEqual(applied.files.map(({ id }, i) => [id, files[i]?.name, applied.comment]));
    expect(filesIn(now.comments[0]?.body as RichText)).toEqual([image]);
  });

  it('follows a file’s redirect without credentials, and only to addresses that may be called', async () => {
    const tracker = open();
    sim.control.setSettings({ privateAttachments: true });
    const ref = newTicket();
    const { files } = await tracker.apply(ref, await see(tracker, ref), adding(docOf('See.'), [upload('g:1', 'a.txt', 'content', 'text/plain')]), call);
    const id = files[0]?.id ?? '';
    const opened = await tracker.files?.open(ref, id, call);
    expect([opened?.type, opened?.size, (await opened?.stream.toArray())?.join('')]).toEqual(['text/plain', 7, 'content']);
    expect(sim.control.leaks()).toBe(0);
    const walled = open(token(), { http: http([sim.url]) });
    expect(await failure(walled.files?.open(ref, id, call) ?? Promise.resolve())).toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining('private'),
    });
  });

  it('tells a redacted comment and a redacted file', async () => {
    const tracker = open();
    const ref = newTicket();
    const written = await tracker.apply(ref, await see(tracker, ref), adding(docOf('Call 555-1234.'), [upload('g:1', 'card.txt', 'x', 'text/plain')]), call);
    const headers = { authorization: `Basic ${btoa(`${DANA}/token:${sim.credentials.token}`)}`, 'content-type': 'application/json' };
    const comment = `${sim.url}/api/v2/tickets/${ref}/comments/${written.comment}`;
    expect((await fetch(`${comment}/redact`, { method: 'PUT', headers, body: JSON.stringify({ text: '555-1234' }) })).status).toBe(200);
    expect((await fetch(`${comment}/attachments/${written.files[0]?.id}/redact`, { method: 'PUT', headers })).status).toBe(200);
    const now = await see(tracker, ref);
    expect(plainText(now.comments[0]?.body as RichText)).not.toContain('555');
    expect(now.files).toEqual([]);
  });

  it('never runs into a limit that Zendesk tells of: it says when work goes on', async () => {
    const clock = () => sim.control.now();
    const tracker = open(token(), { http: http(undefined, clock) });
    const refs = [newTicket(), newTicket()];
    sim.control.setLimits({ perMinute: 12 });
    sim.control.clearRequests();
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => tracker.fetch(refs[i % 2] ?? '', { ...call, priority: 'interactive' })));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as TrackerError] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const { kind, retryAt } of refused) {
      expect(kind).toBe('rate-limited');
      expect((retryAt ?? 0) - clock()).toBeGreaterThan(0);
      expect((retryAt ?? 0) - clock()).toBeLessThanOrEqual(61_000);
    }
    expect(sim.control.requests().filter(({ status }) => status === 429)).toEqual([]);
    sim.control.advance(61_000);
    await see(tracker, refs[0] ?? '');
  });

  it('stops at thirty changes of one ticket in ten minutes, for this ticket only', async () => {
    const clock = () => sim.control.now();
    const tracker = open(token(), { http: http(undefined, clock) });
    const [busy, other] = [newTicket(), newTicket()];
    let base = await see(tracker, busy);
    for (let i = 1; i <= 29; i += 1)
      base = { ...base, version: (await tracker.apply(busy, base, { fields: { summary: `Number ${i}` }, known: {} }, call)).version ?? '' };
    const error = await failure(tracker.apply(busy, base, { fields: { summary: 'Too many' }, known: {} }, call));
    expect(error).toMatchObject({ kind: 'unavailable', inDoubt: false, retryAt: expect.any(Number) });
    await tracker.apply(other, await see(tracker, other), { fields: { summary: 'Goes on' }, known: {} }, call);
    sim.control.advance(601_000);
  });

  it('tells what its write replaced within the second that the stamp cannot tell apart', async () => {
    const tracker = open();
    sim.control.freeze();
    try {
      const ref = newTicket();
      const base = await see(tracker, ref);
      sim.control.updateTicket(Number(ref), { subject: 'Theirs' }, DANA);
      const { replaced } = await tracker.apply(ref, base, { fields: { summary: 'Ours', tags: ['b', 'a'] }, known: {} }, call);
      expect(replaced).toEqual({ summary: 'Theirs' });
      expect((await see(tracker, ref)).fields).toMatchObject({ summary: 'Ours', tags: ['a', 'b'] });
      sim.control.advance(1000);
      sim.control.updateTicket(Number(ref), { subject: 'Theirs again' }, DANA);
      const error = await failure(tracker.apply(ref, base, { fields: { summary: 'Ours again' }, known: {} }, call));
      expect(error.kind).toBe('conflict');
    } finally {
      sim.control.thaw();
    }
  });

  it('creates once although the answer got lost, the list did not show it yet, and the retry has other upload tokens', async () => {
    const tracker = open();
    const draft = {
      scope: null,
      type: 'problem',
      fields: { summary: 'Once', description: docOf('See the file.') },
      files: [upload('g:1', 'a.txt', 'a', 'text/plain')],
    };
    sim.control.fault({ kind: 'drop-after', method: 'POST', path: '/api/v2/tickets' });
    const lost = await failure(tracker.create(draft, 'marker:once', call));
    expect(lost).toMatchObject({ kind: 'unavailable', inDoubt: true });
    sim.control.fault({ kind: 'status', method: 'GET', path: 'external_id', status: 200, body: { tickets: [] } });
    const { snapshot } = await tracker.create(draft, 'marker:once', call);
    expect(snapshot).toMatchObject({ marker: 'marker:once', type: 'problem', byUs: true });
    expect(sim.control.tickets().filter(({ external_id: id }) => id === 'marker:once')).toHaveLength(1);
    expect(snapshot.files.map(({ name, comment }) => [name, comment])).toEqual([['a.txt', null]]);
  });

  it('says in plain words that a ticket is closed', async () => {
    const tracker = open();
    const ref = newTicket();
    sim.control.updateTicket(Number(ref), { status: 'closed' }, DANA);
    const error = await failure(tracker.apply(ref, await see(tracker, ref), adding(docOf('Too late.')), call));
    expect(error).toMatchObject({ kind: 'rejected', field: 'status' });
    expect(error.message).toMatch(/^The ticket is closed, and Zendesk lets nobody change closed tickets\./);
  });

  it('names the field that Zendesk refused, with Zendesk’s own reason', async () => {
    const tracker = open();
    const ref = newTicket();
    const error = await failure(tracker.apply(ref, await see(tracker, ref), { fields: { priority: 'apocalyptic' }, known: {} }, call));
    expect(error).toMatchObject({ kind: 'rejected', field: 'priority' });
    expect(error.message).toMatch(/^Changing ticket \d+: Zendesk says: .*apocalyptic.*/);
  });

  it('takes a missing ticket for gone only when an administrator is told so by Zendesk itself', async () => {
    const ref = newTicket();
    sim.control.deleteTicket(Number(ref), DANA);
    expect(await open().fetch(ref, call)).toBe('gone');
    const agent = open({ kind: 'token', email: DANA, token: sim.credentials.token });
    expect(await failure(agent.fetch(ref, call))).toMatchObject({ kind: 'not-found' });
    const there = newTicket();
    const tracker = open();
    await see(tracker, there);
    sim.control.fault({ kind: 'status', status: 404, body: '<html>nginx</html>', type: 'text/html', path: `/tickets/${there}` });
    expect(await failure(tracker.fetch(there, call))).toMatchObject({ kind: 'not-found' });
  });

  it('lists each missing permission with what does not work without it', async () => {
    const agent = open({ kind: 'token', email: DANA, token: sim.credentials.token });
    expect((await agent.check(call)).missing).toEqual([
      { permission: 'administrator role', consequence: expect.stringContaining('Changes in Zendesk are not found') },
      { permission: 'administrator role', consequence: expect.stringContaining('webhook') },
    ]);
    sim.control.addUser({ name: 'Ed End', email: 'ed@customer.example', role: 'end-user' });
    const endUser = open({ kind: 'token', email: 'ed@customer.example', token: sim.credentials.token });
    expect((await endUser.check(call)).missing.map(({ permission }) => permission)).toEqual(['agent role']);
  });

  it('registers one webhook, finds it again without its memory, and moves it when our address changes', async () => {
    const tracker = open();
    const list = async () => {
      const answer = await fetch(`${sim.url}/api/v2/webhooks`, {
        headers: { authorization: `Basic ${btoa(`${sim.credentials.email}/token:${sim.credentials.token}`)}` },
      });
      return ((await answer.json()) as { webhooks: { id: string; endpoint: string; status: string }[] }).webhooks;
    };
    const known = (await tracker.webhook?.register('http://127.0.0.1:9/hooks/1', {}, call)) ?? {};
    expect(known).toEqual({ id: expect.any(String), secret: expect.any(String) });
    expect(await tracker.webhook?.register('http://127.0.0.1:9/hooks/1', {}, call)).toEqual(known);
    expect(await tracker.webhook?.register('http://127.0.0.1:9/hooks/2', known, call)).toEqual(known);
    expect(await list()).toMatchObject([{ id: known.id, endpoint: 'http://127.0.0.1:9/hooks/2', status: 'active' }]);
  });

  describe('with OAuth', () => {
    const client = { clientId: 'entente', clientSecret: 'acme-oauth-secret' };

    /** Goes through the consent page as a browser would. */
    async function consent(): Promise<ZendeskAuth & { kind: 'oauth' }> {
      const { location, verifier } = startConsent({ url: sim.url, clientId: client.clientId, redirectUri: REDIRECT, state: 'state-1' });
      const asked = new URL(location);
      const me = sim.control.users().find(({ email }) => email === sim.credentials.email);
      const form = new URLSearchParams([...asked.searchParams, ['decision', 'allow'], ['user_id', String(me?.id)]]);
      const answer = await fetch(new URL('/oauth/authorizations', sim.url), { method: 'POST', body: form, redirect: 'manual' });
      const back = new URL(answer.headers.get('location') ?? '');
      expect(back.searchParams.get('state')).toBe('state-1');
      const code = back.searchParams.get('code') ?? '';
      return finishConsent({ http: http(), now: () => sim.control.now() }, { url: sim.url, ...client, code, verifier, redirectUri: REDIRECT }, call);
    }
    /** A tracker whose settings are stored as the node would store them. */
    function stored(auth: ZendeskAuth): { tracker: Tracker; saved: ZendeskAuth[] } {
      const saved: ZendeskAuth[] = [];
      const saveSettings: TrackerDeps['saveSettings'] = (patch) => {
        saved.push(patch.auth as ZendeskAuth);
        return Promise.resolve();
      };
      return { tracker: open(auth, { saveSettings }), saved };
    }
    const renewals = () => sim.control.requests({ path: '/oauth/tokens' }).length;

    it('connects by code and PKCE, and works', async () => {
      const auth = await consent();
      expect(auth).toMatchObject({ kind: 'oauth', scope: 'read write' });
      expect(zendesk.settings.parse({ url: sim.url, auth })).toEqual({ url: sim.url, auth });
      expect(await stored(auth).tracker.check(call)).toMatchObject({ missing: [], site: new URL(sim.url).host });
    });

    it('renews an expired pair once for many callers, and stores the new one before it is used', async () => {
      const auth = await consent();
      const order: string[] = [];
      const tracker = open(auth, {
        saveSettings: async () => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          order.push(`stored after ${sim.control.requests({ path: '/api/v2' }).length} calls`);
        },
      });
      const ref = newTicket();
      sim.control.advance(31 * 60_000);
      sim.control.clearRequests();
      await Promise.all(Array.from({ length: 8 }, () => see(tracker, ref)));
      expect(renewals()).toBe(1);
      expect(order).toEqual(['stored after 0 calls']);
    });

    it('renews a pair that Zendesk has revoked early, and repeats the request', async () => {
      const { tracker, saved } = stored(await consent());
      const ref = newTicket();
      const base = await see(tracker, ref);
      sim.control.fault({ kind: 'status', status: 401, body: { error: 'invalid_token' }, method: 'PUT' });
      await tracker.apply(ref, base, { fields: { summary: 'Still written' }, known: {} }, call);
      expect(saved).toHaveLength(1);
      expect((await see(tracker, ref)).fields.summary).toBe('Still written');
    });

    it('mends a renewal whose request never arrived', async () => {
      const { tracker, saved } = stored(await consent());
      sim.control.advance(31 * 60_000);
      sim.control.fault({ kind: 'drop-before', path: '/oauth/tokens' });
      await tracker.check(call);
      expect(saved).toHaveLength(1);
    });

    it('says what to do when the connection broke off in the middle of a renewal', async () => {
      const { tracker, saved } = stored(await consent());
      sim.control.advance(31 * 60_000);
      sim.control.fault({ kind: 'drop-after', path: '/oauth/tokens' });
      const error = await failure(tracker.check(call));
      expect(error).toMatchObject({ kind: 'auth', inDoubt: false });
      expect(error.message).toMatch(/broke off while Zendesk was renewing.*Connect the account again/);
      expect(saved).toEqual([]);
    });

    it('takes the pair that another process has renewed, also when both tried at once', async () => {
      let shared: ZendeskAuth = await consent();
      const deps: Partial<TrackerDeps> = {
        saveSettings: async (patch) => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          shared = patch.auth as ZendeskAuth;
        },
        readSettings: () => Promise.resolve({ url: sim.url, auth: shared }),
      };
      const [one, other] = [open(shared, deps), open(shared, deps)];
      sim.control.advance(31 * 60_000);
      await Promise.all([one.check(call), other.check(call)]);
      sim.control.advance(31 * 60_000);
      sim.control.clearRequests();
      await one.check(call);
      await other.check(call);
      expect(renewals()).toBe(1);
    });

    it('keeps a new pair that could not be stored, uses nothing before it is, and stores it at the next try', async () => {
      const auth = await consent();
      let broken = true;
      const saved: unknown[] = [];
      const tracker = open(auth, {
        saveSettings: (patch) => {
          if (broken) return Promise.reject(new Error('disk full'));
          saved.push(patch.auth);
          return Promise.resolve();
        },
      });
      sim.control.advance(31 * 60_000);
      sim.control.clearRequests();
      expect(await failure(tracker.check(call))).toMatchObject({ kind: 'unavailable' });
      expect(sim.control.requests({ path: '/api/v2' })).toEqual([]);
      broken = false;
      await tracker.check(call);
      expect([saved.length, renewals()]).toEqual([1, 1]);
    });

    it('says that a wrong secret is wrong, without showing it', async () => {
      const given = { url: sim.url, clientId: 'entente', clientSecret: 'not-the-secret', code: 'x', verifier: 'y', redirectUri: REDIRECT };
      const error = await failure(finishConsent({ http: http(), now: Date.now }, given, call));
      expect(error).toMatchObject({ kind: 'auth', message: expect.stringContaining('the identifier or the secret of the OAuth client is wrong') });
      expect(error.message).not.toContain('not-the-secret');
    });

    it('names the missing scope', async () => {
      const auth = await consent();
      expect((await open({ ...auth, scope: 'read' }).check(call)).missing.map(({ permission }) => permission)).toEqual(['OAuth scope “write”']);
    });
  });

  describe('at an address that is no Zendesk', () => {
    it.each([
      ['a web page', ((_, res) => res.end('<html>Hello</html>')) as RequestListener, /is not Zendesk/],
      ['another API', ((_, res) => res.end('{"ok":true}')) as RequestListener, /is not Zendesk/],
      ['a server without such a path', ((_, res) => res.writeHead(404).end('Not found')) as RequestListener, /is not Zendesk/],
      [
        'a redirect',
        ((_, res) => res.writeHead(301, { location: 'https://www.example.com/' }).end()) as RequestListener,
        /sends callers elsewhere \(www\.example\.com\)/,
      ],
    ])('%s is told apart', async (_name, listener, words) => {
      const server = createServer(listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const tracker = openZendesk({ url, auth: token() }, { http: http([url]), now: Date.now, saveSettings: () => Promise.resolve() });
      const error = await failure(tracker.check(call));
      expect(error.kind).toBe('protocol');
      expect(error.message).toMatch(words);
      server.close();
      server.closeAllConnections();
    });
  });

  it('sends only what the vendor’s description allows', () => {
    const summary = sim.control.validation();
    if (summary?.skipped) return console.warn(`not held against the vendor’s description: ${summary.skipped}`);
    expect(summary?.requests).toBeGreaterThan(100);
    // A value that a test makes up on purpose; its refusal is what is tested.
    const requested = sim.control.violations().filter(({ what, problem }) => what === 'request' && !problem.includes('priority'));
    expect(requested).toEqual([]);
  });
});
