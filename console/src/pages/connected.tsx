import { Anchor, Badge, Group, Text, Title } from '@mantine/core';
import { IconArrowUpCircle, IconBolt, IconLink, IconPlayerPlay, IconStack2 } from '@tabler/icons-react';
import { Link, Navigate, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Connection } from '../api.ts';
import { forgetDraft } from '../connecting/draft.ts';
import { LinkPicture } from '../connecting/link-picture.tsx';
import { pictureOf } from '../connecting/picture-of.ts';
import { Page } from '../frame.tsx';
import { linkState } from '../parts/ends.ts';
import { Failed, LoadingRows } from '../parts/states.tsx';
import { SyncPanel } from '../parts/sync-panel.tsx';
import { useConnection } from '../queries.ts';

/** The end of setting up: the first entity crosses right here. */
export function Connected() {
  const { name } = useParams({ from: '/connections/$name/connected' });
  const { data, error, isPending, refetch } = useConnection(name);
  useEffect(forgetDraft, []);
  if (!data)
    return (
      <Page title="Connection" up={{ to: '/connections', label: 'Connections' }}>
        {isPending ? <LoadingRows rows={2} height={140} /> : error && <Failed error={error} retry={() => void refetch()} />}
      </Page>
    );
  if (data.status === 'pending') return <Navigate to="/connections/$name" params={{ name }} replace />;
  return (
    <Page title="The connection has been set up." lead={data.name} up={{ to: '/connections', label: 'Connections' }}>
      <section className="panel question" aria-label="Both sides">
        <div style={{ maxWidth: 520, margin: '0 auto' }}>
          <LinkPicture {...pictureOf(data)} state={linkState(data)} size={64} />
        </div>
      </section>
      <SyncPanel connection={data} first />
      <WhatsNext connection={data} />
    </Page>
  );
}

function WhatsNext({ connection }: { connection: Connection }) {
  const later = [
    { Icon: IconBolt, title: 'Create a trigger', text: 'Entities that match a filter come under sync by themselves.' },
    { Icon: IconStack2, title: 'Sync in bulk', text: 'Puts all entities that match a filter under sync, once.' },
    { Icon: IconLink, title: 'Connect existing entities', text: 'Joins two entities that are there already on both sides.' },
    { Icon: IconArrowUpCircle, title: 'Upgrade the mode', text: 'Visual or Script, when the made rules are not enough; every twin stays.' },
  ];
  return (
    <section aria-labelledby="next-title">
      <Title order={2} id="next-title" mb="sm">
        What’s next
      </Title>
      <ul className="panel rows" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        <li>
          <Group p="md" gap={14} wrap="nowrap" align="flex-start">
            <IconPlayerPlay size={20} color="var(--accent)" aria-hidden style={{ flex: 'none', marginTop: 1 }} />
            <div>
              <Anchor component={Link} to={`/connections/${connection.slug}`} fw={600}>
                Let it run
              </Anchor>
              <Text c="dimmed" size="sm">
                What is under sync stays in step by itself. The page of the connection shows what happens, and lets you sync more.
              </Text>
            </div>
          </Group>
        </li>
        {later.map(({ Icon, title, text }) => (
          <li key={title}>
            <Group p="md" gap={14} wrap="nowrap" align="flex-start">
              <Icon size={20} color="var(--quiet)" aria-hidden style={{ flex: 'none', marginTop: 1 }} />
              <div style={{ flex: 1, minWidth: 0 }}>
                <Group gap={10}>
                  <Text fw={600} c="dimmed">
                    {title}
                  </Text>
                  <Badge variant="default" size="sm" tt="none" fw={550} c="dimmed">
                    Not in this version yet
                  </Badge>
                </Group>
                <Text c="dimmed" size="sm">
                  {text}
                </Text>
              </div>
            </Group>
          </li>
        ))}
      </ul>
    </section>
  );
}
