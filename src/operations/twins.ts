import type { EntityLink, FieldValue } from '../core/entity.ts';
import { EntenteError } from '../core/errors.ts';
import { plainText, type RichText } from '../core/rich-text/index.ts';
import type { Twin } from '../core/twin.ts';
import type { Instance, Side, SyncRun } from '../engine/ports.ts';
import type { EntityView, ListedProblem, Operations, ProgressView, RunView, TwinView } from '../server/operations.ts';
import { type HalfFacts, stagesOf, statusOf } from '../server/status.ts';
import { assertRole, connectionNamed, connectionsOf, instanceNamed, may, sees, visibleSides } from './access.ts';
import { loadInstance, type OperationsDeps, privateId, publicId, slugOfSide, viewProblem } from './context.ts';
import { resolveUrn, splitUrn } from './urn.ts';

type Part = 'sync' | 'twins' | 'twin' | 'progress' | 'runs' | 'retry' | 'problems' | 'retryAll' | 'queue';

interface Half {
  readonly twin: Twin;
  readonly side: Side;
  readonly instance: Instance;
}

export function twinOperations(deps: OperationsDeps): Pick<Operations, Part> {
  const { engine, reads, store, caller } = deps;

  async function halvesOf(id: string): Promise<Half[]> {
    const halves: Half[] = [];
    for (const twin of await reads.halves(id)) {
      const side = await store.transaction((tx) => tx.side(twin.side));
      if (side && sees(caller, side.instance)) halves.push({ twin, side, instance: await loadInstance(deps, twin.instance) });
    }
    if (halves.length === 0) throw new EntenteError('not-found', 'There is no such twin.');
    // The side that leads is the first one of its connection everywhere.
    return halves.sort((a, b) => Number(b.side.leads) - Number(a.side.leads));
  }

  async function view(id: string): Promise<TwinView> {
    return viewTwin(deps, id, await halvesOf(id));
  }

  /** What the caller may not see is left out; so is what ended with its connection while we looked. */
  async function seen(ids: readonly string[]): Promise<{ view: TwinView; sides: string[] }[]> {
    const views = await Promise.all(
      ids.map(async (id) => {
        const halves = await halvesOf(id).catch((error: unknown) => {
          if (error instanceof EntenteError && error.code === 'not-found') return null;
          throw error;
        });
        return halves && { view: await viewTwin(deps, id, halves), sides: halves.map(({ side }) => side.id) };
      }),
    );
    return views.filter((it) => it !== null);
  }

  async function progress(id: string): Promise<ProgressView> {
    const [halves, runs] = await Promise.all([halvesOf(id), reads.runs(id)]);
    const twin = await viewTwin(deps, id, halves);
    const began = halves.map((half) => half.twin.createdAt).sort()[0] ?? twin.createdAt;
    const { state } = twin.status;
    const own = new Set(halves.map(({ side }) => side.id));
    return {
      twin,
      stages: stagesOf(
        runs.filter(({ side }) => own.has(side)),
        began,
        halves.length === 1,
      ),
      settled: state !== 'syncing',
    };
  }

  async function retry(id: string): Promise<void> {
    for (const { twin, side } of (await halvesOf(id)).filter(({ instance }) => may(caller, instance.id, 'admin')))
      if (twin.status === 'active') await engine.retry(side.id, twin.id);
  }

  const mayMend = async (id: string): Promise<boolean> => (await halvesOf(privateId(id))).some(({ instance }) => may(caller, instance.id, 'admin'));

  /** Of one connection, of one instance, or of both; null: no such wish. */
  async function halvesAsked(connection: string | undefined, instance: string | undefined): Promise<string[] | null> {
    if (connection === undefined && instance === undefined) return null;
    const among =
      connection === undefined ? connectionsOf(caller, await reads.sides()).flatMap(({ sides }) => sides) : (await connectionNamed(deps, connection)).sides;
    const at = instance === undefined ? null : (await instanceNamed(deps, instance)).id;
    return among.filter((side) => at === null || side.instance === at).map(({ id }) => id);
  }

  return {
    async sync(connection, urn, signal) {
      const { sides } = await connectionNamed(deps, connection);
      if (!sides.some((side) => may(caller, side.instance, 'admin'))) assertRole(deps, await loadInstance(deps, sides[0].instance), 'admin');
      const { side, ref, name } = await resolveUrn(deps, sides, urn, signal);
      try {
        return await progress((await engine.sync(side.id, ref, { signal, priority: 'interactive' })).id);
      } catch (error) {
        if (!(error instanceof EntenteError) || error.code !== 'already-under-sync') throw error;
        const [known] = await reads.twinsByUrn(name, side.instance);
        throw new EntenteError('already-under-sync', error.message, known === undefined ? {} : { twin: publicId(known) });
      }
    },

    async twins({ urn, connection, instance, after, limit }) {
      const of = await halvesAsked(connection, instance);
      if (urn !== undefined) {
        const among = new Set(of ?? []);
        const found = await seen(await byUrn(deps, urn));
        return {
          twins: found
            .filter(({ sides }) => of === null || sides.some((side) => among.has(side)))
            .map((it) => it.view)
            .slice(0, limit),
          next: null,
        };
      }
      const page = await reads.twinPage({ sides: of ?? (await visibleSides(deps)), after: after ?? null, limit });
      return { twins: (await seen(page.ids)).map((it) => it.view), next: page.next };
    },

    twin: async (id) => view(privateId(id)),
    progress: async (id) => progress(privateId(id)),

    async runs(id) {
      const halves = await halvesOf(privateId(id));
      const own = new Set(halves.map(({ side }) => side.id));
      const runs = await reads.runs(privateId(id));
      return runs.filter(({ side }) => own.has(side)).map((run) => viewRun(run, halves));
    },

    async retry(id) {
      const [half] = await halvesOf(privateId(id));
      if (half && !(await mayMend(id))) assertRole(deps, half.instance, 'admin');
      await retry(privateId(id));
      return view(privateId(id));
    },

    async problems() {
      const twins = (await seen(await reads.troubled(await visibleSides(deps)))).map((it) => it.view);
      const listed: ListedProblem[] = [];
      for (const id of (await reads.instanceIds()).filter((instance) => sees(caller, instance))) {
        const instance = await loadInstance(deps, id);
        const problem = viewProblem(instance.problem);
        if (problem) listed.push({ problem, connection: null, connectionName: null, instance: instance.slug, twin: null });
      }
      for (const { sides } of connectionsOf(caller, await reads.sides()))
        for (const side of sides) {
          const problem = viewProblem(side.problem);
          if (problem) listed.push({ problem, connection: slugOfSide(side), connectionName: side.name, instance: null, twin: null });
        }
      // What stops a whole instance is said once, not again for each of its twins.
      const stopped = new Set(listed.map(({ problem }) => problem.code));
      for (const twin of twins)
        if (twin.problem && !(twin.problem.level === 'instance' && stopped.has(twin.problem.code)))
          listed.push({ problem: twin.problem, connection: twin.connection, connectionName: twin.connectionName, instance: null, twin });
      return listed;
    },

    async retryAll(connection) {
      const sides = connection === null ? await visibleSides(deps) : (await connectionNamed(deps, connection)).sides.map(({ id }) => id);
      let looked = 0;
      for (const id of await reads.troubled(sides))
        if (await mayMend(publicId(id))) {
          await retry(id);
          looked++;
        }
      return looked;
    },

    queue: async () => reads.queue(await visibleSides(deps)),
  };
}

