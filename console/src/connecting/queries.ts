import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { components, paths } from '../api.gen.d.ts';
import { ApiError, act, api, ask } from '../api.ts';

type Schemas = components['schemas'];
export type Lookup = Schemas['Lookup'];
export type Consent = Schemas['Consent'];
export type Proposal = Schemas['Proposal'];
export type Invitation = Schemas['Invitation'];
export type Instance = Schemas['Instance'];
export type Scope = Schemas['Scope'];
export type Check = Schemas['Check'];
export type AuditEvent = Schemas['Event'];
export type Mode = Lookup['modes'][number]['mode'];
type Body<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  requestBody?: { content: { 'application/json': infer B } };
}
  ? B
  : never;

const named = (name: string) => ({ params: { path: { name } } });
const identified = (id: string) => ({ params: { path: { id } } });

/** Where entities that come in are created; null: not asked yet. */
export const useScopes = (slug: string | null) =>
  useQuery({
    queryKey: ['instances', slug, 'scopes'],
    queryFn: async () => (await ask(api.GET('/api/v1/instances/{slug}/scopes', { params: { path: { slug: slug ?? '' } } }))).scopes,
    enabled: slug !== null,
    staleTime: 60_000,
  });

/** What answers at an address. Asked when `url` settles; a refusal is an answer, so it is not asked again by itself. */
export const useLookup = (instance: string | null, url: string | null) =>
  useQuery({
    queryKey: ['lookup', instance, url],
    queryFn: ({ signal }) => ask(api.POST('/api/v1/lookups', { body: { instance: instance ?? '', url: url ?? '' }, signal })),
    enabled: instance !== null && url !== null,
    retry: false,
    staleTime: 60_000,
  });

/** A change of connections: the list and the pages show it at once. */
function useChange<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['connections'] });
      void client.invalidateQueries({ queryKey: ['instances'] });
    },
  });
}

export const useInitiate = () => useChange((body: Body<'/api/v1/connections/initiate', 'post'>) => ask(api.POST('/api/v1/connections/initiate', { body })));
export const useResume = () => useMutation({ mutationFn: (name: string) => ask(api.POST('/api/v1/connections/{name}/resume', named(name))) });
export const useCancel = () => useChange((name: string) => act(api.POST('/api/v1/connections/{name}/cancel', named(name))));
export const useRemove = () => useChange((name: string) => act(api.DELETE('/api/v1/connections/{name}', named(name))));
export const usePatch = (name: string) =>
  useChange((body: Body<'/api/v1/connections/{name}', 'patch'>) => ask(api.PATCH('/api/v1/connections/{name}', { ...named(name), body })));

export const useInvitation = (name: string, enabled = true) =>
  useQuery({ queryKey: ['connections', name, 'invitation'], queryFn: () => ask(api.GET('/api/v1/connections/{name}/invitation', named(name))), enabled });
export const useReissue = (name: string) => useChange(() => ask(api.POST('/api/v1/connections/{name}/invitation', named(name))));
export const useRevoke = (name: string) => useChange(() => ask(api.DELETE('/api/v1/connections/{name}/invitation', named(name))));

/** What a code proposes; null: none was given yet. */
export const useInvitationSummary = (code: string | null) =>
  useQuery({
    queryKey: ['invitation', code],
    queryFn: ({ signal }) => ask(api.POST('/api/v1/invitations/read', { body: { code: code ?? '' }, signal })),
    enabled: code !== null,
    retry: false,
    staleTime: 60_000,
  });
export const useAccept = () => useChange((body: Body<'/api/v1/invitations/accept', 'post'>) => ask(api.POST('/api/v1/invitations/accept', { body })));

/** Asked again while it is open: the other side may cancel it. */
export const useConsent = (id: string) =>
  useQuery({
    queryKey: ['consent', id],
    queryFn: () => ask(api.GET('/api/v1/consents/{id}', identified(id))),
    refetchInterval: ({ state }) => (state.data?.state === 'open' ? 15_000 : false),
  });
export const useVerify = (id: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST('/api/v1/consents/{id}/verify', identified(id))),
    onSuccess: ({ consent }) => client.setQueryData(['consent', id], consent),
  });
};
export const useConfirm = (id: string) =>
  useChange((body: Body<'/api/v1/consents/{id}/confirm', 'post'>) => ask(api.POST('/api/v1/consents/{id}/confirm', { ...identified(id), body })));
export const useRefuse = (id: string) => useMutation({ mutationFn: () => ask(api.POST('/api/v1/consents/{id}/refuse', identified(id))) });

/** The way back to the initiator, however often the page is loaded. */
export const useReturn = (body: Body<'/api/v1/connections/return', 'post'> | null) =>
  useQuery({
    queryKey: ['return', body],
    queryFn: () => ask(api.POST('/api/v1/connections/return', { body: body ?? { state: '' } })),
    enabled: body !== null,
    staleTime: Number.POSITIVE_INFINITY,
    // What is not the person's to mend is tried again while they wait.
    refetchInterval: ({ state: { error } }) =>
      error instanceof ApiError && (error.code === 'peer-unavailable' || error.code === 'node-unreachable') ? 8000 : false,
  });

export const useConnectionRuns = (name: string) =>
  useQuery({ queryKey: ['connections', name, 'runs'], queryFn: async () => (await ask(api.GET('/api/v1/connections/{name}/runs', named(name)))).runs });
export const useConnectionEvents = (name: string) =>
  useQuery({
    queryKey: ['connections', name, 'events'],
    queryFn: () => ask(api.GET('/api/v1/audit', { params: { query: { connection: name } } })),
  });
