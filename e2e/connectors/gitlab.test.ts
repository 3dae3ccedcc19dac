import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GitlabSim, startGitlab } from '../../simulators/gitlab/gitlab.ts';
import { extractCommands } from '../../simulators/gitlab/quick-actions.ts';
import { referencesIn } from '../../simulators/gitlab/references.ts';
import { testConnector } from '../../src/connectors/conformance/index.ts';
import type { Tracker, Upload } from '../../src/connectors/connector.ts';
import { gitlab } from '../../src/connectors/gitlab/index.ts';
import type { GitlabSettings } from '../../src/connectors/gitlab/settings.ts';
import { writeText } from '../../src/connectors/gitlab/text.ts';
import { GitlabTracker } from '../../src/connectors/gitlab/tracker.ts';
import type { Snapshot } from '../../src/core/entity.ts';
import { anyDoc } from '../../src/core/rich-text/arbitrary-doc.ts';
import { docOf, plainText, type RichText } from '../../src/core/rich-text/index.ts';
import type { TrackerError } from '../../src/core/tracker-error.ts';
import type { CallContext } from '../../src/lib/http.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import { gitlabWorld } from '../worlds/gitlab.ts';

const world = gitlabWorld();
testConnector({ name: 'gitlab simulator', connector: gitlab, world });

