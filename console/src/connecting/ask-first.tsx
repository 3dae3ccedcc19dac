import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Failed } from '../parts/states.tsx';

interface AskFirstProps {
  /** On the button, and on the one that does it. */
  readonly verb: string;
  readonly title: string;
  readonly children: ReactNode;
  readonly keep?: string;
  readonly act: () => void;
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
      <Modal
        opened={opened}
        onClose={close}
        title={title}
        centered
        closeButtonProps={{ 'aria-label': 'Close' }}
        transitionProps={{ duration: 0 }}
        styles={{ title: { fontWeight: 620, fontSize: 16 } }}
      >
        <Stack gap="md">
          <Text component="div" className="break">
            {children}
          </Text>
          {error && <Failed error={error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close}>
              {keep}
            </Button>
            <Button color="red" loading={busy} onClick={act} data-autofocus>
              {verb}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
