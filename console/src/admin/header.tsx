import { ActionIcon, Group, Menu, Text, TextInput, useMantineColorScheme } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconLogout, IconMoon, IconSearch, IconSun, IconUserCircle, IconUserCog } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { postAuth } from '../api.ts';
import { useNode } from '../queries.ts';

/** Any URN of either side, from anywhere. */
export function SearchField() {
  const navigate = useNavigate();
  const [urn, setUrn] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useHotkeys([['mod+K', () => field.current?.focus()]], []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!urn.trim()) return;
    void navigate({ to: '/entities', search: { urn: urn.trim() } });
    setUrn('');
    field.current?.blur();
  };
  return (
    <search style={{ flex: 1, maxWidth: 420, minWidth: 0 }}>
      <form onSubmit={submit}>
        <TextInput
          ref={field}
          aria-label="Search for a URN of either side"
          placeholder="Search for a URN"
          size="sm"
          value={urn}
          onChange={(event) => setUrn(event.currentTarget.value)}
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={
            <Text size="xs" c="dimmed" visibleFrom="sm" style={{ whiteSpace: 'nowrap' }}>
              {/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'}
            </Text>
          }
          rightSectionWidth={56}
          rightSectionPointerEvents="none"
          autoComplete="off"
          spellCheck={false}
        />
      </form>
    </search>
  );
}

/** Whether the node keeps this page up to date. */
export const Health = ({ live }: { live: boolean }) => (
  <Group
    gap={6}
    wrap="nowrap"
    title={live ? 'This page is kept up to date by the node.' : 'The node does not answer. This page goes on by itself when it does.'}
    role="status"
  >
    <svg width={10} height={10} aria-hidden>
      {live ? <circle cx={5} cy={5} r={4} fill="var(--ok)" /> : <circle cx={5} cy={5} r={3.5} fill="none" stroke="var(--bad)" strokeWidth={2} />}
    </svg>
    <Text size="xs" c={live ? 'dimmed' : 'var(--bad)'} visibleFrom="sm">
      {live ? 'Live' : 'Connecting again'}
    </Text>
  </Group>
);

export function Account() {
  const user = useNode().data?.user;
  const client = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const dark = colorScheme === 'dark' || (colorScheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  // Inside a tracker's frame the session is the tracker's: it has no account page and no end.
  const own = user && user.confinedTo === null;
  return (
    <Menu position="bottom-end" width={240} withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account">
          <IconUserCircle size={22} stroke={1.6} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {own && (
          <Menu.Item component={Link} to="/account" leftSection={<IconUserCog size={16} aria-hidden />} aria-label={`Your account: ${user.name}`}>
            <Text span fw={600} className="clip" display="block" maw={170}>
              {user.name}
            </Text>
            <Text span size="xs" c="dimmed" className="clip" display="block" maw={170}>
              {user.email}
            </Text>
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={dark ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
          onClick={() => setColorScheme(dark ? 'light' : 'dark')}
        >
          {dark ? 'Light colours' : 'Dark colours'}
        </Menu.Item>
        {own && (
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void postAuth('sign-out', {}).then(() => client.resetQueries())}>
            Sign out
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
