import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { EntenteError } from '../../core/errors.ts';
import type { Instance, Side } from '../../engine/ports.ts';
import type { PeerCaller } from '../ports.ts';
import type { Half, Proposal } from '../wire.ts';
import { assertCompatible, calleeOf, cardFor, digest, equalSecrets, fresh, instanceCard, sideOf } from './halves.ts';
import { assertMayConnect } from './look-up.ts';
import type { Claimed, Proposed } from './messages.ts';
import { iso, record } from './pending.ts';
import type { Actor, HandshakeDeps, Incoming } from './ports.ts';
import { freeSlug } from './slug.ts';

/** How long a proof of access counts. */
export const VERIFIED_MS = 60_000;
const CODE_MS = 5 * 60_000;
const LONGEST_MS = 60 * 60_000;
const OPEN_AT_ONCE = 50;
const OPEN_OF_ALL = 900;

/** As a request is now; `expired` is not stored. */
export type ConsentState = 'open' | 'confirmed' | 'refused' | 'expired' | 'cancelled';

/** A node proposes a connection to an instance here. Again from the same node: the same request. Throws `takes-no-connections`, `no-node`, `other-protocol`. */
export async function propose(deps: HandshakeDeps, body: z.infer<typeof Proposed>, caller: PeerCaller): Promise<{ id: string; expiresAt: string }> {
  const { proposal, card } = body;
  if (card.key !== caller.key || proposal.from.node.key !== caller.key || proposal.from.node.id !== card.id) throw new EntenteError('bad-signature');
  assertCompatible(card, proposal.needs, proposal.from.instance.name);
  if (proposal.mode !== 'basic') throw new EntenteError('other-protocol', `This node does not know the mode ${proposal.mode} yet.`);
  if (card.url !== null && new URL(card.url).origin !== new URL(body.returnUrl).origin)
    throw new EntenteError('peer-refused', 'The way back leads to another place than the node that asks.');
  const instance = (await deps.instances()).find(({ slug }) => slug === body.to);
  if (!instance) throw new EntenteError('no-node', `The node serves no instance named ${body.to}.`);
  if (instance.id !== proposal.from.instance.id)
    await assertMayConnect(deps, instance, { card: proposal.from.node, instance: proposal.from.instance }, AbortSignal.timeout(10_000));
  const now = deps.now();
  const waiting = (await deps.store.list('incoming', 'open')).filter((row) => row.connection !== proposal.connection && Date.parse(row.expiresAt) > now);
  // Keys cost nothing: somebody may make many to ask with.
  if (waiting.length >= OPEN_OF_ALL || waiting.filter((row) => row.proposal.from.node.key === caller.key).length >= OPEN_AT_ONCE)
    throw new EntenteError('takes-no-connections', 'Too many requests wait for an answer there. Cancel some of yours, or try again in half an hour.');
  return deps.store.transaction(async (tx) => {
    await tx.lock(`proposal/${proposal.connection}`);
    const rows = await tx.ofConnection('incoming', proposal.connection);
    if (rows.some((row) => row.proposal.from.node.key !== caller.key)) throw new EntenteError('peer-refused', 'The connection id is in use.');
    const same = rows.find((row) => row.challenge === body.challenge);
    if (same) return { id: same.id, expiresAt: same.expiresAt };
    const ours = (await tx.sides()).find((side) => side.connection === proposal.connection && side.id !== proposal.from.side);
    if (ours) throw new EntenteError('request-over', 'The connection is there already.');
    // The one before is replaced: nobody comes back for it.
    for (const old of rows)
      if (old.status === 'open' || old.status === 'confirmed') tx.put('incoming', { ...old, status: 'cancelled', secret: { ...old.secret, code: null } });
    const row: Incoming = {
      id: randomBytes(16).toString('base64url'),
      connection: proposal.connection,
      status: 'open',
      instance: instance.id,
      wanted: body.wanted,
      proposal,
      challenge: body.challenge,
      returnUrl: body.returnUrl,
      verified: null,
      half: null,
      codeUntil: null,
      confirmedBy: null,
      secret: { state: body.state, code: null },
      expiresAt: iso(Math.min(Date.parse(proposal.expiresAt), now + LONGEST_MS)),
      createdAt: iso(now),
    };
    tx.put('incoming', row);
    return { id: row.id, expiresAt: row.expiresAt };
  });
}

