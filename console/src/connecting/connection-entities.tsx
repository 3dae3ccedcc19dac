import { Stack, Text } from '@mantine/core';
import type { Connection } from '../api.ts';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { SyncPanel } from '../parts/sync-panel.tsx';
import { TwinList } from '../parts/twin-list.tsx';
import { useTwins } from '../queries.ts';

export function ConnectionEntities({ connection }: { connection: Connection }) {
  const { data, error, isPending, refetch } = useTwins({ connection: connection.slug, limit: 100 });
  if (isPending) return <LoadingRows rows={5} />;
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (data.twins.length === 0)
    return (
      <Stack gap="lg">
        <div className="panel">
          <Empty title="Nothing is under sync yet">Here you see each entity with its twin on the other side, and whether the two are in step.</Empty>
        </div>
        <SyncPanel connection={connection} />
      </Stack>
    );
  return (
    <Stack gap="sm">
      <TwinList twins={data.twins} />
      {data.next && (
        <Text size="sm" c="dimmed">
          The newest {data.twins.length} of {connection.twins.toLocaleString('en')}. Search for any URN at the top to find the others.
        </Text>
      )}
    </Stack>
  );
}
