import { Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { Check } from './queries.ts';

/** Whose account it is, and what it may not do with what follows from it. */
export function CheckResult({ check: { site, account, missing } }: { check: Check }) {
  const well = missing.length === 0;
  return (
    <div role="status" className={well ? 'note note-ok' : 'note note-wait'}>
      <Group gap={10} align="flex-start" wrap="nowrap">
        {well ? (
          <IconCircleCheck size={20} color="var(--ok)" aria-hidden style={{ flex: 'none', marginTop: 1 }} />
        ) : (
          <IconAlertTriangle size={20} color="var(--wait)" aria-hidden style={{ flex: 'none', marginTop: 1 }} />
        )}
        <Stack gap={6} style={{ minWidth: 0, flex: 1 }}>
          <Text className="break">
            <b>{site}</b> accepts the credentials. Entente works there as <b>{account.name}</b>
            {account.email && account.email !== account.name ? ` (${account.email})` : ''}.
          </Text>
          {well ? (
            <Text size="sm">Nothing is missing.</Text>
          ) : (
            <>
              <Text size="sm">
                {missing.length === 1 ? 'One permission is missing.' : `${missing.length} permissions are missing.`} You can go on; this does not work until the
                account has {missing.length === 1 ? 'it' : 'them'}:
              </Text>
              <ul className="missing">
                {missing.map(({ permission, consequence }) => (
                  <li key={permission} className="break">
                    <b>{permission}</b>
                    <span>{consequence}</span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </Stack>
      </Group>
    </div>
  );
}