describe('the GitLab connector on the simulator', () => {
  let sim: GitlabSim;
  const clients: AccountHttpClient[] = [];
  const call: CallContext = { signal: new AbortController().signal, priority: 'normal' };

  beforeAll(async () => {
    sim = await startGitlab();
  });
  afterEach(() => {
    sim.control.clearFaults();
    sim.control.setLimits('off');
    sim.control.setSettings({ webhookSigning: true, redirectDownloads: false, internalNotes: true });
    sim.control.setMember('acme/web', 'entente', 'maintainer');
    sim.control.references().length = 0;
    sim.control.commands().length = 0;
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await sim.stop();
  });

  const open = (more: Partial<GitlabSettings> = {}, now: () => number = () => sim.control.now()): Tracker => {
    const client = createHttpClient({ allowPrivate: new Set([sim.url, sim.site.storageUrl].map((url) => new URL(url).host)), timeoutMs: 2000, now });
    clients.push(client);
    const settings: GitlabSettings = { url: sim.url, token: sim.credentials.token, projects: 'acme/web', confidential: 'leave-out', ...more };
    return new GitlabTracker(settings, { http: client, now, saveSettings: () => Promise.resolve() });
  };
  const newIssue = (more: Record<string, unknown> = {}): { ref: string; urn: string } => {
    const made = sim.control.createIssue('acme/web', { title: 'Printer', description: 'It burns.', ...more }, 'nora');
    return { ref: `${made.project_id}:${made.iid}`, urn: made.references.full };
  };
  const see = async (tracker: Tracker, ref: string): Promise<Snapshot> => {
    const snapshot = await tracker.fetch(ref, call);
    if (snapshot === 'gone') throw new Error(`${ref} is gone`);
    return snapshot;
  };
  const failure = (work: Promise<unknown>): Promise<TrackerError> =>
    work.then(
      () => expect.unreachable('it should have failed'),
      (error) => error as TrackerError,
    );
  const upload = (key: string, name: string, content: string, type: string): Upload => ({
    key,
    name,
    type,
    size: Buffer.byteLength(content),
    open: () => Promise.resolve(Readable.from([Buffer.from(content)])),
  });
  const adding = (body: RichText, files: readonly Upload[] = [], isPublic = true) => ({
    comment: { do: 'add', body, public: isPublic, files, marker: `m:${Math.random()}` } as const,
    known: {},
  });
  const requests = async (work: () => Promise<unknown>): Promise<string[]> => {
    sim.control.clearRequests();
    await work();
    return sim.control.requests().map(({ method, path }) => `${method} ${path.replace(/^\/api\/v4\/projects\/\d+/, '')}`);
  };
  const para = (value: string): RichText['children'][number] => ({ type: 'paragraph', children: [{ type: 'text', value }] });

  describe('quick actions', () => {
    const ACTIONS = ['/close', '/label ~bug', '/title Hacked', '/confidential', '/assign @nora', '/CLOSE', '/close ', '/spend 1h', '/due 2026-01-01'];

    it('are carried out when a person writes them', async () => {
      const { urn } = newIssue();
      expect(sim.control.comment(urn, 'Done.\n/close\n/label ~bug', 'nora')).not.toBeNull();
      expect(sim.control.issue(urn)).toMatchObject({ state: 'closed', labels: ['bug'] });
      expect(sim.control.comment(urn, '/reopen', 'nora')).toBeNull();
      expect(sim.control.issue(urn)).toMatchObject({ state: 'opened' });
    });

    it('are words when they come from the other side: in paragraphs, after line ends, in code, in lists, in quotes, in new and edited texts', async () => {
      const tracker = open();
      const fence = '`'.repeat(4);
      const body: RichText = {
        type: 'root',
        children: [
          ...ACTIONS.map(para),
          { type: 'paragraph', children: ACTIONS.flatMap((value) => [{ type: 'break' } as const, { type: 'text', value } as const]) },
          { type: 'paragraph', children: [{ type: 'strong', children: [{ type: 'text', value: '/close' }] }] },
          { type: 'code', value: `a\n${ACTIONS.join('\n')}\nb` },
          { type: 'code', lang: 'md', value: `${fence}\n/close\n${fence}\n/close` },
          { type: 'blockquote', children: [para('/close')] },
          { type: 'list', ordered: false, children: [{ type: 'listItem', children: [para('/close'), { type: 'code', value: '/close' }] }] },
          { type: 'heading', depth: 2, children: [{ type: 'text', value: '/close' }] },
          { type: 'rawUnsupported', format: 'elsewhere', value: '', text: 'x\n/close' },
          { type: 'paragraph', children: [{ type: 'mention', name: 'x' }, { type: 'break' }, { type: 'text', value: '/close' }] },
        ],
      };
      const { snapshot } = await tracker.create({ scope: null, type: 'issue', fields: { summary: '/close', description: body }, files: [] }, 'quick:1', call);
      const { comment } = await tracker.apply(snapshot.ref, snapshot, adding(body), call);
      const now = await see(tracker, snapshot.ref);
      await tracker.apply(snapshot.ref, now, { comment: { do: 'edit', id: comment ?? '', body: docOf('/close\n\n/title x') }, known: {} }, call);
      await tracker.apply(snapshot.ref, now, { fields: { description: docOf('/close\n/label ~x') }, known: {} }, call);
      expect(sim.control.commands()).toEqual([]);
      const after = await see(tracker, snapshot.ref);
      expect(after.fields).toMatchObject({ summary: '/close', state: 'opened', labels: [] });
      expect(plainText(now.comments[0]?.body as RichText)).toBe(plainText(tracker.settleComment(body)));
      expect(plainText(now.comments[0]?.body as RichText).match(/\/close/gi)?.length).toBe(plainText(body).match(/\/close/gi)?.length);
      expect(plainText(after.comments[0]?.body as RichText)).toBe('/close\n\n/title x');
      expect(plainText(after.fields.description as RichText)).toBe('/close\n/label ~x');
    });

    it('are words in any document whatsoever, and so are references', () => {
      const signs = fc.constantFrom(
        '/close',
        '/label ~a',
        '#1',
        '!2',
        '@ada',
        '%v1',
        '$3',
        '&4',
        'GL-5',
        '~bug',
        'acme/web#6',
        '^alert#7',
        ':smile:',
        '[issue:8]',
        '[work_item:9]',
      );
      const hostile = fc.array(fc.array(fc.oneof(signs, fc.constantFrom(' ', '\n', '(', ')', '"', 'a', '`', '```', '> ', '- ', '\\', '**', '<b>'))), {
        maxLength: 6,
      });
      const nasty = hostile.map((parts): RichText => ({ type: 'root', children: parts.flatMap((part) => docOf(part.join('')).children) }));
      fc.assert(
        fc.property(fc.oneof(nasty, anyDoc), (doc) => {
          const text = writeText(doc, () => undefined, [], 'm:1#2');
          expect(extractCommands(text).commands).toEqual([]);
          expect(referencesIn(text, 'https://gitlab.invalid')).toEqual([]);
        }),
        { numRuns: Number(process.env.RICH_TEXT_RUNS ?? 500) },
      );
    });
  });

  it('refers to nobody and nothing: no names, issues, merge requests, labels, milestones, snippets or epics', async () => {
    const tracker = open();
    const { urn } = newIssue();
    const text = 'Thanks @ada, see #1, acme/web#1, !1, ~bug, ~"to do", %v1 and %"next one", $1, &1, GL-1, ^alert#1, :+1: and {+ this +}.';
    sim.control.comment(urn, text, 'nora');
    expect(new Set(sim.control.references().map(({ kind }) => kind))).toEqual(
      new Set(['user', 'issue', 'merge_request', 'label', 'milestone', 'snippet', 'epic']),
    );
    sim.control.references().length = 0;

    const other = newIssue();
    const table: RichText = {
      type: 'root',
      children: [
        para(text),
        { type: 'table', children: [{ type: 'tableRow', children: [{ type: 'tableCell', children: [{ type: 'text', value: text }] }] }] },
        { type: 'paragraph', children: [{ type: 'link', url: 'https://example.org/#1', children: [{ type: 'text', value: '@ada #1' }] }] },
        { type: 'paragraph', children: [{ type: 'mention', name: 'ada' }] },
      ],
    };
    const base = await see(tracker, other.ref);
    await tracker.apply(other.ref, base, adding(table), call);
    await tracker.apply(other.ref, base, { fields: { description: table }, known: {} }, call);
    expect(sim.control.references()).toEqual([]);
    expect(sim.control.systemNotes(newIssue().urn)).toEqual([]);
    const now = await see(tracker, other.ref);
    expect(plainText(now.comments[0]?.body as RichText)).toContain(text);
    expect(plainText(now.fields.description as RichText)).toContain(text);
  });

  it('refers to nobody and nothing in titles either, where GitLab looks too, and shows them as they were', async () => {
    const tracker = open();
    const { urn, ref } = newIssue();
    const summary = 'For @ada: #1, acme/web#1, !1, GL-1, [issue:1] and ada@example.org';
    sim.control.editIssue(urn, { title: summary }, 'nora');
    expect(new Set(sim.control.references().map(({ kind }) => kind))).toEqual(new Set(['user', 'issue', 'merge_request']));
    expect((await see(tracker, ref)).fields.summary, 'what people write').toBe(summary);
    sim.control.references().length = 0;
    const { snapshot } = await tracker.create({ scope: null, type: null, fields: { summary }, files: [] }, 'title:1', call);
    await tracker.apply(snapshot.ref, snapshot, { fields: { summary: `Again ${summary}` }, known: {} }, call);
    expect(sim.control.references()).toEqual([]);
    expect([snapshot.fields.summary, (await see(tracker, snapshot.ref)).fields.summary]).toEqual([summary, `Again ${summary}`]);
    const long = `${'#1 '.repeat(120)}`;
    await tracker.apply(snapshot.ref, snapshot, { fields: { summary: long }, known: {} }, call);
    expect((await see(tracker, snapshot.ref)).fields.summary).toBe(tracker.settle('summary', long));
  });

  describe('files', () => {
    it('stand in the text as images, and otherwise in a list at its end, which is no part of the text', async () => {
      const tracker = open();
      const { ref, urn } = newIssue();
      const body: RichText = {
        type: 'root',
        children: [
          {
            type: 'paragraph',
            children: [
              { type: 'text', value: 'Look: ' },
              { type: 'attachmentRef', file: 'g:img', name: 'fire 1.png', inline: true },
            ],
          },
        ],
      };
      const files = [upload('g:img', 'fire 1.png', 'png', 'image/png'), upload('g:log', 'fire [now] 👍.log', 'log', 'text/x-log')];
      const applied = await tracker.apply(ref, await see(tracker, ref), adding(body, files), call);
      const [note] = sim.control.comments(urn);
      expect(note?.body).toMatch(
        /^Look: !\[fire 1\.png\]\(\/uploads\/[0-9a-f]{32}\/fire_1\.png\)\n\n<!-- entente:files -->\n- \[fire \\\[now\\\] 👍\.log\]\(\/uploads\/[^)]+\.log\)\n\n<!-- entente:mark /,
      );
      const now = await see(tracker, ref);
      expect(plainText(now.comments[0]?.body as RichText)).toBe('Look: fire 1.png');
      expect(now.files.map(({ id, name, type, comment }) => [id, name, type, comment])).toEqual([
        [applied.files[0]?.id, 'fire 1.png', 'image/png', applied.comment],
        [applied.files[1]?.id, 'fire [now] 👍.log', 'text/plain', applied.comment],
      ]);
    });

    it('stay with a text that is written anew, even those that it no longer shows', async () => {
      const tracker = open();
      const draft = {
        scope: null,
        type: null,
        fields: { summary: 'With files', description: docOf('See.') },
        files: [upload('g:1', 'a.txt', 'a', 'text/plain')],
      };
      const { snapshot, files } = await tracker.create(draft, 'files:1', call);
      const base = await see(tracker, snapshot.ref);
      const image: RichText = { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'attachmentRef', file: 'x', name: 'a.txt' }] }] };
      await tracker.apply(base.ref, base, { fields: { description: image }, known: { x: { id: files[0]?.id ?? '', name: 'a.txt' } } }, call);
      const shown = await see(tracker, base.ref);
      expect([plainText(shown.fields.description as RichText), shown.files.map(({ name }) => name), shown.marker]).toEqual(['a.txt', ['a.txt'], 'files:1']);
      await tracker.apply(base.ref, shown, { fields: { description: docOf('Nothing to see.') }, known: {} }, call);
      const listed = await see(tracker, base.ref);
      expect([plainText(listed.fields.description as RichText), listed.files.map(({ name }) => name), listed.marker]).toEqual([
        'Nothing to see.',
        ['a.txt'],
        'files:1',
      ]);
    });

    it('are no files by names that every object has', async () => {
      const tracker = open();
      const { ref } = newIssue();
      const names = ['constructor', '__proto__', 'toString'];
      const body: RichText = { type: 'root', children: [{ type: 'paragraph', children: names.map((name) => ({ type: 'attachmentRef', file: name, name })) }] };
      await tracker.apply(ref, await see(tracker, ref), adding(body, [upload('g:1', 'a.constructor', 'a', 'text/plain')]), call);
      const { comments, files } = await see(tracker, ref);
      expect([plainText(comments[0]?.body ?? docOf('')), files.map(({ name, type }) => [name, type])]).toEqual([
        names.join(''),
        [['a.constructor', 'application/octet-stream']],
      ]);
    });

    it('what a person writes below the list stays text', async () => {
      const tracker = open();
      const { ref, urn } = newIssue();
      const applied = await tracker.apply(ref, await see(tracker, ref), adding(docOf('See.'), [upload('g:1', 'a.txt', 'a', 'text/plain')]), call);
      const [note] = sim.control.comments(urn);
      sim.control.editComment(urn, Number(applied.comment), `${note?.body}\n\nAnd one more thing.`, 'ada');
      const now = await see(tracker, ref);
      expect(plainText(now.comments[0]?.body as RichText)).toBe('See.\n\nAnd one more thing.');
      expect(now.files.map(({ name }) => name)).toEqual(['a.txt']);
      expect(now.comments[0]?.marker).not.toBeNull();
    });

    it('are known by every address that GitLab has had for them, and by no address of others', async () => {
      const tracker = open();
      const { ref, urn } = newIssue();
      const markdown = sim.control.attach('acme/web', 'a.png', Buffer.from('a').toString('base64'));
      const path = /\((.*)\)/.exec(markdown)?.[1] ?? '';
      const project = ref.split(':')[0];
      for (const address of [path, `/acme/web${path}`, `/-/project/${project}${path}`, `${sim.url}/acme/web${path}`, `${sim.url}/-/project/${project}${path}`])
        sim.control.comment(urn, `![a](${address})`, 'nora');
      for (const address of [`/acme/other${path}`, `https://elsewhere.example/acme/web${path}`, `/-/project/1${path}`])
        sim.control.comment(urn, `![b](${address})`, 'nora');
      const now = await see(tracker, ref);
      expect(now.files.map(({ id, name }) => [id, name])).toEqual([[path.replace('/uploads/', ''), 'a.png']]);
      expect(now.comments.filter(({ body }) => JSON.stringify(body).includes('attachmentRef'))).toHaveLength(5);
    });

    it('are fetched where GitLab sends us, and the token goes nowhere else', async () => {
      const tracker = open();
      const { ref } = newIssue();
      const { files } = await tracker.apply(ref, await see(tracker, ref), adding(docOf('See.'), [upload('g:1', 'ä b.txt', 'content', 'text/plain')]), call);
      for (const redirectDownloads of [false, true]) {
        sim.control.setSettings({ redirectDownloads });
        const opened = await tracker.files?.open(ref, files[0]?.id ?? '', call);
        expect([opened?.type, (await opened?.stream.toArray())?.join('')]).toEqual(['text/plain', 'content']);
      }
      expect(sim.control.leaks()).toBe(0);
    });
  });

  describe('confidential issues', () => {
    it('are left out by default: not in the feed, not in a sweep, not fetched, and never called gone', async () => {
      const tracker = open();
      const { cursor } = await tracker.changedSince(null, call);
      const secret = newIssue({ confidential: true });
      const usual = newIssue();
      const told = (await tracker.changedSince(cursor, call)).items.map(({ ref }) => ref);
      expect([told.includes(usual.ref), told.includes(secret.ref)]).toEqual([true, false]);
      expect((await tracker.sweep?.(null, call))?.items.map(({ ref }) => ref)).not.toContain(secret.ref);
      expect(await failure(tracker.fetch(secret.ref, call))).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('confidential') });
      expect(await failure(tracker.find(secret.urn, call))).toMatchObject({ kind: 'forbidden' });
    });

    it('that become confidential later stop being read', async () => {
      const tracker = open();
      const { ref, urn } = newIssue();
      await see(tracker, ref);
      sim.control.editIssue(urn, { confidential: true });
      expect(await failure(tracker.fetch(ref, call))).toMatchObject({ kind: 'forbidden' });
    });

    it('stay confidential whatever is written, where they are synchronised', async () => {
      const tracker = open({ confidential: 'include' });
      const { ref, urn } = newIssue({ confidential: true });
      const base = await see(tracker, ref);
      await tracker.apply(
        ref,
        base,
        { fields: { summary: 'New', description: docOf('New.'), labels: ['a'], state: 'closed' }, ...adding(docOf('Hello.')) },
        call,
      );
      expect(sim.control.issue(urn)).toMatchObject({ title: 'New', confidential: true, state: 'closed' });
      const { snapshot } = await tracker.create({ scope: null, type: null, fields: { summary: 'From outside' }, files: [] }, 'conf:1', call);
      expect(sim.control.issue(snapshot.urn).confidential).toBe(false);
    });

    it('are created where the settings say so', async () => {
      const tracker = open({ confidential: 'create' });
      const { snapshot } = await tracker.create({ scope: null, type: null, fields: { summary: 'From outside' }, files: [] }, 'conf:2', call);
      expect(sim.control.issue(snapshot.urn).confidential).toBe(true);
    });
  });

  it('an issue that is hidden from a guest is not found, never gone', async () => {
    const tracker = open({ confidential: 'include' });
    const { ref, urn } = newIssue({ confidential: true });
    const kept = newIssue();
    const hidden = sim.control.comment(kept.urn, 'Between us.', 'nora', true);
    sim.control.setMember('acme/web', 'entente', 'guest');
    expect(await failure(tracker.fetch(ref, call))).toMatchObject({ kind: 'not-found' });
    expect((await see(tracker, kept.ref)).comments).toEqual([]);
    expect(await tracker.confirmGone?.(kept.ref, 'comment', String(hidden), call)).toBe(false);
    sim.control.setMember('acme/web', 'entente', 'reporter');
    expect((await see(tracker, ref)).urn).toBe(urn);
    expect(await tracker.confirmGone?.(kept.ref, 'comment', '999999', call)).toBe(true);
  });

  it('an internal comment never stays where GitLab made it public', async () => {
    const tracker = open();
    const { ref, urn } = newIssue();
    const base = await see(tracker, ref);
    // It ignores a word that it does not know.
    sim.control.setSettings({ internalNotes: false });
    expect(await failure(tracker.apply(ref, base, adding(docOf('Between us.'), [], false), call))).toMatchObject({ kind: 'rejected', field: 'comment' });
    expect(sim.control.comments(urn)).toEqual([]);
    sim.control.fault({ kind: 'status', method: 'DELETE', status: 403, body: { message: '403 Forbidden' } });
    expect(await failure(tracker.apply(ref, base, adding(docOf('Between us.'), [], false), call)), 'and where it could not be taken back').toMatchObject({
      kind: 'unavailable',
      inDoubt: true,
    });
  });

  it('says after a part was written that it is in doubt, and until when to wait, whatever fails then', async () => {
    const tracker = open();
    const { ref } = newIssue();
    const base = await see(tracker, ref);
    const change = (summary: string) => tracker.apply(ref, base, { fields: { summary }, ...adding(docOf('And this.')) }, call);
    for (const [status, body, type] of [
      [200, '<!doctype html><title>Sign in</title>', 'text/html'],
      [200, {}],
      [200, null],
      [403, { message: '403 Forbidden' }],
      [401, { message: '401 Unauthorized' }],
      [404, { message: '404 Not found' }],
      [400, { message: 'note is invalid' }],
    ] as const) {
      sim.control.fault({ kind: 'status', method: 'POST', status, body, ...(type ? { type } : {}) });
      expect(await failure(change(`Part ${status}`)), JSON.stringify(body)).toMatchObject({ kind: 'unavailable', inDoubt: true });
    }
    sim.control.fault({ kind: 'status', method: 'POST', status: 429, body: 'Retry later', headers: { 'retry-after': '93' } });
    const limited = await failure(change('Limited'));
    expect(limited).toMatchObject({ kind: 'unavailable', inDoubt: true });
    expect(limited.retryAt).toBeGreaterThan(sim.control.now());
  });

  it('an answer to a write that is none of GitLab’s leaves it in doubt', async () => {
    const tracker = open();
    const { ref } = newIssue();
    const base = await see(tracker, ref);
    const draft = { scope: null, type: null, fields: { summary: 'X' }, files: [] };
    for (const [method, work] of [
      ['PUT', () => tracker.apply(ref, base, { fields: { summary: 'X' }, known: {} }, call)],
      ['POST', () => tracker.apply(ref, base, adding(docOf('X')), call)],
      ['POST', () => tracker.create(draft, 'doubt:1', call)],
    ] as const)
      for (const body of [{}, null, []]) {
        sim.control.fault({ kind: 'status', method, status: 200, body });
        expect(await failure(work()), `${method} ${JSON.stringify(body)}`).toMatchObject({ kind: 'protocol', inDoubt: true });
      }
  });

  it('a comment within a minute of another change is told when that minute is over', async () => {
    const tracker = open();
    sim.control.freeze();
    const { ref, urn } = newIssue();
    let { cursor } = await tracker.changedSince(null, call);
    const told = async () => {
      const page = await tracker.changedSince(cursor, call);
      ({ cursor } = page);
      return page.items.map((item) => item.ref).includes(ref);
    };
    expect(await told()).toBe(true);
    sim.control.advance(30_000);
    const before = sim.control.issue(urn).updated_at;
    sim.control.comment(urn, 'Within the minute.', 'nora');
    expect(sim.control.issue(urn).updated_at).toBe(before);
    sim.control.advance(40_000);
    expect(await told()).toBe(true);
    sim.control.advance(60_000);
    expect(await told()).toBe(false);
    sim.control.thaw();
  });

  it('comments of the history are no comments', async () => {
    const tracker = open();
    const { ref, urn } = newIssue();
    sim.control.editIssue(urn, { title: 'Changed', description: 'Changed.' }, 'nora');
    expect(sim.control.systemNotes(urn)).toHaveLength(2);
    expect((await see(tracker, ref)).comments).toEqual([]);
  });

  it('a marker that somebody else has copied is nobody’s', async () => {
    const tracker = open();
    const { snapshot } = await tracker.create({ scope: null, type: null, fields: { summary: 'Ours', description: docOf('Text.') }, files: [] }, 'copy:1', call);
    const copy = newIssue({ description: sim.control.issue(snapshot.urn).description });
    expect((await see(tracker, copy.ref)).marker).toBeNull();
    expect(plainText((await see(tracker, copy.ref)).fields.description as RichText)).toBe('Text.');
    expect((await tracker.findByMarker('copy:1', new Date(sim.control.now()).toISOString(), call))?.ref).toBe(snapshot.ref);
  });

  it('labels that a person put on meanwhile stay', async () => {
    const tracker = open();
    const { ref, urn } = newIssue({ labels: 'a,b' });
    const base = await see(tracker, ref);
    sim.control.editIssue(urn, { add_labels: 'theirs' }, 'nora');
    await tracker.apply(ref, base, { fields: { labels: ['b', 'c'] }, known: {} }, call);
    expect(sim.control.issue(urn).labels).toEqual(['b', 'c', 'theirs']);
    expect(await failure(tracker.apply(ref, base, { fields: { labels: ['x, y'] }, known: {} }, call))).toMatchObject({ kind: 'rejected', field: 'labels' });
  });

  it('what GitLab ignores without a word is rejected', async () => {
    const tracker = open();
    const made = (await tracker.create({ scope: null, type: null, fields: { summary: 'Ours' }, files: [] }, 'ignored:1', call)).snapshot;
    sim.control.setMember('acme/web', 'entente', 'guest');
    expect(await failure(tracker.apply(made.ref, made, { fields: { due_date: '2030-01-01' }, known: {} }, call))).toMatchObject({
      kind: 'rejected',
      field: 'due_date',
    });
    const both = { summary: 'Written', due_date: '2030-01-01' };
    expect(await failure(tracker.apply(made.ref, made, { fields: both, known: {} }, call))).toMatchObject({ kind: 'unavailable', inDoubt: true });
  });

  it('closed issues are created closed, with labels and a date', async () => {
    const tracker = open();
    const fields = { summary: 'Done', state: 'closed', labels: ['b', 'a'], due_date: '2030-01-01' };
    const { snapshot } = await tracker.create({ scope: null, type: 'task', fields, files: [] }, 'closed:1', call);
    expect(snapshot).toMatchObject({ type: 'task', fields: { state: 'closed', labels: ['a', 'b'], due_date: '2030-01-01' } });
    expect(await see(tracker, snapshot.ref)).toEqual(snapshot);
  });

  describe('webhooks', () => {
    const deliver = async (work: () => unknown) => {
      sim.control.clearDeliveries();
      work();
      await sim.control.settled();
      return sim.control.deliveries();
    };

    it('are registered in each project, for issues, comments and internal notes, and confidential issues only where they are synchronised', async () => {
      const url = 'http://127.0.0.1:1/hooks/1';
      const tracker = open({ projects: 'acme/web, acme/ops' });
      const known = (await tracker.webhook?.register(url, {}, call)) ?? {};
      expect(
        sim.control
          .hooks()
          .map(({ events }) => [
            events.issues_events,
            events.note_events,
            events.confidential_note_events,
            events.confidential_issues_events,
            events.push_events,
          ]),
      ).toEqual([
        [true, true, true, false, false],
        [true, true, true, false, false],
      ]);
      expect(await tracker.webhook?.register(url, known, call)).toEqual(known);
      expect(await requests(async () => tracker.webhook?.register(url, known, call))).toEqual(['GET /hooks', 'GET /hooks']);
      const moved = await tracker.webhook?.register('http://127.0.0.1:1/hooks/2', known, call);
      expect(moved).toEqual(known);
      expect(sim.control.hooks().map((hook) => hook.url)).toEqual(['http://127.0.0.1:1/hooks/2', 'http://127.0.0.1:1/hooks/2']);
      await open({ projects: 'acme/web', confidential: 'include' }).webhook?.register('http://127.0.0.1:1/hooks/2', known, call);
      expect(sim.control.hooks()[0]?.events.confidential_issues_events).toBe(true);
      sim.control.hooks().length = 0;
    });

    it('of a GitLab that does not sign are known by their secret token, and become signed when it does', async () => {
      sim.control.setSettings({ webhookSigning: false });
      const tracker = open();
      const url = 'http://127.0.0.1:1/hooks/1';
      const known = (await tracker.webhook?.register(url, {}, call)) ?? {};
      expect(known.key).toBeUndefined();
      const verify = (headers: Record<string, string>) => tracker.webhook?.verify({ headers, body: Buffer.from('{}') }, known, Date.now());
      expect(verify({ 'x-gitlab-token': known.token ?? '' })).toBe(true);
      expect([verify({ 'x-gitlab-token': `${known.token}x` }), verify({ 'x-gitlab-token': '' }), verify({})]).toEqual([false, false, false]);
      sim.control.setSettings({ webhookSigning: true });
      const signed = (await tracker.webhook?.register(url, known, call)) ?? {};
      expect(signed.key).toMatch(/^whsec_/);
      const unsigned = { headers: { 'x-gitlab-token': signed.token ?? '' }, body: Buffer.from('{}') };
      expect(tracker.webhook?.verify(unsigned, signed, Date.now()), 'the token alone, once there is a key').toBe(false);
      sim.control.hooks().length = 0;
    });

    it('that GitLab has given up are made anew', async () => {
      const tracker = open();
      const url = 'http://127.0.0.1:1/hooks/1';
      sim.control.setDeliveries({ retryDelaysMs: [] });
      const known = (await tracker.webhook?.register(url, {}, call)) ?? {};
      const { urn } = newIssue();
      for (let i = 0; i < 6; i += 1) await deliver(() => sim.control.editIssue(urn, { title: `T${i}` }));
      expect(sim.control.deliveries(), 'left out for a while').toEqual([]);
      for (let i = 0; i < 40; i += 1) {
        sim.control.advance(86_400_001);
        await deliver(() => sim.control.editIssue(urn, { title: `U${i}` }));
      }
      expect(sim.control.hooks()[0]?.disabled).toBe(true);
      const renewed = (await tracker.webhook?.register(url, known, call)) ?? {};
      expect(renewed).not.toEqual(known);
      expect(sim.control.hooks().map(({ disabled }) => disabled)).toEqual([false]);
      sim.control.hooks().length = 0;
    });

    it('name the issue of an issue’s, a task’s and a comment’s event, and nothing of other events', () => {
      const { webhook } = open();
      const hints = (event: unknown) => webhook?.hints(Buffer.from(JSON.stringify(event))).map(({ ref }) => ref);
      const object_attributes = { iid: 7, project_id: 5, id: 1 };
      expect(hints({ object_kind: 'issue', object_attributes })).toEqual(['5:7']);
      expect(hints({ object_kind: 'work_item', object_attributes })).toEqual(['5:7']);
      expect(hints({ object_kind: 'note', object_attributes: { id: 9, project_id: 5 }, issue: { iid: 8, project_id: 5 } })).toEqual(['5:8']);
      expect(hints({ object_kind: 'note', object_attributes: { id: 9 }, merge_request: { iid: 8 } })).toEqual([]);
      expect(hints({ object_kind: 'merge_request', object_attributes })).toEqual([]);
    });
  });

  it('keeps to three hundred comments a minute, and says when work goes on', async () => {
    const tracker = open();
    sim.control.setLimits({ notesPerMinute: 300 });
    const { ref } = newIssue();
    const base = await see(tracker, ref);
    const urgent = { ...call, priority: 'interactive' } as const;
    const results = await Promise.allSettled(Array.from({ length: 305 }, (_, i) => tracker.apply(ref, base, adding(docOf(`Number ${i}`)), urgent)));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as TrackerError] : []));
    expect(refused.map(({ kind }) => kind)).toEqual(refused.map(() => 'rate-limited'));
    expect(refused.length).toBe(5);
    expect(sim.control.requests().filter(({ status }) => status === 429)).toEqual([]);
  }, 60_000);

  it('costs two requests to look, and one for each thing that is written', async () => {
    const tracker = open();
    const { ref } = newIssue();
    const iid = ref.split(':')[1];
    const base = await see(tracker, ref);
    expect((await requests(() => see(tracker, ref))).sort()).toEqual([`GET /issues/${iid}`, `GET /issues/${iid}/notes`]);
    expect(await requests(() => tracker.apply(ref, base, { fields: { summary: 'A' }, known: {} }, call))).toEqual([`PUT /issues/${iid}`]);
    expect(await requests(() => tracker.apply(ref, base, adding(docOf('B'), [upload('g:1', 'a.txt', 'a', 'text/plain')]), call))).toEqual([
      'POST /uploads',
      `POST /issues/${iid}/notes`,
    ]);
    expect(await requests(() => tracker.create({ scope: null, type: null, fields: { summary: 'C' }, files: [] }, 'cost:1', call))).toEqual([
      'GET /issues',
      'GET /issues',
      'POST /issues',
    ]);
  });

  it('follows several projects, and knows nothing of others', async () => {
    const tracker = open({ projects: 'acme/web acme/ops' });
    let { cursor } = await tracker.changedSince(null, call);
    const here = newIssue();
    const there = sim.control.createIssue('acme/ops', { title: 'There' });
    const ref = `${there.project_id}:${there.iid}`;
    const page = await tracker.changedSince(cursor, call);
    ({ cursor } = page);
    expect(page.items.map((item) => item.ref)).toEqual(expect.arrayContaining([here.ref, ref]));
    expect(await tracker.find(`acme/ops#${there.iid}`, call)).toBe(ref);
    const only = open();
    for (const work of [only.fetch(ref, call), only.find(`acme/ops#${there.iid}`, call)])
      expect(await failure(work)).toMatchObject({ kind: 'not-found', message: expect.stringContaining('settings') });
    expect(await failure(only.create({ scope: String(there.project_id), type: null, fields: { summary: 'X' }, files: [] }, 'x:1', call))).toMatchObject({
      kind: 'rejected',
      field: 'scope',
    });
    // A project that is added later begins where the feed is then.
    const more = await tracker.changedSince((await only.changedSince(null, call)).cursor, call);
    expect(Object.keys((JSON.parse(more.cursor) as { projects: object }).projects)).toHaveLength(2);
  });

  it('goes on with the other projects when one is out of reach, misses nothing when it is back, and puts nothing elsewhere meanwhile', async () => {
    sim.control.addProject('acme/late', { entente: 'maintainer', ada: 'owner' });
    const tracker = open({ projects: 'acme/late, acme/web' });
    let { cursor } = await tracker.changedSince(null, call);
    sim.control.setMember('acme/late', 'entente', null);
    const missed = sim.control.createIssue('acme/late', { title: 'While nobody could see it' });
    const here = newIssue();
    sim.control.advance(400_000);
    const during = await tracker.changedSince(cursor, call);
    ({ cursor } = during);
    expect(during.items.map(({ ref }) => ref)).toContain(here.ref);
    expect((await see(tracker, here.ref)).ref).toBe(here.ref);
    const draft = { scope: null, type: null, fields: { summary: 'Where to?' }, files: [] };
    expect(await failure(tracker.create(draft, 'late:1', call))).toMatchObject({ kind: 'not-found', message: expect.stringContaining('acme/late') });
    sim.control.setMember('acme/late', 'entente', 'maintainer');
    sim.control.advance(400_000);
    expect((await tracker.changedSince(cursor, call)).items.map(({ ref }) => ref)).toContain(`${missed.project_id}:${missed.iid}`);
    sim.control.setMember('acme/late', 'entente', null);
    expect(await failure(open({ projects: 'acme/late' }).changedSince(null, call))).toMatchObject({ kind: 'not-found' });
  });

  it('skips nothing of many changes of one moment while others change', async () => {
    sim.control.freeze();
    const client = createHttpClient({ allowPrivate: new Set([new URL(sim.url).host]), now: () => sim.control.now() });
    clients.push(client);
    const settings: GitlabSettings = { url: sim.url, token: sim.credentials.token, projects: 'acme/web', confidential: 'leave-out' };
    const tracker = new GitlabTracker(settings, { http: client, now: () => sim.control.now(), saveSettings: () => Promise.resolve() }, 10);
    let { cursor } = await tracker.changedSince(null, call);
    sim.control.advance(100_000);
    const made = Array.from({ length: 45 }, () => newIssue());
    sim.control.advance(1000);
    const seen = new Set<string>();
    for (let page = 1, more = true; more && page < 100; page += 1) {
      const read = await tracker.changedSince(cursor, call);
      for (const { ref } of read.items) seen.add(ref);
      ({ cursor, more } = read);
      // Leaves the moment that is being gone through, so that the later pages move up.
      sim.control.advance(120_000);
      if (page % 2 === 0 && page < 12) for (const { urn } of made.slice(-page, -page + 2)) sim.control.editIssue(urn, { title: `Moved ${page}` });
    }
    expect(made.filter(({ ref }) => !seen.has(ref))).toEqual([]);
    sim.control.thaw();
  });

  it('check says what is missing, in words that an administrator knows', async () => {
    const missing = async (more: Partial<GitlabSettings> = {}) => (await open(more).check(call)).missing.map(({ permission }) => permission);
    expect(await missing()).toEqual([]);
    sim.control.setMember('acme/web', 'entente', 'reporter');
    expect(await missing()).toEqual(['Role Maintainer in acme/web']);
    sim.control.setMember('acme/web', 'entente', 'guest');
    expect(await missing()).toEqual(['Role Reporter or higher in acme/web']);
    expect(await missing({ projects: 'acme/nothing' })).toEqual(['Membership of acme/nothing']);
    sim.control.addToken('entente', { value: 'glpat-read', scopes: ['read_api'] });
    sim.control.setMember('acme/web', 'entente', 'maintainer');
    expect(await missing({ token: 'glpat-read' })).toEqual(['Scope “api” of the access token']);
    sim.control.addToken('entente', { value: 'oauth-1', kind: 'oauth' });
    expect(await missing({ token: 'oauth-1' })).toEqual([]);
    sim.control.revokeToken('glpat-read');
    expect(await failure(open({ token: 'glpat-read' }).check(call))).toMatchObject({ kind: 'auth', message: expect.stringContaining('revoked') });
  });

  it('settings take what people paste, and say what is wrong with them', () => {
    const wrong = gitlab.settings.safeParse({ url: 'gitlab.example', token: ' ', projects: ' , ' });
    expect(wrong.error?.issues.map(({ message }) => message)).toEqual([
      expect.stringContaining('https://gitlab.com'),
      expect.stringContaining('scope “api”'),
      expect.stringContaining('acme/web'),
    ]);
    expect(gitlab.settings.parse({ token: 't', projects: 'acme/web' })).toEqual({
      url: 'https://gitlab.com',
      token: 't',
      projects: 'acme/web',
      confidential: 'leave-out',
    });
  });
});
