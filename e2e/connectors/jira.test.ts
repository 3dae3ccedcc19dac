import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type JiraSim, startJira } from '../../simulators/jira/jira.ts';
import { testConnector } from '../../src/connectors/conformance/index.ts';
import type { Tracker, TrackerDeps } from '../../src/connectors/connector.ts';
import { type JiraAuth, type JiraSettings, jira } from '../../src/connectors/jira/index.ts';
import { openJira } from '../../src/connectors/jira/tracker.ts';
import { docOf, filesIn, plainText, type RichText } from '../../src/core/rich-text/index.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import { jiraWorld } from '../worlds/jira.ts';
import { adding, call, failure, see, upload } from './tools.ts';

testConnector({ name: 'jira cloud simulator', connector: jira, world: jiraWorld('cloud') });
testConnector({ name: 'jira data center simulator', connector: jira, world: jiraWorld('data-center') });

const DANA = 'dana@acme.example';

describe.each(['cloud', 'data-center'] as const)('the Jira connector on the simulator (%s)', (deployment) => {
  const cloud = deployment === 'cloud';
  let sim: JiraSim;
  const clients: AccountHttpClient[] = [];

  beforeAll(async () => {
    sim = await startJira({ deployment, limits: 'off', validate: true });
  });
  afterEach(() => sim.control.clearFaults());
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await sim.stop();
  });

  const http = (hosts = [sim.url, sim.mediaUrl]): AccountHttpClient => {
    const client = createHttpClient({ allowPrivate: new Set(hosts.map((url) => new URL(url).host)), timeoutMs: 10_000, now: () => sim.control.now() });
    clients.push(client);
    return client;
  };
  const auth = (): JiraAuth => (cloud ? { kind: 'token', ...sim.credentials } : { kind: 'pat', token: sim.credentials.token });
  const open = (more: Partial<JiraSettings> = {}, deps: Partial<TrackerDeps> = {}): Tracker =>
    openJira(
      { url: sim.url, auth: auth(), attachmentMaxMb: 10, ...more },
      { http: http(), now: () => sim.control.now(), saveSettings: () => Promise.resolve(), ...deps },
    );
  const newIssue = (project = 'SUP'): string => sim.control.createIssue({ project, summary: 'Printer', description: 'It burns.' }, DANA).id;
  /** The requests that `work` made, as the simulator saw them. */
  const requests = async (work: () => Promise<unknown>): Promise<string[]> => {
    sim.control.clearRequests();
    await work();
    return sim.control.requests().map(({ method, path }) => `${method} ${path.replace(/^\/rest\/api\/[23]/, '').replace(/\?.*$/, '')}`);
  };
  const headers = (): Record<string, string> => ({
    authorization: cloud ? `Basic ${btoa(`${sim.credentials.email}:${sim.credentials.token}`)}` : `Bearer ${sim.credentials.token}`,
    accept: 'application/json',
  });
  /** What the API shows of a comment, beyond what the connector reads. */
  const rawComment = async (ref: string, id: string | null) => {
    const answer = await fetch(`${sim.url}/rest/api/${cloud ? 3 : 2}/issue/${ref}/comment/${id}?expand=properties`, { headers: headers() });
    return (await answer.json()) as { jsdPublic?: boolean; visibility?: { type: string; value: string }; properties?: { key: string; value: unknown }[] };
  };

  it('costs a fetch of one request, two for a change of fields, one for a comment, one more for all its files', async () => {
    const tracker = open();
    const ref = newIssue('DEV');
    const base = await see(tracker, ref);
    expect(await requests(() => see(tracker, ref))).toEqual([`GET /issue/${ref}`]);
    expect(await requests(() => tracker.apply(ref, base, { fields: { summary: 'On fire' }, known: {} }, call))).toEqual([
      `PUT /issue/${ref}`,
      `GET /issue/${ref}`,
    ]);
    expect(await requests(() => tracker.apply(ref, base, adding(docOf('Water!')), call))).toEqual([`POST /issue/${ref}/comment`]);
    const files = [upload('g:1', 'a.txt', 'a'), upload('g:2', 'b.txt', 'b')];
    expect(await requests(() => tracker.apply(ref, base, adding(docOf('See.'), files), call))).toEqual([
      `POST /issue/${ref}/attachments`,
      `POST /issue/${ref}/comment`,
    ]);
  });

  it('creates with three requests once it knows the project and what is there', async () => {
    const tracker = open();
    const draft = (n: number) => ({ scope: 'DEV', type: 'Task', fields: { summary: `Number ${n}`, description: docOf('New.') }, files: [] });
    await tracker.create(draft(1), 'marker:first', call);
    sim.control.advance(120_000);
    await tracker.create(draft(2), 'marker:second', call);
    const asked = await requests(() => tracker.create(draft(3), 'marker:third', call));
    const search = cloud ? 'POST /search/jql' : 'POST /search';
    expect(asked.filter((one) => one !== search)).toEqual(['POST /issue', expect.stringMatching(/^GET \/issue\/\d+$/)]);
    expect(asked.filter((one) => one === search).length).toBeLessThanOrEqual(cloud ? 2 : 1);
  });

  it('shows a picture in a text, and reads it back as a reference to the same file; other files stand at the comment’s end', async () => {
    const tracker = open();
    const ref = newIssue();
    const body: RichText = {
      type: 'root',
      children: [
        { type: 'paragraph', children: [{ type: 'text', value: 'Look:' }] },
        { type: 'paragraph', children: [{ type: 'attachmentRef', file: 'g:img', name: 'fire.png', inline: true }] },
      ],
    };
    const files = [upload('g:img', 'fire.png', 'png', 'image/png'), upload('g:log', 'fire.log', 'log')];
    const applied = await tracker.apply(ref, await see(tracker, ref), adding(body, files), call);
    const now = await see(tracker, ref);
    const [image, log] = applied.files.map(({ id }) => id);
    expect(filesIn(now.comments[0]?.body ?? docOf(''))).toEqual([image]);
    expect(now.files.map(({ id, name, comment }) => [id, name, comment])).toEqual([
      [image, 'fire.png', applied.comment],
      [log, 'fire.log', applied.comment],
    ]);
    const opened = await tracker.files?.open(ref, log ?? '', call);
    expect((await opened?.stream.toArray())?.join('')).toBe('log');
    // Another process knows it as well: the ids are Jira's.
    expect((await see(open(), ref)).comments[0]?.body).toEqual(now.comments[0]?.body);
  });

  it('keeps showing a comment’s files when its text is edited', async () => {
    const tracker = open();
    const ref = newIssue();
    const { comment, files } = await tracker.apply(ref, await see(tracker, ref), adding(docOf('See.'), [upload('g:1', 'a.txt', 'a')]), call);
    const base = await see(tracker, ref);
    await tracker.apply(ref, base, { comment: { do: 'edit', id: comment ?? '', body: docOf('Look here.') }, known: {} }, call);
    const now = await see(tracker, ref);
    expect(now.comments.map(({ body }) => plainText(body))).toEqual(['Look here.']);
    expect(now.files.map(({ id, comment: of }) => [id, of])).toEqual([[files[0]?.id, comment]]);
  });

  it('gives files of one name two names: a text of Data Center knows them by nothing else', async () => {
    const tracker = open();
    const ref = newIssue();
    const first = await tracker.apply(ref, await see(tracker, ref), adding(docOf('One.'), [upload('g:1', 'a.txt', '1')]), call);
    const second = await tracker.apply(ref, await see(tracker, ref), adding(docOf('Two.'), [upload('g:2', 'a.txt', '2')]), call);
    expect((await see(tracker, ref)).files.map(({ name, comment }) => [name, comment])).toEqual([
      ['a.txt', first.comment],
      ['a-2.txt', second.comment],
    ]);
  });

  it('writes an internal comment as an internal note of a service project, with its marker, in one writing request', async () => {
    const tracker = open();
    const ref = newIssue();
    const base = await see(tracker, ref);
    await tracker.apply(ref, base, adding(docOf('Warm up.'), [], false), call);
    let comment: string | null = null;
    const asked = await requests(async () => {
      ({ comment } = await tracker.apply(ref, base, adding(docOf('Between us.'), [], false), call));
    });
    // Data Center would not show that the issue has been moved out of its service project.
    expect(asked).toEqual([...(cloud ? [] : [`GET /issue/${ref}`]), `POST /issue/${ref}/comment`]);
    const raw = await rawComment(ref, comment);
    if (cloud) expect(raw.jsdPublic).toBe(false);
    expect(raw.properties).toContainEqual({ key: 'sd.public.comment', value: { internal: true } });
    expect((await see(tracker, ref)).comments.map(({ public: shown }) => shown)).toEqual([false, false]);
  });

  it('refuses an internal comment where the project has no notes, unless a role is named for them', async () => {
    const ref = newIssue('DEV');
    const tracker = open();
    const base = await see(tracker, ref);
    const error = await failure(tracker.apply(ref, base, adding(docOf('Between us.'), [], false), call));
    expect(error).toMatchObject({ kind: 'rejected', field: 'comment', message: expect.stringContaining('no internal notes') });
    expect((await see(tracker, ref)).comments).toEqual([]);
    const named = open({ internalRole: 'Administrators' });
    const { comment } = await named.apply(ref, base, adding(docOf('Between us.'), [], false), call);
    expect((await rawComment(ref, comment)).visibility).toMatchObject({ type: 'role', value: 'Administrators' });
    const now = await see(named, ref);
    expect(now.comments.map(({ public: shown }) => shown)).toEqual([false]);
    // Jira drops a restriction that an edit does not repeat.
    await named.apply(ref, now, { comment: { do: 'edit', id: comment ?? '', body: docOf('Still between us.') }, known: {} }, call);
    expect((await see(named, ref)).comments.map(({ body, public: shown }) => [plainText(body), shown])).toEqual([['Still between us.', false]]);
  });

  it('changes the status by the workflow’s steps, and names those that there are', async () => {
    const tracker = open();
    const ref = newIssue('DEV');
    const base = await see(tracker, ref);
    const { fields } = await tracker.describe('DEV', call);
    const choices = fields.find(({ name }) => name === 'status')?.choices ?? [];
    const wanted = choices.find((choice) => choice !== base.fields.status) ?? '';
    const steps = await fetch(`${sim.url}/rest/api/${cloud ? 3 : 2}/issue/${ref}/transitions`, { headers: headers() });
    const { transitions } = (await steps.json()) as { transitions: { to: { name: string } }[] };
    const next = transitions.find(({ to }) => to.name !== base.fields.status)?.to.name ?? wanted;
    await tracker.apply(ref, base, { fields: { status: next }, known: {} }, call);
    expect((await see(tracker, ref)).fields.status).toBe(next);
    const error = await failure(tracker.apply(ref, await see(tracker, ref), { fields: { status: 'Nowhere' }, known: {} }, call));
    expect(error).toMatchObject({ kind: 'rejected', field: 'status', inDoubt: false });
    expect(error.message).toMatch(/no step to “Nowhere”.*Steps lead to: /);
  });

  it('assigns people by their e-mail address, and says when nobody is called so', async () => {
    const tracker = open();
    const ref = newIssue('DEV');
    await tracker.apply(ref, await see(tracker, ref), { fields: { assignee: DANA }, known: {} }, call);
    const now = await see(tracker, ref);
    expect(now.fields.assignee).toBe(DANA);
    expect(await failure(tracker.apply(ref, now, { fields: { assignee: 'nobody@acme.example' }, known: {} }, call))).toMatchObject({
      kind: 'rejected',
      field: 'assignee',
    });
    await tracker.apply(ref, now, { fields: { assignee: null }, known: {} }, call);
    expect((await see(tracker, ref)).fields.assignee).toBeNull();
  });

  it('takes a missing issue for gone only when Jira’s own notice has said so', async () => {
    const tracker = open();
    const [told, silent] = [newIssue(), newIssue()];
    sim.control.deleteIssue(told, DANA);
    sim.control.deleteIssue(silent, DANA);
    tracker.webhook?.hints(Buffer.from(JSON.stringify({ webhookEvent: 'jira:issue_deleted', issue: { id: told } })));
    expect(await tracker.fetch(told, call)).toBe('gone');
    expect(await failure(tracker.fetch(silent, call))).toMatchObject({ kind: 'not-found' });
  });

  it('finds an issue by its key, in small letters too, and by its address', async () => {
    const tracker = open();
    const ref = newIssue();
    const { urn, url } = await see(tracker, ref);
    for (const typed of [urn.toLowerCase(), url, `${url}?focusedCommentId=1`, ref]) expect(await tracker.find(typed, call)).toBe(ref);
  });

  it('creates once although the answer got lost and the index does not show it yet, by another process as well', async () => {
    const draft = { scope: 'SUP', type: 'Bug', fields: { summary: 'Once', description: docOf('See the file.') }, files: [upload('g:1', 'a.txt', 'a')] };
    newIssue();
    sim.control.advance(120_000);
    sim.control.addFault({ kind: 'drop-after', method: 'POST', path: '/issue' });
    const lost = await failure(open().create(draft, 'marker:once', call));
    expect(lost).toMatchObject({ kind: 'unavailable', inDoubt: true });
    const { snapshot } = await open().create(draft, 'marker:once', call);
    expect(snapshot).toMatchObject({ marker: 'marker:once', type: 'Bug', byUs: true });
    expect(sim.control.issues().filter(({ fields }) => fields.summary === 'Once')).toHaveLength(1);
  });

  it('leaves an issue whose files could not be attached in doubt: it is there', async () => {
    const draft = { scope: 'SUP', type: 'Bug', fields: { summary: 'Half', description: docOf('See.') }, files: [upload('g:1', 'a.txt', 'a')] };
    sim.control.addFault({ kind: 'status', method: 'POST', path: '/attachments', status: 403, body: { errorMessages: ['No.'], errors: {} } });
    const tracker = open();
    expect(await failure(tracker.create(draft, 'marker:half', call))).toMatchObject({ kind: 'unavailable', inDoubt: true });
    expect((await tracker.create(draft, 'marker:half', call)).snapshot.fields.summary).toBe('Half');
  });

  it('takes files away again when their comment is refused', async () => {
    const tracker = open();
    const ref = newIssue();
    const base = await see(tracker, ref);
    sim.control.addFault({ kind: 'status', method: 'POST', path: '/comment', status: 403, body: { errorMessages: ['No.'], errors: {} } });
    const error = await failure(tracker.apply(ref, base, adding(docOf('See.'), [upload('g:1', 'a.txt', 'a')]), call));
    expect(error).toMatchObject({ kind: 'forbidden', inDoubt: false });
    expect((await see(tracker, ref)).files).toEqual([]);
  });

  it('rests when Jira refuses without saying for how long', async () => {
    const tracker = open();
    const ref = newIssue();
    sim.control.addFault({ kind: 'status', status: 429, body: { message: 'Rate limit exceeded.' }, headers: { 'ratelimit-reason': 'jira-burst-based' } });
    const error = await failure(tracker.check(call));
    expect(error.kind).toBe('rate-limited');
    expect((error.retryAt ?? 0) - sim.control.now()).toBeGreaterThan(20_000);
    sim.control.advance(60_000);
    await see(tracker, ref);
  });

  it('stops before Jira does at twenty changes of one issue in two seconds, for this issue only', async () => {
    const tracker = open();
    sim.control.freeze();
    try {
      const [busy, other] = [newIssue('DEV'), newIssue('DEV')];
      const base = await see(tracker, busy);
      const work = Promise.allSettled(Array.from({ length: 25 }, (_, i) => tracker.apply(busy, base, adding(docOf(`Number ${i}`)), call)));
      const timer = setInterval(() => sim.control.advance(500), 100);
      const refused = (await work).filter(({ status }) => status === 'rejected');
      clearInterval(timer);
      expect(refused).toEqual([]);
      await tracker.apply(other, await see(tracker, other), adding(docOf('Goes on.')), call);
      expect((await see(tracker, busy)).comments).toHaveLength(25);
    } finally {
      sim.control.thaw();
    }
  });

  it('knows an account that Jira treats as a visitor', async () => {
    const stranger = open({ auth: cloud ? { kind: 'token', email: sim.credentials.email, token: 'wrong' } : { kind: 'pat', token: 'wrong' } });
    for (const work of [() => stranger.check(call), () => stranger.fetch(newIssue(), call), () => stranger.changedSince(null, call)])
      expect(await failure(work())).toMatchObject({ kind: 'auth' });
    const tracker = open();
    const ref = newIssue();
    await see(tracker, ref);
    // Wrong credentials are answered like a visitor’s: with what is public, and a header.
    const visitor = { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' };
    sim.control.addFault({
      kind: 'status',
      status: 404,
      body: { errorMessages: ['Issue does not exist or you do not have permission to see it.'] },
      headers: visitor,
    });
    expect(await failure(tracker.fetch(ref, call))).toMatchObject({ kind: 'auth' });
  });

  it('lists each missing permission with what does not work without it', async () => {
    const { missing } = await open({ auth: cloud ? { kind: 'token', email: 'lee@acme.example', token: 'tok-lee' } : { kind: 'pat', token: 'tok-lee' } }).check(
      call,
    );
    expect(missing).toContainEqual({ permission: 'Administer Jira', consequence: expect.stringContaining('webhook') });
    expect((await open({ project: 'NOPE' }).check(call)).missing).toMatchObject([{ permission: 'Browse projects (NOPE)' }]);
  });

  it('registers one webhook, finds it again with what it remembers, and moves it when our address changes', async () => {
    const tracker = open();
    const list = async () => (await (await fetch(`${sim.url}/rest/webhooks/1.0/webhook`, { headers: headers() })).json()) as { url: string }[];
    const known = (await tracker.webhook?.register('http://127.0.0.1:9/hooks/1', {}, call)) ?? {};
    expect(known).toEqual({ id: expect.stringMatching(/^\d+$/), secret: expect.stringMatching(/^[0-9a-f]{48}$/) });
    expect(await tracker.webhook?.register('http://127.0.0.1:9/hooks/1', known, call)).toEqual(known);
    expect(await tracker.webhook?.register('http://127.0.0.1:9/hooks/2', known, call)).toEqual(known);
    expect((await list()).map(({ url }) => url)).toEqual(['http://127.0.0.1:9/hooks/2']);
  });

  it('names the field that Jira asks for and nobody has given', async () => {
    const draft = { scope: 'OPS', type: 'Change', fields: { summary: 'New router', description: docOf('Soon.') }, files: [] };
    const error = await failure(open().create(draft, 'marker:required', call));
    expect(error).toMatchObject({ kind: 'rejected', field: 'Impact', inDoubt: false });
    expect(error.message).toContain('Impact is required.');
    expect(sim.control.issues('OPS')).toEqual([]);
  });

  it('takes only steps that the workflow has, and begins where it begins', async () => {
    const tracker = open();
    const { snapshot } = await tracker.create({ scope: 'OPS', type: 'Task', fields: { summary: 'Patch', status: 'Done' }, files: [] }, 'marker:flow', call);
    expect(snapshot.fields.status).toBe('To Do');
    const error = await failure(tracker.apply(snapshot.ref, snapshot, { fields: { status: 'Done' }, known: {} }, call));
    expect(error).toMatchObject({ kind: 'rejected', field: 'status', message: expect.stringContaining('Steps lead to: In Progress.') });
    await tracker.apply(snapshot.ref, snapshot, { fields: { status: 'In Progress' }, known: {} }, call);
    expect((await see(tracker, snapshot.ref)).fields.status).toBe('In Progress');
  });

  it('keeps an issue that is moved to another project: the id stays, and its old key still finds it', async () => {
    const tracker = open();
    const ref = newIssue();
    const before = await see(tracker, ref);
    const key = sim.control.moveIssue(ref, 'DEV', DANA);
    const now = await see(tracker, ref);
    expect([now.urn, now.scope]).toEqual([key, 'DEV']);
    expect(now.version).not.toBe(before.version);
    for (const typed of [before.urn, before.url, key]) expect(await tracker.find(typed, call)).toBe(ref);
  });

  it('never takes an issue for gone that was only hidden', async () => {
    const tracker = open();
    const ref = newIssue();
    await see(tracker, ref);
    sim.control.setSecurity(ref, [DANA]);
    expect(await failure(tracker.fetch(ref, call))).toMatchObject({ kind: 'not-found' });
    sim.control.setSecurity(ref, null);
    await see(tracker, ref);
  });

  it('finds changes in whichever zone the account’s clock is, also after it was changed', async () => {
    const zones = ['Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kolkata'];
    const drain = async (tracker: Tracker, cursor: string) => {
      const found: string[] = [];
      for (let at = cursor; ; ) {
        const page = await tracker.changedSince(at, call);
        found.push(...page.items.map((item) => item.ref));
        at = page.cursor;
        if (!page.more) return { found, cursor: at };
      }
    };
    const tracker = open();
    let { cursor } = await drain(tracker, (await tracker.changedSince(null, call)).cursor);
    for (const zone of zones) {
      sim.control.setTimeZone(sim.credentials.email, zone);
      const ref = newIssue();
      // Long enough away that a wrong zone would hide it.
      sim.control.advance(30 * 60_000);
      const next = await drain(tracker, cursor);
      expect(next.found, zone).toContain(ref);
      cursor = next.cursor;
    }
    expect((await drain(tracker, cursor)).found, 'at rest').toEqual([]);
    sim.control.setTimeZone(sim.credentials.email, 'Europe/Berlin');
  });

  it('pings nobody: a mention is written as a name', async () => {
    const tracker = open();
    const ref = newIssue();
    const body: RichText = { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'mention', name: 'Dana Developer' }] }] };
    await tracker.apply(ref, await see(tracker, ref), adding(body), call);
    const raw = JSON.stringify(sim.control.comments(ref)[0]?.body);
    expect(raw).toContain('Dana Developer');
    expect(raw).not.toMatch(/"mention"|\[~/);
  });

  it('asks for files without credentials where they are not Jira’s own', async () => {
    const tracker = open();
    const ref = newIssue();
    const { files } = await tracker.apply(ref, await see(tracker, ref), adding(docOf('See.'), [upload('g:1', 'a.txt', 'content')]), call);
    const opened = await tracker.files?.open(ref, files[0]?.id ?? '', call);
    expect([opened?.type, opened?.size, (await opened?.stream.toArray())?.join('')]).toEqual(['text/plain', 7, 'content']);
    expect(sim.control.leaks()).toBe(0);
    if (!cloud) return;
    const walled = open({}, { http: http([sim.url]) });
    expect(await failure(walled.files?.open(ref, files[0]?.id ?? '', call) ?? Promise.resolve())).toMatchObject({ kind: 'forbidden' });
  });

  describe('at an address that is no Jira', () => {
    it.each([
      ['a web page', ((_, res) => res.end('<html>Hello</html>')) as RequestListener, /is not Jira/],
      ['another API', ((_, res) => res.end('{"ok":true}')) as RequestListener, /is not Jira/],
      ['a server without such a path', ((_, res) => res.writeHead(404).end('Not found')) as RequestListener, /is not Jira/],
      [
        'a redirect',
        ((_, res) => res.writeHead(301, { location: 'https://www.example.com/' }).end()) as RequestListener,
        /sends callers elsewhere \(www\.example\.com\)/,
      ],
    ])('%s is told apart', async (_name, listener, words) => {
      const server = createServer(listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const error = await failure(open({ url }, { http: http([url]) }).check(call));
      expect(error.kind).toBe('protocol');
      expect(error.message).toMatch(words);
      server.close();
      server.closeAllConnections();
    });
  });

  it('sends only what the vendor’s description allows', () => {
    const summary = sim.control.validation();
    if (!cloud) return expect(summary?.requests ?? 0).toBe(0);
    if (summary?.skipped) return console.warn(`not held against the vendor’s description: ${summary.skipped}`);
    expect(summary?.requests).toBeGreaterThan(100);
    // The description takes the form with files for a list.
    expect(sim.control.violations().filter(({ what, path }) => what === 'request' && !path.endsWith('/attachments'))).toEqual([]);
  });
});
