import { Checkbox, Group, Stack, Text } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import type { ReactNode, Ref } from 'react';
import './connecting.css';

interface ConsentBoxProps {
  readonly checked: boolean;
  readonly change: (checked: boolean) => void;
  /** Somebody went on without the tick. */
  readonly missing: boolean;
  readonly ref?: Ref<HTMLInputElement>;
  readonly children: ReactNode;
}

/** The one thing of Basic mode that somebody has to have understood before it happens. */
export function ConsentBox({ checked, change, missing, ref, children }: ConsentBoxProps) {
  return (
    <fieldset className="consent" data-missing={missing || undefined} aria-labelledby="consent-title">
      <Group gap={12} align="flex-start" wrap="nowrap">
        <IconEye size={20} color="var(--wait)" aria-hidden style={{ flex: 'none', marginTop: 1 }} />
        <Stack gap={10} style={{ minWidth: 0 }}>
          <div>
            <Text id="consent-title" fw={620}>
              Internal comments become public
            </Text>
            <Text component="div" size="sm" className="break">
              {children}
            </Text>
          </div>
          <Checkbox
            {...(ref ? { ref } : {})}
            checked={checked}
            onChange={(event) => change(event.currentTarget.checked)}
            label="I understand that internal comments arrive as public on the other side."
            error={missing ? 'Tick this to go on.' : undefined}
            styles={{ label: { fontWeight: 550 } }}
          />
        </Stack>
      </Group>
    </fieldset>
  );
}
