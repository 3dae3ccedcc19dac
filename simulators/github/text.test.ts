import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GithubSim, startGithub } from './github.ts';
import { type Caller, callerOf, makeIssue } from './test-client.ts';

let sim: GithubSim;
let call: Caller;
const show = (text: string) => sim.control.render('acme/web', text);
const pinged = (text: string) => {
  sim.control.clearPings();
  sim.control.createIssue('acme/web', { title: 'x', body: text }, 'ada');
  return sim.control.pings().map(({ target }) => target);
};

beforeAll(async () => {
  sim = await startGithub({ limits: 'off' });
  call = callerOf(sim);
  await makeIssue(call, { title: 'The first' });
});
afterAll(() => sim.stop());

test('Markdown is shown as GitHub shows it', () => {
  expect(show('**a** _b_ ~~c~~ `d`')).toBe('<p dir="auto"><strong>a</strong> <em>b</em> <del>c</del> <code class="notranslate">d</code></p>');
  expect(show('one\ntwo')).toBe('<p dir="auto">one<br>\ntwo</p>');
  expect(show('- [x] done\n- [ ] open')).toContain(
    '<li class="task-list-item"><input type="checkbox" class="task-list-item-checkbox" disabled checked> done</li>',
  );
  expect(show('|a|b|\n|-|:-:|\n|1|2|')).toContain('<td align="center">2</td>');
  expect(show('```js\nx < 1\n```')).toBe('<div class="highlight highlight-source-js" dir="auto"><pre class="notranslate">x &#x3C; 1\n</pre></div>');
  expect(show('- a\n  - b')).toMatch(/<li>a\n<ul dir="auto">\n<li>b<\/li>/);
  expect(show('> [!NOTE]\n> Mind')).toContain(
    '<div class="markdown-alert markdown-alert-note" dir="auto"><p class="markdown-alert-title" dir="auto">Note</p><p dir="auto">Mind</p>',
  );
  expect(show('done :tada: `:tada:` :nothing:')).toBe('<p dir="auto">done 🎉 <code class="notranslate">:tada:</code> :nothing:</p>');
  expect(show('[a][1]\n\n[1]: https://example.com/x')).toContain('<a href="https://example.com/x" rel="nofollow">a</a>');
});

test('what could do harm is taken away, and comments are not shown', () => {
  expect(show('<script>alert(1)</script>a<!-- hidden -->b')).not.toMatch(/script|hidden/);
  expect(show('[x](javascript:alert(1))')).not.toContain('javascript');
  expect(show('<img src="x" onerror="alert(1)">')).not.toContain('onerror');
  expect(show('<u>a</u> <ins>b</ins> <sub>c</sub> <iframe src="https://x.example"></iframe>')).toBe('<p dir="auto">a <ins>b</ins> <sub>c</sub> </p>');
  expect(show('<details><summary>More</summary>\n\ntext\n\n</details>')).toContain('<details><summary>More</summary>');
});

test('somebody who is named is notified; in code, in an address or split by a comment nobody is', () => {
  expect(pinged('Hello @nora and @acme/support, not @nobody')).toEqual(['nora', 'acme/support']);
  expect(pinged('`@nora` nora@nora.example [x](https://example.com/@nora) @<!-- -->nora @\u200bnora')).toEqual([]);
  expect(pinged('```\n@nora\n```')).toEqual([]);
  // A backslash does not help, nor does a quotation.
  expect(pinged('\\@nora')).toEqual(['nora']);
  expect(pinged('> @Nora')).toEqual(['nora']);
  // Who cannot see the repository is not told.
  expect(pinged('@olga')).toEqual([]);
  expect(show('@nora')).toContain(`<a class="user-mention notranslate" data-hovercard-type="user" href="${sim.url}/nora">@nora</a>`);
});

test('numbers and addresses of issues are references', () => {
  expect(pinged('#1')).toEqual(['acme/web#1']);
  expect(pinged('acme/web#1 and GH-1')).toEqual(['acme/web#1']);
  expect(pinged(`${sim.url}/acme/web/issues/1`)).toEqual(['acme/web#1']);
  expect(pinged('`#1` &#35;<!-- -->1 #9999 a#1 #1a')).toEqual([]);
});

test('what was transferred is referred to where it is now, what was deleted not at all', () => {
  const made = [0, 1].map(() => sim.control.createIssue('acme/web', { title: 'x' }));
  const [moved, gone] = made.map(({ urn }) => urn.split('#')[1]);
  const now = sim.control.transferIssue(`acme/web#${moved}`, 'acme/ops');
  sim.control.deleteIssue(`acme/web#${gone}`);
  expect(pinged(`#${moved} #${gone}`)).toEqual([now]);
});

test('an edit notifies only those who were not named before', () => {
  sim.control.createIssue('acme/web', { title: 'x', body: 'Hi @nora' }, 'ada');
  const urn = `acme/web#${sim.control.issues('acme/web').at(-1)?.number}`;
  sim.control.clearPings();
  sim.control.editIssue(urn, { body: 'Hi @nora and @tomas' }, 'ada');
  expect(sim.control.pings()).toMatchObject([{ kind: 'mention', target: 'tomas', where: urn, by: 'ada' }]);
});

test('the forms of a text that are asked for are given', async () => {
  const number = await makeIssue(call, { body: '**Hi** there' });
  const forms = async (form: string) =>
    (await call('GET', `/repos/acme/web/issues/${number}`, undefined, { accept: `application/vnd.github.${form}+json` })).json;
  expect(await forms('full')).toMatchObject({ body: '**Hi** there', body_text: 'Hi there', body_html: '<p dir="auto"><strong>Hi</strong> there</p>' });
  expect(await forms('raw')).not.toHaveProperty('body_html');
  expect(await forms('html')).not.toHaveProperty('body');
  expect(await forms('text')).toMatchObject({ body_text: 'Hi there' });
});
