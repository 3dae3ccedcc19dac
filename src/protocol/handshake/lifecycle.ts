import { EntenteError, ERRORS } from '../../core/errors.ts';
import type { Problem } from '../../core/twin.ts';
import type { Side } from '../../engine/ports.ts';
import { PROTOCOL } from '../wire.ts';
import { cardFor, instanceCard } from './halves.ts';
import { calleeOfSide } from './look-up.ts';
import type { SideState } from './messages.ts';
import { iso, record } from './pending.ts';
import type { Actor, HandshakeDeps, HandshakeTx } from './ports.ts';
import { slugOfSide } from './slug.ts';

/** Our half as it is told to the other side. */
export async function stateOfSide(deps: HandshakeDeps, side: Side, status?: 'removed', by?: Actor): Promise<SideState> {
  const instance = await deps.instance(side.instance);
  if (!instance) throw new EntenteError('unknown-instance');
  return {
    status: status ?? (side.status === 'deactivated' ? 'deactivated' : 'active'),
    by: by?.name ?? side.switched?.by ?? null,
    at: status ? iso(deps.now()) : (side.switched?.at ?? side.createdAt),
    name: side.name,
    description: side.description,
    namedAt: side.namedAt ?? null,
    node: await cardFor(deps, instance),
    instance: instanceCard(deps, instance),
  };
}

const noticeKey = (side: Pick<Side, 'id'>): string => `state/${side.id}`;

/** The other side is told how our half is now, as soon as it can be. Of a local connection it is told in the same transaction. */
async function tellPeer(deps: HandshakeDeps, tx: HandshakeTx, side: Side, state: SideState): Promise<Change | null> {
  if (side.peer.kind === 'local') {
    const other = await tx.side(side.peer.side);
    return other && takeIn(deps, tx, other, state);
  }
  const callee = calleeOfSide(side);
  if (!callee || side.peerState?.status === 'removed') return null;
  const at = iso(deps.now());
  tx.tell({
    key: noticeKey(side),
    side: side.id,
    callee,
    path: `connections/${side.connection}/state`,
    // What is gone cannot be asked again when it is told.
    body: state.status === 'removed' ? state : null,
    since: at,
    attempts: 0,
    nextAt: at,
  });
  return null;
}

/** Asks for the exchange of states with a half that lives elsewhere, unless one waits already. */
export async function exchange(deps: HandshakeDeps, side: Side): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const now = await tx.side(side.id);
    if (now?.peer.kind !== 'node' || now.status === 'pending' || (await tx.notice(noticeKey(now)))) return;
    await tellPeer(deps, tx, now, await stateOfSide(deps, now));
  });
}

/** Something that the other side did, as it is written down here. */
interface Change {
  readonly side: Side;
  readonly events: readonly { readonly action: string; readonly sentence: string; readonly by: string }[];
  readonly wakes: boolean;
}

/** Takes in what the other side says of its half. What is older than what we know is ignored; nothing can be newer than now. */
function takeIn(deps: HandshakeDeps, tx: HandshakeTx, side: Side, said: SideState): Change {
  const now = iso(deps.now());
  const upToNow = (at: string): string => (at > now ? now : at);
  const state: SideState = { ...said, at: upToNow(said.at), namedAt: said.namedAt && upToNow(said.namedAt) };
  const events: Change['events'][number][] = [];
  const by = state.by ?? state.instance.name;
  const was = side.peerState?.status ?? 'active';
  let next = side;
  if (was !== 'removed' && state.at >= (side.peerState?.at ?? '') && (was !== state.status || side.peerState !== undefined)) {
    next = { ...next, peerState: { status: state.status, by: state.by, at: state.at } };
    if (was !== state.status)
      events.push({
        action: `connection-${state.status === 'active' ? 'activated' : state.status}`,
        sentence: `${by} ${VERBS[state.status]} the connection “${side.name}” on the side of ${state.instance.name}.`,
        by,
      });
    if (state.status === 'removed') next = { ...next, status: 'error', problem: peerGone(deps, state) };
  }
  if (state.namedAt !== null && state.namedAt > (side.namedAt ?? '')) {
    if (state.name !== side.name)
      events.push({
        action: 'connection-renamed',
        sentence: `The connection “${side.name}” was renamed to “${state.name}” on the side of ${state.instance.name}.`,
        by,
      });
    // The address stays: somebody may have written it down.
    next = { ...next, slug: slugOfSide(side), name: state.name, description: state.description, namedAt: state.namedAt };
  }
  next = { ...next, peer: refreshed(next.peer, state) };
  tx.saveSide(next);
  return { side: next, events, wakes: was === 'deactivated' && next.peerState?.status === 'active' };
}

