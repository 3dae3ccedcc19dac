import { Text } from '@mantine/core';
import { Panel } from '../../parts/panel.tsx';
import { Ago } from '../../parts/time.tsx';
import type { Instance } from '../queries.ts';

export const every = (seconds: number): string =>
  seconds % 60 === 0 && seconds >= 60
    ? seconds === 60
      ? 'every minute'
      : `every ${seconds / 60} minutes`
    : seconds === 1
      ? 'every second'
      : `every ${seconds} seconds`;

/** How the node hears of changes, and why it is so. */
export const NoticesPanel = ({ instance }: { instance: Instance }) => (
  <Panel title="How changes are noticed">
    <dl className="settings">
      <div>
        <dt>Webhook</dt>
        <dd>
          {instance.notices === 'webhook' ? 'Registered by Entente: the tracker tells of each change at once.' : 'None.'}
          {instance.noticesBecause && (
            <Text span size="sm" c="dimmed" display="block" className="break">
              {instance.noticesBecause}
            </Text>
          )}
        </dd>
      </div>
      <div>
        <dt>Polling</dt>
        <dd>
          {every(instance.pollSeconds).replace(/^./, (letter) => letter.toUpperCase())}
          {instance.notices === 'webhook' && ', in case a notice gets lost'}
          <Text span size="sm" c="dimmed" display="block">
            {instance.polledAt ? (
              <>
                Last looked <Ago at={instance.polledAt} />.
              </>
            ) : (
              'Not looked yet.'
            )}
          </Text>
        </dd>
      </div>
    </dl>
  </Panel>
);
