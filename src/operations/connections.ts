import { randomBytes } from 'node:crypto';
import { EntenteError } from '../core/errors.ts';
import type { Instance, Side } from '../engine/ports.ts';
import type { ConnectionInput, ConnectionView, Operations, PlaceView } from '../server/operations.ts';
import { connectionNamed, describeScopes, instanceNamed, type OperationsDeps, roleAt, slugOf, viewPlace, viewProblem } from './context.ts';
import type { ConnectionFacts } from './reads.ts';

type Part = 'connections' | 'connection' | 'createConnection' | 'setActive';

export function connectionOperations(deps: OperationsDeps): Pick<Operations, Part> {
  const { store, engine, reads } = deps;
  const named = async (name: string) => viewConnection(deps, await connectionNamed(deps, name));

  async function end(given: ConnectionInput['from'], signal: AbortSignal): Promise<{ instance: Instance; scope: string | null }> {
    const instance = await instanceNamed(deps, given.instance);
    return { instance, scope: await chooseScope(deps, instance, given.scope ?? null, signal) };
  }

  return {
    connections: async () => Promise.all((await reads.connections()).map((facts) => viewConnection(deps, facts))),
    connection: named,

    async createConnection(input, signal) {
      if (input.internalCommentsBecomePublic !== true) throw new EntenteError('consent-needed');
      const from = await end(input.from, signal);
      const to = await end(input.to, signal);
      if (from.instance.id === to.instance.id && from.scope === to.scope) throw new EntenteError('same-entity-twice');
      const name = input.name ?? `${from.instance.name} ↔ ${to.instance.name}`;
      if ((await reads.connections()).some(({ sides: [side] }) => side && slugOf(side.name) === slugOf(name)))
        throw new EntenteError('name-taken', `There is a connection named ${name} already.`);
      const id = () => randomBytes(8).toString('hex');
      const connection = `c${id()}`;
      const ids = [`s${id()}`, `s${id()}`] as const;
      const half = (which: 0 | 1): Side => {
        const [own, other] = which === 0 ? [from, to] : [to, from];
        return {
          id: ids[which],
          connection,
          name,
          description: input.description ?? '',
          mode: 'basic',
          instance: own.instance.id,
          scope: own.scope,
          peer: { kind: 'local', side: ids[which === 0 ? 1 : 0], instance: other.instance.id, name: other.instance.name },
          leads: which === 0,
          policy: 'lead',
          status: 'active',
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
      return named(name);
    },

    async setActive(name, active) {
      const { sides } = await connectionNamed(deps, name);
      for (const side of sides) await (active ? engine.activate(side.id) : engine.deactivate(side.id));
      return named(name);
    },
  };
}

/** Where incoming entities are created: nowhere to choose, the only place, or the one that was named (id or name). */
async function chooseScope(deps: OperationsDeps, instance: Instance, wanted: string | null, signal: AbortSignal): Promise<string | null> {
  const scopes = await describeScopes(deps, instance.id, signal);
  const list = scopes.map(({ name }) => name).join(', ');
  if (wanted !== null) {
    const found = scopes.find(({ id }) => id === wanted) ?? scopes.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
    if (!found)
      throw new EntenteError(
        'unknown-scope',
        scopes.length === 0 ? `${instance.slug} has no scopes.` : `${instance.slug} has no scope named ${wanted}. It has: ${list}.`,
        { scopes },
      );
    return found.id;
  }
  if (scopes.length > 1)
    throw new EntenteError('scope-needed', `Entities that come in to ${instance.slug} can be created in: ${list}. Choose one.`, {
      instance: instance.slug,
      scopes,
    });
  return scopes[0]?.id ?? null;
}

async function viewConnection(deps: OperationsDeps, { sides, twins, problems, lastSyncAt }: ConnectionFacts): Promise<ConnectionView> {
  const [first, second] = sides;
  if (!first || !second) throw new EntenteError('broken-invariant', 'A connection has only one half on this node.');
  const [from, to] = await Promise.all([viewPlace(deps, first), viewPlace(deps, second)]);
  const worst = sides.find((side) => side.status === 'error') ?? sides.find((side) => side.status !== 'active') ?? first;
  return {
    pending: null,
    role: roleAt(deps.caller, first.instance),
    slug: slugOf(first.name),
    name: first.name,
    description: first.description,
    mode: first.mode,
    status: worst.status,
    from,
    to,
    twins,
    problems,
    problem: viewProblem(first.problem ?? second.problem),
    lastSyncAt,
    createdAt: first.createdAt,
    rules: describeBasic(from, to),
  };
}

/** What Basic mode does, in the words of both platforms. */
function describeBasic(from: PlaceView, to: PlaceView): string[] {
  const into = (place: PlaceView) => `${place.instanceName}${place.scope && place.scope.name !== place.instanceName ? ` (${place.scope.name})` : ''}`;
  return [
    `Summary, description, comments and attachments go both ways between ${into(from)} and ${into(to)}.`,
    `A ${from.nouns.entity} keeps its type where the other side has one of the same name; otherwise it gets the default type of that side.`,
    'All comments, public and internal, arrive as public, with their author’s name.',
    `If both sides change the same thing at once, ${from.instanceName} decides, and the timeline says so.`,
    'An entity comes under sync when somebody asks for it, by its URN.',
  ];
}
