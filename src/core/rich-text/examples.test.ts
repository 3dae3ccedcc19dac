import { describe, expect, test } from 'vitest';
import {
  canon,
  docOf,
  FORMATS,
  type FormatName,
  filesIn,
  fromHtml,
  fromMarkdown,
  fromTextile,
  hashText,
  isEmptyDoc,
  mapFiles,
  plainText,
  sameText,
  toHtml,
  toMarkdown,
  toTextile,
  toWiki,
  truncate,
} from './index.ts';

/** The same content as people write it on three trackers. */
const SAME: [what: string, html: string, markdown: string, textile: string][] = [
  [
    'marks',
    '<p>a <b>bold</b> <i>it</i> <s>del</s> <u>ins</u> <code>x*y</code></p>',
    'a **bold** _it_ ~~del~~ <ins>ins</ins> `x*y`',
    'a *bold* _it_ -del- +ins+ @x*y@',
  ],
  ['marks within marks', '<p><b>a <i>b</i></b></p>', '**a _b_**', '*a _b_*'],
  ['paragraphs and breaks', '<p>one<br>two</p><p>three</p>', 'one\ntwo\n\nthree', 'one\ntwo\n\nthree'],
  ['a heading', '<h2>Title</h2>', '## Title', 'h2. Title'],
  ['a link', '<p>see <a href="https://ex.example/a">here</a>.</p>', 'see [here](https://ex.example/a).', 'see "here":https://ex.example/a.'],
  ['an address', '<p>see <a href="https://ex.example/a">https://ex.example/a</a></p>', 'see <https://ex.example/a>', 'see https://ex.example/a'],
  ['an image', '<p><img src="https://ex.example/a.png" alt="the alt"></p>', '![the alt](https://ex.example/a.png)', '!https://ex.example/a.png(the alt)!'],
  ['a list', '<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>', '- a\n  1. b\n  2. c\n- d', '* a\n*# b\n*# c\n* d'],
  [
    'tasks',
    '<ul><li><input type="checkbox" checked> done</li><li><input type="checkbox"> to do</li></ul>',
    '- [x] done\n- [ ] to do',
    '* [x] done\n* [ ] to do',
  ],
  [
    'a table',
    '<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><b>2</b></td></tr></table>',
    '| a | b |\n| --- | --- |\n| 1 | **2** |',
    '|_. a |_. b |\n| 1 | *2* |',
  ],
  [
    'code',
    '<pre><code class="language-ruby">def x\n  *1*\n\nend\n</code></pre>',
    '```ruby\ndef x\n  *1*\n\nend\n```',
    '<pre><code class="ruby">\ndef x\n  *1*\n\nend\n</code></pre>',
  ],
  ['quotes', '<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>', '> a\n>\n> > b', '> a\n>\n>> b'],
  ['a line', '<p>a</p><hr><p>b</p>', 'a\n\n***\n\nb', 'a\n\n---\n\nb'],
  ['other scripts', '<p>שלום <b>مرحبا</b> 👩‍👩‍👧 漢字</p>', 'שלום **مرحبا** 👩‍👩‍👧 漢字', 'שלום *مرحبا* 👩‍👩‍👧 漢字'],
]; // prettier-ignore

describe.each(SAME)('%s', (_, html, markdown, textile) => {
  test('is read as the same document from every format', () => {
    expect(fromMarkdown(markdown)).toEqual(fromHtml(html));
    expect(fromTextile(textile)).toEqual(fromHtml(html));
  });

  test('is written as people write it', () => {
    expect(toMarkdown(fromHtml(html))).toBe(markdown);
    expect(toTextile(fromHtml(html))).toBe(textile);
  });
});

