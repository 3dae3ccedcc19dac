import { Button, Group, Stack } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Connection, Twin } from '../api.ts';
import { Failed } from '../parts/states.tsx';
import { useInstances, useRetryTwin, useSync } from '../queries.ts';

/** What is to be done about the state that stands beside it. Who may only look sees no button. */
export function EntityAction({ twin, connection }: { twin: Twin; connection: Connection | undefined }) {
  const retry = useRetryTwin();
  const again = useSync(twin.connection);
  const instances = useInstances().data ?? [];
  if (!connection || connection.role === 'viewer') return null;
  const { state } = twin.status;
  const stopped = instances.find(({ slug, status }) => status === 'stopped' && (slug === twin.from?.instance || slug === twin.to?.instance));
  const off = connection.status === 'deactivated';
  const wait = retry.isPending || again.isPending;
  const retryButton = (word: string, first: boolean) => (
    <Button size="sm" variant={first ? 'filled' : 'default'} loading={wait} onClick={() => retry.mutate(twin.id)}>
      {word}
    </Button>
  );
  const own = [twin.from, twin.to].find(
    (entity) => entity && [connection.from, connection.to].some((place) => place && !place.remote && place.instance === entity.instance),
  );
  return (
    <Stack gap={8} align="flex-end">
      <Group gap="sm">
        {off ? (
          <Button component={Link} to={`/connections/${twin.connection}`} size="sm">
            Open the connection
          </Button>
        ) : state === 'ended' ? (
          own && (
            <Button size="sm" loading={wait} onClick={() => again.mutate(`${own.instance}/${own.urn}`)}>
              Sync again
            </Button>
          )
        ) : stopped ? (
          <>
            {retryButton('Retry', false)}
            <Button component={Link} to={`/instances/${stopped.slug}/settings`} size="sm">
              Open its settings
            </Button>
          </>
        ) : state === 'stopped' ? (
          retryButton('Retry', true)
        ) : state === 'waiting' ? (
          retryButton('Try now', true)
        ) : state === 'syncing' ? null : (
          retryButton('Sync now', false)
        )}
      </Group>
      {(retry.error ?? again.error) && <Failed error={(retry.error ?? again.error) as Error} />}
    </Stack>
  );
}
