import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GithubSim, startGithub } from '../../simulators/github/github.ts';
import { render } from '../../simulators/github/render.ts';
import { testConnector } from '../../src/connectors/conformance/index.ts';
import type { Change, ChangePage, Tracker, Upload } from '../../src/connectors/connector.ts';
import { github } from '../../src/connectors/github/index.ts';
import { writeText } from '../../src/connectors/github/text.ts';
import { GithubTracker } from '../../src/connectors/github/tracker.ts';
import type { Snapshot } from '../../src/core/entity.ts';
import { docOf, type Inline, plainText, type RichText } from '../../src/core/rich-text/index.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import { fakeLinks, githubWorld } from '../worlds/github.ts';
import { call, failure, see } from './tools.ts';

testConnector({ name: 'github simulator', connector: github, world: githubWorld({ files: true, as: 'token' }) });
testConnector({ name: 'github simulator, an App without file links', connector: github, world: githubWorld({ files: false, as: 'app' }) });

describe('the GitHub connector on the simulator', () => {
  let sim: GithubSim;
  const links = fakeLinks();
  const clients: AccountHttpClient[] = [];
  const HOUR = 3_600_000;

  beforeAll(async () => {
    sim = await startGithub({ limits: 'off', validate: true });
    sim.control.freeze();
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await sim.stop();
  });

  function open(more: Readonly<Record<string, unknown>> = {}, feedPage?: number): Tracker {
    const now = () => sim.control.now();
    const http = createHttpClient({ allowPrivate: new Set([sim.url, sim.contentUrl].map((url) => new URL(url).host)), now });
    clients.push(http);
    const given = { url: `${sim.url}/acme`, repositories: 'web', auth: { kind: 'token', token: sim.credentials.token }, ...more };
    return new GithubTracker(github.settings.parse(given), { http, now, fileLinks: links, saveSettings: () => Promise.resolve() }, feedPage);
  }
  const idOf = (name: string): number => sim.hub.repos.find((repo) => repo.name === name)?.id ?? 0;
  const make = (body = 'Words.', repo = 'acme/web') => {
    const { urn, number } = sim.control.createIssue(repo, { title: 'It burns', body }, 'nora');
    return { urn, number, ref: `${idOf(repo.split('/')[1] ?? '')}:${number}` };
  };
  const change = (tracker: Tracker, base: Snapshot, given: Partial<Change>) => tracker.apply(base.ref, base, { known: {}, ...given }, call);
  const add = (body: RichText, files: readonly Upload[] = [], marker = 'a:1:2 b') => ({ do: 'add', body, public: true, files, marker }) as const;
  const file = (name: string): Upload =>
    links.give({ key: `gid:${name}`, name, type: 'text/plain', size: 1, open: () => Promise.reject(new Error('Not opened.')) });
  async function drain(tracker: Tracker, from: string): Promise<{ items: ChangePage['items'][number][]; cursor: string }> {
    const items: ChangePage['items'][number][] = [];
    for (let cursor = from, pages = 0; pages < 100; pages += 1) {
      const page = await tracker.changedSince(cursor, call);
      items.push(...page.items);
      cursor = page.cursor;
      if (!page.more) return { items, cursor };
    }
    throw new Error('The feed does not end.');
  }
  const comments = (urn: string) => sim.control.comments(urn).map(({ body }) => body ?? '');

  it('leaves pull requests out everywhere, unless the settings say otherwise', async () => {
    const [tracker, all] = [open(), open({ pullRequests: true })];
    const cursors = await Promise.all([tracker, all].map(async (one) => (await one.changedSince(null, call)).cursor));
    const { urn, number, html_url } = sim.control.createPull('acme/web', { title: 'Put it out', body: 'By water.' }, 'nora');
    sim.control.comment(urn, 'Looks good.', 'ada');
    const ref = `${idOf('web')}:${number}`;
    expect((await drain(tracker, cursors[0] ?? '')).items.map((item) => item.ref)).not.toContain(ref);
    expect((await drain(all, cursors[1] ?? '')).items.map((item) => item.ref)).toContain(ref);
    expect((await failure(tracker.fetch(ref, call))).kind).toBe('not-found');
    expect((await failure(tracker.find(html_url, call))).message).toContain('is a pull request');
    expect((await see(all, ref)).fields.summary).toBe('Put it out');
    const body = Buffer.from(JSON.stringify({ repository: { id: idOf('web') }, issue: { number, pull_request: {} } }));
    expect([tracker, all].map((one) => one.webhook?.hints(body).length)).toEqual([0, 1]);
  });

  it('follows an issue that is transferred within its repositories, under the ref that it had', async () => {
    const tracker = open({ repositories: 'web, ops' });
    const { urn, ref } = make();
    sim.control.comment(urn, 'Still here.', 'nora');
    const { cursor } = await drain(tracker, (await tracker.changedSince(null, call)).cursor);
    const now = sim.control.transferIssue(urn, 'acme/ops', 'ada');
    const moved = await see(tracker, ref);
    expect(moved).toMatchObject({ ref, urn: now, scope: String(idOf('ops')) });
    expect(moved.comments.map(({ body }) => plainText(body))).toEqual(['Still here.']);
    await change(tracker, moved, { fields: { summary: 'Moved' }, comment: add(docOf('Found you.')) });
    expect(sim.control.issue(now).title).toBe('Moved');
    expect(comments(now)).toHaveLength(2);
    sim.control.advance(5000);
    const { items } = await drain(tracker, cursor);
    expect(items.map((item) => item.ref)).toContain(ref);
    expect(await tracker.find(now, call)).toBe(ref);
  });

  it('says where an issue went that was transferred out of its repositories', async () => {
    const { urn, ref } = make();
    sim.control.transferIssue(urn, 'acme/ops', 'ada');
    expect(await failure(open().fetch(ref, call))).toMatchObject({ kind: 'not-found', message: expect.stringContaining('was transferred to acme/ops') });
  });

  it('knows a repository that was renamed', async () => {
    sim.control.addRepo('acme/old');
    const tracker = open({ repositories: 'old' });
    const { ref } = make('Words.', 'acme/old');
    await see(tracker, ref);
    sim.control.renameRepo('acme/old', 'new');
    expect((await see(tracker, ref)).urn).toBe('acme/new#1');
    const fresh = open({ repositories: 'old' });
    await change(fresh, await see(fresh, ref), { comment: add(docOf('Hello.')) });
    expect(comments('acme/new#1')).toHaveLength(1);
  });

  it('takes no issue for deleted where issues are switched off', async () => {
    sim.control.addRepo('acme/off');
    const tracker = open({ repositories: 'off' });
    const { ref } = make('Words.', 'acme/off');
    sim.control.disableIssues('acme/off');
    expect(await failure(tracker.fetch(ref, call))).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('switched off') });
  });

  it('pings nobody and refers to no issue, whatever the other side writes', async () => {
    const tracker = open();
    const { number } = make('To be referred to.');
    const { urn, ref } = make();
    const said = `Ask @nora, @acme/support: see #${number}, GH-${number}, acme/web#${number} and (#${number}).`;
    sim.control.clearPings();
    const base = await see(tracker, ref);
    await change(tracker, base, { fields: { description: docOf(said), summary: 'For @nora #1' }, comment: add(docOf(said)) });
    expect(sim.control.pings()).toEqual([]);
    const now = await see(tracker, ref);
    expect([now.fields.description as RichText, now.comments[0]?.body ?? docOf('')].map(plainText)).toEqual([said, said]);
    expect(now.fields.summary).toBe('For @nora #1');
    // What people write themselves does.
    sim.control.comment(urn, said, 'tomas');
    expect(new Set(sim.control.pings().map(({ kind }) => kind))).toEqual(new Set(['mention', 'reference']));
  });

  it('pings nobody and refers to no issue with any document whatsoever', () => {
    for (let n = 0; n < 12; n += 1) make();
    const repo = sim.hub.repos.find(({ name }) => name === 'web');
    if (!repo) throw new Error('There is no repository.');
    const parts = [
      '#1',
      '@nora',
      'GH-1',
      'GH-',
      '#',
      '@',
      '1',
      'nora',
      'acme/web',
      'acme/web#1',
      '/',
      '-',
      '\n',
      ' ',
      '(',
      '`',
      '> ',
      '\\',
      '**',
      '\u2060',
      '_',
    ];
    const words = fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 4 }).map((all) => all.join(''));
    const leaf: fc.Arbitrary<Inline> = fc.oneof(
      words.map((value): Inline => ({ type: 'text', value })),
      words.map((name): Inline => ({ type: 'mention', name })),
      words.map((name): Inline => ({ type: 'attachmentRef', file: 'elsewhere', name })),
      words.map((name): Inline => ({ type: 'attachmentRef', file: 'here', name })),
      words.map((text): Inline => ({ type: 'rawUnsupported', format: 'adf', value: '', text })),
    );
    const strong = fc.array(leaf, { minLength: 1, maxLength: 2 }).map((children): Inline => ({ type: 'strong', children }));
    const paragraph = fc.array(fc.oneof(leaf, leaf, strong), { minLength: 1, maxLength: 4 }).map((children) => ({ type: 'paragraph', children }) as const);
    const hostile = fc.array(paragraph, { minLength: 1, maxLength: 3 }).map((children): RichText => ({ type: 'root', children }));
    const here = { url: 'https://node.example/files/1', name: '@nora #1' };
    fc.assert(
      fc.property(hostile, (doc) => {
        const text = writeText(doc, (id) => (id === 'here' ? here : undefined), [here], 'm:1');
        expect(render(sim.hub, repo, text).targets, text).toEqual([]);
      }),
      { numRuns: Number(process.env.RICH_TEXT_RUNS ?? 300) },
    );
  });

  it('hides its marker from readers, and believes it only in texts of its own account', async () => {
    const tracker = open();
    const { snapshot } = await tracker.create(
      { scope: null, type: null, fields: { summary: 'Ours', description: docOf('Seen.') }, files: [] },
      'twin#a--b:1',
      call,
    );
    const source = sim.control.issue(snapshot.urn).body ?? '';
    expect(sim.control.render('acme/web', source)).not.toContain('entente');
    expect([snapshot.marker, plainText(snapshot.fields.description as RichText)]).toEqual(['twin#a--b:1', 'Seen.']);
    const copy = make(source);
    const seen = await see(tracker, copy.ref);
    expect([seen.marker, plainText(seen.fields.description as RichText)]).toEqual([null, 'Seen.']);
    expect((await tracker.findByMarker('twin#a--b:1', new Date(sim.control.now() - HOUR).toISOString(), call))?.ref).toBe(snapshot.ref);
  });

  it('finds its marker by the search when a hundred newer issues hide it', async () => {
    sim.control.addRepo('acme/busy');
    const tracker = open({ repositories: 'busy' });
    const draft = { scope: null, type: null, fields: { summary: 'First' }, files: [] };
    const { snapshot } = await tracker.create(draft, 'marker:1', call);
    for (let n = 0; n < 101; n += 1) sim.control.createIssue('acme/busy', { title: `Newer ${n}` }, sim.credentials.login);
    sim.control.advance(HOUR);
    const swept = new Set<string>();
    sim.control.setSettings({ pagedIssues: 50 });
    const sweeping = open({ repositories: 'busy' });
    for (let at: string | null = null, more = true; more; ) {
      const page: ChangePage = (await sweeping.sweep?.(at, call)) ?? { items: [], cursor: '', more: false };
      for (const item of page.items) swept.add(item.ref);
      [at, more] = [page.cursor, page.more];
    }
    sim.control.setSettings({ pagedIssues: 1000 });
    expect(swept.size).toBe(102);
    const again = await open({ repositories: 'busy' }).create(draft, 'marker:1', call);
    expect(again.snapshot.ref).toBe(snapshot.ref);
  });

  it('keeps the list of files and the marker of a text that is written anew, and what people write below them', async () => {
    const tracker = open();
    const fields = { summary: 'With files', description: docOf('Before.') };
    const { snapshot } = await tracker.create({ scope: null, type: null, fields, files: [file('a (1).txt'), file('b.txt')] }, 'kept:1', call);
    expect(snapshot.files.map(({ name, comment }) => [name, comment])).toEqual([
      ['a (1).txt', null],
      ['b.txt', null],
    ]);
    sim.control.editIssue(snapshot.urn, { body: `${sim.control.issue(snapshot.urn).body}\n\nAnd *more*.` }, 'ada');
    const edited = await see(tracker, snapshot.ref);
    expect(plainText(edited.fields.description as RichText)).toBe('Before.\n\nAnd more.');
    await change(tracker, edited, { fields: { description: docOf('After.') } });
    const now = await see(tracker, snapshot.ref);
    expect([now.marker, plainText(now.fields.description as RichText), now.files.map(({ id }) => id)]).toEqual([
      'kept:1',
      'After.',
      snapshot.files.map(({ id }) => id),
    ]);
    const { comment } = await change(tracker, now, { comment: add(docOf('See.'), [file('c.txt')]) });
    const said = await see(tracker, snapshot.ref);
    await change(tracker, said, { comment: { do: 'edit', id: comment ?? '', body: docOf('Look.') } });
    const after = await see(tracker, snapshot.ref);
    expect(after.comments.map(({ body, marker }) => [plainText(body), marker])).toEqual([['Look.', 'a:1:2 b']]);
    expect(after.files.find(({ name }) => name === 'c.txt')?.comment).toBe(comment);
  });

  it('takes names that every object has for names of files, and of no file', async () => {
    const tracker = open();
    const { ref } = make();
    const names = ['constructor', '__proto__', 'toString'];
    const body: RichText = { type: 'root', children: [{ type: 'paragraph', children: names.map((name) => ({ type: 'attachmentRef', file: name, name })) }] };
    await change(tracker, await see(tracker, ref), { comment: add(body, [file('a.constructor'), file('b.__proto__')]) });
    const { comments: said, files } = await see(tracker, ref);
    expect(plainText(said[0]?.body ?? docOf(''))).toBe(names.join(''));
    expect(files.map(({ name, type }) => [name, type])).toEqual([
      ['a.constructor', 'application/octet-stream'],
      ['b.__proto__', 'application/octet-stream'],
    ]);
  });

  it('reads pictures and files that people paste into private repositories, without giving its credentials away', async () => {
    const tracker = open({ auth: { kind: 'token', token: sim.credentials.classicToken } });
    const { urn, ref } = make();
    const attach = (name: string, type: string) => sim.control.attach('acme/web', { name, type, content: Buffer.from(name).toString('base64') }).markdown;
    sim.control.comment(urn, `See ${attach('Screen shot.png', 'image/png')}\n\n${attach('server.log', 'text/plain')}\n`, 'nora');
    const { files, comments: said } = await see(tracker, ref);
    expect(files.map(({ name, type, comment }) => [name, type, comment])).toEqual([
      ['Screen shot.png', 'image/png', said[0]?.id],
      ['server.log', 'text/plain', said[0]?.id],
    ]);
    expect(plainText(said[0]?.body ?? docOf(''))).toBe('See Screen shot');
    for (const { id, name } of files) {
      const chunks: Buffer[] = [];
      for await (const chunk of (await tracker.files?.open(ref, id, call))?.stream ?? []) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toBe(name);
    }
    expect(sim.control.leaks()).toBe(0);
  });

  it('opens a private picture by the address that GitHub shows it under, where its own is for browsers only; another file stays a link', async () => {
    sim.control.setSettings({ filesForAllTokens: false });
    const tracker = open();
    const attach = (name: string, type: string) => sim.control.attach('acme/web', { name, type, content: Buffer.from(name).toString('base64') });
    const [shot, log] = [attach('shot.png', 'image/png'), attach('server.log', 'text/plain')];
    const { ref } = make(`${shot.markdown}\n\n${log.markdown}`);
    const { files, fields } = await see(tracker, ref);
    expect(files.map(({ name, type }) => [name, type])).toEqual([['shot.png', 'image/png']]);
    expect(JSON.stringify(fields.description)).toContain(JSON.stringify({ type: 'link', url: log.url, children: [{ type: 'text', value: 'server.log' }] }));
    const opened = await tracker.files?.open(ref, shot.url, call);
    const chunks: Buffer[] = [];
    for await (const chunk of opened?.stream ?? []) chunks.push(chunk as Buffer);
    sim.control.setSettings({ filesForAllTokens: true });
    expect(Buffer.concat(chunks).toString()).toBe('shot.png');
    expect(sim.control.leaks()).toBe(0);
  });

  it('shows edited comments of several repositories, and a deleted one when a sweep looks or the webhook tells', async () => {
    const tracker = open({ repositories: 'web, docs' });
    const [one, two] = [make('One.', 'acme/web'), make('Two.', 'acme/docs')];
    const ids = [one, two].map(({ urn }) => sim.control.comment(urn, 'Before.', 'nora'));
    sim.control.advance(HOUR);
    const { cursor } = await drain(tracker, (await drain(tracker, (await tracker.changedSince(null, call)).cursor)).cursor);
    for (const [n, { urn }] of [one, two].entries()) sim.control.editComment(urn, ids[n] ?? 0, 'After.', 'nora');
    sim.control.advance(5000);
    const refs = (await drain(tracker, cursor)).items.map((item) => item.ref);
    expect(new Set(refs)).toEqual(new Set([one.ref, two.ref]));
    const body = Buffer.from(JSON.stringify({ action: 'deleted', repository: { id: idOf('docs') }, issue: { number: two.number }, comment: { id: ids[1] } }));
    expect(tracker.webhook?.hints(body)).toEqual([{ ref: two.ref, version: null }]);
    const swept: string[] = [];
    for (let at: string | null = null, more = true; more; ) {
      const page: ChangePage = (await tracker.sweep?.(at, call)) ?? { items: [], cursor: '', more: false };
      swept.push(...page.items.map((item) => item.ref));
      [at, more] = [page.cursor, page.more];
    }
    expect(swept).toEqual(expect.arrayContaining([one.ref, two.ref]));
  });

  it('tells every one of more changes in one second than a page holds, also when some change again while it reads', async () => {
    sim.control.addRepo('acme/burst');
    const tracker = open({ repositories: 'burst' }, 3);
    const { cursor } = await tracker.changedSince(null, call);
    const made = Array.from({ length: 11 }, () => make('Words.', 'acme/burst'));
    sim.control.advance(HOUR);
    const told = new Set<string>();
    let at = cursor;
    for (let pages = 0, more = true; more && pages < 60; pages += 1) {
      const page = await tracker.changedSince(at, call);
      for (const item of page.items) told.add(item.ref);
      [at, more] = [page.cursor, page.more];
      // Those behind it move up on the pages.
      if (pages < 3) sim.control.editIssue(made[pages]?.urn ?? '', { title: `Again ${pages}` }, 'nora');
    }
    expect(told).toEqual(new Set(made.map(({ ref }) => ref)));
    const rest = await drain(tracker, at);
    sim.control.advance(HOUR);
    const last = await drain(tracker, (await drain(tracker, rest.cursor)).cursor);
    expect(last.items).toEqual([]);
  });

  it('asks in vain without using up the limit of an hour', async () => {
    sim.control.addRepo('acme/quiet');
    const tracker = open({ repositories: 'quiet' });
    const { ref, urn } = make('Words.', 'acme/quiet');
    const { cursor } = await drain(tracker, (await tracker.changedSince(null, call)).cursor);
    sim.control.advance(HOUR);
    const { cursor: rest } = await drain(tracker, (await drain(tracker, (await drain(tracker, cursor)).cursor)).cursor);
    sim.control.clearRequests();
    const again = await drain(tracker, (await drain(tracker, rest)).cursor);
    expect(again.items).toEqual([]);
    const statuses = sim.control
      .requests()
      .filter(({ path }) => path.includes('/issues'))
      .map(({ status }) => status);
    expect(statuses.slice(-2)).toEqual([304, 304]);
    sim.control.editIssue(urn, { title: 'Loud' }, 'nora');
    sim.control.advance(5000);
    expect((await drain(tracker, again.cursor)).items.map((item) => item.ref)).toEqual([ref]);
  });

  it('gives a closed issue another reason, which GitHub takes only with a change of state', async () => {
    const tracker = open();
    const { urn, ref } = make();
    for (const state of ['completed', 'not_planned', 'duplicate', 'open', 'duplicate']) {
      await change(tracker, await see(tracker, ref), { fields: { state } });
      expect((await see(tracker, ref)).fields.state).toBe(state);
    }
    expect(sim.control.issue(urn)).toMatchObject({ state: 'closed', state_reason: 'duplicate' });
  });

  it('rests until the time that GitHub names, also when the limit comes as a 403', async () => {
    const tracker = open();
    const { ref } = make();
    await see(tracker, ref);
    const reset = Math.floor(sim.control.now() / 1000) + 900;
    const primary = { message: 'API rate limit exceeded for user ID 1.', status: '403' };
    sim.control.fault({
      kind: 'status',
      status: 403,
      body: primary,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-limit': '5000', 'x-ratelimit-reset': String(reset) },
    });
    expect(await failure(open().fetch(ref, call))).toMatchObject({ kind: 'rate-limited', retryAt: reset * 1000 });
    sim.control.fault({ kind: 'status', status: 403, body: { message: 'You have exceeded a secondary rate limit.' } });
    expect(await failure(tracker.fetch(ref, call))).toMatchObject({ kind: 'rate-limited', retryAt: sim.control.now() + 60_000 });
    sim.control.clearFaults();
  });

  it('says that a write is in doubt whose answer is none of GitHub’s, and when anything fails after a part was written', async () => {
    const tracker = open();
    const { ref } = make();
    const base = await see(tracker, ref);
    const draft = { scope: null, type: null, fields: { summary: 'X' }, files: [] };
    for (const [method, work] of [
      ['PATCH', () => change(tracker, base, { fields: { summary: 'X' } })],
      ['POST', () => change(tracker, base, { comment: add(docOf('X')) })],
      ['POST', () => tracker.create(draft, 'doubt:1', call)],
    ] as const)
      for (const body of [{}, null, []]) {
        sim.control.fault({ kind: 'status', method, status: 200, body });
        expect(await failure(work()), `${method} ${JSON.stringify(body)}`).toMatchObject({ kind: 'protocol', inDoubt: true });
      }
    for (const [status, body] of [
      [201, {}],
      [403, { message: 'Resource not accessible by integration' }],
      [403, { message: 'You have exceeded a secondary rate limit.' }],
      [404, { message: 'Not Found' }],
      [410, { message: 'This issue was deleted' }],
      [422, { message: 'Validation Failed' }],
    ] as const) {
      sim.control.fault({ kind: 'status', method: 'POST', status, body });
      const error = await failure(change(tracker, base, { fields: { summary: `X ${status}` }, comment: add(docOf('X')) }));
      expect(error, JSON.stringify(body)).toMatchObject({ kind: 'unavailable', inDoubt: true });
    }
    sim.control.clearFaults();
  });

  it('works with all repositories that it is given at the owner, and needs to be told in which to create', async () => {
    const tracker = open({ repositories: '' });
    const { scopes } = await tracker.describe(null, call);
    expect(scopes.map(({ name }) => name)).toEqual(expect.arrayContaining(['acme/web', 'acme/ops', 'acme/docs']));
    expect(scopes.map(({ name }) => name)).not.toContain('acme/off');
    const draft = { scope: null, type: null, fields: { summary: 'Where?' }, files: [] };
    expect(await failure(tracker.create(draft, 'm:1', call))).toMatchObject({ kind: 'rejected', field: 'scope' });
    expect((await tracker.create({ ...draft, scope: 'acme/docs' }, 'm:1', call)).snapshot.scope).toBe(String(idOf('docs')));
    expect((await failure(open({ repositories: 'nowhere' }).fetch('1:1', call))).kind).toBe('not-found');
    const { missing } = await open({ repositories: 'nowhere' }).check(call);
    expect(missing.map(({ permission }) => permission)).toEqual(['Access to acme/nowhere']);
  });

  it('signs in as an App again when its hour is over, and says when it is shut out', async () => {
    const auth = { kind: 'app', appId: String(sim.app.id), privateKey: sim.app.privateKey };
    const tracker = open({ auth });
    const { ref } = make();
    expect((await see(tracker, ref)).byUs).toBe(false);
    sim.control.advance(2 * HOUR);
    await change(tracker, await see(tracker, ref), { comment: add(docOf('From the App.')) });
    expect((await see(tracker, ref)).comments[0]).toMatchObject({ author: 'entente[bot]', byUs: true });
    const { missing } = await tracker.check(call);
    expect(missing.map(({ permission }) => permission)).toEqual(['Webhooks: read and write']);
    sim.control.setInstallation({ suspended: true });
    sim.control.advance(2 * HOUR);
    expect((await failure(tracker.fetch(ref, call))).kind).toBe('auth');
    sim.control.setInstallation({ suspended: false });
    expect((await see(tracker, ref)).ref).toBe(ref);
    const elsewhere = open({ url: `${sim.url}/globex`, auth });
    expect(await failure(elsewhere.check(call))).toMatchObject({ kind: 'auth', message: expect.stringContaining('is not installed at globex') });
  });
});
