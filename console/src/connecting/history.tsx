import { Stack, Text } from '@mantine/core';
import type { Connection } from '../api.ts';
import { Panel } from '../parts/panel.tsx';
import { Failed, LoadingRows } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { useConnectionEvents } from './queries.ts';

const SHOWN = 12;

/** Who did what with the connection, on both sides, newest first. */
export function History({ connection }: { connection: Connection }) {
  const { data, error, isPending, refetch } = useConnectionEvents(connection.slug);
  const there = connection.to?.instanceName ?? 'the other side';
  if (isPending) return <LoadingRows rows={3} height={48} />;
  if (error)
    return (
      <Panel title="Who did what">
        <Failed error={error} retry={() => void refetch()} />
      </Panel>
    );
  return (
    <Panel title="Who did what">
      {data.events.length === 0 ? (
        <Text c="dimmed" size="sm">
          Nothing is recorded yet.
        </Text>
      ) : (
        <Stack component="ol" gap={12} m={0} p={0} style={{ listStyle: 'none' }}>
          {data.events.slice(0, SHOWN).map((event) => (
            <li key={event.id}>
              <Text size="sm" className="break">
                {event.sentence}
              </Text>
              <Text size="xs" c="dimmed" className="break">
                {event.by}
                {event.where === 'there' ? ` at ${there}` : ''} · <Ago at={event.at} />
              </Text>
            </li>
          ))}
        </Stack>
      )}
      {(data.next !== null || data.events.length > SHOWN) && (
        <Text size="xs" c="dimmed">
          The newest {Math.min(SHOWN, data.events.length)}. The audit page has all of them.
        </Text>
      )}
    </Panel>
  );
}
