import { EntenteError } from '../../core/errors.ts';
import type { Side } from '../../engine/ports.ts';
import type { Half } from '../wire.ts';
import { assertCompatible, calleeOf, peerOf } from './halves.ts';
import type { Actor, HandshakeDeps, HandshakeTx, Incoming, Outgoing } from './ports.ts';
import { slugOfSide } from './slug.ts';

export const iso = (ms: number): string => new Date(ms).toISOString();

/** The other side has agreed: our half is theirs, too. */
export async function activate(deps: HandshakeDeps, row: Pick<Outgoing, 'id' | 'side' | 'startedBy'>, half: Half): Promise<Side> {
  const own = await deps.client.card();
  assertCompatible(half.node, [], half.instance.name);
  const { side, first } = await deps.store.transaction(async (tx) => {
    const now = await tx.get('outgoing', row.id);
    const pending = await tx.side(row.side);
    if (!now || !pending) throw new EntenteError('request-over', 'The connection was cancelled on this side meanwhile.');
    if (pending.status !== 'pending') return { side: pending, first: false };
    const active: Side = { ...pending, peer: peerOf(own, half), status: 'active' };
    tx.saveSide(active);
    tx.put('outgoing', { ...now, status: 'active', secret: null });
    return { side: active, first: true };
  });
  if (first)
    await record(
      deps,
      side,
      row.startedBy,
      'connection-created',
      `The connection “${side.name}” with ${half.instance.name} is active; ${half.setUpBy} agreed there.`,
    );
  return side;
}

/** Ends a pending connection; the other side is told where there is one. Throws `request-over` when it is pending no more. */
export async function cancel(deps: HandshakeDeps, connection: string, by: Actor): Promise<void> {
  const side = await deps.store.transaction(async (tx) => (await cancelOurs(deps, tx, connection, by)) ?? (await cancelAccepted(tx, connection)));
  if (!side) throw new EntenteError('no-such-request');
  await record(deps, side, by, 'connection-cancelled', `${by.name} cancelled the connection “${side.name}” before it was active.`);
}

async function cancelOurs(deps: HandshakeDeps, tx: HandshakeTx, connection: string, by: Actor): Promise<Side | null> {
  const row = await tx.get('outgoing', connection);
  const pending = row && (await tx.side(row.side));
  if (!row || !pending) return null;
  if (pending.status !== 'pending') throw new EntenteError('request-over', 'The connection has been accepted already. It can be removed.');
  end(tx, row, 'cancelled');
  drop(tx, pending);
  for (const invitation of await tx.ofConnection('invitation', connection))
    if (invitation.status === 'open') tx.put('invitation', { ...invitation, status: 'revoked' });
  const at = iso(deps.now());
  if (row.destination && row.request !== null)
    tx.tell({
      key: `cancel/${connection}`,
      side: pending.id,
      callee: calleeOf(row.destination.node),
      path: `proposals/${row.request}/cancel`,
      body: { card: row.proposal.from.node, by: by.name },
      since: at,
      attempts: 0,
      nextAt: at,
    });
  return pending;
}

/** An invitation that we have accepted, and whose node has not come for the answer yet. */
async function cancelAccepted(tx: HandshakeTx, connection: string): Promise<Side | null> {
  for (const row of await tx.ofConnection('incoming', connection)) {
    const pending = row.half && (await tx.side(row.half.side));
    if (pending?.status !== 'pending') continue;
    dropAccepted(tx, row, pending);
    const left = await tx.get('left', row.id);
    if (left?.status === 'accepted') tx.put('left', { ...left, status: 'open', half: null, secret: null });
    return pending;
  }
  return null;
}

/** What we had accepted comes to nothing. */
export function dropAccepted(tx: HandshakeTx, row: Incoming, side: Side | null): void {
  if (side?.status === 'pending') drop(tx, side);
  tx.drop('incoming', row.id);
}

/** The other side says no. */
export async function refused(deps: HandshakeDeps, connection: string, key: string, by: string): Promise<void> {
  const side = await deps.store.transaction(async (tx) => {
    const row = await tx.get('outgoing', connection);
    if (!row || row.destination?.node.key !== key || row.status !== 'open') return null;
    const pending = await tx.side(row.side);
    end(tx, row, 'refused');
    if (pending?.status === 'pending') drop(tx, pending);
    return pending;
  });
  if (side) await record(deps, side, { id: '', name: by }, 'connection-refused', `${by} refused the connection “${side.name}”.`, 'there');
}

/** Nothing comes of it. */
export function end(tx: HandshakeTx, row: Outgoing, ended: 'refused' | 'cancelled'): Outgoing {
  const over: Outgoing = { ...row, status: 'over', ended, secret: null };
  tx.put('outgoing', over);
  return over;
}

/** A pending half has no twins yet. */
export const drop = (tx: HandshakeTx, side: Side): void => tx.dropSide(side);

export const record = (deps: HandshakeDeps, side: Side, by: Actor, action: string, sentence: string, where: 'here' | 'there' = 'here'): Promise<void> =>
  deps.recordEvent({ action, sentence, by: by.name, where, connection: side.connection, slug: slugOfSide(side), instance: side.instance });
