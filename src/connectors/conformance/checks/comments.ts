import { expect } from 'vitest';
import type { Comment, Snapshot } from '../../../core/entity.ts';
import { plainText } from '../../../core/rich-text/index.ts';
import { TrackerError } from '../../../core/tracker-error.ts';
import type { Change } from '../../connector.ts';
import { always, type Check, expectSameText, paragraph, refusal, type Stage } from '../stage.ts';
import type { ConformanceWorld } from '../world.ts';

const named = (snapshot: Snapshot, id: string): Comment => {
  const comment = snapshot.comments.find((c) => c.id === id);
  if (!comment) throw new Error(`Comment ${id} is missing from ${snapshot.ref}; there are ${snapshot.comments.map((c) => c.id).join(', ') || 'none'}.`);
  return comment;
};
const read = (snapshot: Snapshot) => snapshot.comments.map((c) => plainText(c.body));

type Can = keyof ConformanceWorld['capabilities']['comments'];

/** What is not supported is refused as such, by a connector that knows it: nothing is written. */
function absent(id: string, can: Can, what: string, change: (id: string) => NonNullable<Change['comment']>, isPublic = true): Check {
  return {
    id,
    title: `where comments cannot be ${what}, that is rejected, and nothing changes`,
    needs: (w) => !w.capabilities.comments[can] && (isPublic || w.capabilities.comments.internal),
    async run(stage) {
      const { id: comment, now } = await stage.comment(await stage.entity(), paragraph('As it was.'), isPublic);
      await refusal(stage.apply(now, { comment: change(comment) }), 'rejected', `a comment ${what}`);
      expect(await stage.see(now.ref)).toEqual(now);
    },
  };
}

async function visible(stage: Stage, from: boolean, to: boolean): Promise<void> {
  const { id, now } = await stage.comment(await stage.entity(), paragraph('A word.'), from);
  expect(named(now, id).public, 'before').toBe(from);
  await stage.apply(now, { comment: { do: 'edit', id, public: to } });
  const after = named(await stage.see(now.ref), id);
  expect(after.public, 'after').toBe(to);
  expect(plainText(after.body), 'its text').toBe('A word.');
}

