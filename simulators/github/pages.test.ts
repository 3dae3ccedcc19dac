import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GithubSim, startGithub } from './github.ts';

let sim: GithubSim;
const read = async (path: string) => (await fetch(`${sim.url}${path}`)).text();
const post = (path: string, fields: Record<string, string | File>) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return fetch(`${sim.url}${path}`, { method: 'POST', redirect: 'manual', body: form });
};

beforeAll(async () => {
  sim = await startGithub({ seed: 'web' });
});
afterAll(() => sim.stop());

test('the seed has issues and a pull request with every kind of formatting', async () => {
  const issues = sim.control.issues('acme/web');
  expect(issues).toHaveLength(6);
  expect(issues.filter((issue) => 'pull_request' in issue)).toHaveLength(1);
  const [first] = issues;
  for (const part of ['<table>', '<strong>', '<em>', '<ol ', '<code', '<img ']) expect(first?.body_html).toContain(part);
  expect(issues[1]?.body_html).toContain('type="checkbox"');
  expect(issues.every((issue, index) => index === 0 || issue.created_at > (issues[index - 1]?.created_at ?? ''))).toBe(true);
  expect(sim.control.pings().map(({ target }) => target)).toEqual(['nora', 'acme/web#1']);
  const empty = await startGithub();
  expect(empty.control.issues()).toEqual([]);
  await empty.stop();
});

test('a person finds the issues of a repository and reads one', async () => {
  expect(await read('/')).toContain('href="/acme/web/issues"');
  const list = await read('/acme/web/issues');
  expect(list).toContain('Checkout answers 503');
  expect(list).toContain('pull request');
  const issue = await read('/acme/web/issues/1');
  expect(issue).toContain('<td align="right">51</td>');
  expect(issue).toContain('const timeoutMs');
  expect(issue).toContain(`<a class="issue-link js-issue-link"`);
  const picture = /<img src="([^"]+)"/.exec(issue)?.[1] ?? '';
  expect((await fetch(picture)).headers.get('content-type')).toBe('image/png');
  // Whoever reads the page is signed in there.
  const log = /href="([^"]+checkout\.log[^"]*)"/.exec(issue)?.[1] ?? '';
  expect(await (await fetch(log)).text()).toContain('gateway answered 503');
});

test('a person creates an issue with a file, comments, edits and deletes', async () => {
  const file = new File(['bytes'], 'a.png', { type: 'image/png' });
  const made = await post('/acme/ops/issues', { as: 'nora', title: 'By hand', body: 'Text\r\nmore', type: 'Bug', file });
  expect([made.status, made.headers.get('location')]).toEqual([303, `${sim.url}/acme/ops/issues/1`]);
  expect(sim.control.issue('acme/ops#1')).toMatchObject({ user: { login: 'nora' }, type: { name: 'Bug' } });
  expect(sim.control.issue('acme/ops#1').body).toMatch(/^Text\nmore\n\n!\[a\]\(http/);
  await post('/acme/ops/issues/1/comment', { as: 'tomas', body: 'Seen' });
  expect(sim.control.comments('acme/ops#1')).toMatchObject([{ body: 'Seen', user: { login: 'tomas' } }]);
  await post('/acme/ops/issues/1/edit', { as: 'nora', title: 'Other', body: '', labels: 'bug, urgent', type: '', state: 'not_planned' });
  expect(sim.control.issue('acme/ops#1')).toMatchObject({
    title: 'Other',
    body: null,
    state_reason: 'not_planned',
    type: null,
    labels: [{ name: 'bug' }, { name: 'urgent' }],
  });
  const refused = await post('/acme/ops/issues/1/comment', { as: 'tomas', body: '' });
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('GitHub did not save this')]);
  await post('/acme/ops/issues/1/delete', { as: 'ada' });
  expect((await fetch(`${sim.url}/acme/ops/issues/1`)).status).toBe(404);
  expect((await fetch(`${sim.url}/acme/none`)).status).toBe(404);
});

test('what somebody wrote cannot harm the reader', async () => {
  sim.control.createIssue('acme/docs', { title: '<script>alert(1)</script>', body: '<img src=x onerror=alert(1)><script>alert(1)</script>' });
  const shown = await read('/acme/docs/issues/1');
  expect(shown).not.toContain('<script');
  expect(shown).not.toMatch(/<[^>]*onerror=/);
});
