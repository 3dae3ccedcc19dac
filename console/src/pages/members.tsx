import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { type Member, type Role, useAddMember, useChangeMember, useInstance, useMembers, useRemoveMember } from '../admin/queries.ts';
import { Page } from '../frame.tsx';
import { Copyable } from '../parts/copy.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { Ago, exact } from '../parts/time.tsx';
import { useNode } from '../queries.ts';
import { useFollow, useWayUp } from './settings.tsx';

export const ROLES: readonly { readonly value: Role; readonly label: string; readonly may: string }[] = [
  { value: 'owner', label: 'Owner', may: 'everything, members included' },
  { value: 'admin', label: 'Admin', may: 'connections, settings, syncing' },
  { value: 'viewer', label: 'Viewer', may: 'look at everything, change nothing' },
];
export const labelOf = (role: Role): string => ROLES.find(({ value }) => value === role)?.label ?? role;
const data = ROLES.map(({ value, label }) => ({ value, label }));

/** Who may do what at an instance. */
export function Members() {
  const { slug } = useParams({ from: '/instances/$slug/members' });
  useFollow(slug);
  const instance = useInstance(slug).data;
  const members = useMembers(slug);
  const owner = instance?.role === 'owner';
  const up = useWayUp();
  return (
    <Page title="Members" lead={instance ? `Who may do what at ${instance.name}.` : 'Who may do what.'} {...up} width={860}>
      {owner && <Add slug={slug} />}
      {members.isPending ? (
        <LoadingRows rows={3} height={68} />
      ) : members.error ? (
        <Failed error={members.error} retry={() => void members.refetch()} />
      ) : members.data.length === 0 ? (
        <div className="panel">
          <Empty title="Nobody yet">Only the operators of this node see this instance. Add the people who look after it.</Empty>
        </div>
      ) : (
        <ul className="panel rows plain">
          {members.data.map((member) => (
            <Row key={member.id} slug={slug} member={member} owner={owner} />
          ))}
        </ul>
      )}
      <Text size="sm" c="dimmed">
        {ROLES.map(({ label, may }) => `${label}: ${may}.`).join(' ')} Operators of the node may do everything everywhere.
      </Text>
    </Page>
  );
}

function Add({ slug }: { slug: string }) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('admin');
  const adding = useAddMember(slug);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    adding.mutate({ email: email.trim(), role }, { onSuccess: () => setEmail('') });
  };
  const added = adding.data;
  return (
    <Panel title="Add somebody" lead="Who has an account on this node is in at once. Everybody else gets an address to join with, which you hand over.">
      <form onSubmit={submit}>
        <Group gap="sm" align="flex-end">
          <TextInput
            label="E-mail"
            type="email"
            required
            value={email}
            autoComplete="off"
            onChange={(event) => setEmail(event.currentTarget.value)}
            style={{ flex: '1 1 240px' }}
          />
          <Select label="Role" data={data} value={role} allowDeselect={false} w={130} onChange={(next) => next && setRole(next as Role)} />
          <Button type="submit" loading={adding.isPending}>
            Add
          </Button>
        </Group>
      </form>
      {adding.error && <Failed error={adding.error} />}
      {added && (
        <div role="status" className="note note-ok">
          {added.joinUrl ? (
            <Stack gap={8}>
              <Text className="break">
                Send this address to <b>{added.email}</b>. It works once{added.expiresAt ? `, until ${exact(added.expiresAt)}` : ''}, and is shown only now.
              </Text>
              <Copyable text={added.joinUrl} label="Copy the address" block />
            </Stack>
          ) : (
            <Text className="break">
              <b>{added.name ?? added.email}</b> is {labelOf(added.role).toLowerCase()} here from now on.
            </Text>
          )}
        </div>
      )}
    </Panel>
  );
}

function Row({ slug, member, owner }: { slug: string; member: Member; owner: boolean }) {
  const changing = useChangeMember(slug);
  const removing = useRemoveMember(slug);
  const [asked, setAsked] = useState(false);
  const own = useNode().data?.user?.email === member.email;
  const who = member.name ?? member.email;
  return (
    <li>
      <Group px="md" py={12} gap="md" mih={68}>
        <div style={{ minWidth: 0, flex: '1 1 200px' }}>
          <Text fw={600} className="break">
            {who}
            {own && (
              <Text span c="dimmed" fw={400}>
                {' '}
                (you)
              </Text>
            )}
          </Text>
          <Text size="sm" c="dimmed" className="break">
            {member.name ? member.email : 'Has not joined yet'}
            {member.joinedAt ? (
              <>
                {' '}
                · since <Ago at={member.joinedAt} />
              </>
            ) : (
              member.expiresAt && (
                <>
                  {' '}
                  · the address ends <Ago at={member.expiresAt} />
                </>
              )
            )}
          </Text>
        </div>
        {owner ? (
          <Group gap="sm" wrap="nowrap">
            <Select
              aria-label={`Role of ${who}`}
              data={data}
              value={member.role}
              allowDeselect={false}
              w={120}
              size="sm"
              disabled={changing.isPending}
              onChange={(next) => next && next !== member.role && changing.mutate({ id: member.id, role: next as Role })}
            />
            <Button size="sm" variant="default" onClick={() => setAsked(true)} aria-label={`Remove ${who}`}>
              Remove
            </Button>
          </Group>
        ) : (
          <Text>{labelOf(member.role)}</Text>
        )}
      </Group>
      {changing.error && (
        <div style={{ padding: '0 16px 12px' }}>
          <Failed error={changing.error} />
        </div>
      )}
      <Modal opened={asked} onClose={() => setAsked(false)} title={`Remove ${who}?`}>
        <Stack gap="md">
          <Text>
            {own ? 'You lose access to this instance at once.' : `${who} loses access to this instance at once.`} What was set up stays as it is.{' '}
            {own ? 'Another owner' : 'You'} can add {own ? 'you' : 'them'} again.
          </Text>
          {removing.error && <Failed error={removing.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={() => setAsked(false)}>
              Keep
            </Button>
            <Button color="red" loading={removing.isPending} onClick={() => removing.mutate(member.id, { onSuccess: () => setAsked(false) })}>
              Remove
            </Button>
          </Group>
        </Stack>
      </Modal>
    </li>
  );
}
