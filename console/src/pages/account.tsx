import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { postAuth } from '../api.ts';
import { Page } from '../frame.tsx';
import { Panel } from '../parts/panel.tsx';
import { isShort } from '../parts/password-field.tsx';
import { useInstances, useNode } from '../queries.ts';
import { labelOf } from './members.tsx';

/** The person's own account: who they are, their password, the way out. */
export function Account() {
  const user = useNode().data?.user;
  const instances = useInstances().data ?? [];
  const client = useQueryClient();
  if (!user) return null;
  return (
    <Page title="Your account" width={640}>
      <Panel title={user.name}>
        <dl className="settings">
          <div>
            <dt>E-mail</dt>
            <dd className="break">{user.email}</dd>
          </div>
          <div>
            <dt>Role</dt>
            <dd>
              {user.operator
                ? 'Operator of this node: everything, everywhere'
                : user.instances.map(({ slug, role }) => `${labelOf(role)} of ${instances.find((it) => it.slug === slug)?.name ?? slug}`).join(', ') ||
                  'Member of no instance'}
            </dd>
          </div>
        </dl>
        <Button variant="default" size="sm" w="fit-content" onClick={() => void postAuth('sign-out', {}).then(() => client.resetQueries())}>
          Sign out
        </Button>
      </Panel>
      {user.confinedTo === null && <Password />}
    </Page>
  );
}

function Password() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ wrong: string | null } | null>(null);
  const short = isShort(next);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const wrong = await postAuth('change-password', { currentPassword: current, newPassword: next, revokeOtherSessions: true });
    setBusy(false);
    setOutcome({ wrong });
    if (wrong) return;
    setCurrent('');
    setNext('');
  };
  return (
    <Panel title="Password" lead="Other browsers that are signed in as you are signed out.">
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          <PasswordInput
            label="Password now"
            autoComplete="current-password"
            required
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password now' }}
          />
          <PasswordInput
            label="New password"
            description="At least 10 characters."
            autoComplete="new-password"
            required
            value={next}
            error={short ? 'It needs at least 10 characters.' : undefined}
            onChange={(event) => setNext(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the new password' }}
          />
          {outcome?.wrong && (
            <Text role="alert" size="sm" c="var(--bad)">
              {outcome.wrong}
            </Text>
          )}
          <Group gap="md">
            <Button type="submit" size="sm" loading={busy} disabled={short || next === '' || current === ''}>
              Change password
            </Button>
            <div role="status">
              {outcome && !outcome.wrong && (
                <Group gap={6}>
                  <IconCheck size={16} color="var(--ok)" aria-hidden />
                  <Text size="sm">The new password holds from now on.</Text>
                </Group>
              )}
            </div>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