/** Throws `no-such-request`. */
export async function consentOf(deps: HandshakeDeps, id: string): Promise<Incoming> {
  const row = await deps.store.transaction((tx) => tx.get('incoming', id));
  if (!row || row.status === 'accepting') throw new EntenteError('no-such-request');
  return row;
}

export function stateOf(row: Incoming, now: number): ConsentState {
  switch (row.status) {
    case 'claimed':
      return 'confirmed';
    case 'confirmed':
      return row.codeUntil !== null && Date.parse(row.codeUntil) <= now ? 'expired' : 'confirmed';
    case 'open':
    case 'accepting':
      return Date.parse(row.expiresAt) <= now ? 'expired' : 'open';
    case 'refused':
    case 'cancelled':
      return row.status;
    default:
      return row.status satisfies never;
  }
}

/** The way back, once it is decided. */
export function wayBack(row: Incoming, now: number): string | null {
  const back = (values: Record<string, string>) => {
    const url = new URL(row.returnUrl);
    for (const [name, value] of Object.entries({ ...values, state: row.secret.state })) url.searchParams.set(name, value);
    return url.href;
  };
  const state = stateOf(row, now);
  if (state === 'refused') return back({ error: 'refused' });
  if (state === 'expired') return back({ error: 'expired' });
  return state === 'confirmed' && row.secret.code !== null ? back({ code: row.secret.code }) : null;
}

/** Somebody has just proved access to the instance. Throws `request-over`. */
export async function verified(
  deps: HandshakeDeps,
  id: string,
  by: Actor,
  scopes: readonly { readonly id: string; readonly name: string }[],
): Promise<Incoming> {
  return change(deps, id, (row, now) => {
    assertOpen(row, now);
    return { ...row, verified: { by: by.id, until: iso(now + VERIFIED_MS), scopes: scopes.map((scope) => ({ ...scope })) } };
  });
}

/** Has this person proved access within the last minute? */
export const isVerified = (row: Incoming, by: Actor, now: number): boolean => row.verified?.by === by.id && Date.parse(row.verified.until) > now;

/** Agrees. Again: the same answer. Throws `not-verified`, `request-over`. */
export async function confirm(deps: HandshakeDeps, id: string, instance: Instance, scope: Half['scope'], by: Actor): Promise<Incoming> {
  const node = await cardFor(deps, instance);
  return change(deps, id, (row, now) => {
    if (stateOf(row, now) === 'confirmed') return row;
    assertOpen(row, now);
    if (!isVerified(row, by, now)) throw new EntenteError('not-verified');
    assertDifferent(row.proposal, instance, scope);
    return {
      ...row,
      status: 'confirmed',
      half: { node, instance: instanceCard(deps, instance), side: `s${randomBytes(8).toString('hex')}`, scope, setUpBy: by.name },
      confirmedBy: by,
      codeUntil: iso(now + CODE_MS),
      secret: { ...row.secret, code: fresh() },
    };
  });
}

/** Both ends of a local connection may be scopes of one instance, but not the same scope. */
export function assertDifferent({ from }: Proposal, instance: Instance, scope: Half['scope']): void {
  if (from.instance.id === instance.id && (from.scope?.id ?? null) === (scope?.id ?? null))
    throw new EntenteError('same-entity-twice', 'Both sides would be the same scope of the same instance. Choose another scope.');
}

/** Refuses; the side that asked is told. Again: the same answer. Throws `request-over`. */
export async function refuse(deps: HandshakeDeps, id: string, instance: Instance, by: Actor): Promise<Incoming> {
  const card = await cardFor(deps, instance);
  return deps.store.transaction(async (tx) => {
    const row = await tx.get('incoming', id);
    if (!row || row.status === 'accepting') throw new EntenteError('no-such-request');
    if (row.status === 'refused') return row;
    assertOpen(row, deps.now());
    const next: Incoming = { ...row, status: 'refused' };
    tx.put('incoming', next);
    const at = iso(deps.now());
    tx.tell({
      key: `refused/${row.id}`,
      side: row.proposal.from.side,
      callee: calleeOf(row.proposal.from.node),
      path: `proposals/${row.connection}/refused`,
      body: { card, by: by.name },
      since: at,
      attempts: 0,
      nextAt: at,
    });
    return next;
  });
}

