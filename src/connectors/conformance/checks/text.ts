import { expect } from 'vitest';
import type { FieldValue, Snapshot } from '../../../core/entity.ts';
import { plainText, type RichText } from '../../../core/rich-text/index.ts';
import { DOCUMENTS, HOSTILE, longDocument, SUMMARIES } from '../corpus.ts';
import { always, type Check, expectSameText, paragraph, readable, refusal, type Stage } from '../stage.ts';
import type { ConformanceWorld } from '../world.ts';

const documents = Object.entries(DOCUMENTS);
const EMPTY: RichText = { type: 'root', children: [] };

/** Writes a description by the way that the platform has; the entity as it is then. */
async function describe(stage: Stage, base: Snapshot | null, description: RichText): Promise<Snapshot> {
  if (!base || !stage.world.capabilities.description.edit) {
    return stage.see((await stage.tracker.create(stage.draft({ description }), stage.marker(), stage.call)).snapshot.ref);
  }
  await stage.apply(base, { fields: { description } });
  return stage.see(base.ref);
}

const longest = (w: ConformanceWorld) => Math.min(60_000, Math.floor(w.capabilities.description.maxBytes * 0.8));

export const text: readonly Check[] = [
  {
    id: 'settle-is-a-fixpoint',
    title: 'settling what has settled changes nothing',
    needs: always,
    async run({ tracker }) {
      for (const [name, document] of [...documents, ['long', longDocument(60_000)] as const]) {
        const comment = tracker.settleComment(document);
        expectSameText(tracker.settleComment(comment), comment, `comment: ${name}`);
        const description = tracker.settle('description', document);
        expectSameText(tracker.settle('description', description), description, `description: ${name}`);
      }
      for (const summary of [...SUMMARIES, 'x'.repeat(5000), `${'👍'.repeat(2000)} `, 'word '.repeat(300)]) {
        const settled = tracker.settle('summary', summary);
        expect(tracker.settle('summary', settled), `summary: ${summary.slice(0, 40)}`).toBe(settled);
      }
    },
  },
  {
    id: 'settle-keeps-the-words',
    title: 'settling loses marks at most, never words',
    needs: always,
    async run({ tracker }) {
      for (const [name, document] of documents) {
        const words = (doc: RichText) => readable(plainText(doc)).replace(/[^\p{L}\p{N}]+/gu, '');
        expect(words(tracker.settleComment(document)), `comment: ${name}`).toContain(words(document));
        expect(words(tracker.settle('description', document) as RichText), `description: ${name}`).toContain(words(document));
      }
      for (const summary of SUMMARIES) expect(readable(tracker.settle('summary', summary) as string), 'summary').toBe(readable(summary));
    },
  },
  {
    id: 'descriptions-settle',
    title: 'a description is fetched as settle says; written again as fetched, nothing changes',
    needs: always,
    async run(stage) {
      let now: Snapshot | null = null;
      for (const [name, document] of documents) {
        now = await describe(stage, now, document);
        expectSameText(now.fields.description, stage.tracker.settle('description', document), `${name}: first time`);
        const again = await describe(stage, now, now.fields.description as RichText);
        expectSameText(again.fields.description, now.fields.description, `${name}: second time`);
        now = again;
      }
    },
  },
  {
    id: 'comments-settle',
    title: 'a comment is fetched as settleComment says; posted again as fetched, it stays the same',
    needs: always,
    async run(stage) {
      let now = await stage.entity();
      for (const [name, document] of documents) {
        if (!plainText(stage.tracker.settleComment(document)).trim()) continue;
        const first = await stage.comment(now, document);
        const body = first.now.comments.find((c) => c.id === first.id)?.body ?? EMPTY;
        expectSameText(body, stage.tracker.settleComment(document), `${name}: first time`);
        const second = await stage.comment(first.now, body);
        expectSameText(second.now.comments.find((c) => c.id === second.id)?.body, body, `${name}: second time`);
        now = second.now;
      }
    },
  },
  {
    id: 'summaries-settle',
    title: 'a summary is fetched as settle says; written again as fetched, nothing changes',
    needs: always,
    async run(stage) {
      let now = await stage.entity();
      for (const summary of SUMMARIES) {
        for (const value of [summary, stage.tracker.settle('summary', summary)]) {
          await stage.apply(now, { fields: { summary: value } });
          now = await stage.see(now.ref);
          expect(now.fields.summary).toBe(stage.tracker.settle('summary', summary));
        }
      }
    },
  },
  {
    id: 'hostile-text-stays-text',
    title: 'scripts, templates, queries and the markup of every format come back as the text that they were',
    needs: always,
    async run(stage) {
      const base = await stage.entity();
      const { id, now } = await stage.comment(base, { type: 'root', children: HOSTILE.flatMap((value) => paragraph(value).children) });
      const body = now.comments.find((c) => c.id === id)?.body ?? EMPTY;
      const found = body.children.map((block) => readable(plainText({ type: 'root', children: [block] })));
      for (const value of HOSTILE) expect(found, 'paragraphs').toContain(readable(value));
      expect(JSON.stringify(body), 'no marks came from text').not.toMatch(
        /"type":"(strong|emphasis|delete|underline|heading|list|table|blockquote|code|image|thematicBreak)"/,
      );
    },
  },
  {
    id: 'hostile-text-by-a-human',
    title: 'a human’s plain words arrive as words, with nothing lost',
    needs: always,
    async run(stage) {
      const word = stage.word();
      const { ref } = await stage.entity();
      const id = await stage.world.human.comment(ref, `Is 3 < 4 && 5 > 4? ${word} שלום 👍`, true);
      const body = (await stage.see(ref)).comments.find((c) => c.id === id)?.body ?? EMPTY;
      expect(readable(plainText(body))).toBe(`Is 3 < 4 && 5 > 4? ${word} שלום 👍`);
    },
  },
  {
    id: 'long-texts-settle',
    title: 'sixty thousand characters (or as many as the description holds) settle like a short text',
    needs: always,
    async run(stage) {
      for (const word of ['lorem ipsum dolor ', 'שלום 👍 ']) {
        const document = longDocument(word.startsWith('l') ? longest(stage.world) : longest(stage.world) / 2, word);
        const now = await describe(stage, null, document);
        expectSameText(now.fields.description, stage.tracker.settle('description', document), 'description');
        const { id, now: commented } = await stage.comment(now, document);
        expectSameText(commented.comments.find((c) => c.id === id)?.body, stage.tracker.settleComment(document), 'comment');
      }
    },
  },
  {
    id: 'description-over-the-limit',
    title: 'a description above the declared limit is cut as settle says, or refused by name; never cut in silence',
    needs: (w) => w.capabilities.description.maxBytes <= 2_000_000,
    async run(stage) {
      const document = longDocument(stage.world.capabilities.description.maxBytes * 1.2);
      const creating = stage.tracker.create(stage.draft({ description: document }), stage.marker(), stage.call);
      const made = await creating.catch(() => null);
      if (!made) expect((await refusal(creating, 'rejected', 'create')).field).toBe('description');
      else expectSameText((await stage.see(made.snapshot.ref)).fields.description, stage.tracker.settle('description', document), 'description');
    },
  },
  {
    id: 'summary-at-and-over-the-limit',
    title: 'a summary of the declared length is kept whole; above it, it is cut as settle says, or refused by name',
    needs: always,
    async run(stage) {
      const { maxChars } = stage.world.capabilities.summary;
      const base = await stage.entity();
      await stage.apply(base, { fields: { summary: 'x'.repeat(maxChars) } });
      const full = await stage.see(base.ref);
      expect(full.fields.summary).toBe('x'.repeat(maxChars));
      const over = `${'y'.repeat(maxChars - 1)}👍👍👍`;
      const writing = stage.apply(full, { fields: { summary: over } });
      const done = await writing.catch(() => null);
      if (!done) expect((await refusal(writing, 'rejected', 'apply')).field).toBe('summary');
      else expect((await stage.see(base.ref)).fields.summary).toBe(stage.tracker.settle('summary', over));
    },
  },
  {
    id: 'full-means-full',
    title: 'every value of a field declared full is fetched as it was written',
    needs: always,
    async run(stage) {
      const { fields } = await stage.tracker.describe(stage.world.scope, stage.call);
      let now = await stage.entity();
      const values: Record<string, readonly FieldValue[]> = {
        number: [0, 7, null],
        date: ['2024-02-29', null],
        text: ['A text', 'Another'],
        tags: [['a', 'b'], []],
      };
      for (const field of fields) {
        if (field.support !== 'full' || field.name === 'description') continue;
        for (const value of stage.world.samples?.[field.name] ?? field.choices ?? values[field.kind] ?? []) {
          await stage.apply(now, { fields: { [field.name]: value } });
          now = await stage.see(now.ref);
          expect(now.fields[field.name], `${field.name} := ${JSON.stringify(value)}`).toEqual(value);
        }
      }
    },
  },
];
