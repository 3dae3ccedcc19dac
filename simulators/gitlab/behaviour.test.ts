import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { remoteControl } from '../http/control.ts';
import type { GitlabControl } from './control.ts';
import { type GitlabSim, startGitlab } from './gitlab.ts';
import { extractCommands } from './quick-actions.ts';
import { referencesIn } from './references.ts';
import { apiOf, type TestApi } from './test-client.ts';

describe('what the GitLab simulator does by itself', () => {
  let sim: GitlabSim;
  let bot: TestApi;

  beforeAll(async () => {
    sim = await startGitlab({ limits: 'off' });
    bot = apiOf(sim, sim.credentials.token);
  });
  afterAll(() => sim.stop());
  const issue = (title = 'An issue') => sim.control.createIssue('acme/web', { title }).references.full;

  it('takes quick actions out of texts: in the first column, outside code of exactly three back-ticks', () => {
    const found = (text: string) => extractCommands(text).commands.map(({ name }) => name);
    expect(found('Hello.\n/close\n/label ~bug')).toEqual(['close', 'label']);
    expect(found('/CLOSE')).toEqual(['close']);
    expect(found(' /close\n- /close\n> /close\n\\/close\n/closed\nsay /close')).toEqual([]);
    expect(found('```\n/close\n```')).toEqual([]);
    expect(found('````\n/close\n````')).toEqual(['close']);
    expect(extractCommands('Hello.\n/close\nBye.').text).toBe('Hello.\nBye.');
  });

  it('carries them out for those who may, and answers 202 when nothing else was said', async () => {
    const urn = issue();
    const path = `/projects/acme%2Fweb/issues/${urn.split('#')[1]}`;
    expect(await bot('POST', `${path}/notes`, { body: '/close' })).toMatchObject({ status: 202, json: { summary: ['Closed this issue.'] } });
    expect((await bot('GET', `${path}/notes`)).json).toEqual([]);
    expect(sim.control.issue(urn).state).toBe('closed');
    expect((await bot('PUT', path, { description: 'Again.\n/reopen\n/title New' })).json).toMatchObject({
      description: 'Again.',
      state: 'opened',
      title: 'New',
    });
  });

  it('sees references in running text, not in code, not behind a backslash, and addresses of its own issues', () => {
    const kinds = (text: string) => referencesIn(text, 'https://gitlab.example').map(({ kind, target }) => `${kind} ${target}`);
    expect(kinds('@ada sees #1, acme/web#2, !3, ~bug and %v1')).toEqual([
      'user ada',
      'issue #1',
      'issue acme/web#2',
      'merge_request !3',
      'label bug',
      'milestone v1',
    ]);
    expect(kinds('`@ada` \\@ada \\#1 me@ada.example\n\n```\n@ada #1\n```')).toEqual([]);
    expect(kinds('See https://gitlab.example/acme/web/-/issues/7.')).toEqual(['issue acme/web#7']);
  });

  it('notes in an issue that another one names it', () => {
    const [one, other] = [issue('One'), issue('Other')];
    sim.control.comment(other, `Like ${one}.`);
    expect(sim.control.systemNotes(one)).toEqual([`mentioned in issue ${other}`]);
  });

  it('moves an issue’s time with a comment only a minute after the last move, and not at all with a deleted comment', () => {
    sim.control.freeze();
    const urn = issue();
    const at = () => sim.control.issue(urn).updated_at;
    const first = at();
    sim.control.advance(59_000);
    const note = sim.control.comment(urn, 'Soon.');
    expect(at()).toBe(first);
    sim.control.advance(2_000);
    sim.control.editComment(urn, note ?? 0, 'Later.');
    const second = at();
    expect(second).not.toBe(first);
    sim.control.advance(100_000);
    sim.control.deleteComment(urn, note ?? 0);
    expect(at()).toBe(second);
    sim.control.thaw();
  });

  it('lists by pages with the vendor’s headers', async () => {
    for (let i = 1; i <= 5; i += 1) sim.control.createIssue('acme/ops', { title: `Number ${i}` });
    const page = await bot('GET', '/projects/acme%2Fops/issues?per_page=2&page=2&order_by=created_at&sort=asc');
    expect((page.json as unknown[]).length).toBe(2);
    expect(['x-page', 'x-next-page', 'x-prev-page', 'x-total', 'x-total-pages', 'x-per-page'].map((name) => page.headers.get(name))).toEqual([
      '2',
      '3',
      '1',
      '5',
      '3',
      '2',
    ]);
    expect(page.headers.get('link')).toContain('rel="next"');
    expect((await bot('GET', '/projects/acme%2Fops/issues?page=0')).status).toBe(400);
    expect((await bot('GET', '/projects/acme%2Fops/issues?pagination=keyset')).status).toBe(405);
  });

  it('finds by words of the description, by author, state, type and time', async () => {
    const { iid, created_at } = sim.control.createIssue('acme/ops', { title: 'Findable', description: 'A zebrafish here.', issue_type: 'task' }, 'nora');
    const found = async (query: string) => ((await bot('GET', `/projects/acme%2Fops/issues?${query}`)).json as { iid: number }[]).map((one) => one.iid);
    expect(await found('search=zebra&in=description')).toEqual([iid]);
    expect(await found('search=zebrafish&in=title')).toEqual([]);
    expect(await found(`created_after=${created_at}&issue_type=task`)).toEqual([iid]);
    expect(await found('state=closed')).toEqual([]);
    expect(await found('confidential=true')).toEqual([]);
  });

  it('delivers events with the token and a signature, apart for confidential ones, after what they tell of', async () => {
    const seen: { headers: Record<string, unknown>; body: { object_kind: string; event_type: string } }[] = [];
    const server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        seen.push({ headers: req.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
        res.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const signing_token = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const hook = { url, token: 'secret', signing_token, issues_events: true, note_events: true, confidential_note_events: true };
    expect((await bot('POST', '/projects/acme%2Fweb/hooks', hook)).json).toMatchObject({ token_present: true, signing_token_present: true });
    const urn = issue();
    sim.control.comment(urn, 'For all.');
    sim.control.comment(urn, 'Internal.', 'ada', true);
    sim.control.createIssue('acme/web', { title: 'Confidential', confidential: true });
    await sim.control.settled();
    expect(
      seen.map(({ headers, body }) => [headers['x-gitlab-event'], body.object_kind, body.event_type]).sort((a, b) => String(a).localeCompare(String(b))),
    ).toEqual([
      ['Confidential Note Hook', 'note', 'confidential_note'],
      ['Issue Hook', 'issue', 'issue'],
      ['Note Hook', 'note', 'note'],
    ]);
    expect(seen[0]?.headers).toMatchObject({
      'x-gitlab-token': 'secret',
      'webhook-signature': expect.stringMatching(/^v1,/),
      'idempotency-key': expect.any(String),
    });
    expect(seen[0]?.headers['webhook-id']).toBe(seen[0]?.headers['idempotency-key']);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    sim.control.hooks().length = 0;
    expect((await bot('POST', '/projects/acme%2Fweb/hooks', { url, signing_token: 'whsec_short' })).status).toBe(400);
  });

  it('is used by people in a browser: a list, an issue with its picture, a comment with a file', async () => {
    const shown = sim.control.attach('acme/web', 'a.png', Buffer.from('a picture').toString('base64'));
    const { references, web_url } = sim.control.createIssue('acme/web', { title: '<b>Bold</b>', description: `Look: ${shown}\n\n<script>alert(1)</script>` });
    const pageOf = async (address: string) => (await fetch(address)).text();
    expect(await pageOf(`${sim.url}/acme/web/-/issues`)).toContain('&#60;b&#62;Bold');
    const page = await pageOf(web_url);
    const image = /<img src="([^"]+)" alt="a">/.exec(page)?.[1] ?? '';
    expect(await pageOf(sim.url + image)).toBe('a picture');
    expect(page).not.toContain('<script>');
    const form = new FormData();
    form.set('body', 'From the page.\r\nSecond line.');
    form.set('internal', 'on');
    form.set('file', new File(['a log'], 'a.log'));
    const posted = await fetch(`${web_url}/comment`, { method: 'POST', body: form, redirect: 'manual' });
    expect(posted.status).toBe(303);
    expect(sim.control.comments(references.full)).toMatchObject([
      { internal: true, body: expect.stringMatching(/^From the page\.\nSecond line\.\n\n\[a\.log\]\(\/uploads\//) },
    ]);
    const empty = await fetch(`${web_url}/comment`, { method: 'POST', body: new URLSearchParams({ body: '' }) });
    expect([empty.status, (await empty.text()).includes('GitLab did not save this')]).toEqual([400, true]);
    const withToken = await fetch(sim.url + image, { headers: { 'private-token': sim.credentials.token }, redirect: 'manual' });
    expect([withToken.status, withToken.headers.get('location')]).toEqual([302, `${sim.url}/users/sign_in`]);
  });

  it('is controlled over HTTP as well, and plays faults', async () => {
    const control = remoteControl<GitlabControl>(sim.url);
    expect((await control.createIssue('acme/web', { title: 'From afar' })).title).toBe('From afar');
    await expect(control.comment('acme/web#999', 'x')).rejects.toThrow('There is no issue acme/web#999');
    await control.addFault({ kind: 'status', status: 502, body: 'Whoops', path: '/user' });
    expect([(await bot('GET', '/user')).status, (await bot('GET', '/user')).status]).toEqual([502, 200]);
  });

  it('begins with issues to play with', async () => {
    const seeded = await startGitlab({ seed: 'engineering' });
    const issues = seeded.control.issues('acme/web');
    expect(issues.map(({ issue_type }) => issue_type)).toEqual(expect.arrayContaining(['issue', 'incident', 'task']));
    expect(issues.filter(({ confidential }) => confidential)).toHaveLength(1);
    expect(seeded.control.comments('acme/web#1').map(({ internal }) => internal)).toEqual([false, true]);
    expect(issues[0]?.description).toMatch(/!\[screen\]\(\/uploads\//);
    await seeded.stop();
  });
});
