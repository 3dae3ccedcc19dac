import { EntenteError } from '../core/errors.ts';
import type { Engine } from './engine.ts';
import { compare, counters, offered, recall } from './hello.ts';
import { activate, deactivate, end, ended, reached, touchSide } from './lifecycle.ts';
import { begin, hint, poll, sweep, touchAll } from './observe.ts';
import type { EngineDeps } from './ports.ts';
import { applied, receive } from './receive.ts';
import { resolve } from './resolve.ts';
import { retry, run } from './run.ts';
import { linkId, newTwin, twinId } from './twins.ts';
import { type Context, RunLog } from './work.ts';

export type { Engine } from './engine.ts';
export type { Sweep } from './observe.ts';
export { FileGone, PeerError } from './work.ts';

/** The use cases over one store. Keeps nothing in memory but which connections were greeted since it was made. */
export function createEngine(deps: EngineDeps): Engine {
  const context: Context = { ...deps, greeted: new Set(), hints: new Map(), startedAt: deps.clock.now() };
  return {
    run: (side, twin, job) => run(context, side, twin, job),
    async sync(sideId, ref, call) {
      const { side } = await entry(context, sideId);
      const tracker = await context.trackers.of(side.instance);
      const snapshot = await tracker.fetch(ref, call);
      if (snapshot === 'gone') throw new EntenteError('wrong-urn', `The entity ${ref} has been deleted.`);
      return context.store.transaction(async (tx) => {
        const twins = await tx.twinsOfEntity(side.instance, ref);
        if (twins.some((twin) => twin.side === sideId && twin.status === 'active'))
          throw new EntenteError('already-under-sync', `${snapshot.urn} is under sync on “${side.name}” already.`);
        const before = twins.find((twin) => twin.side === sideId);
        // A pair that has ended keeps its history: beginning again is a new twin.
        const twin = await begin(
          context,
          tx,
          side,
          ref,
          'manual',
          'interactive',
          before ? `${twinId(side.connection, side.instance, ref)}~${context.id()}` : undefined,
        );
        const named = { ...twin, entity: { ref, urn: snapshot.urn, url: snapshot.url } };
        await tx.saveTwin(named);
        return named;
      });
    },
    async link(sideId, ref, peerRef) {
      const { side } = await entry(context, sideId);
      const link = { [side.instance]: ref, [side.peer.instance]: peerRef };
      return context.store.transaction(async (tx) => {
        const taken = (await tx.twinsOfEntity(side.instance, ref)).find((twin) => twin.side === sideId && twin.status === 'active');
        if (taken) throw new EntenteError('already-under-sync');
        const twin = newTwin(context, side, linkId(side.connection, link), ref, { link });
        await tx.saveTwin(twin);
        await tx.enqueue(sideId, twin.id, { trigger: 'manual', priority: 'interactive' });
        return twin;
      });
    },
    retry: (side, twin) => retry(context, side, twin),
    async unlink(sideId, twinId, reason) {
      await context.store.transaction(async (tx) => {
        const side = await tx.side(sideId);
        const twin = await tx.twin(sideId, twinId);
        if (!side || !twin) throw new EntenteError('not-found', 'There is no such twin.');
        if (twin.status === 'active') await end(tx, twin, 'unlinked', reason, true, new RunLog(context, 'manual'), context.rules(side).version);
      });
    },
    resolve: (side, twin, field, choice, call) => resolve(context, side, twin, field, choice, call),
    deactivate: (side) => deactivate(context, side),
    activate: (side) => activate(context, side),
    poll: (instance, call) => poll(context, instance, call),
    hint: (instance, hints, trigger) => hint(context, instance, hints, trigger),
    sweep: (instance, state, call) => sweep(context, instance, state, call),
    touchAll: (instance, trigger) => touchAll(context, instance, trigger),
    touchSide: (side, trigger) => touchSide(context, side, trigger),
    reached: (side) => reached(context, side),
    receive: (side, message) => receive(context, side, message),
    applied: (side, twin, answer) => applied(context, side, twin, answer),
    ended: (side, twin, reason) => ended(context, side, twin, reason),
    counters: (side, after) => counters(context, side, after),
    offerCounters: (side, page) => offered(context, side, page),
    recall: (side, twin) => recall(context, side, twin),
    compare: (side, twin, ours) => compare(context, side, twin, ours),
  };
}

async function entry(context: Context, sideId: string) {
  const side = await context.store.transaction((tx) => tx.side(sideId));
  if (!side) throw new EntenteError('unknown-connection');
  // What is refused for now waits, and is asked again.
  if (side.status === 'error' && side.problem?.retryAt) return { side };
  if (side.status === 'error' && side.problem) throw new EntenteError('peer-refused', side.problem.message);
  if (side.status !== 'active') throw new EntenteError('connection-inactive', `The connection “${side.name}” is not active.`);
  return { side };
}
