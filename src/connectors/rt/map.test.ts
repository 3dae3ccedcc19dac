import { describe, expect, it } from 'vitest';
import { plainText, type RichText } from '../../core/rich-text/index.ts';
import { settleSummary, snapshotOf, type View, type Whole } from './map.ts';
import { fileName, settleText, writeHtml } from './text.ts';
import type { WirePart, WireTransaction } from './wire.ts';

const view: View = { base: 'https://help.example/rt', us: 'entente', markerField: 'Entente' };
const AT = '2026-11-22T12:00:00Z';
const transaction = (id: number, Type: string, Creator = 'nora', values: string[] = []): WireTransaction => ({
  id: String(id),
  Type,
  Creator: { id: Creator, RealName: Creator === 'nora' ? 'Nora Agent' : '' },
  Created: AT,
  CustomFields: [{ name: 'Entente', values }],
});
const part = (id: number, of: number, ContentType = 'text/html', Filename = ''): WirePart => ({
  id: String(id),
  TransactionId: String(of),
  ContentType,
  Filename,
  ContentLength: '3',
  Created: AT,
});
const whole = (given: Partial<Whole>): Whole => ({
  ticket: { id: 5, Queue: { id: '3' }, Subject: 'One', Status: 'open', Creator: { id: 'nora' }, Created: AT, LastUpdated: AT, CustomFields: '' },
  last: 12,
  transactions: [transaction(10, 'Create'), transaction(11, 'Status', 'RT_System'), transaction(12, 'Comment', 'entente', ['c:1'])],
  parts: [part(1, 10), part(2, 12)],
  texts: new Map([
    ['1', '<p>It burns.</p>'],
    ['2', '<p>Water.</p>'],
  ]),
  ...given,
});

describe('a ticket', () => {
  it('begins with its description, and what was said after it are comments', () => {
    const snapshot = snapshotOf(whole({}), view);
    expect(snapshot).toMatchObject({
      ref: '5',
      url: 'https://help.example/rt/Ticket/Display.html?id=5',
      version: '12.3',
      scope: '3',
      author: 'Nora Agent',
      byUs: false,
      marker: null,
      fields: { summary: 'One', status: 'open' },
    });
    expect(plainText(snapshot.fields.description as RichText)).toBe('It burns.');
    expect(snapshot.comments.map((c) => [c.id, c.public, c.author, c.byUs, c.marker, plainText(c.body)])).toEqual([
      ['12', false, 'entente', true, 'c:1', 'Water.'],
    ]);
  });

  it('has another version when a transaction with a lower number appears late', () => {
    const late = whole({ transactions: [...whole({}).transactions, transaction(9, 'Comment')] });
    expect(snapshotOf(late, view).version).not.toBe(snapshotOf(whole({}), view).version);
  });

  it('shows the files of its texts by content id, by number, and none of another host', () => {
    const texts = new Map([
      ['1', '<p><img src="cid:1.a.png@entente"><a href="https://help.example/rt/Ticket/Attachment/10/3/a.png">that</a></p>'],
      ['2', '<p><a href="/rt/Ticket/Attachment/10/3/">this</a> <a href="https://elsewhere.example/rt/Ticket/Attachment/10/3/a.png">no</a></p>'],
    ]);
    const { fields, comments, files } = snapshotOf(whole({ texts, parts: [part(1, 10), part(3, 10, 'image/png', 'a.png'), part(2, 12)] }), view);
    const refs = (doc: unknown) => JSON.stringify(doc).match(/"file":"[^"]+"/g);
    expect(refs(fields.description)).toEqual(['"file":"10-3"', '"file":"10-3"']);
    expect(refs(comments[0]?.body)).toEqual(['"file":"10-3"']);
    expect(files.map(({ id, comment }) => [id, comment])).toEqual([['10-3', null]]);
  });
});

describe('a summary', () => {
  it.each([
    ['two\nlines\u2028 and more ', 'two lines and more'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(201), `${'x'.repeat(197)}…`],
    ['🔥'.repeat(51), `${'🔥'.repeat(49)}…`],
  ])('%s', (given, kept) => {
    expect(settleSummary(given)).toBe(kept);
    expect(Buffer.byteLength(settleSummary(given))).toBeLessThanOrEqual(200);
  });
});

describe('a text', () => {
  const doc: RichText = {
    type: 'root',
    children: [
      {
        type: 'paragraph',
        children: [
          { type: 'attachmentRef', file: 'g:1', name: 'a "b".png', inline: true },
          { type: 'attachmentRef', file: 'g:2', name: 'c.txt' },
        ],
      },
    ],
  };

  it('refers to files that come along by content ids, and to others by their addresses', () => {
    const html = writeHtml(doc, [{ key: 'g:1', name: 'a "b".png' }], { 'g:2': { id: '10-3', name: 'c.txt' } }, view.base);
    expect(html).toBe('<p><a href="cid:p1.a%20_b_.png@entente">a _b_.png</a><a href="https://help.example/rt/Ticket/Attachment/10/3/c.txt">c.txt</a></p>');
  });

  it('settles once', () => {
    expect(settleText(settleText(doc))).toEqual(settleText(doc));
    expect(settleText(doc)).toEqual({
      type: 'root',
      children: [
        {
          type: 'paragraph',
          children: [
            { type: 'attachmentRef', file: 'g:1', name: 'a _b_.png', inline: true },
            { type: 'attachmentRef', file: 'g:2', name: 'c.txt' },
          ],
        },
      ],
    });
  });
});

describe('the name of a file', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\a\\b.txt', 'b.txt'],
    ['a"\r\nX-Evil: 1\r\n.png', 'a_X-Evil: 1_.png'],
    ['', 'file'],
    [`${'ß'.repeat(300)}.png`, `${'ß'.repeat(98)}.png`],
  ])('%s', (given, kept) => expect(fileName(given)).toBe(kept));
});