const VERBS = { active: 'activated', deactivated: 'deactivated', removed: 'removed' } as const;

/** Node and key stay as they were pinned. */
function refreshed(peer: Side['peer'], { node, instance }: SideState): Side['peer'] {
  const { remote } = peer;
  if (!remote) return { ...peer, name: instance.name };
  return {
    ...peer,
    name: instance.name,
    remote: {
      ...remote,
      url: node.url,
      version: node.version,
      protocol: Math.min(node.protocol.newest, PROTOCOL.newest),
      capabilities: node.capabilities,
      slug: instance.slug,
      platformName: instance.platformName,
      nouns: instance.nouns,
      trackerUrl: instance.url,
    },
  };
}

const peerGone = (deps: HandshakeDeps, state: Pick<SideState, 'by' | 'instance'>): Problem => ({
  level: 'connection',
  code: 'peer-gone',
  message: `${state.by ?? 'Somebody'} removed the connection on the side of ${state.instance.name}.`,
  remedy: ERRORS['peer-gone'].remedy,
  since: iso(deps.now()),
  attempts: 1,
  retryAt: null,
});

async function publish(deps: HandshakeDeps, change: Change | null): Promise<void> {
  if (!change) return;
  for (const { action, sentence, by } of change.events) await record(deps, change.side, { id: '', name: by }, action, sentence, 'there');
  if (change.wakes) await deps.touch(change.side.id, 'activated');
}

/** The other half has changed. Returns how ours is. Throws `peer-gone` when we have it no more. */
export async function peerChanged(deps: HandshakeDeps, sideId: string, state: SideState): Promise<SideState> {
  const change = await deps.store.transaction(async (tx) => {
    const side = await tx.side(sideId);
    if (!side || side.status === 'pending') throw new EntenteError('peer-gone');
    const answered = takeIn(deps, tx, side, state);
    // It has reached us, so it is reachable. What the engine has stopped, the engine lets go on.
    if (!answered.side.problem || answered.side.status === 'error') return answered;
    const mended: Side = { ...answered.side, problem: null };
    tx.saveSide(mended);
    return { ...answered, side: mended };
  });
  await publish(deps, change);
  return stateOfSide(deps, change.side);
}

/** The other side answers that it has no such connection. */
export async function peerVanished(deps: HandshakeDeps, sideId: string, by: string | null): Promise<void> {
  const side = await deps.store.transaction((tx) => tx.side(sideId));
  if (!side || side.status === 'pending' || side.peerState?.status === 'removed') return;
  const own = await stateOfSide(deps, side);
  const { remote } = side.peer;
  const instance = {
    ...own.instance,
    name: side.peer.name,
    ...(remote ? { slug: remote.slug, url: remote.trackerUrl, platformName: remote.platformName, nouns: remote.nouns } : {}),
  };
  const state: SideState = { ...own, status: 'removed', by, at: iso(deps.now()), namedAt: null, instance };
  const change = await deps.store.transaction(async (tx) => {
    const now = await tx.side(sideId);
    if (!now) return null;
    const change = takeIn(deps, tx, now, state);
    // All that is known is that it is gone.
    const kept: Side = { ...change.side, peer: now.peer };
    tx.saveSide(kept);
    return { ...change, side: kept };
  });
  await publish(deps, change);
}

