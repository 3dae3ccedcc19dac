import { describe, expect, test } from 'vitest';
import { docOf, type FormatName, fromMarkdown, lostIn, type RichText, settle } from './index.ts';

const doc = (...children: RichText['children']): RichText => ({ type: 'root', children });

test('nothing is lost where nothing was', () => {
  expect(lostIn(docOf('words'), docOf(''))).toEqual([]);
  expect(lostIn(fromMarkdown('**a**'), fromMarkdown('# **b**\n\n- c'))).toEqual([]);
});

describe('what a tracker of a format cannot show is named', () => {
  test.each<[FormatName, string, readonly string[]]>([
    ['html', '> [!NOTE]\n> a', ['panels']],
    ['textile', '> [!NOTE]\n> a', ['panels']],
    ['markdown', '> [!NOTE]\n> - [x] a', []],
    ['adf', '> [!NOTE]\n> - [x] a', []],
    ['wiki', '> [!NOTE]\n> - [x] a', []],
    ['adf', '> a\n>\n> > b', ['quotes']],
    ['wiki', '> a\n>\n> > b', ['quotes']],
    ['adf', '> # a', ['headings']],
    ['adf', '**`a`**', ['bold']],
    ['adf', '1. [x] <ins>a</ins>\n2. b', []],
    ['wiki', '1. [x] <ins>a</ins>\n2. b', []],
    ['textile', 'in**side**', ['bold']],
    ['wiki', 'in**side** ~~a-b~~', []],
  ])('%s: %s', (format, markdown, lost) => {
    const before = fromMarkdown(markdown);
    expect(lostIn(before, settle(format, before))).toEqual(lost);
  });

  test('raw content, mentions and pictures among the files', () => {
    const before = doc(
      { type: 'rawUnsupported', format: 'adf', value: '{"type":"extension","attrs":{"extensionKey":"k","extensionType":"t"}}', text: '[k]' },
      { type: 'paragraph', children: [{ type: 'mention', name: 'jane' }] },
      { type: 'paragraph', children: [{ type: 'attachmentRef', file: 'f', name: 'a.png', inline: true }] },
    );
    expect(lostIn(before, settle('markdown', before))).toEqual(['special elements', 'mentions']);
    expect(lostIn(before, settle('wiki', before))).toEqual(['special elements', 'mentions']);
    expect(lostIn(before, settle('adf', before))).toEqual(['mentions']);
    expect(lostIn(before, docOf('[k] @jane a.png'))).toEqual(['special elements', 'mentions', 'inline pictures']);
  });
});
