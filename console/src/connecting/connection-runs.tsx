import type { Connection } from '../api.ts';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { useConnectionRuns } from './queries.ts';

/** What happened lately, over all entities of the connection. */
export function ConnectionRuns({ connection }: { connection: Connection }) {
  const { data, error, isPending, refetch } = useConnectionRuns(connection.slug);
  if (isPending) return <LoadingRows rows={6} height={54} />;
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (data.length === 0)
    return (
      <div className="panel">
        <Empty title="Nothing has run yet">Each time Entente finds, sends, receives or writes something on this connection, a line appears here.</Empty>
      </div>
    );
  return <Timeline runs={data} />;
}
