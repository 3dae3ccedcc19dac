import type { z } from 'zod';
import type * as schema from './schemas.ts';

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

/** A request of a tracker to our webhook address. */
interface Notice {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * Everything that the REST API can do. Each method throws EntenteError, or TrackerError when a tracker failed; the server renders both.
 * `signal` ends the work when the caller has gone.
 */
export interface Operations {
  platforms(): Promise<PlatformView[]>;

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

  /** Verified before it is parsed; hints are stored before it resolves. */
  notice(instance: string, notice: Notice): Promise<'taken' | 'unknown' | 'unsigned'>;
  /** Calls back whenever something happened to a twin (its id), or to anything (null), on any process. Returns how to stop. */
  watch(listener: (twin: string | null) => void): () => void;
  /** Throws when the node cannot work: no database, no queue. */
  ready(): Promise<void>;
}
