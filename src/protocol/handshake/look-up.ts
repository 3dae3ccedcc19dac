import { EntenteError } from '../../core/errors.ts';
import type { Instance } from '../../engine/ports.ts';
import type { Callee } from '../ports.ts';
import type { InstanceCard, NodeCard } from '../wire.ts';
import { type Address, covers, readAddress, within } from './address.ts';
import { assertCompatible, calleeOf, cardFor, instanceCard, isOwn } from './halves.ts';
import { LookupAnswer } from './messages.ts';
import type { HandshakeDeps } from './ports.ts';

export interface Found {
  /** As it was understood. */
  readonly url: string;
  readonly where: 'this-instance' | 'this-node' | 'other-node';
  readonly node: NodeCard;
  readonly instance: InstanceCard;
}

const ASK_MS = 5000;

/**
 * Who is at an address: an instance of this node, one that a known node serves, one that a directory knows, or a node itself, in this order.
 * Throws `wrong-address`, `private-address`, `no-node`, `peer-unavailable`, `several-instances`, `takes-no-connections`, `other-protocol`.
 */
export async function lookUp(deps: HandshakeDeps, own: Instance, typed: string, signal: AbortSignal): Promise<Found> {
  const address = readAddress(typed);
  const here = await findHere(deps, own, address);
  if (here) {
    if (here.id !== own.id) await assertMayConnect(deps, here, { card: await cardFor(deps, own), instance: instanceCard(deps, own) }, signal);
    return { url: address.text, where: here.id === own.id ? 'this-instance' : 'this-node', node: await deps.client.card(), instance: instanceCard(deps, here) };
  }
  const found = (await askKnown(deps, address, signal)) ?? (await askDirectories(deps, address, signal)) ?? (await deps.client.discover(address.text, signal));
  const card = await deps.client.card();
  if (isOwn(card, found.node)) {
    // Our own node under another address.
    const instance = await deps.instance(found.instance.id);
    if (!instance) throw new EntenteError('no-node');
    if (instance.id !== own.id) await assertMayConnect(deps, instance, { card, instance: instanceCard(deps, own) }, signal);
    return { url: address.text, where: instance.id === own.id ? 'this-instance' : 'this-node', node: card, instance: instanceCard(deps, instance) };
  }
  assertCompatible(found.node, [], `The node at ${new URL(found.node.url ?? address.origin).host}`);
  // Only a signed question can be answered by who asks.
  const asked = { card: await cardFor(deps, own), from: instanceCard(deps, own), to: found.instance.slug };
  await deps.client.call(calleeOf(found.node), 'lookup', asked, LookupAnswer, signal);
  return { url: address.text, where: 'other-node', ...found };
}

