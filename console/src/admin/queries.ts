import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { components, paths } from '../api.gen.d.ts';
import { act, api, ask } from '../api.ts';

type Schemas = components['schemas'];
export type Instance = Schemas['Instance'];
export type Platform = Schemas['Platform'];
export type Check = Schemas['Check'];
export type Member = Schemas['Member'];
export type Token = Schemas['Token'];
export type Event = Schemas['Event'];
export type Join = Schemas['Join'];
export type Role = Member['role'];
export type NodeInfo = Schemas['Node'];
type Body<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  requestBody: { content: { 'application/json': infer B } };
}
  ? B
  : never;
export type InstanceInput = Body<'/api/v1/instances', 'post'>;
export type InstancePatch = Body<'/api/v1/instances/{slug}', 'patch'>;

const at = (slug: string) => ({ params: { path: { slug } } });

/** A change, after which what shows it is asked again. */
function useChange<Input, Output>(mutationFn: (input: Input) => Promise<Output>, keys: readonly (readonly unknown[])[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: async () => {
      await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
  });
}

export const useInstance = (slug: string) => useQuery({ queryKey: ['instances', slug], queryFn: () => ask(api.GET('/api/v1/instances/{slug}', at(slug))) });
export const useTypes = (slug: string) =>
  useQuery({
    queryKey: ['instances', slug, 'types'],
    queryFn: async () => (await ask(api.GET('/api/v1/instances/{slug}/types', at(slug)))).types,
    staleTime: 60_000,
  });
/** Tries settings that are not stored. */
export const useTrial = () =>
  useMutation({ mutationFn: (body: { platform: string; settings: Record<string, unknown> }) => ask(api.POST('/api/v1/instances/check', { body })) });
export const useAddInstance = () => useChange((body: InstanceInput) => ask(api.POST('/api/v1/instances', { body })), [['instances'], ['node']]);
export const useChangeInstance = (slug: string) =>
  useChange((body: InstancePatch) => ask(api.PATCH('/api/v1/instances/{slug}', { ...at(slug), body })), [['instances'], ['errors']]);
/** Tries the credentials that are stored. */
export const useCheck = (slug: string) => useChange(() => ask(api.POST('/api/v1/instances/{slug}/check', at(slug))), [['instances'], ['errors']]);
/** `gone` leads away from its pages before they are asked again for what is no longer there. */
export const useRemoveInstance = (slug: string, gone: () => Promise<void>) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => act(api.DELETE('/api/v1/instances/{slug}', at(slug))),
    onSuccess: async () => {
      await gone();
      client.removeQueries({ queryKey: ['instances', slug] });
      for (const key of ['instances', 'node', 'errors']) void client.invalidateQueries({ queryKey: [key] });
    },
  });
};

export const useMembers = (slug: string) =>
  useQuery({ queryKey: ['members', slug], queryFn: async () => (await ask(api.GET('/api/v1/instances/{slug}/members', at(slug)))).members });
export const useAddMember = (slug: string) =>
  useChange((body: { email: string; role: Role }) => ask(api.POST('/api/v1/instances/{slug}/members', { ...at(slug), body })), [['members', slug]]);
export const useChangeMember = (slug: string) =>
  useChange(
    ({ id, role }: { id: string; role: Role }) => ask(api.PATCH('/api/v1/instances/{slug}/members/{id}', { params: { path: { slug, id } }, body: { role } })),
    [['members', slug], ['node']],
  );
export const useRemoveMember = (slug: string) =>
  useChange(
    (id: string) => act(api.DELETE('/api/v1/instances/{slug}/members/{id}', { params: { path: { slug, id } } })),
    [['members', slug], ['node'], ['instances']],
  );

export const useTokens = () => useQuery({ queryKey: ['tokens'], queryFn: async () => (await ask(api.GET('/api/v1/tokens'))).tokens });
export const useCreateToken = () =>
  useChange((body: { name: string; instance: string | null; role: Role }) => ask(api.POST('/api/v1/tokens', { body })), [['tokens']]);
export const useRemoveToken = () =>
  useChange(
    ({ name, instance }: Pick<Token, 'name' | 'instance'>) =>
      act(api.DELETE('/api/v1/tokens/{name}', { params: { path: { name }, query: instance === null ? {} : { instance } } })),
    [['tokens']],
  );

/** Newest first, page after page. */
export const useAudit = (instance: string | null) =>
  useInfiniteQuery({
    queryKey: ['audit', instance],
    queryFn: ({ pageParam }) =>
      ask(api.GET('/api/v1/audit', { params: { query: { ...(instance ? { instance } : {}), ...(pageParam ? { after: pageParam } : {}) } } })),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });

export const useQueue = () => useQuery({ queryKey: ['queue'], queryFn: () => ask(api.GET('/api/v1/queue')), refetchInterval: 15_000 });
export const useAnswerGuard = () => useChange((answer: 'real' | 'copy') => ask(api.POST('/api/v1/node/guard', { body: { answer } })), [[]]);
export const useRotateKey = () => useChange(() => ask(api.POST('/api/v1/node/key')), [['node']]);

export const useJoin = (token: string) =>
  useQuery({
    queryKey: ['join', token],
    queryFn: () => ask(api.GET('/api/v1/join/{token}', { params: { path: { token } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
export const useJoining = (token: string) =>
  useMutation({
    mutationFn: (body: { name: string; password: string }) => ask(api.POST('/api/v1/join/{token}', { params: { path: { token } }, body })),
  });
