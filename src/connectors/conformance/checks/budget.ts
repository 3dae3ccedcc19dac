import { expect } from 'vitest';
import { always, type Check, paragraph, type Stage } from '../stage.ts';
import type { Budget, ConformanceWorld } from '../world.ts';

function costs(
  what: keyof Budget,
  title: string,
  work: (stage: Stage) => Promise<() => Promise<unknown>>,
  needs: (world: ConformanceWorld) => boolean = always,
): Check {
  return {
    id: `calls-${what.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
    title: `${title} takes no more requests than declared, and tells of each`,
    needs,
    async run(stage) {
      const measured = await work(stage);
      const requests = await stage.requests(measured);
      expect(requests, 'requests told of').toBeGreaterThan(0);
      expect(requests, 'requests').toBeLessThanOrEqual(stage.world.budget[what]);
    },
  };
}

const comment = (stage: Stage, files: Parameters<Stage['comment']>[3] = []) =>
  ({ do: 'add', body: paragraph('Hello.'), public: true, files, marker: stage.commentMarker() }) as const;

export const budget: readonly Check[] = [
  costs('fetch', 'a fetch', async (stage) => {
    const { ref } = await stage.entity();
    return () => stage.see(ref);
  }),
  costs('field', 'a change of one field', async (stage) => {
    const base = await stage.entity();
    return () => stage.apply(base, { fields: { summary: 'Changed' } });
  }),
  costs('comment', 'a comment', async (stage) => {
    const base = await stage.entity();
    return () => stage.apply(base, { comment: comment(stage) });
  }),
  costs('fieldAndComment', 'a field and a comment', async (stage) => {
    const base = await stage.entity();
    return () => stage.apply(base, { fields: { summary: 'Changed' }, comment: comment(stage) });
  }),
  costs(
    'commentWithFile',
    'a comment with a file',
    async (stage) => {
      const base = await stage.entity();
      return () => stage.apply(base, { comment: comment(stage, [stage.upload('a.txt', Buffer.from('a'))]) });
    },
    (w) => w.capabilities.files.add !== 'none',
  ),
  costs('create', 'a creation', async (stage) => () => stage.tracker.create(stage.draft(), stage.marker(), stage.call)),
  costs('idleFeed', 'asking the feed in vain', async (stage) => {
    const { cursor } = await stage.settledFeed(await stage.feedNow());
    return () => stage.tracker.changedSince(cursor, stage.call);
  }),
];
