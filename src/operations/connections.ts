import { randomBytes } from 'node:crypto';
import { EntenteError } from '../core/errors.ts';
import type { Instance, Side } from '../engine/ports.ts';
import type { ConnectionInput, ConnectionView, Operations, PlaceView, ScopeView } from '../server/operations.ts';
import { assertRole, type Connection, connectionNamed, connectionsOf, instanceNamed, may, roleAt } from './access.ts';
import { actorOf, describeScopes, freeSlug, loadInstance, type OperationsDeps, slugOf, slugOfSide, viewPlaces, viewProblem } from './context.ts';
import type { ConnectionFacts } from './reads.ts';

type Part = 'connections' | 'connection' | 'createConnection' | 'setActive';

export function connectionOperations(deps: OperationsDeps): Pick<Operations, Part> {
  const { store, handshake, reads, people, caller } = deps;
  const named = async (name: string) => viewConnection(deps, await connectionNamed(deps, name));

  async function end(given: ConnectionInput['from'], signal: AbortSignal): Promise<{ instance: Instance; scope: string | null }> {
    const instance = await instanceNamed(deps, given.instance, 'admin');
    return { instance, scope: (await chooseScope(deps, instance, given.scope ?? null, signal))?.id ?? null };
  }

  return {
    async connections() {
      const all = await reads.connections();
      const seen = connectionsOf(
        caller,
        all.flatMap(({ sides }) => sides),
      );
      const facts = new Map(all.map((entry) => [entry.sides[0]?.connection, entry]));
      return Promise.all(seen.map((connection) => viewConnection(deps, connection, facts.get(connection.id))));
    },
    connection: named,

    async createConnection(input, signal) {
      if (input.internalCommentsBecomePublic !== true) throw new EntenteError('consent-needed');
      const from = await end(input.from, signal);
      const to = await end(input.to, signal);
      if (from.instance.id === to.instance.id && from.scope === to.scope) throw new EntenteError('same-entity-twice');
      const name = input.name ?? `${from.instance.name} ↔ ${to.instance.name}`;
      const sides = await reads.sides();
      if (connectionsOf(caller, sides).some(({ sides: [side] }) => slugOf(side.name) === slugOf(name)))
        throw new EntenteError('name-taken', `There is a connection named ${name} already.`);
      const id = () => randomBytes(8).toString('hex');
      const connection = `c${id()}`;
      const ids = [`s${id()}`, `s${id()}`] as const;
      const slug = freeSlug(sides, name, connection);
      const half = (which: 0 | 1): Side => {
        const [own, other] = which === 0 ? [from, to] : [to, from];
        return {
          id: ids[which],
          connection,
          name,
          slug,
          description: input.description ?? '',
          mode: 'basic',
          instance: own.instance.id,
          scope: own.scope,
          peer: { kind: 'local', side: ids[which === 0 ? 1 : 0], instance: other.instance.id, name: other.instance.name },
          leads: which === 0,
          policy: 'lead',
          status: 'active',
          setUpBy: caller.name,
          start: 'manual',
          resumeFrom: null,
          problem: null,
          createdAt: new Date(deps.now()).toISOString(),
        };
      };
      await store.transaction(async (tx) => {
        await tx.saveSide(half(0));
        await tx.saveSide(half(1));
      });
      const sentence = `${caller.name} connected ${from.instance.name} and ${to.instance.name}: “${name}”.`;
      for (const instance of new Set([from.instance.id, to.instance.id]))
        await people.events.record({ action: 'connection-created', sentence, by: caller.name, where: 'here', connection, slug, instance });
      return named(slug);
    },

    async setActive(name, active) {
      const connection = await connectionNamed(deps, name);
      const sides = connection.sides.filter((side) => may(caller, side.instance, 'admin'));
      if (sides.length === 0) assertRole(deps, await loadInstance(deps, connection.sides[0].instance), 'admin');
      await handshake.setActive(
        sides.map(({ id }) => id),
        active,
        actorOf(deps),
      );
      return named(name);
    },
  };
}

/** Where incoming entities are created: nowhere to choose, the only place, or the one that was named (id or name). Throws `unknown-scope`, `scope-needed`. */
export async function chooseScope(deps: OperationsDeps, instance: Instance, wanted: string | null, signal: AbortSignal): Promise<ScopeView | null> {
  return pickScope(instance, await describeScopes(deps, instance.id, signal), wanted);
}

