import { useInstances } from '../queries.ts';
import { type Instance, type Scope, useScopes } from './queries.ts';

/** Instances for which the caller may set up connections. */
export function useOwnInstances() {
  const query = useInstances();
  const all = query.data ?? [];
  return { ...query, all, own: all.filter(({ role }) => role !== 'viewer') };
}

export type ScopeChoice =
  | { readonly kind: 'loading' | 'none' }
  | { readonly kind: 'failed'; readonly error: Error; readonly again: () => void }
  | { readonly kind: 'one'; readonly scope: Scope }
  | { readonly kind: 'several'; readonly scopes: readonly Scope[] };

/** Where incoming entities are created: nothing to choose where the platform has no scopes, or the account has but one. */
export function useScopeChoice(instance: Pick<Instance, 'slug' | 'nouns'> | null): ScopeChoice {
  const has = instance !== null && instance.nouns.scope !== null;
  const scopes = useScopes(has ? instance.slug : null);
  if (instance === null) return { kind: 'loading' };
  if (!has) return { kind: 'none' };
  if (scopes.data) {
    const [first] = scopes.data;
    if (!first) return { kind: 'none' };
    return scopes.data.length === 1 ? { kind: 'one', scope: first } : { kind: 'several', scopes: scopes.data };
  }
  return scopes.error ? { kind: 'failed', error: scopes.error, again: () => void scopes.refetch() } : { kind: 'loading' };
}
