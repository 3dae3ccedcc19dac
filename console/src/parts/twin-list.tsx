import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import type { EntityLink, Twin } from '../api.ts';
import { StatusSentence, TwinState } from './status.tsx';
import { Ago } from './time.tsx';

const End = ({ entity }: { entity: EntityLink | null }) =>
  entity ? <span className="break">{`${entity.instance}/${entity.urn}`}</span> : <Text c="dimmed">not created yet</Text>;

/** Twins as a table, as cards where there is no room for one. */
export function TwinList({ twins, connection }: { twins: readonly Twin[]; connection?: boolean }) {
  const narrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  if (narrow)
    return (
      <div className="panel rows">
        {twins.map((twin) => (
          <Stack key={twin.id} p="md" gap={6} className="row">
            <Group justify="space-between" wrap="nowrap">
              <Anchor component={Link} to={`/entities/${twin.id}`} fw={600} className="break">
                {nameOf(twin)}
              </Anchor>
              <TwinState state={twin.status.state} />
            </Group>
            {twin.summary && (
              <Text size="sm" lineClamp={2} className="break">
                {twin.summary}
              </Text>
            )}
            <Text size="sm" c="dimmed" className="break">
              <StatusSentence status={twin.status} />
            </Text>
            {connection && (
              <Text size="xs" c="dimmed">
                {twin.connectionName}
              </Text>
            )}
          </Stack>
        ))}
      </div>
    );
  return (
    <div className="panel" style={{ overflowX: 'auto' }}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Entity</th>
            <th scope="col">Twin</th>
            <th scope="col">Status</th>
            <th scope="col">{connection ? 'Connection' : 'Details'}</th>
            <th scope="col">Under sync since</th>
          </tr>
        </thead>
        <tbody>
          {twins.map((twin) => (
            <tr key={twin.id}>
              <td>
                <Anchor component={Link} to={`/entities/${twin.id}`} fw={600}>
                  {nameOf(twin)}
                </Anchor>
                {twin.summary && (
                  <Text size="sm" lineClamp={1} maw={340} title={twin.summary}>
                    {twin.summary}
                  </Text>
                )}
              </td>
              <td>
                <End entity={twin.from ? twin.to : null} />
              </td>
              <td>
                <TwinState state={twin.status.state} />
              </td>
              <td>
                {connection ? (
                  twin.connectionName
                ) : (
                  <Text size="sm" c="dimmed" lineClamp={2}>
                    <StatusSentence status={twin.status} />
                  </Text>
                )}
              </td>
              <td style={{ whiteSpace: 'nowrap' }}>
                <Text size="sm" c="dimmed">
                  <Ago at={twin.createdAt} />
                </Text>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const nameOf = (twin: Twin): string => {
  const entity = twin.from ?? twin.to;
  return entity ? `${entity.instance}/${entity.urn}` : 'new entity';
};
