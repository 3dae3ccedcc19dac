import { describe, expect, test } from 'vitest';
import { canon, docOf, FORMATS, type FormatName, fromAdf, hashText, plainText, type RichText, settle } from './index.ts';

const names = Object.keys(FORMATS) as FormatName[];
/** Generous: the machine that tests run on may be busy. Without its guard each of these takes many seconds or overflows the stack. */
const SECONDS = 4;

const took = (work: () => unknown): number => {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
};

const UNITS = [
  'a*',
  '**a',
  '~~a',
  '[^1]',
  '![a',
  '[a](',
  '"a":',
  '*a ',
  '@a ',
  '!a(b ',
  '<b>',
  '<p><b>',
  '> ',
  '- ',
  '`a',
  '== a',
  '<pre>',
  '<!--',
  '[[a|',
  '((((',
  '|a',
  'www.',
  '\t',
  '{code}',
  '{noformat}a',
  '{quote}a{panel}',
  '{*}a',
  '{{a',
  '[a|',
  '[a|b] ',
  '!a|alt=',
  '\\\\',
  '\\',
  '||a',
  '* a\n',
  '*'.repeat(50),
  '|[a',
];

describe.each(names)('%s', (format) => {
  test.each(UNITS)('40,000 characters of %j are read in time', (unit) => {
    const text = unit.repeat(40_000 / unit.length);
    expect(took(() => FORMATS[format].read(text))).toBeLessThan(SECONDS);
  });

  test.each(['blockquote', 'strong', 'list', 'panel', 'link'])('%s nested 20,000 deep keeps its words', (type) => {
    let node: unknown = { type: 'text', value: 'deep' };
    for (let i = 0; i < 20_000; i++) {
      node =
        type === 'list'
          ? { type, ordered: false, children: [{ type: 'listItem', children: [node] }] }
          : { type, kind: 'info', url: 'https://ex.example', children: [node] };
    }
    const doc = { type: 'root', children: [node] } as RichText;
    const settled = settle(format, doc);
    expect(plainText(settled)).toContain('deep');
    expect(hashText(settle(format, settled))).toBe(hashText(settled));
  });

  test('60,000 characters of an ordinary text convert in time', () => {
    const doc = docOf('Hello there, the order #123 has not arrived (yet). See https://ex.example/a_b, thanks & bye!\n\n'.repeat(650));
    expect(plainText(doc).length).toBeGreaterThan(60_000);
    expect(took(() => expect(settle(format, doc)).toEqual(canon(doc)))).toBeLessThan(SECONDS);
  });
});

test('a node of the Atlassian document format nested 20,000 deep keeps its words', () => {
  for (const type of ['blockquote', 'bulletList', 'panel', 'table', 'taskList', 'bodiedExtension', 'hologram', 'paragraph']) {
    let node: unknown = { type: 'text', text: 'deep' };
    for (let i = 0; i < 20_000; i++) node = { type, content: [node] };
    expect(plainText(fromAdf({ type: 'doc', version: 1, content: [node] })), type).toContain('deep');
  }
});

test('nothing that is given instead of a document of the Atlassian document format is an error', () => {
  for (const value of [null, undefined, 5, true, [], {}, { type: 5 }, { type: 'doc', content: 'x' }, () => 1]) expect(fromAdf(value)).toEqual(docOf(''));
  expect(fromAdf('words')).toEqual(docOf('words'));
});

test('a megabyte of wiki markup is read in time', () => {
  const text = 'a *b _c [d|e] {f} !g <h> `i` |j| -k "l":m {{n\n'.repeat(22_000);
  expect(text.length).toBeGreaterThan(1_000_000);
  expect(took(() => expect(plainText(FORMATS.wiki.read(text))).toContain('g <h> `i`'))).toBeLessThan(SECONDS * 3);
});

test('a megabyte of text is written for Jira and read back in time', () => {
  const doc = docOf('*b* _c_ [d|e] {f} !g! <h> |j| -k- C:\\n https://ex.example/a_b.\n\n'.repeat(18_000));
  expect(plainText(doc).length).toBeGreaterThan(1_000_000);
  expect(took(() => expect(settle('adf', settle('wiki', doc))).toEqual(canon(doc)))).toBeLessThan(SECONDS * 4);
});
