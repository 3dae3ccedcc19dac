import type { Intent, Trace, Twin } from '../../core/twin.ts';
import type { Conflict, EntityState, Instance, Side, SyncRun } from '../../engine/ports.ts';
import { keyOf, Table } from './table.ts';

interface Lease {
  readonly key: string;
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Positions of the indexes, as given to each table below. */
export const BY = {
  slug: 0,
  instance: 0,
  twinEntity: 0,
  twinSide: 1,
  twinUncreated: 2,
  origin: 0,
  traceEntity: 0,
  intentEntity: 0,
  intentTwin: 1,
  intentCreation: 2,
} as const;

/** Everything that a store holds. */
export interface Tables {
  readonly instances: Table<Instance>;
  readonly sides: Table<Side>;
  readonly twins: Table<Twin>;
  readonly entities: Table<EntityState>;
  readonly traces: Table<Trace>;
  readonly intents: Table<Intent>;
  readonly leases: Table<Lease>;
  readonly conflicts: Conflict[];
  readonly runs: SyncRun[];
  /** Ids of all conflicts and runs ever added. */
  readonly recorded: Set<string>;
}

export const createTables = (): Tables => ({
  instances: new Table(
    (row) => row.id,
    (row) => row.slug,
  ),
  sides: new Table(
    (row) => row.id,
    (row) => row.instance,
  ),
  twins: new Table(
    (row) => keyOf(row.side, row.id),
    (row) => (row.local === null ? null : keyOf(row.instance, row.local)),
    (row) => row.side,
    (row) => (row.status === 'active' && row.local === null ? row.instance : null),
  ),
  entities: new Table(
    (row) => keyOf(row.instance, row.ref),
    (row) => (row.origin === null ? null : keyOf(row.instance, row.origin)),
  ),
  traces: new Table(
    (row) => keyOf(row.instance, row.entity, row.gid),
    (row) => keyOf(row.instance, row.entity),
  ),
  intents: new Table(
    (row) => row.id,
    (row) => (row.entity === null ? null : keyOf(row.instance, row.entity)),
    (row) => keyOf(row.side, row.twin),
    (row) => (row.kind === 'entity' ? row.instance : null),
  ),
  leases: new Table((row) => row.key),
  conflicts: [],
  runs: [],
  recorded: new Set(),
});
