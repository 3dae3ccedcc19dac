import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyDoc } from '../core/rich-text/arbitrary-doc.ts';
import { canon, FORMATS, type FormatName, settle } from '../core/rich-text/index.ts';
import { isRichText } from './rich-text.ts';

const adf = readFileSync(new URL('../core/rich-text/testdata/adf-documents.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): { name: string; document: unknown } => JSON.parse(line));

describe('a document that a peer sends', () => {
  test.each(Object.keys(FORMATS) as FormatName[])('is taken when it was read as %s', (format) => {
    fc.assert(
      fc.property(anyDoc, (doc) => isRichText(settle(format, doc))),
      { numRuns: 200 },
    );
  });

  test('is taken in its canonical form, whatever it holds', () => {
    fc.assert(
      fc.property(anyDoc, (doc) => isRichText(canon(doc))),
      { numRuns: 500 },
    );
  });

  test.each(adf)('is taken when Jira Cloud wrote it: $name', ({ document }) => {
    expect(isRichText(FORMATS.adf.read(JSON.stringify(document)))).toBe(true);
  });

  test.each<[string, unknown]>([
    ['nothing', null],
    ['another node', { type: 'paragraph', children: [] }],
    ['an unknown node', { type: 'root', children: [{ type: 'html', value: '<b>' }] }],
    ['an address that runs something', { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'link', url: 'javascript:x', children: [] }] }] }],
    ['raw content without words', { type: 'root', children: [{ type: 'rawUnsupported', format: 'adf', value: '{}' }] }],
    ['a cell outside of a table', { type: 'root', children: [{ type: 'tableCell', children: [] }] }],
  ])('is refused: %s', (_, value) => {
    expect(isRichText(value)).toBe(false);
  });
});
