import { EntenteError, ERRORS } from '../core/errors.ts';
import { on } from '../core/sync-rule.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Intent, Trace, Twin } from '../core/twin.ts';
import type { CallContext } from '../lib/http.ts';
import { apply } from './apply.ts';
import { Stopped } from './attempt.ts';
import { link, wantsLink } from './back-link.ts';
import type { RunResult } from './engine.ts';
import { greet, greeted, rebuild } from './hello.ts';
import { reached } from './lifecycle.ts';
import type { Instance, JobOptions, Side, Tx } from './ports.ts';
import { problemOf } from './problem.ts';
import { capture, deliver } from './send.ts';
import { type Context, Lease, leaseKey, Overtaken, RunLog, type Work } from './work.ts';

interface Job {
  readonly trigger: string;
  readonly priority: JobOptions['priority'];
  readonly signal: AbortSignal;
}

interface Opened {
  readonly side: Side;
  readonly instance: Instance;
  readonly twin: Twin;
  readonly traces: readonly Trace[];
  readonly intents: readonly Intent[];
  /** Twins of the same entity whose connection has yet to be greeted. */
  readonly ungreeted: readonly Side[];
  /** Another twin of the entity first re-applies what its peer has in flight. */
  readonly mending: boolean;
}

/** How often one job goes round before it lets others have a turn. */
const ROUNDS = 12;

/** Everything that a twin has to do, until it rests: counters, inbox, flight, then a look at our entity. */
export async function run(context: Context, sideId: string, twinId: string, job: Job): Promise<RunResult> {
  const lease = new Lease(context);
  const log = new RunLog(context, job.trigger);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const opened = await context.store.transaction((tx) => open(context, tx, sideId, twinId, lease, job));
      if (opened === 'rest') return { again: false };
      if (!(await step(context, opened, lease, log, job))) return { again: false };
    }
    return { again: true };
  } catch (error) {
    if (error instanceof Overtaken || error instanceof Stopped) return { again: false };
    await failed(context, sideId, twinId, error, log);
    return { again: false };
  } finally {
    await lease.release();
  }
}

async function open(context: Context, tx: Tx, sideId: string, twinId: string, lease: Lease, job: Job): Promise<Opened | 'rest'> {
  const side = await tx.side(sideId);
  const twin = await tx.twin(sideId, twinId);
  if (!side || !twin || (side.status !== 'active' && side.status !== 'error')) return 'rest';
  // The peer refuses: now and then one twin asks it again, and the others wait with it.
  const asks = side.status === 'error' ? side.problem?.retryAt : undefined;
  if (asks === null || (side.status === 'error' && asks === undefined)) return 'rest';
  if (asks !== undefined && Date.parse(asks) > context.clock.now() && job.priority !== 'interactive') {
    await tx.enqueue(sideId, twinId, { trigger: 'retry', priority: 'normal', notBefore: Date.parse(asks) + context.random() * 5000 });
    return 'rest';
  }
  // The other side does not listen. What is kept is looked at when it says that it does.
  if (side.peerState && side.peerState.status !== 'active') return 'rest';
  if (twin.status !== 'active' && !twin.bye) return 'rest';
  const instance = await tx.instance(side.instance);
  if (!instance || instance.problem) return 'rest';
  const now = context.clock.now();
  const paused = instance.pausedUntil ? Date.parse(instance.pausedUntil) : 0;
  if (paused > now) {
    await tx.enqueue(sideId, twinId, { trigger: 'retry', priority: 'normal', notBefore: paused });
    return 'rest';
  }
  if (!(await lease.take(tx, leaseKey(twin)))) {
    await tx.enqueue(sideId, twinId, { trigger: 'retry', priority: 'normal', notBefore: now + 1000 });
    return 'rest';
  }
  if (twin.local === null) return { side, instance, twin, traces: [], intents: [], ungreeted: greeted(context, side) ? [] : [side], mending: false };
  const others = (await tx.twinsOfEntity(instance.id, twin.local)).filter((other) => other.status === 'active' && other.id !== twin.id);
  const sides = await Promise.all((on('helloAll') ? [twin, ...others] : [twin]).map((other) => tx.side(other.side)));
  return {
    side,
    instance,
    twin,
    traces: await tx.traces(instance.id, twin.local),
    intents: await tx.intentsOfEntity(instance.id, twin.local),
    ungreeted: sides.filter((other) => other !== null && other.status === 'active' && !greeted(context, other)) as Side[],
    mending: on('mendFirst') && others.some((other) => other.mending || other.lost),
  };
}