test.each<[FormatName, string, string]>([
  ['html', '<p>hi<script>alert(1)</script><style>p{}</style><iframe src="x">f</iframe></p>', '<p>hi</p>'],
  ['html', '<p onclick="x()"><a href="javascript:x()">a</a> <a href="java&#10;script:x()">b</a></p>', '<p>a b</p>'],
  ['html', '<img src="data:text/html,x" alt="pic" onerror="x()">', '<p>pic</p>'],
  ['html', 'one<br><br>two<div>three</div>', '<p>one</p><p>two</p><p>three</p>'],
  ['html', '<b>a<p>b</p></b>', '<p><strong>a</strong></p><p><strong>b</strong></p>'],
  ['html', '<ul>a<li>b', '<ul><li>a</li><li>b</li></ul>'],
  ['html', '<p><b>bold </b>text</p>', '<p><strong>bold</strong> text</p>'],
  ['markdown', 'raw <b onclick="x()">b</b> <script>alert(1)</script>', '<p>raw <strong>b</strong> alert(1)</p>'],
  ['markdown', '<details><summary>More</summary>\n\nhidden\n</details>', '<p>More</p><p>hidden</p>'],
  ['markdown', '<!-- note to self -->\nshown', '<p>shown</p>'],
  ['markdown', '[x](javascript:alert(1)) [y][1]\n\n[1]: https://ex.example', '<p>x <a href="https://ex.example">y</a></p>'],
  ['markdown', '<img width="10" src="https://ex.example/a.png" alt="a">', '<p><img src="https://ex.example/a.png" alt="a"></p>'],
  ['textile', 'bq. said\n\np(x). plain\n\nh1. *T*', '<blockquote><p>said</p></blockquote><p>plain</p><h1><strong>T</strong></h1>'],
  ['textile', 'a*b*c 2 * 3 * 4 e-mail -x <b>no</b>', '<p>a*b*c 2 * 3 * 4 e-mail -x &lt;b&gt;no&lt;/b&gt;</p>'],
  ['textile', '==*x*== <notextile>_y_</notextile> @_z_@', '<p>*x* _y_ <code>_z_</code></p>'],
  ['textile', '<pre>\n*x*\n  &amp; <b>\n</pre>', '<pre><code>*x*\n  &amp;amp; &lt;b&gt;\n</code></pre>'],
  ['textile', 'text\n* a\n* b\n|x|', '<p>text</p><ul><li>a</li><li>b<br>|x|</li></ul>'],
  ['textile', '%{color:red}red% "(cls)t":https://ex.example/a?b=c, #12', '<p>red <a href="https://ex.example/a?b=c">t</a>, #12</p>'],
])('%s: %s', (format, source, html) => {
  expect(toHtml(FORMATS[format].read(source))).toBe(html);
});

test.each([
  '*x*',
  '_x_',
  'h1. x',
  'bq. x',
  '# x',
  '* x',
  '|a|b|',
  '"x":https://ex.example',
  '[[Page]]',
  '{{include(x)}}',
  'commit:abc',
  '@x@',
  '!x.png!',
  '-x-',
  '<pre>x</pre>',
  '==x==',
  '---',
  'ABC(def)',
  '&#42;',
  '> x',
])('the text %s is shown by Redmine as it is', (text) => {
  const doc = { type: 'root' as const, children: [{ type: 'paragraph' as const, children: [{ type: 'text' as const, value: text }] }] };
  const textile = toTextile(doc);
  expect(textile).not.toBe(text);
  expect(plainText(fromTextile(textile))).toBe(text);
  expect(plainText(fromMarkdown(toMarkdown(doc)))).toBe(text);
});

test('a name pings nobody, and is the same name when it comes back', () => {
  const doc = canon({
    type: 'root',
    children: [
      {
        type: 'paragraph',
        children: [
          { type: 'mention', name: 'jane' },
          { type: 'text', value: ' and @joe, me@ex.example' },
        ],
      },
    ],
  });
  expect(toMarkdown(doc)).toBe('@\u2060jane and @\u2060joe, me@ex.example');
  // Trackers tell whoever is named after a letter of another script, or after a sign, too.
  expect(toMarkdown(docOf('مرحبا@jane .@jane +@jane a@b'))).toBe('مرحبا@\u2060jane .@\u2060jane +@\u2060jane a@b');
  expect(toMarkdown(doc, { mentions: 'plain' })).toBe('@jane and @joe, me@ex.example');
  expect(toTextile(doc)).toBe('&#64;jane and &#64;joe, me@ex.example');
  for (const { read, write } of Object.values(FORMATS)) expect(plainText(read(write(doc)))).toBe('@jane and @joe, me@ex.example');
});

