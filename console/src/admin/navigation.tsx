import { NavLink, Stack, Text } from '@mantine/core';
import {
  IconAlertTriangle,
  IconArrowsExchange,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconPlayerTrackNext,
  IconSettings,
  IconStack2,
  IconTicket,
  IconUsers,
} from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { useConnections, useNode, useProblems } from '../queries.ts';
import { problemOf, useChosen, useRole } from './chosen.ts';
import { useSteps } from './steps.ts';
import { Switcher } from './switcher.tsx';

interface Entry {
  readonly to: string;
  readonly label: string;
  readonly Icon: typeof IconTicket;
  /** Number at the right, when there is something to say. */
  readonly count?: number;
  readonly tone?: 'bad' | 'quiet';
}

/** What there is and the person may see: no dead links. */
export function Navigation() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { slug, instances, confined } = useChosen();
  const user = useNode().data?.user;
  const operator = user?.operator === true;
  const owner = user?.instances.some((it) => it.role === 'owner' && (slug === null || it.slug === slug)) === true;
  // Who works with all instances and opens the page of one sees what else there is of it.
  const near = slug ?? /^\/instances\/([^/]+)\/(?:settings|members)/.exec(path)?.[1] ?? null;
  const role = useRole(near);
  const connections = useConnections().data;
  const errors = (useProblems().data ?? []).filter((it) => problemOf(it, slug, connections)).length;
  const { done, known } = useSteps();
  const work: Entry[] = [
    { to: '/getting-started', label: 'Getting started', Icon: IconListCheck, ...(known && done < 3 ? { count: 3 - done, tone: 'quiet' as const } : {}) },
    { to: '/dashboard', label: 'Dashboard', Icon: IconLayoutDashboard },
    { to: '/connections', label: 'Connections', Icon: IconArrowsExchange },
    { to: '/entities', label: 'Entities', Icon: IconTicket },
    { to: '/queue', label: 'Sync queue', Icon: IconPlayerTrackNext },
    { to: '/errors', label: 'Errors', Icon: IconAlertTriangle, count: errors, tone: 'bad' },
  ];
  const manage: Entry[] = [
    ...(slug === null && (instances.length > 0 || operator) ? [{ to: '/instances', label: 'Instances', Icon: IconStack2 }] : []),
    ...(near === null ? [] : [{ to: `/instances/${near}/settings`, label: 'Settings', Icon: IconSettings }]),
    ...(near === null || role === null ? [] : [{ to: `/instances/${near}/members`, label: 'Members', Icon: IconUsers }]),
    ...(!confined && (operator || owner) ? [{ to: '/tokens', label: 'API tokens', Icon: IconKey }] : []),
    ...(instances.length > 0 ? [{ to: '/audit', label: 'Audit', Icon: IconHistory }] : []),
  ];
  const item = ({ to, label, Icon, count = 0, tone = 'quiet' }: Entry) => {
    const active = path === to || (path.startsWith(`${to}/`) && !(to === '/instances' && near !== null));
    return (
      <NavLink
        key={to}
        component={Link}
        to={to}
        label={label}
        className="nav"
        data-active-page={active || undefined}
        leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
        rightSection={
          count > 0 ? (
            <Text span size="xs" fw={700} px={7} py={1} c={`var(--${tone})`} style={{ background: `var(--${tone}-wash)`, borderRadius: 999 }}>
              {count > 99 ? '99+' : count}
            </Text>
          ) : undefined
        }
        aria-current={active ? 'page' : undefined}
        variant="subtle"
        color="gray"
      />
    );
  };
  return (
    <Stack gap="sm" mih="100%">
      <Switcher />
      <Stack gap={2}>{work.map(item)}</Stack>
      {manage.length > 0 && (
        <Stack gap={2} pt="sm" style={{ borderTop: '1px solid var(--line)' }}>
          {manage.map(item)}
        </Stack>
      )}
    </Stack>
  );
}
