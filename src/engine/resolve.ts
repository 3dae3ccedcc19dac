import type { FieldValue, Snapshot } from '../core/entity.ts';
import { EntenteError } from '../core/errors.ts';
import { sameValue } from '../core/replica.ts';
import { on } from '../core/sync-rule.ts';
import type { Twin } from '../core/twin.ts';
import type { CallContext } from '../lib/http.ts';
import type { Tx } from './ports.ts';
import { type Context, Lease, leaseKey } from './work.ts';

/**
 * Settles a held conflict. `ours`: the shadow takes their value, so that the next send asserts ours. `theirs`: it is written here.
 * Throws `not-found` when nothing is held, TrackerError when it cannot be written.
 */
export async function resolve(context: Context, sideId: string, twinId: string, field: string, choice: 'ours' | 'theirs', call: CallContext): Promise<void> {
  const lease = new Lease(context);
  try {
    const { twin, theirs } = await context.store.transaction(async (tx) => {
      const found = await current(tx, sideId, twinId, field);
      if (!(await lease.take(tx, leaseKey(found.twin))))
        throw new EntenteError('tracker-conflict', 'The entity is being synchronised at this moment. Try again.');
      return found;
    });
    if (choice === 'ours') return await settled(context, lease, sideId, twinId, field, theirs);
    if (twin.local === null) throw new EntenteError('not-found');
    const tracker = await context.trackers.of(twin.instance);
    const snapshot = await tracker.fetch(twin.local, call);
    if (snapshot === 'gone') throw new EntenteError('tracker-not-found');
    const applied = await tracker.apply(twin.local, snapshot, { fields: { [field]: theirs }, known: {} }, call);
    const replaced = applied.replaced[field];
    if (on('journal') && replaced !== undefined && !sameValue(replaced, snapshot.fields[field]) && !sameValue(replaced, theirs)) {
      // Somebody edited while we wrote: theirs goes back, and the question stays open.
      const after: Snapshot = { ...snapshot, version: applied.version ?? snapshot.version, fields: { ...snapshot.fields, [field]: theirs } };
      await tracker.apply(twin.local, after, { fields: { [field]: replaced }, known: {} }, call);
      throw new EntenteError('tracker-conflict', 'Somebody edited the field at the same moment. Their value was put back; look at it and decide again.');
    }
    await settled(context, lease, sideId, twinId, field, theirs);
  } finally {
    await lease.release();
  }
}

async function current(tx: Tx, sideId: string, twinId: string, field: string): Promise<{ twin: Twin; theirs: FieldValue }> {
  const side = await tx.side(sideId);
  const twin = await tx.twin(sideId, twinId);
  const held = twin?.held[field];
  if (side?.status !== 'active') throw new EntenteError('connection-inactive');
  if (!twin || !held) throw new EntenteError('not-found', 'Nothing is held in this field any more.');
  return { twin, theirs: held.theirs };
}

async function settled(context: Context, lease: Lease, sideId: string, twinId: string, field: string, theirs: FieldValue): Promise<void> {
  await context.store.transaction(async (tx) => {
    await lease.fence(tx);
    const twin = await tx.twin(sideId, twinId);
    const held = twin?.held[field];
    if (!twin || !held || !sameValue(held.theirs, theirs))
      throw new EntenteError('not-found', 'The other side has changed the value meanwhile. Look at it and decide again.');
    const { [field]: _, ...rest } = twin.held;
    await tx.saveTwin({
      ...twin,
      held: rest,
      dirty: true,
      touches: twin.touches + 1,
      shadow: { ...twin.shadow, fields: { ...twin.shadow.fields, [field]: theirs } },
    });
    await tx.enqueue(sideId, twinId, { trigger: 'manual', priority: 'interactive' });
  });
}
