import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EntenteError, ERRORS, type ErrorCode } from '../../core/errors.ts';
import type { Instance, Side } from '../../engine/ports.ts';
import type { Invitation } from '../invitation-code.ts';
import type { PeerCaller } from '../ports.ts';
import type { Half } from '../wire.ts';
import { assertDifferent } from './consent.ts';
import { assertCompatible, calleeOf, cardFor, instanceCard, isOwn, sideOf } from './halves.ts';
import { assertBound } from './invite.ts';
import { AcceptedAnswer, Done } from './messages.ts';
import { dropAccepted, iso, record } from './pending.ts';
import type { Actor, HandshakeDeps, Incoming } from './ports.ts';
import type { Road } from './road.ts';
import { freeSlug } from './slug.ts';

const WAIT_MS = 20_000;
const LOOK_MS = 300;

/** Throws `invitation-…`, `other-protocol`, `same-entity-twice` for what can be seen without asking the other node. */
export async function assertAcceptable(
  deps: HandshakeDeps,
  { proposal, boundTo }: Invitation,
  instance: Instance,
  scope: Half['scope'] | undefined,
): Promise<void> {
  if (Date.parse(proposal.expiresAt) <= deps.now())
    throw new EntenteError('invitation-expired', `The invitation has expired on ${proposal.expiresAt.slice(0, 10)}.`);
  assertCompatible(proposal.from.node, proposal.needs, proposal.from.instance.name);
  if (proposal.mode !== 'basic') throw new EntenteError('other-protocol', `This node does not know the mode ${proposal.mode} yet.`);
  assertBound(boundTo, { instance: instanceCard(deps, instance), node: { url: deps.url } });
  if (proposal.from.instance.id === instance.id) {
    if (boundTo === null) throw new EntenteError('invitation-own');
    if (scope !== undefined) assertDifferent(proposal, instance, scope);
  }
}

/** Asks the inviting node whether the invitation still holds. One that does not answer is asked again when it is accepted. Throws `invitation-…`. */
export async function assertStillOpen(deps: HandshakeDeps, road: Road, { id, secret, proposal }: Invitation, signal: AbortSignal): Promise<void> {
  const { node } = proposal.from;
  const card = await deps.client.card();
  const before = await deps.store.transaction((tx) => tx.get('incoming', id));
  if (before?.status === 'claimed') throw new EntenteError('invitation-used');
  if (node.url === null && !isOwn(card, node)) return;
  try {
    await road.ask(calleeOf(node), `invitations/${id}/read`, { card, secret }, Done, AbortSignal.any([signal, AbortSignal.timeout(5000)]));
  } catch (error) {
    if (signal.aborted || (error instanceof EntenteError && (error.code.startsWith('invitation-') || error.code === 'no-such-request'))) throw error;
  }
}

/**
 * Accepts an invitation: the inviting node is called; where it cannot be, it asks here, if it has left the invitation. Returns our half, which is
 * still pending when that node did not come within some seconds. Throws `invitation-…`, `peer-unavailable`.
 */
export async function accept(
  deps: HandshakeDeps,
  road: Road,
  invitation: Invitation,
  instance: Instance,
  scope: Half['scope'],
  by: Actor,
  signal: AbortSignal,
): Promise<Side> {
  await assertAcceptable(deps, invitation, instance, scope);
  const { proposal, id } = invitation;
  const own = await deps.client.card();
  if (isOwn(own, proposal.from.node)) return call(deps, road, await begin(deps, invitation, instance, scope, by), by, signal);
  const left = await deps.store.transaction((tx) => tx.get('left', id));
  const waits = left?.key === proposal.from.node.key;
  if (proposal.from.node.url === null) {
    if (!waits)
      throw new EntenteError(
        'invitation-unreachable',
        `${proposal.from.instance.name} runs on a node that cannot be called, and it has not left the invitation here.`,
      );
    return waitFor(deps, invitation, instance, scope, by, signal);
  }
  try {
    return await call(deps, road, await begin(deps, invitation, instance, scope, by), by, signal);
  } catch (error) {
    if (!waits || !(error instanceof EntenteError) || error.code !== 'peer-unavailable') throw error;
    return waitFor(deps, invitation, instance, scope, by, signal);
  }
}

/** What we are about to do is written down first: pressed again, or after a crash, it is the same half. */
async function begin(deps: HandshakeDeps, { id, proposal, secret }: Invitation, instance: Instance, scope: Half['scope'], by: Actor): Promise<Incoming> {
  const node = await cardFor(deps, instance);
  return deps.store.transaction(async (tx) => {
    await tx.lock(`incoming/${id}`);
    const before = await tx.get('incoming', id);
    if (before?.status === 'claimed') throw new EntenteError('invitation-used');
    if (before?.instance === instance.id) {
      const again: Incoming = { ...before, status: 'accepting', half: before.half && { ...before.half, node, scope, setUpBy: by.name }, confirmedBy: by };
      tx.put('incoming', again);
      return again;
    }
    const row: Incoming = {
      id,
      connection: proposal.connection,
      status: 'accepting',
      instance: instance.id,
      wanted: '',
      proposal,
      challenge: '',
      returnUrl: '',
      verified: null,
      half: { node, instance: instanceCard(deps, instance), side: `s${randomBytes(8).toString('hex')}`, scope, setUpBy: by.name },
      codeUntil: null,
      confirmedBy: by,
      secret: { state: '', code: secret },
      expiresAt: proposal.expiresAt,
      createdAt: iso(deps.now()),
    };
    tx.put('incoming', row);
    return row;
  });
}