/** The side that asked takes its question back. What was agreed to meanwhile ends as a removal. */
export async function cancelled(deps: HandshakeDeps, id: string, key: string): Promise<Side | null> {
  return deps.store.transaction(async (tx) => {
    const row = await tx.get('incoming', id);
    if (!row || row.proposal.from.node.key !== key) return null;
    if (row.status === 'claimed') return row.half ? tx.side(row.half.side) : null;
    if (row.status !== 'refused') tx.put('incoming', { ...row, status: 'cancelled', secret: { ...row.secret, code: null } });
    return null;
  });
}

/**
 * The code is back: our half becomes active. A code works once; the same node that asks again with the same proof gets the same answer, so that a lost
 * answer harms nobody. Throws `no-such-request`, `request-over`, `bad-signature`.
 */
export async function claimed(deps: HandshakeDeps, id: string, { code, verifier, half }: z.infer<typeof Claimed>, caller: PeerCaller): Promise<Half> {
  const own = await deps.client.card();
  const { ours, side, by } = await deps.store.transaction(async (tx) => {
    const row = await tx.get('incoming', id);
    if (!row || row.status === 'accepting') throw new EntenteError('no-such-request');
    if (row.proposal.from.node.key !== caller.key || half.node.key !== caller.key) throw new EntenteError('bad-signature');
    const { half: ours, secret, confirmedBy } = row;
    if (row.status !== 'confirmed' && row.status !== 'claimed') throw new EntenteError('request-over');
    if (!ours || secret.code === null || !equalSecrets(secret.code, code))
      throw new EntenteError('no-such-request', 'The code is not the one that was given out.');
    if (!equalSecrets(row.challenge, digest(verifier))) throw new EntenteError('no-such-request', 'The code was given out for another request.');
    if (half.side !== row.proposal.from.side || half.instance.id !== row.proposal.from.instance.id)
      throw new EntenteError('bad-signature', 'The claim is made for another instance than the proposal.');
    if (row.status === 'claimed') return { ours, side: null, by: confirmedBy };
    if (stateOf(row, deps.now()) === 'expired') throw new EntenteError('request-over', 'The other side agreed, but the answer came too late. Begin again.');
    await tx.lock('slugs');
    const made = sideOf(own, row.proposal, ours, half, freeSlug(await tx.sides(), row.proposal.name, row.connection), iso(deps.now()));
    tx.saveSide(made);
    tx.put('incoming', { ...row, status: 'claimed' });
    return { ours, side: made, by: confirmedBy };
  });
  if (side)
    await record(
      deps,
      side,
      by ?? { id: '', name: ours.setUpBy },
      'connection-created',
      `${ours.setUpBy} agreed to the connection “${side.name}” that ${half.setUpBy} of ${half.instance.name} asked for.`,
    );
  return ours;
}

function assertOpen(row: Incoming, now: number): void {
  switch (stateOf(row, now)) {
    case 'open':
      return;
    case 'expired':
      throw new EntenteError('request-over', 'The request has expired. Begin again on the side where it was started.');
    case 'cancelled':
      throw new EntenteError('request-over', 'The other side has taken the request back.');
    case 'refused':
      throw new EntenteError('request-over', 'The request was refused already.');
    case 'confirmed':
      throw new EntenteError('request-over', 'The request was agreed to already.');
  }
}

async function change(deps: HandshakeDeps, id: string, to: (row: Incoming, now: number) => Incoming): Promise<Incoming> {
  return deps.store.transaction(async (tx) => {
    const row = await tx.get('incoming', id);
    if (!row || row.status === 'accepting') throw new EntenteError('no-such-request');
    const next = to(row, deps.now());
    if (next !== row) tx.put('incoming', next);
    return next;
  });
}
