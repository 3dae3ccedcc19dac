import { describe, expect, test } from 'vitest';
import { docOf, fromHtml, fromMarkdown, fromWiki, plainText, type ReadOptions, type RichText, toHtml, toMarkdown, toWiki, type WriteOptions } from './index.ts';

const read: ReadOptions = {
  fileOf: (name) =>
    /^(https:\/\/ex\.example\/f\/)?(a\.png|my log \(1\)\.txt|o\[d\]d\.png)$/.test(name)
      ? { file: name.replace(/.*\//, ''), name: name.replace(/.*\//, '') }
      : undefined,
};
const write: WriteOptions = { urlOf: (file) => ({ url: `https://ex.example/f/${file}`, name: file }) };

/** The same content as people write it in Jira, and as HTML. */
test.each<[what: string, wiki: string, html: string]>([
  [
    'marks',
    'a *bold* _it_ -del- +ins+ {{x*y}} ??cited??',
    '<p>a <strong>bold</strong> <em>it</em> <del>del</del> <u>ins</u> <code>x*y</code> <em>cited</em></p>',
  ],
  ['marks within marks', '*a _b_* and _*-x-*_', '<p><strong>a <em>b</em></strong> and <strong><em><del>x</del></em></strong></p>'],
  ['marks within words', 'un{*}break{*}able, not snake_case_x or 2*3*4', '<p>un<strong>break</strong>able, not snake_case_x or 2*3*4</p>'],
  ['marks that do not end in their line', 'a *b\nc* d', '<p>a *b<br>c* d</p>'],
  ['raised and lowered text, and colours', 'a ^b^ ~c~ {color:red}red{color} {color:#00ff00}x{color}', '<p>a b c red x</p>'],
  ['paragraphs and breaks', 'one\ntwo\\\\three\n\nfour', '<p>one<br>two<br>three</p><p>four</p>'],
  ['headings', 'h1. One *b*\nh6. Six', '<h1>One <strong>b</strong></h1><h6>Six</h6>'],
  ['a rule', 'a\n----\nb', '<p>a</p><hr><p>b</p>'],
  ['bullets and dashes', '* a\n** b\n* c\n\n- d\n- e', '<ul><li>a<ul><li>b</li></ul></li><li>c</li><li>d</li><li>e</li></ul>'],
  ['mixed lists', '# a\n#* b\n#* c\n## d\n# e', '<ol><li>a<ul><li>b</li><li>c</li></ul><ol><li>d</li></ol></li><li>e</li></ol>'],
  ['a list item of several lines', '* a\nb\n* c', '<ul><li>a<br>b</li><li>c</li></ul>'],
  ['a list below a line', 'text\n* a\n\nmore', '<p>text</p><ul><li>a</li></ul><p>more</p>'],
  ['boxes', '* ☑ done\n* ☐ open', '<ul><li><input type="checkbox" disabled checked> done</li><li><input type="checkbox" disabled> open</li></ul>'],
  [
    'a table',
    '||h1||h2||\n|a|*b*|',
    '<table><thead><tr><th>h1</th><th>h2</th></tr></thead><tbody><tr><td>a</td><td><strong>b</strong></td></tr></tbody></table>',
  ],
  ['a table with a header column', '||a|1|\n||b|2|', '<table><thead><tr><th>a</th><th>1</th></tr></thead><tbody><tr><td>b</td><td>2</td></tr></tbody></table>'],
  [
    'bars in cells',
    '||h||\n|[a|https://ex.example/] &#124; b \\| c|\n|x\ny|',
    '<table><thead><tr><th>h</th></tr></thead><tbody><tr><td><a href="https://ex.example/">a</a> | b | c</td></tr><tr><td>x<br>y</td></tr></tbody></table>',
  ],
  [
    'links',
    '[here|https://ex.example/a] [*b*|https://ex.example/b|tip] [https://ex.example/c] [mail|mailto:me@ex.example]',
    '<p><a href="https://ex.example/a">here</a> <a href="https://ex.example/b"><strong>b</strong></a> <a href="https://ex.example/c">https://ex.example/c</a> <a href="mailto:me@ex.example">mail</a></p>',
  ],
  [
    'an address',
    'see https://ex.example/a_b_c, and (https://ex.example/d).',
    '<p>see <a href="https://ex.example/a_b_c">https://ex.example/a_b_c</a>, and (<a href="https://ex.example/d">https://ex.example/d</a>).</p>',
  ],
  ['links that run something', '[a|javascript:alert(1)] [b|#anchor] [c] [d | e]', '<p>a b [c] [d | e]</p>'],
  ['mentions', '[~jane.doe] and [~accountid:5b10]', '<p>@jane.doe and @5b10</p>'],
  ['code', '{code:java|title=X.java}\nint a; // *no* {quote}\n\n{code}', '<pre><code class="language-java">int a; // *no* {quote}\n\n</code></pre>'],
  ['code by its parameter', '{code:title=x|language=js}y{code}', '<pre><code class="language-js">y\n</code></pre>'],
  ['text without format', '{noformat}\n*x* {code}\n{noformat}', '<pre><code>*x* {code}\n</code></pre>'],
  ['code in a line', 'a {code}x{code} b', '<p>a</p><pre><code>x\n</code></pre><p>b</p>'],
  ['code that does not end', '{code}\n*x*', '<p>{code}<br><strong>x</strong></p>'],
  ['quotes', 'bq. said\n{quote}\na\n\n* b\n{quote}\nc', '<blockquote><p>said</p></blockquote><blockquote><p>a</p><ul><li>b</li></ul></blockquote><p>c</p>'],
  ['emoticons', ':) (x) (/) (on) (*r)', '<p>:) (x) (/) (on) (*r)</p>'],
  ['escapes', '\\*a\\* \\_b\\_ \\{code} \\[c\\] C:\\temp &amp; &#42; \\!x.png!', '<p>*a* _b_ {code} [c] C:\\temp &amp; * !x.png!</p>'],
  [
    'a picture of the web',
    '!https://ex.example/p.png|alt=far &#33;, width=10! [!https://ex.example/q.png!|https://ex.example/to]',
    '<p><img src="https://ex.example/p.png" alt="far !"> <a href="https://ex.example/to"><img src="https://ex.example/q.png" alt=""></a></p>',
  ],
  ['exclamations', 'Stop! Now! wow!great! !gone.png!', '<p>Stop! Now! wow!great! !gone.png!</p>'],
  [
    'files',
    '!a.png|thumbnail! [^my log (1).txt] [the log|^my log (1).txt] [^gone.txt]',
    '<p><img src="https://ex.example/f/a.png" alt="a.png"> <a href="https://ex.example/f/my%20log%20(1).txt">my log (1).txt</a> <a href="https://ex.example/f/my%20log%20(1).txt">the log</a> gone.txt</p>',
  ],
])('%s', (_, wiki, html) => {
  expect(toHtml(fromWiki(wiki, read), write)).toBe(html);
}); // prettier-ignore

test.each<[string, string]>([
  ['{panel:title=Our title|borderStyle=dashed}\n* a\n{panel}', '> [!NOTE]\n> **Our title**\n>\n> - a'],
  ['{info}x{info}', '> [!NOTE]\n> x'],
  ['{note}x{note}', '> [!IMPORTANT]\n> x'],
  ['{tip}x{tip}', '> [!TIP]\n> x'],
  ['{warning:title=Mind}\nx\n{warning}', '> [!WARNING]\n> **Mind**\n>\n> x'],
  ['{panel:bgColor=#FFEBE6}x{panel}', '> [!CAUTION]\n> x'],
  ['{panel}\n{quote}\na\n{quote}\nb\n{panel}', '> [!NOTE]\n>\n> > a\n>\n> b'],
  ['{quote}no end', '{quote}no end'],
])('panels: %s', (wiki, markdown) => {
  expect(toMarkdown(fromWiki(wiki))).toBe(markdown);
});

test.each<[string, string]>([
  ['a **bold** _it_ ~~del~~ <ins>ins</ins> `x*y`', 'a *bold* _it_ -del- +ins+ {{x*y}}'],
  ['un**break**able **snake\\*case** ~~well-known~~', 'un{*}break{*}able {*}snake*case{*} {-}well-known{-}'],
  ['## Title', 'h2. Title'],
  ['- a\n  1. b\n  2. c\n- d', '* a\n*# b\n*# c\n* d'],
  ['- a\n  - b\n\n  1. c', '* a\n** b\n*# c'],
  ['- [x] a\n- [ ] b', '* ☑ a\n* ☐ b'],
  ['- one\n\n  two', '* one\\\\ two'],
  ['| a \\| b | `c` |\n| --- | --- |\n|  | x<br>y |', '||a &#124; b||{{c}}||\n| |x\\\\ y|'],
  ['```js\nx {quote}\n```', '{code:js}\nx {quote}\n{code}'],
  ['```\nx {code}\n```', '{noformat}\nx {code}\n{noformat}'],
  ['> a\n>\n> > b', '{quote}\na\n\nb\n{quote}'],
  ['> [!WARNING]\n> a', '{panel:bgColor=#fffae6}\na\n{panel}'],
  ['a\n\n***\n\nb', 'a\n\n----\n\nb'],
  [
    '[a **b**](https://ex.example/x) <https://ex.example/y>. ![p](https://ex.example/p.png)',
    '[a *b*|https://ex.example/x] https://ex.example/y. !https://ex.example/p.png|alt=p!',
  ],
  ['word![p](https://ex.example/p.png)word', 'word !https://ex.example/p.png|alt=p! word'],
  ['@jane', '@jane'],
])('%s: written as people write it in Jira', (markdown, wiki) => {
  expect(toWiki(fromMarkdown(markdown))).toBe(wiki);
});

test.each([
  '*x*',
  '_x_ -x- +x+ ^x^ ~x~',
  'h1. x',
  'bq. x',
  '* x',
  '# x',
  '- x',
  '** x',
  '----',
  '|a|b|',
  '||a||',
  '[x]',
  '[a|https://ex.example]',
  '[~admin]',
  '[^a.txt]',
  '!a.png!',
  '{code}x{code}',
  '{noformat}',
  '{quote}x{quote}',
  '{panel:title=x}y{panel}',
  '{color:red}x{color}',
  '{{x}} {*}y{*}',
  '??x??',
  'a\\\\b C:\\dir\\ \\\\server\\*share',
  '(x) (/) (!)',
  '&#42; &amp; &amp;amp; &nbsp;',
  'a -- b --- c',
  '<b>x</b>',
  '☑ x',
  '\ud83d\ude00*😀* _漢字_',
])('the text %s is shown by Jira as it is, in every place', (text) => {
  const leaf = { type: 'text', value: text } as const;
  const paragraph = { type: 'paragraph', children: [leaf] } as const;
  const places: RichText['children'] = [
    paragraph,
    { type: 'heading', depth: 2, children: [leaf] },
    { type: 'blockquote', children: [{ type: 'paragraph', children: [leaf] }] },
    {
      type: 'list',
      ordered: false,
      children: [{ type: 'listItem', children: [{ type: 'paragraph', children: [{ type: 'text', value: '.' }, { type: 'break' }, leaf] }] }],
    },
    {
      type: 'table',
      children: [
        {
          type: 'tableRow',
          children: [
            { type: 'tableCell', children: [leaf] },
            { type: 'tableCell', children: [{ type: 'strong', children: [leaf] }] },
          ],
        },
      ],
    },
    {
      type: 'paragraph',
      children: [
        { type: 'link', url: 'https://ex.example/', children: [leaf] },
        { type: 'text', value: '.' },
        { type: 'inlineCode', value: text },
      ],
    },
    { type: 'panel', kind: 'note', children: [{ type: 'code', value: text }] },
  ] as unknown as RichText['children'];
  for (const place of places) expect(fromWiki(toWiki({ type: 'root', children: [place] })), JSON.stringify(place)).toEqual({ type: 'root', children: [place] });
});

describe('files', () => {
  const doc = fromHtml('<p>see <img src="a.png" alt="the, picture!"> and <a href="my log (1).txt">the [log]</a></p>', read);

  test('are shown by their names', () => {
    expect(toWiki(doc, write)).toBe('see !a.png|alt=the&#44; picture&#33;! and [the \\[log\\]|^my log (1).txt]');
    expect(fromWiki(toWiki(doc, write), read)).toEqual(doc);
  });

  test('whose names Jira cannot write are shown by their addresses, and without one by their names', () => {
    const odd: RichText = { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'attachmentRef', file: 'o', name: 'o[d]d.png' }] }] };
    expect(toWiki(odd, { urlOf: () => ({ name: 'o[d]d.png', url: 'https://ex.example/f/o[d]d.png' }) })).toBe(
      '[o\\[d\\]d.png|https://ex.example/f/o%5Bd%5Dd.png]',
    );
    expect(toWiki(odd, { urlOf: () => ({ name: 'o[d]d.png' }) })).toBe('o\\[d]d.png');
    expect(plainText(fromWiki(toWiki(odd)))).toBe('o[d]d.png');
  });
});

