import type { Connector } from '../../connectors/connector.ts';
import type { Instance, Side } from '../../engine/ports.ts';
import type { Callee, PeerClient } from '../ports.ts';
import type { Half, InstanceCard, NodeCard, Proposal } from '../wire.ts';

/** Who does something, for people and to recognise them again: a person's id, or the name of a token. */
export interface Actor {
  readonly id: string;
  readonly name: string;
  /** From inside a tracker's frame: the session there does not come along into the tab that the other side sends back. */
  readonly framed?: true;
}

interface Row {
  readonly id: string;
  readonly connection: string;
  /** ISO. */
  readonly expiresAt: string;
  readonly createdAt: string;
}

/** What we proposed; one for each connection that began here. Its id is the connection's. */
export interface Outgoing extends Row {
  /** claiming: the browser has brought the code back, and the other side has yet to answer. */
  readonly status: 'open' | 'claiming' | 'active' | 'over';
  readonly path: 'admin' | 'invitation';
  readonly side: string;
  readonly instance: string;
  /** The address that was entered. */
  readonly wanted: string | null;
  /** What was found there. */
  readonly destination: { readonly node: NodeCard; readonly instance: InstanceCard } | null;
  readonly proposal: Proposal;
  readonly startedBy: Actor;
  /** Admin path: the request's id on the other side. */
  readonly request: string | null;
  /** Why it is over. */
  readonly ended: 'refused' | 'cancelled' | null;
  /** Digest of the state that goes through the browser. */
  readonly mark: string | null;
  readonly secret: { readonly state: string; readonly verifier: string; readonly code: string | null } | null;
}

/** What is proposed to an instance here. */
export interface Incoming extends Row {
  /** accepting: an invitation that we have accepted, and whose node has yet to answer. */
  readonly status: 'open' | 'confirmed' | 'accepting' | 'claimed' | 'refused' | 'cancelled';
  readonly instance: string;
  readonly wanted: string;
  readonly proposal: Proposal;
  readonly challenge: string;
  readonly returnUrl: string;
  /** Until when access was proved, and by whom. */
  readonly verified: { readonly by: string; readonly until: string; readonly scopes: readonly { readonly id: string; readonly name: string }[] } | null;
  /** Our half, once somebody has confirmed. */
  readonly half: Half | null;
  /** Until when the code that went back with the browser can be used. */
  readonly codeUntil: string | null;
  readonly confirmedBy: Actor | null;
  readonly secret: { readonly state: string; readonly code: string | null };
}

/** An invitation that was made here. */
export interface Made extends Row {
  readonly status: 'open' | 'used' | 'revoked';
  readonly boundTo: string | null;
  readonly createdBy: string;
  /** The node that it was left with, since we cannot be called. */
  readonly leftWith: Callee | null;
  /** Node and half that used it. */
  readonly usedBy: { readonly key: string; readonly side: string } | null;
  readonly secret: { readonly secret: string };
}

/** An invitation of a node that cannot be called, left with us. */
export interface Left extends Row {
  readonly status: 'open' | 'accepted' | 'done' | 'refused';
  readonly key: string;
  readonly half: Half | null;
  /** Error code that it was refused with. */
  readonly refusal: string | null;
  readonly secret: { readonly secret: string } | null;
}

export interface Rows {
  outgoing: Outgoing;
  incoming: Incoming;
  invitation: Made;
  left: Left;
}
export type Kind = keyof Rows;

/** Something that the other side has yet to be told. */
export interface Notice {
  /** A later notice of the same key replaces it. */
  readonly key: string;
  readonly side: string;
  readonly callee: Callee;
  readonly path: string;
  readonly body: unknown;
  readonly since: string;
  readonly attempts: number;
  readonly nextAt: string;
}

/** One transaction. What is read is locked until it ends. */
export interface HandshakeTx {
  /** Of those that lock the same name, one goes on at a time: for rows that are not there yet. */
  lock(name: string): Promise<void>;
  get<K extends Kind>(kind: K, id: string): Promise<Rows[K] | null>;
  /** By the digest `mark`. */
  marked(mark: string): Promise<Outgoing | null>;
  put<K extends Kind>(kind: K, row: Rows[K]): void;
  drop(kind: Kind, id: string): void;
  ofConnection<K extends Kind>(kind: K, connection: string): Promise<readonly Rows[K][]>;

  sides(): Promise<readonly Side[]>;
  side(id: string): Promise<Side | null>;
  saveSide(side: Side): void;
  /** The half goes, and with it, later, its twins. Tickets and traces stay. */
  dropSide(side: Side): void;

  tell(notice: Notice): void;
  notice(key: string): Promise<Notice | null>;
  dropNotice(key: string): void;
}

export interface HandshakeStore {
  transaction<T>(work: (tx: HandshakeTx) => Promise<T>): Promise<T>;
  /** Without locks, the oldest first. `status` null: all. */
  list<K extends Kind>(kind: K, status: Rows[K]['status'] | null): Promise<readonly Rows[K][]>;
  due(now: string, limit: number): Promise<readonly Notice[]>;
  /** Deletes a page of what belonged to removed halves; false: nothing is left. */
  sweepRemoved(): Promise<boolean>;
  /** Deletes rows that ended or expired before a moment. */
  forget(before: string): Promise<void>;
}

/** Something that is written down for people. */
export interface HandshakeEvent {
  readonly action: string;
  readonly sentence: string;
  readonly by: string;
  readonly where: 'here' | 'there';
  /** Id. */
  readonly connection: string;
  /** Slug of the connection at that time. */
  readonly slug: string;
  /** Id. */
  readonly instance: string;
}

export interface HandshakeDeps {
  readonly store: HandshakeStore;
  readonly client: PeerClient;
  /** Ed25519 with the node's key; base64url. */
  sign(text: string): Promise<string>;
  /** Our public address. */
  readonly url: string;
  /** Nodes that know others, by address. */
  readonly directories: readonly string[];
  instance(id: string): Promise<Instance | null>;
  instances(): Promise<readonly Instance[]>;
  connector(platform: string): Pick<Connector, 'id' | 'name' | 'nouns'>;
  /** Switches our half on or off. */
  switchSide(side: string, active: boolean): Promise<void>;
  /** All twins of the half are looked at: what was kept goes out. */
  touch(side: string, trigger: string): Promise<void>;
  recordEvent(event: HandshakeEvent): Promise<void>;
  warn(what: string, error: unknown): void;
  readonly now: () => number;
}
