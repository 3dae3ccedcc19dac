import { ActionIcon, Anchor, AppShell, Burger, Group, Menu, NavLink, Stack, Text, TextInput, Title, useMantineColorScheme } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconAlertTriangle, IconArrowsExchange, IconChevronLeft, IconMoon, IconSearch, IconSun, IconTicket, IconUserCircle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { postAuth } from './api.ts';
import { Mark } from './link-sign.tsx';
import { useLive, useNode, useProblems } from './queries.ts';

/** The frame of every page: navigation, search for any URN, the node's health, the account. */
export function Frame() {
  const [opened, { toggle, close }] = useDisclosure();
  const live = useLive();
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the drawer.
  useEffect(() => close(), [path, close]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 228, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding={0} transitionDuration={0}>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <AppShell.Header className="shell">
        <Group h="100%" px="md" gap="md" wrap="nowrap">
          <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={opened ? 'Close the menu' : 'Open the menu'} />
          <Anchor component={Link} to="/connections" underline="never" c="var(--ink)" aria-label="Entente" visibleFrom="sm" style={{ width: 196 }}>
            <Group gap={10} wrap="nowrap">
              <Mark />
              <Text fw={700} size="lg">
                Entente
              </Text>
            </Group>
          </Anchor>
          <SearchField />
          <Group gap={6} ml="auto" wrap="nowrap">
            <Health live={live} />
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className="shell" p="sm" aria-label="Main">
        <Navigation path={path} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} style={{ outline: 'none' }}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Navigation({ path }: { path: string }) {
  const errors = useProblems().data?.length ?? 0;
  const item = (to: '/connections' | '/entities' | '/errors', label: string, Icon: typeof IconTicket, right?: ReactNode) => (
    <NavLink
      component={Link}
      to={to}
      label={label}
      leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
      rightSection={right}
      active={path.startsWith(to)}
      aria-current={path.startsWith(to) ? 'page' : undefined}
      variant="subtle"
      color="gray"
      style={{ borderRadius: 8, ...(path.startsWith(to) ? { background: 'var(--quiet-wash)', color: 'var(--ink)', fontWeight: 600 } : {}) }}
    />
  );
  return (
    <Stack gap={2}>
      {item('/connections', 'Connections', IconArrowsExchange)}
      {item('/entities', 'Entities', IconTicket)}
      {item(
        '/errors',
        'Errors',
        IconAlertTriangle,
        errors > 0 ? (
          <Text size="xs" fw={700} c="var(--bad)" px={7} py={1} style={{ background: 'var(--bad-wash)', borderRadius: 999 }}>
            {errors}
          </Text>
        ) : undefined,
      )}
    </Stack>
  );
}

function SearchField() {
  const navigate = useNavigate();
  const [urn, setUrn] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useHotkeys([['mod+K', () => field.current?.focus()]]);
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

const Health = ({ live }: { live: boolean }) => (
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

function Account() {
  const user = useNode().data?.user;
  const client = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const dark = colorScheme === 'dark' || (colorScheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  return (
    <Menu position="bottom-end" width={240} withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account">
          <IconUserCircle size={22} stroke={1.6} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {user && <Menu.Label>{user.email || user.name}</Menu.Label>}
        <Menu.Item
          leftSection={dark ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
          onClick={() => setColorScheme(dark ? 'light' : 'dark')}
        >
          {dark ? 'Light colours' : 'Dark colours'}
        </Menu.Item>
        <Menu.Item onClick={() => void postAuth('sign-out', {}).then(() => client.resetQueries())}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface PageProps {
  readonly title: string;
  readonly lead?: string | undefined;
  readonly up?: { readonly to: string; readonly label: string };
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A page's heading and column. */
export function Page({ title, lead, up, aside, children }: PageProps) {
  return (
    <Stack gap="lg" px={{ base: 'md', sm: 32 }} py={{ base: 'lg', sm: 28 }} maw={1240} mx="auto">
      <title>{`${title} · Entente`}</title>
      <Group justify="space-between" align="flex-end" gap="md">
        <div style={{ minWidth: 0 }}>
          {up && (
            <Anchor component={Link} to={up.to} size="sm" c="dimmed" style={{ display: 'inline-flex', alignItems: 'center', gap: 2, marginBottom: 4 }}>
              <IconChevronLeft size={14} aria-hidden /> {up.label}
            </Anchor>
          )}
          <Title order={1} className="break">
            {title}
          </Title>
          {lead && (
            <Text c="dimmed" className="break">
              {lead}
            </Text>
          )}
        </div>
        {aside}
      </Group>
      {children}
    </Stack>
  );
}