test('code that holds the ends of code comes back as it was', () => {
  for (const value of ['{code}', '{noformat}', '{code} {noformat}', '{\u200bcode} {code}', '{code:java}{noformat}{\u200b\u200bcode}'])
    for (const lang of [{}, { lang: 'js' }]) {
      const doc: RichText = { type: 'root', children: [{ type: 'code', ...lang, value }] };
      const back = fromWiki(toWiki(doc)).children[0];
      expect(back).toMatchObject({ type: 'code', value });
    }
});

test('a file’s name in brackets is no file: only one with a caret is', () => {
  expect(toHtml(fromWiki('[a.png] [x|a.png] [^a.png]', read), write)).toBe('<p>[a.png] x <a href="https://ex.example/f/a.png">a.png</a></p>');
});

test('what Jira Cloud writes as wiki markup is read too: smart links, people by account, sized pictures', () => {
  const html = toHtml(
    fromWiki('[https://ex.example/a|https://ex.example/a|smart-link] [~accountid:5b10:x] !a.png|width=300,alt="the shot"! {{code}} x', read),
    write,
  );
  expect(html).toBe(
    '<p><a href="https://ex.example/a">https://ex.example/a</a> @5b10:x <img src="https://ex.example/f/a.png" alt="the shot"> <code>code</code> x</p>',
  );
});

test('no name pings', () => {
  const doc = fromWiki('[~jane] hello');
  expect(doc.children[0]).toMatchObject({ children: [{ type: 'mention', name: 'jane' }, {}] });
  expect(toWiki(doc)).toBe('@jane hello');
  expect(toWiki(docOf('[~jane] hello'))).toBe('\\[\\~jane] hello');
});
