import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type AdfNode,
  fromAdf,
  fromMarkdown,
  mapFiles,
  plainText,
  type ReadOptions,
  type RichText,
  toAdf,
  toHtml,
  toMarkdown,
  type WriteOptions,
} from './index.ts';

const FILES: Readonly<Record<string, { file: string; name: string }>> = {
  'media:f1': { file: 'f1', name: 'shot.png' },
  'media:f2': { file: 'f2', name: 'log file (1).txt' },
  'https://ex.example/f/f1': { file: 'f1', name: 'shot.png' },
};
const read: ReadOptions = { fileOf: (key) => FILES[key] };
const write: WriteOptions = {
  urlOf: (file) => ({ url: `https://ex.example/f/${file}`, name: file === 'f1' ? 'shot.png' : 'log file (1).txt', media: `media:${file}` }),
};

const corpus = readFileSync(new URL('./testdata/adf-documents.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): { name: string; odd?: boolean; document: { content?: AdfNode[] } } => JSON.parse(line));
const named = (name: string): unknown => corpus.find((one) => one.name === name)?.document;

const doc = (...content: unknown[]): unknown => ({ type: 'doc', version: 1, content });
const p = (...content: unknown[]): unknown => ({
  type: 'paragraph',
  content: content.map((node) => (typeof node === 'string' ? { type: 'text', text: node } : node)),
});
/** The types of nodes in a document, without text. */
function typesIn(nodes: readonly AdfNode[]): string[] {
  return nodes.flatMap((node) => [...(node.type === 'text' ? [] : [node.type]), ...typesIn(node.content ?? [])]);
}

/** Every text that stands in a text node. */
const textsIn = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.flatMap(textsIn)
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) =>
          key === 'text' && 'type' in value && value.type === 'text' && typeof inner === 'string' ? [inner] : textsIn(inner),
        )
      : [];
const letters = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, '');

test.each(corpus)('all words of $name are read', ({ document }) => {
  const found = letters(plainText(fromAdf(document, read)));
  for (const text of textsIn(document)) expect(found).toContain(letters(text));
});

test.each<[string, string]>([
  ['each mark', '<p><strong>strong</strong> <em>em</em> <del>strike</del> <u>underline</u> <code>code</code></p>'],
  ['marks together', '<p><strong><em><del><u>all four</u></del></em></strong> and <em><del>two</del></em>.</p>'],
  ['colours', '<p>red yellow ground <strong>both</strong></p>'],
  ['sub and sup', '<p>H2O is 103 litres</p>'],
  ['a heading with a break and a date', '<h3>Due 2026-01-01</h3>'],
  ['numbers from five', '<ol start="5"><li>five</li><li>six</li></ol>'],
  ['tasks', '<ul><li><input type="checkbox" disabled checked> done</li><li><input type="checkbox" disabled> to do <strong>bold</strong></li></ul>'],
  [
    'nested tasks',
    '<ul><li><input type="checkbox" disabled> outer<ul><li><input type="checkbox" disabled checked> inner</li></ul></li><li><input type="checkbox" disabled checked> last</li></ul>',
  ],
  ['decisions', '<ul><li>We do it.</li><li>Not that.</li></ul>'],
  ['code', '<pre><code class="language-javascript">if (a &lt; b &amp;&amp; c) {\n\n  return `x`;\n}\n</code></pre>'],
  [
    'spans',
    '<table><thead><tr><th>wide</th><th></th><th>c</th></tr></thead><tbody><tr><td>tall</td><td>1</td><td>2</td></tr><tr><td></td><td>3</td><td>4</td></tr></tbody></table>',
  ],
  ['a numbered table', '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>'],
  ['a picture from the web', '<p><img src="https://ex.example/a.png" alt="far away"></p>'],
  ['a picture with a caption', '<p><img src="https://ex.example/f/f1" alt="shot.png"></p><p>What is shown</p>'],
  ['a group of files', '<p><a href="https://ex.example/f/f1">shot.png</a> <a href="https://ex.example/f/f2">log</a></p>'],
  ['files in a line', '<p>see <a href="https://ex.example/f/f2">log file (1).txt</a> and <img src="https://ex.example/f/f1" alt="inline"> here</p>'],
  ['a file that is not known', '<p>lost</p><p>[file]</p>'],
  ['a mention', '<p>Thanks, @Zoë O’Hara! And @someone.</p>'],
  ['emoji', '<p>😄 :custom: done</p>'],
  ['dates', '<p>From 2020-01-01 to not a number</p>'],
  ['a status', '<p>It is IN PROGRESS now</p>'],
  ['an expand', '<p><strong>Click me</strong></p><p>hidden</p><ul><li>a</li></ul><p>no title</p>'],
  ['columns', '<p>left</p><ul><li>l</li></ul><p>right</p>'],
  ['extensions', '<p>Contents</p><p>an inline one here</p>'],
  ['an extension with a body', '<p>inside it a</p>'],
  ['links that run something', '<p>do not nor this relative</p>'],
  ['an unknown block', '<p>words in it</p><p>after</p>'],
])(/* prettier-ignore */ '%s: read as people see it', (name, html) => {
  expect(toHtml(fromAdf(named(name), read), write)).toBe(html);
});

