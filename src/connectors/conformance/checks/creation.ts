import { expect } from 'vitest';
import type { Snapshot } from '../../../core/entity.ts';
import { TrackerError } from '../../../core/tracker-error.ts';
import { always, type Check, expectSameText, paragraph, refusal, type Stage } from '../stage.ts';

const start = (stage: Stage) => new Date(stage.world.now() - 1000).toISOString();

/** Creates while the answer gets lost. A connector may mend it by itself, or say that it is in doubt. */
async function createInDoubt(stage: Stage, marker: string, summary: string): Promise<void> {
  await stage.world.fault?.('drop-after-commit', 'write');
  try {
    await stage.tracker.create(stage.draft({ summary }), marker, stage.call);
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    expect(error.kind, error.message).toBe('unavailable');
    expect(error.inDoubt, 'it may have been carried out').toBe(true);
  } finally {
    await stage.world.calm?.();
  }
}

/** Which entities of that summary appeared in the feed since `cursor`. */
async function newOnes(stage: Stage, cursor: string, summary: string): Promise<Snapshot[]> {
  const { refs } = await stage.settledFeed(cursor);
  const all = await Promise.all([...refs].map((ref) => stage.see(ref)));
  return all.filter((s) => s.fields.summary === summary);
}

export const creation: readonly Check[] = [
  {
    id: 'create-then-fetch-is-equal',
    title: 'what is created is what a fetch shows, after the declared normalisation',
    needs: always,
    async run(stage) {
      const draft = stage.draft();
      const marker = stage.marker();
      const { snapshot, files } = await stage.tracker.create(draft, marker, stage.call);
      expect(files).toEqual([]);
      const seen = await stage.see(snapshot.ref);
      expect(seen, 'fetch against the answer to create').toEqual(snapshot);
      expect(seen.fields.summary).toBe(stage.tracker.settle('summary', draft.fields.summary ?? ''));
      expectSameText(seen.fields.description, stage.tracker.settle('description', draft.fields.description ?? ''), 'description');
      expect(seen.comments, 'the description is no comment').toEqual([]);
      expect(seen.byUs).toBe(true);
      if (stage.world.scope !== null) expect(seen.scope).toBe(stage.world.scope);
      if (stage.world.type !== null) expect(seen.type).toBe(stage.world.type);
    },
  },
  {
    id: 'create-with-another-type',
    title: 'an entity is created with the type that was asked for',
    needs: (w) => w.otherType !== undefined,
    async run(stage) {
      const type = stage.world.otherType ?? null;
      const { snapshot } = await stage.tracker.create({ ...stage.draft(), type }, stage.marker(), stage.call);
      expect((await stage.see(snapshot.ref)).type).toBe(type);
    },
  },
  {
    id: 'create-with-unknown-type-is-rejected',
    title: 'a type that does not exist is refused, and nothing is created',
    needs: (w) => w.type !== null,
    async run(stage) {
      const marker = stage.marker();
      await refusal(stage.tracker.create({ ...stage.draft(), type: 'no such type' }, marker, stage.call), 'rejected', 'create');
      expect(await stage.tracker.findByMarker(marker, start(stage), stage.call)).toBeNull();
    },
  },
  {
    id: 'create-without-description',
    title: 'an empty description can be created',
    needs: always,
    async run(stage) {
      const { snapshot } = await stage.tracker.create(stage.draft({ description: { type: 'root', children: [] } }), stage.marker(), stage.call);
      expectSameText((await stage.see(snapshot.ref)).fields.description, stage.tracker.settle('description', { type: 'root', children: [] }), 'description');
    },
  },
  {
    id: 'marker-comes-back',
    title: 'the marker of a created entity is in its snapshot',
    needs: always,
    async run(stage) {
      const marker = stage.marker();
      const { snapshot } = await stage.tracker.create(stage.draft(), marker, stage.call);
      expect(snapshot.marker, 'in the answer').toBe(marker);
      expect((await stage.see(snapshot.ref)).marker, 'in a fetch').toBe(marker);
      expect((await stage.entity()).marker, 'a human’s entity has none').toBeNull();
    },
  },
  {
    id: 'same-marker-twice-is-one-entity',
    title: 'creating twice with one marker gives one entity, at once, while the search index lags',
    needs: always,
    async run(stage) {
      const marker = stage.marker();
      const draft = stage.draft();
      const first = await stage.tracker.create(draft, marker, stage.call);
      const second = await stage.tracker.create(draft, marker, stage.call);
      expect(second.snapshot.ref).toBe(first.snapshot.ref);
      const again = await (await stage.world.open()).create(draft, marker, stage.call);
      expect(again.snapshot.ref, 'by another process').toBe(first.snapshot.ref);
    },
  },
  {
    id: 'same-marker-much-later-is-one-entity',
    title: 'a day later the marker is still found, and other entities are not taken for it',
    needs: (w) => w.timeIsFree,
    async run(stage) {
      const marker = stage.marker();
      const { snapshot } = await stage.tracker.create(stage.draft(), marker, stage.call);
      await stage.tracker.create(stage.draft(), stage.marker(), stage.call);
      await stage.world.pass(24 * 3_600_000);
      expect((await stage.tracker.create(stage.draft(), marker, stage.call)).snapshot.ref).toBe(snapshot.ref);
    },
  },
  {
    id: 'find-by-marker',
    title: 'an entity is found by its marker at once; an unused marker finds nothing',
    needs: always,
    async run(stage) {
      const since = start(stage);
      const marker = stage.marker();
      const { snapshot } = await stage.tracker.create(stage.draft(), marker, stage.call);
      await stage.entity();
      expect((await stage.tracker.findByMarker(marker, since, stage.call))?.ref).toBe(snapshot.ref);
      expect(await stage.tracker.findByMarker(stage.marker(), start(stage), stage.call)).toBeNull();
    },
  },
  {
    id: 'find-by-marker-is-exact',
    title: 'a marker that begins like another one, or differs in case, is another marker',
    needs: always,
    async run(stage) {
      const since = start(stage);
      const marker = `${stage.marker()}a`;
      await stage.tracker.create(stage.draft(), marker, stage.call);
      for (const other of [marker.slice(0, -1), `${marker}b`, marker.toUpperCase()]) {
        const found = await stage.tracker.findByMarker(other, since, stage.call);
        expect(found?.ref ?? null, `findByMarker ${other} for ${marker}`).toBeNull();
      }
    },
  },
  {
    id: 'create-dropped-after-commit-is-found',
    title: 'the server creates and the connection drops: a retry finds the entity, at once, and makes no second one',
    needs: (w) => w.faults.includes('drop-after-commit'),
    async run(stage) {
      const cursor = await stage.feedNow();
      const since = start(stage);
      const [marker, summary] = [stage.marker(), `Dropped ${stage.word()}`];
      await createInDoubt(stage, marker, summary);
      const found = await stage.tracker.findByMarker(marker, since, stage.call);
      expect(found?.fields.summary, 'what findByMarker finds').toBe(summary);
      expect(found?.byUs).toBe(true);
      if (stage.world.capabilities.entityMarker === 'atomic') {
        expect(found?.marker).toBe(marker);
        const retry = await stage.tracker.create(stage.draft({ summary }), marker, stage.call);
        expect(retry.snapshot.ref, 'a retry').toBe(found?.ref);
      }
      expect((await newOnes(stage, cursor, summary)).map((s) => s.ref)).toEqual([found?.ref]);
    },
  },
  {
    id: 'create-adopts-what-was-not-marked',
    title: 'what a creation that was cut off had made can be marked afterwards, and is found by the marker from then on',
    needs: (w) => w.capabilities.entityMarker === 'after' && w.faults.includes('drop-after-commit'),
    async run(stage) {
      const since = start(stage);
      const [marker, summary] = [stage.marker(), `Dropped ${stage.word()}`];
      await createInDoubt(stage, marker, summary);
      const found = await stage.tracker.findByMarker(marker, since, stage.call);
      if (!found || found.marker !== null) throw new Error('The entity was expected to be found without its marker.');
      const { snapshot } = await stage.tracker.create({ ...stage.draft({ summary }), adopt: found.ref }, marker, stage.call);
      expect([snapshot.ref, snapshot.marker]).toEqual([found.ref, marker]);
      expect((await stage.tracker.findByMarker(marker, since, stage.call))?.ref).toBe(found.ref);
    },
  },
  {
    id: 'feed-tells-own-creations',
    title: 'an entity that we created carries our marker or our account wherever it is seen first',
    needs: always,
    async run(stage) {
      const cursor = await stage.feedNow();
      const marker = stage.marker();
      const { snapshot } = await stage.tracker.create(stage.draft({ description: paragraph('Ours.') }), marker, stage.call);
      const { items } = await stage.settledFeed(cursor);
      const mine = items.filter((i) => i.ref === snapshot.ref);
      expect(mine.length, 'times that the feed names it').toBeGreaterThan(0);
      for (const item of mine) {
        if (item.byUs !== undefined) expect(item.byUs).toBe(true);
        if (item.marker != null) expect(item.marker).toBe(marker);
      }
    },
  },
];
