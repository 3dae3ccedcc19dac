import type { z } from 'zod';
import type { Caller, Role } from './authentication.ts';
import type * as schema from './schemas.ts';
import type * as connecting from './schemas-connecting.ts';
import type * as people from './schemas-people.ts';

export type PlatformView = z.infer<typeof schema.PlatformView>;
export type InstanceView = z.infer<typeof schema.InstanceView>;
export type InstanceInput = z.infer<typeof schema.InstanceInput>;
export type InstancePatch = z.infer<typeof schema.InstancePatch>;
export type CheckView = z.infer<typeof schema.CheckView>;
export type ScopeView = z.infer<typeof schema.ScopeView>;
type TypeView = z.infer<typeof schema.TypeView>;
export type ConnectionView = z.infer<typeof schema.ConnectionView>;
export type ConnectionInput = z.infer<typeof schema.ConnectionInput>;
export type EntityView = z.infer<typeof schema.EntityView>;
export type TwinStatusView = z.infer<typeof schema.TwinStatus>;
export type TwinView = z.infer<typeof schema.TwinView>;
type TwinQuery = z.infer<typeof schema.TwinQuery>;
export type TwinPage = z.infer<typeof schema.TwinPage>;
export type StageView = z.infer<typeof schema.StageView>;
export type ProgressView = z.infer<typeof schema.Progress>;
export type RunView = z.infer<typeof schema.RunView>;
export type ListedProblem = z.infer<typeof schema.ProblemView>;
export type ProblemView = z.infer<typeof schema.Problem>;
type QueueView = z.infer<typeof schema.QueueView>;
export type PlaceView = z.infer<typeof schema.Place>;
export type TrialInput = z.infer<typeof schema.TrialInput>;
export type NodeView = z.infer<typeof schema.NodeView>;
export type LookupInput = z.infer<typeof connecting.LookupInput>;
export type LookupView = z.infer<typeof connecting.LookupView>;
export type InitiateInput = z.infer<typeof connecting.InitiateInput>;
export type InitiateView = z.infer<typeof connecting.InitiateView>;
export type InvitationView = z.infer<typeof connecting.InvitationView>;
export type ProposalView = z.infer<typeof connecting.ProposalView>;
export type InvitationSummary = z.infer<typeof connecting.InvitationSummary>;
export type AcceptInput = z.infer<typeof connecting.AcceptInput>;
export type ConsentView = z.infer<typeof connecting.ConsentView>;
export type VerifyView = z.infer<typeof connecting.VerifyView>;
export type ConfirmInput = z.infer<typeof connecting.ConfirmInput>;
export type DecidedView = z.infer<typeof connecting.DecidedView>;
export type ReturnInput = z.infer<typeof connecting.ReturnInput>;
export type ReturnView = z.infer<typeof connecting.ReturnView>;
export type ConnectionPatch = z.infer<typeof connecting.ConnectionPatch>;
export type EventView = z.infer<typeof connecting.EventView>;
export type EventPage = z.infer<typeof connecting.EventPage>;
export type MemberView = z.infer<typeof people.MemberView>;
export type MemberInput = z.infer<typeof people.MemberInput>;
export type JoinView = z.infer<typeof people.JoinView>;
export type JoinInput = z.infer<typeof people.JoinInput>;
export type TokenView = z.infer<typeof people.TokenView>;
export type TokenInput = z.infer<typeof people.TokenInput>;
export type GuardInput = z.infer<typeof people.GuardInput>;

/** A request of a tracker to our webhook address. */
interface Notice {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The operations as one caller may use them, and what no caller is needed for. */
export interface OperationsFor {
  as(caller: Caller): Operations;
  /** Verified before it is parsed; hints are stored before it resolves. */
  notice(instance: string, notice: Notice): Promise<'taken' | 'unknown' | 'unsigned'>;
  /** Throws when the node cannot work: no database, no queue. */
  ready(): Promise<void>;
  /** What somebody who was given an address to join with is asked for. Throws `not-found` when it is used up. */
  joining(token: string): Promise<JoinView>;
  /** Creates the account, or adds the membership to the one that is there. */
  join(token: string, input: JoinInput): Promise<{ email: string }>;
}

/**
 * Everything that the REST API can do, for one caller: what they may not see does not exist (`unknown-…`), what they may not do is `not-allowed`.
 * Each method throws EntenteError, or TrackerError when a tracker failed; the server renders both. `signal` ends the work when the caller has gone.
 */
export interface Operations {
  node(): Promise<NodeView>;
  /** Operators: says what this node is, after it was found to be a copy or to have gone back in time. */
  answerGuard(input: GuardInput): Promise<NodeView>;
  /** Operators: a new key pair; each peer is told, signed with the old one. */
  rotateKey(): Promise<NodeView>;

