import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { z } from 'zod';
import type { Connector } from '../../src/connectors/connector.ts';
import { MemoryTrackerServer, memory, memoryServers, PROFILES, type ProfileName } from '../../src/connectors/memory/index.ts';
import { EntenteError } from '../../src/core/errors.ts';
import { createEngine, type Engine } from '../../src/engine/index.ts';
import type { Instance, Side } from '../../src/engine/ports.ts';
import { createVault } from '../../src/lib/secrets.ts';
import { createOperations } from '../../src/operations/index.ts';
import { createReads } from '../../src/operations/postgres-reads.ts';
import { createLocalPeers } from '../../src/peers/local.ts';
import { createPeople } from '../../src/people/index.ts';
import { createHandshake, createHandshakeStore, type Handshake } from '../../src/protocol/handshake/index.ts';
import type { HandshakeEvent } from '../../src/protocol/handshake/ports.ts';
import type { PeerClient } from '../../src/protocol/ports.ts';
import { CAPABILITIES, type InstanceCard, type NodeCard } from '../../src/protocol/wire.ts';
import { basicRules } from '../../src/rules/basic.ts';
import type { Caller, Role } from '../../src/server/authentication.ts';
import type { Operations } from '../../src/server/operations.ts';
import { createPostgresStore } from '../../src/store/postgres.ts';
import { createQueue } from '../../src/store/queue.ts';
import { connectTrackers } from '../../src/trackers.ts';
import { testDatabase } from '../database.ts';

/** Joins nodes in one process, in place of HTTP. What crosses it has been JSON. */
export class Net {
  readonly nodes: TestNode[] = [];
  /** Paths of calls, newest last. */
  readonly calls: string[] = [];
  /** Calls whose path matches do not arrive. */
  cut: RegExp | null = null;
  /** Calls whose path matches arrive, and their answers do not. */
  mute: RegExp | null = null;
  clock = { offset: 0, now: () => Date.now() + this.clock.offset };

  at(url: string): TestNode | undefined {
    return this.nodes.find((node) => url === node.url || url.startsWith(`${node.url}/`));
  }

  client(own: () => TestNode): PeerClient {
    const reach = (node: TestNode | undefined, label: string): TestNode => {
      if (!node) throw new EntenteError('no-node');
      if (this.cut?.test(label) || !node.reachable) throw new EntenteError('peer-unavailable', 'The other node does not answer.');
      return node;
    };
    const shown = (node: TestNode, instance: Instance) => ({ node: node.card, instance: cardOf(instance) });
    return {
      card: async () => own().card,
      discover: async (url) => {
        const node = reach(this.at(url), 'discover');
        const slug = url.slice(node.url.length + 1).split('/')[0] ?? '';
        const all = await node.instances();
        const named = slug === '' ? all : all.filter((instance) => instance.slug === slug);
        if (named.length > 1) throw new EntenteError('several-instances');
        const [instance] = named;
        if (!instance) throw new EntenteError('no-node');
        return shown(node, instance);
      },
      serves: async (url, tracker) => {
        const node = reach(this.at(url), 'serves');
        this.calls.push(`serves ${url} ${tracker}`);
        const found = (await node.instances()).find((instance) => tracker.startsWith(instance.url));
        return found ? shown(node, found) : null;
      },
      call: async (to, path, body, answer) => {
        // One that cannot be called is reached by a relay, which this net does without.
        const node = reach(
          this.nodes.find(({ card }) => card.id === to.node),
          path,
        );
        this.calls.push(path);
        const caller = { node: own().card.id, key: own().card.key };
        try {
          if (node.card.key !== to.key) throw new EntenteError('bad-signature');
          const [area, id] = path.split('/');
          const side = area === 'connections' ? ((await node.sides()).find((it) => it.connection === id && it.peer.remote?.key === caller.key) ?? null) : null;
          if (area === 'connections' && !side) throw new EntenteError('peer-gone');
          const said = await node.handshake.handle({ path: path.split('/'), body: json(body), caller, side });
          if (said === undefined) throw new EntenteError('not-found');
          if (this.mute?.test(path)) throw new EntenteError('peer-unavailable', 'The answer was lost.');
          return answer.parse(json(said));
        } catch (error) {
          if (error instanceof z.ZodError) throw new EntenteError('peer-refused', z.prettifyError(error));
          throw error;
        }
      },
      stream: async () => {
        throw new Error('not here');
      },
    };
  }
}

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
const cardOf = ({ id, slug, name, url }: Instance): InstanceCard => ({
  id,
  slug,
  name,
  platform: 'memory',
  platformName: 'Memory',
  nouns: { ...memory.nouns },
  url,
});

export interface TestNode {
  readonly url: string;
  readonly card: NodeCard;
  reachable: boolean;
  readonly handshake: Handshake;
  readonly engine: Engine;
  readonly events: HandshakeEvent[];
  instances(): Promise<Instance[]>;
  sides(): Promise<readonly Side[]>;
  change(slug: string, preferences: Instance['preferences']): Promise<void>;
  /** As a person with these roles, by slug; or as one who runs the node. */
  as(name: string, roles?: Readonly<Record<string, Role>>): Operations;
  tracker(slug: string): MemoryTrackerServer;
  /** Everything that goes on by itself, now. */
  tick(): Promise<void>;
  /** A new process on the same database. */
  restart(): void;
}

export interface NodeShape {
  /** By slug: the profile, and its scopes. */
  readonly instances: Readonly<Record<string, { readonly profile?: ProfileName; readonly scopes?: readonly string[]; readonly url?: string }>>;
  readonly directories?: readonly string[];
}

