import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { EntityAction } from '../admin/entity-action.tsx';
import { Differences } from '../admin/entity-differences.tsx';
import type { Connection, Twin } from '../api.ts';
import { Page } from '../frame.tsx';
import type { LinkState } from '../link-sign.tsx';
import { EntityCard } from '../parts/entity-card.tsx';
import { Joint } from '../parts/joint.tsx';
import { Failed, LoadingPanels, LoadingRows, Trouble } from '../parts/states.tsx';
import { StatusSentence, TwinIcon } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { useConnection, useRuns, useTwin } from '../queries.ts';

const LINK: Record<Twin['status']['state'], LinkState> = {
  'in-sync': 'active',
  syncing: 'crossing',
  waiting: 'pending',
  stopped: 'error',
  conflict: 'error',
  differs: 'active',
  ended: 'deactivated',
};

/** The answer to “why is this ticket not in sync?”. */
export function Entity() {
  const { id } = useParams({ from: '/entities/$id' });
  const { data: twin, error, isPending, refetch } = useTwin(id);
  const connection = useConnection(twin?.connection ?? '', twin !== undefined).data;
  if (isPending || error)
    return (
      <Page title="Entity" lead={'\u00a0'} up={{ to: '/entities', label: 'Entities' }}>
        {error ? <Failed error={error} retry={() => void refetch()} /> : <LoadingPanels heights={[212, 320]} />}
      </Page>
    );
  const entity = twin.from ?? twin.to;
  return (
    <Page
      title={entity ? `${entity.instance}/${entity.urn}` : 'New entity'}
      lead={twin.summary ?? undefined}
      up={{ to: `/connections/${twin.connection}`, label: twin.connectionName }}
    >
      <Status twin={twin} connection={connection} />
      <Differences twin={twin} />
      <History id={id} />
    </Page>
  );
}

function Status({ twin, connection }: { twin: Twin; connection: Connection | undefined }) {
  return (
    <section className="panel" aria-label="Status">
      <Stack p={{ base: 'md', sm: 'lg' }} gap="lg">
        <Group gap="md" justify="space-between" align="flex-start" className="sentence">
          <Group gap={12} align="flex-start" wrap="nowrap" style={{ minWidth: 0, flex: '1 1 300px' }}>
            <TwinIcon state={twin.status.state} />
            <Text fw={600} fz={{ base: 17, sm: 20 }} lh={1.3} className="break" aria-live="polite" data-testid="sentence">
              <StatusSentence status={twin.status} />
            </Text>
          </Group>
          <EntityAction twin={twin} connection={connection} />
        </Group>
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
        <div className="pair">
          <EntityCard entity={twin.from} place={connection?.from} />
          <Joint state={LINK[twin.status.state]} />
          <EntityCard entity={twin.to} place={connection?.to} />
        </div>
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
