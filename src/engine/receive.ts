import type { Answer, ReplicaMessage } from '../core/replica.ts';
import { on } from '../core/sync-rule.ts';
import type { Twin } from '../core/twin.ts';
import type { Side, Tx } from './ports.ts';
import { acknowledge, acknowledges, answered, localIds } from './send.ts';
import { newTwin } from './twins.ts';
import { type Context, RunLog } from './work.ts';

/** Stores the peer's replica and enqueues it, in one transaction. It counts as acknowledged only once it is applied. */
export async function receive(context: Context, sideId: string, message: ReplicaMessage): Promise<Answer> {
  return context.store.transaction(async (tx) => {
    const side = await tx.side(sideId);
    if (side?.status !== 'active' || side.connection !== message.connection) return INACTIVE;
    let twin = await tx.twin(sideId, message.twin);
    if (!twin) {
      const made = await firstContact(context, tx, side, message);
      if ('outcome' in made) return made;
      twin = made;
    }
    if (twin.status !== 'active') return { ...INACTIVE, outcome: 'stopped', status: twin.status, reason: twin.reason ?? '' };
    const gids = [...Object.keys(message.comments), ...Object.keys(message.files)];
    if (message.seq <= twin.seen) return answerOf(tx, twin, gids);
    if (on('regress')) {
      // It acknowledges what we do not remember sending: we have gone back in time, and write nothing before we have compared.
      if (message.seen > twin.outSeq || (message.seen === twin.outSeq && message.seen > 0 && message.seenNonce !== twin.lastNonce)) {
        context.greeted.delete(sideId);
        await tx.enqueue(sideId, twin.id, { trigger: 'start', priority: 'normal' });
        return INACTIVE;
      }
      // The sender has forgotten what it had acknowledged.
      if (message.seen < twin.acked) return answerOf(tx, twin, gids);
    }
    // Like a push that is not a fast-forward: ours has to be applied first.
    if (on('refuse') && side.leads && message.seen < twin.outSeq) return answerOf(tx, twin, gids);
    // We have lost what was agreed: only a replica that begins at nothing is of use.
    if (twin.needsAll && Object.keys(message.before).length > 0) return answerOf(tx, twin, gids);
    const log = new RunLog(context, 'peer');
    const rules = context.rules(side).version;
    let next: Twin = { ...twin, peer: message.entity, needsAll: false };
    if (next.flight && acknowledges(message, next.flight)) {
      next = await acknowledge(context, tx, next, message.ids);
      await log.write(tx, next, 'in-sync', rules);
    } else if (next.flight && !side.leads) next = { ...next, flight: null, dirty: on('redirty') ? true : next.dirty };
    // A repeat must not undo what a creation has noted in the replica that it came with.
    if (!next.inbox || message.seq > next.inbox.seq || (!on('noReplace') && message.seq === next.inbox.seq)) {
      next = { ...next, inbox: message };
      await log.write(tx, next, 'received', rules);
    }
    await tx.saveTwin(next);
    // A repeat is no reason to try again what has failed: that has its own time, or waits for a person.
    const fresh = next.inbox !== twin.inbox || twin.problem === null;
    if (fresh) await tx.enqueue(sideId, next.id, { trigger: 'peer', priority: 'interactive' });
    return answerOf(tx, next, gids);
  });
}

const INACTIVE: Answer = { outcome: 'inactive', seen: 0, seenNonce: '', acked: 0, entity: null, ids: {} };

async function firstContact(context: Context, tx: Tx, side: Side, message: ReplicaMessage): Promise<Twin | Answer> {
  const local = message.link?.[side.instance] ?? null;
  if (local !== null && on('linkId')) {
    const others = await tx.twinsOfEntity(side.instance, local);
    const other = others.find((twin) => twin.side === side.id && twin.status === 'active');
    if (other) return { ...INACTIVE, outcome: 'stopped', status: 'redundant', reason: 'already under sync on this connection' };
  }
  return newTwin(context, side, message.twin, local, { link: message.link, dirty: message.link !== null });
}

/** How far we are with the peer's replicas, and the ids of what it asks about. */
export async function answerOf(tx: Tx, twin: Twin, gids: readonly string[]): Promise<Answer> {
  return {
    outcome: 'ok',
    seen: twin.seen,
    seenNonce: twin.seenNonce,
    acked: twin.acked,
    entity: twin.entity,
    ids: twin.local === null ? {} : await localIds(tx, twin.instance, twin.local, gids),
    ...(twin.needsAll ? { needsAll: true } : {}),
  };
}

/** The peer has applied our flight. */
export async function applied(context: Context, sideId: string, twinId: string, answer: Answer): Promise<void> {
  await context.store.transaction(async (tx) => {
    const side = await tx.side(sideId);
    const twin = await tx.twin(sideId, twinId);
    if (side && twin) await answered(context, tx, twin, answer, new RunLog(context, 'peer'), context.rules(side).version);
  });
}
