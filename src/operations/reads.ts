import type { Twin } from '../core/twin.ts';
import type { Conflict, Side, SyncRun } from '../engine/ports.ts';

/** Our halves of a connection with what the list shows of it. */
export interface ConnectionFacts {
  /** The leading side first; one, when the other half lives on another node. */
  readonly sides: readonly Side[];
  /** Active twins. */
  readonly twins: number;
  /** Active twins with a problem. */
  readonly problems: number;
  readonly lastSyncAt: string | null;
}

/** What the operations read besides the engine's own store. Outside any transaction, nothing is locked. */
export interface Reads {
  /** Ids, in the order in which they are shown. */
  instanceIds(): Promise<readonly string[]>;
  instanceIdBySlug(slug: string): Promise<string | null>;
  /** Removes an instance with everything that was remembered of its entities. False: it has connections. */
  removeInstance(id: string): Promise<boolean>;
  /** By name. Costs as much as there are active twins: for one connection, `facts`. */
  connections(): Promise<readonly ConnectionFacts[]>;
  /** Every half of every connection, the leading ones first. */
  sides(): Promise<readonly Side[]>;
  /** Of one connection, by its id. */
  facts(connection: string): Promise<Omit<ConnectionFacts, 'sides'>>;
  /** Our halves of the twin: two on a local connection. */
  halves(twin: string): Promise<readonly Twin[]>;
  /** Ids of the twins that have this URN on either side. */
  twinsByUrn(urn: string, instance: string | null): Promise<readonly string[]>;
  /** Ids of twins, newest first, and where the next page begins. `sides`: only twins of these halves; null: of all. */
  twinPage(query: {
    readonly sides: readonly string[] | null;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<{ readonly ids: readonly string[]; readonly next: string | null }>;
  /** Of all halves, newest first. */
  runs(twin: string): Promise<readonly SyncRun[]>;
  /** Of all twins of these halves, newest first, at most 200. */
  runsOfSides(sides: readonly string[]): Promise<readonly SyncRun[]>;
  conflicts(twin: string): Promise<readonly Conflict[]>;
  /** Ids of the twins that have a problem, the oldest first. `sides` as in `twinPage`. */
  troubled(sides: readonly string[] | null): Promise<readonly string[]>;
  /** `sides` as in `twinPage`. */
  queue(sides: readonly string[] | null): Promise<{ readonly waiting: number; readonly running: number; readonly oldestAt: string | null }>;
  ready(): Promise<void>;
}
