import { Anchor, Button, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useChosen } from '../admin/chosen.ts';
import { type Event, useAudit } from '../admin/queries.ts';
import { Page } from '../frame.tsx';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { Ago, exact } from '../parts/time.tsx';
import { useConnections } from '../queries.ts';

/** What was done, by whom, newest first. */
export function Audit() {
  const { slug, instance } = useChosen();
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAudit(slug);
  const events = data?.pages.flatMap((page) => page.events) ?? [];
  const names = new Map((useConnections().data ?? []).map((it) => [it.slug, it.name]));
  return (
    <Page title="Audit" lead={`What people did${instance ? ` at ${instance.name}` : ''}, on this side and the other one. Newest first.`} width={980}>
      {isPending ? (
        <LoadingRows rows={6} height={64} />
      ) : error && events.length === 0 ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : events.length === 0 ? (
        <div className="panel">
          <Empty title="Nothing has been done yet">Whoever sets up, changes or removes something appears here, with what it was and when.</Empty>
        </div>
      ) : (
        <>
          <ol className="panel rows plain">
            {events.map((event) => (
              <Line key={event.id} event={event} connectionName={event.connection === null ? null : (names.get(event.connection) ?? null)} />
            ))}
          </ol>
          {error && <Failed error={error} retry={() => void fetchNextPage()} />}
          {hasNextPage && (
            <Button variant="default" size="sm" w="fit-content" mx="auto" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show older ones
            </Button>
          )}
        </>
      )}
    </Page>
  );
}

const Line = ({ event, connectionName }: { event: Event; connectionName: string | null }) => (
  <li>
    <Group px="md" py={11} gap="md" justify="space-between" wrap="nowrap" align="flex-start" mih={64}>
      <div style={{ minWidth: 0 }}>
        <Text className="break">{event.sentence}</Text>
        <Text size="sm" c="dimmed" className="break">
          {event.by}
          {event.where === 'there' && ', on the other side'}
          {event.connection !== null && connectionName !== null && (
            <>
              {' · '}
              <Anchor component={Link} to={`/connections/${event.connection}`} size="sm" c="dimmed">
                {connectionName}
              </Anchor>
            </>
          )}
        </Text>
      </div>
      <Text size="sm" c="dimmed" style={{ flex: 'none' }} title={exact(event.at)}>
        <Ago at={event.at} />
      </Text>
    </Group>
  </li>
);
