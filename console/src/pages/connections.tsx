import { Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { connectionOf, useChosen } from '../admin/chosen.ts';
import type { Connection, Place } from '../api.ts';
import { PendingActions, WaitsFor } from '../connecting/pending-actions.tsx';
import { isLocal } from '../connecting/picture-of.ts';
import { Page } from '../frame.tsx';
import { LinkSign, Mark } from '../link-sign.tsx';
import { ends, linkState } from '../parts/ends.ts';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { ConnectionStatus } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';
import { useConnections } from '../queries.ts';

const MODE = { basic: 'Basic', visual: 'Visual', script: 'Script' } as const;
const MANY = 7;
const place = (side: Place, local = false): string =>
  side.scope && (local || side.scope.name !== side.instanceName) ? `${side.instanceName} · ${side.scope.name}` : side.instanceName;
const other = ({ from, to, pending }: Connection): string =>
  to ? place(to, isLocal({ from, to })) : (pending?.destination?.replace(/^https?:\/\//, '') ?? 'nobody yet');
const sides = (connection: Connection): string => `${place(connection.from, isLocal(connection))} ↔ ${other(connection)}`;
/** A name that only repeats both sides needs no second line saying so. */
const below = (connection: Connection): string =>
  connection.name === sides(connection) ? `${connection.from.platformName} ↔ ${connection.to?.platformName ?? '…'}` : sides(connection);

export function Connections() {
  const { data, error, isPending, refetch } = useConnections();
  const { slug, instance } = useChosen();
  const own = data?.filter((connection) => connectionOf(connection, slug)) ?? [];
  const some = own.length > 0;
  return (
    <Page title="Connections" lead="Each joins two instances and keeps entities on both sides in step." aside={some && <Buttons />}>
      {isPending ? (
        <LoadingRows />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : some ? (
        <Listed connections={own} />
      ) : (
        <None instance={data.length > 0 ? (instance?.name ?? null) : null} />
      )}
    </Page>
  );
}

const Buttons = () => (
  <Group gap="sm">
    <Button component={Link} to="/connections/accept" variant="default">
      Accept invitation
    </Button>
    <Button component={Link} to="/connections/initiate">
      Initiate connection
    </Button>
  </Group>
);

const None = ({ instance }: { instance: string | null }) => (
  <div className="panel">
    <Empty title={instance ? `${instance} has no connection yet` : 'No connection yet'} picture={<Mark size={40} />}>
      A connection is the agreement between two instances: what is sent, what is accepted, and who decides when both sides change the same thing. Initiate one
      from here, or accept the invitation that somebody has sent you.
    </Empty>
    <Group justify="center" pb={56} mt={-32} px="md">
      <Buttons />
    </Group>
  </div>
);

function Listed({ connections }: { connections: readonly Connection[] }) {
  const [words, setWords] = useState('');
  const wanted = words.trim().toLowerCase();
  const shown = connections.filter((connection) => `${connection.name} ${sides(connection)} ${connection.status}`.toLowerCase().includes(wanted));
  return (
    <Stack gap="md">
      {connections.length > MANY && (
        <Group gap="md">
          <TextInput
            aria-label="Filter the connections"
            placeholder="Filter by name, side or status"
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
            leftSection={<IconSearch size={16} aria-hidden />}
            w={{ base: '100%', sm: 320 }}
            autoComplete="off"
          />
          <Text size="sm" c="dimmed" role="status">
            {wanted ? `${shown.length} of ${connections.length}` : `${connections.length} connections`}
          </Text>
        </Group>
      )}
      {shown.length > 0 ? (
        <List connections={shown} />
      ) : (
        <Text className="panel" p="lg" c="dimmed">
          No connection has “{words.trim()}” in its name, sides or status.
        </Text>
      )}
    </Stack>
  );
}

function List({ connections }: { connections: readonly Connection[] }) {
  const narrow = useMediaQuery('(max-width: 75em)', undefined, { getInitialValueInEffect: false });
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
              <td style={{ width: '40%' }}>
                <Group gap={16} wrap="nowrap">
                  <LinkSign {...ends(connection)} state={linkState(connection)} />
                  <div style={{ minWidth: 0 }}>
                    <Name connection={connection} />
                    <Text size="sm" c="dimmed" className="break" lineClamp={2}>
                      {below(connection)}
                    </Text>
                  </div>
                </Group>
              </td>
              <td>
                <ConnectionStatus status={connection.status} />
              </td>
              {connection.pending ? (
                <td colSpan={4}>
                  <Group justify="space-between" gap="sm" wrap="nowrap">
                    <Text size="sm" c="dimmed" className="break">
                      <WaitsFor connection={connection} />
                    </Text>
                    <Group gap="xs" wrap="nowrap" style={{ flex: 'none' }}>
                      <PendingActions connection={connection} size="xs" />
                    </Group>
                  </Group>
                </td>
              ) : (
                <>
                  <td>{MODE[connection.mode]}</td>
                  <td className="number">{connection.twins.toLocaleString('en')}</td>
                  <td style={{ whiteSpace: 'nowrap' }}>{connection.lastSyncAt ? <Ago at={connection.lastSyncAt} /> : <Text c="dimmed">not yet</Text>}</td>
                  <td>
                    <Errors connection={connection} />
                  </td>
                </>
              )}
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

const Errors = ({ connection: { slug, problems, problem } }: { connection: Connection }) => {
  const count = problems + (problem ? 1 : 0);
  return count === 0 ? (
    <Text c="dimmed">none</Text>
  ) : (
    <Anchor
      fw={600}
      style={{ color: 'var(--bad)' }}
      aria-label={count === 1 ? '1 error' : `${count} errors`}
      renderRoot={(props) => <Link {...props} to="/connections/$name" params={{ name: slug }} search={{ tab: 'errors' }} />}
    >
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
        <Text size="sm" c="dimmed" className="break">
          {below(connection)}
        </Text>
      </div>
      {connection.pending ? (
        <>
          <Text size="sm" c="dimmed" className="break">
            <WaitsFor connection={connection} />
          </Text>
          <Group gap="xs">
            <PendingActions connection={connection} size="xs" />
          </Group>
        </>
      ) : (
        <Group gap={18} c="dimmed" fz="sm">
          <span>{MODE[connection.mode]}</span>
          <span>{connection.twins === 1 ? '1 twin' : `${connection.twins.toLocaleString('en')} twins`}</span>
          <span>{connection.lastSyncAt ? <Ago at={connection.lastSyncAt} /> : 'no sync yet'}</span>
          {connection.problems + (connection.problem ? 1 : 0) > 0 && (
            <span>
              <Errors connection={connection} /> {connection.problems + (connection.problem ? 1 : 0) === 1 ? 'error' : 'errors'}
            </span>
          )}
        </Group>
      )}
    </Stack>
  );
}
