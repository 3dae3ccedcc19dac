import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ask, type Connection, type ListedProblem } from '../api.ts';
import { Empty, Failed, LoadingRows, Trouble } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { useProblems, useRetryTwin } from '../queries.ts';
import { mayChange } from './pending-actions.tsx';

/** What stops this connection, or an entity of it. */
export function ConnectionErrors({ connection }: { connection: Connection }) {
  const { data, error, isPending, refetch } = useProblems();
  const client = useQueryClient();
  const retryAll = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/errors/retry', { body: { connection: connection.slug } })),
    onSettled: () => client.invalidateQueries(),
  });
  if (isPending) return <LoadingRows rows={3} height={96} />;
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  const ownSides = [connection.from, connection.to].flatMap((side) => (side && !side.remote ? [side.instance] : []));
  const own = data.filter(
    (listed) => listed.connection === connection.slug || (listed.connection === null && listed.instance !== null && ownSides.includes(listed.instance)),
  );
  if (own.length === 0)
    return (
      <div className="panel">
        <Empty title="No errors" picture={<IconCircleCheck size={36} color="var(--ok)" stroke={1.6} aria-hidden />}>
          Everything on this connection is in step, or on its way. An error stops one entity, and the others go on.
        </Empty>
      </div>
    );
  const twins = own.filter(({ twin }) => twin !== null).length;
  return (
    <Stack gap="md">
      {twins > 1 && mayChange(connection) && (
        <Group>
          <Button variant="default" loading={retryAll.isPending} onClick={() => retryAll.mutate()}>
            Retry all {twins}
          </Button>
        </Group>
      )}
      {retryAll.error && <Failed error={retryAll.error} />}
      {own.map((listed) => (
        <Listed key={`${listed.problem.code} ${listed.twin?.id ?? listed.instance ?? ''}`} listed={listed} may={mayChange(connection)} />
      ))}
    </Stack>
  );
}

function Listed({ listed: { problem, twin }, may }: { listed: ListedProblem; may: boolean }) {
  const retry = useRetryTwin();
  const entity = twin?.from ?? twin?.to ?? null;
  return (
    <section className="panel" aria-label={entity ? `${entity.instance}/${entity.urn}` : 'The whole connection'}>
      <Stack p="md" gap="sm">
        <Group justify="space-between" gap="sm">
          <div style={{ minWidth: 0 }}>
            {twin ? (
              <Anchor component={Link} to={`/entities/${twin.id}`} fw={600} className="break">
                {entity ? `${entity.instance}/${entity.urn}` : 'new entity'}
              </Anchor>
            ) : (
              <Text fw={600}>{problem.level === 'instance' ? 'The whole instance' : 'The whole connection'}</Text>
            )}
            <Text size="sm" c="dimmed" className="break">
              {twin?.summary ? `${twin.summary} · ` : ''}
              since <Ago at={problem.since} />
              {problem.attempts > 1 ? ` · ${problem.attempts} tries` : ''}
              {problem.retryAt && (
                <>
                  {' '}
                  · next try <Ago at={problem.retryAt} />
                </>
              )}
            </Text>
          </div>
          {twin && may && (
            <Button variant="default" size="xs" loading={retry.isPending} onClick={() => retry.mutate(twin.id)}>
              Retry
            </Button>
          )}
        </Group>
        <Trouble message={problem.message} remedy={problem.remedy} code={problem.code} />
        {retry.error && <Failed error={retry.error} />}
      </Stack>
    </section>
  );
}
