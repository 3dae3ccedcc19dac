import type { ChangePage, Hint } from '../connectors/connector.ts';
import { on } from '../core/sync-rule.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Twin } from '../core/twin.ts';
import type { CallContext } from '../lib/http.ts';
import { touch, touchSide } from './lifecycle.ts';
import type { Instance, Side, Tx } from './ports.ts';
import { newTwin, twinId } from './twins.ts';
import type { Context } from './work.ts';

type Item = ChangePage['items'][number];

/** One page of the tracker's feed. The cursor moves in the transaction that marks the twins, so that a crash skips nothing. */
export async function poll(context: Context, instanceId: string, call: CallContext): Promise<{ more: boolean; changed: number }> {
  const instance = await context.store.transaction((tx) => tx.instance(instanceId));
  if (!instance || instance.problem) return { more: false, changed: 0 };
  const tracker = await context.trackers.of(instance);
  await catchUp(context, instance, call);
  let page: ChangePage;
  try {
    page = await tracker.changedSince(instance.cursor, call);
  } catch (error) {
    if (!(error instanceof TrackerError && error.kind === 'cursor-expired')) throw error;
    await touchAll(context, instanceId, 'poll');
    page = await tracker.changedSince(null, call);
  }
  const exact = tracker.capabilities.exactVersions;
  const changed = await context.store.transaction(async (tx) => {
    let count = 0;
    for (const item of page.items) count += await noticed(context, tx, instance, item, 'poll', exact);
    const now = await tx.instance(instanceId);
    // Somebody may have turned the cursor back meanwhile (a connection was activated): then it stays there.
    if (now?.cursor === instance.cursor) await tx.saveInstance({ ...now, cursor: page.cursor, polledAt: new Date(context.clock.now()).toISOString() });
    return count;
  });
  return { more: page.more, changed };
}

/** A connection that was off gets the entities that are new since then: one page of the feed at a time. */
async function catchUp(context: Context, instance: Instance, call: CallContext): Promise<void> {
  const sides = await context.store.transaction((tx) => tx.sidesOfInstance(instance.id));
  const tracker = await context.trackers.of(instance);
  for (const { id, status, resumeFrom } of sides) {
    if (status !== 'active' || resumeFrom === null) continue;
    const page = await tracker.changedSince(resumeFrom, call);
    await context.store.transaction(async (tx) => {
      const side = await tx.side(id);
      if (side?.status !== 'active' || side.resumeFrom !== resumeFrom) return;
      for (const item of page.items) if (!item.gone) await offer(context, tx, instance, item, await tx.twinsOfEntity(instance.id, item.ref));
      await tx.saveSide({ ...side, resumeFrom: page.more ? page.cursor : null });
    });
  }
}

/** The tracker's notices. Lost, doubled and reordered ones do no harm: they only make twins dirty. They are stored when it resolves. */
export async function hint(context: Context, instanceId: string, hints: readonly Hint[], trigger: string): Promise<void> {
  // A tracker that changes much sends a notice for each: those that come while one is being stored are stored together.
  const key = `${instanceId} ${trigger}`;
  const before = context.hints.get(key);
  if (before?.waits) {
    before.hints.push(...hints);
    return before.stored;
  }
  const batch = { waits: true, hints: [...hints], stored: Promise.resolve() };
  context.hints.set(key, batch);
  batch.stored = store(context, instanceId, trigger, batch, before?.stored).finally(() => {
    if (context.hints.get(key) === batch) context.hints.delete(key);
  });
  return batch.stored;
}

async function store(context: Context, instanceId: string, trigger: string, batch: { waits: boolean; hints: Hint[] }, before?: Promise<void>): Promise<void> {
  // What became of those before is told to whoever brought them.
  await before?.catch(() => undefined);
  batch.waits = false;
  // The last word on each entity, in one order for all, so that two batches cannot wait for each other.
  const last = [...new Map(batch.hints.map((item) => [item.ref, item])).values()].sort((a, b) => (a.ref < b.ref ? -1 : 1));
  await context.store.transaction(async (tx) => {
    const instance = await tx.instance(instanceId);
    if (!instance) return;
    const { exactVersions } = (await context.trackers.of(instance)).capabilities;
    for (const item of last) await noticed(context, tx, instance, { ...item, gone: false }, trigger, exactVersions);
  });
}

