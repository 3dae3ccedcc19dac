import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyDoc, nasty } from '../../core/rich-text/arbitrary-doc.ts';
import { canon, docOf, plainText, type RichText } from '../../core/rich-text/index.ts';
import { withoutQuickActions } from './guard.ts';
import { fileName, idOfUpload, markerIn, partsOfId, readText, settleText, wordOf, writeText } from './text.ts';

const place = { base: 'https://gitlab.example', project: 7, path: 'acme/web' };
const SECRET = '0123456789abcdef0123456789abcdef';
const none = () => undefined;
const write = (doc: RichText, files: { id: string; name: string }[] = [], marker: string | null = null) => writeText(doc, none, files, marker);
const read = (text: string, trusted = true) => readText(place, text, trusted);
const words = (doc: RichText): string => plainText(doc).replace(/[^\p{L}\p{N}]+/gu, '');

describe('GitLab’s texts', () => {
  it('have single line ends as spaces, and breaks with a backslash', () => {
    expect(plainText(read('one\ntwo').doc)).toBe('one two');
    expect(plainText(read('one\\\ntwo').doc)).toBe('one\ntwo');
    expect(write(docOf('one\ntwo'))).toBe('one\\\ntwo');
  });

  it('keep references as words: a backslash before each, and none that a reader sees', () => {
    const text = 'See #1, !2, %3, $4, &5, GL-6, ~bug, @ada, :smile: and {+ new +}.';
    const written = write(docOf(text));
    expect(written).toBe('See \\#1, \\!2, \\%3, \\$4, \\&5, GL-\u20606, \\~bug, \\@\u2060ada, \\:smile: and \\{+ new +}.');
    expect(plainText(read(written).doc)).toBe(text);
  });

  it('keep references apart that a backslash does not stop, as GitLab takes it away from all but its own signs', () => {
    const text = 'GL-6, gl-7, [issue:1], [work_item:acme/web/1], [epic:2] and [x](y)';
    const written = write(docOf(text));
    expect(written).toBe(
      'GL-\u20606, gl-\u20607, \\[\u2060issue:1\\], \\[\u2060work\\_item:acme/web/1\\], \\[\u2060epic:2\\] and \\[x\\](y)'.replace('work\\_item', 'work_item'),
    );
    expect(plainText(read(written).doc)).toBe(text);
    expect(plainText(settleText(docOf(text)))).toBe(text);
  });

  it('leave addresses alone', () => {
    expect(write(docOf('https://example.org/a#1!2 and #3'))).toBe('<https://example.org/a#1!2> and \\#3');
  });

  it('begin no line with a slash', () => {
    expect(withoutQuickActions('/close\ntext\n/close')).toBe('\\/close\ntext\n\\/close');
    expect(withoutQuickActions('```\n/close\n```\n\n/close')).toBe(' ```\n /close\n ```\n\n\\/close');
    expect(withoutQuickActions('```\nfine\n```')).toBe('```\nfine\n```');
    const code: RichText = { type: 'root', children: [{ type: 'code', lang: 'sh', value: '/close\n\n  /indented\n````' }] };
    const written = write(code);
    expect(written).not.toMatch(/^\//m);
    expect(read(written).doc).toEqual(code);
  });

  it('end with the list of their files and the marker, which are read off again', () => {
    const files = [
      { id: `${SECRET}/a.txt`, name: 'a.txt' },
      { id: `${SECRET}/_b__1_.png`, name: 'שלום [b] (1).png' },
    ];
    const written = write(docOf('Text.'), files, 'x#y:1 z--a');
    expect(written.split('\n\n')).toHaveLength(3);
    expect(written).toContain(wordOf('x#y:1 z--a'));
    expect(read(written)).toEqual({ doc: docOf('Text.'), files, marker: 'x#y:1 z--a' });
    expect(read(written, false).marker, 'in a text of somebody else').toBeNull();
    expect(read(written.replaceAll('\n', '\r\n')), 'with the line ends of a browser').toEqual(read(written));
    const after = `${written}\n\nAfterwards.`;
    expect([plainText(read(after).doc), read(after).files, read(after).marker]).toEqual(['Text.\n\nAfterwards.', files, 'x#y:1 z--a']);
  });

  it('keep their own marker and list of files when they quote another text with its own, or bear its marker before', () => {
    const file = { id: `${SECRET}/a.txt`, name: 'a.txt' };
    const theirs = write(docOf('Theirs.'), [file], 'theirs:1');
    const quoted: RichText = { type: 'root', children: [{ type: 'code', value: theirs }] };
    expect(read(write(quoted, [], 'ours:1'))).toEqual({ doc: quoted, files: [], marker: 'ours:1' });
    expect(read(write(quoted))).toEqual({ doc: quoted, files: [], marker: null });
    expect(settleText(quoted)).toEqual(quoted);
    expect([markerIn(write(quoted, [], 'ours:1'), true), markerIn(`${theirs}\n\n${write(docOf(''), [], 'ours:1')}`, true)]).toEqual(['ours:1', 'ours:1']);
  });

  it('may be nothing but files or a marker', () => {
    const file = { id: `${SECRET}/a.txt`, name: 'a.txt' };
    expect(read(write(docOf(''), [file], 'm'))).toEqual({ doc: { type: 'root', children: [] }, files: [file], marker: 'm' });
    expect(read('')).toEqual({ doc: { type: 'root', children: [] }, files: [], marker: null });
  });

  it('show files at their end as attachments, unless that is all that they show', () => {
    const log = `[server.log](/uploads/${SECRET}/server.log)`;
    const file = { id: `${SECRET}/server.log`, name: 'server.log' };
    expect(read(`See.\n\n${log}`)).toMatchObject({ doc: docOf('See.'), files: [file] });
    expect(read(`See ${log}.`).doc.children).toHaveLength(1);
    expect([plainText(read(log).doc), read(log).files]).toEqual(['server.log', [file]]);
    expect(JSON.stringify(read(`See.\n\n![a](/uploads/${SECRET}/a.png)`).doc), 'a picture stays where it is').toContain('"inline":true');
  });

  it('know a file by the name that it had before GitLab cleaned it', () => {
    const image = `![my picture (1).png](/uploads/${SECRET}/my_picture__1_.png)`;
    expect(read(image).files).toEqual([{ id: `${SECRET}/my_picture__1_.png`, name: 'my picture (1).png' }]);
    expect(read(`![alt](/uploads/${SECRET}/a.png)`).files).toEqual([{ id: `${SECRET}/a.png`, name: 'a.png' }]);
    expect(fileName('../../etc/pass\\wd.txt')).toBe('wd.txt');
    expect(fileName('a b(1)…👍.txt')).toBe('a_b_1___.txt');
    expect(Buffer.byteLength(fileName(`${'ש'.repeat(300)}.txt`))).toBeLessThanOrEqual(200);
    for (const name of ['..', '.', '%2e%2e', '..%2f..%2fuser', 'a%2Fb', 'a%5Cb']) {
      expect(read(`![x](/uploads/${SECRET}/${name})`).files, name).toEqual([]);
      expect([idOfUpload(`/uploads/${SECRET}/${name}`), partsOfId(`${SECRET}/${decodeURIComponent(name)}`)], name).toEqual([null, null]);
    }
    expect([idOfUpload(`/uploads/${SECRET}/%D7%A9.txt`), idOfUpload('/elsewhere'), partsOfId('x')]).toEqual([`${SECRET}/ש.txt`, null, null]);
  });

  it('settle: what was given back once does not change any more, and no word is lost', () => {
    fc.assert(
      fc.property(anyDoc, (doc) => {
        const once = settleText(doc);
        expect(settleText(once)).toEqual(once);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(nasty, (text) => {
        const doc = canon(docOf(text));
        expect(words(settleText(doc))).toBe(words(doc));
        expect(settleText(doc)).toEqual(doc);
      }),
      { numRuns: 600 },
    );
  });
});
