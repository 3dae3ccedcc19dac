import type { Readable } from 'node:stream';
import type { Tracker } from '../connectors/connector.ts';
import type { EntityLink, EntityRef, FieldValue } from '../core/entity.ts';
import type { Answer, CommentEntry, FileEntry, GlobalId, ReplicaMessage } from '../core/replica.ts';
import type { Intent, Problem, Trace, Twin } from '../core/twin.ts';
import type { CallContext } from '../lib/http.ts';
import type { Rules, Target } from '../rules/rules.ts';

/** A tracker account as the engine sees it. Rows are values: never changed in place, always saved anew. */
export interface Instance {
  /** Unique in the world: global ids begin with it. */
  readonly id: string;
  /** Short name that people type: `acme` in `acme/4711`. */
  readonly slug: string;
  readonly platform: string;
  readonly name: string;
  readonly url: string;
  /** Settings and credentials, decrypted. Never logged, never answered. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly defaultType: string | null;
  /** No calls before this moment (rate limit). ISO. */
  readonly pausedUntil: string | null;
  /** Stops everything on the instance until somebody mends it (credentials). */
  readonly problem: Problem | null;
  readonly cursor: string | null;
  readonly polledAt: string | null;
  /** What the webhook's registration has to remember; null: none. */
  readonly webhook: Readonly<Record<string, string>> | null;
  readonly createdAt: string;
  /** Choices of its admins; absent: the defaults of `operations/preferences.ts`. */
  readonly preferences?: {
    readonly reach?: 'public' | 'private';
    readonly whoMayConnect?: 'anyone' | 'allow-list' | 'nobody';
    readonly allowList?: readonly string[];
    readonly timeZone?: string;
  };
}

/** The other half's node, as it was pinned at the handshake, and what it said of its instance. */
export interface RemotePeer {
  /** Id of the node. */
  readonly node: string;
  /** Where it can be called; null: it calls us. */
  readonly url: string | null;
  /** Its Ed25519 public key, 32 bytes in base64url. Only what is signed with it is taken. */
  readonly key: string;
  /** Version of its software, and of the protocol that both speak. */
  readonly version: string;
  readonly protocol: number;
  readonly capabilities: readonly string[];
  /** Its instance: the short name there, the platform with its words, the tracker's address, the scope. */
  readonly slug: string;
  readonly platform: string;
  readonly platformName: string;
  readonly nouns: { readonly entity: string; readonly entities: string; readonly scope: string | null };
  readonly trackerUrl: string;
  readonly scope: { readonly id: string; readonly name: string } | null;
  /** Who set up the half there, for people. */
  readonly setUpBy?: string;
}

/** What the other side did with its half, as it told us. */
export interface PeerState {
  readonly status: 'active' | 'deactivated' | 'removed';
  /** Who did it there, for people; null: nobody said. */
  readonly by: string | null;
  readonly at: string;
}

/** Our half of a connection. Both halves of a local connection live in the same store. */
export interface Side {
  readonly id: string;
  readonly connection: string;
  readonly name: string;
  /** As it stands in addresses and commands; unique on a node, and stays when the name changes. */
  readonly slug?: string;
  readonly description: string;
  readonly mode: 'basic';
  readonly instance: string;
  /** Where incoming entities are created; null where the platform has no scopes. */
  readonly scope: string | null;
  /**
   * The other half: a side of this node, or one of another node (`remote`). `side` and `instance` are empty while nobody has accepted. `name` is the
   * instance's, for people.
   */
  readonly peer: { readonly kind: 'local' | 'node'; readonly side: string; readonly instance: string; readonly name: string; readonly remote?: RemotePeer };
  /** Exactly one side leads; it refuses stale replicas. */
  readonly leads: boolean;
  /** Who wins when both sides changed one field. Agreed at the handshake. */
  readonly policy: 'lead' | 'follow' | 'hold';
  readonly status: 'pending' | 'active' | 'deactivated' | 'error';
  /** What the other side did last; absent: it is as we are. */
  readonly peerState?: PeerState;
  /** Who switched our half on or off last, and when; absent: nobody since it was set up. */
  readonly switched?: { readonly by: string; readonly at: string };
  /** When the name or the description was changed last, on either side: the later one stays. Absent: never. */
  readonly namedAt?: string;
  /** Who set up our half, for people. */
  readonly setUpBy?: string;
  /** `automatic`: each new entity of the instance is offered to the connection. Basic mode starts by hand. */
  readonly start: 'manual' | 'automatic';
  /** Where the feed stood when the connection was switched off: new entities are looked for from there on activation. */
  readonly resumeFrom: string | null;
  readonly problem: Problem | null;
  readonly createdAt: string;
}

