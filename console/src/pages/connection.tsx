import { Anchor, Button, Group, List, Stack, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import type { Connection as ConnectionInfo, Place } from '../api.ts';
import { Page } from '../frame.tsx';
import { LinkSign } from '../link-sign.tsx';
import { ends, linkState } from '../parts/ends.ts';
import { Failed, LoadingRows, Trouble } from '../parts/states.tsx';
import { ConnectionStatus } from '../parts/status.tsx';
import { SyncPanel } from '../parts/sync-panel.tsx';
import { Ago } from '../parts/time.tsx';
import { TwinList } from '../parts/twin-list.tsx';
import { useConnection, useSetActive, useTwins } from '../queries.ts';

export function Connection() {
  const { name } = useParams({ from: '/connections/$name' });
  const { data, error, isPending, refetch } = useConnection(name);
  if (isPending)
    return (
      <Page title="Connection" up={{ to: '/connections', label: 'Connections' }}>
        <LoadingRows rows={3} />
      </Page>
    );
  if (error)
    return (
      <Page title="Connection" up={{ to: '/connections', label: 'Connections' }}>
        <Failed error={error} retry={() => void refetch()} />
      </Page>
    );
  return (
    <Page title={data.name} lead={data.description || undefined} up={{ to: '/connections', label: 'Connections' }} aside={<Switch connection={data} />}>
      <Header connection={data} />
      {data.problem && <Trouble message={data.problem.message} remedy={data.problem.remedy} code={data.problem.code} />}
      <SyncPanel connection={data} />
      <Rules connection={data} />
      <Twins connection={data} />
    </Page>
  );
}

function Switch({ connection }: { connection: ConnectionInfo }) {
  const setActive = useSetActive(connection.slug);
  const active = connection.status === 'active';
  if (connection.status === 'pending') return null;
  return (
    <Group gap="sm">
      <Button
        variant="default"
        size="sm"
        loading={setActive.isPending}
        onClick={() => setActive.mutate(!active)}
        title={active ? 'Nothing moves any more. Changes are kept and go out on activation.' : 'What was kept goes out.'}
      >
        {active ? 'Deactivate' : 'Activate'}
      </Button>
    </Group>
  );
}

function Header({ connection }: { connection: ConnectionInfo }) {
  return (
    <section className="panel" aria-label="Both sides">
      <div className="sides">
        <Side place={connection.from} />
        <Stack align="center" gap={10} py="xs">
          <LinkSign {...ends(connection)} state={linkState(connection)} size={44} length={88} />
          <ConnectionStatus status={connection.status} />
        </Stack>
        {connection.to && <Side place={connection.to} right />}
      </div>
      <Group className="facts" gap={28} px="lg" py={12}>
        <Fact label="Mode" value="Basic" />
        <Fact label="Twins" value={connection.twins.toLocaleString('en')} />
        <Fact label="Last sync" value={connection.lastSyncAt ? <Ago at={connection.lastSyncAt} /> : 'not yet'} />
        <Fact label="Errors" value={connection.problems === 0 ? 'none' : <span style={{ color: 'var(--bad)', fontWeight: 600 }}>{connection.problems}</span>} />
      </Group>
    </section>
  );
}

const Fact = ({ label, value }: { label: string; value: React.ReactNode }) => (
  <div>
    <Text size="xs" c="dimmed">
      {label}
    </Text>
    <Text fw={550}>{value}</Text>
  </div>
);

const Side = ({ place, right }: { place: Place; right?: boolean }) => (
  <div className={right ? 'side side-right' : 'side'}>
    <Text fw={620} size="lg" className="break">
      {place.instanceName}
    </Text>
    <Text size="sm" c="dimmed">
      {place.platformName}
      {place.scope ? ` · ${place.nouns.scope ?? 'scope'} ${place.scope.name}` : ''}
    </Text>
    <Anchor href={place.url} target="_blank" rel="noreferrer" size="sm" className="break" style={{ display: 'inline-flex', gap: 4, alignItems: 'center' }}>
      {place.url.replace(/^https?:\/\//, '')} <IconExternalLink size={13} aria-label="opens the tracker" />
    </Anchor>
  </div>
);

const Rules = ({ connection }: { connection: ConnectionInfo }) => (
  <section className="panel" aria-labelledby="rules-title">
    <Stack p={{ base: 'md', sm: 'lg' }} gap="sm">
      <Text component="h2" id="rules-title" fw={620} size="lg" m={0}>
        What this connection does
      </Text>
      <List spacing={6} size="md">
        {connection.rules.map((rule) => (
          <List.Item key={rule}>{rule}</List.Item>
        ))}
      </List>
    </Stack>
  </section>
);

function Twins({ connection }: { connection: ConnectionInfo }) {
  const { data, error, isPending, refetch } = useTwins({ connection: connection.slug, limit: 100 });
  return (
    <Stack gap="sm" component="section" aria-labelledby="twins-title">
      <Text component="h2" id="twins-title" fw={620} size="lg" m={0}>
        Entities under sync
      </Text>
      {isPending ? (
        <LoadingRows rows={3} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data.twins.length === 0 ? (
        <Text c="dimmed" className="panel" p="lg">
          None yet. Enter a URN above and press Sync: the first one takes a moment, and from then on both sides follow each other.
        </Text>
      ) : (
        <>
          <TwinList twins={data.twins} />
          {data.next && (
            <Text size="sm" c="dimmed">
              The newest {data.twins.length} of {connection.twins.toLocaleString('en')}. Search for any URN at the top to find the others.
            </Text>
          )}
        </>
      )}
    </Stack>
  );
}
