import { Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ApiError, type Connection, type Progress } from '../api.ts';
import { stoppedThere } from '../connecting/halves.ts';
import { useProgress, useSync } from '../queries.ts';
import { EntityCard } from './entity-card.tsx';
import { Joint } from './joint.tsx';
import { Stages } from './stages.tsx';
import { Trouble } from './states.tsx';
import { StatusSentence } from './status.tsx';

/** Puts an entity under sync by its URN, shows the stages as they happen, and both entities at the end. `first`: the words stay those of a first time. */
export function SyncPanel({ connection, first: always = false }: { connection: Connection; first?: boolean }) {
  const [urn, setUrn] = useState('');
  const sync = useSync(connection.slug);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (urn.trim()) sync.mutate(urn.trim());
  };
  const choose = (choice: string) => {
    setUrn(choice);
    sync.mutate(choice);
  };
  const { from } = connection;
  const first = always || connection.twins === 0;
  const inactive = connection.status !== 'active' || stoppedThere(connection) !== null;
  return (
    <section className="panel" aria-labelledby="sync-title">
      <Stack p={{ base: 'md', sm: 'lg' }} gap="md">
        <div>
          <Text component="h2" id="sync-title" fw={620} size="lg" m={0}>
            {first ? 'Sync your first entity' : 'Sync an entity'}
          </Text>
          <Text c="dimmed" size="sm">
            {inactive
              ? stoppedThere(connection)
                ? 'The other side has switched the connection off. Entities can come under sync when it is active there again.'
                : connection.status === 'error'
                  ? 'An error has stopped the connection. Entities can come under sync when it is mended.'
                  : 'The connection is not active. Activate it, then entities can come under sync.'
              : `The URN is what the tracker shows as its number or key. Either side may be the first: ${from.instance}/… or ${connection.to?.instance ?? ''}/…`}
          </Text>
        </div>
        <form onSubmit={submit}>
          <Group gap="sm" align="flex-start" wrap="nowrap">
            <TextInput
              aria-label="URN or address of the entity"
              placeholder={`${from.instance}/1, or its address`}
              value={urn}
              onChange={(event) => setUrn(event.currentTarget.value)}
              disabled={inactive}
              style={{ flex: 1, maxWidth: 440 }}
              autoComplete="off"
              spellCheck={false}
            />
            <Button type="submit" loading={sync.isPending} disabled={inactive}>
              Sync
            </Button>
          </Group>
        </form>
        {sync.error && <SyncTrouble error={sync.error} choose={choose} />}
        {sync.data && <Live key={sync.data.twin.id} first={sync.data} connection={connection} />}
      </Stack>
    </section>
  );
}

function SyncTrouble({ error, choose }: { error: Error; choose: (urn: string) => void }) {
  const known = error instanceof ApiError ? error : null;
  const candidates = Array.isArray(known?.details.candidates) ? (known.details.candidates as string[]) : [];
  const twin = typeof known?.details.twin === 'string' ? known.details.twin : null;
  return (
    <Trouble message={known?.message ?? 'Something in this page went wrong.'} remedy={known?.remedy ?? 'Load the page again.'} code={known?.code ?? error.name}>
      {candidates.length > 0 && (
        <Group gap="xs" py={4}>
          {candidates.map((candidate) => (
            <Button key={candidate} size="xs" variant="default" onClick={() => choose(candidate)}>
              Sync {candidate}
            </Button>
          ))}
        </Group>
      )}
      {twin && (
        <Anchor component={Link} to={`/entities/${twin}`}>
          Look at its status
        </Anchor>
      )}
    </Trouble>
  );
}

function Live({ first, connection }: { first: Progress; connection: Connection }) {
  const progress = useProgress(first);
  const { twin, settled } = progress;
  const { state } = twin.status;
  const sign = settled ? (state === 'in-sync' || state === 'differs' ? 'active' : state === 'waiting' ? 'pending' : 'error') : 'crossing';
  return (
    <Stack gap="lg" pt="xs">
      <Stages progress={progress} />
      <Text ta="center" fw={600} aria-live="polite" data-testid="sync-status">
        <StatusSentence status={twin.status} />
      </Text>
      {twin.problem && <Trouble message={twin.problem.means || twin.problem.message} remedy={twin.problem.remedy} code={twin.problem.code} />}
      <div className="pair">
        <EntityCard entity={twin.from} place={connection.from} />
        <Joint state={sign} />
        <EntityCard entity={twin.to} place={connection.to} />
      </div>
      <Anchor component={Link} to={`/entities/${twin.id}`} ta="center">
        Everything about this sync
      </Anchor>
    </Stack>
  );
}
