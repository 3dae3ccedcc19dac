import { describe, expect, it } from 'vitest';
import { plainText, type RichText } from '../../core/rich-text/index.ts';
import { membersFor } from './fields.ts';
import { findRef } from './find.ts';
import { partsOfRef, refOf, settleSummary, snapshotOf } from './map.ts';
import { toldBy } from './refusals.ts';
import { projectsIn } from './settings.ts';
import { writeText } from './text.ts';
import type { WireIssue, WireNote } from './wire.ts';

const SECRET = '0123456789abcdef0123456789abcdef';
const view = { base: 'https://gitlab.example', project: 7, path: 'acme/web', us: 1 };
const bot = { id: 1, username: 'entente', name: 'Entente' };
const nora = { id: 2, username: 'nora', name: 'Nora' };
const issue: WireIssue = {
  id: 900,
  iid: 3,
  project_id: 7,
  title: 'Printer',
  description: `It burns.\n\n![fire](/uploads/${SECRET}/fire.png)`,
  state: 'opened',
  issue_type: 'incident',
  confidential: false,
  labels: ['b', 'a'],
  due_date: null,
  author: nora,
  created_at: '2026-01-05T10:00:00.123+02:00',
  updated_at: '2026-01-05T10:00:00.123Z',
  web_url: 'https://gitlab.example/acme/web/-/issues/3',
  references: { full: 'acme/web#3' },
};
const note = (id: number, body: string, more: Partial<WireNote> = {}): WireNote => ({
  id,
  body,
  author: nora,
  created_at: issue.created_at,
  system: false,
  internal: false,
  ...more,
});

describe('an issue of GitLab', () => {
  it('is a snapshot with its fields, comments and files, times in UTC', () => {
    const ours = writeText({ type: 'root', children: [] }, () => undefined, [{ id: `${SECRET}/log.txt`, name: 'log.txt' }], 'm:1');
    const snapshot = snapshotOf(
      issue,
      [note(11, 'Hello.'), note(12, 'Team.', { internal: true }), note(13, ours, { author: bot }), note(14, ours, { author: null })],
      view,
    );
    expect(snapshot).toMatchObject({
      ref: '7:3',
      urn: 'acme/web#3',
      scope: '7',
      type: 'incident',
      fields: { summary: 'Printer', state: 'opened', labels: ['a', 'b'], due_date: null },
      author: 'Nora',
      byUs: false,
      at: '2026-01-05T08:00:00.123Z',
      marker: null,
    });
    expect(plainText(snapshot.fields.description as RichText)).toBe('It burns.\n\nfire');
    expect(snapshot.comments.map(({ id, public: isPublic, byUs, marker, author }) => [id, isPublic, byUs, marker, author])).toEqual([
      ['11', true, false, null, 'Nora'],
      ['12', false, false, null, 'Nora'],
      ['13', true, true, 'm:1', 'Entente'],
      ['14', true, false, null, 'Ghost User'],
    ]);
    expect(snapshot.files.map(({ name, type, comment, byUs }) => [name, type, comment, byUs])).toEqual([
      ['fire.png', 'image/png', null, false],
      ['log.txt', 'text/plain', '13', true],
    ]);
  });

  it('takes the old word of a comment for internal, for servers that have no other', () => {
    expect(snapshotOf(issue, [{ ...note(1, 'x'), internal: false, confidential: true }], view).comments[0]?.public).toBe(false);
  });

  it('has a version that moves with what is read, and with nothing else', () => {
    const version = (changed: Partial<WireIssue> = {}, notes: WireNote[] = [note(1, 'x')]) => snapshotOf({ ...issue, ...changed }, notes, view).version;
    expect(version({ updated_at: '2030-01-01T00:00:00.000Z', labels: ['a', 'b'] })).toBe(version());
    const moved = [
      version({ title: 'y' }),
      version({ description: null }),
      version({ labels: [] }),
      version({ confidential: true }),
      version({}, []),
      version({}, [note(1, 'y')]),
      version({}, [note(1, 'x', { internal: true })]),
    ];
    expect(new Set([version(), ...moved]).size).toBe(moved.length + 1);
  });

  it('is named by project and number, which never change', () => {
    expect(partsOfRef(refOf(7, 3))).toEqual({ project: 7, iid: '3' });
    for (const wrong of ['7', '7:', ':3', '7:3x', 'acme/web#3', '7:3:1']) expect(partsOfRef(wrong)).toBeNull();
  });
});

