import { randomBytes } from 'node:crypto';
import { EntenteError } from '../../core/errors.ts';
import type { Side } from '../../engine/ports.ts';
import { writeInvitationCode } from '../invitation-code.ts';
import type { Half, NodeCard } from '../wire.ts';
import { touches } from './address.ts';
import { calleeOf, cardFor, equalSecrets, fresh, isOwn } from './halves.ts';
import { Done, WaitingAnswer } from './messages.ts';
import { activate, iso, record } from './pending.ts';
import type { Actor, HandshakeDeps, HandshakeTx, Made, Outgoing } from './ports.ts';
import type { Road } from './road.ts';

export const INVITATION_MS = 7 * 86_400_000;

export function makeInvitation(tx: HandshakeTx, row: Outgoing, boundTo: string | null, by: string, now: number): Made {
  const made: Made = {
    id: randomBytes(16).toString('base64url'),
    connection: row.id,
    status: 'open',
    boundTo,
    createdBy: by,
    leftWith: null,
    usedBy: null,
    secret: { secret: fresh() },
    expiresAt: iso(now + INVITATION_MS),
    createdAt: iso(now),
  };
  tx.put('invitation', made);
  return made;
}

/** The text to hand over; null once it is of no use any more. */
export async function codeOf(deps: HandshakeDeps, made: Made): Promise<string | null> {
  if (made.status !== 'open' || Date.parse(made.expiresAt) <= deps.now()) return null;
  const row = await deps.store.transaction((tx) => tx.get('outgoing', made.connection));
  if (!row) return null;
  const { id, boundTo, secret, expiresAt } = made;
  return writeInvitationCode({ id, boundTo, secret: secret.secret, proposal: { ...row.proposal, expiresAt } }, (text) => deps.sign(text));
}

/**
 * A node that cannot be called leaves the invitation where it will be accepted, if it knows where that is; and asks there. A side that does not answer
 * now is tried again.
 */
export async function leaveInvitation(deps: HandshakeDeps, road: Road, row: Outgoing, made: Made, signal: AbortSignal): Promise<void> {
  const { node: card } = row.proposal.from;
  if (card.url !== null || !row.destination || isOwn(card, row.destination.node)) return;
  const callee = calleeOf(row.destination.node);
  try {
    await road.ask(callee, 'invitations', { card, id: made.id, connection: made.connection, expiresAt: made.expiresAt }, Done, signal);
  } catch (error) {
    if (error instanceof EntenteError && error.code === 'peer-unavailable') return;
    throw error;
  }
  await deps.store.transaction(async (tx) => {
    const now = await tx.get('invitation', made.id);
    if (now?.status === 'open') tx.put('invitation', { ...now, leftWith: callee });
  });
}

async function pendingRow(tx: HandshakeTx, connection: string): Promise<{ row: Outgoing; side: Side }> {
  const row = await tx.get('outgoing', connection);
  if (row?.path !== 'invitation') throw new EntenteError('no-such-request', 'This connection was not begun with an invitation.');
  const side = await tx.side(row.side);
  if (!side) throw new EntenteError('no-such-request');
  return { row, side };
}

const newest = (all: readonly Made[]): Made | undefined => [...all].sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0];

/** The newest invitation of a connection. Throws `no-such-request`. */
export async function invitationOf(deps: HandshakeDeps, connection: string): Promise<Made> {
  const made = newest(await deps.store.transaction((tx) => tx.ofConnection('invitation', connection)));
  if (!made) throw new EntenteError('no-such-request', 'This connection was not begun with an invitation.');
  return made;
}

/** The node as it is now: its key and address may have changed since the connection was begun. */
export async function cardOfConnection(deps: HandshakeDeps, connection: string): Promise<Pick<Half, 'node'> | null> {
  const row = await deps.store.transaction((tx) => tx.get('outgoing', connection));
  const instance = row && (await deps.instance(row.instance));
  return instance && { node: await cardFor(deps, instance) };
}

/** A new code; those before end. Throws `no-such-request`, `request-over`. */
export async function reissue(deps: HandshakeDeps, road: Road, connection: string, by: Actor, signal: AbortSignal): Promise<Made> {
  const card = await cardOfConnection(deps, connection);
  const { row, side, made } = await deps.store.transaction(async (tx) => {
    const pending = await pendingRow(tx, connection);
    if (pending.side.status !== 'pending') throw new EntenteError('request-over', 'The invitation has been accepted; the connection is there.');
    const before = await tx.ofConnection('invitation', connection);
    for (const old of before) if (old.status === 'open') tx.put('invitation', { ...old, status: 'revoked' });
    const now = deps.now();
    const fresh = makeInvitation(tx, pending.row, before[0]?.boundTo ?? null, by.name, now);
    const from = { ...pending.row.proposal.from, ...card };
    const next: Outgoing = { ...pending.row, expiresAt: fresh.expiresAt, proposal: { ...pending.row.proposal, from, expiresAt: fresh.expiresAt } };
    tx.put('outgoing', next);
    return { row: next, side: pending.side, made: fresh };
  });
  await leaveInvitation(deps, road, row, made, signal);
  await record(deps, side, by, 'invitation-reissued', `${by.name} made a new invitation for the connection “${side.name}”; the one before ended.`);
  return made;
}

