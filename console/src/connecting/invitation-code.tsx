import { Button, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconClockX, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useRef, useState } from 'react';
import type { Connection } from '../api.ts';
import { Failed, LoadingRows } from '../parts/states.tsx';
import { Ago, exact } from '../parts/time.tsx';
import { AskFirst } from './ask-first.tsx';
import { copyText } from './copy.ts';
import { mayChange } from './pending-actions.tsx';
import { type Invitation, useInvitation, useReissue, useRevoke } from './queries.ts';
import './connecting.css';

const OVER: Record<Exclude<Invitation['state'], 'open'>, { title: string; text: string }> = {
  used: { title: 'The invitation is accepted', text: 'The code has done its work and cannot be used again.' },
  revoked: { title: 'The invitation is revoked', text: 'Nobody can accept it any more. The connection waits until you issue a new code, or cancel it.' },
  expired: { title: 'The invitation has expired', text: 'Nobody accepted it in time. Issue a new code and send that one.' },
};

/** The code of a pending connection: to copy, to issue anew, to revoke. `children` stand beside the button that copies. */
export function InvitationCode({ connection, about, children }: { connection: Connection; about?: string; children?: ReactNode }) {
  const { data, error, isPending, refetch } = useInvitation(connection.slug);
  const reissue = useReissue(connection.slug);
  const revoke = useRevoke(connection.slug);
  if (isPending) return <LoadingRows rows={1} height={190} />;
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  const may = mayChange(connection);
  const again = (
    <Button variant="default" loading={reissue.isPending} onClick={() => reissue.mutate(undefined)}>
      Issue a new code
    </Button>
  );
  const failure = reissue.error ?? null;
  if (data.state !== 'open' || data.code === null) {
    const { title, text } = OVER[data.state === 'open' ? 'used' : data.state];
    return (
      <Stack gap="md" align="flex-start">
        <Group gap={10} align="flex-start" wrap="nowrap">
          <IconClockX size={20} color="var(--wait)" aria-hidden style={{ flex: 'none', marginTop: 1 }} />
          <div>
            <Text fw={600}>{title}</Text>
            <Text c="dimmed">{text}</Text>
          </div>
        </Group>
        {may && data.state !== 'used' && (
          <Group gap="sm">
            {again}
            {children}
          </Group>
        )}
        {failure && <Failed error={failure} />}
      </Stack>
    );
  }
  return (
    <Stack gap="md">
      {about && <Text>{about}</Text>}
      <Code code={data.code}>{children}</Code>
      <Text size="sm" c="dimmed" className="break">
        Works once, and expires <Ago at={data.expiresAt} /> ({exact(data.expiresAt)}).{' '}
        {data.boundTo ? `Only ${data.boundTo.replace(/^https?:\/\//, '')} can accept it.` : 'Every instance that is given it can accept it.'} Made by{' '}
        {data.createdBy}.
      </Text>
      {may && (
        <Group gap="sm">
          <AskFirst
            verb="Issue a new code"
            title="Issue a new code?"
            keep="Keep this code"
            variant="subtle"
            size="compact-sm"
            act={() => reissue.mutateAsync(undefined)}
            busy={reissue.isPending}
            error={failure}
          >
            This code stops working at once. You have to send the new one.
          </AskFirst>
          <AskFirst
            verb="Revoke"
            title="Revoke the invitation?"
            variant="subtle"
            size="compact-sm"
            act={() => revoke.mutateAsync(undefined)}
            busy={revoke.isPending}
            error={revoke.error}
          >
            Nobody can accept this code any more. The connection stays pending, and you can issue a new code.
          </AskFirst>
        </Group>
      )}
    </Stack>
  );
}

function Code({ code, children }: { code: string; children: ReactNode }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [copied, setCopied] = useState<'no' | 'yes' | 'selected'>('no');
  const copy = async () => {
    setCopied((await copyText(code, field.current)) ? 'yes' : 'selected');
  };
  return (
    <Stack gap="sm">
      <textarea
        ref={field}
        className="invitation-code"
        readOnly
        aria-label="Invitation code"
        value={code}
        onFocus={(event) => event.currentTarget.select()}
        spellCheck={false}
      />
      <Group gap="sm">
        <Button leftSection={copied === 'yes' ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />} onClick={() => void copy()}>
          Copy invitation code
        </Button>
        {children}
        <Text role="status" size="sm" c={copied === 'yes' ? 'var(--ok)' : 'dimmed'} fw={550}>
          {copied === 'yes' ? 'Copied' : copied === 'selected' ? 'The browser does not let this page copy. The code is selected: press Ctrl C, or ⌘C.' : ''}
        </Text>
      </Group>
    </Stack>
  );
}
