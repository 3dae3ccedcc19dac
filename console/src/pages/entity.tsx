import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import type { Twin } from '../api.ts';
import { Page } from '../frame.tsx';
import type { LinkState } from '../link-sign.tsx';
import { EntityCard } from '../parts/entity-card.tsx';
import { Joint } from '../parts/joint.tsx';
import { Failed, LoadingRows, Trouble } from '../parts/states.tsx';
import { StatusSentence, TwinIcon } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { useConnection, useRetryTwin, useRuns, useTwin } from '../queries.ts';

const LINK: Record<Twin['status']['state'], LinkState> = {
  'in-sync': 'active',
  syncing: 'crossing',
  waiting: 'pending',
  stopped: 'error',
  conflict: 'error',
  differs: 'active',
  ended: 'deactivated',
};

export function Entity() {
  const { id } = useParams({ from: '/entities/$id' });
  const { data: twin, error, isPending, refetch } = useTwin(id);
  if (isPending || error)
    return (
      <Page title="Entity" up={{ to: '/connections', label: 'Connections' }}>
        {error ? <Failed error={error} retry={() => void refetch()} /> : <LoadingRows rows={4} />}
      </Page>
    );
  const entity = twin.from ?? twin.to;
  return (
    <Page
      title={entity ? `${entity.instance}/${entity.urn}` : 'New entity'}
      lead={twin.summary ?? undefined}
      up={{ to: `/connections/${twin.connection}`, label: twin.connectionName }}
      aside={<Retry twin={twin} />}
    >
      <Status twin={twin} />
      <Differences twin={twin} />
      <History id={id} />
    </Page>
  );
}

function Retry({ twin }: { twin: Twin }) {
  const retry = useRetryTwin();
  const stopped = twin.problem !== null;
  return (
    <Button
      variant={stopped ? 'filled' : 'default'}
      size="sm"
      loading={retry.isPending}
      onClick={() => retry.mutate(twin.id)}
      disabled={twin.status.state === 'ended'}
    >
      {stopped ? 'Retry' : 'Sync now'}
    </Button>
  );
}

function Status({ twin }: { twin: Twin }) {
  const connection = useConnection(twin.connection).data;
  return (
    <section className="panel" aria-label="Status">
      <Stack p={{ base: 'md', sm: 'lg' }} gap="lg">
        <Group gap={12} align="flex-start" wrap="nowrap">
          <TwinIcon state={twin.status.state} />
          <Text fw={600} fz={{ base: 17, sm: 20 }} lh={1.3} className="break" aria-live="polite" data-testid="sentence">
            <StatusSentence status={twin.status} />
          </Text>
        </Group>
        <div className="pair">
          <EntityCard entity={twin.from} place={connection?.from} />
          <Joint state={LINK[twin.status.state]} />
          <EntityCard entity={twin.to} place={connection?.to} />
        </div>
        {twin.problem && (
          <Trouble message={twin.problem.means || twin.problem.message} remedy={twin.problem.remedy} code={twin.problem.code}>
            <Text size="sm" c="dimmed">
              Since <Ago at={twin.problem.since} />, tried {twin.problem.attempts === 1 ? 'once' : `${twin.problem.attempts} times`}.{' '}
              {twin.problem.retryAt ? (
                <>
                  Next try <Ago at={twin.problem.retryAt} />.
                </>
              ) : (
                'It is tried again when you press Retry.'
              )}
            </Text>
          </Trouble>
        )}
        <Text size="sm" c="dimmed">
          Under sync since <Ago at={twin.createdAt} />, on{' '}
          <Anchor component={Link} to={`/connections/${twin.connection}`} size="sm" underline="always">
            {twin.connectionName}
          </Anchor>
          .
        </Text>
      </Stack>
    </section>
  );
}

function Differences({ twin }: { twin: Twin }) {
  if (twin.differs.length + twin.conflicts.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="differs-title">
      <Stack p={{ base: 'md', sm: 'lg' }} gap="sm">
        <Text component="h2" id="differs-title" fw={620} size="lg" m={0}>
          {twin.conflicts.length > 0 ? 'What both sides changed' : 'What the two sides hold differently'}
        </Text>
        {twin.conflicts.map(({ instance, what, ours, theirs }) => (
          <Group key={`${instance} ${what}`} gap={8} align="flex-start">
            <Text fw={600}>{what}</Text>
            <span className="after">{ours ?? '(empty)'}</span>
            <Text c="dimmed">or</Text>
            <span className="after">{theirs ?? '(empty)'}</span>
          </Group>
        ))}
        {twin.differs.map(({ instance, what, reason }) => (
          <Text key={`${instance} ${what}`} className="break">
            <b>{what}</b> at {instance}: {reason}
          </Text>
        ))}
        {twin.differs.length > 0 && (
          <Text size="sm" c="dimmed">
            Nothing has to be done: the trackers cannot hold these alike, and nothing is lost on the side that has them.
          </Text>
        )}
      </Stack>
    </section>
  );
}

function History({ id }: { id: string }) {
  const { data, error, isPending, refetch } = useRuns(id);
  return (
    <Stack gap="sm" component="section" aria-labelledby="timeline-title">
      <Text component="h2" id="timeline-title" fw={620} size="lg" m={0}>
        Timeline
      </Text>
      {isPending ? (
        <LoadingRows rows={5} height={56} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data.length === 0 ? (
        <Text c="dimmed" className="panel" p="lg">
          Nothing has been done yet: it waits for its first run.
        </Text>
      ) : (
        <Timeline runs={data} />
      )}
    </Stack>
  );
}