/** Calls the inviting node with what was written down. Harmless to repeat. */
export async function call(deps: HandshakeDeps, road: Road, row: Incoming, by: Actor, signal: AbortSignal): Promise<Side> {
  const { half, secret, proposal } = row;
  if (!half || secret.code === null) throw new EntenteError('no-such-request');
  try {
    const answer = await road.ask(
      calleeOf(proposal.from.node),
      `invitations/${row.id}/accept`,
      { card: half.node, secret: secret.code, half },
      AcceptedAnswer,
      signal,
    );
    if (answer.half.node.key !== proposal.from.node.key || answer.half.side !== proposal.from.side)
      throw new EntenteError('bad-signature', 'Another node answered than the one that made the invitation.');
    return await settle(deps, row.id, answer.half, by);
  } catch (error) {
    if (error instanceof EntenteError && error.code !== 'peer-unavailable')
      await deps.store.transaction(async (tx) => dropAccepted(tx, row, await tx.side(half.side)));
    throw error;
  }
}

/** The inviting node has agreed with its half: ours is active. */
async function settle(deps: HandshakeDeps, id: string, theirs: Half, by: Actor): Promise<Side> {
  const own = await deps.client.card();
  const { side, first } = await deps.store.transaction(async (tx) => {
    const row = await tx.get('incoming', id);
    if (!row?.half) throw new EntenteError('no-such-request');
    const before = await tx.side(row.half.side);
    if (before && before.status !== 'pending') return { side: before, first: false };
    await tx.lock('slugs');
    const made = sideOf(
      own,
      row.proposal,
      row.half,
      theirs,
      before?.slug ?? freeSlug(await tx.sides(), row.proposal.name, row.connection),
      before?.createdAt ?? iso(deps.now()),
    );
    tx.saveSide(made);
    tx.put('incoming', { ...row, status: 'claimed', secret: { state: '', code: null } });
    return { side: made, first: true };
  });
  if (first)
    await record(
      deps,
      side,
      by,
      'connection-created',
      `${by.name} accepted the invitation of ${theirs.setUpBy} (${theirs.instance.name}) to the connection “${side.name}”.`,
    );
  return side;
}

/** Leaves our acceptance where the inviting node asks for it, with a pending half to be seen, and waits some seconds. */
async function waitFor(deps: HandshakeDeps, invitation: Invitation, instance: Instance, scope: Half['scope'], by: Actor, signal: AbortSignal): Promise<Side> {
  const { id, proposal, secret } = invitation;
  const row = await begin(deps, invitation, instance, scope, by);
  const { half } = row;
  if (!half) throw new EntenteError('no-such-request');
  const own = await deps.client.card();
  const pending = await deps.store.transaction(async (tx) => {
    const left = await tx.get('left', id);
    if (!left) throw new EntenteError('invitation-unreachable');
    if (left.status !== 'done') tx.put('left', { ...left, status: 'accepted', half, refusal: null, secret: { secret } });
    const before = await tx.side(half.side);
    if (before) return before;
    const side: Side = {
      ...sideOf(own, proposal, half, proposal.from, freeSlug(await tx.sides(), proposal.name, proposal.connection), iso(deps.now())),
      status: 'pending',
    };
    tx.saveSide(side);
    return side;
  });
  for (const until = deps.now() + WAIT_MS; deps.now() < until; ) {
    const { left, side } = await deps.store.transaction(async (tx) => ({ left: await tx.get('left', id), side: await tx.side(pending.id) }));
    if (side && side.status !== 'pending') return side;
    if (left?.status === 'refused') throw refusal(left.refusal);
    await sleep(LOOK_MS, undefined, { signal });
  }
  return pending;
}

const refusal = (code: string | null): EntenteError => new EntenteError(code !== null && code in ERRORS ? (code as ErrorCode) : 'peer-refused');

/** The inviting node has come for our acceptance, and answers. */
export async function settledByInviter(
  deps: HandshakeDeps,
  id: string,
  { half, refusal: why }: { readonly half: Half | null; readonly refusal: string | null },
  caller: PeerCaller,
): Promise<void> {
  const { key, by } = await deps.store.transaction(async (tx) => {
    const left = await tx.get('left', id);
    const row = await tx.get('incoming', id);
    if (!left || left.key !== caller.key) throw new EntenteError('no-such-request');
    if (half) {
      if (half.node.key !== caller.key) throw new EntenteError('bad-signature');
      tx.put('left', { ...left, status: 'done' });
    } else {
      tx.put('left', { ...left, status: 'refused', refusal: why });
      if (row) dropAccepted(tx, row, row.half && (await tx.side(row.half.side)));
    }
    return { key: left.key, by: row?.confirmedBy ?? { id: '', name: row?.half?.setUpBy ?? '' } };
  });
  if (half && key === half.node.key) await settle(deps, id, half, by);
}
