import { diff } from '../core/diff.ts';
import type { Fields, FieldValue } from '../core/entity.ts';
import type { Answer, GlobalId, ReplicaMessage } from '../core/replica.ts';
import { same } from '../core/replica.ts';
import { on } from '../core/sync-rule.ts';
import type { Shadow, Twin } from '../core/twin.ts';
import { Book } from './book.ts';
import { touchOthers, unlink } from './lifecycle.ts';
import type { Tx } from './ports.ts';
import { InDoubt, isOfPeer } from './problem.ts';
import { recover, sayDoubt } from './recover.ts';
import { identify, outgoing, settleHolds, view } from './view.ts';
import { type Context, look, type RunLog, type Work } from './work.ts';

/** Looks at our entity and, when its replica differs from what the peer agreed to, puts one replica in flight. */
export async function capture(work: Work): Promise<void> {
  const { context, twin: start, lease, log, rules } = work;
  const seen = await look(work);
  if (seen === 'gone') return unlink(work, 'deleted here');
  const { snapshot, gone } = seen;
  const wait = await context.store.transaction(async (tx) => {
    await lease.fence(tx);
    const book = await Book.open(tx, start.instance, snapshot.ref);
    const found = book.twin(start.side, start.id);
    if (found?.status !== 'active' || found.flight || (found.inbox && on('applyFirst'))) return null;
    if (on('recoverFirst')) {
      const until = recover(book, start.id, snapshot, work.tracker.capabilities, seen.asOf, context.startedAt);
      if (typeof until === 'number') {
        await book.save();
        return until;
      }
      sayDoubt(log, until);
    }
    const current = book.twin(start.side, start.id) ?? found;
    identify(book, snapshot, gone);
    // A notice that came while we looked keeps the twin dirty.
    let twin: Twin = {
      ...(book.twin(start.side, start.id) ?? current),
      dirty: current.touches !== start.touches,
      problem: null,
      entity: { ref: snapshot.ref, urn: snapshot.urn, url: snapshot.url },
    };
    twin = settleHolds(twin, snapshot);
    const seenNow = view(book, twin, snapshot);
    const masked = { ...seenNow, fields: mask(seenNow.fields, twin) };
    const change = diff(outgoing(rules, twin.shadow, book), outgoing(rules, masked, book));
    if (!change) {
      twin = { ...twin, shadow: masked, inSyncAt: twin.seen + twin.acked > 0 && !twin.inbox ? new Date(context.clock.now()).toISOString() : twin.inSyncAt };
      if (log.busy || log.trigger === 'manual') await log.write(tx, twin, 'nothing', rules.version);
    } else {
      const nonce = context.id();
      const now = context.clock.now();
      const held = Object.keys(twin.held);
      const origin = (on('tree') ? book.entity().origin : null) ?? `${twin.instance}:${snapshot.ref}`;
      const entity = { ref: snapshot.ref, urn: snapshot.urn, url: snapshot.url };
      const seq = twin.outSeq + 1;
      for (const field of Object.keys(change.after))
        if (!same(change.before[field], change.after[field])) log.note({ what: field, before: change.before[field], after: change.after[field] });
      for (const [gid, entry] of Object.entries({ ...change.comments, ...change.files })) log.note({ what: gid, before: entry.before, after: entry.after });
      twin = {
        ...twin,
        outSeq: seq,
        lastNonce: nonce,
        flight: {
          seq,
          nonce,
          seen: twin.seen,
          seenNonce: twin.seenNonce,
          change,
          view: news(twin.shadow, masked),
          held,
          origin,
          entity,
          type: snapshot.type,
          sentAt: now,
        },
      };
      await log.write(tx, twin, 'captured', rules.version);
    }
    book.setTwin(twin);
    // What this twin has noticed, the others of the entity have yet to look at.
    if (book.entity().version !== snapshot.version) await touchOthers(tx, book, twin, 'poll');
    book.setEntity({ version: snapshot.version });
    await book.save();
    return null;
  });
  if (wait !== null) throw new InDoubt(wait);
}

/** A held field keeps the value that the peer knows, until somebody decides. */
function mask(fields: Fields, twin: Twin): Fields {
  const masked: Record<string, FieldValue> = { ...fields };
  for (const field of Object.keys(twin.held)) {
    const known = twin.shadow.fields[field];
    if (known === undefined) delete masked[field];
    else masked[field] = known;
  }
  return masked;
}

/** The view without those comments and files that the shadow has already. */
function news(shadow: Shadow, now: Shadow): Shadow {
  const fresh = <E>(was: Readonly<Record<string, E>>, is: Readonly<Record<string, E>>) =>
    Object.fromEntries(Object.entries(is).filter(([gid, entry]) => !same(was[gid], entry)));
  return { fields: now.fields, comments: fresh(shadow.comments, now.comments), files: fresh(shadow.files, now.files) };
}

