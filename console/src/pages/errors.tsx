import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ListedProblem } from '../api.ts';
import { Page } from '../frame.tsx';
import { Empty, Failed, LoadingRows, Trouble } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { useProblems, useRetryAll, useRetryTwin } from '../queries.ts';

export function Errors() {
  const { data, error, isPending, refetch } = useProblems();
  const retryAll = useRetryAll();
  return (
    <Page
      title="Errors"
      lead="An error stops only what it must: one entity, not its connection."
      aside={
        data && data.length > 0 ? (
          <Button variant="default" size="sm" loading={retryAll.isPending} onClick={() => retryAll.mutate()}>
            Retry all
          </Button>
        ) : undefined
      }
    >
      {isPending ? (
        <LoadingRows rows={3} height={96} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data.length === 0 ? (
        <div className="panel">
          <Empty title="No errors" picture={<IconCircleCheck size={36} color="var(--ok)" aria-hidden />}>
            Whatever stops or has to wait appears here, with what it means and what to do.
          </Empty>
        </div>
      ) : (
        <Stack gap="sm">
          {data.map((listed) => (
            <Item key={`${listed.instance} ${listed.connection} ${listed.twin?.id} ${listed.problem.code}`} listed={listed} />
          ))}
        </Stack>
      )}
    </Page>
  );
}

const LEVEL = { twin: 'One entity', connection: 'The whole connection', instance: 'The whole instance' } as const;

function Item({ listed: { problem, twin, connection, connectionName, instance } }: { listed: ListedProblem }) {
  const retry = useRetryTwin();
  const entity = twin?.from ?? twin?.to;
  return (
    <article className="panel" style={{ padding: 16 }}>
      <Stack gap={10}>
        <Group justify="space-between" gap="sm">
          <Group gap={8}>
            {twin && entity ? (
              <Anchor component={Link} to={`/entities/${twin.id}`} fw={600}>
                {entity.instance}/{entity.urn}
              </Anchor>
            ) : (
              <Text fw={600}>{connectionName ?? instance}</Text>
            )}
            {twin?.summary && <Text className="break">{twin.summary}</Text>}
            {twin && connection && (
              <Anchor component={Link} to={`/connections/${connection}`} size="sm" c="dimmed">
                {connectionName}
              </Anchor>
            )}
          </Group>
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
        <Trouble message={problem.message} remedy={problem.remedy} code={problem.code} />
        {twin && (
          <Button size="xs" variant="default" w="fit-content" loading={retry.isPending} onClick={() => retry.mutate(twin.id)}>
            Retry
          </Button>
        )}
      </Stack>
    </article>
  );
}