/** Twins of a URN as a person types it: with or without the instance in front, or the entity's own address. */
async function byUrn(deps: OperationsDeps, urn: string): Promise<readonly string[]> {
  const { reads, caller } = deps;
  const ids = (await reads.instanceIds()).filter((id) => sees(caller, id));
  const instances = await Promise.all(ids.map((id) => loadInstance(deps, id)));
  const remotes = connectionsOf(caller, await reads.sides()).flatMap(({ sides }) =>
    sides.flatMap(({ peer }) => (peer.remote ? [{ id: peer.instance, slug: peer.remote.slug }] : [])),
  );
  for (const { instance, urn: bare } of splitUrn<{ id: string; slug: string }>(urn, [...instances, ...remotes])) {
    const found = await reads.twinsByUrn(bare, instance?.id ?? null);
    if (found.length > 0) return found;
  }
  // An address: its tracker knows which entity it is.
  const at = instances.find(({ url }) => URL.canParse(urn) && URL.canParse(url) && new URL(url).origin === new URL(urn).origin);
  if (!at) return [];
  const tracker = await deps.trackers.of(at.id);
  const ref = await tracker.find(urn, { signal: AbortSignal.timeout(10_000), priority: 'interactive' });
  return (await store(deps, at.id, ref)).map((twin) => twin.id);
}

