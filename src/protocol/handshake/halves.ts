import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { EntenteError } from '../../core/errors.ts';
import type { Instance, RemotePeer, Side } from '../../engine/ports.ts';
import type { Callee } from '../ports.ts';
import { CAPABILITIES, type Half, type InstanceCard, type NodeCard, PROTOCOL, type Proposal } from '../wire.ts';
import type { HandshakeDeps } from './ports.ts';

/** 256 random bits, in base64url. */
export const fresh = (): string => randomBytes(32).toString('base64url');
export const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
/** Takes as long for a wrong secret as for the right one. */
export const equalSecrets = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));

/** An instance as it is shown to other nodes. */
export function instanceCard(deps: Pick<HandshakeDeps, 'connector'>, instance: Instance): InstanceCard {
  const connector = deps.connector(instance.platform);
  return {
    id: instance.id,
    slug: instance.slug,
    name: instance.name,
    platform: connector.id,
    platformName: connector.name,
    nouns: { ...connector.nouns },
    url: instance.url,
  };
}

/** Our node as it is shown on behalf of an instance: one that is private cannot be called. */
export async function cardFor({ client }: Pick<HandshakeDeps, 'client'>, instance: Instance): Promise<NodeCard> {
  const card = await client.card();
  return instance.preferences?.reach === 'private' ? { ...card, url: null } : card;
}

/** Is it this node? Throws `node-copied` for one that says so and has another key. */
export function isOwn(own: NodeCard, card: Pick<NodeCard, 'id' | 'key'>): boolean {
  if (card.id !== own.id) return false;
  if (card.key !== own.key) throw new EntenteError('node-copied', 'The other node says that it is this one, but has another key.');
  return true;
}

export const calleeOf = ({ id, url, key }: NodeCard): Callee => ({ node: id, url, key });

/** Throws `other-protocol` with a sentence. `what`: the other node, for people. */
export function assertCompatible(card: NodeCard, needs: readonly string[], what: string): void {
  if (card.protocol.oldest > PROTOCOL.newest)
    throw new EntenteError(
      'other-protocol',
      `${what} speaks only newer versions of the protocol (${card.protocol.oldest} and later, this node up to ${PROTOCOL.newest}).`,
    );
  if (card.protocol.newest < PROTOCOL.oldest)
    throw new EntenteError(
      'other-protocol',
      `${what} speaks only older versions of the protocol (up to ${card.protocol.newest}, this node ${PROTOCOL.oldest} and later).`,
    );
  const missing = needs.filter((need) => !(CAPABILITIES as readonly string[]).includes(need));
  if (missing.length > 0)
    throw new EntenteError('other-protocol', `${what} needs what this node cannot do: ${missing.join(', ')}. This node has to be brought up to date.`);
}

/** Their half, as it is pinned in ours. */
function remotePeer({ node, instance, scope, setUpBy }: Half): RemotePeer {
  return {
    node: node.id,
    url: node.url,
    key: node.key,
    version: node.version,
    protocol: Math.min(node.protocol.newest, PROTOCOL.newest),
    capabilities: node.capabilities,
    slug: instance.slug,
    platform: instance.platform,
    platformName: instance.platformName,
    nouns: instance.nouns,
    trackerUrl: instance.url,
    scope,
    setUpBy,
  };
}

/** The other half as our side refers to it. */
export function peerOf(own: NodeCard, half: Half): Side['peer'] {
  const base = { side: half.side, instance: half.instance.id, name: half.instance.name };
  return isOwn(own, half.node) ? { kind: 'local', ...base } : { kind: 'node', ...base, remote: remotePeer(half) };
}

/** Our half of what somebody else proposed. */
export function sideOf(own: NodeCard, proposal: Proposal, ours: Half, theirs: Half, slug: string, at: string): Side {
  return {
    id: ours.side,
    connection: proposal.connection,
    name: proposal.name,
    slug,
    description: proposal.description,
    mode: 'basic',
    instance: ours.instance.id,
    scope: ours.scope?.id ?? null,
    peer: peerOf(own, theirs),
    leads: false,
    policy: proposal.policy,
    status: 'active',
    setUpBy: ours.setUpBy,
    start: 'manual',
    resumeFrom: null,
    problem: null,
    createdAt: at,
  };
}
