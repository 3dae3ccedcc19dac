import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { docOf, plainText, type RichText } from '../../core/rich-text/index.ts';
import { DOCUMENTS, longDocument } from '../conformance/corpus.ts';
import type { WireComment, WireTicket, WireUser } from './api.ts';
import { replacedBy, settledField, snapshotOf, wireFields } from './map.ts';
import { htmlOf, MAX_TEXT_BYTES, NO_DESCRIPTION, NO_TEXT, settled } from './text.ts';

const data = <T>(name: string): T => JSON.parse(readFileSync(new URL(`testdata/${name}.json`, import.meta.url), 'utf8')) as T;
const { ticket } = data<{ ticket: WireTicket }>('ticket');
const { comments, users } = data<{ comments: WireComment[]; users: WireUser[] }>('comments');
const whole = { origin: 'https://acme.zendesk.com', me: 777, ticket, comments, users: new Map(users.map((user) => [user.id ?? 0, user])) };
const p = (...children: unknown[]) => ({ type: 'root', children: [{ type: 'paragraph', children }] });
const text = (value: string) => ({ type: 'text', value });

test('a ticket and its comments become an entity: the first comment is the description', () => {
  const snapshot = snapshotOf(whole);
  expect(snapshot).toMatchObject({
    ref: '4711',
    urn: '4711',
    url: 'https://acme.zendesk.com/agent/tickets/4711',
    version: '2026-11-02T10:30:12Z',
    scope: '360001',
    type: 'incident',
    author: 'Rae Requester',
    byUs: false,
    at: '2026-11-02T09:15:00Z',
    marker: null,
  });
  expect(snapshot.fields).toEqual({
    summary: 'Printer on fire',
    description: p(text('It '), { type: 'strong', children: [text('burns')] }, text('.'), { type: 'break' }, text('See the picture: '), {
      type: 'attachmentRef',
      file: '7001',
      name: 'fire.png',
      alt: 'fire',
      inline: true,
    }),
    status: 'open',
    priority: 'high',
    tags: ['fire', 'printer'],
  });
  expect(snapshot.comments.map(({ id, public: isPublic, author, byUs, marker }) => [id, isPublic, author, byUs, marker])).toEqual([
    ['5002', false, 'Entente', true, null],
    ['5003', true, 'User 555', false, null],
  ]);
});

test('a file is known by its token, whatever host or query its address has', () => {
  expect(snapshotOf(whole).comments[0]?.body).toEqual(
    p(text('Only between us: '), { type: 'attachmentRef', file: '7002', name: 'log file.txt', alt: 'the log' }),
  );
});

test('files of the description belong to the entity; a redacted one is gone', () => {
  expect(snapshotOf(whole).files.map(({ id, name, size, comment, byUs }) => [id, name, size, comment, byUs])).toEqual([
    ['7001', 'fire.png', 2048, null, false],
    ['7002', 'log file.txt', 12, '5002', true],
  ]);
});

test('a comment without HTML is read from its text', () => {
  expect(plainText(snapshotOf(whole).comments[1]?.body as RichText)).toBe('Call from +1 555');
});

test('a subject is one line of at most 255 characters, without half of one', () => {
  expect(settledField('summary', '  two\nlines\t and\u0000 more ')).toBe('two lines and more');
  const long = settledField('summary', `${'x'.repeat(254)}👍👍`);
  expect(long).toBe('x'.repeat(254));
  expect(settledField('summary', long)).toBe(long);
});

test('tags are lower case, without blanks, each once, in order', () => {
  expect(settledField('tags', ['Two Words', 'b', ' b ', ''])).toEqual(['b', 'two_words']);
});

test('an empty description becomes words, as Zendesk takes no blank one', () => {
  expect(settledField('description', { type: 'root', children: [] })).toEqual(docOf(NO_DESCRIPTION));
  expect(settledField('description', { type: 'root', children: [{ type: 'thematicBreak' }] })).toEqual(docOf(NO_DESCRIPTION));
  expect(settledField('description', 'Plain.')).toEqual(docOf('Plain.'));
});

test('what Zendesk does not keep is given up beforehand: check boxes become signs, code loses its language', () => {
  const words = JSON.stringify(settled(DOCUMENTS.tasks as RichText, NO_TEXT));
  expect(words).toContain('☑ done');
  expect(words).toContain('☐ open');
  expect(words).not.toContain('checked');
  expect(JSON.stringify(settled(DOCUMENTS.code as RichText, NO_TEXT))).not.toContain('"lang"');
});

test.each(Object.entries(DOCUMENTS))('what has settled stays as it is: %s', (_name, document) => {
  const once = settled(document, NO_TEXT);
  expect(settled(once, NO_TEXT)).toEqual(once);
});

test('a reference to a file keeps its name and its words when it settles, and two files of one name stay two', () => {
  const body = p({ type: 'attachmentRef', file: 'g:1', name: 'a.png', alt: 'one', inline: true }, text(' and '), {
    type: 'attachmentRef',
    file: 'g:2',
    name: 'a.png',
    alt: 'two',
  }) as RichText;
  expect(settled(body, NO_TEXT)).toEqual(body);
});

test.each([
  ['plain words', longDocument(200_000)],
  ['words of many bytes', longDocument(120_000, 'שלום 👍 ')],
  ['one endless word', docOf('x'.repeat(500_000))],
  ['nothing but marks', { type: 'root', children: Array.from({ length: 20_000 }, () => ({ type: 'thematicBreak' })) } as RichText],
])('too long a text is cut, says so, and stays as it is then: %s', (_name, document) => {
  const once = settled(document, NO_TEXT);
  expect(Buffer.byteLength(htmlOf(once, NO_TEXT, () => undefined))).toBeLessThanOrEqual(MAX_TEXT_BYTES);
  expect(plainText(once)).toMatch(/longer than Zendesk takes/);
  expect(settled(once, NO_TEXT)).toEqual(once);
});

test('a reference to a file that is not there is shown by its name', () => {
  const body = p({ type: 'attachmentRef', file: 'g:1', name: 'lost.png', inline: true }) as RichText;
  expect(htmlOf(body, NO_TEXT, () => undefined)).toBe('<p>lost.png</p>');
});

test('fields go out under Zendesk’s names, and unknown ones are refused by name', () => {
  expect(wireFields({ summary: 'S ', priority: 'High', tags: ['B', 'a'] })).toEqual({ subject: 'S', priority: 'high', tags: ['a', 'b'] });
  expect(() => wireFields({ severity: 1 })).toThrow(expect.objectContaining({ kind: 'rejected', field: 'severity' }));
});

test('an audit tells what a change replaced', () => {
  expect(replacedBy({ field_name: 'subject', previous_value: 'Old' })).toEqual({ field: 'summary', value: 'Old' });
  expect(replacedBy({ field_name: 'priority', previous_value: null })).toEqual({ field: 'priority', value: null });
  expect(replacedBy({ field_name: 'tags', previous_value: 'b a' })).toEqual({ field: 'tags', value: ['a', 'b'] });
  expect(replacedBy({ field_name: 'assignee_id', previous_value: '1' })).toBeUndefined();
});
