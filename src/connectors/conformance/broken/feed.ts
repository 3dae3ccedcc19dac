import { randomUUID } from 'node:crypto';
import type { Tracker } from '../../connector.ts';
import type { MemoryTrackerServer } from '../../memory/index.ts';
import { type Broken, but, feeding, hooked } from './tools.ts';

/** A feed that is asked for what is newer than the newest time seen. */
const newerThan = (t: Tracker, server: MemoryTrackerServer): Tracker =>
  but(t, {
    changedSince: async (cursor) => {
      const all = [...server.entities.values()].sort((a, b) => a.touchedAt - b.touchedAt);
      const since = cursor === null ? (all.at(-1)?.touchedAt ?? 0) : Number(cursor);
      const newer = all.filter((e) => e.touchedAt > since);
      const page = newer.slice(0, server.feedPage);
      return {
        items: page.map((e) => ({ ref: e.ref, version: null, gone: e.gone })),
        cursor: String(page.at(-1)?.touchedAt ?? since),
        more: newer.length > page.length,
      };
    },
  });
/** A feed in pages by number, in which whatever changes moves to the end. */
const byOffset = (t: Tracker, server: MemoryTrackerServer): Tracker =>
  but(t, {
    changedSince: async (cursor) => {
      const [start = server.feed.length, offset = 0] = cursor?.split(':').map(Number) ?? [];
      const last = new Map<string, number>();
      for (const [at, ref] of server.feed.entries()) if (at >= start) last.set(ref, at);
      const refs = [...last].sort((a, b) => a[1] - b[1]).map(([ref]) => ref);
      const items = refs.slice(offset, offset + server.feedPage).map((ref) => ({ ref, version: null, gone: false }));
      const more = offset + server.feedPage < refs.length;
      return { items, cursor: more ? `${start}:${offset + server.feedPage}` : `${server.feed.length}:0`, more };
    },
  });
export const feeds: readonly Broken[] = [
  { what: 'skips equal timestamps', caughtBy: ['feed-equal-timestamps', 'feed-change-right-after-reading', 'feed-changes-while-paging'], wrap: newerThan },
  { what: 'pages by offset', caughtBy: ['feed-changes-while-paging'], wrap: byOffset },
  { what: 'shows nothing', caughtBy: ['feed-starts-now', 'feed-shows-each-kind-of-change'], wrap: feeding(() => null) },
  {
    what: 'always has more',
    caughtBy: ['feed-comes-to-rest'],
    wrap: (t) => but(t, { changedSince: async (c, call) => ({ ...(await t.changedSince(c, call)), more: true }) }),
  },
  {
    what: 'does not notice comments',
    caughtBy: ['feed-shows-each-kind-of-change'],
    wrap: feeding((i, server) => (server.entities.get(i.ref)?.comments.length ? null : i)),
  },
  {
    what: 'does not say whose an entity is',
    caughtBy: ['feed-tells-whose-an-entity-is'],
    wrap: feeding(({ ref, version, gone, marker = null }) => ({ ref, version, gone, marker })),
  },
  { what: 'takes each entity for somebody else’s', caughtBy: ['feed-tells-whose-an-entity-is'], wrap: feeding((i) => ({ ...i, byUs: false })) },
  { what: 'names versions that nothing has', caughtBy: ['feed-versions-are-true'], wrap: feeding((i) => ({ ...i, version: 'x' })) },
  { what: 'does not tell of deletions', caughtBy: ['feed-shows-deletions'], wrap: feeding((i) => ({ ...i, gone: false })) },
  {
    what: 'takes a nonsense cursor for now',
    caughtBy: ['feed-cursor-of-nonsense'],
    wrap: (t) => but(t, { changedSince: (c, call) => t.changedSince(c, call).catch(() => t.changedSince(null, call)) }),
  },
  {
    what: 'sweeps past the newest',
    caughtBy: ['sweep-shows-everything'],
    wrap: (t) =>
      but(t, {
        sweep: async (c, call) => {
          const page = await t.sweep?.(c, call);
          return page ? { ...page, items: page.items.slice(0, -1) } : { items: [], cursor: '', more: false };
        },
      }),
  },
];

export const hooks: readonly Broken[] = [
  { what: 'accepts no signature', caughtBy: ['webhook-good-is-accepted', 'webhook-registered-once'], wrap: hooked(() => ({ verify: () => false })) },
  { what: 'checks no signature', caughtBy: ['webhook-bad-signature-is-refused', 'webhook-old-is-refused'], wrap: hooked(() => ({ verify: () => true })) },
  {
    what: 'does not check the time',
    caughtBy: ['webhook-old-is-refused'],
    wrap: hooked((w) => ({ verify: (r, known) => w.verify(r, known, Number(r.headers['x-memory-time']) * 1000) })),
  },
  {
    what: 'finds a hint in anything',
    caughtBy: ['webhook-nonsense-gives-no-hints', 'webhook-good-is-accepted'],
    wrap: hooked(() => ({ hints: () => [{ ref: 'undefined', version: null }] })),
  },
  {
    what: 'makes a webhook each time',
    caughtBy: ['webhook-registered-once'],
    wrap: hooked((w) => ({ register: async (url, known, call) => ({ ...(await w.register(url, known, call)), id: randomUUID() }) })),
  },
];
