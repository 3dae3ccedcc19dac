import { randomBytes } from 'node:crypto';
import { EntenteError } from '../../core/errors.ts';
import type { Instance, Side } from '../../engine/ports.ts';
import type { Half, Proposal } from '../wire.ts';
import { calleeOf, cardFor, digest, fresh, instanceCard } from './halves.ts';
import { cardOfConnection, leaveInvitation, makeInvitation } from './invite.ts';
import { type Found, lookUp } from './look-up.ts';
import { ClaimedAnswer, ProposedAnswer } from './messages.ts';
import { activate, drop, end, iso, record } from './pending.ts';
import type { Actor, HandshakeDeps, HandshakeTx, Made, Outgoing } from './ports.ts';
import type { Road } from './road.ts';
import { freeSlug, slugOf, slugOfSide } from './slug.ts';

/** How long the admin has on the other side. */
export const REQUEST_MS = 30 * 60_000;
export const INVITATION_MS = 7 * 86_400_000;
/** Who presses twice within this time means one connection. */
const TWICE_MS = 20_000;

export interface InitiateInput {
  readonly own: Instance;
  readonly scope: { readonly id: string; readonly name: string } | null;
  /** As it was typed; null: only the invitation is left. */
  readonly url: string | null;
  readonly path: 'admin' | 'invitation';
  /** Null: made of both names. */
  readonly name: string | null;
  readonly description: string;
  readonly bind: boolean;
  /** Has the instance more than one scope, so that two of them can be joined? */
  readonly severalScopes: boolean;
  readonly by: Actor;
}

export interface Initiated {
  readonly side: Side;
  readonly redirect: string | null;
  readonly invitation: Made | null;
}

/** Makes a pending connection: nothing moves before the other side has agreed. Throws as `lookUp`, and `name-taken`. */
export async function initiate(deps: HandshakeDeps, road: Road, input: InitiateInput, signal: AbortSignal): Promise<Initiated> {
  const { own, path, by } = input;
  if (path === 'admin' && input.url === null)
    throw new EntenteError('invalid-input', 'To go to the other side, its address is needed. Without one, make an invitation.');
  const found = await destinationOf(deps, input, signal);
  if (found?.where === 'this-instance' && !input.severalScopes) throw ownAddress(own);
  const wanted = found?.url ?? input.url;
  const now = deps.now();
  const connection = `c${randomBytes(8).toString('hex')}`;
  const half: Half = {
    node: await cardFor(deps, own),
    instance: instanceCard(deps, own),
    side: `s${randomBytes(8).toString('hex')}`,
    scope: input.scope,
    setUpBy: by.name,
  };
  const made = await deps.store.transaction(async (tx) => {
    await tx.lock('slugs');
    const sides = await tx.sides();
    const twice = await pressedTwice(deps, tx, sides, input, wanted);
    if (twice) return { twice };
    const name = nameFor(sides, input, found?.instance.name ?? 'another side');
    const proposal: Proposal = {
      connection,
      name,
      description: input.description,
      mode: 'basic',
      policy: 'lead',
      needs: ['mode.basic'],
      from: half,
      expiresAt: iso(now + (path === 'admin' ? REQUEST_MS : INVITATION_MS)),
    };
    const side: Side = {
      id: half.side,
      connection,
      name,
      slug: freeSlug(sides, name, connection),
      description: input.description,
      mode: 'basic',
      instance: own.id,
      scope: input.scope?.id ?? null,
      peer: { kind: 'node', side: '', instance: '', name: found?.instance.name ?? '' },
      leads: true,
      policy: 'lead',
      status: 'pending',
      setUpBy: by.name,
      start: 'manual',
      resumeFrom: null,
      problem: null,
      createdAt: iso(now),
    };
    const state = path === 'admin' ? fresh() : null;
    const outgoing: Outgoing = {
      id: connection,
      connection,
      status: 'open',
      path,
      side: side.id,
      instance: own.id,
      wanted,
      destination: found && { node: found.node, instance: found.instance },
      proposal,
      startedBy: by,
      request: null,
      ended: null,
      mark: state && digest(state),
      secret: state === null ? null : { state, verifier: fresh(), code: null },
      expiresAt: proposal.expiresAt,
      createdAt: iso(now),
    };
    tx.saveSide(side);
    tx.put('outgoing', outgoing);
    return { side, row: outgoing, invitation: path === 'invitation' ? makeInvitation(tx, outgoing, input.bind ? wanted : null, by.name, now) : null };
  });
  if ('twice' in made) return again(deps, road, made.twice, signal);
  const { side, row, invitation } = made;
  try {
    if (path === 'admin') {
      const redirect = await push(deps, road, row, signal);
      await record(deps, side, by, 'connection-proposed', `${by.name} asked ${found?.instance.name ?? wanted} for the connection “${side.name}”.`);
      return { side, redirect, invitation: null };
    }
    if (invitation) await leaveInvitation(deps, road, row, invitation, signal);
    await record(deps, side, by, 'invitation-made', `${by.name} made an invitation for the connection “${side.name}”.`);
    return { side, redirect: null, invitation };
  } catch (error) {
    // Nobody has heard of it: it never was.
    await deps.store.transaction(async (tx) => {
      const pending = await tx.side(side.id);
      if (pending?.status !== 'pending') return;
      drop(tx, pending);
      tx.drop('outgoing', row.id);
      if (invitation) tx.drop('invitation', invitation.id);
    });
    throw error;
  }
}

