import type { Conflict, JobOptions, Store, SyncRun } from '../../engine/ports.ts';

/** A store, and a look at what the port does not let one read. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Jobs that wait, by `side/twin`. */
  jobs(): Promise<ReadonlyMap<string, JobOptions>>;
  runs(side: string, twin: string): Promise<readonly SyncRun[]>;
  conflicts(side: string, twin: string): Promise<readonly Conflict[]>;
}

export const transactionOf =
  ({ store }: StoreUnderTest): Store['transaction'] =>
  (work) =>
    store.transaction(work);