/** Nobody can accept it any more. Throws `no-such-request`, `request-over`. */
export async function revoke(deps: HandshakeDeps, connection: string, by: Actor): Promise<Made> {
  const { side, made, first } = await deps.store.transaction(async (tx) => {
    const pending = await pendingRow(tx, connection);
    if (pending.side.status !== 'pending') throw new EntenteError('request-over', 'The invitation has been accepted already. The connection can be removed.');
    const all = await tx.ofConnection('invitation', connection);
    for (const old of all) if (old.status === 'open') tx.put('invitation', { ...old, status: 'revoked' });
    const last = newest(all);
    if (!last) throw new EntenteError('no-such-request');
    return { side: pending.side, made: { ...last, status: 'revoked' as const }, first: last.status === 'open' };
  });
  if (first) await record(deps, side, by, 'invitation-revoked', `${by.name} revoked the invitation for the connection “${side.name}”.`);
  return made;
}

/** Somebody has accepted. Again and again from the same node: the same answer. Throws `invitation-…`, `no-such-request`. */
export async function accepted(
  deps: HandshakeDeps,
  id: string,
  { secret, half }: { readonly secret: string; readonly half: Half },
  caller: { readonly key: string },
): Promise<Half> {
  const row = await deps.store.transaction(async (tx) => {
    const found = await tx.get('invitation', id);
    const outgoing = found && (await tx.get('outgoing', found.connection));
    if (!found || !outgoing) throw new EntenteError('no-such-request', 'The other side knows no such invitation.');
    if (!equalSecrets(found.secret.secret, secret)) throw new EntenteError('invitation-tampered');
    if (half.node.key !== caller.key) throw new EntenteError('bad-signature');
    if (found.status === 'used' && found.usedBy?.key === caller.key && found.usedBy.side === half.side) return outgoing;
    assertUsable(found, deps.now());
    assertBound(found.boundTo, half);
    if (half.instance.id === outgoing.instance && (half.scope?.id ?? null) === (outgoing.proposal.from.scope?.id ?? null))
      throw new EntenteError('invitation-own');
    tx.put('invitation', { ...found, status: 'used', usedBy: { key: caller.key, side: half.side } });
    return outgoing;
  });
  await activate(deps, row, half);
  return row.proposal.from;
}

/** Is an invitation still of use to a node (`key`)? Whoever has its secret may know. Throws `invitation-…`, `no-such-request`. */
export async function assertOpen(deps: HandshakeDeps, id: string, secret: string, key: string): Promise<void> {
  const found = await deps.store.transaction((tx) => tx.get('invitation', id));
  if (!found) throw new EntenteError('no-such-request', 'The other side knows no such invitation.');
  if (!equalSecrets(found.secret.secret, secret)) throw new EntenteError('invitation-tampered');
  // The answer may have been lost: that node may ask again.
  if (found.usedBy?.key !== key) assertUsable(found, deps.now());
}

function assertUsable({ status, expiresAt }: Pick<Made, 'status' | 'expiresAt'>, now: number): void {
  if (status === 'used') throw new EntenteError('invitation-used');
  if (status === 'revoked') throw new EntenteError('invitation-revoked');
  if (Date.parse(expiresAt) <= now) throw new EntenteError('invitation-expired', `The invitation has expired on ${expiresAt.slice(0, 10)}.`);
}

/** Throws `invitation-elsewhere` when it is meant for another instance. */
export function assertBound(boundTo: string | null, { instance, node }: { readonly instance: Half['instance']; readonly node: Pick<NodeCard, 'url'> }): void {
  if (boundTo === null || touches(boundTo, instance.url)) return;
  if (node.url !== null && touches(boundTo, `${node.url.replace(/\/+$/, '')}/${instance.slug}`)) return;
  throw new EntenteError('invitation-elsewhere', `The invitation is meant for ${boundTo}, and ${instance.name} is at ${instance.url}.`);
}

/** Asks where an invitation was left whether somebody has accepted it, and answers. */
export async function askForAcceptance(deps: HandshakeDeps, road: Road, made: Made, signal: AbortSignal): Promise<void> {
  if (made.leftWith === null) return;
  const row = await deps.store.transaction((tx) => tx.get('outgoing', made.connection));
  if (!row) return;
  const { node: card } = row.proposal.from;
  const answer = await road.ask(made.leftWith, `invitations/${made.id}/wait`, { card }, WaitingAnswer, signal);
  if (!answer.accepted) return;
  const { key } = made.leftWith;
  const settle = async (half: Half | null, refusal: string | null) => {
    await road.ask(made.leftWith ?? calleeOf(card), `invitations/${made.id}/done`, { card, half, refusal }, Done, signal);
    await deps.store.transaction(async (tx) => {
      const now = await tx.get('invitation', made.id);
      if (now && now.status !== 'open') tx.put('invitation', { ...now, leftWith: null });
    });
  };
  try {
    await settle(await accepted(deps, made.id, answer.accepted, { key }), null);
  } catch (error) {
    if (!(error instanceof EntenteError) || error.code === 'peer-unavailable') throw error;
    await settle(null, error.code);
  }
}