async function findHere(deps: HandshakeDeps, own: Instance, address: Address): Promise<Instance | null> {
  const all = await deps.instances();
  const node = deps.url.replace(/\/+$/, '');
  const ranked = all
    .map((instance) => ({ instance, at: Math.max(within(instance.url, address.text) ?? -1, within(`${node}/${instance.slug}`, address.text) ?? -1) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => b.at - a.at);
  const [best, second] = ranked;
  // The same tracker may be served twice, with different credentials: the own one is meant, or nobody knows which.
  if (best && second && best.at === second.at) {
    const equal = ranked.filter(({ at }) => at === best.at).map(({ instance }) => instance);
    const mine = equal.find(({ id }) => id === own.id);
    if (mine) return mine;
    throw new EntenteError(
      'several-instances',
      `This node serves ${address.text} more than once. Enter the address from General settings of the one that you mean.`,
    );
  }
  if (best) return best.instance;
  if (within(node, address.text) === null || address.path.toLowerCase() !== new URL(node).pathname.replace(/\/+$/, '').toLowerCase()) {
    if (within(node, address.text) !== null) throw new EntenteError('no-node', `This is your own node, but it serves no instance at ${address.text}.`);
    return null;
  }
  const others = all.filter(({ id }) => id !== own.id);
  if (others.length === 0) return own;
  if (others.length === 1 && others[0]) return others[0];
  throw new EntenteError(
    'several-instances',
    'This is your own node, which serves several instances. Enter the address from General settings of the one that you mean.',
  );
}

type Answer = { readonly node: NodeCard; readonly instance: InstanceCard };

/** Nodes that we have connections with: one whose tracker it was before is asked first, and alone. */
async function askKnown(deps: HandshakeDeps, address: Address, signal: AbortSignal): Promise<Answer | null> {
  const sides = await deps.store.transaction((tx) => tx.sides());
  const remotes = sides.flatMap(({ peer }) => (peer.remote?.url ? [{ url: peer.remote.url, tracker: peer.remote.trackerUrl }] : []));
  // The address of a node is asked as such, below.
  if (remotes.some(({ url }) => within(url, address.text) !== null)) return null;
  const likely = [...new Set(remotes.filter(({ tracker }) => within(tracker, address.text) !== null).map(({ url }) => url))];
  const all = [...new Set(remotes.map(({ url }) => url))];
  return (await askAll(deps, likely, address, signal)) ?? (await askAll(deps, all.filter((url) => !likely.includes(url)).slice(0, 50), address, signal));
}

const askDirectories = (deps: HandshakeDeps, address: Address, signal: AbortSignal): Promise<Answer | null> => askAll(deps, deps.directories, address, signal);

/** The first of these nodes that says yes. One that does not answer knows nothing; one that serves it and says no is believed when nobody says yes. */
async function askAll(deps: HandshakeDeps, nodes: readonly string[], address: Address, signal: AbortSignal): Promise<Answer | null> {
  const answers = await Promise.allSettled(nodes.map((node) => deps.client.serves(node, address.text, AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]))));
  signal.throwIfAborted();
  for (const answer of answers) if (answer.status === 'fulfilled' && answer.value !== null) return answer.value;
  for (const answer of answers)
    if (answer.status === 'rejected' && answer.reason instanceof EntenteError && SAYS_NO.has(answer.reason.code)) throw answer.reason;
  return null;
}
const SAYS_NO: ReadonlySet<string> = new Set(['takes-no-connections', 'several-instances']);

/** Who asks an instance for a connection. */
interface Asker {
  readonly card: NodeCard;
  readonly instance: InstanceCard;
}

/** Does the instance let them ask? Throws `takes-no-connections`. */
export async function assertMayConnect(deps: HandshakeDeps, target: Instance, asker: Asker, signal: AbortSignal): Promise<void> {
  const { whoMayConnect = 'anyone', allowList = [] } = target.preferences ?? {};
  switch (whoMayConnect) {
    case 'anyone':
      return;
    case 'nobody':
      throw new EntenteError('takes-no-connections', `${target.name} takes no connections from others. Its admin can invite you.`);
    case 'allow-list': {
      const listed = (address: string) => allowList.some((entry) => covers(entry, address));
      const nodeUrl = asker.card.url === null ? null : `${asker.card.url.replace(/\/+$/, '')}/${asker.instance.slug}`;
      if ((listed(asker.instance.url) || (nodeUrl !== null && listed(nodeUrl))) && (await isWhoItSays(deps, asker, signal))) return;
      throw new EntenteError(
        'takes-no-connections',
        `${target.name} takes connections only from addresses on its list, and ${asker.instance.url} is not one of them.`,
      );
    }
    default:
      return whoMayConnect satisfies never;
  }
}

/** An address on a list counts only for the node that answers there. */
async function isWhoItSays(deps: HandshakeDeps, { card, instance }: Asker, signal: AbortSignal): Promise<boolean> {
  if (isOwn(await deps.client.card(), card)) return true;
  // A node that cannot be called cannot be asked: an admin here decides, and sees its fingerprint.
  if (card.url === null) return true;
  const there = await deps.client.discover(`${card.url.replace(/\/+$/, '')}/${instance.slug}`, signal).catch((error: unknown) => {
    if (signal.aborted || !(error instanceof EntenteError)) throw error;
    return null;
  });
  return there?.node.key === card.key && there.instance.id === instance.id;
}

/** Someone we would call. */
export const calleeOfSide = (side: {
  readonly peer: { readonly remote?: { readonly node: string; readonly url: string | null; readonly key: string } };
}): Callee | null => (side.peer.remote ? { node: side.peer.remote.node, url: side.peer.remote.url, key: side.peer.remote.key } : null);
