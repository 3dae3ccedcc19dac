import { describe, expect, it } from 'vitest';
import { docOf, filesIn, type Inline, mapFiles, plainText, type RichText, sameText } from '../../core/rich-text/index.ts';
import { fileName, markerWords, readText, type Site, settleNotes, settleText, splitMarker, withMarker, writeText } from './text.ts';

const SITES: readonly Site[] = (['textile', 'markdown', 'markdown-breaks'] as const).map((format) => ({ base: 'https://acme.example/redmine', format }));
const para = (...children: Inline[]): RichText => ({ type: 'root', children: [{ type: 'paragraph', children }] });
const text = (value: string): Inline => ({ type: 'text', value });
const files = [
  { id: '7', name: 'image.png' },
  { id: '12', name: 'image.png' },
  { id: '13', name: 'Q3 (final) *new*!.pdf' },
];

describe.each(SITES)('text in $format', (site) => {
  it('refers to each of several files of one name by its own address', () => {
    const doc = para(
      text('See '),
      { type: 'attachmentRef', file: '7', name: 'image.png', inline: true },
      text(' and '),
      { type: 'attachmentRef', file: '12', name: 'image.png', inline: true, alt: 'the new one' },
      text(' and '),
      { type: 'attachmentRef', file: '13', name: 'Q3 (final) *new*!.pdf' },
    );
    const written = writeText(site, doc, (id) => files.find((file) => file.id === id));
    expect(written).toContain('/redmine/attachments/download/7/image.png');
    expect(written).not.toContain('entente');
    expect(readText(site, written, files)).toEqual(doc);
  });

  it('knows a file by a full address of this Redmine, and not by one of another', () => {
    const picture = (url: string) => (site.format === 'textile' ? `!${url}!` : `![](${url})`);
    expect(filesIn(readText(site, picture('http://acme.example/redmine/attachments/download/7/image.png'), files))).toEqual(['7']);
    expect(filesIn(readText(site, picture('https://elsewhere.example/attachments/download/7/image.png'), files))).toEqual([]);
  });

  it('shows a file that is not there by its name', () => {
    const doc = para({ type: 'attachmentRef', file: 'g:1', name: 'lost.pdf' });
    expect(
      plainText(
        readText(
          site,
          writeText(site, doc, () => undefined),
          [],
        ),
      ),
    ).toBe('lost.pdf');
  });

  it('settles at once, references included', () => {
    const doc = para(text('A *b* _c_ "d":e !f! @g@ '), { type: 'attachmentRef', file: 'acme:1:f:2', name: 'dir/a:b.png', inline: true });
    const once = settleText(site, doc);
    expect(settleText(site, once)).toEqual(once);
    expect(filesIn(once)).toEqual(['acme:1:f:2']);
    const written = writeText(site, doc, () => ({ id: '99', name: fileName('dir/a:b.png') }));
    expect(
      sameText(
        readText(site, written, [{ id: '99', name: 'a_b.png' }]),
        mapFiles(once, () => '99'),
      ),
    ).toBe(true);
  });

  it('reads lines that end in CR LF or CR like those that end in LF', () => {
    expect(readText(site, 'a\r\n\r\nb\r\rc', [])).toEqual(readText(site, 'a\n\nb\n\nc', []));
  });

  it('carries our marker in a last line and gives the text back without it', () => {
    for (const marker of ['i:4711#a:1', 'ä ) ( \' "*!', 'x'.repeat(200)]) {
      for (const body of ['', 'Hello.', 'Two\n\n* a\n* b']) {
        const stored = withMarker(site.format, body, marker).replace(/\n/g, '\r\n');
        expect(stored).toContain(markerWords(marker));
        expect(splitMarker(stored)).toEqual({ text: body.replace(/\n/g, '\r\n'), marker });
      }
    }
    expect(withMarker(site.format, 'a', null)).toBe('a');
  });

  it('finds the marker where a human wrote below it, and keeps what was written', () => {
    const { text: kept, marker } = splitMarker(`${withMarker(site.format, 'Above.', 'm')}\n\nBelow.`);
    expect([kept, marker]).toEqual(['Above.\n\nBelow.', 'm']);
  });

  it('has words for a comment without any', () => {
    expect(plainText(settleNotes(site, docOf('')))).toBe('(no text)');
  });
});

describe('a line end in Markdown', () => {
  it('is a space or a line break, as Redmine’s setting says', () => {
    const read = (format: Site['format']) => plainText(readText({ base: 'https://a.example', format }, 'one\ntwo', []));
    expect([read('markdown'), read('markdown-breaks')]).toEqual([expect.stringMatching(/^one\stwo$/), 'one\ntwo']);
    const doc = para(text('one'), { type: 'break' }, text('two'));
    for (const site of SITES) expect(settleText(site, doc)).toEqual(doc);
  });
});

describe('a file’s name', () => {
  it('is what Redmine makes of it', () => {
    expect(fileName('../../etc/pass\\wd.txt')).toBe('wd.txt');
    expect(fileName('a:b?c*d|e.txt')).toBe('a_b_c_d_e.txt');
    expect(fileName('')).toBe('file');
    expect(fileName(`${'x'.repeat(300)}.tar`)).toMatch(/^x{251}\.tar$/);
  });
});