const store = (deps: OperationsDeps, instance: string, ref: string) => deps.store.transaction((tx) => tx.twinsOfEntity(instance, ref));

async function viewTwin(deps: OperationsDeps, id: string, halves: readonly Half[]): Promise<TwinView> {
  const [first] = halves;
  if (!first) throw new EntenteError('not-found');
  const [from, to] = await Promise.all([entityAt(deps, first, halves[1]), entityOpposite(deps, first, halves[1])]);
  const troubled = halves.map(({ twin }) => twin.problem).filter((problem) => problem !== null);
  // What waits for a person says more than what goes on by itself.
  const problem = troubled.find(({ retryAt }) => retryAt === null) ?? troubled[0] ?? null;
  // What stands here while a conflict is held is only in its record: the shadow keeps what the other side knows.
  const held = halves.some(({ twin }) => Object.keys(twin.held).length > 0) ? await deps.reads.conflicts(id) : [];
  const conflicts = halves.flatMap(({ twin, instance }) =>
    Object.entries(twin.held).map(([what, { theirs }]) => ({
      instance: instance.slug,
      what: nameOfThing(what),
      ours: textOf(held.find((row) => row.side === twin.side && row.what === what)?.ours),
      theirs: textOf(theirs),
    })),
  );
  return {
    id: publicId(id),
    connection: slugOfSide(first.side),
    connectionName: first.side.name,
    summary: summaryOf(halves),
    status: statusOf(halves.map(factsOf), deps.now()),
    from,
    to,
    problem: viewProblem(problem),
    differs: halves.flatMap(({ twin, instance }) =>
      Object.entries(twin.differs).map(([what, reason]) => ({ instance: instance.slug, what: nameOfThing(what), reason })),
    ),
    degraded: halves.flatMap(({ twin, instance }) =>
      Object.entries(twin.degraded ?? {}).map(([what, without]) => ({ instance: instance.slug, what: nameOfThing(what), without: [...without] })),
    ),
    conflicts,
    createdAt: halves.map(({ twin }) => twin.createdAt).sort()[0] ?? first.twin.createdAt,
    inSyncAt: first.twin.inSyncAt,
  };
}

function summaryOf(halves: readonly Half[]): string | null {
  for (const { twin } of halves) {
    const summary = twin.flight?.view.fields.summary ?? twin.shadow.fields.summary ?? twin.inbox?.after.summary;
    if (typeof summary === 'string' && summary !== '') return summary;
  }
  return null;
}