/** The own address means two scopes of the instance, and this one has not two. */
export const ownAddress = (own: Instance): EntenteError =>
  new EntenteError('own-address', `This is the address of ${own.name} itself, and a connection inside it needs two scopes, but there is only one.`);

/** With an invitation, an address that nothing answers at is only a note. */
async function destinationOf(deps: HandshakeDeps, { own, url, path }: InitiateInput, signal: AbortSignal): Promise<Found | null> {
  if (url === null) return null;
  try {
    return await lookUp(deps, own, url, signal);
  } catch (error) {
    if (path === 'admin' || signal.aborted || !(error instanceof EntenteError) || error.code === 'wrong-address') throw error;
    return null;
  }
}

async function pressedTwice(
  deps: HandshakeDeps,
  tx: HandshakeTx,
  sides: readonly Side[],
  { own, path, by, name }: InitiateInput,
  wanted: string | null,
): Promise<Outgoing | null> {
  for (const side of sides) {
    if (side.instance !== own.id || side.status !== 'pending' || Date.parse(side.createdAt) <= deps.now() - TWICE_MS) continue;
    const row = await tx.get('outgoing', side.connection);
    if (row?.side === side.id && row.path === path && row.wanted === wanted && row.startedBy.id === by.id && (name === null || row.proposal.name === name))
      return row;
  }
  return null;
}

async function again(deps: HandshakeDeps, road: Road, row: Outgoing, signal: AbortSignal): Promise<Initiated> {
  const { side, invitation } = await deps.store.transaction(async (tx) => ({
    side: await tx.side(row.side),
    invitation: (await tx.ofConnection('invitation', row.id)).find(({ status }) => status === 'open') ?? null,
  }));
  if (!side) throw new EntenteError('unknown-connection');
  return { side, redirect: row.path === 'admin' ? await push(deps, road, row, signal) : null, invitation };
}

/** Throws `name-taken` for a name that somebody chose; a name that is only proposed gets a number. */
function nameFor(sides: readonly Side[], { name, own }: InitiateInput, other: string): string {
  const ours = sides.filter(({ instance }) => instance === own.id);
  const taken = (text: string) => ours.some((side) => slugOf(side.name) === slugOf(text));
  if (name !== null) {
    if (taken(name)) throw new EntenteError('name-taken', `${own.name} has a connection named ${name} already.`);
    return name;
  }
  const proposed = `${own.name} ↔ ${other}`.slice(0, 110);
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? proposed : `${proposed} ${n}`;
    if (!taken(candidate)) return candidate;
  }
}

/** Hands the proposal to the other side, again and again with the same effect. Returns where the browser has to go. */
async function push(deps: HandshakeDeps, road: Road, row: Outgoing, signal: AbortSignal): Promise<string> {
  const { destination, secret, proposal } = row;
  if (!destination || !secret) throw new EntenteError('no-such-request');
  const answer = await road.ask(
    calleeOf(destination.node),
    'proposals',
    {
      card: proposal.from.node,
      proposal,
      to: destination.instance.slug,
      wanted: row.wanted ?? '',
      challenge: digest(secret.verifier),
      state: secret.state,
      returnUrl: `${deps.url.replace(/\/+$/, '')}${frameOf(row)}/connect/return`,
    },
    ProposedAnswer,
    signal,
  );
  await deps.store.transaction(async (tx) => {
    const now = await tx.get('outgoing', row.id);
    if (now?.status === 'open') tx.put('outgoing', { ...now, request: answer.id });
  });
  const url = destination.node.id === proposal.from.node.id ? deps.url : (destination.node.url ?? new URL(row.wanted ?? deps.url).origin);
  // Between two scopes of one instance the frame is not left at all.
  const within = destination.instance.id === row.instance && destination.node.id === proposal.from.node.id ? frameOf(row) : '';
  return `${url.replace(/\/+$/, '')}${within}/connect/${answer.id}`;
}

/** Where the console is for whoever began it: below this, inside a tracker's frame. */
const frameOf = ({ startedBy, proposal }: Outgoing): string => (startedBy.framed ? `/embed/${proposal.from.instance.slug}` : '');

/** Who began the connection whose state the browser brings back; null: nobody here. */
export async function returning({ store }: HandshakeDeps, state: string): Promise<{ readonly instance: string; readonly by: Actor } | null> {
  const row = await store.transaction((tx) => tx.marked(digest(state)));
  return row && { instance: row.instance, by: row.startedBy };
}

