import { describe, expect, it } from 'vitest';
import { saidIn } from './parts.ts';
import type { WirePart } from './wire.ts';

const part = (id: number, ContentType: string, more: Partial<WirePart> = {}): WirePart => ({
  id: String(id),
  TransactionId: '7',
  ContentType,
  Filename: '',
  ContentLength: '5',
  Created: '2026-11-22T12:00:00Z',
  Headers: `Content-Type: ${ContentType}`,
  ...more,
});

describe('what was said in a transaction', () => {
  it('is a text and its files', () => {
    const { texts, files } = saidIn('7', [
      part(1, 'multipart/mixed', { ContentLength: '0' }),
      part(2, 'text/html'),
      part(3, 'image/png', { Filename: 'a.png', ContentLength: '9' }),
      part(4, 'text/plain', { Filename: 'server.log' }),
    ]);
    expect(texts).toEqual([{ part: '2', html: true }]);
    expect(files.map(({ id, name, type, size }) => [id, name, type, size])).toEqual([
      ['7-3', 'a.png', 'image/png', 9],
      ['7-4', 'server.log', 'text/plain', 5],
    ]);
  });

  it('of a mail in two forms is the formatted one, and a picture is known by its content id', () => {
    const { texts, files, byContentId } = saidIn('7', [
      part(1, 'multipart/related', { ContentLength: '0' }),
      part(2, 'multipart/alternative', { ContentLength: '0' }),
      part(3, 'text/plain'),
      part(4, 'text/html; charset="utf-8"'),
      part(5, 'image/png', { Headers: 'Content-Type: image/png\nContent-ID: <pic@mail.example>' }),
    ]);
    expect(texts).toEqual([{ part: '4', html: true }]);
    expect(files.map(({ name }) => name)).toEqual(['attachment-5']);
    expect(byContentId.get('pic@mail.example')?.id).toBe('7-5');
  });

  it('keeps every text of a mail that has several', () => {
    const { texts } = saidIn('7', [part(1, 'multipart/mixed'), part(2, 'text/plain'), part(3, 'text/plain')]);
    expect(texts.map((text) => text.part)).toEqual(['2', '3']);
  });

  it('takes a text that was attached without a name for a file, and the empty part that RT keeps beside files for nothing', () => {
    const { texts, files } = saidIn('7', [
      part(1, 'application/octet-stream', { ContentLength: '0' }),
      part(2, 'text/plain', { Headers: 'Content-Type: text/plain\nContent-Disposition: attachment' }),
    ]);
    expect([texts, files.map(({ id }) => id)]).toEqual([[], ['7-2']]);
  });
});
