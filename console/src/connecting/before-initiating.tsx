import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { Link, Navigate } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { ApiError } from '../api.ts';
import { base } from '../base.ts';
import { LinkSign, Mark } from '../link-sign.tsx';
import { ends, linkState } from '../parts/ends.ts';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { useConnection } from '../queries.ts';
import { forgetDraft } from './draft.ts';
import { CancelButton, ContinueButton } from './pending-actions.tsx';

/** There is nothing yet that could be connected. */
export function NoInstance({ viewer, action = 'initiate a connection' }: { viewer: boolean; action?: string }) {
  return (
    <div className="panel">
      <Empty title={viewer ? 'You may look, but not connect' : 'Add your own instance first'} picture={<Mark size={40} />}>
        {viewer
          ? `To ${action} you have to be an admin of one of the instances here. Ask an owner: the members page of the instance shows who they are.`
          : `An instance is your side of a connection: one tracker account with its credentials. Add it, then ${action}.`}
      </Empty>
      {!viewer && (
        <Group justify="center" pb={48} mt={-32}>
          <Button component={Link} to="/instances/add">
            Add an instance
          </Button>
        </Group>
      )}
    </div>
  );
}

/** The browser's Back came to answers that are used already. */
export function AlreadyMade({ name, startAnew }: { name: string; startAnew: () => void }) {
  const { data, error, isPending, refetch } = useConnection(name);
  if (isPending) return <LoadingRows rows={1} height={160} />;
  if (error) {
    // Cancelled, refused or removed meanwhile: nothing is in the way of another one.
    if (error instanceof ApiError && error.code === 'unknown-connection')
      return (
        <Panel title="This connection is gone" actions={<Button onClick={startAnew}>Initiate another connection</Button>}>
          It was refused or cancelled before both sides had agreed. Nothing was synced.
        </Panel>
      );
    return <Failed error={error} retry={() => void refetch()} />;
  }
  const sign = <LinkSign {...ends(data)} state={linkState(data)} size={36} length={60} />;
  const anew = (
    <Button variant="subtle" onClick={startAnew}>
      Initiate another connection
    </Button>
  );
  // Confirmed in the other tab while this page was open: here it goes on.
  if (data.status !== 'pending' && base !== '') return <SetUp slug={data.slug} />;
  if (data.status !== 'pending')
    return (
      <Panel
        title={`${data.name} is set up`}
        sign={sign}
        actions={
          <>
            <Button component={Link} to={`/connections/${data.slug}`}>
              Open the connection
            </Button>
            {anew}
          </>
        }
      >
        With these answers the connection was made already.
      </Panel>
    );
  return (
    <Panel
      title={`${data.name} waits for the other side`}
      sign={sign}
      actions={
        <>
          <ContinueButton connection={data} />
          <CancelButton connection={data} done={startAnew} />
          {anew}
        </>
      }
    >
      {base === ''
        ? 'The connection is initiated, but nobody has confirmed it on the destination yet. Continue there, or cancel it.'
        : 'The destination’s console has opened in a tab of its own. Verify access and confirm there; this page goes on by itself. No tab? Press Continue.'}
    </Panel>
  );
}

function SetUp({ slug }: { slug: string }) {
  useEffect(forgetDraft, []);
  return <Navigate to="/connections/$name/connected" params={{ name: slug }} replace />;
}

const Panel = ({ title, sign, actions, children }: { title: string; sign?: ReactNode; actions: ReactNode; children: ReactNode }) => (
  <section className="panel" aria-labelledby="made-title">
    <Stack p={{ base: 'md', sm: 'lg' }} gap="md" align="flex-start">
      {sign}
      <div>
        <Title order={2} id="made-title" className="break">
          {title}
        </Title>
        <Text c="dimmed">{children}</Text>
      </div>
      <Group gap="sm">{actions}</Group>
    </Stack>
  </section>
);
