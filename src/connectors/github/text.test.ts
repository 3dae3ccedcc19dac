import { expect, test } from 'vitest';
import { docOf, filesIn, plainText, type RichText } from '../../core/rich-text/index.ts';
import { markerIn, wordOf } from './marker.ts';
import { pastedAt, pastedIn } from './pasted.ts';
import { GITHUB_CHARS, type Place, readText, settleText, TEXT_CHARS, writeText } from './text.ts';

const ROOT = 'https://node.example/files/';
const links = {
  url: (link: string, name: string) => `${ROOT}${link}/${encodeURIComponent(name)}`,
  fileOf: (url: string) => {
    const [, link, name] = /^https:\/\/node\.example\/files\/([^/]+)\/([^/]+)$/.exec(url) ?? [];
    return link && name ? { link, name: decodeURIComponent(name) } : undefined;
  },
};
const SHOT = 'https://github.com/user-attachments/assets/0c7f2f7e-1111-4222-8333-944455556666';
const LOG = 'https://github.com/user-attachments/files/20000001/server.log';
const place: Place = {
  origin: 'https://github.com',
  links,
  kinds: new Map([
    [SHOT, 'image/png'],
    [LOG, 'text/plain'],
  ]),
};
const read = (source: string, trusted = true) => readText(place, source, trusted);
const none = () => undefined;

test.each([
  ['#12', '#\u206012'],
  ['see #12.', 'see #\u206012.'],
  ['acme/web#1', 'acme/web#\u20601'],
  ['GH-12', 'GH-\u206012'],
  ['gh-7 and (#7)', 'gh-\u20607 and (#\u20607)'],
  ['@ada', '@\u2060ada'],
  ['#tag and C# 7', '#tag and C# 7'],
  ['at https://example.org/a#12', 'at <https://example.org/a#12>'],
  ['4f2a9c1d', '4f2a9c1d'],
])('%s is written as %s, and read as it was', (text, written) => {
  const source = writeText(docOf(text), none, [], null).replaceAll('\\', '');
  expect(source).toBe(written);
  expect(plainText(read(writeText(docOf(text), none, [], null)).doc)).toBe(text);
});

test.each<[string, RichText]>([
  ['of a file that is not here', { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'attachmentRef', file: 'x', name: '#12.txt' }] }] }],
  [
    'of a file behind a sign',
    {
      type: 'root',
      children: [
        {
          type: 'paragraph',
          children: [
            { type: 'text', value: 'acme/web#' },
            { type: 'attachmentRef', file: 'x', name: '12' },
          ],
        },
      ],
    },
  ],
  [
    'of two kinds',
    {
      type: 'root',
      children: [
        {
          type: 'paragraph',
          children: [
            { type: 'rawUnsupported', format: 'adf', value: '', text: 'GH-' },
            { type: 'text', value: '12' },
          ],
        },
      ],
    },
  ],
])('a name %s refers to no issue', (_, doc) => {
  expect(writeText(doc, none, [], null)).toMatch(/(?:#|GH-)\u206012/);
  expect(plainText(read(writeText(doc, none, [], null)).doc)).toBe(plainText(settleText(doc)));
});

test('code keeps its signs', () => {
  const doc: RichText = { type: 'root', children: [{ type: 'code', value: 'fix #12 by @ada' }] };
  expect(writeText(doc, none, [], null)).toBe('```\nfix #12 by @ada\n```');
});

test('the list of files and the marker stand at the end, are read off, and show in no word', () => {
  const listed = [
    { url: links.url('s.t.1', 'a (1) [x].txt'), name: 'a (1) [x].txt' },
    { url: links.url('s.t.2', '@ada #1.txt'), name: '@ada #1.txt' },
  ];
  const source = writeText(docOf('Words.'), none, listed, 'twin--1#2');
  expect(source).toContain('\n\n<!-- entente:files -->\n- [');
  expect(source.match(/<!--/g)).toHaveLength(2);
  expect(read(source)).toEqual({
    doc: docOf('Words.'),
    files: [
      { id: 's.t.1', name: 'a (1) [x].txt' },
      { id: 's.t.2', name: '@ada #1.txt' },
    ],
    marker: 'twin--1#2',
  });
});

test('a marker counts in texts of our own account only, and is never a word', () => {
  const source = writeText(docOf('Words.'), none, [], 'm:1');
  expect([read(source, false).marker, plainText(read(source, false).doc)]).toEqual([null, 'Words.']);
  expect([markerIn(source, true), markerIn(source, false), markerIn(null, true)]).toEqual(['m:1', null, null]);
  expect(markerIn(source.replaceAll('\n', '\r\n'), true)).toBe('m:1');
  expect(source).toContain(wordOf('m:1'));
});

test('a text that quotes another one with its marker keeps its own', () => {
  const quoted: RichText = { type: 'root', children: [{ type: 'code', value: writeText(docOf('Theirs.'), none, [], 'theirs:1') }] };
  const source = writeText(quoted, none, [], 'ours:1');
  expect(read(source)).toMatchObject({ marker: 'ours:1', doc: quoted });
});

test('a list of files and a marker in quoted code are words', () => {
  const quoted: RichText = {
    type: 'root',
    children: [{ type: 'code', value: writeText(docOf('Theirs.'), none, [{ url: links.url('l', 'a.txt'), name: 'a.txt' }], 'theirs:1') }],
  };
  expect(settleText(quoted)).toEqual(quoted);
  expect(read(writeText(quoted, none, [], null))).toEqual({ doc: quoted, files: [], marker: null });
});

test('what somebody writes below the list and the marker is words', () => {
  const source = `${writeText(docOf('Before.'), none, [{ url: links.url('l', 'a.txt'), name: 'a.txt' }], 'm:1')}\n\nAfter.`;
  expect(plainText(read(source).doc)).toBe('Before.\n\nAfter.');
});

test('files that people paste are known by their address; a picture’s name is what it was called and its type', () => {
  const { doc, files } = read(`See ![Screen shot](${SHOT}) and <img width="10" alt="Screen shot" src="${SHOT}">.\n\n[server.log](${LOG})\n`);
  expect(files).toEqual([
    { id: SHOT, name: 'Screen shot.png' },
    { id: LOG, name: 'server.log' },
  ]);
  expect(filesIn(doc)).toEqual([SHOT]);
});

test('a file that our account cannot open stays a link, and so does what only looks like one', () => {
  const other = SHOT.replace('0c7f', 'ffff');
  expect(read(`[a](${other})`)).toMatchObject({ files: [] });
  expect(pastedAt('https://github.com', 'https://github.com.evil.example/user-attachments/assets/0c7f')).toBeUndefined();
  expect(pastedAt('https://github.com', 'https://github.com/user-attachments/assets/../../settings')).toBeUndefined();
  expect(pastedIn('https://github.com', `<img src="${SHOT}"> (${LOG}) ${SHOT}?x=1`)).toEqual([SHOT, LOG]);
});

test('a text that is too long is cut, says so, and leaves room for the rest; what was cut does not depend on addresses', () => {
  const long = docOf('Words, words, words. '.repeat(5000));
  const settled = settleText(long);
  expect(plainText(settled)).toMatch(/longer than GitHub takes/);
  const source = writeText(long, none, [], 'm:1');
  expect(source.length).toBeLessThan(GITHUB_CHARS);
  expect(source.length).toBeGreaterThan(TEXT_CHARS - 3000);
  expect(read(source).doc).toEqual(settled);
  expect(settleText(settled)).toEqual(settled);
});
