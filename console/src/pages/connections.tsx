import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import type { Connection, Place } from '../api.ts';
import { Page } from '../frame.tsx';
import { LinkSign, Mark } from '../link-sign.tsx';
import { ends, linkState } from '../parts/ends.ts';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { ConnectionStatus } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';
import { useConnections } from '../queries.ts';

const MODE = { basic: 'Basic', visual: 'Visual', script: 'Script' } as const;
const place = (side: Place | null): string =>
  side === null ? 'nobody yet' : side.scope && side.scope.name !== side.instanceName ? `${side.instanceName} · ${side.scope.name}` : side.instanceName;
/** A name that only repeats both sides needs no second line saying so. */
const sides = (connection: Connection): string => `${place(connection.from)} ↔ ${place(connection.to)}`;

export function Connections() {
  const { data, error, isPending, refetch } = useConnections();
  return (
    <Page title="Connections" lead="Each joins two instances and keeps entities on both sides in step.">
      {isPending ? <LoadingRows /> : error ? <Failed error={error} retry={() => void refetch()} /> : data.length === 0 ? <None /> : <List connections={data} />}
    </Page>
  );
}

const None = () => (
  <div className="panel">
    <Empty
      title="No connection yet"
      picture={<Mark size={40} />}
      command="bin/entente connection create --from INSTANCE --to INSTANCE --internal-comments-become-public"
    >
      A connection is the agreement between two instances: what is sent, what is accepted, and who decides when both sides change the same thing. Create the
      first one on the command line, and it appears here.
    </Empty>
  </div>
);

function List({ connections }: { connections: readonly Connection[] }) {
  const narrow = useMediaQuery('(max-width: 62em)', undefined, { getInitialValueInEffect: false });
  return narrow ? (
    <div className="panel rows">
      {connections.map((connection) => (
        <Card key={connection.slug} connection={connection} />
      ))}
    </div>
  ) : (
    <div className="panel" style={{ overflowX: 'auto' }}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Connection</th>
            <th scope="col">Status</th>
            <th scope="col">Mode</th>
            <th scope="col" className="number">
              Twins
            </th>
            <th scope="col">Last sync</th>
            <th scope="col">Errors</th>
          </tr>
        </thead>
        <tbody>
          {connections.map((connection) => (
            <tr key={connection.slug}>
              <td>
                <Group gap={16} wrap="nowrap">
                  <LinkSign {...ends(connection)} state={linkState(connection)} />
                  <div style={{ minWidth: 0 }}>
                    <Name connection={connection} />
                    <Text size="sm" c="dimmed" className="break">
                      {connection.name === sides(connection) ? `${connection.from.instance} ↔ ${connection.to?.instance ?? '…'}` : sides(connection)}
                    </Text>
                  </div>
                </Group>
              </td>
              <td>
                <ConnectionStatus status={connection.status} />
              </td>
              <td>{MODE[connection.mode]}</td>
              <td className="number">{connection.twins.toLocaleString('en')}</td>
              <td style={{ whiteSpace: 'nowrap' }}>{connection.lastSyncAt ? <Ago at={connection.lastSyncAt} /> : <Text c="dimmed">not yet</Text>}</td>
              <td>
                <Errors connection={connection} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Name = ({ connection }: { connection: Connection }) => (
  <Anchor component={Link} to={`/connections/${connection.slug}`} fw={600} className="break">
    {connection.name}
  </Anchor>
);

const Errors = ({ connection: { problems, problem } }: { connection: Connection }) => {
  const count = problems + (problem ? 1 : 0);
  return count === 0 ? (
    <Text c="dimmed">none</Text>
  ) : (
    <Anchor component={Link} to="/errors" fw={600} style={{ color: 'var(--bad)' }}>
      {count}
    </Anchor>
  );
};

function Card({ connection }: { connection: Connection }) {
  return (
    <Stack p="md" gap={10} className="row">
      <Group justify="space-between" wrap="nowrap">
        <LinkSign {...ends(connection)} state={linkState(connection)} />
        <ConnectionStatus status={connection.status} />
      </Group>
      <div>
        <Name connection={connection} />
        {connection.name !== sides(connection) && (
          <Text size="sm" c="dimmed" className="break">
            {sides(connection)}
          </Text>
        )}
      </div>
      <Group gap={18} c="dimmed" fz="sm">
        <span>{MODE[connection.mode]}</span>
        <span>{connection.twins === 1 ? '1 twin' : `${connection.twins.toLocaleString('en')} twins`}</span>
        <span>{connection.lastSyncAt ? <Ago at={connection.lastSyncAt} /> : 'no sync yet'}</span>
        {connection.problems > 0 && (
          <span>
            <Errors connection={connection} /> {connection.problems === 1 ? 'error' : 'errors'}
          </span>
        )}
      </Group>
    </Stack>
  );
}
