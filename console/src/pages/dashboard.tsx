import { Anchor, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { connectionOf, problemOf, useChosen } from '../admin/chosen.ts';
import { BARS, type Crossings, useCrossings, WINDOW_MS } from '../admin/crossings.ts';
import { InstanceList } from '../admin/instance-list.tsx';
import { useQueue } from '../admin/queries.ts';
import { Page } from '../frame.tsx';
import { LinkSign, Mark } from '../link-sign.tsx';
import { ends, linkState } from '../parts/ends.ts';
import { Panel } from '../parts/panel.tsx';
import { Empty, Failed, LoadingPanels, LoadingRows } from '../parts/states.tsx';
import { ConnectionStatus } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';
import { useConnections, useInstances, useProblems } from '../queries.ts';

/** How it is going, at a glance. Every number comes from the node. */
export function Dashboard() {
  const { slug, instance } = useChosen();
  const all = useConnections();
  const connections = all.data?.filter((it) => connectionOf(it, slug));
  const instances = useInstances();
  const problems = useProblems();
  const queue = useQueue();
  const crossings = useCrossings(connections);
  const own = instances.data?.filter((it) => slug === null || it.slug === slug);
  const broken = all.error ?? instances.error;
  const errors = problems.data?.filter((it) => problemOf(it, slug, all.data));
  return (
    <Page title="Dashboard" lead={instance ? instance.name : 'All instances'}>
      {broken ? (
        <Failed error={broken} retry={() => void Promise.all([all.refetch(), instances.refetch()])} />
      ) : own?.length === 0 ? (
        <div className="panel">
          <Empty title="Nothing to show yet" picture={<Mark size={40} />}>
            Twins, errors and what waits appear here once there is an instance and a connection.{' '}
            <Anchor component={Link} to="/getting-started" underline="always">
              Getting started
            </Anchor>{' '}
            says how.
          </Empty>
        </div>
      ) : (
        <>
          <div className="figures">
            <Figure label="Entities under sync" to="/entities" value={connections?.reduce((sum, it) => sum + it.twins, 0)} error={all.error} />
            <Figure label="Crossed in the last hour" value={crossings.data?.total} more={crossings.data?.atLeast} error={crossings.error} />
            <Figure label="Errors" to="/errors" value={errors?.length} bad={(errors?.length ?? 0) > 0} error={problems.error} />
            <Figure
              label="Waiting in the queue"
              to="/queue"
              value={queue.data?.waiting}
              error={queue.error}
              note={
                queue.data?.oldestAt ? (
                  <>
                    the oldest since <Ago at={queue.data.oldestAt} />
                  </>
                ) : slug === null ? undefined : (
                  'of the whole node'
                )
              }
            />
          </div>
          {crossings.data ? (
            <Hour crossings={crossings.data} />
          ) : crossings.error ? (
            <Failed error={crossings.error} retry={() => void crossings.refetch()} />
          ) : (
            <LoadingPanels heights={[196]} />
          )}
          <Stack gap="sm" component="section" aria-labelledby="instances-title">
            <Title order={2} id="instances-title">
              {own?.length === 1 ? 'Instance' : 'Instances'}
            </Title>
            {own ? <InstanceList instances={own} /> : <LoadingRows rows={2} height={72} />}
          </Stack>
          <Stack gap="sm" component="section" aria-labelledby="connections-title">
            <Title order={2} id="connections-title">
              Connections
            </Title>
            {connections ? <Connections connections={connections} /> : <LoadingRows rows={2} height={56} />}
          </Stack>
        </>
      )}
    </Page>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: number | undefined;
  readonly to?: string;
  readonly more?: boolean | undefined;
  readonly bad?: boolean;
  readonly note?: ReactNode;
  readonly error: Error | null;
}

function Figure({ label, value, to, more, bad, note, error }: FigureProps) {
  return (
    <div className="panel figure">
      <Text size="sm" c="dimmed">
        {to ? (
          <Anchor component={Link} to={to} size="sm" c="dimmed">
            {label}
          </Anchor>
        ) : (
          label
        )}
      </Text>
      {value === undefined ? (
        error ? (
          <Text fw={600} fz={26} lh={1.3} title={error.message}>
            –<span className="only-read">not known</span>
          </Text>
        ) : (
          <Skeleton w={64} h={34} />
        )
      ) : (
        <Text fw={620} fz={26} lh={1.3} style={bad ? { color: 'var(--bad)' } : undefined}>
          {value.toLocaleString('en')}
          {more && <span title="The node tells the newest 200 runs of each connection.">+</span>}
        </Text>
      )}
      {note && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </div>
  );
}

function Hour({ crossings: { bars, total, atLeast } }: { crossings: Crossings }) {
  const highest = Math.max(4, ...bars);
  const minutes = WINDOW_MS / BARS / 60_000;
  const words = bars.map((n, i) => `${n} ${(BARS - i) * minutes} to ${(BARS - i - 1) * minutes} minutes ago`).join(', ');
  return (
    <Panel title="Changes that crossed, last hour" lead={atLeast ? 'At least this many: the node tells the newest 200 runs of each connection.' : undefined}>
      {total === 0 ? (
        <Text c="dimmed" py="lg">
          Nothing crossed within the last hour. When somebody changes an entity that is under sync, it shows here.
        </Text>
      ) : (
        <div>
          <div className="bars" role="img" aria-label={`Per ${minutes} minutes: ${words}`}>
            {bars.map((n, i) => (
              <span key={String(i)} title={`${n} within ${minutes} minutes`}>
                {n > 0 && <b aria-hidden>{n}</b>}
                <i style={{ height: `${(n / highest) * 100}%` }} data-empty={n === 0 || undefined} />
              </span>
            ))}
          </div>
          <Group justify="space-between" c="dimmed" fz="xs" mt={6} aria-hidden>
            <span>an hour ago</span>
            <span>half an hour ago</span>
            <span>now</span>
          </Group>
        </div>
      )}
    </Panel>
  );
}

const Connections = ({ connections }: { connections: NonNullable<ReturnType<typeof useConnections>['data']> }) =>
  connections.length === 0 ? (
    <Text className="panel" p="lg" c="dimmed">
      No connection yet.{' '}
      <Anchor component={Link} to="/connections/initiate" underline="always">
        Initiate one
      </Anchor>
      , or accept an invitation.
    </Text>
  ) : (
    <ul className="panel rows plain">
      {connections.map((connection) => (
        <li key={connection.slug} className="row">
          <Group px="md" py={12} gap="md" wrap="nowrap">
            <LinkSign {...ends(connection)} state={linkState(connection)} size={26} length={22} />
            <div style={{ minWidth: 0, flex: 1 }}>
              <Anchor component={Link} to={`/connections/${connection.slug}`} fw={600} className="break">
                {connection.name}
              </Anchor>
              <Group gap={10}>
                <Text size="sm" c="dimmed">
                  {connection.twins === 1 ? '1 twin' : `${connection.twins.toLocaleString('en')} twins`} ·{' '}
                  {connection.lastSyncAt ? (
                    <>
                      last sync <Ago at={connection.lastSyncAt} />
                    </>
                  ) : (
                    'no sync yet'
                  )}
                </Text>

                {connection.status !== 'active' || connection.problem ? <ConnectionStatus status={connection.problem ? 'error' : connection.status} /> : null}
              </Group>
            </div>
          </Group>
        </li>
      ))}
    </ul>
  );
