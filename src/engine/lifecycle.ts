import { EntenteError } from '../core/errors.ts';
import { on } from '../core/sync-rule.ts';
import type { Twin } from '../core/twin.ts';
import type { Book } from './book.ts';
import type { Tx } from './ports.ts';
import { type Context, RunLog, type Work } from './work.ts';

/** Ends the twin here and keeps in mind that the other side has yet to be told. Tickets stay. */
export async function unlink(work: Work, reason: string): Promise<void> {
  await work.context.store.transaction(async (tx) => {
    await work.lease.fence(tx);
    const twin = await tx.twin(work.side.id, work.twin.id);
    if (twin?.status === 'active') await end(tx, twin, 'unlinked', reason, true, work.log, work.rules.version);
  });
}

export async function end(tx: Tx, twin: Twin, status: 'unlinked' | 'redundant', reason: string, tellPeer: boolean, log: RunLog, rules: string): Promise<void> {
  const ended: Twin = { ...twin, status, reason, inbox: null, flight: null, dirty: false, bye: tellPeer, problem: null };
  await tx.dropIntents((await tx.intentsOfTwin(twin.side, twin.id)).map((intent) => intent.id));
  await log.write(tx, ended, 'ended', rules);
  await tx.saveTwin(ended);
  if (status === 'unlinked' && twin.local !== null) await standAlone(tx, twin.instance, twin.local);
  if (tellPeer) await tx.enqueue(twin.side, twin.id, { trigger: 'ended', priority: 'normal' });
}

/** An entity without a twin is nobody's copy any more: put under sync again, it is an origin of its own. */
async function standAlone(tx: Tx, instance: string, ref: string): Promise<void> {
  const entity = await tx.entity(instance, ref);
  if (!entity?.origin || (await tx.twinsOfEntity(instance, ref)).some((twin) => twin.status === 'active')) return;
  await tx.saveEntity({ ...entity, origin: null });
}

/** The peer says that its half has ended. */
export async function ended(context: Context, sideId: string, twinId: string, reason: string): Promise<boolean> {
  return context.store.transaction(async (tx) => {
    const side = await tx.side(sideId);
    const twin = await tx.twin(sideId, twinId);
    if (side?.status !== 'active') return false;
    if (twin?.status === 'active')
      await end(tx, twin, 'unlinked', `the other side ended it: ${reason}`, false, new RunLog(context, 'peer'), context.rules(side).version);
    return true;
  });
}

/** Nothing is sent, received or written any more. Inbox and flight are kept. */
export async function deactivate(context: Context, sideId: string): Promise<void> {
  await context.store.transaction(async (tx) => {
    const side = await tx.side(sideId);
    if (!side) throw new EntenteError('unknown-connection');
    const instance = await tx.instance(side.instance);
    if (side.status === 'active')
      await tx.saveSide({ ...side, status: 'deactivated', resumeFrom: side.resumeFrom ?? (side.start === 'automatic' ? (instance?.cursor ?? null) : null) });
  });
}

/** All twins are looked at: changes were kept, and go out once. */
export async function activate(context: Context, sideId: string): Promise<void> {
  await context.store.transaction(async (tx) => {
    const side = await tx.side(sideId);
    if (!side) throw new EntenteError('unknown-connection');
    await tx.saveSide({ ...side, status: 'active', problem: null });
  });
  if (on('activateScan')) await touchSide(context, sideId, 'activated');
}

/** The peer answers again, or has called: what stood in the way is gone, and whatever waited for it goes on. */
export async function reached(context: Context, sideId: string): Promise<void> {
  const healed = await context.store.transaction(async (tx) => {
    const side = await tx.side(sideId);
    if (side?.status !== 'error' || side.peerState?.status === 'removed') return false;
    await tx.saveSide({ ...side, status: 'active', problem: null });
    return true;
  });
  if (healed) await touchSide(context, sideId, 'retry', (twin) => twin.dirty || twin.flight !== null || twin.inbox !== null || twin.problem !== null);
}

/** Makes every active twin of a side dirty, a page at a time. */
export async function touchSide(context: Context, sideId: string, trigger: string, which: (twin: Twin) => boolean = () => true): Promise<void> {
  for (let after: string | null = null; ; ) {
    const last: string | null = await context.store.transaction(async (tx) => {
      const page = await tx.twinsOfSide(sideId, after, 200);
      for (const twin of page) if (which(twin)) await touch(tx, sideId, twin.id, trigger, 'bulk');
      return page.at(-1)?.id ?? null;
    });
    if (last === null) return;
    after = last;
  }
}

/** Our entity may have changed: the twin is looked at again. */
export async function touch(tx: Tx, sideId: string, twinId: string, trigger: string, priority: 'interactive' | 'normal' | 'bulk'): Promise<void> {
  const twin = await tx.twin(sideId, twinId);
  if (twin?.bye) await tx.enqueue(sideId, twinId, { trigger, priority });
  if (twin?.status !== 'active') return;
  await tx.saveTwin({ ...twin, dirty: true, touches: twin.touches + 1 });
  await tx.enqueue(sideId, twinId, { trigger, priority });
}

/** The entity's other twins have to look as well. Saved with the book. */
export async function touchOthers(tx: Tx, book: Book, twin: Twin, trigger: string): Promise<void> {
  for (const other of book.twins()) {
    if ((other.id === twin.id && other.side === twin.side) || other.status !== 'active') continue;
    book.setTwin({ ...other, dirty: true, touches: other.touches + 1 });
    await tx.enqueue(other.side, other.id, { trigger, priority: 'normal' });
  }
}
