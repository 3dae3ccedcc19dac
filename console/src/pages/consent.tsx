import { Button, Stack, Text, Title } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiError } from '../api.ts';
import { ConsentForm } from '../connecting/consent-form.tsx';
import { withinFrame } from '../connecting/leave.ts';
import { LinkPicture, NOBODY } from '../connecting/link-picture.tsx';
import { type Consent as ConsentInfo, useConsent } from '../connecting/queries.ts';
import { Page } from '../frame.tsx';
import type { LinkState } from '../link-sign.tsx';
import { Failed, LoadingRows, Trouble } from '../parts/states.tsx';

/** The destination's side of the admin path: what another side asks of an instance here. */
export function Consent() {
  const { id } = useParams({ from: '/connect/$id' });
  const { data, error, isPending, refetch } = useConsent(id);
  if (!data)
    return (
      <Page title="Request for a connection">
        {isPending ? <LoadingRows rows={3} height={120} /> : error && <Unknown error={error} retry={() => void refetch()} />}
      </Page>
    );
  const open = data.state === 'open';
  return (
    <Page title="Request for a connection" lead={data.proposal.name}>
      <div className="wizard">
        {open ? <Open consent={data} /> : <Over consent={data} state={data.state === 'open' ? 'expired' : data.state} />}
        <aside className="wizard-picture panel" aria-label="The connection so far">
          <Stack p="lg">
            <Picture consent={data} state={data.state === 'confirmed' ? 'active' : open ? 'pending' : 'deactivated'} />
          </Stack>
        </aside>
      </div>
    </Page>
  );
}

function Unknown({ error, retry }: { error: Error; retry: () => void }) {
  if (!(error instanceof ApiError) || (error.code !== 'no-such-request' && error.code !== 'not-found' && error.code !== 'unknown-connection'))
    return <Failed error={error} retry={retry} />;
  return (
    <Trouble message={error.message} remedy={error.remedy} code={error.code}>
      <Button component={Link} to="/connections" size="xs" variant="default" w="fit-content" my={4}>
        Go to the connections
      </Button>
    </Trouble>
  );
}

function Open({ consent }: { consent: ConsentInfo }) {
  if (consent.instance === null) return <NoInstanceYet consent={consent} />;
  return <ConsentForm consent={consent} instance={consent.instance} />;
}

/** The tracker is not served here yet. Adding it is a detour, and leads back. */
function NoInstanceYet({ consent: { id, wanted, proposal, mayConfirm } }: { consent: ConsentInfo }) {
  return (
    <Said title="Add the instance first">
      <Text className="break">
        {proposal.from.name} wants to connect with {wanted.replace(/^https?:\/\//, '')}. This node has no instance for that tracker yet.
      </Text>
      {mayConfirm.available ? (
        <>
          <Text c="dimmed">Add it with its credentials, and you come back here to read what is asked and to decide.</Text>
          <Button component="a" href={`/instances/add?${new URLSearchParams({ url: wanted, return: `/connect/${id}` }).toString()}`} w="fit-content">
            Add the instance
          </Button>
        </>
      ) : (
        <Text c="dimmed">{mayConfirm.reason ?? 'Only the operator of this node adds instances. Ask them to open this page.'}</Text>
      )}
    </Said>
  );
}

const OVER: Record<Exclude<ConsentInfo['state'], 'open'>, { title: string; text: (from: string) => string; back: string }> = {
  confirmed: {
    title: 'This connection is confirmed',
    text: () => 'Somebody has confirmed it here already. Nothing is left to do on this page.',
    back: 'Continue',
  },
  refused: {
    title: 'This request was refused',
    text: (from) => `Nothing is connected, and nothing was sent. ${from} is told so.`,
    back: 'Go back to the other side',
  },
  expired: {
    title: 'This request has expired',
    text: (from) => `It was open for half an hour. Begin again at ${from}: nothing has to be entered twice there.`,
    back: 'Go back to the other side',
  },
  cancelled: {
    title: 'This request was cancelled',
    text: (from) => `${from} has taken it back. Nothing is connected, and nothing was sent.`,
    back: 'Go back to the other side',
  },
};

function Over({ consent: { proposal, redirect }, state }: { consent: ConsentInfo; state: Exclude<ConsentInfo['state'], 'open'> }) {
  const { title, text, back } = OVER[state];
  return (
    <Said title={title}>
      <Text className="break">{text(proposal.from.name)}</Text>
      <div style={{ display: 'flex', gap: 12, flexWrap: 'wrap' }}>
        {redirect && (
          <Button component="a" href={withinFrame(redirect) ?? redirect}>
            {back}
          </Button>
        )}
        <Button component={Link} to="/connections" variant="default">
          Go to the connections
        </Button>
      </div>
    </Said>
  );
}

const Said = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="panel question" aria-labelledby="said">
    <Stack gap="md">
      <Title order={2} id="said" fz="lg">
        {title}
      </Title>
      {children}
    </Stack>
  </section>
);

function Picture({ consent: { proposal, instance, wanted }, state }: { consent: ConsentInfo; state: LinkState }) {
  const { from } = proposal;
  return (
    <LinkPicture
      from={{ ...from, lines: [from.platformName, ...(from.scope && from.scope.name !== from.name ? [from.scope.name] : [])] }}
      to={instance ? { ...instance, lines: [instance.platformName] } : { ...NOBODY, name: wanted.replace(/^https?:\/\//, '') }}
      state={state}
    />
  );
}
