import { expect } from 'vitest';
import { always, type Check, paragraph, refusal, type Stage } from '../stage.ts';

/** Entities that humans made in one go, in the same second where the machine is fast enough. */
async function several(stage: Stage, count: number): Promise<string[]> {
  const refs: string[] = [];
  for (let i = 1; i <= count; i++) refs.push(await stage.world.human.create({ summary: `${i} ${stage.word()}`, description: 'One of several.' }));
  return refs;
}

export const feed: readonly Check[] = [
  {
    id: 'feed-starts-now',
    title: 'a feed without a cursor begins now: it goes on with what happens next',
    needs: always,
    async run(stage) {
      const { cursor } = await stage.tracker.changedSince(null, stage.call);
      expect(cursor).not.toBe('');
      const [ref] = await several(stage, 1);
      expect([...(await stage.settledFeed(cursor)).refs]).toContain(ref);
    },
  },
  {
    id: 'feed-comes-to-rest',
    title: 'when nothing changes, the feed says no more than what it may repeat',
    needs: always,
    async run(stage) {
      await several(stage, 2);
      const first = await stage.settledFeed(await stage.feedNow());
      const second = await stage.settledFeed(first.cursor);
      const third = await stage.settledFeed(second.cursor);
      expect(third.items.length, 'items of a feed at rest').toBeLessThanOrEqual(second.items.length);
      for (const item of third.items) expect((await stage.see(item.ref)).ref, 'what it repeats exists').toBe(item.ref);
    },
  },
  {
    id: 'feed-shows-each-kind-of-change',
    title: 'a creation, an edit, a comment by a human and by us, and what else a human may do: each is in the feed',
    needs: always,
    async run(stage) {
      const { human, capabilities } = stage.world;
      let cursor = await stage.feedNow();
      const base = await stage.entity();
      const shown = async (what: string, work: () => Promise<unknown>) => {
        await work();
        const drained = await stage.settledFeed(cursor);
        expect([...drained.refs], `in the feed after ${what}`).toContain(base.ref);
        cursor = drained.cursor;
        // What a feed may repeat must not answer for the next change.
        await stage.world.pass(stage.world.timeIsFree ? 3_600_000 : 2100);
        cursor = (await stage.drain(cursor)).cursor;
      };
      let id = '';
      await shown('its creation', async () => {});
      await shown('an edit', () => human.edit(base.ref, { summary: `Edited ${stage.word()}` }));
      await shown('a comment', async () => {
        id = await human.comment(base.ref, 'Hello.', true);
      });
      if (capabilities.comments.internal) await shown('an internal comment', () => human.comment(base.ref, 'Between us.', false));
      await shown('a comment by us', async () => stage.comment(await stage.see(base.ref), paragraph('Ours.')));
      if (human.editComment) await shown('an edited comment', async () => human.editComment?.(base.ref, id, 'Changed.'));
      if (human.addFile) await shown('a file', async () => human.addFile?.(base.ref, { name: 'a.txt', type: 'text/plain', content: Buffer.from('a') }));
      if (human.deleteComment) await shown('a deleted comment', async () => human.deleteComment?.(base.ref, id));
    },
  },
  {
    id: 'feed-equal-timestamps',
    title: 'changes of one second are all in the feed, whichever of its cursors one goes on from',
    needs: always,
    async run(stage) {
      const tracker = await stage.world.open({ feedPage: 3 });
      const cursor = await stage.feedNow(tracker);
      const refs = await several(stage, 8);
      const all = await stage.settledFeed(cursor, tracker);
      for (const ref of refs) expect([...all.refs], 'read at once').toContain(ref);
      for (const from of all.cursors) {
        const other = await stage.world.open({ feedPage: 3 });
        const before: string[] = [];
        for (let at = cursor; at !== from; ) {
          const page = await other.changedSince(at, stage.call);
          before.push(...page.items.map((i) => i.ref));
          if (page.cursor === at) break;
          at = page.cursor;
        }
        const after = await stage.drain(from, other);
        for (const ref of refs) expect([...before, ...after.refs], `resumed at ${from}`).toContain(ref);
      }
    },
  },
  {
    id: 'feed-change-right-after-reading',
    title: 'a change in the very second in which the feed was read is not missed the next time',
    needs: always,
    async run(stage) {
      const [a = '', b = ''] = await several(stage, 2);
      await stage.world.pass(stage.world.timeIsFree ? 3_600_000 : 2100);
      let { cursor } = await stage.settledFeed(await stage.feedNow());
      for (let i = 1; i <= 3; i++) {
        await stage.world.human.edit(a, { summary: `A ${i} ${stage.word()}` });
        const early = await stage.drain(cursor);
        await stage.world.human.edit(b, { summary: `B ${i} ${stage.word()}` });
        const late = await stage.settledFeed(early.cursor);
        expect([...early.refs, ...late.refs], 'changed before reading').toContain(a);
        expect([...late.refs], 'changed right after reading').toContain(b);
        await stage.world.pass(stage.world.timeIsFree ? 3_600_000 : 2100);
        cursor = (await stage.drain(late.cursor)).cursor;
      }
    },
  },
  {
    id: 'feed-changes-while-paging',
    title: 'what changes while pages are being read is in a later page or in the next reading',
    needs: always,
    async run(stage) {
      const { human } = stage.world;
      const tracker = await stage.world.open({ feedPage: 3 });
      const start = await stage.feedNow(tracker);
      const refs = await several(stage, 8);
      await stage.world.pass(stage.world.feedDelayMs);
      const versions = new Map<string, string>();
      const touch = async (ref: string | undefined) => {
        if (ref === undefined) return;
        await human.edit(ref, { summary: `Again ${stage.word()}` });
        versions.set(ref, (await stage.see(ref)).version);
      };
      let added = '';
      let touchedAt = 0;
      const first = await stage.drain(start, tracker, async (page, itemsSoFar) => {
        if (page !== 1) return;
        touchedAt = itemsSoFar;
        await touch(refs[0]);
        await touch(refs[5]);
        [added = ''] = await several(stage, 1);
      });
      if (!touchedAt) {
        await touch(refs[0]);
        await touch(refs[5]);
        [added = ''] = await several(stage, 1);
      }
      const second = await stage.settledFeed(first.cursor, tracker);
      for (const ref of [...refs, added]) expect([...first.refs, ...second.refs]).toContain(ref);
      const later = [...first.items.slice(touchedAt), ...second.items];
      if (!touchedAt) later.splice(0, first.items.length);
      for (const ref of versions.keys())
        expect(
          later.map((i) => i.ref),
          'changed again after page 1',
        ).toContain(ref);
    },
  },
  {
    id: 'feed-versions-are-true',
    title: 'a version that the feed names is the one that a fetch shows',
    needs: always,
    async run(stage) {
      const cursor = await stage.feedNow();
      const refs = await several(stage, 2);
      const { items } = await stage.settledFeed(cursor);
      for (const ref of refs) {
        const item = items.findLast((i) => i.ref === ref);
        expect(item, `${ref} in the feed`).toMatchObject({ gone: false });
        if (item?.version != null) expect(item.version).toBe((await stage.see(ref)).version);
      }
    },
  },
  {
    id: 'feed-tells-whose-an-entity-is',
    title: 'the feed says of each entity whether our account created it: without that, nothing new is ever sent by itself',
    needs: always,
    async run(stage) {
      const cursor = await stage.feedNow();
      const [theirs = ''] = await several(stage, 1);
      const { snapshot } = await stage.tracker.create(stage.draft(), stage.marker(), stage.call);
      await stage.world.human.edit(snapshot.ref, { summary: `Edited by a human ${stage.word()}` });
      const { items } = await stage.settledFeed(cursor);
      const told = (ref: string) => [...new Set(items.filter((i) => i.ref === ref).map((i) => i.byUs))];
      expect(told(theirs), 'of a human’s entity').toEqual([false]);
      expect(told(snapshot.ref), 'of ours, which a human edited').toEqual([true]);
    },
  },
  {
    id: 'feed-shows-deletions',
    title: 'what a human deleted is in the feed as gone, and nothing else is',
    needs: (w) => w.feedShowsDeletions && !!w.human.deleteEntity,
    async run(stage) {
      const [kept = '', ref = ''] = await several(stage, 2);
      const cursor = await stage.feedNow();
      await stage.world.human.edit(kept, { summary: `Kept ${stage.word()}` });
      await stage.world.human.deleteEntity?.(ref);
      const { items } = await stage.settledFeed(cursor);
      expect(items.findLast((i) => i.ref === ref)).toMatchObject({ gone: true });
      expect(items.findLast((i) => i.ref === kept)).toMatchObject({ gone: false });
    },
  },
  {
    id: 'feed-cursor-of-nonsense',
    title: 'a cursor that is none is expired: the caller scans everything and starts anew',
    needs: always,
    async run(stage) {
      for (const cursor of ['nonsense', '{}', '-1']) await refusal(stage.tracker.changedSince(cursor, stage.call), 'cursor-expired', `changedSince ${cursor}`);
    },
  },
  {
    id: 'sweep-shows-everything',
    title: 'a sweep shows every entity that exists',
    needs: (w) => w.sweeps === true,
    async run(stage) {
      const refs = await several(stage, 4);
      const tracker = await stage.world.open({ feedPage: 3 });
      if (!tracker.sweep) throw new Error('There is no sweep.');
      const seen = new Set<string>();
      let cursor: string | null = null;
      for (let page = 1; page <= 500; page++) {
        const found: Awaited<ReturnType<NonNullable<typeof tracker.sweep>>> = await tracker.sweep(cursor, stage.call);
        for (const { ref } of found.items) seen.add(ref);
        if (!found.more) break;
        cursor = found.cursor;
      }
      for (const ref of refs) expect([...seen]).toContain(ref);
    },
  },
];
