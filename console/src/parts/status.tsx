import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClockPause,
  IconEqualNot,
  IconPlayerPause,
  IconRefresh,
  IconUnlink,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Connection, Twin } from '../api.ts';
import { Clock } from './time.tsx';

type Tone = 'ok' | 'wait' | 'bad' | 'quiet' | 'accent';
type Look = { readonly word: string; readonly tone: Tone; readonly Icon: typeof IconRefresh; readonly turning?: true };

const CONNECTION: Record<Connection['status'], Look> = {
  pending: { word: 'Pending', tone: 'quiet', Icon: IconCircleDashed },
  active: { word: 'Active', tone: 'ok', Icon: IconCircleCheck },
  deactivated: { word: 'Deactivated', tone: 'quiet', Icon: IconPlayerPause },
  error: { word: 'Error', tone: 'bad', Icon: IconCircleX },
};
const TWIN: Record<Twin['status']['state'], Look> = {
  'in-sync': { word: 'In sync', tone: 'ok', Icon: IconCircleCheck },
  syncing: { word: 'Syncing', tone: 'accent', Icon: IconRefresh, turning: true },
  waiting: { word: 'Waiting', tone: 'wait', Icon: IconClockPause },
  stopped: { word: 'Stopped', tone: 'bad', Icon: IconCircleX },
  conflict: { word: 'Conflict', tone: 'wait', Icon: IconAlertTriangle },
  differs: { word: 'Differs', tone: 'wait', Icon: IconEqualNot },
  ended: { word: 'Ended', tone: 'quiet', Icon: IconUnlink },
};

/** Icon, word and colour: never colour alone. */
export function Pill({ word, tone, Icon, turning }: Look) {
  return (
    <span
      style={{
        display: 'inline-flex',
        alignItems: 'center',
        gap: 6,
        padding: '2px 9px 2px 7px',
        borderRadius: 999,
        background: `var(--${tone}-wash)`,
        color: `var(--${tone})`,
        fontSize: 12,
        fontWeight: 600,
        whiteSpace: 'nowrap',
      }}
    >
      <Icon size={14} stroke={2} aria-hidden className={turning ? 'turning' : undefined} />
      {word}
    </span>
  );
}

export const ConnectionStatus = ({ status }: { status: Connection['status'] }) => <Pill {...CONNECTION[status]} />;
export const TwinState = ({ state }: { state: Twin['status']['state'] }) => <Pill {...TWIN[state]} />;

/** The state's sign beside its sentence. */
export function TwinIcon({ state, size = 26 }: { state: Twin['status']['state']; size?: number }) {
  const { Icon, tone, turning } = TWIN[state];
  return <Icon size={size} stroke={1.8} aria-hidden color={`var(--${tone})`} className={turning ? 'turning' : undefined} style={{ flex: 'none' }} />;
}

/** The status sentence in the reader's own time. */
export function StatusSentence({ status }: { status: Twin['status'] }): ReactNode {
  if (status.state === 'in-sync' && status.at)
    return (
      <>
        In sync since <Clock at={status.at} />
      </>
    );
  return status.sentence.replace(/\.$/, '');
}
