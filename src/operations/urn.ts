import type { EntityRef } from '../core/entity.ts';
import { EntenteError } from '../core/errors.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Instance, Side } from '../engine/ports.ts';
import { interactive, loadInstance, type OperationsDeps } from './context.ts';

/**
 * How a URN may be read, the likeliest first: `acme/4711` names the instance when there is one named acme; `acme/web#7` may be a URN as it stands.
 */
export function splitUrn<I extends Pick<Instance, 'slug'>>(urn: string, instances: readonly I[]): { readonly instance: I | null; readonly urn: string }[] {
  const slash = urn.indexOf('/');
  const instance = slash > 0 ? instances.find(({ slug }) => slug === urn.slice(0, slash).toLowerCase()) : undefined;
  return [...(instance ? [{ instance, urn: urn.slice(slash + 1) }] : []), { instance: null, urn }];
}

interface Found {
  readonly side: Side;
  readonly ref: EntityRef;
  /** The URN as its tracker shows it, as far as it was given. */
  readonly name: string;
}

/**
 * The side and the entity that a person means. Throws `wrong-urn`, `ambiguous-urn` (details.candidates), or what the tracker answered when it could
 * not be asked: one side's silence must not make the other side's entity look like the only one.
 */
export async function resolveUrn(deps: OperationsDeps, sides: readonly Side[], urn: string, signal: AbortSignal): Promise<Found> {
  const ends = await Promise.all(sides.map(async (side) => ({ side, instance: await loadInstance(deps, side.instance) })));
  type End = (typeof ends)[number];
  const different = ends.filter(({ instance }, i) => ends.findIndex((end) => end.instance.id === instance.id) === i);

  const ask = async (end: End, bare: string): Promise<EntityRef | null> => {
    try {
      return await (await deps.trackers.of(end.instance.id)).find(bare, interactive(signal));
    } catch (error) {
      if (error instanceof TrackerError && error.kind === 'not-found') return null;
      throw error;
    }
  };

  // An address belongs to exactly one instance.
  if (/^https?:\/\//i.test(urn)) {
    const at = URL.canParse(urn)
      ? different.find(({ instance }) => URL.canParse(instance.url) && new URL(instance.url).origin === new URL(urn).origin)
      : undefined;
    if (!at)
      throw new EntenteError(
        'wrong-urn',
        different.length === 1
          ? `${urn} does not lie on this side of the connection, which is ${different.map(({ instance }) => instance.url).join()}.`
          : `${urn} lies on neither side of this connection: they are ${different.map(({ instance }) => instance.url).join(' and ')}.`,
      );
    const ref = await ask(at, urn);
    if (ref === null) throw new EntenteError('wrong-urn', `${at.instance.name} has no ${noun(deps, at.instance)} at ${urn}.`);
    return { side: await sideOf(deps, ends, at.instance, ref, signal), ref, name: urn };
  }

  const [named] = splitUrn(
    urn,
    different.map(({ instance }) => instance),
  );
  if (named?.instance) {
    const end = different.find(({ instance }) => instance.id === named.instance?.id);
    const ref = end ? await ask(end, named.urn) : null;
    if (end && ref !== null) return { side: await sideOf(deps, ends, end.instance, ref, signal), ref, name: named.urn };
    throw new EntenteError(
      'wrong-urn',
      `${named.instance.name} has no ${noun(deps, named.instance)} ${named.urn}, or does not show it to the account that Entente uses.`,
    );
  }

  const away = sides.map(({ peer }) => peer).find(({ remote }) => remote && urn.toLowerCase().startsWith(`${remote.slug.toLowerCase()}/`));
  const answers = await Promise.allSettled(different.map((end) => ask(end, urn)));
  const hits = different.flatMap((end, i) => {
    const answer = answers[i];
    return answer?.status === 'fulfilled' && answer.value !== null ? [{ end, ref: answer.value }] : [];
  });
  if (hits.length > 1) {
    const candidates = hits.map(({ end }) => `${end.instance.slug}/${urn}`);
    throw new EntenteError('ambiguous-urn', `${urn} exists on both sides: ${candidates.join(' and ')}.`, { candidates });
  }
  const failure = answers.find((answer) => answer.status === 'rejected');
  const [hit] = hits;
  if (failure) throw failure.reason;
  if (!hit && away)
    throw new EntenteError('wrong-urn', `${urn} belongs to ${away.name}, the other side, which starts the sync of its own. Enter one of this side here.`);
  if (!hit) {
    const [only] = different;
    throw new EntenteError(
      'wrong-urn',
      different.length === 1 && only
        ? `${only.instance.name} has no ${noun(deps, only.instance)} ${urn}, or does not show it to the account that Entente uses.`
        : `Neither ${different.map(({ instance }) => instance.name).join(' nor ')} has ${urn}, or shows it to the account that Entente uses.`,
    );
  }
  return { side: await sideOf(deps, ends, hit.end.instance, hit.ref, signal), ref: hit.ref, name: urn };
}

const noun = (deps: OperationsDeps, instance: Instance): string => deps.trackers.connector(instance.platform).nouns.entity;

/** Both sides may be scopes of one instance: then the entity's own scope says which side it is on. */
async function sideOf(
  deps: OperationsDeps,
  ends: readonly { side: Side; instance: Instance }[],
  instance: Instance,
  ref: EntityRef,
  signal: AbortSignal,
): Promise<Side> {
  const sides = ends.filter((end) => end.instance.id === instance.id).map(({ side }) => side);
  const [only] = sides;
  if (only && sides.length === 1) return only;
  const snapshot = await (await deps.trackers.of(instance.id)).fetch(ref, interactive(signal));
  const side = snapshot === 'gone' ? undefined : sides.find(({ scope }) => scope === snapshot.scope);
  if (!side) throw new EntenteError('wrong-urn', 'The entity lies in neither of the two scopes that this connection joins.');
  return side;
}
