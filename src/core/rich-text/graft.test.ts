import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyDoc } from './arbitrary-doc.ts';
import { canon, fromHtml, graft, type RichText } from './index.ts';

const html = (text: string): RichText => fromHtml(text);
const edit = (doc: RichText, from: string, to: string): RichText => JSON.parse(JSON.stringify(doc).replace(from, to)) as RichText;

describe('an edit of a poorer copy', () => {
  const rich = html('<p>Please <u>read</u> this.</p><ul><li><u>one</u></li><li>two</li></ul><p>Bye.</p>');
  /** On a tracker that knows no underline. */
  const copy = html('<p>Please read this.</p><ul><li>one</li><li>two</li></ul><p>Bye.</p>');

  test('leaves the formatting of everything that it did not touch', () => {
    expect(graft(copy, edit(copy, 'Bye.', 'Good bye.'), rich)).toEqual(
      html('<p>Please <u>read</u> this.</p><ul><li><u>one</u></li><li>two</li></ul><p>Good bye.</p>'),
    );
  });

  test('is taken as it came where it was made', () => {
    expect(graft(copy, edit(copy, 'Please read', 'Do read'), rich)).toEqual(html('<p>Do read this.</p><ul><li><u>one</u></li><li>two</li></ul><p>Bye.</p>'));
  });

  test('touches only the changed item of a list', () => {
    expect(graft(copy, edit(copy, 'two', 'three'), rich)).toEqual(html('<p>Please <u>read</u> this.</p><ul><li><u>one</u></li><li>three</li></ul><p>Bye.</p>'));
  });

  test('may add, remove and move blocks', () => {
    const [first, list, last] = copy.children;
    if (!first || !list || !last) throw new Error('The copy has other blocks.');
    const added = { type: 'root', children: [...html('<p>New.</p>').children, first, list, last] } as RichText;
    expect(graft(copy, added, rich)).toEqual(html('<p>New.</p><p>Please <u>read</u> this.</p><ul><li><u>one</u></li><li>two</li></ul><p>Bye.</p>'));
    expect(graft(copy, { type: 'root', children: [first, last] }, rich)).toEqual(html('<p>Please <u>read</u> this.</p><p>Bye.</p>'));
  });

  test('is taken whole when the copy does not correspond to the text block by block', () => {
    expect(graft(html('<p>a</p>'), html('<p>b</p>'), rich)).toEqual(html('<p>b</p>'));
    expect(graft(html('<p>x</p><p>y</p><p>z</p>'), html('<p>x</p><p>y</p><p>zz</p>'), rich)).toEqual(html('<p>x</p><p>y</p><p>zz</p>'));
  });
});

test('nothing is lost or invented: of a faithful copy the edit is the result, and no edit is no change', () => {
  fc.assert(
    fc.property(anyDoc, anyDoc, (one, two) => {
      const [x, y] = [canon(one), canon(two)];
      expect(graft(x, y, x)).toEqual(y);
      expect(graft(x, x, x)).toEqual(x);
    }),
    { numRuns: 200 },
  );
});

test('a text without end is taken as it came', () => {
  const long = (word: string): RichText => html(Array.from({ length: 3000 }, (_, i) => `<p>${word} ${i}</p>`).join(''));
  expect(graft(long('a'), long('b'), long('a'))).toEqual(long('b'));
});