test.each<[string, string]>([
  ['panel tip', '> [!TIP]\n> A panel of kind tip.'],
  ['panel success', '> [!TIP]\n> A panel of kind success.'],
  ['panel note', '> [!IMPORTANT]\n> A panel of kind note.'],
  ['panel error', '> [!CAUTION]\n> A panel of kind error.'],
  ['a custom panel', '> [!NOTE]\n> Our own.'],
  ['full cells', '| what | how |\n| --- | --- |\n| one<br>two | x<br>y<br>z |\n| `a \\| b` | note<br>said |\n| t | T<br>**More**<br>in it |'],
])('%s: as GitHub shows it', (name, markdown) => {
  expect(toMarkdown(fromAdf(named(name), read), write)).toBe(markdown);
});

describe('what has no counterpart elsewhere', () => {
  test.each(['extensions', 'an extension with a body', 'an extension in a list and a quote', 'synced blocks', 'a placeholder', 'marked extensions'])(
    '%s: comes home as it was',
    (name) => {
      const kept = (value: unknown): unknown[] =>
        JSON.stringify(value)
          .split('{"type":"')
          .filter((part) => /^(\w*[eE]xtension|\w*[sS]yncBlock|placeholder)"/.test(part));
      const home = toAdf(fromAdf(named(name), read), write);
      expect(kept(named(name)).length).toBeGreaterThan(0);
      for (const node of kept(named(name))) expect(kept(home).map(String).join('\n')).toContain(String(node).replace(/[\]},]+$/, ''));
    },
  );

  test.each(['an extension with a body', 'synced blocks', 'marked extensions'])('%s: comes home to the letter', (name) => {
    expect(toAdf(fromAdf(named(name)))).toEqual(named(name));
  });

  test('is written as its words when it was changed on its way, or could ping somebody', () => {
    const raw = (value: unknown, text: string): RichText => ({
      type: 'root',
      children: [{ type: 'rawUnsupported', format: 'adf', value: JSON.stringify(value), text }],
    });
    const extension = { type: 'extension', attrs: { extensionKey: 'k', extensionType: 't', text: 'shown' } };
    expect(toAdf(raw(extension, 'shown')).content).toEqual([extension]);
    for (const [value, text] of [
      [extension, 'other words'],
      [{ type: 'mention', attrs: { id: '1', text: '@jane' } }, '@jane'],
      [{ type: 'bodiedExtension', attrs: extension.attrs, content: [p({ type: 'mention', attrs: { id: '1', text: 'jane' } })] }, 'shown jane'],
      [{ ...extension, attrs: { extensionKey: 'k' } }, '[k]'],
      [{ ...extension, marks: [{ type: 'fragment' }] }, 'shown'],
      [{ type: 'constructor' }, '[constructor]'],
    ] as const)
      expect(toAdf(raw(value, text)).content).toEqual([p(text)]);
  });
});

