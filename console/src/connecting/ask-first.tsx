import { Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { Failed } from '../parts/states.tsx';

interface AskFirstProps {
  /** On the button, and on the one that does it. */
  readonly verb: string;
  readonly title: string;
  readonly children: ReactNode;
  readonly keep?: string;
  /** Its failure is `error`. */
  readonly act: () => Promise<unknown>;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly variant?: 'default' | 'subtle';
  readonly size?: string;
  readonly label?: string;
}

/** A button for what cannot be undone: says first what happens. */
export function AskFirst({ verb, title, children, keep = 'Keep it', act, busy, error, variant = 'default', size = 'sm', label }: AskFirstProps) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant={variant} size={size} onClick={open} aria-label={label} {...(variant === 'subtle' ? { color: 'gray' } : {})}>
        {verb}
      </Button>
      <Dialog opened={opened} close={close} title={title}>
        <Stack gap="md">
          <Text component="div" className="break">
            {children}
          </Text>
          {error && <Failed error={error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close} data-autofocus>
              {keep}
            </Button>
            <Button color="red" loading={busy} onClick={() => void act().then(close, () => {})}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
