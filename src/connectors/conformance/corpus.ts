import type { Block, Inline, RichText } from '../../core/rich-text/index.ts';

const t = (value: string): Inline => ({ type: 'text', value });
const p = (...children: (Inline | string)[]): Block => ({ type: 'paragraph', children: children.map((c) => (typeof c === 'string' ? t(c) : c)) });
const doc = (...children: Block[]): RichText => ({ type: 'root', children });
const item = (...children: Block[]) => ({ type: 'listItem', children }) as const;
const row = (...cells: string[]) => ({ type: 'tableRow' as const, children: cells.map((c) => ({ type: 'tableCell' as const, children: [t(c)] })) });

/** Each is text, and must come back as text: markup of every format, scripts, templates, queries, and what databases and screens choke on. */
export const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  '</textarea><img src=x onerror=alert(1)>',
  '<b>not bold</b> &lt;i&gt; &amp;amp; &nbsp;',
  '<!-- hidden --> shown',
  '<pre>x</pre> <code>y</code>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template that must not be run
  '{{constructor.constructor("alert(1)")()}} ${7*7} <%= 7*7 %> #{7*7}',
  "'; drop table tickets; --",
  '*not bold* _not slanted_ -not struck- +not under+ @not code@',
  '**not bold** __not bold__ ~~not struck~~ `not code`',
  '# not a heading',
  'h1. not a heading',
  '- not a list',
  '* not a list',
  '1. not a list',
  '> not a quotation',
  'bq. not a quotation',
  '| not | a table |',
  '```not code',
  '---',
  '[not a link](https://example.org/) ![not an image](a.png)',
  '"not a link":https://example.org/ !not-an-image.png!',
  '[not a link|https://example.org/] [~accountid:x] {code}x{code} {color:red}x{color}',
  '%{color:red}not red% ==x== <notextile>y</notextile>',
  '\\*backslash\\* C:\\new\\table',
  '@everyone @admin #123 !456 :smile:',
  'a null \u0000 character',
  'a bell \u0007 and an escape \u001b[31m',
  'turned \u202e around \u202c',
  'half a pair \ud83d here',
  'line\u2028separator',
];

/** Documents that must settle: what is written is what a fetch shows. */
export const DOCUMENTS: Readonly<Record<string, RichText>> = {
  empty: doc(),
  plain: doc(p('One paragraph.')),
  paragraphs: doc(p('First.'), p('Second,', { type: 'break' }, 'on two lines.'), p('Third.')),
  spaces: doc(p('  in front'), p('at the end  '), p('two  inside'), p('a\ttab'), p('no\u00a0break'), p('')),
  marks: doc(
    p(
      'Plain ',
      { type: 'strong', children: [t('bold')] },
      ' ',
      { type: 'emphasis', children: [t('slanted')] },
      ' ',
      { type: 'delete', children: [t('struck')] },
      ' ',
      { type: 'underline', children: [t('under')] },
      ' ',
      { type: 'inlineCode', value: 'code <b> *x*' },
      ' ',
      { type: 'strong', children: [t('bold '), { type: 'emphasis', children: [t('and slanted')] }] },
    ),
  ),
  'marks inside words': doc(
    p('un', { type: 'strong', children: [t('break')] }, 'able, ', { type: 'emphasis', children: [t('a')] }, { type: 'strong', children: [t('b')] }),
  ),
  headings: doc({ type: 'heading', depth: 1, children: [t('One')] }, p('Text.'), { type: 'heading', depth: 3, children: [t('Three')] }, p('Text.')),
  lists: doc(
    p('Before.'),
    {
      type: 'list',
      ordered: false,
      children: [item(p('a')), item(p('b'), { type: 'list', ordered: true, children: [item(p('b 1')), item(p('b 2'))] }), item(p('c'))],
    },
    p('Between.'),
    { type: 'list', ordered: true, start: 3, children: [item(p('three')), item(p('four'))] },
  ),
  tasks: doc({
    type: 'list',
    ordered: false,
    children: [
      { type: 'listItem', checked: true, children: [p('done')] },
      { type: 'listItem', checked: false, children: [p('open')] },
    ],
  }),
  table: doc({ type: 'table', children: [row('name', 'value'), row('a | b', '1'), row('', '2')] }),
  code: doc(
    p('See:'),
    { type: 'code', lang: 'js', value: 'if (a < b && c) {\n\n  return `x` + "*y*";\n}' },
    { type: 'code', value: '```\n</pre>\n    indented' },
  ),
  quotation: doc({ type: 'blockquote', children: [p('Said.'), p('Twice.')] }, p('Answer.')),
  panel: doc({ type: 'panel', kind: 'warning', children: [p('Mind the gap.')] }),
  links: doc(
    p(
      'See ',
      { type: 'link', url: 'https://example.org/a_(b)?c=d&e=%20f#g', children: [t('this [page]')] },
      ', ',
      { type: 'link', url: 'https://example.org/', children: [{ type: 'strong', children: [t('that')] }] },
      ' and https://example.org/bare?x=1&y=2.',
    ),
  ),
  image: doc(p({ type: 'image', url: 'https://example.org/a.png', alt: 'a picture' })),
  mention: doc(p('Thanks, ', { type: 'mention', name: 'Zoë O’Hara' }, '!')),
  rule: doc(p('Above.'), { type: 'thematicBreak' }, p('Below.')),
  unsupported: doc(p('Before.'), { type: 'rawUnsupported', format: 'elsewhere', value: '<macro id="1"/>', text: 'a macro' }),
  scripts: doc(p('שלום עולם, مرحبا بالعالم, mixed עם English.'), p('日本語、한국어、ไทย, e\u0301 é, İı.'), p('👩‍👩‍👧‍👦 🇺🇦 👍🏽 ✅ 𝔘𝔫𝔦')),
  hostile: doc(...HOSTILE.map((text) => p(text))),
};

export const SUMMARIES: readonly string[] = [
  'Printer on fire',
  '  spaces   around  ',
  'שלום 👩‍👩‍👧‍👦 İı é',
  '<script>alert(1)</script> & "quotes" \'single\'',
  '*stars* _lines_ [link](https://example.org) `code` #1 @all',
  'back\\slash / slash | pipe % percent',
];

/** Names that a person's computer may give to a file. */
export const FILE_NAMES: readonly string[] = ['plain.txt', 'with spaces (1).txt', 'שלום-👍.txt', 'quo"te\'s.txt', 'a;b&c=d+e%20f#g.txt', 'no extension'];

/** About `chars` characters in paragraphs of 500. */
export function longDocument(chars: number, word = 'lorem ipsum dolor '): RichText {
  const one = word
    .repeat(Math.ceil(498 / word.length))
    .slice(0, 498)
    .trim();
  return doc(...Array.from({ length: Math.max(1, Math.floor(chars / 500)) }, (_, i) => p(`${i} ${one}`.slice(0, 498).trim())));
}