async function noticed(context: Context, tx: Tx, instance: Instance, item: Item, trigger: string, exact: boolean): Promise<number> {
  const twins = await tx.twinsOfEntity(instance.id, item.ref);
  const entity = await tx.entity(instance.id, item.ref);
  // An exact version that we have seen, our own write's included, is no news.
  const known = exact && item.version !== null && entity?.version === item.version;
  let count = 0;
  if (!known)
    for (const twin of twins)
      if (twin.status === 'active') {
        await touch(tx, twin.side, twin.id, trigger, 'normal');
        count++;
      }
  // A hint says too little to tell a human's new entity from one of ours that is not marked yet: the feed will.
  if (!item.gone && item.byUs !== undefined) count += await offer(context, tx, instance, item, twins);
  return count;
}

/** Connections that start by themselves get each new entity, unless it is our own, or may be. */
export async function offer(
  context: Context,
  tx: Tx,
  instance: Pick<Instance, 'id'>,
  item: Pick<Item, 'ref' | 'marker' | 'byUs'>,
  twins: readonly { readonly side: string }[],
): Promise<number> {
  const sides = (await tx.sidesOfInstance(instance.id)).filter(
    (side) => side.start === 'automatic' && side.status === 'active' && !twins.some((twin) => twin.side === side.id),
  );
  if (!sides.length) return 0;
  if (!twins.length) {
    if (item.marker && on('adoptEntity')) return 0;
    if (item.byUs && on('defer') && ((await tx.creationIntents(instance.id)).length > 0 || (await tx.creationsPending(instance.id)))) return 0;
  }
  for (const side of sides) await begin(context, tx, side, item.ref, 'poll', 'normal');
  return sides.length;
}

/** A new twin for an entity of ours, enqueued. */
export async function begin(
  context: Context,
  tx: Tx,
  side: Side,
  ref: string,
  trigger: string,
  priority: 'interactive' | 'normal' | 'bulk',
  id = twinId(side.connection, side.instance, ref),
): Promise<Twin> {
  const twin = newTwin(context, side, id, ref);
  await tx.saveTwin(twin);
  await tx.enqueue(side.id, twin.id, { trigger, priority });
  return twin;
}

export async function touchAll(context: Context, instanceId: string, trigger: string): Promise<void> {
  const sides = await context.store.transaction((tx) => tx.sidesOfInstance(instanceId));
  for (const side of sides) await touchSide(context, side.id, trigger);
}

/** A slow pass over everything that the tracker has. */
export interface Sweep {
  readonly cursor: string | null;
  readonly seen: ReadonlySet<string>;
}

/**
 * One page of a pass over everything, for what the feed of a tracker cannot show (edited, hidden and deleted notes; deleted entities): every twin is looked at.
 * Returns where the pass stands, null when it is over. Does nothing on trackers whose feed shows all.
 */
export async function sweep(context: Context, instanceId: string, state: Sweep | null, call: CallContext): Promise<Sweep | null> {
  const instance = await context.store.transaction((tx) => tx.instance(instanceId));
  const tracker = await context.trackers.of(instanceId);
  if (!tracker.sweep || !instance || instance.problem) return null;
  const page = await tracker.sweep(state?.cursor ?? null, call);
  const seen = new Set([...(state?.seen ?? []), ...page.items.map((item) => item.ref)]);
  await context.store.transaction(async (tx) => {
    for (const item of page.items)
      for (const twin of await tx.twinsOfEntity(instanceId, item.ref)) if (twin.status === 'active') await touch(tx, twin.side, twin.id, 'sweep', 'bulk');
  });
  if (page.more) return { cursor: page.cursor, seen };
  // Whatever the pass did not meet may be gone.
  const sides = await context.store.transaction((tx) => tx.sidesOfInstance(instanceId));
  for (const side of sides) await touchSide(context, side.id, 'sweep', (twin) => twin.local !== null && !seen.has(twin.local));
  return null;
}
