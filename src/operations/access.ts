import { EntenteError } from '../core/errors.ts';
import type { Instance, Side } from '../engine/ports.ts';
import { slugOf, slugOfSide } from '../protocol/handshake/slug.ts';
import type { Caller, Role } from '../server/authentication.ts';
import { loadInstance, type OperationsDeps } from './context.ts';

/**
 * Who sees what, and who may do what. What somebody may not see does not exist for them: the answer is that of a name that nobody has. Operations begin with
 * `instanceNamed` or `connectionNamed`, which find nothing else; `assertRole` and `may` say what may be done with what was found; lists go through `sees`,
 * `connectionsOf` and `visibleSides`. A viewer reads; an admin changes settings and connections, and repairs; an owner also says who belongs to the instance;
 * an operator may do everything, and alone adds instances and decides about the node. Inside a tracker's frame only that instance is there.
 */

/** What the caller may do at an instance; `viewer` is the least. Throws `unknown-instance` for one that they may not see. */
export function roleAt(caller: Caller, instance: string): Role {
  if (caller.confinedTo !== null && caller.confinedTo !== instance) throw new EntenteError('unknown-instance');
  const role = caller.operator ? 'owner' : caller.roles[instance];
  if (!role) throw new EntenteError('unknown-instance');
  return role;
}

/** By its short name. Throws `unknown-instance` for one that the caller may not see, `not-allowed` when they may do less there than `least`. */
export async function instanceNamed(deps: OperationsDeps, slug: string, least: Role = 'viewer'): Promise<Instance> {
  const id = await deps.reads.instanceIdBySlug(slug);
  const unknown = () => new EntenteError('unknown-instance', `There is no instance named ${slug}.`);
  if (id === null || !sees(deps.caller, id)) throw unknown();
  const instance = await loadInstance(deps, id);
  assertRole(deps, instance, least);
  return instance;
}

const RANK = { viewer: 0, admin: 1, owner: 2 } as const;

/** May the caller see that the instance exists? */
export function sees(caller: Caller, instance: string): boolean {
  return (caller.confinedTo === null || caller.confinedTo === instance) && (caller.operator || caller.roles[instance] !== undefined);
}

export const may = (caller: Caller, instance: string, least: Role): boolean => sees(caller, instance) && RANK[roleAt(caller, instance)] >= RANK[least];

/** Throws `unknown-instance`, `not-allowed`. */
export function assertRole({ caller }: Pick<OperationsDeps, 'caller'>, instance: Pick<Instance, 'id' | 'name'>, least: Role): void {
  if (RANK[roleAt(caller, instance.id)] < RANK[least])
    throw new EntenteError('not-allowed', `You may look at ${instance.name}, but for this you have to be its ${least === 'owner' ? 'owner' : 'admin'}.`);
}

/** A connection as the caller sees it. */
export interface Connection {
  readonly id: string;
  /** Our halves that the caller may see, the leading one first; never empty. */
  readonly sides: readonly [Side, ...Side[]];
  /** The other half, when it lives here too but belongs to somebody else: it is shown like one of another node. */
  readonly unseen: Side | null;
}

/** Those that the caller may see; `all`: the halves of any number of connections, the leading ones first. */
export function connectionsOf(caller: Caller, all: readonly Side[]): Connection[] {
  const found = new Map<string, { sides: Side[]; unseen: Side | null }>();
  for (const side of all) {
    const entry = found.get(side.connection) ?? { sides: [], unseen: null };
    found.set(side.connection, entry);
    if (sees(caller, side.instance)) entry.sides.push(side);
    else entry.unseen = side;
  }
  return [...found].flatMap(
    ([
      id,
      {
        sides: [first, ...others],
        unseen,
      },
    ]) => (first ? [{ id, sides: [first, ...others], unseen }] : []),
  );
}

/** By slug or name, upper and lower case alike. Throws `unknown-connection`. */
export async function connectionNamed({ reads, caller }: Pick<OperationsDeps, 'reads' | 'caller'>, name: string): Promise<Connection> {
  const all = connectionsOf(caller, await reads.sides());
  const found =
    all.find(({ sides: [side] }) => slugOfSide(side) === name) ??
    all.find(({ sides: [side] }) => side.name === name) ??
    all.find(({ sides: [side] }) => slugOf(side.name) === slugOf(name));
  if (!found) throw new EntenteError('unknown-connection', `There is no connection named ${name}.`);
  return found;
}

/** Does the caller see everything on this node? */
export const seesAll = (caller: Caller): boolean => caller.operator && caller.confinedTo === null;

/** Ids of the halves that the caller may see; null: all of them. */
export async function visibleSides({ reads, caller }: Pick<OperationsDeps, 'reads' | 'caller'>): Promise<string[] | null> {
  if (seesAll(caller)) return null;
  return connectionsOf(caller, await reads.sides()).flatMap(({ sides }) => sides.map(({ id }) => id));
}
