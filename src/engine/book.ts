import type { EntityRef } from '../core/entity.ts';
import type { GlobalId } from '../core/replica.ts';
import type { Intent, Trace, Twin } from '../core/twin.ts';
import type { EntityState, Tx } from './ports.ts';

/**
 * Everything that we know of one local entity, inside one transaction: its twins, traces and intents. Changes are collected and written by `save`,
 * each row once.
 */
export class Book {
  readonly instance: string;
  readonly ref: EntityRef;
  private readonly tx: Tx;
  private readonly twinRows = new Map<string, Twin>();
  private traceRows: Trace[];
  private intentRows: Intent[];
  private state: EntityState;
  private readonly changedTwins = new Set<string>();
  private readonly changedTraces = new Set<string>();
  private droppedTraces: Trace[] = [];
  private readonly changedIntents = new Set<string>();
  private droppedIntents: string[] = [];
  private stateChanged = false;

  private constructor(
    tx: Tx,
    instance: string,
    ref: EntityRef,
    twins: readonly Twin[],
    traces: readonly Trace[],
    intents: readonly Intent[],
    state: EntityState,
  ) {
    this.tx = tx;
    this.instance = instance;
    this.ref = ref;
    for (const twin of twins) this.twinRows.set(key(twin.side, twin.id), twin);
    this.traceRows = [...traces];
    this.intentRows = [...intents];
    this.state = state;
  }

  static async open(tx: Tx, instance: string, ref: EntityRef): Promise<Book> {
    const twins = await tx.twinsOfEntity(instance, ref);
    const traces = await tx.traces(instance, ref);
    const intents = await tx.intentsOfEntity(instance, ref);
    return new Book(tx, instance, ref, twins, traces, intents, (await tx.entity(instance, ref)) ?? { instance, ref, version: null, origin: null });
  }

  twins(): readonly Twin[] {
    return [...this.twinRows.values()];
  }
  twin(side: string, id: string): Twin | undefined {
    return this.twinRows.get(key(side, id));
  }
  /** By id alone: a traced comment or an intent names the twin of this entity. */
  twinNamed(id: string): Twin | undefined {
    return this.twins().find((twin) => twin.id === id);
  }
  setTwin(twin: Twin): void {
    this.twinRows.set(key(twin.side, twin.id), twin);
    this.changedTwins.add(key(twin.side, twin.id));
  }

  traces(kind: Trace['kind']): readonly Trace[] {
    return this.traceRows.filter((row) => row.kind === kind);
  }
  trace(gid: GlobalId): Trace | undefined {
    return this.traceRows.find((row) => row.gid === gid);
  }
  traceOf(kind: Trace['kind'], local: string): Trace | undefined {
    return this.traceRows.find((row) => row.kind === kind && row.local === local);
  }
  put(row: Omit<Trace, 'instance' | 'entity' | 'peers'> & { peers?: Trace['peers'] }): void {
    const trace: Trace = { peers: this.trace(row.gid)?.peers ?? {}, ...row, instance: this.instance, entity: this.ref };
    const at = this.traceRows.findIndex((x) => x.gid === row.gid);
    if (at < 0) this.traceRows.push(trace);
    else this.traceRows[at] = trace;
    this.changedTraces.add(row.gid);
  }
  drop(trace: Trace): void {
    this.traceRows = this.traceRows.filter((row) => row.gid !== trace.gid);
    this.changedTraces.delete(trace.gid);
    this.droppedTraces.push(trace);
  }

  intents(): readonly Intent[] {
    return this.intentRows;
  }
  setIntent(intent: Intent): void {
    this.intentRows = [...this.intentRows.filter((x) => x.id !== intent.id), intent];
    this.changedIntents.add(intent.id);
  }
  dropIntents(which: (intent: Intent) => boolean): void {
    for (const intent of this.intentRows.filter(which)) {
      this.changedIntents.delete(intent.id);
      this.droppedIntents.push(intent.id);
    }
    this.intentRows = this.intentRows.filter((intent) => !which(intent));
  }

  entity(): EntityState {
    return this.state;
  }
  setEntity(change: Partial<EntityState>): void {
    if (Object.entries(change).every(([k, v]) => this.state[k as keyof EntityState] === v)) return;
    this.state = { ...this.state, ...change };
    this.stateChanged = true;
  }

  async save(): Promise<void> {
    for (const trace of this.droppedTraces) await this.tx.dropTrace(trace);
    for (const gid of this.changedTraces) {
      const row = this.trace(gid);
      if (row) await this.tx.saveTrace(row);
    }
    if (this.droppedIntents.length) await this.tx.dropIntents(this.droppedIntents);
    for (const intent of this.intentRows) if (this.changedIntents.has(intent.id)) await this.tx.saveIntent(intent);
    for (const k of this.changedTwins) {
      const twin = this.twinRows.get(k);
      if (twin) await this.tx.saveTwin(twin);
    }
    if (this.stateChanged) await this.tx.saveEntity(this.state);
    this.changedTraces.clear();
    this.changedIntents.clear();
    this.changedTwins.clear();
    this.droppedIntents = [];
    this.droppedTraces = [];
    this.stateChanged = false;
  }
}

const key = (side: string, id: string): string => `${side}/${id}`;