/** Hands the flight to the peer. Throws PeerError when it could not be reached. */
export async function deliver(work: Work): Promise<void> {
  const { context, side, log, rules } = work;
  const message = await context.store.transaction(async (tx) => {
    await work.lease.fence(tx);
    const twin = await tx.twin(side.id, work.twin.id);
    if (!twin?.flight) return null;
    await tx.saveTwin({ ...twin, flight: { ...twin.flight, sentAt: context.clock.now() } });
    return messageOf(tx, side.connection, twin);
  });
  if (!message) return;
  const began = context.clock.now();
  const answer = await context.peers.send(side, message);
  await context.store.transaction(async (tx) => {
    let twin = await tx.twin(side.id, work.twin.id);
    if (!twin) return;
    if (answer.outcome === 'ok' && twin.flight?.seq === message.seq && twin.flight.nonce === message.nonce && !twin.flight.handed) {
      twin = { ...twin, flight: { ...twin.flight, handed: true } };
      await tx.saveTwin(twin);
      // The moment of sending, not of the answer: the peer may have gone on already.
      await log.write(tx, twin, 'sent', rules.version, { at: new Date(began).toISOString() });
    }
    await answered(context, tx, twin, answer, log, rules.version);
    const after = await tx.twin(side.id, work.twin.id);
    // An acknowledgement may be lost: look again later.
    if (after?.flight)
      await tx.enqueue(side.id, twin.id, { trigger: 'redeliver', priority: 'normal', notBefore: context.clock.now() + (context.redeliverMs ?? 30_000) });
  });
}

async function messageOf(tx: Tx, connection: string, twin: Twin): Promise<ReplicaMessage | null> {
  const flight = twin.flight;
  if (!flight) return null;
  return {
    ...flight.change,
    connection,
    twin: twin.id,
    seq: flight.seq,
    nonce: flight.nonce,
    seen: flight.seen,
    seenNonce: flight.seenNonce,
    origin: flight.origin,
    entity: flight.entity,
    type: flight.type,
    link: twin.link,
    ids:
      twin.local === null ? {} : await localIds(tx, twin.instance, twin.local, [...Object.keys(flight.change.comments), ...Object.keys(flight.change.files)]),
  };
}

/** Our local ids of these comments and files. */
export async function localIds(tx: Tx, instance: string, ref: string, gids: readonly GlobalId[]): Promise<Record<GlobalId, string>> {
  if (!gids.length) return {};
  const wanted = new Set(gids);
  return Object.fromEntries((await tx.traces(instance, ref)).filter((row) => wanted.has(row.gid)).map((row) => [row.gid, row.local]));
}

/** Takes in what the peer says of its half of the twin: in the answer to a message, or when it has applied. */
export async function answered(context: Context, tx: Tx, twin: Twin, answer: Answer, log: RunLog, rules: string): Promise<void> {
  if (answer.outcome === 'inactive' || twin.status !== 'active') return;
  if (answer.outcome === 'stopped') {
    const ended: Twin = {
      ...twin,
      status: answer.status ?? 'unlinked',
      reason: answer.reason ?? 'the other side ended it',
      flight: null,
      inbox: null,
      dirty: false,
    };
    await log.write(tx, ended, 'ended', rules);
    await tx.dropIntents((await tx.intentsOfTwin(twin.side, twin.id)).map((intent) => intent.id));
    return tx.saveTwin(ended);
  }
  if (on('regress') && forgot(twin, answer)) {
    context.greeted.delete(twin.side);
    await tx.enqueue(twin.side, twin.id, { trigger: 'start', priority: 'normal' });
    return;
  }
  let next: Twin = { ...twin, peer: answer.entity ?? twin.peer, problem: twin.problem && isOfPeer(twin.problem) ? null : twin.problem };
  if (answer.needsAll) next = { ...next, flight: null, dirty: true, shadow: { fields: {}, comments: {}, files: {} } };
  else if (next.flight && acknowledges(answer, next.flight)) {
    next = await acknowledge(context, tx, next, answer.ids);
    await log.write(tx, next, 'in-sync', rules);
  }
  await tx.saveTwin(next);
  const found = next.peer?.url !== twin.peer?.url;
  if ((next.dirty || found) && !next.flight) await tx.enqueue(next.side, next.id, { trigger: log.trigger, priority: 'normal' });
}

/** Somebody acknowledges what we do not remember sending, or has applied more of us than we know of: one of us has gone back in time. */
const forgot = (twin: Twin, answer: Answer): boolean =>
  answer.seen > twin.outSeq || answer.acked > twin.seen || (answer.seen === twin.outSeq && answer.seen > 0 && answer.seenNonce !== twin.lastNonce);

const acknowledges = (of: { readonly seen: number; readonly seenNonce: string }, flight: { readonly seq: number; readonly nonce: string }): boolean =>
  of.seen > flight.seq || (of.seen === flight.seq && of.seenNonce === flight.nonce);

/** The peer has applied the flight: what it was made from is now what both agree to. */
export async function acknowledge(context: Context, tx: Tx, twin: Twin, ids: Readonly<Record<GlobalId, string>>): Promise<Twin> {
  const flight = twin.flight;
  if (!flight) return twin;
  const fields = { ...flight.view.fields };
  // A field that was masked is not this flight's business: it may have been decided meanwhile.
  if (on('maskAck')) for (const field of flight.held) if (twin.shadow.fields[field] !== undefined) fields[field] = twin.shadow.fields[field];
  await learn(tx, twin, ids);
  return {
    ...twin,
    acked: flight.seq,
    flight: null,
    shadow: { fields, comments: { ...twin.shadow.comments, ...flight.view.comments }, files: { ...twin.shadow.files, ...flight.view.files } },
    inSyncAt: new Date(context.clock.now()).toISOString(),
  };
}

/** Remembers the other side's ids, so that it can be told of them should it forget. */
export async function learn(tx: Tx, twin: Twin, ids: Readonly<Record<GlobalId, string>>): Promise<void> {
  if (!on('peerIds') || twin.local === null || !Object.keys(ids).length) return;
  for (const row of await tx.traces(twin.instance, twin.local)) {
    const theirs = ids[row.gid];
    if (theirs !== undefined && row.peers[twin.id] !== theirs) await tx.saveTrace({ ...row, peers: { ...row.peers, [twin.id]: theirs } });
  }
}

export { acknowledges };
