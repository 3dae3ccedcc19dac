import { Center, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Mark } from '../link-sign.tsx';

/** A page for somebody who is not signed in. */
export const Door = ({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) => (
  <Center mih="100vh" p="md">
    <main style={{ width: '100%', maxWidth: 400 }}>
      <title>{`${title} · Entente`}</title>
      <Stack gap="lg">
        <Stack gap={10} align="center" ta="center">
          <Mark size={36} />
          <Title order={1} className="break">
            {title}
          </Title>
          {lead && (
            <Text c="dimmed" className="break">
              {lead}
            </Text>
          )}
        </Stack>
        {children}
      </Stack>
    </main>
  </Center>
);
