import type { Tracker } from '../../src/connectors/connector.ts';
import { type MemoryProfile, MemoryTrackerServer, openMemory, PROFILES, type ProfileName } from '../../src/connectors/memory/index.ts';
import type { ReplicaMessage } from '../../src/core/replica.ts';
import { TrackerError } from '../../src/core/tracker-error.ts';
import { createEngine, type Engine, FileGone, PeerError } from '../../src/engine/index.ts';
import type { Conflict, Instance, Peers, Side, Store } from '../../src/engine/ports.ts';
import { createMemoryStore, type Dump, type MemoryStore } from '../../src/store/memory/index.ts';
import { modelRules } from './rules.ts';
import { Scheduler } from './scheduler.ts';

export type Policy = Side['policy'];
export interface Link {
  readonly ends: readonly [string, string];
  readonly lead: string;
  readonly policy: Policy;
  readonly visibility: 'public-only' | 'as-they-are' | 'all-public';
}

/** The store of a node. `now`: the world's clock. */
export type MakeStore = (node: string, now: () => number) => MemoryStore;

export interface ModelNode {
  readonly name: string;
  readonly platform: ProfileName;
  readonly server: MemoryTrackerServer;
  readonly tracker: Tracker;
  readonly store: MemoryStore;
  engine: Engine;
  backup: Dump | null;
  restored: boolean;
}

const CALL = { signal: new AbortController().signal, priority: 'normal' as const };
const short = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/\{"type":"(root|paragraph|strong)","children":\[|\]\}|\{"type":"text","value":|,?"(at|type|size|author)":("[^"]*"|\d+)|"value":/g, '')
    .replace(/}}+/g, '}');
const brief = ({ before, after, comments, files }: ReplicaMessage): string =>
  [
    ...Object.keys(after).flatMap((field) =>
      short(before[field] ?? null) === short(after[field]) ? [] : [`${field} ${short(before[field] ?? null)}→${short(after[field])}`],
    ),
    ...Object.entries({ ...comments, ...files }).map(([gid, e]) => `${gid} ${short(e.before)}→${short(e.after)}`),
  ].join(' · ');
const sideId = (conn: string, node: string): string => `${conn}:${node}`;

/** Nodes with a store, an engine and a tracker each, joined by a network that loses and repeats. Everything that the world does is decided by `chance`. */
export class World {
  readonly clock = { t: 0, now: () => this.clock.t };
  readonly scheduler = new Scheduler();
  readonly nodes = new Map<string, ModelNode>();
  readonly links: Readonly<Record<string, Link>>;
  readonly log: string[] = [];
  /** Messages that were sent, to be repeated. */
  readonly old: { to: string; side: string; message: ReplicaMessage }[] = [];
  readonly bad = new Set<string>();
  /** In quiet rounds the network is perfect. */
  lossy = true;
  private ids = 0;
  private readonly chance: () => number;
  readonly verbose: boolean;

  constructor(
    links: Readonly<Record<string, Link>>,
    platforms: Readonly<Record<string, ProfileName>>,
    automatic: boolean,
    chance: () => number,
    verbose: boolean,
    tweak: (profile: MemoryProfile) => MemoryProfile = (p) => p,
    makeStore: MakeStore = (_name, now) => createMemoryStore({ now, keep: 400 }),
  ) {
    this.links = links;
    this.chance = chance;
    this.verbose = verbose;
    for (const [name, platform] of Object.entries(platforms)) {
      const server = new MemoryTrackerServer({ name: name.toLowerCase(), profile: tweak(PROFILES[platform]), clock: this.clock });
      const store = makeStore(name, this.clock.now);
      server.gate = (label, ref) => {
        if (!label.endsWith('feed')) this.say(`  ${name} ${label} ${ref ?? ''}`);
        return this.scheduler.gate();
      };
      const node: ModelNode = {
        name,
        platform,
        server,
        tracker: openMemory(server),
        store,
        engine: undefined as unknown as Engine,
        backup: null,
        restored: false,
      };
      this.nodes.set(name, node);
      this.boot(node);
    }
    this.automatic = automatic;
  }
  private readonly automatic: boolean;