/** What we remember of an entity, whatever the number of its twins. */
export interface EntityState {
  readonly instance: string;
  readonly ref: EntityRef;
  /** The version that was looked at last; null: must be looked at. */
  readonly version: string | null;
  /** `instance:entity` where a human created it, when that was not here. Unique per instance. */
  readonly origin: string | null;
}

export interface Conflict {
  readonly id: string;
  readonly side: string;
  readonly twin: string;
  /** Field name, or the global id of a comment. */
  readonly what: string;
  readonly ours: FieldValue | undefined;
  readonly theirs: FieldValue | undefined;
  readonly decision: 'ours' | 'theirs' | 'hold';
  /** Seen only after our write had replaced the value. */
  readonly late: boolean;
  readonly at: string;
}

export interface ApiCall {
  readonly instance: string;
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly ms: number;
}

/** One look at a twin that did something, or tried to. Append-only; what the console's timeline shows. */
export interface SyncRun {
  readonly id: string;
  readonly side: string;
  readonly twin: string;
  /** captured: something to send was found · sent: the peer has it · received: the peer's replica came in · applied: written here · in-sync: the peer has applied ours · linked: our entity shows where the other one is. */
  readonly stage: 'captured' | 'sent' | 'received' | 'applied' | 'in-sync' | 'linked' | 'nothing' | 'failed' | 'ended';
  /** Why it was looked at: `webhook`, `poll`, `manual`, `retry`, `peer`, `start`. */
  readonly trigger: string;
  readonly at: string;
  readonly ms: number;
  readonly rules: string;
  readonly changes: readonly { readonly what: string; readonly before?: unknown; readonly after?: unknown; readonly decision?: string }[];
  readonly calls: readonly ApiCall[];
  readonly problem: Problem | null;
}

export interface JobOptions {
  readonly trigger: string;
  readonly priority: 'interactive' | 'normal' | 'bulk';
  /** Not before, milliseconds since 1970. A waiting job is brought forward, never put back. */
  readonly notBefore?: number;
}

/** One transaction. Reads for change lock what they return until the transaction ends. */
export interface Tx {
  instance(id: string): Promise<Instance | null>;
  saveInstance(instance: Instance): Promise<void>;

  side(id: string): Promise<Side | null>;
  sidesOfInstance(instance: string): Promise<readonly Side[]>;
  saveSide(side: Side): Promise<void>;

  /** Locked. */
  twin(side: string, id: string): Promise<Twin | null>;
  saveTwin(twin: Twin): Promise<void>;
  /** All twins with this local entity, ended ones included; locked, in the order of side and id. */
  twinsOfEntity(instance: string, ref: EntityRef): Promise<readonly Twin[]>;
  /** By id, after `after`, at most `limit`. Not locked. */
  twinsOfSide(side: string, after: string | null, limit: number): Promise<readonly Twin[]>;
  /** Is a twin of this instance active and not yet created at the tracker? */
  creationsPending(instance: string): Promise<boolean>;

  entity(instance: string, ref: EntityRef): Promise<EntityState | null>;
  saveEntity(entity: EntityState): Promise<void>;
  entityByOrigin(instance: string, origin: string): Promise<EntityRef | null>;

  /** In the order in which they were first saved. */
  traces(instance: string, entity: EntityRef): Promise<readonly Trace[]>;
  /** Unique by (instance, entity, gid) and by (instance, entity, kind, local); replaces the row of the same gid. */
  saveTrace(trace: Trace): Promise<void>;
  dropTrace(trace: Trace): Promise<void>;

  intentsOfEntity(instance: string, entity: EntityRef): Promise<readonly Intent[]>;
  intentsOfTwin(side: string, twin: string): Promise<readonly Intent[]>;
  /** Pending creations of entities on the instance. */
  creationIntents(instance: string): Promise<readonly Extract<Intent, { kind: 'entity' }>[]>;
  /** Inserts or replaces by id. */
  saveIntent(intent: Intent): Promise<void>;
  dropIntents(ids: readonly string[]): Promise<void>;