/** The way to the other side's page, once more; with a new request when the one before has expired. Throws `request-over`. */
export async function resume(deps: HandshakeDeps, road: Road, connection: string, by: Actor, signal: AbortSignal): Promise<string> {
  const card = await cardOfConnection(deps, connection);
  const row = await deps.store.transaction(async (tx) => {
    const found = await tx.get('outgoing', connection);
    if (found?.path !== 'admin') throw new EntenteError('no-such-request');
    if (found.status === 'active' || found.status === 'over') throw new EntenteError('request-over');
    if (found.status === 'claiming') return found;
    const now = deps.now();
    // Whoever goes there now has to be the one who comes back.
    if (found.status === 'open' && Date.parse(found.expiresAt) > now && found.startedBy.id === by.id && found.startedBy.framed === by.framed) return found;
    const state = fresh();
    const expiresAt = iso(now + REQUEST_MS);
    const next: Outgoing = {
      ...found,
      status: 'open',
      startedBy: by,
      mark: digest(state),
      secret: { state, verifier: fresh(), code: null },
      expiresAt,
      proposal: { ...found.proposal, expiresAt, from: { ...found.proposal.from, ...card, setUpBy: by.name } },
    };
    tx.put('outgoing', next);
    return next;
  });
  if (row.status !== 'claiming') return push(deps, road, row, signal);
  // They have agreed already: only their answer was lost.
  await claim(deps, road, row, signal);
  const side = await deps.store.transaction((tx) => tx.side(row.side));
  return `${deps.url.replace(/\/+$/, '')}/connections/${side ? encodeURIComponent(slugOfSide(side)) : ''}`;
}

export type Finished = { readonly outcome: 'active' | 'refused' | 'expired'; readonly connection: string };

/**
 * The browser is back. The code is written down before it is used, so that what a crash or a lost answer cuts off can be taken up again.
 * Throws `no-such-request`, `not-allowed` (somebody else began it), or what the other side says.
 */
export async function finish(
  deps: HandshakeDeps,
  road: Road,
  { state, code, error, by }: { readonly state: string; readonly code: string | null; readonly error: string | null; readonly by: Actor },
  signal: AbortSignal,
): Promise<Finished> {
  const row = await deps.store.transaction(async (tx) => {
    const found = await tx.marked(digest(state));
    if (!found) throw new EntenteError('no-such-request');
    if (found.startedBy.id !== by.id)
      throw new EntenteError(
        'not-allowed',
        `${found.startedBy.name} began this connection. Sign in as the same person, and go through the other side’s page again.`,
      );
    if (found.status !== 'open') return found;
    if (error === 'refused') {
      const pending = await tx.side(found.side);
      if (pending?.status === 'pending') drop(tx, pending);
      return end(tx, found, 'refused');
    }
    if (error !== null) return found;
    if (Date.parse(found.expiresAt) <= deps.now()) return found;
    if (code === null) throw new EntenteError('invalid-input', 'The other side sent the browser back without an answer.');
    const claiming: Outgoing = { ...found, status: 'claiming', secret: found.secret && { ...found.secret, code } };
    tx.put('outgoing', claiming);
    return claiming;
  });
  const outcome = (outcome: Finished['outcome']): Finished => ({ outcome, connection: row.id });
  switch (row.status) {
    case 'active':
      return outcome('active');
    case 'over':
      return outcome(row.ended === 'refused' ? 'refused' : 'expired');
    case 'open':
      return outcome('expired');
    case 'claiming':
      await claim(deps, road, row, signal);
      return outcome('active');
    default:
      return row.status satisfies never;
  }
}

/** Exchanges the code for the other half, and makes ours active. Harmless to repeat. Throws what the other side says; `peer-unavailable`: try again. */
export async function claim(deps: HandshakeDeps, road: Road, row: Outgoing, signal: AbortSignal): Promise<void> {
  const { destination, secret, proposal, request } = row;
  if (!destination || !secret || secret.code === null || request === null) throw new EntenteError('no-such-request');
  try {
    const { half } = await road.ask(
      calleeOf(destination.node),
      `proposals/${request}/claim`,
      { card: proposal.from.node, code: secret.code, verifier: secret.verifier, half: proposal.from },
      ClaimedAnswer,
      signal,
    );
    if (half.node.id !== destination.node.id || half.node.key !== destination.node.key)
      throw new EntenteError('bad-signature', 'The other side answered for another node than the one that was asked.');
    await activate(deps, row, half);
  } catch (error) {
    const definite = error instanceof EntenteError && error.code !== 'peer-unavailable' && error.code !== 'peer-refused';
    if (definite)
      await deps.store.transaction(async (tx) => {
        const now = await tx.get('outgoing', row.id);
        // The code is worth nothing; the way there is still open until it expires.
        if (now?.status === 'claiming') tx.put('outgoing', { ...now, status: 'open', secret: now.secret && { ...now.secret, code: null } });
      });
    throw error;
  }
}
