import { Group, Stack, Text } from '@mantine/core';
import type { Connection } from '../api.ts';
import { Panel } from '../parts/panel.tsx';
import { History } from './history.tsx';
import { InvitationCode } from './invitation-code.tsx';
import { CancelButton, mayChange, PendingActions, WaitsFor } from './pending-actions.tsx';

/** What can be done while nobody has accepted yet. */
export function PendingPanel({ connection }: { connection: Connection }) {
  const invited = connection.pending?.path === 'invitation';
  return (
    <div className="columns">
      <Panel title={invited ? 'Invitation code' : 'Waits for your confirmation on the other side'}>
        {invited ? (
          <InvitationCode connection={connection} about="Send it to the admin of the other side. They accept it in their console, under Connections.">
            {mayChange(connection) && <CancelButton connection={connection} />}
          </InvitationCode>
        ) : (
          <Stack gap="md">
            <Text>
              <WaitsFor connection={connection} />.
            </Text>
            <Group gap="sm">
              <PendingActions connection={connection} />
            </Group>
          </Stack>
        )}
      </Panel>
      <History connection={connection} />
    </div>
  );
}
