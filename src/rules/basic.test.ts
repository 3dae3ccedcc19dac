import { describe, expect, test } from 'vitest';
import { canon, docOf, fromMarkdown, plainText, type RichText } from '../core/rich-text/index.ts';
import { basicRules } from './basic.ts';
import type { Target } from './rules.ts';

const at = '2026-01-02T03:04:05.000Z';
const target = (more: Partial<Target> = {}): Target => ({ types: [], defaultType: null, internalComments: true, ...more });
const incoming = (body: RichText, copy: boolean, isPublic = true) => basicRules.incomingComment({ body, public: isPublic, author: 'Ann', at }, target(), copy);
const outgoing = (body: RichText, copyOf: string | null, isPublic = true) =>
  basicRules.outgoingComment({ body, public: isPublic, author: 'Sync account', at, copyOf });

const types: [name: string, type: string | null, target: Partial<Target>, expected: string | null][] = [
  ['the type of the same name', 'Bug', { types: ['Task', 'Bug'], defaultType: 'Task' }, 'Bug'],
  ['the type of the same name in another case, as it is written there', 'BUG', { types: ['Task', 'bug'] }, 'bug'],
  ['the default type where no name fits', 'incident', { types: ['Task', 'Bug'], defaultType: 'Bug' }, 'Bug'],
  ['the default type in another case, as it is written there', 'incident', { types: ['Task', 'Bug'], defaultType: 'bug' }, 'Bug'],
  ['the default type where theirs has none', null, { types: ['Task', 'Bug'], defaultType: 'Bug' }, 'Bug'],
  ['the first that can be created where there is no default', 'incident', { types: ['Task', 'Bug'] }, 'Task'],
  ['the first that can be created where the default is gone', 'incident', { types: ['Task', 'Bug'], defaultType: 'Story' }, 'Task'],
  ['the first that can be created where theirs has none', null, { types: ['Task', 'Bug'] }, 'Task'],
  ['none where none can be created', 'Bug', { defaultType: 'Bug' }, null],
];
test.each(types)('the type to create is %s', (_name, type, given, expected) => {
  expect(basicRules.incomingType(type, target(given))).toBe(expected);
});

describe('every comment arrives public', () => {
  test.each([true, false])('when it is sent (public here: %s)', (isPublic) => {
    expect(outgoing(docOf('hello'), null, isPublic)).toMatchObject({ public: true });
    expect(outgoing(docOf('hello'), 'Ann', isPublic)).toMatchObject({ public: true });
  });

  test.each([true, false])('when it is received (public there: %s)', (isPublic) => {
    expect(incoming(docOf('hello'), true, isPublic).public).toBe(true);
    expect(incoming(docOf('hello'), false, isPublic).public).toBe(true);
  });
});

describe('the name of who wrote a comment', () => {
  test('stands above the text of a copy, in bold', () => {
    expect(incoming(docOf('hello'), true).body).toEqual(fromMarkdown('**Ann**\n\nhello'));
  });

  test('is not written into a comment that was written here and comes back edited', () => {
    expect(incoming(docOf('hello'), false).body).toEqual(docOf('hello'));
  });

  test('goes along with a comment that was written here, whose text stays as it is', () => {
    expect(outgoing(docOf('hello'), null)).toEqual({ body: docOf('hello'), public: true, author: 'Sync account', at });
    expect(outgoing(docOf('Sync account\n\nhello'), null)).toMatchObject({ body: docOf('Sync account\n\nhello') });
  });

  test.each(['hello', '- a list\n- of things', '> quoted\n\n**Ann**\n\nand more', '```\ncode\n```'])('is taken off a copy on its way back: %j', (markdown) => {
    const body = canon(fromMarkdown(markdown));
    expect(outgoing(incoming(body, true).body, 'Ann')).toEqual({ body, public: true, author: 'Ann', at });
  });

  test('is taken off when a person made it plain', () => {
    expect(outgoing(fromMarkdown('Ann\n\nhello'), 'Ann')).toMatchObject({ body: docOf('hello') });
    expect(outgoing(fromMarkdown('**Ann**\n\nhello'), ' Ann ')).toMatchObject({ body: docOf('hello') });
  });

  test.each(['hello\n\nmore', 'Ann said hello\n\nmore', '# Ann\n\nmore'])('may be removed by a person: nothing of the text is lost of %j', (markdown) => {
    expect(outgoing(fromMarkdown(markdown), 'Ann')).toEqual({ body: fromMarkdown(markdown), public: true, author: 'Ann', at });
  });

  test('is taken off once: a text that says the same name keeps it', () => {
    const body = fromMarkdown('Ann\n\nhello');
    expect(outgoing(incoming(body, true).body, 'Ann')).toMatchObject({ body });
  });

  test('stands alone on a copy that is empty', () => {
    const { body } = incoming(docOf(''), true);
    expect(plainText(body).trim()).toBe('Ann');
    expect(outgoing(body, 'Ann')).toMatchObject({ body: docOf('') });
    expect(outgoing(docOf(''), 'Ann')).toMatchObject({ body: docOf('') });
  });
});

describe('fields', () => {
  const description = docOf('words');
  test('are summary and description, both ways, and no others', () => {
    const fields = { summary: 'S', description, priority: 'high', labels: ['a'] };
    expect(basicRules.outgoingFields(fields)).toEqual({ summary: 'S', description });
    expect(basicRules.incomingFields(fields, target())).toEqual({ summary: 'S', description });
  });

  test('that are not there are left out, and not emptied', () => {
    expect(Object.keys(basicRules.outgoingFields({ summary: 'S' }))).toEqual(['summary']);
    expect(Object.keys(basicRules.incomingFields({ description }, target()))).toEqual(['description']);
    expect(Object.keys(basicRules.incomingFields({}, target()))).toEqual([]);
  });

  test('that were emptied stay so', () => {
    expect(basicRules.outgoingFields({ summary: '', description: null })).toEqual({ summary: '', description: null });
    expect(basicRules.incomingFields({ summary: '', description: null }, target())).toEqual({ summary: '', description: null });
  });
});

test('every attachment goes along', () => {
  expect(basicRules.outgoingFile({ name: 'a.txt', type: 'text/plain', size: null, comment: null, at })).toBe(true);
});
