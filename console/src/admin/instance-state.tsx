import { IconCircleCheck, IconCircleX, IconClockPause } from '@tabler/icons-react';
import { Pill } from '../parts/status.tsx';
import type { Instance } from './queries.ts';

const LOOK = {
  working: { word: 'Working', tone: 'ok', Icon: IconCircleCheck },
  paused: { word: 'Paused', tone: 'wait', Icon: IconClockPause },
  stopped: { word: 'Stopped', tone: 'bad', Icon: IconCircleX },
} as const;

export const InstanceState = ({ status }: { status: Instance['status'] }) => <Pill {...LOOK[status]} />;