describe('what the format cannot nest', () => {
  test.each<[string, string, string[]]>([
    ['a heading in a quote is bold', '> ## T\n>\n> x', ['blockquote', 'paragraph', 'paragraph']],
    ['a quote in a quote is part of it', '> a\n>\n> > b', ['blockquote', 'paragraph', 'paragraph']],
    [
      'a table in a list stands between its parts',
      '1. a\n\n   | h |\n   | - |\n2. b',
      ['orderedList', 'listItem', 'paragraph', 'table', 'tableRow', 'tableHeader', 'paragraph', 'orderedList', 'listItem', 'paragraph'],
    ],
    [
      'a panel in a list stands between its parts',
      '- a\n\n  > [!NOTE]\n  > b\n- c',
      ['bulletList', 'listItem', 'paragraph', 'panel', 'paragraph', 'bulletList', 'listItem', 'paragraph'],
    ],
    ['tasks in a quote are bullets with a sign', '> - [x] a', ['blockquote', 'bulletList', 'listItem', 'paragraph']],
    ['a list item that begins with a list begins with an empty line', '- - a', ['bulletList', 'listItem', 'paragraph', 'bulletList', 'listItem', 'paragraph']],
    ['a picture of the web stands between the parts of its line', 'a ![p](https://ex.example/p.png) b', ['paragraph', 'mediaSingle', 'media', 'paragraph']],
  ])('%s', (_, markdown, types) => {
    expect(typesIn(toAdf(fromMarkdown(markdown)).content)).toEqual(types);
  });

  test('a numbered list goes on with its number after what stood in it', () => {
    expect(toAdf(fromMarkdown('3. a\n\n   ***\n4. b')).content).toMatchObject([
      { type: 'orderedList', attrs: { order: 3 } },
      { type: 'rule' },
      { attrs: { order: 4 } },
    ]);
  });

  test('a box that no task list can hold is a sign, and a box again when it comes back', () => {
    const tasks = fromMarkdown('1. [x] done\n2. plain\n3. [ ] open');
    const adf = toAdf(tasks);
    expect(typesIn(adf.content)).not.toContain('taskItem');
    expect(textsIn(adf)).toEqual(['☑ done', 'plain', '☐ open']);
    expect(fromAdf(adf)).toEqual(tasks);
  });
});

test('nobody is pinged: a mention is text', () => {
  const adf = toAdf(fromAdf(named('a mention')));
  expect(typesIn(adf.content)).toEqual(['paragraph']);
  expect(textsIn(adf)).toEqual(['Thanks, @Zoë O’Hara! And @someone.']);
});

test('code bears no other mark but a link, as Jira demands', () => {
  const adf = toAdf(fromMarkdown('**a `b` c** [`d`](https://ex.example/)'));
  const marks = adf.content[0]?.content?.map(({ text, marks = [] }) => [text, marks.map(({ type }) => type)]);
  expect(marks).toEqual([
    ['a ', ['strong']],
    ['b', ['code']],
    [' c', ['strong']],
    [' ', []],
    ['d', ['link', 'code']],
  ]);
});

test('an address in text is a link, and text again when it comes back', () => {
  const adf = toAdf(fromMarkdown('see https://ex.example/a_b.'));
  expect(adf.content[0]?.content).toMatchObject([
    { text: 'see ' },
    { text: 'https://ex.example/a_b', marks: [{ type: 'link', attrs: { href: 'https://ex.example/a_b' } }] },
    { text: '.' },
  ]);
  expect(fromAdf(adf)).toEqual(fromMarkdown('see https://ex.example/a_b.'));
});

describe('a picture among the files', () => {
  const shown = fromAdf(
    doc(p('see ', { type: 'mediaInline', attrs: { type: 'image', id: 'media:f1', collection: '' } }), {
      type: 'mediaSingle',
      content: [{ type: 'media', attrs: { type: 'file', id: 'media:f1', collection: '' } }],
    }),
    read,
  );

  test('is shown in its line or alone, as it stands', () => {
    const adf = toAdf(shown, write);
    expect(typesIn(adf.content)).toEqual(['paragraph', 'mediaInline', 'mediaSingle', 'media']);
    expect(fromAdf(adf, read)).toEqual(shown);
  });

  test('that Jira cannot show is a link, and without an address its name', () => {
    expect(toAdf(shown, { urlOf: () => ({ url: 'https://ex.example/f/f1', name: 'shot.png' }) }).content[1]?.content).toMatchObject([
      { text: 'shot.png', marks: [{ type: 'link' }] },
    ]);
    expect(textsIn(toAdf(shown))).toEqual(['see shot.png', 'shot.png']);
    expect(
      textsIn(
        toAdf(
          mapFiles(shown, () => 'gone'),
          { urlOf: () => undefined },
        ),
      ),
    ).toEqual(['see shot.png', 'shot.png']);
  });
});
