import { Anchor, Button, Group, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { CredentialsStep } from '../admin/credentials-step.tsx';
import type { Platform } from '../admin/queries.ts';
import { Page } from '../frame.tsx';
import { PlatformTile } from '../link-sign.tsx';
import { Failed, LoadingRows } from '../parts/states.tsx';
import { useInstances, useNode, usePlatforms } from '../queries.ts';

/** Only back into this console: where somebody came from while they were asked for a connection. */
export const safeReturn = (to: unknown): string | undefined => (typeof to === 'string' && /^\/connect\/[\w.~-]+$/.test(to) ? to : undefined);

/** A tracker is added: which platform, its credentials, proof that they work, a name. */
export function AddInstance() {
  const search = useSearch({ from: '/instances/add' });
  const back = safeReturn(search.return);
  const navigate = useNavigate();
  const user = useNode().data?.user;
  const { data, error, isPending, refetch } = usePlatforms();
  const first = useInstances().data?.length === 0;
  const platform = data?.find(({ id }) => id === search.platform) ?? null;
  const select = (id: string | undefined) => void navigate({ to: '/instances/add', search: { ...search, platform: id } });
  const leave = (slug: string) => void navigate({ to: back ?? (first ? '/getting-started' : `/instances/${slug}/settings`) });
  return (
    <Page
      title={first ? 'Add your first instance' : 'Add an instance'}
      lead="An instance is one tracker account. Entente signs in there as a user that you choose, and nothing is stored before that works."
      up={back ? { to: back, label: 'Back to the request' } : { to: first ? '/getting-started' : '/instances', label: first ? 'Getting started' : 'Instances' }}
      width={980}
    >
      {user && !user.operator ? (
        <NotYou />
      ) : isPending ? (
        <LoadingRows rows={2} height={96} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : platform ? (
        <>
          <Chosen platform={platform} change={() => select(undefined)} />
          <CredentialsStep key={platform.id} platform={platform} url={search.url} added={leave} />
        </>
      ) : (
        <Tiles platforms={data} select={select} />
      )}
    </Page>
  );
}

const NotYou = () => (
  <div className="panel" style={{ padding: 24 }}>
    <Text>
      Only an operator of this node adds instances. Ask one of them; who adds it can make you its owner.{' '}
      <Anchor component={Link} to="/connections" underline="always">
        Go to the connections
      </Anchor>
    </Text>
  </div>
);

function Tiles({ platforms, select }: { platforms: readonly Platform[]; select: (id: string) => void }) {
  return (
    <Stack gap="sm" component="section" aria-labelledby="platform-title">
      <Title order={2} id="platform-title">
        Which platform?
      </Title>
      <div className="platforms">
        {platforms.map(({ id, name, nouns }) => (
          <UnstyledButton key={id} className="panel platform" onClick={() => select(id)}>
            <PlatformTile platform={id} platformName={name} size={44} />
            <span style={{ minWidth: 0 }}>
              <Text span fw={620} size="lg" display="block" className="break">
                {name}
              </Text>
              <Text span size="sm" c="dimmed" display="block">
                {nouns.entities.replace(/^./, (letter) => letter.toUpperCase())}
                {nouns.scope ? `, by ${nouns.scope}` : ''}
              </Text>
            </span>
          </UnstyledButton>
        ))}
      </div>
    </Stack>
  );
}

function Chosen({ platform: { id, name }, change }: { platform: Platform; change: () => void }) {
  const line = useRef<HTMLDivElement>(null);
  // The tile that had the focus is gone.
  useEffect(() => line.current?.focus(), []);
  return (
    <Group ref={line} tabIndex={-1} className="panel" p="md" gap={14} wrap="nowrap" style={{ outline: 'none' }}>
      <PlatformTile platform={id} platformName={name} size={36} />
      <div style={{ flex: 1, minWidth: 0 }}>
        <Text size="xs" c="dimmed">
          Platform
        </Text>
        <Text fw={620} className="clip">
          {name}
        </Text>
      </div>
      <Button variant="default" size="sm" onClick={change}>
        Change
      </Button>
    </Group>
  );
}