export const comments: readonly Check[] = [
  {
    id: 'comment-added',
    title: 'a comment by us is fetched with its text, visibility, author and id, and alone',
    needs: always,
    async run(stage) {
      const base = await stage.entity();
      const { id, now } = await stage.comment(base, paragraph('A word.'));
      expect(now.comments.map((c) => c.id)).toEqual([id]);
      expect(named(now, id)).toMatchObject({ public: true, byUs: true });
      expectSameText(named(now, id).body, stage.tracker.settleComment(paragraph('A word.')), 'body');
      expect(now.fields).toEqual(base.fields);
    },
  },
  {
    id: 'comment-marker-comes-back',
    title: 'the marker that was left with a comment is found again, and is on no other comment',
    needs: (w) => w.capabilities.comments.marker !== 'none',
    async run(stage) {
      const base = await stage.entity();
      const human = await stage.world.human.comment(base.ref, 'By a human.', true);
      const { id, now, marker } = await stage.comment(await stage.see(base.ref), paragraph('A word.'));
      const asked = await stage.tracker.markersOf?.(base.ref, stage.call);
      expect(named(now, id).marker ?? asked?.[id]).toBe(marker);
      expect(named(now, human).marker ?? asked?.[human] ?? null).toBeNull();
      expect(plainText(named(now, id).body), 'the marker is not to be seen in the text').toBe('A word.');
    },
  },
  {
    id: 'comment-internal-stays-internal',
    title: 'an internal comment is written internal, with fields in the same change as well',
    needs: (w) => w.capabilities.comments.internal,
    async run(stage) {
      const { id, now } = await stage.comment(await stage.entity(), paragraph('Between us.'), false);
      expect(named(now, id).public).toBe(false);
      const comment = { do: 'add', body: paragraph('Also between us.'), public: false, files: [], marker: stage.commentMarker() } as const;
      const second = await stage.apply(now, { fields: { summary: `With fields ${stage.word()}` }, comment });
      expect(named(await stage.see(now.ref), second.comment ?? '').public).toBe(false);
      const third = await stage.comment(await stage.see(now.ref), paragraph('For everybody.'));
      expect(third.now.comments.map((c) => c.public)).toEqual([false, false, true]);
    },
  },
  {
    id: 'comment-internal-refused',
    title: 'where there are no internal comments, an internal one is rejected, never posted in public',
    needs: (w) => !w.capabilities.comments.internal,
    async run(stage) {
      const base = await stage.entity();
      const comment = { do: 'add', body: paragraph('Between us.'), public: false, files: [], marker: stage.commentMarker() } as const;
      await refusal(stage.apply(base, { comment }), 'rejected', 'an internal comment');
      expect((await stage.see(base.ref)).comments).toEqual([]);
    },
  },
  {
    id: 'comment-edit',
    title: 'an edited comment keeps its id, place and visibility and has the new text',
    needs: (w) => w.capabilities.comments.edit,
    async run(stage) {
      const first = await stage.comment(await stage.entity(), paragraph('Before.'), !stage.world.capabilities.comments.internal);
      const second = await stage.comment(first.now, paragraph('Another.'));
      await stage.apply(second.now, { comment: { do: 'edit', id: first.id, body: paragraph('After.') } });
      const now = await stage.see(first.now.ref);
      expect(now.comments.map((c) => [c.id, plainText(c.body), c.public])).toEqual([
        [first.id, 'After.', !stage.world.capabilities.comments.internal],
        [second.id, 'Another.', true],
      ]);
    },
  },
  {
    id: 'comment-delete',
    title: 'a deleted comment is gone, confirmed, and no other is',
    needs: (w) => w.capabilities.comments.delete,
    async run(stage) {
      const first = await stage.comment(await stage.entity(), paragraph('One.'));
      const second = await stage.comment(first.now, paragraph('Two.'));
      await stage.apply(second.now, { comment: { do: 'delete', id: first.id } });
      expect((await stage.see(first.now.ref)).comments.map((c) => c.id)).toEqual([second.id]);
      if (!stage.tracker.confirmGone) return;
      expect(await stage.tracker.confirmGone(first.now.ref, 'comment', first.id, stage.call)).toBe(true);
      expect(await stage.tracker.confirmGone(first.now.ref, 'comment', second.id, stage.call)).toBe(false);
    },
  },
  {
    id: 'comment-hide',
    title: 'a public comment can be made internal',
    needs: (w) => w.capabilities.comments.hide,
    run: (stage) => visible(stage, true, false),
  },
  {
    id: 'comment-publish',
    title: 'an internal comment can be made public',
    needs: (w) => w.capabilities.comments.publish,
    run: (stage) => visible(stage, false, true),
  },
  absent('comment-edit-refused', 'edit', 'edited', (id) => ({ do: 'edit', id, body: paragraph('Changed.') })),
  absent('comment-delete-refused', 'delete', 'deleted', (id) => ({ do: 'delete', id })),
  absent('comment-hide-refused', 'hide', 'made internal', (id) => ({ do: 'edit', id, public: false })),
  absent('comment-publish-refused', 'publish', 'made public', (id) => ({ do: 'edit', id, public: true }), false),
  {
    id: 'comment-edit-of-unknown',
    title: 'an edit of a comment that does not exist is refused, and makes none',
    needs: (w) => w.capabilities.comments.edit,
    async run(stage) {
      const base = await stage.entity();
      const change = { comment: { do: 'edit', id: '999999999', body: paragraph('Nowhere.') } } as const;
      await refusal(stage.apply(base, change), ['not-found', 'rejected'], 'apply');
      expect((await stage.see(base.ref)).comments).toEqual([]);
    },
  },
  {
    id: 'comment-by-a-human',
    title: 'a human’s public and internal comments are seen as such, by their author',
    needs: always,
    async run(stage) {
      const { human, capabilities } = stage.world;
      const base = await stage.entity();
      const shown = await human.comment(base.ref, 'For everybody.', true);
      const hidden = capabilities.comments.internal ? await human.comment(base.ref, 'Between us.', false) : null;
      const now = await stage.see(base.ref);
      expect(now.comments.map((c) => [c.id, plainText(c.body), c.public, c.byUs])).toEqual([
        [shown, 'For everybody.', true, false],
        ...(hidden === null ? [] : [[hidden, 'Between us.', false, false]]),
      ]);
    },
  },
  {
    id: 'comment-edited-by-a-human',
    title: 'a human’s edit of a comment is seen under the same id, and moves the version',
    needs: (w) => !!w.human.editComment,
    async run(stage) {
      const base = await stage.entity();
      const id = await stage.world.human.comment(base.ref, 'Before.', true);
      const before = await stage.see(base.ref);
      await stage.tick();
      await stage.world.human.editComment?.(base.ref, id, 'After.');
      const now = await stage.see(base.ref);
      expect(now.comments.map((c) => [c.id, plainText(c.body)])).toEqual([[id, 'After.']]);
      expect(now.version).not.toBe(before.version);
    },
  },
  {
    id: 'comment-hidden-by-a-human',
    title: 'a comment that a human makes internal is seen as internal, and moves the version',
    needs: (w) => !!w.human.setPublic && w.capabilities.comments.internal,
    async run(stage) {
      const base = await stage.entity();
      const id = await stage.world.human.comment(base.ref, 'Oh dear.', true);
      const before = await stage.see(base.ref);
      await stage.tick();
      await stage.world.human.setPublic?.(base.ref, id, false);
      const now = await stage.see(base.ref);
      expect(named(now, id).public).toBe(false);
      expect(now.version).not.toBe(before.version);
    },
  },
  {
    id: 'comment-deleted-by-a-human',
    title: 'a comment that a human deleted is missing and confirmed gone; one that exists is not',
    needs: (w) => !!w.human.deleteComment,
    async run(stage) {
      const { human } = stage.world;
      const base = await stage.entity();
      const id = await human.comment(base.ref, 'To be deleted.', true);
      const kept = await human.comment(base.ref, 'To be kept.', true);
      const before = await stage.see(base.ref);
      await stage.tick();
      await human.deleteComment?.(base.ref, id);
      const now = await stage.see(base.ref);
      expect(read(now)).toEqual(['To be kept.']);
      expect(now.version).not.toBe(before.version);
      if (!stage.tracker.confirmGone) return;
      expect(await stage.tracker.confirmGone(base.ref, 'comment', id, stage.call)).toBe(true);
      expect(await stage.tracker.confirmGone(base.ref, 'comment', kept, stage.call)).toBe(false);
    },
  },
  {
    id: 'comment-concealed-is-not-gone',
    title: 'a comment that our account may no longer read is missing, and not confirmed gone',
    needs: (w) => !!w.human.conceal,
    async run(stage) {
      const { human } = stage.world;
      const base = await stage.entity();
      const id = await human.comment(base.ref, 'Not for you.', true);
      await human.conceal?.(base.ref, id);
      expect((await stage.see(base.ref)).comments).toEqual([]);
      expect(await stage.tracker.confirmGone?.(base.ref, 'comment', id, stage.call)).toBe(false);
    },
  },
  {
    id: 'comments-all-in-order',
    title: 'more comments than a page holds are all fetched, oldest first, those of one second too',
    needs: always,
    async run(stage) {
      const base = await stage.entity();
      const expected: string[] = [];
      for (let i = 1; i <= 105; i++) {
        expected.push(`Number ${i}.`);
        await stage.world.human.comment(base.ref, `Number ${i}.`, true);
      }
      expect(read(await stage.see(base.ref))).toEqual(expected);
    },
  },
  {
    id: 'same-text-twice-is-two-comments',
    title: 'two comments of the same text are two comments',
    needs: always,
    async run(stage) {
      const first = await stage.comment(await stage.entity(), paragraph('ok'));
      const second = await stage.comment(first.now, paragraph('ok'));
      expect(second.now.comments.map((c) => c.id)).toEqual([first.id, second.id]);
    },
  },
  {
    id: 'comment-dropped-after-commit-is-found',
    title: 'the server posts a comment and the connection drops: it is there once, and can be known again',
    needs: (w) => w.faults.includes('drop-after-commit'),
    async run(stage) {
      const base = await stage.entity();
      const marker = stage.commentMarker();
      await stage.world.fault?.('drop-after-commit', 'write');
      try {
        await stage.apply(base, { comment: { do: 'add', body: paragraph('Was it posted?'), public: true, files: [], marker } });
      } catch (error) {
        if (!(error instanceof TrackerError)) throw error;
        expect(error.kind, error.message).toBe('unavailable');
        expect(error.inDoubt, 'it may have been carried out').toBe(true);
      } finally {
        await stage.world.calm?.();
      }
      const now = await stage.see(base.ref);
      expect(read(now)).toEqual(['Was it posted?']);
      expect(now.comments[0]?.byUs, 'by our account').toBe(true);
      if (stage.world.capabilities.comments.marker !== 'atomic') return;
      const asked = await stage.tracker.markersOf?.(base.ref, stage.call);
      expect(now.comments[0]?.marker ?? asked?.[now.comments[0]?.id ?? '']).toBe(marker);
    },
  },
];
