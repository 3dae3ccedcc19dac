import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { ErrorCode } from './core/errors.ts';
import type { Engine } from './engine/index.ts';
import type { Instance, Peers, Store, Trackers } from './engine/ports.ts';
import { createEgress } from './lib/egress.ts';
import type { Logger } from './lib/log.ts';
import { createRoads, type ProxySettings } from './lib/road.ts';
import type { Vault } from './lib/secrets.ts';
import { createIncoming } from './peers/incoming.ts';
import { choosePeers } from './peers/index.ts';
import { createLocalPeers } from './peers/local.ts';
import { createRemotePeers } from './peers/remote.ts';
import { cardOf, createPeerClient } from './protocol/client.ts';
import { createFetcher, createHttpWire } from './protocol/http-wire.ts';
import { Done } from './protocol/new-key.ts';
import { openOwnNode } from './protocol/own-node.ts';
import { createPeerBoots } from './protocol/peer-boots.ts';
import { createPinned } from './protocol/pinned.ts';
import type { PeerHandler } from './protocol/ports.ts';
import { createReception } from './protocol/reception.ts';
import { startMessenger } from './protocol/relay/messenger.ts';
import { createOffice } from './protocol/relay/office.ts';
import { createWaits } from './protocol/relay/waits.ts';
import { createReplay } from './protocol/replay.ts';
import { protocolRoutes } from './protocol/routes.ts';
import { wellKnown } from './protocol/well-known.ts';
import type { InstanceCard } from './protocol/wire.ts';
import type { Listener } from './store/listen.ts';

export interface NodeToNodeDeps {
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  readonly vault: Vault;
  readonly listener: Listener;
  readonly home?: string;
  readonly store: Store;
  readonly trackers: Trackers;
  readonly engine: () => Engine;
  /** The public address; `reachable`: other nodes can call it. */
  readonly url: string;
  readonly reachable: boolean;
  readonly version: string;
  readonly allowPrivate: ReadonlySet<string>;
  readonly proxy?: ProxySettings;
  instances(): Promise<readonly Instance[]>;
  cardOf(instance: Instance): InstanceCard;
  /** Calls that belong to setting up connections. */
  readonly handshake: PeerHandler;
  /** A name for this process. */
  readonly holder: string;
  readonly log: Logger;
}

const PRUNE_MS = 60_000;
/** Between two attempts to tell of a new key. */
const TELL_MS = 60_000;

/** Everything between this node and others: who it is, what it calls, what it answers. */
export async function joinNodes(deps: NodeToNodeDeps) {
  const { pool, log } = deps;
  const own = await openOwnNode(deps);
  const pinned = createPinned(pool);
  const boots = createPeerBoots(pool);
  const replay = createReplay(pool);
  const egress = createEgress({ allowPrivate: deps.allowPrivate });
  // Connections of their own: what nodes say to each other shares none with trackers.
  const roads = createRoads({ egress, ...(deps.proxy ? { proxy: deps.proxy } : {}), allowH2: false, keepAliveTimeout: 4000, keepAliveMaxTimeout: 30_000 });
  const about = { own, url: deps.reachable ? deps.url : null, version: deps.version };
  const waits = createWaits(deps.listener);
  const office = createOffice({ pool, waits });
  const direct = createHttpWire({ egress, roads });
  const client = createPeerClient({
    ...about,
    direct,
    relayed: office.wire,
    fetch: createFetcher({ egress, roads }),
    sideOf: async (connection) => (await pinned.sideOf(connection))?.id ?? null,
    now: Date.now,
  });
  const reception = createReception({
    own,
    replay,
    boots,
    sideOf: (connection) => pinned.sideOf(connection),
    knows: (key) => pinned.knows(key),
    handlers: [createIncoming({ engine: deps.engine, store: deps.store, trackers: deps.trackers, boots }), office.handle, deps.handshake],
    reached: (side) => deps.engine().reached(side.id),
    warn: (what, message) => log.warn(what, message),
    now: Date.now,
  });
  const peers: Peers = choosePeers(createLocalPeers({ engine: deps.engine, store: deps.store, trackers: deps.trackers }), createRemotePeers({ client }));
  const tidy = async () => {
    await replay.prune();
    await office.prune();
  };
  const timer = setInterval(() => void tidy().catch((error: unknown) => log.warn({ err: error }, 'old requests could not be forgotten')), PRUNE_MS);
  timer.unref();

  /** Those who know us by a former key are told of the new one, again and again until they have heard. */
  const tellKey = async (): Promise<void> => {
    for (const id of own.formerKeys().keys()) {
      const side = await deps.store.transaction((tx) => tx.side(id));
      const remote = side?.peer.remote;
      if (!side || !remote || own.current().guard) continue;
      const to = { node: remote.node, url: remote.url, key: remote.key };
      await client.call(to, `connections/${side.connection}/hello`, {}, Done, AbortSignal.timeout(20_000)).catch((error: unknown) => {
        log.warn({ connection: side.name, message: (error as Error).message }, 'the other side could not be told of the new key');
      });
    }
  };
  let telling = false;
  const tellSoon = (): void => {
    if (telling || own.formerKeys().size === 0) return;
    telling = true;
    tellKey()
      .catch((error: unknown) => log.warn({ err: error }, 'other nodes could not be told of the new key'))
      .finally(() => {
        telling = false;
      });
  };
  own.onChange(tellSoon);
  const teller = setInterval(tellSoon, TELL_MS);
  teller.unref();
  tellSoon();

  return {
    own,
    client,
    peers,
    /** Fetches our calls from nodes that cannot call us. */
    startRelay: () =>
      startMessenger({
        client,
        reception,
        sides: () => pinned.uncallable(!deps.reachable),
        mayGo: (node) => deps.store.transaction((tx) => tx.takeLease(`relay ${node}`, deps.holder, 30_000)),
        left: (node) => deps.store.transaction((tx) => tx.releaseLease(`relay ${node}`, deps.holder)),
        warn: (what, message) => log.warn(what, message),
      }),
    /** Connections that were stopped for this reason go on. */
    async goOn(code: ErrorCode) {
      for (const side of await pinned.troubled(code)) await deps.engine().reached(side.id);
    },
    sign: async (text: string) => own.current().key.sign(text).toString('base64url'),
    routes: (app: FastifyInstance) =>
      protocolRoutes(app, {
        reception,
        prefix: new URL(deps.url).pathname.replace(/\/+$/, ''),
        wellKnown: (query) => wellKnown({ card: () => cardOf(about), instances: () => deps.instances(), cardOf: (instance) => deps.cardOf(instance) }, query),
      }),
    async close() {
      clearInterval(timer);
      clearInterval(teller);
      waits.close();
      await roads.close();
      await own.close();
    },
  };
}
