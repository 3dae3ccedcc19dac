import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { afterAll } from 'vitest';
import type { Instance, RemotePeer, Side } from '../../src/engine/ports.ts';
import { createEgress, parseAllowPrivate } from '../../src/lib/egress.ts';
import { createRoads, type ProxySettings } from '../../src/lib/road.ts';
import { bootHeader } from '../../src/protocol/boots.ts';
import { createPeerClient, cardOf as nodeCard, type SigningClient } from '../../src/protocol/client.ts';
import { createFetcher, createHttpWire } from '../../src/protocol/http-wire.ts';
import { newBoot, newKeyPair, newNodeId, signingKey } from '../../src/protocol/identity.ts';
import type { OwnNode } from '../../src/protocol/own-node.ts';
import type { Callee, PeerHandler } from '../../src/protocol/ports.ts';
import { createReception, type Reception } from '../../src/protocol/reception.ts';
import { protocolRoutes } from '../../src/protocol/routes.ts';
import { SignatureRefused } from '../../src/protocol/signature.ts';
import { wellKnown } from '../../src/protocol/well-known.ts';
import type { InstanceCard } from '../../src/protocol/wire.ts';

export interface ProtocolNode {
  readonly own: OwnNode;
  readonly client: SigningClient;
  readonly reception: Reception;
  /** As others call it. */
  readonly callee: Callee & { readonly url: string };
  /** What was written to the log. */
  readonly warnings: { readonly what: Readonly<Record<string, unknown>>; readonly message: string }[];
  /** Pins the other node on a connection. */
  pin(connection: string, other: ProtocolNode): void;
}

interface Options {
  /** Whatever is on loopback may be called; false: nothing that is private. Default true. */
  readonly loopback?: boolean;
  readonly proxy?: ProxySettings;
  readonly instances?: readonly Instance[];
}

/** A node as far as others can see it, without database, engine and trackers. */
export async function protocolNode(handle: PeerHandler = async () => undefined, options: Options = {}): Promise<ProtocolNode> {
  const { key, seed } = newKeyPair();
  const state: ReturnType<OwnNode['current']> = { id: newNodeId(), key: signingKey(key, seed), boots: [newBoot()], real: null, guard: null };
  const own: OwnNode = {
    current: () => state,
    bootHeader: () => bootHeader(state.boots, null),
    assertFree: () => {},
    onChange: () => {},
    rival: async () => {},
    answerGuard: async () => {},
    rotateKey: async () => {},
    formerKeys: () => new Map(),
    keyTold: async () => {},
    close: async () => {},
  };
  const pinned = new Map<string, Side>();
  const seen = new Set<string>();
  const warnings: ProtocolNode['warnings'] = [];
  const reception = createReception({
    own,
    replay: {
      async assertNew(by, nonce) {
        if (seen.has(`${by} ${nonce}`)) throw new SignatureRefused('replayed', 'The request has been sent before.');
        seen.add(`${by} ${nonce}`);
      },
      prune: async () => {},
    },
    boots: { assertOneChain: async () => {}, moved: async () => {} },
    sideOf: async (connection) => pinned.get(connection) ?? null,
    knows: async (by) => [...pinned.values()].some(({ peer }) => peer.remote?.key === by),
    handlers: [handle],
    reached: async () => {},
    warn: (what, message) => void warnings.push({ what, message }),
    now: Date.now,
  });
  const app = Fastify({ forceCloseConnections: true });
  await app.register((scope) =>
    protocolRoutes(scope, {
      reception,
      prefix: '',
      wellKnown: (query) =>
        wellKnown({ card: () => nodeCard({ own, url: null, version: '0' }), instances: async () => options.instances ?? [], cardOf }, query),
    }),
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const allowPrivate = new Proxy(parseAllowPrivate(''), {
    get: (target, name) => (name === 'has' ? () => options.loopback !== false : Reflect.get(target, name)),
  });
  const egress = createEgress({ allowPrivate });
  const roads = createRoads({ egress, ...(options.proxy ? { proxy: options.proxy } : {}) });
  const direct = createHttpWire({ egress, roads });
  const client = createPeerClient({
    own,
    url,
    version: '0',
    direct,
    relayed: direct,
    fetch: createFetcher({ egress, roads }),
    sideOf: async () => null,
    now: Date.now,
  });
  afterAll(async () => {
    await app.close();
    await roads.close();
  });
  const node: ProtocolNode = {
    own,
    client,
    reception,
    callee: { node: state.id, url, key },
    warnings,
    pin(connection, other) {
      const remote = { node: other.callee.node, url: other.callee.url, key: other.callee.key } as RemotePeer;
      pinned.set(connection, {
        id: randomBytes(4).toString('hex'),
        connection,
        status: 'active',
        peer: { kind: 'node', side: '', instance: '', name: '', remote },
      } as unknown as Side);
    },
  };
  return node;
}

const cardOf = ({ id, slug, name, url }: Instance): InstanceCard => ({
  id,
  slug,
  name,
  platform: 'desk',
  platformName: 'Desk',
  nouns: { entity: 'ticket', entities: 'tickets', scope: null },
  url,
});
