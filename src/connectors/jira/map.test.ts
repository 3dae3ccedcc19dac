import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Snapshot } from '../../core/entity.ts';
import { docOf, plainText, type RichText } from '../../core/rich-text/index.ts';
import { longDocument } from '../conformance/corpus.ts';
import type { WireComment, WireHistory, WireIssue } from './api.ts';
import { mediaIn } from './files.ts';
import { replacedBy } from './history.ts';
import { fileFinder, isPublic, settledField, snapshotOf, summaryOf, type View } from './map.ts';
import { refusal } from './refusals.ts';
import { MAX_TEXT_CHARS, settledComment, settledText, withFiles, withoutFiles } from './text.ts';

const issue = JSON.parse(readFileSync(new URL('testdata/cloud-issue.json', import.meta.url), 'utf8')) as WireIssue;
const view: View = { format: 'adf', site: 'https://acme.atlassian.net', me: 'me' };
const MEDIA = '6f1f2c1e-0000-4000-8000-00000000aa01';
const snapshot = snapshotOf(issue, issue.fields.comment?.comments ?? [], new Map([[MEDIA, '7001']]), view);
const text = (value: string) => ({ type: 'text', value }) as const;

test('an issue becomes an entity: times in UTC, people by e-mail address or name, labels in order', () => {
  expect(snapshot).toMatchObject({
    ref: '10042',
    urn: 'SUP-42',
    url: 'https://acme.atlassian.net/browse/SUP-42',
    scope: 'SUP',
    type: 'Bug',
    author: 'Rae Requester',
    byUs: false,
    at: '2026-11-02T09:15:00.123Z',
    marker: 'twin-1#1:1',
  });
  expect(snapshot.fields).toMatchObject({
    summary: 'Printer on fire',
    status: 'In Progress',
    priority: 'High',
    labels: ['fire', 'printer'],
    assignee: 'dana@acme.example',
    'due date': '2026-12-01',
  });
  expect(plainText(snapshot.fields.description as RichText)).toMatch(/^It burns\./);
});

test('comments are in order of time; notes and restricted ones are internal', () => {
  expect(snapshot.comments.map(({ id, public: shown, byUs }) => [id, shown, byUs])).toEqual([
    ['5001', true, true],
    ['5002', false, false],
    ['5003', false, false],
  ]);
});

test('a file belongs to the first text that shows it, and the paragraph that only names files is no part of the comment', () => {
  expect(snapshot.files.map(({ id, name, comment, byUs }) => [id, name, comment, byUs])).toEqual([
    ['7001', 'fire.png', null, false],
    ['7002', 'fire.log', '5001', true],
  ]);
  expect(plainText(snapshot.comments[0]?.body as RichText)).toBe('See the log.');
});

test('a version moves with each thing that is read, and with nothing else', () => {
  const again = (change: (copy: WireIssue) => void): string => {
    const copy = structuredClone(issue);
    change(copy);
    return snapshotOf(copy, copy.fields.comment?.comments ?? [], new Map([[MEDIA, '7001']]), view).version;
  };
  expect(again(() => {})).toBe(snapshot.version);
  expect(again((copy) => copy.fields.comment?.comments.reverse())).toBe(snapshot.version);
  const changes: ((copy: WireIssue) => void)[] = [
    (copy) => (copy.fields.summary = 'Other'),
    (copy) => copy.fields.comment?.comments.pop(),
    (copy) => copy.fields.attachment?.pop(),
    (copy) => (copy.fields.updated = '2026-11-02T11:30:12.457+0100'),
    (copy) => Object.assign(copy.fields.comment?.comments[1] ?? {}, { jsdPublic: false }),
  ];
  for (const change of changes) expect(again(change)).not.toBe(snapshot.version);
});

test.each([
  [{}, true],
  [{ jsdPublic: true }, true],
  [{ jsdPublic: false }, false],
  [{ visibility: { type: 'group', value: 'staff' } }, false],
  [{ visibility: { type: 'role', identifier: 'Administrators' } }, false],
  [{ properties: [{ key: 'sd.public.comment', value: { internal: true } }] }, false],
  [{ properties: [{ key: 'sd.public.comment', value: { internal: 'true' } }] }, false],
  [{ properties: [{ key: 'sd.public.comment', value: { internal: false } }] }, true],
] as const)('a comment with %j is public: %s', (more, shown) => {
  expect(isPublic({ id: '1', created: '', ...more } as unknown as WireComment)).toBe(shown);
});

test('texts name files by address, by the media service’s id and by name: the newest of that name', () => {
  const file = (id: string, filename: string, created: string) => ({ id, filename, created });
  const find = fileFinder([file('2', 'a.png', '2026-11-02T10:00:01.000+0000'), file('1', 'a.png', '2026-11-02T10:00:00.000+0000')], new Map([['m-1', '1']]));
  expect(find('a.png')?.file).toBe('2');
  expect(find('m-1')?.file).toBe('1');
  for (const address of ['/rest/api/3/attachment/content/1', '/secure/attachment/1/a.png', '/rest/api/2/attachment/content/1?redirect=false'])
    expect(find(`https://acme.atlassian.net${address}`)?.file, address).toBe('1');
  expect(find('https://acme.atlassian.net/secure/attachment/9/a.png')).toBeUndefined();
});