it('settings take paths, addresses and numbers of projects, in any arrangement', () => {
  expect(projectsIn(' acme/web, https://gitlab.example/acme/ops/-/issues\n/acme/sub/x.git/ 42 acme/web')).toEqual(['acme/web', 'acme/ops', 'acme/sub/x', '42']);
  expect(projectsIn(' , ')).toEqual([]);
});

it('people find an issue by what they see', () => {
  const projects = [
    { id: 7, path_with_namespace: 'acme/web' },
    { id: 8, path_with_namespace: 'acme/sub/ops' },
  ];
  const find = (typed: string, base = 'https://gitlab.example') => findRef(typed, base, projects);
  expect([find('acme/web#3'), find('ACME/Web#3'), find('#3'), find(' 3 '), find('acme/sub/ops#4'), find('8:4')]).toEqual([
    '7:3',
    '7:3',
    '7:3',
    '7:3',
    '8:4',
    '8:4',
  ]);
  expect(find('https://gitlab.example/acme/web/-/issues/3#note_5')).toBe('7:3');
  expect(find('https://gitlab.example/acme/sub/ops/-/work_items/4')).toBe('8:4');
  expect(find('https://gitlab.example/acme/web/-/issues/incident/3')).toBe('7:3');
  expect(find('https://gitlab.example/git/acme/web/-/issues/3', 'https://gitlab.example/git')).toBe('7:3');
  for (const wrong of [
    'acme/other#3',
    'x',
    '',
    'https://elsewhere.example/acme/web/-/issues/3',
    'https://gitlab.example/acme/web',
    'https://gitlab.example/acme/%zz/-/issues/3',
  ])
    expect(() => find(wrong), wrong).toThrow(/not/);
});

it('fields are written as GitLab wants them, or refused by name', () => {
  const members = (fields: Parameters<typeof membersFor>[0]) => membersFor(fields, null, (doc) => plainText(doc));
  expect(members({ summary: ' A\nB ', state: 'closed', labels: ['b', 'a', 'b '], due_date: null, description: null })).toEqual({
    title: 'A B',
    state_event: 'close',
    labels: 'a,b',
    due_date: '',
    description: '',
  });
  for (const [field, value] of [
    ['summary', '  '],
    ['state', 'open'],
    ['labels', 'a'],
    ['due_date', '5.1.2026'],
    ['weight', 3],
  ] as const)
    expect(() => members({ [field]: value }), field).toThrow(expect.objectContaining({ kind: 'rejected', field }));
  expect(members({ summary: 'For @ada: #1, GL-2, [issue:3], a@b.example' }).title).toBe('For @\u2060ada: #\u20601, GL-\u20602, [\u2060issue:3], a@b.example');
  expect(settleSummary('#\u20601')).toBe('#1');
  expect(settleSummary(settleSummary('#1 '.repeat(100)))).toBe(settleSummary('#1 '.repeat(100)));
  expect(settleSummary('x'.repeat(300))).toBe(`${'x'.repeat(254)}…`);
});

it('a refusal is understood in each of its forms', () => {
  const told = (body: unknown) => toldBy(typeof body === 'string' ? body : JSON.stringify(body));
  expect(told({ message: '404 Project Not Found' })).toEqual({ text: '404 Project Not Found', field: null });
  expect(told({ message: { title: ['is too long', 'is odd'] } })).toEqual({ text: 'title is too long; is odd', field: 'summary' });
  expect(told({ message: { error: 'Too many.' } })).toEqual({ text: 'Too many.', field: null });
  expect(told({ error: 'due_date is invalid' })).toEqual({ text: 'due_date is invalid', field: 'due_date' });
  expect(told({ error: 'invalid_token', error_description: 'Token was revoked.' })).toEqual({ text: 'Token was revoked.', field: null });
  expect(told('Retry later\n')).toEqual({ text: 'Retry later', field: null });
  expect(told('<html>')).toEqual({ text: '', field: null });
});
