import { IconCheck, IconX } from '@tabler/icons-react';
import type { Progress } from '../api.ts';
import './stages.css';

const WORDS = { captured: 'Captured', sent: 'Sent', received: 'Received', applied: 'Applied', 'in-sync': 'In sync' } as const;
const ms = (value: number): string => (value < 10_000 ? `${value.toLocaleString('en')} ms` : `${(value / 1000).toFixed(1)} s`);

/** The five stages. Each fills when it was recorded, with its milliseconds since the sync began. */
export function Stages({ progress }: { progress: Progress }) {
  const { stages, settled, twin } = progress;
  const failed = settled && (twin.status.state === 'stopped' || twin.status.state === 'conflict');
  const next = stages.findIndex(({ at }) => at === null);
  return (
    <ol className="stages" aria-label="Stages of this sync">
      {stages.map(({ stage, at, ms: passed }, i) => {
        const state = at ? 'done' : i === next && !settled ? 'now' : i === next && failed ? 'failed' : 'todo';
        return (
          <li key={stage} className="stage" data-state={state} data-stage={stage}>
            <span className="stage-dot" aria-hidden>
              {state === 'done' && <IconCheck size={13} stroke={3} />}
              {state === 'failed' && <IconX size={13} stroke={3} />}
            </span>
            <span className="stage-word">{WORDS[stage]}</span>
            <span className="stage-ms">{passed === null ? (state === 'now' ? '…' : state === 'failed' ? 'stopped here' : '') : ms(passed)}</span>
          </li>
        );
      })}
    </ol>
  );
}