  addConflict(conflict: Conflict): Promise<void>;
  addRun(run: SyncRun): Promise<void>;

  /** At most one job of a twin waits; a more urgent or earlier request brings it forward. */
  enqueue(side: string, twin: string, options: JobOptions): Promise<void>;

  /** Takes the lease `key` for `holder` until now + ttl, or says no. The holder may renew it. */
  takeLease(key: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Is it still ours? Locks it, so that what is committed with it cannot have been overtaken. */
  holdsLease(key: string, holder: string): Promise<boolean>;
  releaseLease(key: string, holder: string): Promise<void>;
}

export interface Store {
  /** All or nothing. May run `work` again after a serialisation failure, so `work` does nothing but use `tx`. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

export interface Trackers {
  /** By id, or the row itself where it was just read. Throws EntenteError when the instance is unknown, TrackerError when it can't be opened. */
  of(instance: string | Instance): Promise<Tracker>;
  /** What can be created there. Cached for minutes. */
  target(instance: string | Instance, scope: string | null, call: CallContext): Promise<Target>;
}

/** Counters of one twin, as compared after a start. */
export interface TwinCounters {
  readonly twin: string;
  readonly status: Twin['status'];
  readonly outSeq: number;
  readonly lastNonce: string;
  readonly acked: number;
  readonly seen: number;
  readonly seenNonce: string;
  readonly flight: ReplicaMessage | null;
}

/** What a peer knows about a twin, for a side that has gone back in time. */
export interface TwinMemory extends TwinCounters {
  readonly entity: EntityLink | null;
  /** Our ref, as the peer knows it. */
  readonly peer: EntityLink | null;
  readonly origin: string | null;
  readonly link: Twin['link'];
  /** outgoing(shadow): what both had agreed to, in replica form. */
  readonly agreed: {
    readonly fields: Readonly<Record<string, FieldValue>>;
    readonly comments: Readonly<Record<GlobalId, CommentEntry>>;
    readonly files: Readonly<Record<GlobalId, FileEntry>>;
  };
  readonly traces: readonly {
    readonly gid: GlobalId;
    readonly kind: Trace['kind'];
    readonly local: string | null;
    readonly peer: string | null;
    readonly viaThis: boolean;
    readonly author: string | null;
  }[];
}

/** The way to the other half of a connection. Throws PeerError when it could not be asked. */
export interface Peers {
  send(side: Side, message: ReplicaMessage): Promise<Answer>;
  /** We have applied: the sender may take its flight as acknowledged. Loss does no harm. */
  applied(side: Side, twin: string, answer: Answer): Promise<void>;
  /** Our half has ended. False: the peer does not listen now (its connection is off); it has to be told later. */
  ended(side: Side, twin: string, reason: string): Promise<boolean>;
  /** The peer's counters of the connection's active twins, in pages by twin id. */
  counters(side: Side, after: string | null): Promise<readonly TwinCounters[]>;
  /** Offers our counters, so that the peer can notice that it has gone back. */
  offerCounters(side: Side, counters: readonly TwinCounters[]): Promise<void>;
  recall(side: Side, twin: string): Promise<TwinMemory | null>;
  /** Which of these values of our replica does the peer's incoming rule map to what it holds as agreed? Field names and global ids. */
  compare(
    side: Side,
    twin: string,
    ours: { readonly fields: Readonly<Record<string, FieldValue>>; readonly comments: Readonly<Record<GlobalId, CommentEntry>> },
  ): Promise<readonly string[]>;
  /** Content of a file that the peer has told us of. Throws FileGone when the tracker there no longer has it. */
  openFile(side: Side, twin: string, gid: GlobalId, signal: AbortSignal): Promise<Readable>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** Everything that the engine needs from the outside. */
export interface EngineDeps {
  readonly store: Store;
  readonly trackers: Trackers;
  readonly peers: Peers;
  readonly clock: Clock;
  /** A new unique id; nonces too. */
  id(): string;
  rules(side: Side): Rules;
  /** A name for this process: two processes must never share one. */
  readonly holder: string;
  /** 0 ≤ x < 1, to spread retries. */
  random(): number;
  /** How long an unacknowledged replica rests before it is sent again. Default 30 s. */
  readonly redeliverMs?: number;
}
