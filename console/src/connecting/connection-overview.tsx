import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Connection } from '../api.ts';
import { Panel } from '../parts/panel.tsx';
import { Failed, LoadingRows } from '../parts/states.tsx';
import { SyncPanel } from '../parts/sync-panel.tsx';
import { TwinList } from '../parts/twin-list.tsx';
import { useTwins } from '../queries.ts';
import { History } from './history.tsx';

const LATEST = 5;

export function ConnectionOverview({ connection }: { connection: Connection }) {
  return (
    <Stack gap="lg">
      <SyncPanel connection={connection} />
      <div className="columns">
        <Panel title="What this connection does">
          <RuleSentences rules={connection.rules} />
        </Panel>
        <History connection={connection} />
      </div>
      <Latest connection={connection} />
    </Stack>
  );
}

export const RuleSentences = ({ rules }: { rules: readonly string[] }) => (
  <ul className="promises">
    {rules.map((rule) => (
      <li key={rule}>
        <IconCheck size={16} color="var(--accent)" aria-hidden />
        <Text>{rule}</Text>
      </li>
    ))}
  </ul>
);

function Latest({ connection }: { connection: Connection }) {
  const { data, error, isPending, refetch } = useTwins({ connection: connection.slug, limit: LATEST });
  if (data?.twins.length === 0) return null;
  return (
    <Stack gap="sm" component="section" aria-labelledby="latest-title">
      <Group justify="space-between">
        <Title order={2} id="latest-title">
          Entities under sync
        </Title>
        <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/connections/$name" params={{ name: connection.slug }} search={{ tab: 'entities' }} />}>
          All {connection.twins.toLocaleString('en')}
        </Anchor>
      </Group>
      {isPending ? <LoadingRows rows={3} /> : error ? <Failed error={error} retry={() => void refetch()} /> : <TwinList twins={data.twins} />}
    </Stack>
  );
}