/** Switches our halves on or off, and tells the other side who did it. Throws `connection-pending`, `peer-gone`. */
export async function setActive(deps: HandshakeDeps, sideIds: readonly string[], active: boolean, by: Actor): Promise<void> {
  let written = false;
  for (const id of sideIds) {
    const before = await deps.store.transaction((tx) => tx.side(id));
    if (!before) throw new EntenteError('unknown-connection');
    if (before.status === 'pending') throw new EntenteError('connection-pending');
    if (before.peerState?.status === 'removed') throw new EntenteError('peer-gone');
    if ((before.status === 'active') === active) continue;
    await deps.switchSide(id, active);
    const { side, change } = await deps.store.transaction(async (tx) => {
      const now = await tx.side(id);
      if (!now) throw new EntenteError('unknown-connection');
      const next: Side = { ...now, switched: { by: by.name, at: iso(deps.now()) } };
      tx.saveSide(next);
      return { side: next, change: await tellPeer(deps, tx, next, await stateOfSide(deps, next)) };
    });
    if (!written)
      await record(
        deps,
        side,
        by,
        active ? 'connection-activated' : 'connection-deactivated',
        `${by.name} ${active ? 'activated' : 'deactivated'} the connection “${side.name}”.`,
      );
    written = true;
    // Whoever switches both halves at once knows of it.
    await publish(deps, change && sideIds.includes(change.side.id) ? { ...change, events: [] } : change);
  }
}

/** A new name or description, on both sides. The address stays. */
export async function rename(
  deps: HandshakeDeps,
  sideId: string,
  { name, description }: { readonly name?: string; readonly description?: string },
  by: Actor,
): Promise<void> {
  const { before, side, change } = await deps.store.transaction(async (tx) => {
    const now = await tx.side(sideId);
    if (!now) throw new EntenteError('unknown-connection');
    const next: Side = { ...now, slug: slugOfSide(now), name: name ?? now.name, description: description ?? now.description, namedAt: iso(deps.now()) };
    if (next.name === now.name && next.description === now.description) return { before: now, side: now, change: null };
    tx.saveSide(next);
    const row = await tx.get('outgoing', now.connection);
    // An invitation that is made from now on says the new name.
    if (row?.side === now.id && now.status === 'pending')
      tx.put('outgoing', { ...row, proposal: { ...row.proposal, name: next.name, description: next.description } });
    return { before: now, side: next, change: now.status === 'pending' ? null : await tellPeer(deps, tx, next, await stateOfSide(deps, next)) };
  });
  if (side.name !== before.name) await record(deps, side, by, 'connection-renamed', `${by.name} renamed the connection “${before.name}” to “${side.name}”.`);
  else if (side !== before) await record(deps, side, by, 'connection-described', `${by.name} changed the description of the connection “${side.name}”.`);
  await publish(deps, change);
}

/** Ends our halves of a connection. The other side is told; tickets stay, links go. */
export async function remove(deps: HandshakeDeps, sideIds: readonly string[], by: Actor): Promise<void> {
  for (const id of sideIds) {
    const ended = await deps.store.transaction(async (tx) => {
      const side = await tx.side(id);
      if (!side) return null;
      if (side.status === 'pending') throw new EntenteError('connection-pending');
      const state = await stateOfSide(deps, side, 'removed', by);
      const both = side.peer.kind === 'local' && sideIds.includes(side.peer.side);
      let change: Change | null = null;
      if (!both) {
        if (side.peer.kind === 'local') await describeToOther(deps, tx, side);
        change = await tellPeer(deps, tx, side, state);
      }
      tx.dropSide(side);
      tx.drop('outgoing', side.connection);
      for (const row of await tx.ofConnection('incoming', side.connection)) tx.drop('incoming', row.id);
      return { side, change };
    });
    if (!ended) continue;
    const { side, change } = ended;
    if (id === sideIds[0])
      await record(deps, side, by, 'connection-removed', `${by.name} removed the connection “${side.name}”. All tickets stayed as they are.`);
    await publish(deps, change);
  }
}

/** The half that stays keeps what there was to know about the one that goes. */
async function describeToOther(deps: HandshakeDeps, tx: HandshakeTx, side: Side): Promise<void> {
  const other = await tx.side(side.peer.side);
  const instance = await deps.instance(side.instance);
  if (!other || !instance) return;
  const card = await cardFor(deps, instance);
  const about = instanceCard(deps, instance);
  tx.saveSide({
    ...other,
    peer: {
      ...other.peer,
      remote: {
        node: card.id,
        url: card.url,
        key: card.key,
        version: card.version,
        protocol: card.protocol.newest,
        capabilities: card.capabilities,
        slug: about.slug,
        platform: about.platform,
        platformName: about.platformName,
        nouns: about.nouns,
        trackerUrl: about.url,
        scope: side.scope === null ? null : { id: side.scope, name: side.scope },
        ...(side.setUpBy === undefined ? {} : { setUpBy: side.setUpBy }),
      },
    },
  });
}
