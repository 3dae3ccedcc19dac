import { describe, expect, test } from 'vitest';
import { canon, docOf, FORMATS, type FormatName, hashText, plainText, type RichText, settle } from './index.ts';

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
