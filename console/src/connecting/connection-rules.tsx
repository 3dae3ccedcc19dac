import { Group, Stack, Text } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import type { Connection } from '../api.ts';
import { Panel } from '../parts/panel.tsx';
import { RuleSentences } from './connection-overview.tsx';
import { MODES } from './destination.tsx';

/** The sync rules. Those of Basic mode are made by Entente and can only be read. */
export function ConnectionRules({ connection }: { connection: Connection }) {
  return (
    <Stack gap="lg">
      <Panel title="Sync rules" lead={`${MODES[connection.mode].name} mode, for both directions`}>
        {connection.mode === 'basic' && (
          <Group gap={10} wrap="nowrap" align="flex-start" p={12} style={{ background: 'var(--quiet-wash)', borderRadius: 8 }}>
            <IconLock size={18} color="var(--quiet)" aria-hidden style={{ flex: 'none', marginTop: 2 }} />
            <Text>
              In Basic mode Entente makes the rules and nobody can edit them. To change or remove one, upgrade the connection to Visual or Script mode: every
              twin stays. Upgrading is not in this version yet.
            </Text>
          </Group>
        )}
        <RuleSentences rules={connection.rules} />
      </Panel>
    </Stack>
  );
}
