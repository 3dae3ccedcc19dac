import { describe, expect, it } from 'vitest';
import { testConnector } from '../../src/connectors/conformance/index.ts';
import { gitlab } from '../../src/connectors/gitlab/index.ts';
import type { GitlabSettings } from '../../src/connectors/gitlab/settings.ts';
import { docOf, plainText, type RichText } from '../../src/core/rich-text/index.ts';
import type { TrackerError } from '../../src/core/tracker-error.ts';
import { gitlabWorld } from '../worlds/gitlab.ts';
import { simulated } from './gitlab/simulated.ts';
import { adding, call, failure, see, upload } from './tools.ts';

const world = gitlabWorld();
testConnector({ name: 'gitlab simulator', connector: gitlab, world });

describe('the GitLab connector on the simulator', () => {
  const { at, open, newIssue, requests } = simulated();

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
      at().control.editIssue(urn, { confidential: true });
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
      expect(at().control.issue(urn)).toMatchObject({ title: 'New', confidential: true, state: 'closed' });
      const { snapshot } = await tracker.create({ scope: null, type: null, fields: { summary: 'From outside' }, files: [] }, 'conf:1', call);
      expect(at().control.issue(snapshot.urn).confidential).toBe(false);
    });

    it('are created where the settings say so', async () => {
      const tracker = open({ confidential: 'create' });
      const { snapshot } = await tracker.create({ scope: null, type: null, fields: { summary: 'From outside' }, files: [] }, 'conf:2', call);
      expect(at().control.issue(snapshot.urn).confidential).toBe(true);
    });
  });

  it('an issue that is hidden from a guest is not found, never gone', async () => {
    const tracker = open({ confidential: 'include' });
    const { ref, urn } = newIssue({ confidential: true });
    const kept = newIssue();
    const hidden = at().control.comment(kept.urn, 'Between us.', 'nora', true);
    at().control.setMember('acme/web', 'entente', 'guest');
    expect(await failure(tracker.fetch(ref, call))).toMatchObject({ kind: 'not-found' });
    expect((await see(tracker, kept.ref)).comments).toEqual([]);
    expect(await tracker.confirmGone?.(kept.ref, 'comment', String(hidden), call)).toBe(false);
    at().control.setMember('acme/web', 'entente', 'reporter');
    expect((await see(tracker, ref)).urn).toBe(urn);
    expect(await tracker.confirmGone?.(kept.ref, 'comment', '999999', call)).toBe(true);
  });

  it('an internal comment never stays where GitLab made it public', async () => {
    const tracker = open();
    const { ref, urn } = newIssue();
    const base = await see(tracker, ref);
    // It ignores a word that it does not know.
    at().control.setSettings({ internalNotes: false });
    expect(await failure(tracker.apply(ref, base, adding(docOf('Between us.'), [], false), call))).toMatchObject({ kind: 'rejected', field: 'comment' });
    expect(at().control.comments(urn)).toEqual([]);
    at().control.fault({ kind: 'status', method: 'DELETE', status: 403, body: { message: '403 Forbidden' } });
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
      at().control.fault({ kind: 'status', method: 'POST', status, body, ...(type ? { type } : {}) });
      expect(await failure(change(`Part ${status}`)), JSON.stringify(body)).toMatchObject({ kind: 'unavailable', inDoubt: true });
    }
    at().control.fault({ kind: 'status', method: 'POST', status: 429, body: 'Retry later', headers: { 'retry-after': '93' } });
    const limited = await failure(change('Limited'));
    expect(limited).toMatchObject({ kind: 'unavailable', inDoubt: true });
    expect(limited.retryAt).toBeGreaterThan(at().control.now());
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
        at().control.fault({ kind: 'status', method, status: 200, body });
        expect(await failure(work()), `${method} ${JSON.stringify(body)}`).toMatchObject({ kind: 'protocol', inDoubt: true });
      }
  });

  it('a comment within a minute of another change is told when that minute is over', async () => {
    const tracker = open();
    at().control.freeze();
    const { ref, urn } = newIssue();
    let { cursor } = await tracker.changedSince(null, call);
    const told = async () => {
      const page = await tracker.changedSince(cursor, call);
      ({ cursor } = page);
      return page.items.map((item) => item.ref).includes(ref);
    };
    expect(await told()).toBe(true);
    at().control.advance(30_000);
    const before = at().control.issue(urn).updated_at;
    at().control.comment(urn, 'Within the minute.', 'nora');
    expect(at().control.issue(urn).updated_at).toBe(before);
    at().control.advance(40_000);
    expect(await told()).toBe(true);
    at().control.advance(60_000);
    expect(await told()).toBe(false);
    at().control.thaw();
  });

  it('comments of the history are no comments', async () => {
    const tracker = open();
    const { ref, urn } = newIssue();
    at().control.editIssue(urn, { title: 'Changed', description: 'Changed.' }, 'nora');
    expect(at().control.systemNotes(urn)).toHaveLength(2);
    expect((await see(tracker, ref)).comments).toEqual([]);
  });

  it('a marker that somebody else has copied is nobody’s', async () => {
    const tracker = open();
    const { snapshot } = await tracker.create({ scope: null, type: null, fields: { summary: 'Ours', description: docOf('Text.') }, files: [] }, 'copy:1', call);
    const copy = newIssue({ description: at().control.issue(snapshot.urn).description });
    expect((await see(tracker, copy.ref)).marker).toBeNull();
    expect(plainText((await see(tracker, copy.ref)).fields.description as RichText)).toBe('Text.');
    expect((await tracker.findByMarker('copy:1', new Date(at().control.now()).toISOString(), call))?.ref).toBe(snapshot.ref);
  });

  it('labels that a person put on meanwhile stay', async () => {
    const tracker = open();
    const { ref, urn } = newIssue({ labels: 'a,b' });
    const base = await see(tracker, ref);
    at().control.editIssue(urn, { add_labels: 'theirs' }, 'nora');
    await tracker.apply(ref, base, { fields: { labels: ['b', 'c'] }, known: {} }, call);
    expect(at().control.issue(urn).labels).toEqual(['b', 'c', 'theirs']);
    expect(await failure(tracker.apply(ref, base, { fields: { labels: ['x, y'] }, known: {} }, call))).toMatchObject({ kind: 'rejected', field: 'labels' });
  });

  it('what GitLab ignores without a word is rejected', async () => {
    const tracker = open();
    const made = (await tracker.create({ scope: null, type: null, fields: { summary: 'Ours' }, files: [] }, 'ignored:1', call)).snapshot;
    at().control.setMember('acme/web', 'entente', 'guest');
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

  it('keeps to three hundred comments a minute, and says when work goes on', async () => {
    const tracker = open();
    at().control.setLimits({ notesPerMinute: 300 });
    const { ref } = newIssue();
    const base = await see(tracker, ref);
    const urgent = { ...call, priority: 'interactive' } as const;
    at().control.clearRequests();
    const results = await Promise.allSettled(Array.from({ length: 305 }, (_, i) => tracker.apply(ref, base, adding(docOf(`Number ${i}`)), urgent)));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as TrackerError] : []));
    expect(refused.map(({ kind }) => kind)).toEqual(refused.map(() => 'rate-limited'));
    expect(refused.length).toBe(5);
    expect(
      at()
        .control.requests()
        .filter(({ status }) => status === 429),
    ).toEqual([]);
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
    const there = at().control.createIssue('acme/ops', { title: 'There' });
    const ref = `${there.project_id}:${there.iid}`;
    const page = await tracker.changedSince(cursor, call);
    ({ cursor } = page);
    expect(page.items.map((item) => item.ref)).toEqual(expect.arrayContaining([here.ref, ref]));
    expect(await tracker.find(`acme/ops#${there.iid}`, call)).toBe(ref);
    const only = open();
    for (const work of [() => only.fetch(ref, call), () => only.find(`acme/ops#${there.iid}`, call)])
      expect(await failure(work())).toMatchObject({ kind: 'not-found', message: expect.stringContaining('settings') });
    expect(await failure(only.create({ scope: String(there.project_id), type: null, fields: { summary: 'X' }, files: [] }, 'x:1', call))).toMatchObject({
      kind: 'rejected',
      field: 'scope',
    });
    // A project that is added later begins where the feed is then.
    const more = await tracker.changedSince((await only.changedSince(null, call)).cursor, call);
    expect(Object.keys((JSON.parse(more.cursor) as { projects: object }).projects)).toHaveLength(2);
  });

  it('goes on with the other projects when one is out of reach, misses nothing when it is back, and puts nothing elsewhere meanwhile', async () => {
    at().control.addProject('acme/late', { entente: 'maintainer', ada: 'owner' });
    const tracker = open({ projects: 'acme/late, acme/web' });
    let { cursor } = await tracker.changedSince(null, call);
    at().control.setMember('acme/late', 'entente', null);
    const missed = at().control.createIssue('acme/late', { title: 'While nobody could see it' });
    const here = newIssue();
    at().control.advance(400_000);
    const during = await tracker.changedSince(cursor, call);
    ({ cursor } = during);
    expect(during.items.map(({ ref }) => ref)).toContain(here.ref);
    expect((await see(tracker, here.ref)).ref).toBe(here.ref);
    const draft = { scope: null, type: null, fields: { summary: 'Where to?' }, files: [] };
    expect(await failure(tracker.create(draft, 'late:1', call))).toMatchObject({ kind: 'not-found', message: expect.stringContaining('acme/late') });
    at().control.setMember('acme/late', 'entente', 'maintainer');
    at().control.advance(400_000);
    expect((await tracker.changedSince(cursor, call)).items.map(({ ref }) => ref)).toContain(`${missed.project_id}:${missed.iid}`);
    at().control.setMember('acme/late', 'entente', null);
    expect(await failure(open({ projects: 'acme/late' }).changedSince(null, call))).toMatchObject({ kind: 'not-found' });
  });

  it('skips nothing of many changes of one moment while others change', async () => {
    at().control.freeze();
    const tracker = open({}, undefined, 10);
    let { cursor } = await tracker.changedSince(null, call);
    at().control.advance(100_000);
    const made = Array.from({ length: 45 }, () => newIssue());
    at().control.advance(1000);
    const seen = new Set<string>();
    for (let page = 1, more = true; more && page < 100; page += 1) {
      const read = await tracker.changedSince(cursor, call);
      for (const { ref } of read.items) seen.add(ref);
      ({ cursor, more } = read);
      // Leaves the moment that is being gone through, so that the later pages move up.
      at().control.advance(120_000);
      if (page % 2 === 0 && page < 12) for (const { urn } of made.slice(-page, -page + 2)) at().control.editIssue(urn, { title: `Moved ${page}` });
    }
    expect(made.filter(({ ref }) => !seen.has(ref))).toEqual([]);
    at().control.thaw();
  });

  it('check says what is missing, in words that an administrator knows', async () => {
    const missing = async (more: Partial<GitlabSettings> = {}) => (await open(more).check(call)).missing.map(({ permission }) => permission);
    expect(await missing()).toEqual([]);
    at().control.setMember('acme/web', 'entente', 'reporter');
    expect(await missing()).toEqual(['Role Maintainer in acme/web']);
    at().control.setMember('acme/web', 'entente', 'guest');
    expect(await missing()).toEqual(['Role Reporter or higher in acme/web']);
    expect(await missing({ projects: 'acme/nothing' })).toEqual(['Membership of acme/nothing']);
    at().control.addToken('entente', { value: 'glpat-read', scopes: ['read_api'] });
    at().control.setMember('acme/web', 'entente', 'maintainer');
    expect(await missing({ token: 'glpat-read' })).toEqual(['Scope “api” of the access token']);
    at().control.addToken('entente', { value: 'oauth-1', kind: 'oauth' });
    expect(await missing({ token: 'oauth-1' })).toEqual([]);
    at().control.revokeToken('glpat-read');
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
