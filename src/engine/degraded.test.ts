import { expect, test } from 'vitest';
import { halves, memoryEngine } from '../../test/memory-engine.ts';
import { MemoryTrackerServer, PROFILES } from '../connectors/memory/index.ts';
import { fromMarkdown } from '../core/rich-text/index.ts';

/** A tracker that keeps formatting, and one that keeps words only. */
async function world() {
  const made = await memoryEngine(
    {
      rich: (clock) => new MemoryTrackerServer({ name: 'rich', profile: PROFILES.full, clock }),
      plain: (clock) => new MemoryTrackerServer({ name: 'plain', profile: { ...PROFILES.full, text: 'plain' }, clock }),
    },
    halves('c', { instance: 'rich' }, { instance: 'plain' }),
  );
  const half = (instance: string) => made.store.rows.twins.find((twin) => twin.instance === instance);
  return { ...made, half };
}

const TABLE = fromMarkdown('**Look**:\n\n| a | b |\n| - | - |\n| 1 | 2 |');

test('what a tracker cannot show is said of the field and the comment, and stays as it was where it was written', async () => {
  const { server, engine, settle, call, half, store } = await world();
  const ref = server('rich').human.create({ fields: { summary: 'S', description: TABLE } });
  const comment = server('rich').human.comment(ref, fromMarkdown('- [x] done'));
  await engine.sync('c:rich', ref, call);
  await settle();
  const shown = half('plain')?.degraded ?? {};
  expect(shown.description).toEqual(['bold', 'tables']);
  expect(Object.entries(shown).filter(([what]) => what.includes(comment))).toEqual([[expect.any(String), ['bulleted lists', 'check boxes']]]);
  expect(half('rich')?.degraded ?? {}).toEqual({});
  expect(server('rich').entities.get(ref)?.fields.description).toEqual(TABLE);
  const told = store.rows.runs.filter(({ side }) => side === 'c:plain').flatMap(({ changes }) => changes.map(({ decision }) => decision));
  expect(told).toContain('shown without bulleted lists, check boxes');
});

test('once it is written in a way that the tracker can show, nothing is said any more', async () => {
  const { server, engine, settle, call, half } = await world();
  const ref = server('rich').human.create({ fields: { summary: 'S', description: TABLE } });
  await engine.sync('c:rich', ref, call);
  await settle();
  expect(half('plain')?.degraded).toEqual({ description: ['bold', 'tables'] });
  server('rich').human.edit(ref, { description: fromMarkdown('Plain words.') });
  await settle();
  expect(half('plain')?.degraded).toEqual({});
});

test('an edit of the poorer copy does not flatten what it left alone', async () => {
  const { server, engine, settle, call, half } = await world();
  const ref = server('rich').human.create({ fields: { summary: 'S', description: fromMarkdown('**Bold** words.\n\nMore _words_.\n\nLast.') } });
  const comment = server('rich').human.comment(ref, fromMarkdown('A **bold** claim.\n\nNo proof.'));
  await engine.sync('c:rich', ref, call);
  await settle();
  const copy = half('plain')?.local ?? '';
  server('plain').human.edit(copy, { description: 'Bold words.\n\nMore words.\n\nThe end.' });
  // A copy begins with its author's name.
  const shown = server('plain').entities.get(copy)?.comments[0];
  const [author = ''] = typeof shown?.body === 'string' ? shown.body.split('\n\n') : [];
  server('plain').human.editComment(copy, shown?.id ?? '', `${author}\n\nA bold claim.\n\nHere is the proof.`);
  await settle();
  const original = server('rich').entities.get(ref);
  expect(original?.fields.description).toEqual(fromMarkdown('**Bold** words.\n\nMore _words_.\n\nThe end.'));
  expect(original?.comments.find(({ id }) => id === comment)?.body).toEqual(fromMarkdown('A **bold** claim.\n\nHere is the proof.'));
  expect(server('plain').entities.get(copy)?.fields.description).toBe('Bold words.\n\nMore words.\n\nThe end.');
});
