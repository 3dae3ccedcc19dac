import { Button, List, Stack, Text } from '@mantine/core';
import { Link, Navigate, useParams } from '@tanstack/react-router';
import { InvitationCode } from '../connecting/invitation-code.tsx';
import { LinkPicture, NOBODY } from '../connecting/link-picture.tsx';
import { pictureOf } from '../connecting/picture-of.ts';
import { Page } from '../frame.tsx';
import { Failed, LoadingRows } from '../parts/states.tsx';
import { useConnection } from '../queries.ts';

const UP = { to: '/connections', label: 'Connections' };

/** The code that somebody without access to the other side hands over to it. */
export function ConnectionInvitation() {
  const { name } = useParams({ from: '/connections/$name/invitation' });
  const { data, error, isPending, refetch } = useConnection(name);
  if (!data)
    return (
      <Page title="Invitation code" up={UP}>
        {isPending ? <LoadingRows rows={2} height={120} /> : error && <Failed error={error} retry={() => void refetch()} />}
      </Page>
    );
  // Accepted while the page is open: there is something better to look at.
  if (data.status !== 'pending') return <Navigate to="/connections/$name/connected" params={{ name }} replace />;
  if (data.pending?.path === 'admin') return <Navigate to="/connections/$name" params={{ name }} replace />;
  const there = data.to?.instanceName ?? 'the other side';
  return (
    <Page title="Invitation code" lead={data.name} up={UP}>
      <div className="wizard">
        <section className="panel question" aria-label="Invitation code">
          <Stack gap="lg">
            <InvitationCode
              connection={data}
              about={`Send this code to the admin of ${there}. It says what you propose and that it comes from you, and carries no password.`}
            >
              <Button variant="default" component={Link} to="/connections">
                Done
              </Button>
            </InvitationCode>
            <div>
              <Text fw={600} mb={6}>
                What the admin of {there} does
              </Text>
              <List type="ordered" size="md" spacing={4}>
                <List.Item>Opens the Entente console there, and goes to Connections.</List.Item>
                <List.Item>Presses Accept invitation, pastes the code, presses Next.</List.Item>
                <List.Item>Reads what you propose, chooses where entities are created if there is a choice, and presses Confirm.</List.Item>
              </List>
            </div>
            <Text size="sm" c="dimmed">
              Until then the connection is pending. You find this code again in the list of connections.
            </Text>
          </Stack>
        </section>
        <aside className="wizard-picture panel" aria-label="The connection so far">
          <Stack p="lg">
            <LinkPicture {...pictureOf(data, { ...NOBODY, name: 'Whoever accepts the invitation' })} state="pending" />
          </Stack>
        </aside>
      </div>
    </Page>
  );
}