/** A node on a database of its own. Call at the top of a test file. */
export async function testNode(net: Net, name: string, shape: NodeShape): Promise<TestNode> {
  const { url: databaseUrl, pool } = await testDatabase();
  await (await createQueue(databaseUrl)).stop();
  const vault = createVault(randomBytes(32));
  const store = createPostgresStore({ pool, vault });
  const url = `https://${name}.example`;
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const card: NodeCard = {
    id: `node-${name}-${randomBytes(4).toString('hex')}`,
    url,
    key: publicKey.export({ format: 'jwk' }).x ?? '',
    version: '0.1.0',
    protocol: { newest: 1, oldest: 1 },
    capabilities: [...CAPABILITIES],
  };
  const connectors = [memory as unknown as Connector];
  const trackers = connectTrackers({ store, connectors, allowPrivate: new Set() });
  const servers = new Map<string, MemoryTrackerServer>();
  for (const [slug, { profile = 'zendesk', scopes = [], url: at }] of Object.entries(shape.instances)) {
    const server = new MemoryTrackerServer({
      name: `${name}-${slug}-${randomBytes(4).toString('hex')}`,
      profile: { ...PROFILES[profile], scopes: scopes.map((scope) => ({ id: scope.toLowerCase(), name: scope })) },
      clock: { now: Date.now },
    });
    memoryServers.set(server.name, server);
    servers.set(slug, server);
    await store.transaction((tx) =>
      tx.saveInstance({
        id: `i-${slug}-${randomBytes(4).toString('hex')}`,
        slug,
        platform: 'memory',
        name: slug.replace(/^./, (letter) => letter.toUpperCase()),
        url: at ?? `https://${slug}.tracker.example`,
        settings: { server: server.name },
        defaultType: null,
        pausedUntil: null,
        problem: null,
        cursor: null,
        polledAt: null,
        webhook: null,
        createdAt: new Date().toISOString(),
      }),
    );
  }
  const engine: Engine = createEngine({
    store,
    trackers,
    peers: createLocalPeers({ engine: () => engine, store, trackers }),
    clock: { now: Date.now },
    id: () => randomBytes(12).toString('base64url'),
    rules: () => basicRules,
    holder: name,
    random: Math.random,
  });
  const reads = createReads({ pool });
  const instances = async () => {
    const found = await Promise.all((await reads.instanceIds()).map((id) => store.transaction((tx) => tx.instance(id))));
    return found.filter((instance) => instance !== null);
  };
  const events: HandshakeEvent[] = [];
  const client = net.client(() => node);
  const build = () =>
    createHandshake({
      store: createHandshakeStore({ pool, vault }),
      client,
      sign: async (text) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
      url,
      directories: shape.directories ?? [],
      instance: (id) => store.transaction((tx) => tx.instance(id)),
      instances,
      connector: (platform) => trackers.connector(platform),
      switchSide: (side, active) => (active ? engine.activate(side) : engine.deactivate(side)),
      touch: (side, trigger) => engine.touchSide(side, trigger),
      recordEvent: async (event) => void events.push(event),
      warn: (what, error) => {
        throw new Error(`${what} failed`, { cause: error });
      },
      now: net.clock.now,
    });
  let handshake = build();
  const operations = () =>
    createOperations({
      store,
      engine,
      trackers,
      reads,
      connectors,
      instanceChanged: () => {},
      watch: () => () => {},
      now: net.clock.now,
      url,
      version: '0.1.0',
      pollSeconds: 60,
      noWebhookBecause: () => null,
      appMark: async () => 'mark',
      handshake,
      own: null as never,
      people: createPeople({ pool, instanceIds: () => reads.instanceIds() }),
      nodeId: async () => card.id,
    });
  const ids = new Map((await instances()).map(({ slug, id }) => [slug, id]));
  const node: TestNode = {
    url,
    card,
    reachable: true,
    get handshake() {
      return handshake;
    },
    engine,
    events,
    instances,
    sides: () => reads.sides(),
    async change(slug, preferences) {
      await store.transaction(async (tx) => {
        const instance = await tx.instance(ids.get(slug) ?? '');
        if (instance) await tx.saveInstance({ ...instance, ...(preferences ? { preferences } : {}) });
      });
    },
    as(person, roles) {
      const caller: Caller = {
        user: person.toLowerCase(),
        name: person,
        email: `${person.toLowerCase()}@${name}.example`,
        operator: roles === undefined,
        roles: Object.fromEntries(Object.entries(roles ?? {}).map(([slug, role]) => [ids.get(slug) ?? '', role])),
        confinedTo: null,
      };
      return operations().as(caller);
    },
    tracker: (slug) => {
      const server = servers.get(slug);
      if (!server) throw new Error(`no tracker ${slug}`);
      return server;
    },
    tick: () => handshake.tick(AbortSignal.timeout(10_000)),
    restart() {
      handshake = build();
    },
  };
  net.nodes.push(node);
  return node;
}

/** What goes back and forth with a browser. */
export const partsOf = (redirect: string) => {
  const url = new URL(redirect);
  return {
    url,
    id: url.pathname.split('/').at(-1) ?? '',
    state: url.searchParams.get('state') ?? '',
    code: url.searchParams.get('code') ?? '',
    error: url.searchParams.get('error'),
  };
};

export const soon = () => AbortSignal.timeout(30_000);

/** The code of an error, or `none`. */
export async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof EntenteError) return error.code;
    throw error;
  }
}
