import { EntenteError, ERRORS, type ErrorCode } from '../core/errors.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Problem } from '../core/twin.ts';
import type { Engine } from '../engine/index.ts';
import type { Instance, Side, Store } from '../engine/ports.ts';
import type { CallContext } from '../lib/http.ts';
import type { People } from '../people/index.ts';
import type { Actor, Handshake } from '../protocol/handshake/index.ts';
import type { OwnNode } from '../protocol/own-node.ts';
import type { Caller } from '../server/authentication.ts';
import type { PlaceView, ProblemView, ScopeView } from '../server/operations.ts';
import type { ConnectedTrackers } from '../trackers.ts';
import type { Connection } from './access.ts';
import type { Reads } from './reads.ts';

/** What the operations are made of. */
export interface OperationsDeps {
  readonly store: Store;
  readonly engine: Engine;
  readonly trackers: ConnectedTrackers;
  readonly reads: Reads;
  readonly connectors: readonly { readonly id: string }[];
  /** Called when an instance is new or has new credentials: its poller and webhook begin at once. */
  instanceChanged(id: string): void;
  watch(listener: (twin: string | null) => void): () => void;
  readonly now: () => number;
  /** The node's public address, and its version. */
  readonly url: string;
  readonly version: string;
  readonly pollSeconds: number;
  /** Why the tracker cannot send notices to this node, in a sentence; null: it can, or the reason is not known. */
  noWebhookBecause(instance: Instance): string | null;
  /** By which the app for the tracker's pages of an instance is known. */
  appMark(instance: string): Promise<string>;
  /** Who may do what, and what they did. */
  readonly people: People;
  /** How connections come to be, change and end. */
  readonly handshake: Handshake;
  /** Who this node is to others. */
  readonly own: OwnNode;
  /** Id of this node. */
  nodeId(): Promise<string>;
  /** On whose behalf. */
  readonly caller: Caller;
}

/** What the other side enters to connect with the instance. */
export const nodeUrlOf = ({ url }: Pick<OperationsDeps, 'url'>, { slug }: Pick<Instance, 'slug'>): string => `${url.replace(/\/$/, '')}/${slug}`;

export const interactive = (signal: AbortSignal): CallContext => ({ signal, priority: 'interactive' });

/** Twin ids hold characters that mean something in an address; outside they are base64url. */
export const publicId = (twin: string): string => Buffer.from(twin).toString('base64url');
export const privateId = (id: string): string => Buffer.from(id, 'base64url').toString();

export { freeSlug, slugOf, slugOfSide } from '../protocol/handshake/slug.ts';

export const viewProblem = (problem: Problem | null): ProblemView | null =>
  problem && { ...problem, means: problem.code in ERRORS ? ERRORS[problem.code as ErrorCode].means : '' };

export async function loadInstance({ store }: OperationsDeps, id: string): Promise<Instance> {
  const instance = await store.transaction((tx) => tx.instance(id));
  if (!instance) throw new EntenteError('unknown-instance');
  return instance;
}

/** Who acts, for people and to recognise them when they come back. */
export const actorOf = ({ caller }: Pick<OperationsDeps, 'caller'>): Actor => ({
  id: caller.user ?? `token ${caller.name}`,
  name: caller.name,
  ...(caller.confinedTo === null ? {} : { framed: true as const }),
});

const KEEP_MS = 60_000;
const scopeNames = new WeakMap<object, Map<string, { readonly scopes: readonly ScopeView[]; readonly until: number }>>();

/** The scope with its name, as the tracker told it lately; by its id while the tracker does not answer. */
async function scopeOf(deps: OperationsDeps, instance: string, scope: string | null): Promise<ScopeView | null> {
  if (scope === null) return null;
  const cache = scopeNames.get(deps.trackers) ?? new Map<string, { scopes: readonly ScopeView[]; until: number }>();
  scopeNames.set(deps.trackers, cache);
  let known = cache.get(instance);
  if (!known || known.until < deps.now()) {
    const scopes = await describeScopes(deps, instance, AbortSignal.timeout(3000)).catch((error: unknown) => {
      if (error instanceof TrackerError || error instanceof EntenteError || (error as Error).name === 'TimeoutError' || (error as Error).name === 'AbortError')
        return known?.scopes ?? [];
      throw error;
    });
    known = { scopes, until: deps.now() + KEEP_MS };
    cache.set(instance, known);
  }
  return known.scopes.find(({ id }) => id === scope) ?? { id: scope, name: scope };
}

export async function describeScopes({ trackers }: OperationsDeps, instance: string, signal: AbortSignal): Promise<ScopeView[]> {
  const { scopes } = await (await trackers.of(instance)).describe(null, interactive(signal));
  return scopes.map(({ id, name }) => ({ id, name }));
}

/** Our own side, for people. */
export async function viewPlace(deps: OperationsDeps, side: Side): Promise<PlaceView> {
  const instance = await loadInstance(deps, side.instance);
  const connector = deps.trackers.connector(instance.platform);
  return {
    instance: instance.slug,
    remote: false,
    node: null,
    state: { status: side.status, by: side.switched?.by ?? null, at: side.switched?.at ?? null },
    setUpBy: side.setUpBy ?? null,
    instanceName: instance.name,
    platform: connector.id,
    platformName: connector.name,
    nouns: { ...connector.nouns },
    url: instance.url,
    scope: await scopeOf(deps, instance.id, side.scope),
  };
}

/** The other half as the node there showed it, and what it did last. Null: nobody has accepted yet. */
export function viewRemotePlace({ peer, peerState, status }: Side): PlaceView | null {
  const { remote } = peer;
  if (!remote) return null;
  const quiet = status === 'pending' ? ('pending' as const) : ('active' as const);
  return {
    instance: remote.slug,
    remote: true,
    node: { id: remote.node, url: remote.url, version: remote.version },
    state: peerState ? { ...peerState } : { status: quiet, by: null, at: null },
    setUpBy: remote.setUpBy ?? null,
    instanceName: peer.name,
    platform: remote.platform,
    platformName: remote.platformName,
    nouns: { ...remote.nouns },
    url: remote.trackerUrl,
    scope: remote.scope && { ...remote.scope },
  };
}

/** Both ends of a connection: ours first. The other half of somebody else here is shown as one of another node would be. */
export async function viewPlaces(deps: OperationsDeps, { sides: [first, second], unseen }: Connection): Promise<{ from: PlaceView; to: PlaceView | null }> {
  const from = await viewPlace(deps, first);
  if (second) return { from, to: await viewPlace(deps, second) };
  if (unseen) return { from, to: { ...(await viewPlace(deps, unseen)), remote: true } };
  return { from, to: viewRemotePlace(first) };
}
