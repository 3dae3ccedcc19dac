import type { EntityRef } from '../../core/entity.ts';
import type { Intent, Trace, Twin } from '../../core/twin.ts';
import type { Conflict, EntityState, Instance, JobOptions, Side, SyncRun, Tx } from '../../engine/ports.ts';
import { keyOf, type Undo } from './table.ts';
import { BY, type Tables } from './tables.ts';

type Keep = <Row>(row: Row, what: string) => Row;
const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const bySideAndId = (a: Twin, b: Twin) => (a.side < b.side ? -1 : a.side > b.side ? 1 : byId(a, b));

/** A transaction that writes at once and remembers how to take everything back. Only one is open at a time, so each has what it reads to itself. */
export class MemoryTx implements Tx {
  readonly conflicts: Conflict[] = [];
  readonly runs: SyncRun[] = [];
  readonly jobs: [key: string, job: JobOptions][] = [];
  readonly #undo: Undo[] = [];
  readonly #tables: Tables;
  readonly #keep: Keep;
  readonly #now: () => number;
  over = false;

  constructor(tables: Tables, keep: Keep, now: () => number) {
    this.#tables = tables;
    this.#keep = keep;
    this.#now = now;
  }

  get #open(): Tables {
    if (this.over) throw new Error('This transaction is over: every call has to be awaited before it ends.');
    return this.#tables;
  }

  end(): void {
    this.over = true;
  }

  takeBack(): void {
    this.over = true;
    for (let i = this.#undo.length - 1; i >= 0; i--) this.#undo[i]?.();
  }

  async instance(id: string): Promise<Instance | null> {
    return this.#open.instances.get(id) ?? null;
  }

  async saveInstance(instance: Instance): Promise<void> {
    const { instances } = this.#open;
    const other = instances.find(BY.slug, instance.slug).find((row) => row.id !== instance.id);
    if (other) throw new Error(`Another instance has the short name ${instance.slug} already.`);
    instances.put(this.#keep(instance, 'instance'), this.#undo);
  }

  async side(id: string): Promise<Side | null> {
    return this.#open.sides.get(id) ?? null;
  }

  async sidesOfInstance(instance: string): Promise<readonly Side[]> {
    return this.#open.sides.find(BY.instance, instance).sort(byId);
  }

  async saveSide(side: Side): Promise<void> {
    this.#open.sides.put(this.#keep(side, 'side'), this.#undo);
  }

  async twin(side: string, id: string): Promise<Twin | null> {
    return this.#open.twins.get(keyOf(side, id)) ?? null;
  }

  async saveTwin(twin: Twin): Promise<void> {
    this.#open.twins.put(this.#keep(twin, 'twin'), this.#undo);
  }

  async twinsOfEntity(instance: string, ref: EntityRef): Promise<readonly Twin[]> {
    return this.#open.twins.find(BY.twinEntity, keyOf(instance, ref)).sort(bySideAndId);
  }

  async twinsOfSide(side: string, after: string | null, limit: number): Promise<readonly Twin[]> {
    const twins = this.#open.twins.find(BY.twinSide, side);
    return (after === null ? twins : twins.filter((twin) => twin.id > after)).sort(byId).slice(0, limit);
  }

  async creationsPending(instance: string): Promise<boolean> {
    return this.#open.twins.find(BY.twinUncreated, instance).length > 0;
  }

  async entity(instance: string, ref: EntityRef): Promise<EntityState | null> {
    return this.#open.entities.get(keyOf(instance, ref)) ?? null;
  }

  async saveEntity(entity: EntityState): Promise<void> {
    const { entities } = this.#open;
    const { instance, origin, ref } = entity;
    const other = origin === null ? undefined : entities.find(BY.origin, keyOf(instance, origin)).find((row) => row.ref !== ref);
    if (other) throw new Error(`Entity ${other.ref} has the origin ${origin} already.`);
    entities.put(this.#keep(entity, 'entity'), this.#undo);
  }

  async entityByOrigin(instance: string, origin: string): Promise<EntityRef | null> {
    return this.#open.entities.find(BY.origin, keyOf(instance, origin))[0]?.ref ?? null;
  }

  async traces(instance: string, entity: EntityRef): Promise<readonly Trace[]> {
    return this.#open.traces.find(BY.traceEntity, keyOf(instance, entity));
  }

  async saveTrace(trace: Trace): Promise<void> {
    const { traces } = this.#open;
    const key = keyOf(trace.instance, trace.entity, trace.gid);
    if (traces.get(key)?.local !== trace.local)
      for (const row of traces.find(BY.traceEntity, keyOf(trace.instance, trace.entity)))
        if (row.local === trace.local && row.kind === trace.kind && row.gid !== trace.gid)
          throw new Error(`The ${trace.kind} ${trace.local} is traced already, as ${row.gid}.`);
    traces.put(this.#keep(trace, 'trace'), this.#undo);
  }

  async dropTrace(trace: Trace): Promise<void> {
    this.#open.traces.delete(keyOf(trace.instance, trace.entity, trace.gid), this.#undo);
  }

  async intentsOfEntity(instance: string, entity: EntityRef): Promise<readonly Intent[]> {
    return this.#open.intents.find(BY.intentEntity, keyOf(instance, entity));
  }

  async intentsOfTwin(side: string, twin: string): Promise<readonly Intent[]> {
    return this.#open.intents.find(BY.intentTwin, keyOf(side, twin));
  }

  async creationIntents(instance: string): Promise<readonly Extract<Intent, { kind: 'entity' }>[]> {
    return this.#open.intents.find(BY.intentCreation, instance).filter((intent) => intent.kind === 'entity');
  }

  async saveIntent(intent: Intent): Promise<void> {
    this.#open.intents.put(this.#keep(intent, 'intent'), this.#undo);
  }

  async dropIntents(ids: readonly string[]): Promise<void> {
    const { intents } = this.#open;
    for (const id of ids) intents.delete(id, this.#undo);
  }

  async addConflict(conflict: Conflict): Promise<void> {
    this.#record(`conflict ${conflict.id}`);
    this.conflicts.push(this.#keep(conflict, 'conflict'));
  }

  async addRun(run: SyncRun): Promise<void> {
    this.#record(`run ${run.id}`);
    this.runs.push(this.#keep(run, 'run'));
  }

  #record(what: string): void {
    const { recorded } = this.#open;
    if (recorded.has(what)) throw new Error(`There is a ${what} already.`);
    recorded.add(what);
    this.#undo.push(() => void recorded.delete(what));
  }

  async enqueue(side: string, twin: string, options: JobOptions): Promise<void> {
    void this.#open;
    this.jobs.push([`${side}/${twin}`, options]);
  }

  async takeLease(key: string, holder: string, ttlMs: number): Promise<boolean> {
    const { leases } = this.#open;
    const now = this.#now();
    const lease = leases.get(key);
    if (lease && lease.holder !== holder && lease.until > now) return false;
    leases.put({ key, holder, until: now + ttlMs }, this.#undo);
    return true;
  }

  async holdsLease(key: string, holder: string): Promise<boolean> {
    return this.#open.leases.get(key)?.holder === holder;
  }

  async releaseLease(key: string, holder: string): Promise<void> {
    const { leases } = this.#open;
    if (leases.get(key)?.holder === holder) leases.delete(key, this.#undo);
  }
}