/** The same, from scopes that are known. */
export function pickScope(instance: Pick<Instance, 'slug'>, scopes: readonly ScopeView[], wanted: string | null): ScopeView | null {
  const list = scopes.map(({ name }) => name).join(', ');
  if (wanted !== null) {
    const found = scopes.find(({ id }) => id === wanted) ?? scopes.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
    if (!found)
      throw new EntenteError(
        'unknown-scope',
        scopes.length === 0 ? `${instance.slug} has no scopes.` : `${instance.slug} has no scope named ${wanted}. It has: ${list}.`,
        { scopes },
      );
    return found;
  }
  if (scopes.length > 1)
    throw new EntenteError('scope-needed', `Entities that come in to ${instance.slug} can be created in: ${list}. Choose one.`, {
      instance: instance.slug,
      scopes,
    });
  return scopes[0] ?? null;
}

/** A connection for people. `facts`: what the list counts. */
export async function viewConnection(deps: OperationsDeps, connection: Connection, known?: Omit<ConnectionFacts, 'sides'>): Promise<ConnectionView> {
  const [{ from, to }, facts, pending] = await Promise.all([
    viewPlaces(deps, connection),
    known ?? deps.reads.facts(connection.id),
    viewPending(deps, connection.sides[0]),
  ]);
  const { sides } = connection;
  const [first] = sides;
  const roles = sides.map((side) => roleAt(deps.caller, side.instance));
  return {
    pending: pending?.view ?? null,
    role: roles.find((role) => role === 'owner') ?? roles.find((role) => role === 'admin') ?? 'viewer',
    slug: slugOfSide(first),
    name: first.name,
    description: first.description,
    mode: first.mode,
    status: statusOfConnection(sides, to),
    from,
    to: to ?? pending?.place ?? null,
    twins: facts.twins,
    problems: facts.problems,
    problem: viewProblem(sides.map(({ problem }) => problem).find((problem) => problem !== null) ?? null),
    lastSyncAt: facts.lastSyncAt,
    createdAt: first.createdAt,
    rules: describeBasic(from, to, first.leads || !to ? from : to),
  };
}

/** What a pending connection waits for, and the other end as far as it was found. */
async function viewPending(deps: OperationsDeps, side: Side): Promise<{ view: NonNullable<ConnectionView['pending']>; place: PlaceView | null } | null> {
  const pending = side.status === 'pending' ? await deps.handshake.pendingOf(side) : null;
  if (!pending) return null;
  const { path, expiresAt, wanted, destination } = pending;
  const elsewhere = destination !== null && destination.node.id !== (await deps.nodeId());
  return {
    view: { path, expiresAt, expired: Date.parse(expiresAt) <= deps.now(), destination: wanted },
    place: destination && {
      instance: destination.instance.slug,
      remote: elsewhere,
      node: elsewhere ? { id: destination.node.id, url: destination.node.url, version: destination.node.version } : null,
      state: { status: 'pending', by: null, at: null },
      setUpBy: null,
      instanceName: destination.instance.name,
      platform: destination.instance.platform,
      platformName: destination.instance.platformName,
      nouns: { ...destination.instance.nouns },
      url: destination.instance.url,
      scope: null,
    },
  };
}

/** A connection moves only while both halves do. */
function statusOfConnection(sides: Connection['sides'], to: PlaceView | null): ConnectionView['status'] {
  const [first] = sides;
  const own = (sides.find(({ status }) => status === 'error') ?? sides.find(({ status }) => status !== 'active') ?? first).status;
  if (own !== 'active' || !to) return own;
  return to.state.status === 'removed' ? 'error' : to.state.status === 'deactivated' ? 'deactivated' : own;
}

/** What Basic mode does, in the words of both platforms. */
function describeBasic(from: PlaceView, to: PlaceView | null, leads: PlaceView): string[] {
  const into = (place: PlaceView) => `${place.instanceName}${place.scope && place.scope.name !== place.instanceName ? ` (${place.scope.name})` : ''}`;
  return [
    `Summary, description, comments and attachments go both ways between ${into(from)} and ${to ? into(to) : 'the other side'}.`,
    `A ${from.nouns.entity} keeps its type where the other side has one of the same name; otherwise it gets the default type of that side.`,
    'All comments, public and internal, arrive as public, with their author’s name.',
    `If both sides change the same thing at once, ${leads.instanceName} decides, and the timeline says so.`,
    'An entity comes under sync when somebody asks for it, by its URN.',
  ];
}
