import { Anchor, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed, IconCircleX, IconExternalLink, IconPlayerPause, IconUnlink } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Connection, Place } from '../api.ts';
import { LinkSign } from '../link-sign.tsx';
import { ends, linkState } from '../parts/ends.ts';
import { ConnectionStatus } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';
import { MODES } from './destination.tsx';
import { isLocal } from './picture-of.ts';

/** The link, large, with what each side did last with its half. */
export function ConnectionHeader({ connection }: { connection: Connection }) {
  const { from, to, pending } = connection;
  return (
    <section className="panel" aria-label="Both sides">
      <div className="sides" style={{ alignItems: 'start' }}>
        <Side place={from} local={isLocal(connection)} />
        <Stack align="center" gap={10} py={6}>
          <LinkSign {...ends(connection)} state={linkState(connection)} size={44} length={88} />
          <ConnectionStatus status={connection.status} />
        </Stack>
        {to ? (
          <Side place={to} local={isLocal(connection)} right />
        ) : (
          <div className="side side-right">
            <Text fw={620} size="lg" c="dimmed">
              Nobody yet
            </Text>
            <Text size="sm" c="dimmed" className="break">
              {pending?.destination ? pending.destination.replace(/^https?:\/\//, '') : 'Whoever accepts the invitation'}
            </Text>
          </div>
        )}
      </div>
      <Group className="facts" gap={28} px="lg" py={12}>
        <Fact label="Mode" value={MODES[connection.mode].name} />
        <Fact label="Twins" value={connection.twins.toLocaleString('en')} />
        <Fact label="Last sync" value={connection.lastSyncAt ? <Ago at={connection.lastSyncAt} /> : 'not yet'} />
        <Fact label="Errors" value={connection.problems === 0 ? 'none' : <span style={{ color: 'var(--bad)', fontWeight: 600 }}>{connection.problems}</span>} />
        <Fact label={pending ? 'Initiated' : 'Set up'} value={<Ago at={connection.createdAt} />} />
      </Group>
    </section>
  );
}

const Fact = ({ label, value }: { label: string; value: ReactNode }) => (
  <div>
    <Text size="xs" c="dimmed">
      {label}
    </Text>
    <Text fw={550} component="div">
      {value}
    </Text>
  </div>
);

const STATE: Record<Place['state']['status'], { word: string; tone: string; Icon: typeof IconCircleCheck }> = {
  pending: { word: 'Pending', tone: 'quiet', Icon: IconCircleDashed },
  active: { word: 'Active', tone: 'ok', Icon: IconCircleCheck },
  deactivated: { word: 'Deactivated', tone: 'quiet', Icon: IconPlayerPause },
  removed: { word: 'Removed', tone: 'bad', Icon: IconUnlink },
  error: { word: 'Stopped by an error', tone: 'bad', Icon: IconCircleX },
};

const Side = ({ place, local, right }: { place: Place; local: boolean; right?: boolean }) => (
  <div className={right ? 'side side-right' : 'side'}>
    <Text fw={620} size="lg" className="break">
      {place.instanceName}
    </Text>
    <Text size="sm" c="dimmed" className="break">
      {place.platformName}
      {place.scope && (local || place.scope.name !== place.instanceName) ? ` · ${place.nouns.scope ?? 'scope'} ${place.scope.name}` : ''}
    </Text>
    <Anchor href={place.url} target="_blank" rel="noreferrer" size="sm" className="break" style={{ display: 'inline-flex', gap: 4, alignItems: 'center' }}>
      {place.url.replace(/^https?:\/\//, '')} <IconExternalLink size={13} aria-label="opens the tracker" style={{ flex: 'none' }} />
    </Anchor>
    <Text size="sm" c="dimmed" className="break">
      {place.remote
        ? place.node?.url
          ? `Node ${place.node.url.replace(/^https?:\/\//, '')}, version ${place.node.version}`
          : `A node that calls this one${place.node ? `, version ${place.node.version}` : ''}`
        : 'This node'}
    </Text>
    <State place={place} />
  </div>
);

/** What this side did last with its half, and who. */
function State({ place: { state, setUpBy } }: { place: Place }) {
  const { word, tone, Icon } = STATE[state.status];
  return (
    <Text size="sm" mt={6} component="div">
      <span style={{ display: 'inline-flex', gap: 6, alignItems: 'center', color: `var(--${tone})`, fontWeight: 600, verticalAlign: 'bottom' }}>
        <Icon size={15} aria-hidden /> {word}
      </span>
      <Text span size="sm" c="dimmed">
        {state.by ? ` by ${state.by}` : ''}
        {state.at ? (
          <>
            {' '}
            <Ago at={state.at} />
          </>
        ) : null}
        {setUpBy && state.status !== 'pending' ? ` · set up by ${setUpBy}` : setUpBy ? ` · initiated by ${setUpBy}` : ''}
      </Text>
    </Text>
  );
}
