import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyDoc, nasty } from './arbitrary-doc.ts';
import { canon, docOf, FORMATS, type FormatName, mapFiles, plainText, type RichText, settle, toHtml } from './index.ts';

const names = Object.keys(FORMATS) as FormatName[];
const runs = Number(process.env.RICH_TEXT_RUNS ?? 400);
const json = (doc: RichText): string => JSON.stringify(doc, undefined, 1);
/** Letters and digits only: punctuation may be written otherwise, a word may not be lost. */
const words = (doc: RichText): string =>
  plainText(doc)
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{Extended_Pictographic}]+/gu, '');

test('the canonical form of a canonical document is the document', () => {
  fc.assert(
    fc.property(anyDoc, (doc) => {
      const once = canon(doc);
      expect(json(canon(once))).toBe(json(once));
    }),
    { numRuns: runs * 2 },
  );
});

describe.each(names)('%s', (format) => {
  test('a document that a tracker gave back once does not change any more', () => {
    fc.assert(
      fc.property(anyDoc, (doc) => {
        const once = settle(format, doc);
        expect(json(settle(format, once))).toBe(json(once));
      }),
      { numRuns: runs },
    );
  });

  test('no word is lost or made up', () => {
    fc.assert(
      fc.property(anyDoc, (doc) => {
        expect(
          words(
            settle(
              format,
              mapFiles(doc, (file) => (file === 'f3' ? 'f1' : undefined)),
            ),
          ),
        ).toBe(words(canon(doc)));
      }),
      { numRuns: runs },
    );
  });

  test('a paragraph of any text comes back character for character', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const doc = canon(docOf(text));
        expect(json(settle(format, doc))).toBe(json(doc));
      }),
      { numRuns: runs * 2 },
    );
  });

  test.each(names.filter((other) => other !== format))('what went to %s and back is stable from then on', (other) => {
    fc.assert(
      fc.property(anyDoc, (doc) => {
        const back = settle(format, settle(other, settle(format, doc)));
        expect(json(settle(format, settle(other, back)))).toBe(json(back));
      }),
      { numRuns: runs },
    );
  });

  test('any text at all can be read', () => {
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 20 }), (parts) => {
        const doc = FORMATS[format].read(parts.join('\n'));
        expect(json(canon(doc))).toBe(json(doc));
      }),
      { numRuns: runs },
    );
  });
});

test('the HTML of any document holds nothing active', () => {
  fc.assert(
    fc.property(anyDoc, (doc) => {
      const html = toHtml(doc, { urlOf: () => ({ url: 'javascript:alert(1)', name: 'x' }) });
      for (const [tag] of html.matchAll(/<[^>]*>/g)) {
        expect(tag).toMatch(/^<\/?(p|h[1-6]|pre|code|hr|br|blockquote|ul|ol|li|table|thead|tbody|tr|th|td|strong|em|del|u|a|img|input)\b/);
        expect(tag).toMatch(
          /^<(\/?\w+|a href="(https?:\/\/|mailto:|tel:)[^"]*"|img src="https?:\/\/[^"]*" alt="[^"]*"|ol start="\d+"|code class="language-[\w+#.-]+"|input type="checkbox" disabled( checked)?)>$/,
        );
      }
    }),
    { numRuns: runs },
  );
});
