import { Text } from '@mantine/core';
import type { Twin } from '../api.ts';
import { Panel } from '../parts/panel.tsx';

/** Where the two sides do not hold the same: what both changed, side by side, and what the trackers cannot hold alike. */
export function Differences({ twin }: { twin: Twin }) {
  const { differs, degraded, conflicts, from, to } = twin;
  if (differs.length + degraded.length + conflicts.length === 0) return null;
  const nameOf = (slug: string): string => [from, to].find((entity) => entity?.instance === slug)?.instanceName ?? slug;
  const across = (slug: string): string => [from, to].find((entity) => entity && entity.instance !== slug)?.instanceName ?? 'the other side';
  return (
    <Panel title={conflicts.length > 0 ? 'What both sides changed' : 'What the two sides hold differently'}>
      {conflicts.map(({ instance, what, ours, theirs }) => (
        <div key={`${instance} ${what}`} className="both">
          <Text fw={600} className="break both-name">
            {what}
          </Text>
          <Held at={nameOf(instance)} value={ours} />
          <Held at={across(instance)} value={theirs} />
        </div>
      ))}
      {differs.length + degraded.length > 0 && (
        <dl className="settings">
          {differs.map(({ instance, what, reason }) => (
            <div key={`${instance} ${what}`}>
              <dt className="break">
                {what} at {nameOf(instance)}
              </dt>
              <dd className="break">{reason}</dd>
            </div>
          ))}
          {degraded.map(({ instance, what, without }) => (
            <div key={`${instance} ${what} formatting`}>
              <dt className="break">
                {what} at {nameOf(instance)}
              </dt>
              <dd className="break">
                Shown without formatting that {nameOf(instance)} does not have: {without.join(', ')}.
              </dd>
            </div>
          ))}
        </dl>
      )}
      {differs.length + degraded.length > 0 && (
        <Text size="sm" c="dimmed">
          Nothing has to be done: the trackers cannot hold these alike, and nothing is lost on the side that has them.
        </Text>
      )}
      {conflicts.length > 0 && (
        <Text size="sm" c="dimmed">
          Neither side is overwritten. Set the value that you want on one of them: the other follows.
        </Text>
      )}
    </Panel>
  );
}

const Held = ({ at, value }: { at: string; value: string | null }) => (
  <div style={{ minWidth: 0 }}>
    <Text size="xs" c="dimmed" className="break">
      {at}
    </Text>
    <span className="after">{value === null || value === '' ? '(empty)' : value}</span>
  </div>
);
