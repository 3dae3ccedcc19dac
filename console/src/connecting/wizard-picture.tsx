import { Stack, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { MODES } from './destination.tsx';
import { LinkPicture, type PictureEnd } from './link-picture.tsx';
import type { Mode } from './queries.ts';
import './connecting.css';

const BASIC = [
  'Summary, description, comments and attachments, both ways',
  'Types keep their name where the other side has it',
  'You choose which entities come under sync',
];

/** What the answers amount to so far. */
export function WizardPicture({ from, to, mode, name }: { from: PictureEnd; to: PictureEnd; mode: Mode | null; name: string | null }) {
  return (
    <aside className="wizard-picture panel" aria-label="The connection so far">
      <Stack p="lg" gap="md">
        <LinkPicture from={from} to={to} state="pending" />
        {(name || mode) && (
          <Stack className="so-far" gap="sm" pt="md" style={{ borderTop: '1px solid var(--line)' }}>
            {name && (
              <Text fw={600} ta="center" className="break">
                {name}
              </Text>
            )}
            {mode && (
              <Text size="sm" c="dimmed" ta="center">
                {MODES[mode].name} mode
              </Text>
            )}
            {mode === 'basic' && (
              <ul className="promises">
                {BASIC.map((line) => (
                  <li key={line}>
                    <IconCheck size={16} color="var(--ok)" aria-hidden />
                    <Text size="sm">{line}</Text>
                  </li>
                ))}
              </ul>
            )}
          </Stack>
        )}
      </Stack>
    </aside>
  );
}