describe('attachments', () => {
  const files = new Map([
    ['https://ex.example/f/1', { file: 'f1', name: 'shot (1).png' }],
    ['shot (1).png', { file: 'f1', name: 'shot (1).png' }],
    ['m1', { file: 'f1', name: 'shot (1).png' }],
    ['https://ex.example/f/2', { file: 'f2', name: 'log.txt' }],
    ['log.txt', { file: 'f2', name: 'log.txt' }],
  ]);
  const fileOf = (key: string) => files.get(key);
  const urlOf = (file: string) => ({
    url: `https://ex.example/f/${file.slice(1)}`,
    media: `m${file.slice(1)}`,
    name: file === 'f1' ? 'shot (1).png' : 'log.txt',
  });
  const doc = fromHtml('<p>see <img src="https://ex.example/f/1"> and <a href="https://ex.example/f/2">log.txt</a></p>', { fileOf });

  test('are recognised and written in each format’s own way', () => {
    expect(filesIn(doc)).toEqual(['f1', 'f2']);
    expect(toMarkdown(doc, { urlOf })).toBe('see ![shot (1).png](https://ex.example/f/1) and [log.txt](https://ex.example/f/2)');
    expect(toTextile(doc, { urlOf })).toBe('see !shot%20%281%29.png! and attachment:log.txt');
    expect(toWiki(doc, { urlOf })).toBe('see !shot (1).png! and [^log.txt]');
    for (const { read, write } of Object.values(FORMATS)) expect(read(write(doc, { urlOf }), { fileOf })).toEqual(doc);
  });

  test('that the tracker does not have are shown by name', () => {
    expect(toHtml(doc)).toBe('<p>see shot (1).png and log.txt</p>');
  });

  test('get the ids of the other side', () => {
    expect(filesIn(mapFiles(doc, (file) => (file === 'f1' ? 'other' : undefined)))).toEqual(['other', 'f2']);
  });
});

test('a panel is an alert on GitHub and a quote elsewhere', () => {
  const doc = fromMarkdown('> [!WARNING]\n> careful');
  expect(doc.children[0]).toMatchObject({ type: 'panel', kind: 'warning' });
  expect(toMarkdown(doc)).toBe('> [!WARNING]\n> careful');
  expect(toTextile(doc)).toBe('> careful');
  expect(fromMarkdown('> \\[!WARNING]\n> careful').children[0]).toMatchObject({ type: 'blockquote' });
});

test('line ends are breaks on GitHub and spaces on GitLab', () => {
  expect(toHtml(fromMarkdown('a\nb'))).toBe('<p>a<br>b</p>');
  expect(toHtml(fromMarkdown('a\nb', { newline: 'space' }))).toBe('<p>a b</p>');
  expect(toMarkdown(docOf('a\nb'), { newline: 'space' })).toBe('a\\\nb');
});

test('documents that mean the same are equal and have the same hash', () => {
  const a = fromHtml('<p><b>x</b><b> y</b>\r\n z</p>');
  const b = fromMarkdown('**x y** z');
  expect(sameText(a, b)).toBe(true);
  expect(hashText(a)).toBe(hashText(b));
  expect(hashText(a)).toMatch(/^[\da-f]{16}$/);
  expect(hashText(a)).not.toBe(hashText(fromMarkdown('**x y** Z')));
});

test('white space alone is an empty document', () => {
  expect(isEmptyDoc(fromHtml('<p>&nbsp;</p><div><br></div>'))).toBe(true);
  expect(isEmptyDoc(docOf('x'))).toBe(false);
});

test('a text that is too long is cut, keeps its marks, and says so', () => {
  const short = truncate(fromMarkdown(`**${'word '.repeat(99)}word**\n\nend`), 60, 'Shortened.');
  expect(plainText(short).length).toBeLessThanOrEqual(60);
  expect(toMarkdown(short)).toMatch(/^\*\*word .*\w\*\*\n\nShortened\.$/);
  expect(truncate(docOf('short'), 60, 'Shortened.')).toEqual(docOf('short'));
});