  say(text: string): void {
    if (this.verbose) this.log.push(`${this.clock.t} ${text}`);
  }

  async prepare(): Promise<void> {
    for (const node of this.nodes.values())
      await node.store.transaction(async (tx) => {
        const at = new Date(0).toISOString();
        const instance: Instance = {
          id: node.name,
          slug: node.name,
          platform: 'memory',
          name: node.name,
          url: '',
          settings: {},
          defaultType: null,
          pausedUntil: null,
          problem: null,
          cursor: '0',
          polledAt: null,
          webhook: null,
          createdAt: at,
        };
        await tx.saveInstance(instance);
        for (const [conn, link] of Object.entries(this.links)) {
          if (!link.ends.includes(node.name)) continue;
          const other = link.ends[0] === node.name ? link.ends[1] : link.ends[0];
          await tx.saveSide({
            id: sideId(conn, node.name),
            connection: conn,
            name: conn,
            description: '',
            mode: 'basic',
            instance: node.name,
            scope: null,
            peer: { kind: 'node', side: sideId(conn, other), instance: other, name: other },
            leads: link.lead === node.name,
            policy: link.policy,
            status: 'active',
            start: this.automatic ? 'automatic' : 'manual',
            resumeFrom: null,
            problem: null,
            createdAt: at,
          });
        }
      });
  }

  /** A new process on the node's store. */
  boot(node: ModelNode): void {
    const { gate } = this.scheduler;
    const store: Store = {
      transaction: async (work) => {
        await gate();
        return node.store.transaction(work);
      },
    };
    node.engine = createEngine({
      store,
      trackers: {
        of: async () => this.watched(node),
        target: async () => ({ types: node.server.profile.types, defaultType: null, internalComments: node.tracker.capabilities.comments.internal }),
      },
      peers: this.network(node, gate),
      clock: this.clock,
      id: () => `n${++this.ids}`,
      random: () => 0.5,
      rules: (side) => {
        const link = this.links[side.connection];
        if (!link) throw new Error(`no connection ${side.connection}`);
        return modelRules(node.server.profile.text === 'rich', link.visibility);
      },
      holder: `${node.name}${++this.ids}`,
      redeliverMs: 5,
    });
  }

  node(name: string): ModelNode {
    const node = this.nodes.get(name);
    if (!node) throw new Error(`no node ${name}`);
    return node;
  }

  /** The tracker, with every write checked against the connection's state. */
  private watched(node: ModelNode): Tracker {
    return node.tracker;
  }

