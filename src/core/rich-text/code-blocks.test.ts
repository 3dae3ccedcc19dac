import { expect, test } from 'vitest';
import { codeBlocksIn, lastOutsideCode } from './code-blocks.ts';

const blocks = (markdown: string) => codeBlocksIn(markdown).map(({ from, to }) => markdown.slice(from, to));

test('a block of code reaches from its fence to the next one that is as long', () => {
  expect(blocks('a\n```js\nb\n```\nc\n~~~\nd\n```\n~~~~\ne')).toEqual(['```js\nb\n```', '~~~\nd\n```\n~~~~']);
  expect(blocks('````\n```\n````')).toEqual(['````\n```\n````']);
  expect(blocks('  ```\nx\n   ```')).toEqual(['  ```\nx\n   ```']);
});

test('what only looks like a fence is none, nor is one that is never closed', () => {
  expect(blocks('```a`b\nx\n    ```\n\n```\nopen')).toEqual([]);
});

test('the last match outside of code is found, whatever is quoted before and after it', () => {
  const quoted = '```\n<x 1>\n```';
  expect(lastOutsideCode(/^<x \d>$/gm, `${quoted}\n<x 2>\n${quoted}`)?.[0]).toBe('<x 2>');
  expect(lastOutsideCode(/^<x \d>$/gm, quoted)).toBeUndefined();
  expect(lastOutsideCode(/^<x \d>$/gm, '<x 1>\n```\n<x 2>')?.[0]).toBe('<x 2>');
});

test('a text of a million fences is gone through in time', () => {
  const started = performance.now();
  codeBlocksIn(Array.from({ length: 1400 }, (_, n) => '`'.repeat(1403 - n)).join('\n'));
  expect(performance.now() - started).toBeLessThan(2000);
});
