import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { PlatformTile } from '../link-sign.tsx';
import { Ago } from '../parts/time.tsx';
import { InstanceState } from './instance-state.tsx';
import type { Instance } from './queries.ts';
import { every } from './settings/notices-panel.tsx';

/** Instances with how each is doing: its state, why it stands, how it hears of changes. */
export const InstanceList = ({ instances }: { instances: readonly Instance[] }) => (
  <ul className="panel rows plain">
    {instances.map((instance) => (
      <li key={instance.slug} className="row">
        <Group px="md" py={12} gap="md" mih={72} align="flex-start" wrap="nowrap">
          <PlatformTile platform={instance.platform} platformName={instance.platformName} size={36} />
          <Stack gap={2} style={{ minWidth: 0, flex: 1 }}>
            <Group gap={10} justify="space-between" wrap="nowrap">
              <Anchor component={Link} to={`/instances/${instance.slug}/settings`} fw={600} className="break">
                {instance.name}
              </Anchor>
              <InstanceState status={instance.status} />
            </Group>
            <Text size="sm" c="dimmed" className="break">
              {instance.url.replace(/^https?:\/\//, '')} · {instance.connections === 1 ? '1 connection' : `${instance.connections} connections`} ·{' '}
              {instance.notices === 'webhook' ? 'webhook, and looks ' : 'looks '}
              {every(instance.pollSeconds)}
              {instance.polledAt && (
                <>
                  , last <Ago at={instance.polledAt} />
                </>
              )}
            </Text>
            {instance.problem && (
              <Text size="sm" c="var(--bad)" className="break">
                {instance.problem.message} {instance.problem.remedy}
              </Text>
            )}
            {!instance.problem && instance.pausedUntil && (
              <Text size="sm" c="var(--wait)">
                The tracker allows no more calls for now; it goes on by itself
                {Date.parse(instance.pausedUntil) > Date.now() && (
                  <>
                    {' '}
                    <Ago at={instance.pausedUntil} />
                  </>
                )}
                .
              </Text>
            )}
          </Stack>
        </Group>
      </li>
    ))}
  </ul>
);