  private network(node: ModelNode, gate: () => Promise<void>): Peers {
    const engine = (side: Side): Engine => this.node(side.peer.instance).engine;
    const travel = async <T>(work: () => Promise<T>): Promise<T> => {
      await gate();
      const lost = this.lossy ? this.chance() : 1;
      if (lost < 0.1) throw new PeerError('lost on the way');
      const answer = await work();
      if (lost < 0.2) throw new PeerError('the answer was lost');
      return answer;
    };
    return {
      send: (side, message) =>
        travel(() => {
          this.old.push({ to: side.peer.instance, side: side.peer.side, message });
          if (this.verbose) this.say(`  ${node.name} sends ${message.twin} #${message.seq} seen ${message.seen} ${brief(message)}`);
          return engine(side).receive(side.peer.side, message);
        }),
      applied: (side, twin, answer) => travel(() => engine(side).applied(side.peer.side, twin, answer)).catch(() => {}),
      ended: (side, twin, reason) => travel(() => engine(side).ended(side.peer.side, twin, reason)),
      counters: (side, after) => travel(() => engine(side).counters(side.peer.side, after)),
      offerCounters: (side, counters) => travel(() => engine(side).offerCounters(side.peer.side, counters)),
      recall: (side, twin) => travel(() => engine(side).recall(side.peer.side, twin)),
      compare: (side, twin, ours) => travel(() => engine(side).compare(side.peer.side, twin, ours)),
      openFile: async (side, twin, gid) => {
        const peer = this.node(side.peer.instance);
        const rows = peer.store.rows;
        const there = rows.twins.find((t) => t.id === twin && t.side === side.peer.side);
        const trace = rows.traces.find((row) => row.gid === gid && row.entity === there?.local);
        if (!there?.local || !peer.tracker.files) throw new PeerError('the file cannot be had');
        if (!trace) throw new FileGone(gid);
        const entity = peer.server.entities.get(there.local);
        if (entity?.gone || entity?.files.find((file) => file.id === trace.local)?.gone) throw new FileGone(gid);
        const opened = await peer.tracker.files.open(there.local, trace.local, CALL).catch((error: unknown) => {
          throw error instanceof TrackerError && error.kind === 'not-found' ? new FileGone(gid) : error;
        });
        return opened.stream;
      },
    };
  }

  // ---- the machine
  async startJob(node: ModelNode, key: string): Promise<void> {
    if (this.scheduler.busy(node.name, key)) return;
    const job = node.store.takeJob(key);
    if (!job) return;
    const at = key.indexOf('/');
    this.say(`run ${node.name} ${key} (${job.trigger})`);
    await this.scheduler.start(node.name, key, 'run', async () => {
      const { again } = await node.engine.run(key.slice(0, at), key.slice(at + 1), { trigger: job.trigger, priority: job.priority, signal: CALL.signal });
      if (again) await node.store.transaction((tx) => tx.enqueue(key.slice(0, at), key.slice(at + 1), { trigger: 'again', priority: 'normal' }));
    });
  }

  async poll(node: ModelNode): Promise<void> {
    if (this.scheduler.busy(node.name, 'poll')) return;
    await this.scheduler.start(node.name, 'poll', 'poll', async () => {
      try {
        await node.engine.poll(node.name, CALL);
      } catch {
        // A tracker that is away is polled again.
      }
    });
  }

  /** The process dies and starts again; the queue gives its jobs out anew. */
  crash(node: ModelNode): void {
    this.say(`crash ${node.name}`);
    const jobs = this.scheduler.waiting.filter((task) => task.node === node.name && task.label === 'run').map((task) => task.key);
    this.scheduler.crash(node.name);
    node.store.crash();
    this.boot(node);
    for (const key of jobs) this.requeue(node, key);
    for (const key of node.store.leases()) node.store.dropLease(key);
  }

  /** Conflicts that were told before a database went back in time. */
  readonly told: Conflict[] = [];

  /** The database of an earlier moment; its jobs are those of its unfinished twins. */
  restore(node: ModelNode, dump: Dump): void {
    this.say(`restore ${node.name}`);
    this.scheduler.crash(node.name);
    node.store.crash();
    this.told.push(...node.store.rows.conflicts);
    node.store.load(dump);
    node.store.jobs.clear();
    for (const key of node.store.leases()) node.store.dropLease(key);
    this.boot(node);
    for (const twin of dump.twins)
      if (twin.status === 'active' ? twin.dirty || twin.inbox || twin.flight : twin.bye) this.requeue(node, `${twin.side}/${twin.id}`);
  }

  requeue(node: ModelNode, key: string): void {
    if (!node.store.jobs.has(key)) node.store.jobs.set(key, { trigger: 'start', priority: 'normal' });
  }

  async repeat(index: number): Promise<void> {
    const message = this.old[index];
    if (!message) return;
    this.say(`dup to ${message.to} #${message.message.seq}`);
    await this.node(message.to).engine.receive(message.side, message.message);
  }
}
