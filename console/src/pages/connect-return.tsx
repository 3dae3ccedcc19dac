import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { Link, Navigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { forgetDraft, reopenDraft } from '../connecting/draft.ts';
import { LinkPicture, NOBODY } from '../connecting/link-picture.tsx';
import { useReturn } from '../connecting/queries.ts';
import { Page } from '../frame.tsx';
import { Failed, Trouble } from '../parts/states.tsx';

/** The browser is back from the other side. Loading it again gives the same answer. */
export function ConnectReturn() {
  const { state, code, error: refusal } = useSearch({ from: '/connect/return' });
  const body = state === undefined ? null : { state, ...(code === undefined ? {} : { code }), ...(refusal === undefined ? {} : { error: refusal }) };
  const { data, error, isFetching, refetch } = useReturn(body);
  const outcome = data?.outcome;
  // The answers stay for another try; what they made is over.
  useEffect(() => {
    if (outcome === 'active') forgetDraft();
    else if (outcome !== undefined) reopenDraft();
  }, [outcome]);

  if (!body)
    return (
      <Page title="Back from the other side">
        <Trouble
          message="This address is not complete."
          remedy="Look at the list of connections: a pending one can be continued from there."
          code="invalid-input"
        >
          <Actions />
        </Trouble>
      </Page>
    );
  if (data?.outcome === 'active' && data.connection) return <Navigate to="/connections/$name/connected" params={{ name: data.connection.slug }} replace />;
  if (data?.outcome === 'active') return <Navigate to="/connections" replace />;
  if (data)
    return (
      <Page title={data.outcome === 'refused' ? 'The other side refused' : 'The request has expired'} lead={data.connection?.name}>
        <section className="panel question">
          <Stack gap="md">
            <Text>
              {data.outcome === 'refused'
                ? 'Whoever decides there did not agree to the connection. Nothing is connected, and nothing was sent. Ask them why before you try again.'
                : 'Nobody confirmed it in time. Nothing is connected, and nothing was sent. Your answers are kept, so that trying again is quick.'}
            </Text>
            <Actions again />
          </Stack>
        </section>
      </Page>
    );
  if (error && !isFetching)
    return (
      <Page title="Back from the other side">
        <Failed error={error} retry={() => void refetch()} />
        <Actions />
      </Page>
    );
  return (
    <Page title="Finishing the connection">
      <section className="panel question">
        <Stack gap="lg" align="center" py="xl" role="status">
          <LinkPicture from={{ ...NOBODY, name: 'This side' }} to={NOBODY} state="crossing" />
          <div style={{ textAlign: 'center' }}>
            <Title order={2}>Both sides exchange their keys …</Title>
            <Text c="dimmed">This takes a moment. You can load this page again without harm.</Text>
          </div>
        </Stack>
      </section>
    </Page>
  );
}

const Actions = ({ again = false }: { again?: boolean }): ReactNode => (
  <Group gap="sm" py={4}>
    {again && (
      <Button component={Link} to="/connections/initiate">
        Try again with the same answers
      </Button>
    )}
    <Button component={Link} to="/connections" variant="default">
      Go to the connections
    </Button>
  </Group>
);
