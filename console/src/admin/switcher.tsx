import { Group, Menu, Skeleton, Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconPlus, IconSelector, IconStack2 } from '@tabler/icons-react';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { PlatformTile } from '../link-sign.tsx';
import { useNode } from '../queries.ts';
import { choose, useChosen } from './chosen.ts';
import type { Instance } from './queries.ts';

const withoutScheme = (url: string): string => url.replace(/^https?:\/\//, '').replace(/\/$/, '');
const AllTile = () => (
  <span className="tile-all" aria-hidden>
    <IconStack2 size={18} stroke={1.7} />
  </span>
);

/** Which instance the person works with. Not shown inside a tracker's frame, where there is only one. */
export function Switcher() {
  const { slug, instance, instances, confined } = useChosen();
  const user = useNode().data?.user;
  const operator = user?.operator === true;
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  if (confined || user?.instances.length === 0) return null;
  if (instances.length === 0) return <Skeleton h={54} radius={10} role="status" aria-label="Loading" />;
  const turn = (to: string | null) => {
    choose(to);
    // A page of one instance becomes the same page of the other one.
    const page = /^\/instances\/[^/]+\/(\w+)/.exec(path)?.[1];
    if (page) void navigate({ to: to === null ? '/instances' : `/instances/${to}/${page}` });
  };
  const one = instances.length === 1;
  const name = instance?.name ?? 'All instances';
  return (
    <Menu position="bottom-start" width="min(300px, calc(100vw - 24px))" withinPortal disabled={one && !operator}>
      <Menu.Target>
        <UnstyledButton className="switcher" aria-label={`Instance: ${name}`}>
          <Group gap={10} wrap="nowrap">
            {instance ? <PlatformTile platform={instance.platform} platformName={instance.platformName} size={32} /> : <AllTile />}
            <Label name={name} under={instance ? withoutScheme(instance.url) : `${instances.length} instances`} />
            {(!one || operator) && <IconSelector size={16} aria-hidden color="var(--quiet)" style={{ flex: 'none' }} />}
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown {...(instances.length > 8 ? { mah: '70vh', style: { overflowY: 'auto' as const } } : {})}>
        {!one && (
          <Menu.Item leftSection={<AllTile />} rightSection={slug === null ? <IconCheck size={16} aria-label="chosen" /> : null} onClick={() => turn(null)}>
            All instances
          </Menu.Item>
        )}
        {instances.map((each) => (
          <Item key={each.slug} instance={each} chosen={each.slug === slug} choose={() => turn(each.slug)} />
        ))}
        {operator && (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<IconPlus size={18} aria-hidden />} onClick={() => void navigate({ to: '/instances/add' })}>
              Add instance
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

const Item = ({ instance, chosen, choose: turn }: { instance: Instance; chosen: boolean; choose: () => void }) => (
  <Menu.Item
    leftSection={<PlatformTile platform={instance.platform} platformName={instance.platformName} size={28} />}
    rightSection={chosen ? <IconCheck size={16} aria-label="chosen" /> : null}
    onClick={turn}
  >
    <Label name={instance.name} under={withoutScheme(instance.url)} />
  </Menu.Item>
);

const Label = ({ name, under }: { name: string; under: string }) => (
  <span style={{ minWidth: 0, flex: 1, display: 'block' }}>
    <Text span fw={600} className="clip" display="block" lh={1.35} title={name}>
      {name}
    </Text>
    <Text span size="xs" c="dimmed" className="clip" display="block" lh={1.35} title={under}>
      {under}
    </Text>
  </span>
);
