import './admin/admin.css';
import { Anchor, AppShell, Burger, Group, Stack, Text, Title } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconChevronLeft } from '@tabler/icons-react';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { GuardBanner } from './admin/guard-banner.tsx';
import { Account, Health, SearchField } from './admin/header.tsx';
import { Navigation } from './admin/navigation.tsx';
import { Mark } from './link-sign.tsx';
import { useLive } from './queries.ts';

/** The frame of every page: instance and navigation at the left, search for any URN, the node's health and the account at the top. */
export function Frame() {
  const [opened, { toggle, close }] = useDisclosure();
  const live = useLive();
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the drawer.
  useEffect(() => close(), [path, close]);
  useHotkeys([['Escape', close]]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 240, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding={0} transitionDuration={0}>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <AppShell.Header className="shell">
        <Group h="100%" px="md" gap="md" wrap="nowrap">
          <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-expanded={opened} aria-label={opened ? 'Close the menu' : 'Open the menu'} />
          <Anchor component={Link} to="/" underline="never" c="var(--ink)" aria-label="Entente" visibleFrom="sm" style={{ width: 208 }}>
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
      <AppShell.Navbar className="shell drawer" data-closed={!opened || undefined} p="sm" aria-label="Main" style={{ overflowY: 'auto' }}>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} style={{ outline: 'none' }}>
        <GuardBanner />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

interface PageProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly up?: { readonly to: string; readonly label: string };
  readonly aside?: ReactNode;
  /** Widest that the column becomes, in pixels: forms are easier to read when they are narrow. */
  readonly width?: number;
  readonly children: ReactNode;
}

/** A page's heading and column. */
export function Page({ title, lead, up, aside, width = 1240, children }: PageProps) {
  return (
    <Stack gap="lg" px={{ base: 'md', sm: 32 }} py={{ base: 'lg', sm: 28 }} maw={1240} mx="auto">
      <title>{`${title} · Entente`}</title>
      <Group justify="space-between" align="flex-end" gap="md" maw={width}>
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
            <Text c="dimmed" className="break" maw={720}>
              {lead}
            </Text>
          )}
        </div>
        {aside}
      </Group>
      <Stack gap="lg" maw={width}>
        {children}
      </Stack>
    </Stack>
  );
}
