import type pg from 'pg';
import type { EntityRef } from '../core/entity.ts';
import type { Intent, Trace, Twin } from '../core/twin.ts';
import type { Conflict, EntityState, Instance, JobOptions, Side, Store, SyncRun, Tx } from '../engine/ports.ts';
import type { Vault } from '../lib/secrets.ts';
import { addConflict } from './conflict.ts';
import { enqueue } from './enqueue.ts';
import { readEntity, readEntityByOrigin, saveEntity } from './entity.ts';
import { readInstance, saveInstance } from './instance.ts';
import { dropIntents, readCreationIntents, readIntentsOfEntity, readIntentsOfTwin, saveIntent } from './intent.ts';
import { holdsLease, releaseLease, takeLease } from './lease.ts';
import { addRun } from './run.ts';
import { inSession, type Session } from './session.ts';
import { readSide, readSidesOfInstance, saveSide } from './side.ts';
import { dropTrace, readTraces, saveTrace } from './trace.ts';
import { readCreationsPending, readTwin, readTwinsOfEntity, readTwinsOfSide, saveTwin } from './twin.ts';

export interface PostgresStoreOptions {
  /** From `createPool`. */
  readonly pool: pg.Pool;
  /** Seals the settings of instances. */
  readonly vault: Vault;
}

/** The store of a node. The database has been migrated. */
export function createPostgresStore({ pool, vault }: PostgresStoreOptions): Store {
  return { transaction: (work) => inSession(pool, (session) => work(new PostgresTx(session, vault))) };
}

const keyOf = (twin: { side: string; id: string }) => JSON.stringify([twin.side, twin.id]);

class PostgresTx implements Tx {
  readonly #session: Session;
  readonly #vault: Vault;
  /** Rows as this transaction has seen them, so that only what changed is written. */
  readonly #instances = new Map<string, Instance>();
  readonly #sides = new Map<string, Side>();
  readonly #twins = new Map<string, Twin>();

  constructor(session: Session, vault: Vault) {
    this.#session = session;
    this.#vault = vault;
  }

  async instance(id: string): Promise<Instance | null> {
    const instance = await readInstance(this.#session, this.#vault, id);
    if (instance) this.#instances.set(id, instance);
    return instance;
  }

  async saveInstance(instance: Instance): Promise<void> {
    saveInstance(this.#session, this.#vault, this.#instances.get(instance.id), instance);
    this.#instances.set(instance.id, instance);
  }

  async side(id: string): Promise<Side | null> {
    const side = await readSide(this.#session, id);
    if (side) this.#sides.set(id, side);
    return side;
  }

  async sidesOfInstance(instance: string): Promise<readonly Side[]> {
    const sides = await readSidesOfInstance(this.#session, instance);
    for (const side of sides) this.#sides.set(side.id, side);
    return sides;
  }

  async saveSide(side: Side): Promise<void> {
    saveSide(this.#session, this.#sides.get(side.id), side);
    this.#sides.set(side.id, side);
  }

  async twin(side: string, id: string): Promise<Twin | null> {
    const twin = await readTwin(this.#session, side, id);
    if (twin) this.#twins.set(keyOf(twin), twin);
    return twin;
  }

  async saveTwin(twin: Twin): Promise<void> {
    saveTwin(this.#session, this.#twins.get(keyOf(twin)), twin);
    this.#twins.set(keyOf(twin), twin);
  }

  async twinsOfEntity(instance: string, ref: EntityRef): Promise<readonly Twin[]> {
    const twins = await readTwinsOfEntity(this.#session, instance, ref);
    for (const twin of twins) this.#twins.set(keyOf(twin), twin);
    return twins;
  }

  // Not locked, so not remembered: what was read may be old when it is saved.
  twinsOfSide(side: string, after: string | null, limit: number): Promise<readonly Twin[]> {
    return readTwinsOfSide(this.#session, side, after, limit);
  }

  creationsPending(instance: string): Promise<boolean> {
    return readCreationsPending(this.#session, instance);
  }

  entity(instance: string, ref: EntityRef): Promise<EntityState | null> {
    return readEntity(this.#session, instance, ref);
  }

  async saveEntity(entity: EntityState): Promise<void> {
    saveEntity(this.#session, entity);
  }

  entityByOrigin(instance: string, origin: string): Promise<EntityRef | null> {
    return readEntityByOrigin(this.#session, instance, origin);
  }

  traces(instance: string, entity: EntityRef): Promise<readonly Trace[]> {
    return readTraces(this.#session, instance, entity);
  }

  async saveTrace(trace: Trace): Promise<void> {
    saveTrace(this.#session, trace);
  }

  async dropTrace(trace: Trace): Promise<void> {
    dropTrace(this.#session, trace);
  }

  intentsOfEntity(instance: string, entity: EntityRef): Promise<readonly Intent[]> {
    return readIntentsOfEntity(this.#session, instance, entity);
  }

  intentsOfTwin(side: string, twin: string): Promise<readonly Intent[]> {
    return readIntentsOfTwin(this.#session, side, twin);
  }

  creationIntents(instance: string): Promise<readonly Extract<Intent, { kind: 'entity' }>[]> {
    return readCreationIntents(this.#session, instance);
  }

  async saveIntent(intent: Intent): Promise<void> {
    saveIntent(this.#session, intent);
  }

  async dropIntents(ids: readonly string[]): Promise<void> {
    dropIntents(this.#session, ids);
  }

  async addConflict(conflict: Conflict): Promise<void> {
    addConflict(this.#session, conflict);
  }

  async addRun(run: SyncRun): Promise<void> {
    addRun(this.#session, run);
  }

  async enqueue(side: string, twin: string, options: JobOptions): Promise<void> {
    enqueue(this.#session, side, twin, options);
  }

  takeLease(key: string, holder: string, ttlMs: number): Promise<boolean> {
    return takeLease(this.#session, key, holder, ttlMs);
  }

  holdsLease(key: string, holder: string): Promise<boolean> {
    return holdsLease(this.#session, key, holder);
  }

  async releaseLease(key: string, holder: string): Promise<void> {
    releaseLease(this.#session, key, holder);
  }
}