test('media ids are found wherever they stand in a document', () => {
  expect([...mediaIn(issue.fields.description)]).toEqual([[MEDIA, 'fire.png']]);
});

const history = (id: string, author: string, created: string, field: string, from: string, to: string): WireHistory => ({
  id,
  author: { accountId: author },
  created,
  items: [{ field, fieldId: field, fromString: from, toString: to } as never],
});
const AT = '2026-11-02T11:40:00.000+0100';
const base: Snapshot = snapshot;
const plain = (_field: string, old: string | null) => old;

test('what a write replaced is told when somebody else’s change lies between', () => {
  const theirs = history('1', 'dana', '2026-11-02T11:35:00.000+0100', 'summary', 'Printer on fire', 'Theirs');
  const ours = history('2', 'me', AT, 'summary', 'Theirs', 'Ours');
  expect(replacedBy([ours, theirs], base, 'me', ['summary'], plain)).toEqual({ summary: 'Theirs' });
  expect(replacedBy([ours], base, 'me', ['summary'], plain)).toEqual({});
  expect(replacedBy([theirs], base, 'me', ['summary'], plain)).toEqual({});
  expect(replacedBy([ours, theirs], base, 'me', ['status'], plain)).toEqual({});
});

test('changes before the base are not taken for replaced ones', () => {
  const old = history('1', 'dana', '2026-11-02T10:00:00.000+0100', 'summary', 'First', 'Second');
  const ours = history('2', 'me', AT, 'summary', 'Printer on fire', 'Ours');
  expect(replacedBy([ours, old], base, 'me', ['summary'], plain)).toEqual({});
});

test('a text in Cloud’s history is compared by its words: it shows no formatting', () => {
  const other = history('1', 'dana', '2026-11-02T11:35:00.000+0100', 'description', 'a', 'b');
  const ours = history('2', 'me', AT, 'description', 'It *burns*.', 'Ours');
  const readers = (value: RichText) => () => value;
  const shown = { ...base, fields: { ...base.fields, description: docOf('It burns.') } };
  expect(replacedBy([other, ours], shown, 'me', ['description'], readers(docOf('It burns.')))).toEqual({});
  expect(replacedBy([other, ours], shown, 'me', ['description'], readers(docOf('It glows.')))).toEqual({ description: docOf('It glows.') });
});

test('a summary is one line of at most 255 characters, never half a character', () => {
  expect(summaryOf(' a\n\nb ')).toBe('a b');
  expect(summaryOf('x'.repeat(255))).toHaveLength(255);
  const cut = summaryOf(`${'y'.repeat(253)}👍👍`);
  expect(cut).toBe(`${'y'.repeat(253)}…`);
  expect(summaryOf(cut)).toBe(cut);
});

test('labels have no blanks, are in order, and each is there once', () => {
  expect(settledField('adf', 'labels', [' two words ', 'b', 'a', 'b', ''])).toEqual(['a', 'b', 'two_words']);
});

test('files that a comment does not show stand in its last paragraph, and are taken off again', () => {
  const files = [
    { file: '1', name: 'a.txt' },
    { file: '2', name: 'b.txt' },
  ];
  const shown = withFiles(docOf('See.'), files);
  expect(shown.children).toHaveLength(2);
  expect(withoutFiles(shown)).toEqual(docOf('See.'));
  expect(withoutFiles(withFiles(docOf(''), files))).toEqual(docOf('(no text)'));
  const only: RichText = { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'attachmentRef', file: '1', name: 'a.txt' }] }] };
  expect(withoutFiles(only)).toEqual(only);
  const words: RichText = {
    type: 'root',
    children: [...docOf('See.').children, { type: 'paragraph', children: [text('and '), { type: 'attachmentRef', file: '1', name: 'a.txt' }] }],
  };
  expect(withoutFiles(words)).toEqual(words);
});

test.each(['adf', 'wiki'] as const)('a text that is longer than Jira takes is cut and says so (%s)', (format) => {
  const cut = settledText(format, longDocument(MAX_TEXT_CHARS * 1.5));
  expect(plainText(cut).length).toBeLessThanOrEqual(MAX_TEXT_CHARS);
  expect(plainText(cut)).toMatch(/\[The text goes on: it is longer than Jira takes\. The whole of it is on the other side\.\]$/);
  expect(settledText(format, cut)).toEqual(cut);
  expect(settledComment(format, docOf('  '))).toEqual(docOf('(no text)'));
});

test('a refusal names the field and says what Jira says', () => {
  const answer = (status: number, body: unknown) => ({ status, headers: {}, text: JSON.stringify(body), stream: null, json: () => body as never });
  expect(refusal(answer(400, { errorMessages: [], errors: { summary: 'You must specify a summary of the issue.' } }), 'Creating', 'acme')).toMatchObject({
    kind: 'rejected',
    field: 'summary',
    message: 'Creating: Jira says: summary: You must specify a summary of the issue.',
  });
  expect(refusal(answer(400, { errorMessages: ['Field is bad'], errors: {} }), 'Creating', 'acme').message).toBe('Creating: Jira says: Field is bad.');
  expect(refusal(answer(401, {}), 'Creating', 'acme').kind).toBe('auth');
  expect(refusal(answer(418, {}), 'Creating', 'acme').kind).toBe('protocol');
});
