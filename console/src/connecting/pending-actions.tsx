import { Button, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Connection } from '../api.ts';
import { Failed } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { AskFirst } from './ask-first.tsx';
import { leaveFor } from './leave.ts';
import { useCancel, useResume } from './queries.ts';

type Size = { readonly size?: string };
export const mayChange = ({ role }: Pick<Connection, 'role'>): boolean => role !== 'viewer';

/** What a pending connection waits for, in a sentence. */
export function WaitsFor({ connection: { pending, to } }: { connection: Connection }) {
  if (!pending) return null;
  // Nothing tells an open page that time has passed.
  const expired = pending.expired || Date.parse(pending.expiresAt) <= Date.now();
  const there = to?.instanceName ?? pending.destination?.replace(/^https?:\/\//, '') ?? 'the other side';
  if (pending.path === 'admin')
    return expired ? (
      <>The request has expired. Continue makes a new one.</>
    ) : (
      <>
        Waits for you to confirm at {there}; expires <Ago at={pending.expiresAt} />
      </>
    );
  return expired ? (
    <>The invitation is over. Issue a new one.</>
  ) : (
    <>
      Waits for the admin of {there} to accept; expires <Ago at={pending.expiresAt} />
    </>
  );
}

/** Admin path: to the other side's console once more. */
export function ContinueButton({ connection, size = 'sm' }: { connection: Connection } & Size) {
  const resume = useResume();
  const [leaving, setLeaving] = useState(false);
  const go = async () => {
    const { redirect } = await resume.mutateAsync(connection.slug);
    setLeaving(leaveFor(redirect));
  };
  return (
    <>
      <Button size={size} loading={resume.isPending || leaving} onClick={() => void go().catch(() => {})} aria-label={`Continue ${connection.name}`}>
        Continue
      </Button>
      {resume.error && (
        <div style={{ flexBasis: '100%' }}>
          <Failed error={resume.error} />
        </div>
      )}
    </>
  );
}

export function CancelButton({ connection, size = 'sm', done }: { connection: Connection; done?: () => void } & Size) {
  const cancel = useCancel();
  return (
    <AskFirst
      verb="Cancel"
      label={`Cancel ${connection.name}`}
      title={`Cancel ${connection.name}?`}
      keep="Keep waiting"
      act={async () => {
        await cancel.mutateAsync(connection.slug);
        done?.();
      }}
      busy={cancel.isPending}
      error={cancel.error}
      size={size}
    >
      {connection.pending?.path === 'invitation'
        ? 'The invitation code stops working, and the connection goes from this list. Nothing was synced; nothing changes in a tracker.'
        : 'The other side’s page says that you have cancelled, and the connection goes from this list. Nothing was synced; nothing changes in a tracker.'}
    </AskFirst>
  );
}

/** All that can be done with a connection that nobody has accepted yet. */
export function PendingActions({ connection, size = 'sm' }: { connection: Connection } & Size) {
  if (!connection.pending) return null;
  if (!mayChange(connection))
    return (
      <Text size="sm" c="dimmed">
        Only an admin can go on here.
      </Text>
    );
  return (
    <>
      {connection.pending.path === 'admin' ? (
        <ContinueButton connection={connection} size={size} />
      ) : (
        <Button
          component={Link}
          to={`/connections/${connection.slug}/invitation`}
          size={size}
          variant="default"
          aria-label={`Show the code of ${connection.name}`}
        >
          Show the code
        </Button>
      )}
      <CancelButton connection={connection} size={size} />
    </>
  );
}
