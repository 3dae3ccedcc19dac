import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { problemOf, useChosen } from '../admin/chosen.ts';
import type { Connection, ListedProblem } from '../api.ts';
import { Page } from '../frame.tsx';
import { Empty, Failed, LoadingRows, Trouble } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { useConnections, useInstances, useNode, useProblems, useRetryAll, useRetryTwin } from '../queries.ts';

/** What does not go on by itself, or waits: what it means and what to do. */
export function Errors() {
  const { slug, instance } = useChosen();
  const { data, error, isPending, refetch } = useProblems();
  const connections = useConnections().data;
  const retryAll = useRetryAll();
  const mayMend = useMayMend();
  const own = (data ?? []).filter((it) => problemOf(it, slug, connections));
  const twins = own.filter(({ twin }) => twin !== null);
  return (
    <Page
      title="Errors"
      lead={`An error stops only what it must: one entity, not its connection.${instance ? ` These are of ${instance.name}.` : ''}`}
      aside={
        // All of the node's: for one instance alone there is no such request.
        slug === null && twins.length > 1 && mayMend ? (
          <Button variant="default" size="sm" loading={retryAll.isPending} onClick={() => retryAll.mutate()}>
            Retry all {twins.length}
          </Button>
        ) : undefined
      }
    >
      {retryAll.error && <Failed error={retryAll.error} />}
      {isPending ? (
        <LoadingRows rows={3} height={132} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : own.length === 0 ? (
        <div className="panel">
          <Empty title="No errors" picture={<IconCircleCheck size={36} color="var(--ok)" aria-hidden />}>
            Whatever stops or has to wait appears here, with what it means and what to do.
          </Empty>
        </div>
      ) : (
        <Stack gap="sm">
          {own.map((listed) => (
            <Item
              key={`${listed.instance} ${listed.connection} ${listed.twin?.id} ${listed.problem.code}`}
              listed={listed}
              connection={connections?.find((it) => it.slug === listed.connection)}
            />
          ))}
        </Stack>
      )}
    </Page>
  );
}

const useMayMend = (): boolean => useNode().data?.user?.instances.some(({ role }) => role !== 'viewer') === true;
const LEVEL = { twin: 'One entity', connection: 'The whole connection', instance: 'The whole instance' } as const;

function Item({
  listed: { problem, twin, connection: of, connectionName, instance },
  connection,
}: {
  listed: ListedProblem;
  connection: Connection | undefined;
}) {
  const retry = useRetryTwin();
  const name = useInstances().data?.find(({ slug }) => slug === instance)?.name ?? instance;
  const entity = twin?.from ?? twin?.to;
  const to = twin && entity ? `/entities/${twin.id}` : instance ? `/instances/${instance}/settings` : `/connections/${of}`;
  return (
    <article className="panel" style={{ padding: 16 }}>
      <Stack gap={10}>
        <div>
          <Group justify="space-between" gap={4} wrap="wrap">
            <Anchor component={Link} to={to} fw={600} className="break">
              {entity ? `${entity.instance}/${entity.urn}` : instance ? name : connectionName}
            </Anchor>
            <Text size="sm" c="dimmed">
              {LEVEL[problem.level]} · since <Ago at={problem.since} />
              {problem.retryAt && (
                <>
                  {' '}
                  · next try <Ago at={problem.retryAt} />
                </>
              )}
            </Text>
          </Group>
          {twin?.summary && (
            <Text className="break" lineClamp={2}>
              {twin.summary}
            </Text>
          )}
          {twin && of && (
            <Anchor component={Link} to={`/connections/${of}`} size="sm" c="dimmed" className="break">
              {connectionName}
            </Anchor>
          )}
        </div>
        <Trouble message={problem.message} remedy={problem.remedy} code={problem.code} />
        {retry.error && <Failed error={retry.error} />}
        {twin && connection?.role !== 'viewer' && (
          <Button size="xs" variant="default" w="fit-content" loading={retry.isPending} onClick={() => retry.mutate(twin.id)}>
            Retry
          </Button>
        )}
        {instance && (
          <Button component={Link} to={`/instances/${instance}/settings`} size="xs" variant="default" w="fit-content">
            Open its settings
          </Button>
        )}
      </Stack>
    </article>
  );
}