  platforms(): Promise<PlatformView[]>;
  /** Tries settings that are not stored. */
  tryInstance(input: TrialInput, signal: AbortSignal): Promise<CheckView>;
  /** Refused while it has connections. Owners. */
  removeInstance(slug: string): Promise<void>;
  /** The app that puts Entente into the tracker's own pages, as a zip file; null where the platform has none. */
  instanceApp(slug: string): Promise<{ name: string; content: Buffer } | null>;

  members(slug: string): Promise<MemberView[]>;
  addMember(slug: string, input: MemberInput): Promise<MemberView>;
  changeMember(slug: string, id: string, role: Role): Promise<MemberView>;
  removeMember(slug: string, id: string): Promise<void>;
  tokens(): Promise<TokenView[]>;
  createToken(input: TokenInput): Promise<TokenView>;
  removeToken(name: string, instance: string | null): Promise<void>;
  /** Newest first. Of one instance or one connection; both null: everything that the caller may see. */
  events(query: { instance: string | null; connection: string | null; after: string | null }): Promise<EventPage>;

  instances(): Promise<InstanceView[]>;
  instance(slug: string): Promise<InstanceView>;
  /** Checks the credentials at the tracker before anything is stored. Missing permissions do not prevent it: they are told. */
  addInstance(input: InstanceInput, signal: AbortSignal): Promise<{ instance: InstanceView; check: CheckView }>;
  /** New credentials are checked first; then everything that waited goes on. */
  changeInstance(slug: string, patch: InstancePatch, signal: AbortSignal): Promise<InstanceView>;
  checkInstance(slug: string, signal: AbortSignal): Promise<CheckView>;
  scopes(slug: string, signal: AbortSignal): Promise<ScopeView[]>;
  types(slug: string, scope: string | null, signal: AbortSignal): Promise<TypeView[]>;

  connections(): Promise<ConnectionView[]>;
  /** By slug or name. */
  connection(name: string): Promise<ConnectionView>;
  createConnection(input: ConnectionInput, signal: AbortSignal): Promise<ConnectionView>;
  setActive(name: string, active: boolean): Promise<ConnectionView>;
  /** What answers at an address. Throws `wrong-address`, `own-address`, `private-address`, `no-node`, `peer-unavailable`, `several-instances`, `takes-no-connections`. */
  lookUp(input: LookupInput, signal: AbortSignal): Promise<LookupView>;
  /** Makes a pending connection, and says where the admin goes next. */
  initiate(input: InitiateInput, signal: AbortSignal): Promise<InitiateView>;
  /** Admin path, window closed on the way: where the browser has to go. */
  resume(name: string, signal: AbortSignal): Promise<{ redirect: string }>;
  /** Ends a pending connection; the other side is told where it can be. */
  cancel(name: string): Promise<void>;
  invitation(name: string): Promise<InvitationView>;
  /** A new code; the one before ends. */
  reissueInvitation(name: string): Promise<InvitationView>;
  revokeInvitation(name: string): Promise<InvitationView>;
  /** What a code proposes. Throws `invitation-…`. */
  readInvitation(code: string, signal: AbortSignal): Promise<InvitationSummary>;
  acceptInvitation(input: AcceptInput, signal: AbortSignal): Promise<ConnectionView>;
  /** Destination of the admin path. */
  consent(id: string): Promise<ConsentView>;
  /** Proves that the tracker can be reached with the stored credentials; counts for a minute. */
  verifyConsent(id: string, signal: AbortSignal): Promise<VerifyView>;
  confirmConsent(id: string, input: ConfirmInput, signal: AbortSignal): Promise<DecidedView>;
  refuseConsent(id: string): Promise<DecidedView>;
  /** The browser is back at the initiator. Again and again gives the same answer. */
  finish(input: ReturnInput, signal: AbortSignal): Promise<ReturnView>;
  changeConnection(name: string, patch: ConnectionPatch): Promise<ConnectionView>;
  /** Ends it on both sides. Tickets stay, links go. */
  removeConnection(name: string): Promise<void>;
  /** Which entity belongs to which: CSV with a header line. */
  mapping(name: string): Promise<string>;

  sync(connection: string, urn: string, signal: AbortSignal): Promise<ProgressView>;
  twins(query: TwinQuery): Promise<TwinPage>;
  twin(id: string): Promise<TwinView>;
  progress(twin: string): Promise<ProgressView>;
  /** Newest first. */
  runs(twin: string): Promise<RunView[]>;
  retry(twin: string): Promise<TwinView>;

  problems(): Promise<ListedProblem[]>;
  /** Returns how many twins are looked at again. */
  retryAll(connection: string | null): Promise<number>;
  queue(): Promise<QueueView>;

  /** Newest first, of all twins of a connection. */
  connectionRuns(name: string): Promise<RunView[]>;
  /** Calls back whenever something happened to a twin (its id), or to anything (null), on any process. Returns how to stop. */
  watch(listener: (twin: string | null) => void): () => void;
}
