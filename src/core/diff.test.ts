import { expect, test } from 'vitest';
import { diff, EMPTY, type Replica } from './diff.ts';
import type { CommentEntry, FileEntry } from './replica.ts';
import { docOf } from './rich-text/index.ts';

const at = '2026-01-02T03:04:05.000Z';
const comment = (words: string, isPublic = true): CommentEntry => ({ body: docOf(words), public: isPublic, author: 'Ann', at });
const file = (name: string): FileEntry => ({ name, type: 'text/plain', size: 3, comment: null, at });
const DELETED = { deleted: true } as const;
const WITHDRAWN = { withdrawn: true } as const;

const replica = (more: Partial<Replica> = {}): Replica => ({ ...EMPTY, ...more });

test('there is nothing to say when nothing changed, whatever the objects and the order of their keys', () => {
  const make = (fields: Replica['fields']) => replica({ fields, comments: { c: comment('hello') }, files: { f: file('a.txt') } });
  expect(diff(make({ summary: 'S', description: docOf('D') }), make({ description: docOf('D'), summary: 'S' }))).toBeNull();
  expect(diff(EMPTY, EMPTY)).toBeNull();
});

test('a changed field is told with all the fields before and after', () => {
  const before = { summary: 'old', priority: 'low' };
  const after = { summary: 'new', priority: 'low' };
  expect(diff(replica({ fields: before }), replica({ fields: after }))).toEqual({ before, after, comments: {}, files: {} });
});

test('a field that appears or goes is told', () => {
  expect(diff(EMPTY, replica({ fields: { summary: 'S' } }))).toMatchObject({ before: {}, after: { summary: 'S' } });
  expect(diff(replica({ fields: { summary: 'S' } }), EMPTY)).toMatchObject({ before: { summary: 'S' }, after: {} });
});

test('only the comments and files that changed are told', () => {
  const before = replica({ comments: { kept: comment('kept'), edited: comment('old') }, files: { kept: file('kept'), removed: file('removed') } });
  const after = replica({
    comments: { kept: comment('kept'), edited: comment('new'), added: comment('added') },
    files: { kept: file('kept'), removed: DELETED, added: file('added') },
  });
  expect(diff(before, after)).toEqual({
    before: {},
    after: {},
    comments: { edited: { before: comment('old'), after: comment('new') }, added: { before: null, after: comment('added') } },
    files: { removed: { before: file('removed'), after: DELETED }, added: { before: null, after: file('added') } },
  });
});

const changes: [name: string, before: CommentEntry, after: CommentEntry][] = [
  ['made internal', comment('same words'), comment('same words', false)],
  ['deleted', comment('hello'), DELETED],
  ['withdrawn', comment('hello'), WITHDRAWN],
  ['deleted after it was withdrawn', WITHDRAWN, DELETED],
  ['back after it was withdrawn', WITHDRAWN, comment('hello')],
];
test.each(changes)('a comment of which they know is told when it is %s', (_name, before, after) => {
  expect(diff(replica({ comments: { c: before } }), replica({ comments: { c: after } }))?.comments).toEqual({ c: { before, after } });
});

test.each([
  ['deleted', DELETED],
  ['withdrawn', WITHDRAWN],
])('a comment of which they were never told is not taken back when it is %s', (_name, entry) => {
  expect(diff(EMPTY, replica({ comments: { c: entry } }))).toBeNull();
  expect(diff(EMPTY, replica({ comments: { c: entry, other: comment('hello') } }))?.comments).toEqual({ other: { before: null, after: comment('hello') } });
});

test('a file of which they were never told is not taken back', () => {
  expect(diff(EMPTY, replica({ files: { f: DELETED } }))).toBeNull();
});

test('a comment told as gone is not told again', () => {
  for (const entry of [DELETED, WITHDRAWN]) expect(diff(replica({ comments: { c: entry } }), replica({ comments: { c: entry } }))).toBeNull();
  expect(diff(replica({ files: { f: DELETED } }), replica({ files: { f: DELETED } }))).toBeNull();
});

test('a comment or file that is not mentioned has not changed: a deletion is said, never inferred', () => {
  expect(diff(replica({ comments: { c: comment('hello') }, files: { f: file('a.txt') } }), EMPTY)).toBeNull();
});

test('who wrote a comment, and when, is no change', () => {
  const renamed = { ...comment('hello'), author: 'Ann B.', at: '2026-02-02T00:00:00.000Z' };
  expect(diff(replica({ comments: { c: comment('hello') } }), replica({ comments: { c: renamed } }))).toBeNull();
});

test('the content of a file never changes under its id, so another name is no change', () => {
  expect(diff(replica({ files: { f: file('a.txt') } }), replica({ files: { f: file('b.txt') } }))).toBeNull();
});

test('a single comment or file is enough to be told, with the fields as they are', () => {
  const fields = { summary: 'S' };
  expect(diff(replica({ fields }), replica({ fields, comments: { c: comment('hello') } }))).toMatchObject({ before: fields, after: fields });
  expect(diff(replica({ fields }), replica({ fields, files: { f: file('a.txt') } }))).toMatchObject({ before: fields, after: fields });
});
