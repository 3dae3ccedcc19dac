import { EntenteError } from '../../core/errors.ts';
import type { PeerCaller, PeerHandler } from '../ports.ts';
import type { NodeCard } from '../wire.ts';
import { settledByInviter } from './accept.ts';
import { cancelled, claimed, propose } from './consent.ts';
import { accepted, assertOpen } from './invite.ts';
import { peerChanged, peerVanished } from './lifecycle.ts';
import { assertMayConnect } from './look-up.ts';
import { Accepted, Claimed, Ended, LeftBehind, LookupAsked, Proposed, Read, Settled, SideState, Waiting } from './messages.ts';
import { iso, refused } from './pending.ts';
import type { HandshakeDeps, Left } from './ports.ts';

const LEFT_AT_ONCE = 100;
const LEFT_OF_ALL = 900;
const DONE = { done: true } as const;

/** The card in the body has to be the one of whoever has signed the request. */
function assertSigned(card: NodeCard, caller: PeerCaller): void {
  if (card.key !== caller.key || card.id !== caller.node)
    throw new EntenteError('bad-signature', 'The request was signed by another node than the one that it shows.');
}

/** What other nodes ask of us to set up, change and end a connection. */
export function createHandler(deps: HandshakeDeps): PeerHandler {
  return async ({ path, body, caller, side }) => {
    const [area, id, verb, ...more] = path;
    if (more.length > 0) return undefined;
    switch (`${area}${id === undefined ? '' : '/'}${verb === undefined ? (id === undefined ? '' : 'id') : `id/${verb}`}`) {
      case 'lookup': {
        const asked = LookupAsked.parse(body);
        assertSigned(asked.card, caller);
        const instance = (await deps.instances()).find(({ slug }) => slug === asked.to);
        if (!instance) throw new EntenteError('no-node', `The node serves no instance named ${asked.to}.`);
        await assertMayConnect(deps, instance, { card: asked.card, instance: asked.from }, AbortSignal.timeout(10_000));
        return { takes: true };
      }
      case 'proposals': {
        const asked = Proposed.parse(body);
        assertSigned(asked.card, caller);
        return propose(deps, asked, caller);
      }
      case 'proposals/id/claim': {
        const asked = Claimed.parse(body);
        assertSigned(asked.card, caller);
        return { half: await claimed(deps, id ?? '', asked, caller) };
      }
      case 'proposals/id/cancel': {
        const asked = Ended.parse(body);
        assertSigned(asked.card, caller);
        const ours = await cancelled(deps, id ?? '', caller.key);
        if (ours) await peerVanished(deps, ours.id, asked.by);
        return DONE;
      }
      case 'proposals/id/refused': {
        const asked = Ended.parse(body);
        assertSigned(asked.card, caller);
        await refused(deps, id ?? '', caller.key, asked.by);
        return DONE;
      }
      case 'invitations': {
        const asked = LeftBehind.parse(body);
        assertSigned(asked.card, caller);
        await keep(deps, asked.id, asked.connection, asked.expiresAt, caller.key);
        return DONE;
      }
      case 'invitations/id/read': {
        const asked = Read.parse(body);
        assertSigned(asked.card, caller);
        await assertOpen(deps, id ?? '', asked.secret, caller.key);
        return DONE;
      }
      case 'invitations/id/accept': {
        const asked = Accepted.parse(body);
        assertSigned(asked.card, caller);
        return { half: await accepted(deps, id ?? '', asked, caller) };
      }
      case 'invitations/id/wait': {
        assertSigned(Waiting.parse(body).card, caller);
        const left = await deps.store.transaction((tx) => tx.get('left', id ?? ''));
        if (left?.key !== caller.key) throw new EntenteError('no-such-request');
        return { accepted: left.status === 'accepted' && left.half && left.secret ? { half: left.half, secret: left.secret.secret } : null };
      }
      case 'invitations/id/done': {
        const asked = Settled.parse(body);
        assertSigned(asked.card, caller);
        await settledByInviter(deps, id ?? '', asked, caller);
        return DONE;
      }
      case 'connections/id/state': {
        if (!side || side.connection !== id) throw new EntenteError('peer-gone');
        return { state: await peerChanged(deps, side.id, SideState.parse(body)) };
      }
      default:
        return undefined;
    }
  };
}

/** A node that cannot be called leaves an invitation with us, and will ask whether somebody accepts it here. */
async function keep(deps: HandshakeDeps, id: string, connection: string, expiresAt: string, key: string): Promise<void> {
  const now = deps.now();
  const waiting = (await deps.store.list('left', 'open')).filter((left) => Date.parse(left.expiresAt) > now);
  if (waiting.length >= LEFT_OF_ALL || waiting.filter((left) => left.key === key).length >= LEFT_AT_ONCE)
    throw new EntenteError('takes-no-connections', 'Too many invitations wait there already.');
  await deps.store.transaction(async (tx) => {
    const before = await tx.get('left', id);
    if (before) {
      if (before.key !== key) throw new EntenteError('peer-refused', 'The invitation id is in use.');
      return;
    }
    const latest = now + 30 * 86_400_000;
    const left: Left = {
      id,
      connection,
      status: 'open',
      key,
      half: null,
      refusal: null,
      secret: null,
      expiresAt: iso(Math.min(Date.parse(expiresAt), latest)),
      createdAt: iso(now),
    };
    tx.put('left', left);
  });
}
