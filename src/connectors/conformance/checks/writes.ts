import { expect } from 'vitest';
import { plainText, type RichText } from '../../../core/rich-text/index.ts';
import { always, type Check, expectSameText, paragraph, refusal } from '../stage.ts';

export const writes: readonly Check[] = [
  {
    id: 'version-stands-still',
    title: 'two fetches without a change in between are equal, version included',
    needs: always,
    async run(stage) {
      const first = await stage.entity();
      await stage.tick();
      expect(await stage.see(first.ref)).toEqual(first);
    },
  },
  {
    id: 'version-moves-with-content',
    title: 'the version moves with a field, a comment by a human and a comment by us',
    needs: always,
    async run(stage) {
      const { human } = stage.world;
      let before = await stage.entity();
      const moved = async (what: string, work: () => Promise<unknown>) => {
        await stage.tick();
        await work();
        const after = await stage.see(before.ref);
        expect(after.version, `version after ${what}`).not.toBe(before.version);
        before = after;
      };
      await moved('an edit by a human', () => human.edit(before.ref, { summary: `Edited ${stage.word()}` }));
      await moved('a comment by a human', () => human.comment(before.ref, 'Hello.', true));
      await moved('an edit by us', () => stage.apply(before, { fields: { summary: `Edited ${stage.word()}` } }));
      await moved('a comment by us', () => stage.comment(before, paragraph('Hello.')));
    },
  },
  {
    id: 'applied-version-is-true',
    title: 'the version that apply names is the one that a fetch shows',
    needs: always,
    async run(stage) {
      let now = await stage.entity();
      for (const change of [
        { fields: { summary: `A ${stage.word()}` } },
        { comment: { do: 'add', body: paragraph('Hello.'), public: true, files: [], marker: stage.commentMarker() } },
      ] as const) {
        const { version } = await stage.apply(now, change);
        now = await stage.see(now.ref);
        if (version !== null) expect(version).toBe(now.version);
        else expect(stage.world.capabilities.compareAndSet && stage.world.capabilities.exactVersions, 'it could have been named').toBe(false);
      }
    },
  },
  {
    id: 'applied-version-is-silent-about-others',
    title: 'apply names no version when somebody else’s write came in between',
    needs: (w) => !w.capabilities.compareAndSet,
    async run(stage) {
      const base = await stage.entity();
      await stage.world.human.comment(base.ref, 'In between.', true);
      const { version } = await stage.apply(base, { fields: { summary: `Ours ${stage.word()}` } });
      expect(version).toBeNull();
    },
  },
  {
    id: 'fields-written',
    title: 'a change of fields writes those, and leaves all else alone',
    needs: always,
    async run(stage) {
      const base = await stage.entity();
      const summary = `New ${stage.word()}`;
      const applied = await stage.apply(base, { fields: { summary } });
      expect([applied.comment, applied.files, applied.replaced]).toEqual([null, [], {}]);
      const now = await stage.see(base.ref);
      expect(now.fields).toEqual({ ...base.fields, summary });
      expect(now.comments).toEqual(base.comments);
      expect([now.type, now.scope, now.author]).toEqual([base.type, base.scope, base.author]);
    },
  },
  {
    id: 'empty-change-writes-nothing',
    title: 'a change of nothing does nothing',
    needs: always,
    async run(stage) {
      const base = await stage.entity();
      await stage.tick();
      const applied = await stage.apply(base, {});
      expect([applied.comment, applied.files, applied.replaced]).toEqual([null, [], {}]);
      expect(await stage.see(base.ref)).toEqual(base);
    },
  },
  {
    id: 'stale-base-writes-nothing',
    title: 'a change that was decided on an old version is a conflict, and no part of it is written',
    needs: (w) => w.capabilities.compareAndSet,
    async run(stage) {
      const base = await stage.entity();
      await stage.tick();
      await stage.world.human.edit(base.ref, { summary: `Theirs ${stage.word()}` });
      const now = await stage.see(base.ref);
      const comment = { do: 'add', body: paragraph('Ours.'), public: true, files: [], marker: stage.commentMarker() } as const;
      await refusal(stage.apply(base, { fields: { summary: 'Ours' } }), 'conflict', 'fields on a stale base');
      await refusal(stage.apply(base, { fields: { summary: 'Ours' }, comment }), 'conflict', 'fields and a comment on a stale base');
      expect(await stage.see(base.ref)).toEqual(now);
    },
  },
  {
    id: 'replaced-value-is-told',
    title: 'a write over a value that we had not read says which value it replaced',
    needs: (w) => w.capabilities.journal && !w.capabilities.compareAndSet,
    async run(stage) {
      const base = await stage.entity();
      const theirs = `Theirs ${stage.word()}`;
      await stage.world.human.edit(base.ref, { summary: theirs });
      const { replaced } = await stage.apply(base, { fields: { summary: `Ours ${stage.word()}` } });
      expect(replaced).toEqual({ summary: theirs });
      if (!stage.world.capabilities.description.edit) return;
      await stage.world.human.edit(base.ref, { description: 'Theirs, in words.' });
      const applied = await stage.apply(
        { ...base, fields: (await stage.see(base.ref)).fields, version: base.version },
        { fields: { summary: `Ours ${stage.word()}` } },
      );
      expect(applied.replaced, 'a field that we did not write is not replaced').toEqual({});
      const late = await stage.apply(base, { fields: { description: paragraph('Ours.') } });
      expect(plainText(late.replaced.description as RichText)).toBe('Theirs, in words.');
    },
  },
  {
    id: 'change-right-after-reading-is-told',
    title: 'a human’s change right after our fetch, within its second, is a conflict or is told as replaced',
    needs: (w) => w.capabilities.journal || (w.capabilities.compareAndSet && w.capabilities.exactVersions),
    async run(stage) {
      const base = await stage.entity();
      const theirs = `Theirs ${stage.word()}`;
      await stage.world.human.edit(base.ref, { summary: theirs });
      const writing = stage.apply(base, { fields: { summary: `Ours ${stage.word()}` } });
      const applied = await writing.catch(() => null);
      if (applied) {
        expect(applied.replaced).toEqual({ summary: theirs });
        return;
      }
      await refusal(writing, 'conflict', 'apply');
      expect((await stage.see(base.ref)).fields.summary).toBe(theirs);
    },
  },
  {
    id: 'error-tells-whether-anything-was-written',
    title: 'an error other than “in doubt” means that no part of the change was written',
    needs: (w) => w.capabilities.comments.edit || w.capabilities.comments.delete,
    async run(stage) {
      const base = await stage.entity();
      const fields = { summary: `Ours ${stage.word()}` };
      const unknown = { id: '999999999' };
      const comment = stage.world.capabilities.comments.edit
        ? ({ do: 'edit', ...unknown, body: paragraph('Nowhere.') } as const)
        : ({ do: 'delete', ...unknown } as const);
      const error = await refusal(stage.apply(base, { fields, comment }), ['not-found', 'rejected', 'unavailable'], 'a change of which one half is impossible');
      const written = (await stage.see(base.ref)).fields.summary !== base.fields.summary;
      expect([error.kind === 'unavailable', error.inDoubt], `something was written: ${written}`).toEqual([written, written]);
    },
  },
  {
    id: 'nothing-replaced-is-told',
    title: 'a write over the value that we had read replaces nothing',
    needs: (w) => w.capabilities.journal && !w.capabilities.compareAndSet,
    async run(stage) {
      const { human, capabilities } = stage.world;
      const base = await stage.entity();
      if (capabilities.description.edit) await human.edit(base.ref, { description: 'Theirs.' });
      await human.comment(base.ref, 'Theirs.', true);
      expect((await stage.apply(base, { fields: { summary: `Ours ${stage.word()}` } })).replaced).toEqual({});
    },
  },
  {
    id: 'other-fields-survive',
    title: 'what a human wrote into another field in the meantime stays',
    needs: (w) => !w.capabilities.compareAndSet && w.capabilities.description.edit,
    async run(stage) {
      const base = await stage.entity();
      await stage.world.human.edit(base.ref, { description: 'Theirs, in the meantime.' });
      await stage.apply(base, { fields: { summary: `Ours ${stage.word()}` } });
      expect(plainText((await stage.see(base.ref)).fields.description as RichText)).toBe('Theirs, in the meantime.');
    },
  },
  {
    id: 'description-edit',
    title: 'the description can be written',
    needs: (w) => w.capabilities.description.edit,
    async run(stage) {
      const base = await stage.entity();
      await stage.apply(base, { fields: { description: paragraph('New.') } });
      expectSameText((await stage.see(base.ref)).fields.description, stage.tracker.settle('description', paragraph('New.')), 'description');
    },
  },
  {
    id: 'description-edit-refused',
    title: 'where the description cannot be written, writing it is rejected by name, and nothing of the change is written',
    needs: (w) => !w.capabilities.description.edit,
    async run(stage) {
      const base = await stage.entity();
      const error = await refusal(stage.apply(base, { fields: { summary: 'New', description: paragraph('New.') } }), 'rejected', 'apply');
      expect(error.field).toBe('description');
      expect((await stage.see(base.ref)).fields).toEqual(base.fields);
    },
  },
  {
    id: 'unknown-field-is-rejected',
    title: 'a field that does not exist is rejected by name, and nothing of the change is written',
    needs: always,
    async run(stage) {
      const base = await stage.entity();
      const error = await refusal(stage.apply(base, { fields: { no_such_field: 'x' } }), 'rejected', 'apply');
      expect(error.field).toBe('no_such_field');
      expect((await stage.see(base.ref)).fields).toEqual(base.fields);
    },
  },
  {
    id: 'unknown-choice-is-rejected',
    title: 'a value that a choice field does not have is rejected by name',
    needs: always,
    async run(stage) {
      const { fields } = await stage.tracker.describe(stage.world.scope, stage.call);
      const base = await stage.entity();
      for (const { name } of fields.filter((f) => f.kind === 'choice' && f.support !== 'dropped')) {
        const error = await refusal(stage.apply(base, { fields: { [name]: 'no such value' } }), 'rejected', `${name} := no such value`);
        expect(error.field).toBe(name);
      }
      expect((await stage.see(base.ref)).fields).toEqual(base.fields);
    },
  },
  {
    id: 'fields-dropped-after-commit',
    title: 'the server writes fields and the connection drops: it is in doubt, the value is there, and writing it again does no harm',
    needs: (w) => w.faults.includes('drop-after-commit'),
    async run(stage) {
      const base = await stage.entity();
      const fields = { summary: `Dropped ${stage.word()}` };
      await stage.world.fault?.('drop-after-commit', 'write');
      const writing = stage.apply(base, { fields });
      const applied = await writing.catch(() => null);
      await stage.world.calm?.();
      if (!applied) expect((await refusal(writing, 'unavailable', 'apply')).inDoubt, 'it may have been carried out').toBe(true);
      const now = await stage.see(base.ref);
      expect(now.fields.summary).toBe(fields.summary);
      expect((await stage.apply(now, { fields })).replaced).toEqual({});
      expect((await stage.see(base.ref)).fields).toEqual(now.fields);
    },
  },
  {
    id: 'one-change-with-everything',
    title: 'fields and a comment in one change are both written, once',
    needs: always,
    async run(stage) {
      const base = await stage.entity();
      const summary = `All ${stage.word()}`;
      const { comment } = await stage.apply(base, {
        fields: { summary },
        comment: { do: 'add', body: paragraph('And a comment.'), public: true, files: [], marker: stage.commentMarker() },
      });
      const now = await stage.see(base.ref);
      expect(now.fields.summary).toBe(summary);
      expect(now.comments.map((c) => [c.id, plainText(c.body)])).toEqual([[comment, 'And a comment.']]);
    },
  },
];
