import { Group, Text } from '@mantine/core';
import { IconPlayerPause, IconUnlink } from '@tabler/icons-react';
import type { Connection } from '../api.ts';
import { Ago } from '../parts/time.tsx';
import { stoppedThere } from './halves.ts';

/** What the other side has done that stops the connection, and what that means here. */
export function OtherHalf({ connection }: { connection: Connection }) {
  const stopped = stoppedThere(connection);
  const { to } = connection;
  if (!stopped || !to) return null;
  const Icon = stopped === 'removed' ? IconUnlink : IconPlayerPause;
  return (
    <Group role="status" gap={10} wrap="nowrap" align="flex-start" p="12px 14px" style={{ background: 'var(--wait-wash)', borderRadius: 8 }}>
      <Icon size={18} color="var(--wait)" aria-hidden style={{ flex: 'none', marginTop: 2 }} />
      <div style={{ minWidth: 0 }}>
        <Text fw={600} className="break">
          {to.state.by ? `${to.state.by} of ${to.instanceName}` : to.instanceName} has {stopped} the connection
          {to.state.at && (
            <>
              {' '}
              <Ago at={to.state.at} />
            </>
          )}
        </Text>
        <Text>
          {stopped === 'removed'
            ? 'Nothing moves any more. All tickets stay as they are. Download the mapping in the settings if you may want to connect the pairs again, then remove the connection here too.'
            : 'Changes on this side are kept, and go out as soon as it is activated there. Nothing has to be done here.'}
        </Text>
      </div>
    </Group>
  );
}
