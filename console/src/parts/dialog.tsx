import { CloseButton, Group, Modal } from '@mantine/core';
import type { ReactNode } from 'react';

/** Asks something before it goes on. (Without Modal's own header, which is a second banner of the page to screen readers.) */
export function Dialog({
  opened,
  close,
  title,
  wide = false,
  children,
}: {
  opened: boolean;
  close: () => void;
  title: string;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <Modal.Root opened={opened} onClose={close} centered size={wide ? 'lg' : 'md'} transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body p="lg">
          <Group justify="space-between" align="flex-start" wrap="nowrap" mb="md">
            <Modal.Title fw={620} fz="lg" lh={1.4} className="break">
              {title}
            </Modal.Title>
            <CloseButton aria-label="Close" onClick={close} />
          </Group>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