/** One thing. False: nothing is left to do now. */
async function step(context: Context, opened: Opened, lease: Lease, log: RunLog, job: Job): Promise<boolean> {
  const { side, instance, twin } = opened;
  if (side.status === 'error') {
    await greet(context, side);
    await reached(context, side.id);
    return true;
  }
  if (twin.bye) return farewell(context, side, twin);
  if (opened.ungreeted.length) {
    for (const other of opened.ungreeted) await greetFor(context, side, other);
    return true;
  }
  const tracker = await context.trackers.of(instance);
  const call: CallContext = { signal: job.signal, priority: job.priority, onRequest: (request) => log.heard({ instance: instance.id, ...request }) };
  const work: Work = {
    context,
    lease,
    side,
    instance,
    twin,
    traces: opened.traces,
    intents: opened.intents,
    tracker,
    rules: context.rules(side),
    call,
    log,
    absent: new Set(),
  };
  if (twin.lost) {
    await rebuild(work);
    return true;
  }
  if (twin.inbox && (on('applyFirst') || twin.flight || !twin.dirty)) {
    const before = twin.inbox;
    await apply(work);
    // Nothing happened: another creation comes first, and this one is enqueued for later.
    const after = await context.store.transaction((tx) => tx.twin(side.id, twin.id));
    return after?.inbox?.seq !== before.seq || after.local !== twin.local;
  }
  if (twin.flight) {
    const due = twin.flight.sentAt + (context.redeliverMs ?? 30_000);
    if (context.clock.now() < due && job.trigger !== 'retry') {
      await context.store.transaction((tx) => tx.enqueue(side.id, twin.id, { trigger: 'redeliver', priority: 'normal', notBefore: due }));
      return false;
    }
    await deliver(work);
    return false;
  }
  if (wantsLink(twin, tracker)) {
    await link(work);
    return true;
  }
  if (!twin.dirty || twin.local === null) {
    // Nothing is left to do, so nothing stands in the way any more.
    if (twin.problem) await context.store.transaction(async (tx) => mended(tx, side.id, twin.id));
    return false;
  }
  if (opened.mending || twin.mending) {
    await context.store.transaction((tx) => tx.enqueue(side.id, twin.id, { trigger: 'retry', priority: 'normal', notBefore: context.clock.now() + 2000 }));
    return false;
  }
  await capture(work);
  await deliver(work);
  return true;
}

/** A connection of the same entity that is refused is stopped by itself, and this one goes on. */
async function greetFor(context: Context, side: Side, other: Side): Promise<void> {
  try {
    await greet(context, other);
  } catch (error) {
    if (other.id === side.id || !(error instanceof EntenteError) || ERRORS[error.code].level !== 'connection') throw error;
    await context.store.transaction((tx) => refused(context, tx, other.id, error));
  }
}

/** The peer refuses: nothing moves on the connection, but somebody asks again now and then. */
async function refused(context: Context, tx: Tx, sideId: string, error: unknown): Promise<void> {
  const side = await tx.side(sideId);
  if (side?.status === 'active' || side?.status === 'error') await tx.saveSide({ ...side, status: 'error', problem: problemOf(context, error, side.problem) });
}

async function mended(tx: Tx, side: string, id: string): Promise<void> {
  const twin = await tx.twin(side, id);
  if (twin?.problem && !twin.dirty && !twin.inbox && !twin.flight) await tx.saveTwin({ ...twin, problem: null });
}

async function farewell(context: Context, side: Side, twin: Twin): Promise<boolean> {
  const heard = await context.peers.ended(side, twin.id, twin.reason ?? '');
  await context.store.transaction(async (tx) => {
    const now = await tx.twin(side.id, twin.id);
    if (!now) return;
    if (heard) await tx.saveTwin({ ...now, bye: false, problem: null });
    else await tx.enqueue(side.id, twin.id, { trigger: 'ended', priority: 'bulk', notBefore: context.clock.now() + 60_000 });
  });
  return false;
}

/** Writes down what went wrong where people look for it, stops what has to stop, and plans the next attempt. */
async function failed(context: Context, sideId: string, twinId: string, error: unknown, log: RunLog): Promise<void> {
  await context.store.transaction(async (tx) => {
    const side = await tx.side(sideId);
    const twin = await tx.twin(sideId, twinId);
    if (!side || !twin) return;
    const problem = problemOf(context, error, twin.problem);
    await log.write(tx, twin, 'failed', context.rules(side).version, { problem });
    await tx.saveTwin({ ...twin, problem, dirty: twin.local !== null || twin.dirty });
    if (problem.level === 'connection') await refused(context, tx, sideId, error);
    const instance = await tx.instance(twin.instance);
    if (instance && error instanceof TrackerError && error.kind === 'auth') await tx.saveInstance({ ...instance, problem });
    else if (instance && error instanceof TrackerError && error.kind === 'rate-limited' && problem.retryAt && problem.retryAt > (instance.pausedUntil ?? ''))
      await tx.saveInstance({ ...instance, pausedUntil: problem.retryAt });
    if (problem.retryAt !== null) await tx.enqueue(sideId, twinId, { trigger: 'retry', priority: 'normal', notBefore: Date.parse(problem.retryAt) });
  });
}

/** Looks at the twin again from its current state. */
export async function retry(context: Context, sideId: string, twinId: string): Promise<void> {
  await context.store.transaction(async (tx) => {
    const twin = await tx.twin(sideId, twinId);
    if (!twin) throw new EntenteError('not-found', 'There is no such twin.');
    // A link that was refused is tried once more.
    const { backLink, ...rest } = twin;
    const link = backLink && !backLink.refused ? { backLink } : {};
    await tx.saveTwin({ ...rest, ...link, problem: null, flips: {}, dirty: true, touches: twin.touches + 1 });
    await tx.enqueue(sideId, twinId, { trigger: 'retry', priority: 'interactive' });
  });
}
