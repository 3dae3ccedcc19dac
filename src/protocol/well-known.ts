import { EntenteError } from '../core/errors.ts';
import type { Instance } from '../engine/ports.ts';
import type { WellKnown } from './discover.ts';
import { within } from './handshake/address.ts';
import type { InstanceCard, NodeCard } from './wire.ts';

export interface WellKnownDeps {
  card(): NodeCard;
  instances(): Promise<readonly Instance[]>;
  cardOf(instance: Instance): InstanceCard;
}

/**
 * What a node tells anybody: who it is, and the one instance that is asked for, by its short name or the address of its tracker; without either, its only
 * one. It never lists them. Throws `no-node`, `several-instances`, `takes-no-connections`.
 */
export async function wellKnown(
  deps: WellKnownDeps,
  { instance: slug, tracker }: { readonly instance: string | null; readonly tracker: string | null },
): Promise<WellKnown> {
  const node = deps.card();
  const all = await deps.instances();
  const wanted = all.filter((one) => (slug === null || one.slug === slug) && (tracker === null || within(one.url, tracker) !== null));
  const asked = slug !== null || tracker !== null;
  const open = wanted.filter(({ preferences }) => preferences?.whoMayConnect !== 'nobody');
  const [first, second] = open;
  if (!first) {
    if (wanted.length > 0) throw new EntenteError('takes-no-connections', asked ? undefined : 'The instances of this node take no connections.');
    if (asked) throw new EntenteError('no-node', slug === null ? 'This node serves no such tracker.' : `This node serves no instance named ${slug}.`);
    return { node, instance: null };
  }
  // The one whose address is the closest; two of the same tracker cannot be told apart.
  const near = tracker === null ? open : closest(open, tracker);
  if (tracker === null ? second !== undefined : near.length > 1) throw new EntenteError('several-instances');
  return { node, instance: deps.cardOf(near[0] ?? first) };
}

function closest(instances: readonly Instance[], tracker: string): readonly Instance[] {
  const ranked = instances.map((instance) => ({ instance, at: within(instance.url, tracker) ?? -1 }));
  const best = Math.max(...ranked.map(({ at }) => at));
  return ranked.filter(({ at }) => at === best).map(({ instance }) => instance);
}
