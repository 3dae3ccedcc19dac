import { useMemo, useSyncExternalStore } from 'react';
import type { Connection, ListedProblem, Twin } from '../api.ts';
import { useInstances, useNode } from '../queries.ts';
import type { Instance, Role } from './queries.ts';

const KEY = 'entente.instance';
const listeners = new Set<() => void>();
/** Beside the browser's store, which a frame may not be allowed to use. */
let kept: string | null = null;
const read = (): string | null => {
  try {
    return localStorage.getItem(KEY) ?? kept;
  } catch {
    return kept;
  }
};

/** Which instance the lists show; null: all. It is remembered by this browser. */
export function choose(slug: string | null): void {
  kept = slug;
  try {
    if (slug === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, slug);
  } catch {
    // Not allowed here: it holds until the page is left.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('storage', listener);
  };
}

export interface Chosen {
  /** Short name of the instance that lists are confined to; null: all that the person may see. */
  readonly slug: string | null;
  readonly instance: Instance | null;
  readonly instances: readonly Instance[];
  /** Inside a tracker's frame there is nothing to choose. */
  readonly confined: boolean;
}

/** The instance that the person works with. Who sees one only has chosen it. */
export function useChosen(): Chosen {
  const wanted = useSyncExternalStore(subscribe, read);
  const user = useNode().data?.user;
  const { data } = useInstances();
  return useMemo(() => {
    const instances = data ?? [];
    const confined = (user?.confinedTo ?? null) !== null;
    const own = user?.instances ?? [];
    const slug = own.length === 1 ? (own[0]?.slug ?? null) : own.some((it) => it.slug === wanted) ? wanted : null;
    return { slug, instance: instances.find((it) => it.slug === slug) ?? null, instances, confined };
  }, [data, user, wanted]);
}

/** What the person may do at an instance; null: not known yet, or nothing. */
export function useRole(slug: string | null): Role | null {
  const user = useNode().data?.user;
  return user?.instances.find((it) => it.slug === slug)?.role ?? null;
}

const isOwnSide = (place: Connection['to'], slug: string): boolean => place !== null && !place.remote && place.instance === slug;
/** Does the connection belong to the chosen instance? Every one does when all are chosen. */
export const connectionOf = ({ from, to }: Connection, slug: string | null): boolean => slug === null || isOwnSide(from, slug) || isOwnSide(to, slug);
export const twinOf = ({ from, to }: Twin, slug: string | null): boolean => slug === null || from?.instance === slug || to?.instance === slug;

/** Errors of the chosen instance. `connections`: to know whose a connection's error is; without them those are shown. */
export const problemOf = (listed: ListedProblem, slug: string | null, connections: readonly Connection[] | undefined): boolean => {
  if (slug === null) return true;
  if (listed.instance !== null) return listed.instance === slug;
  if (listed.twin && twinOf(listed.twin, slug)) return true;
  const connection = connections?.find((it) => it.slug === listed.connection);
  return connection ? connectionOf(connection, slug) : true;
};
