import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError, api, ask, type Progress } from './api.ts';
import { base } from './base.ts';

/** Asked again only where that can help: a refusal stays a refusal. */
export const retry = (count: number, error: Error): boolean => !(error instanceof ApiError && error.code !== 'node-unreachable') && count < 2;

export const useNode = () => useQuery({ queryKey: ['node'], queryFn: () => ask(api.GET('/api/v1/node')), staleTime: 60_000 });
export const useReady = () => useQuery({ queryKey: ['ready'], queryFn: () => ask(api.GET('/api/v1/ready')) });

/** Words and logos of the platforms; they change only with the node's version. */
export const usePlatforms = () =>
  useQuery({ queryKey: ['platforms'], queryFn: async () => (await ask(api.GET('/api/v1/platforms'))).platforms, staleTime: Number.POSITIVE_INFINITY });
export const useInstances = () => useQuery({ queryKey: ['instances'], queryFn: async () => (await ask(api.GET('/api/v1/instances'))).instances });

export const useConnections = () => useQuery({ queryKey: ['connections'], queryFn: async () => (await ask(api.GET('/api/v1/connections'))).connections });
export const useConnection = (name: string, enabled = true) =>
  useQuery({ queryKey: ['connections', name], queryFn: () => ask(api.GET('/api/v1/connections/{name}', { params: { path: { name } } })), enabled });
export const useTwins = (query: { connection?: string; instance?: string; urn?: string; limit?: number }) =>
  useQuery({ queryKey: ['twins', query], queryFn: () => ask(api.GET('/api/v1/twins', { params: { query } })), placeholderData: keepPreviousData });
/** Newest first, page after page. */
export const useTwinPages = (query: { connection?: string; instance?: string }) =>
  useInfiniteQuery({
    queryKey: ['twins', 'pages', query],
    queryFn: ({ pageParam }) => ask(api.GET('/api/v1/twins', { params: { query: { ...query, limit: 50, ...(pageParam ? { after: pageParam } : {}) } } })),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });
export const useTwin = (id: string) => useQuery({ queryKey: ['twin', id], queryFn: () => ask(api.GET('/api/v1/twins/{id}', { params: { path: { id } } })) });
export const useRuns = (id: string) =>
  useQuery({ queryKey: ['twin', id, 'runs'], queryFn: async () => (await ask(api.GET('/api/v1/twins/{id}/runs', { params: { path: { id } } }))).runs });
export const useProblems = () => useQuery({ queryKey: ['errors'], queryFn: async () => (await ask(api.GET('/api/v1/errors'))).errors });

export const useSync = (connection: string) =>
  useMutation({ mutationFn: (urn: string) => ask(api.POST('/api/v1/connections/{name}/sync', { params: { path: { name: connection } }, body: { urn } })) });
export const useSetActive = (name: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (active: boolean) =>
      ask(api.POST(active ? '/api/v1/connections/{name}/activate' : '/api/v1/connections/{name}/deactivate', { params: { path: { name } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['connections'] }),
  });
};
export const useRetryTwin = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => ask(api.POST('/api/v1/twins/{id}/retry', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries(),
  });
};
export const useRetryAll = () => {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => ask(api.POST('/api/v1/errors/retry', { body: {} })), onSettled: () => client.invalidateQueries() });
};

/** Keeps every page up to date: the node says what changed, and what shows it is asked again. Returns whether the stream is open. */
export function useLive(): boolean {
  const client = useQueryClient();
  const [open, setOpen] = useState(true);
  useEffect(() => {
    const events = new EventSource(`${base}/api/v1/events`);
    const stale = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    events.onopen = () => setOpen(true);
    events.onerror = () => setOpen(false);
    events.onmessage = (event) => {
      const { twin } = JSON.parse(event.data) as { twin: string | null };
      stale.add(twin ?? '');
      // A busy node reports many changes a second; nobody can read faster than this.
      timer ??= setTimeout(() => {
        timer = undefined;
        for (const key of ['connections', 'twins', 'errors', 'queue']) void client.invalidateQueries({ queryKey: [key] });
        if (stale.has('')) {
          for (const key of ['twin', 'node']) void client.invalidateQueries({ queryKey: [key] });
          // Not what hangs below: scopes and types are asked at the tracker.
          void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'instances' && queryKey.length <= 2 });
        } else for (const id of stale) void client.invalidateQueries({ queryKey: ['twin', id] });
        stale.clear();
      }, 250);
    };
    return () => {
      clearTimeout(timer);
      events.close();
    };
  }, [client]);
  return open;
}

/** The progress of one twin from now on, as it is recorded. */
export function useProgress(first: Progress): Progress {
  const [progress, setProgress] = useState(first);
  const { id } = first.twin;
  useEffect(() => {
    const events = new EventSource(`${base}/api/v1/twins/${id}/events`);
    events.onmessage = (event) => setProgress(JSON.parse(event.data) as Progress);
    return () => events.close();
  }, [id]);
  return progress.twin.id === id ? progress : first;
}