const factsOf = ({ twin, side, instance }: Half): HalfFacts => ({
  instance: instance.name,
  status: twin.status,
  reason: twin.reason,
  busy: twin.dirty || twin.flight !== null || twin.inbox !== null || twin.local === null,
  problem: twin.problem,
  held: Object.keys(twin.held).map(nameOfThing),
  differs: Object.keys(twin.differs).map(nameOfThing),
  inSyncAt: twin.inSyncAt,
  instancePausedUntil: instance.pausedUntil,
  instanceProblem: instance.problem,
  connectionStatus: side.status,
  connectionProblem: side.problem,
  peer: side.peer.name,
  peerStatus: side.peerState?.status ?? 'active',
});

/** The entity on this half; as the other half knows it, where this one has none yet. */
async function entityAt(deps: OperationsDeps, { twin, instance }: Half, other: Half | undefined): Promise<EntityView | null> {
  const link: EntityLink | null = twin.entity ?? other?.twin.peer ?? null;
  if (!link) return null;
  const { name } = deps.trackers.connector(instance.platform);
  return { instance: instance.slug, instanceName: instance.name, platform: instance.platform, platformName: name, urn: link.urn, url: link.url };
}

/** The entity on the other side, which may live on another node or belong to somebody else here. */
async function entityOpposite(deps: OperationsDeps, own: Half, other: Half | undefined): Promise<EntityView | null> {
  if (other) return entityAt(deps, other, own);
  const link = own.twin.peer;
  if (!link) return null;
  const { remote } = own.side.peer;
  const place = remote ?? (await localPlace(deps, own.side));
  return (
    place && {
      instance: place.slug,
      instanceName: own.side.peer.name,
      platform: place.platform,
      platformName: place.platformName,
      urn: link.urn,
      url: link.url,
    }
  );
}

/** What is shown of an instance on this node that the caller is no member of. */
async function localPlace(deps: OperationsDeps, { peer }: Side) {
  const instance = await deps.store.transaction((tx) => tx.instance(peer.instance));
  return instance && { slug: instance.slug, platform: instance.platform, platformName: deps.trackers.connector(instance.platform).name };
}

/** A record of a run for people; `halves`: ours of the connection. */
export function viewRun(run: SyncRun, halves: readonly Omit<Half, 'twin'>[]): RunView {
  const half = halves.find(({ side }) => side.id === run.side);
  const slugs = new Map(halves.map(({ instance }) => [instance.id, instance.slug]));
  return {
    id: run.id,
    instance: half?.instance.slug ?? '',
    instanceName: half?.instance.name ?? '',
    stage: run.stage,
    trigger: run.trigger,
    at: run.at,
    ms: Math.round(run.ms),
    rules: run.rules,
    changes: run.changes.map(({ what, before, after, decision }) => ({
      what: nameOfThing(what),
      before: textOf(before),
      after: textOf(after),
      decision: decision ?? null,
    })),
    calls: run.calls.map((call) => ({ ...call, instance: slugs.get(call.instance) ?? '', ms: Math.round(call.ms) })),
    problem: viewProblem(run.problem),
  };
}

/** Fields have names; comments and files have global ids, which mean nothing to people. */
function nameOfThing(what: string): string {
  const parts = what.split(':');
  if (parts.length >= 4 && parts.at(-2) === 'f') return 'Attachment';
  if (parts.length >= 3) return 'Comment';
  return what.replace(/^./, (letter) => letter.toUpperCase()).replaceAll('_', ' ');
}

/** A value of a field, comment or file as text. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map((item) => textOf(item) ?? '').join(', ');
  const entry = value as {
    type?: unknown;
    children?: unknown;
    body?: RichText;
    author?: string;
    deleted?: true;
    withdrawn?: true;
    name?: string;
    size?: number | null;
  };
  if (entry.type === 'root' && Array.isArray(entry.children)) return plainText(value as FieldValue & RichText);
  if (entry.body) return `${entry.author ? `${entry.author}: ` : ''}${plainText(entry.body)}`;
  if (entry.deleted) return '(deleted)';
  if (entry.withdrawn) return '(taken back)';
  if (entry.name !== undefined) return entry.name;
  return JSON.stringify(value);
}
