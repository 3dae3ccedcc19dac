import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { docOf, filesIn, plainText, type RichText } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { WireIssue } from './api.ts';
import { idOf, isDoc, markerInText, noteAdded, replacedBy, settleSummary, snapshotOf, type View, versionOf } from './map.ts';
import { readText, splitMarker } from './text.ts';

/** Answers of a real Redmine 5.0.4, as they came. */
const recorded = async (name: string): Promise<WireIssue> =>
  (JSON.parse(await readFile(new URL(`./testdata/${name}.json`, import.meta.url), 'utf8')) as { issue: WireIssue }).issue;

const view: View = { base: 'https://redmine.example', format: 'textile', us: 1, markerField: 'Entente' };
const textile = await recorded('issue-textile');
const rewritten = await recorded('issue-textile-rewritten');
const markdown = await recorded('issue-markdown');
const doc = (value: unknown): RichText => (isDoc(value as RichText) ? (value as RichText) : docOf(''));

describe('an issue as Redmine answers it', () => {
  const seen = snapshotOf(textile, view, 'operations');

  it('shows as comments only journals with notes, private ones as internal, and whose they are', () => {
    expect(seen.comments.map(({ body, public: open, author, byUs }) => [plainText(body), open, author, byUs])).toEqual([
      ['Somebody please help.\nUrgently.', true, 'Mona Manager', false],
      ['Between us.', false, 'Redmine Admin', true],
    ]);
  });

  it('gives a file to the note that it came with, and to the issue when that note is empty or was removed', () => {
    const note = seen.comments[0]?.id;
    expect(seen.files.map(({ name, comment, type, size }) => [name, comment, type, size])).toEqual([
      ['photo 1.png', null, 'image/png', 3],
      ['photo 1.png', note, 'image/png', 4],
      ['left.pdf', null, 'application/pdf', 1],
    ]);
  });

  it('shows a picture that is named as the newest file of that name, as Redmine does', () => {
    expect(filesIn(doc(seen.fields.description))).toEqual([seen.files[1]?.id]);
    expect(filesIn(doc(snapshotOf(markdown, { ...view, format: 'markdown' }, 'operations').fields.description))).toEqual([
      String(markdown.attachments?.[1]?.id),
    ]);
  });

  it('finds our marker in the invisible last line, and shows that line to nobody', () => {
    for (const [issue, format] of [
      [textile, 'textile'],
      [markdown, 'markdown'],
    ] as const) {
      const { marker, fields, version } = snapshotOf(issue, { ...view, format }, 'operations');
      expect(marker).toBe('8f1c:4711#a:1');
      expect(plainText(doc(fields.description))).not.toMatch(/entente|nbsp/);
      expect(markerInText({ ...seen, version, marker })).toBe('8f1c:4711#a:1');
    }
  });

  it('prefers the marker of the custom field, which is not written into descriptions', () => {
    const issue = { ...rewritten, custom_fields: [{ id: 1, name: 'Entente', value: 'a:b' }] };
    const snapshot = snapshotOf(issue, view, 'operations');
    expect(snapshot.marker).toBe('a:b');
    expect(markerInText(snapshot)).toBeNull();
  });

  it('moves the version with what Redmine’s own time does not show', () => {
    const edited = { ...textile, journals: textile.journals?.map((j) => (j.notes === 'Between us.' ? { ...j, private_notes: false } : j)) ?? [] };
    const without = { ...textile, attachments: textile.attachments?.slice(1) ?? [] };
    expect(new Set([textile, edited, without, rewritten].map(versionOf)).size).toBe(4);
    expect(versionOf(structuredClone(textile))).toBe(versionOf(textile));
  });
});

describe('what a write replaced', () => {
  const base = snapshotOf(textile, view, 'operations');
  const read = (field: string, old: string | null) => (field === 'description' ? readText(view, splitMarker(old).text, []) : old);
  const proof = { description: { field: 'description', value: 'Shorter.' } };

  it('is silent when it is what the write was decided on', () => {
    const { attachments: _, ...bare } = textile;
    const decided = snapshotOf(bare, view, 'operations');
    expect(replacedBy(rewritten, decided, 1, proof, read)).toEqual({});
  });

  it('names a value that somebody wrote in between', () => {
    const stale = { ...base, fields: { ...base.fields, description: docOf('As we had read it.') } };
    expect(plainText(doc(replacedBy(rewritten, stale, 1, proof, read).description))).toMatch(/^The printer is on fire\./);
  });

  it('is not taken from somebody else’s change, nor from one that was there before', () => {
    const stale = { ...base, fields: { ...base.fields, description: docOf('As we had read it.') } };
    expect(replacedBy(rewritten, stale, 6, proof, read)).toEqual({});
    expect(replacedBy(rewritten, { ...stale, version: versionOf(rewritten) }, 1, proof, read)).toEqual({});
  });
});

describe('the note that we added', () => {
  const empty = snapshotOf({ ...textile, journals: [] }, view, 'operations');

  it('is ours, new and has our words, whatever Redmine made of line ends', () => {
    expect(noteAdded(textile, empty, 6, 'Somebody *please* help.\nUrgently.')?.notes).toMatch(/^Somebody/);
    expect(noteAdded(textile, empty, 1, 'Somebody *please* help.\nUrgently.')).toBeUndefined();
    expect(noteAdded(textile, snapshotOf(textile, view, 'operations'), 6, 'Somebody *please* help.\nUrgently.')).toBeUndefined();
  });

  it('is the last of several equal ones', () => {
    const twice = {
      ...textile,
      journals: [
        ...(textile.journals ?? []),
        { id: 9999, user: { id: 1, name: 'A' }, notes: 'Between us.', created_on: '2026-11-22T00:00:00Z', private_notes: true, details: [] },
      ],
    };
    expect(noteAdded(twice, empty, 1, 'Between us.')?.id).toBe(9999);
  });
});

describe('a subject', () => {
  it('is one line of at most 255 characters, an emoji being one, and ends with an ellipsis when it was cut', () => {
    expect(settleSummary('  two\r\nlines\tand\u0000 a tab ')).toBe('two lines and a tab');
    const cut = settleSummary('🔥'.repeat(300));
    expect([Array.from(cut).length, cut.endsWith('🔥…')]).toEqual([255, true]);
    expect(settleSummary(cut)).toBe(cut);
    expect(settleSummary('🔥'.repeat(255))).toBe('🔥'.repeat(255));
  });
});

describe('a name that does not exist here', () => {
  it('is refused with the names that do', () => {
    const list = [
      { id: 1, name: 'New' },
      { id: 2, name: 'Closed' },
    ];
    expect(idOf(list, ' closed', 'status', 'status')).toBe(2);
    expect(() => idOf(list, 'Done', 'status', 'status')).toThrow(
      expect.objectContaining({ kind: 'rejected', field: 'status', message: expect.stringContaining('New, Closed') }),
    );
    expect(() => idOf(list, null, 'status', 'status')).toThrow(TrackerError);
  });
});
