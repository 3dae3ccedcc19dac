import { useQuery } from '@tanstack/react-query';
import { api, ask, type Connection, type Run } from '../api.ts';

export const WINDOW_MS = 3_600_000;
export const BARS = 12;
/** The API gives no more runs than this of one connection. */
const MOST = 200;

export interface Crossings {
  /** Per five minutes of the last hour, the oldest first. */
  readonly bars: readonly number[];
  readonly total: number;
  /** There may be more: a connection had more runs than the API gives. */
  readonly atLeast: boolean;
}

/** A change has crossed when it was written at the tracker that receives it; on a connection with another node we see only our own half: what we sent, and what we wrote. */
const crossed = ({ to }: Connection, { stage }: Run): boolean => stage === 'applied' || (stage === 'sent' && to?.remote === true);

function countCrossings(now: number, found: readonly { readonly connection: Connection; readonly runs: readonly Run[] }[]): Crossings {
  const bars = Array.from({ length: BARS }, () => 0);
  let atLeast = false;
  for (const { connection, runs } of found) {
    const oldest = runs.at(-1);
    if (runs.length >= MOST && oldest && Date.parse(oldest.at) > now - WINDOW_MS) atLeast = true;
    for (const run of runs) {
      const age = now - Date.parse(run.at);
      const bar = BARS - 1 - Math.floor((Math.max(0, age) / WINDOW_MS) * BARS);
      if (crossed(connection, run) && bar >= 0) bars[bar] = (bars[bar] ?? 0) + 1;
    }
  }
  return { bars, total: bars.reduce((sum, it) => sum + it, 0), atLeast };
}

/** What has crossed within the last hour, from the runs of the connections that were in use. Asked every quarter of a minute. */
export function useCrossings(connections: readonly Connection[] | undefined) {
  const since = Date.now() - WINDOW_MS;
  const busy = (connections ?? []).filter(({ lastSyncAt, problems }) => problems > 0 || (lastSyncAt !== null && Date.parse(lastSyncAt) > since));
  return useQuery({
    queryKey: ['crossings', busy.map(({ slug }) => slug)],
    queryFn: async () => {
      const found = await Promise.all(
        busy.map(async (connection) => ({
          connection,
          runs: (await ask(api.GET('/api/v1/connections/{name}/runs', { params: { path: { name: connection.slug } } }))).runs,
        })),
      );
      return countCrossings(Date.now(), found);
    },
    enabled: connections !== undefined,
    refetchInterval: 15_000,
  });
}
