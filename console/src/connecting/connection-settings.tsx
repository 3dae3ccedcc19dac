import { Anchor, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDownload } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Connection } from '../api.ts';
import { base } from '../base.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Panel } from '../parts/panel.tsx';
import { Failed } from '../parts/states.tsx';
import { useSetActive } from '../queries.ts';
import { isOffHere } from './halves.ts';
import { CancelButton, mayChange } from './pending-actions.tsx';
import { usePatch, useRemove } from './queries.ts';

export function ConnectionSettings({ connection }: { connection: Connection }) {
  const navigate = useNavigate();
  if (!mayChange(connection))
    return (
      <Panel title="Settings">
        <Text>You may look at this connection, but not change it. Ask an admin of {connection.from.instanceName}.</Text>
        <Mapping connection={connection} />
      </Panel>
    );
  return (
    <Stack gap="lg" maw={760}>
      <Words key={`${connection.name} ${connection.description}`} connection={connection} />
      {connection.status === 'pending' ? (
        <Panel title="Cancel" lead="Nobody has accepted this connection yet.">
          <div>
            <CancelButton connection={connection} done={() => void navigate({ to: '/connections' })} />
          </div>
        </Panel>
      ) : (
        <>
          <Activity connection={connection} />
          <Panel title="Mode" lead="Basic. Upgrading to Visual or Script mode, in place and with every twin, is not in this version yet.">
            {null}
          </Panel>
          <Panel title="Mapping" lead="Which entity here belongs to which entity there, as a table.">
            <Mapping connection={connection} />
          </Panel>
          <Remove connection={connection} />
        </>
      )}
    </Stack>
  );
}

function Words({ connection }: { connection: Connection }) {
  const patch = usePatch(connection.slug);
  const [name, setName] = useState(connection.name);
  const [description, setDescription] = useState(connection.description);
  const same = name.trim() === connection.name && description === connection.description;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!same && name.trim()) patch.mutate({ name: name.trim(), description });
  };
  return (
    <Panel title="Name and description" lead="Both sides see them.">
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={name.trim() === '' ? 'It needs a name.' : undefined}
            maxLength={120}
            autoComplete="off"
          />
          <Textarea
            label="Description"
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
            autosize
            minRows={2}
            maxRows={10}
            maxLength={2000}
          />
          {patch.error && <Failed error={patch.error} />}
          <Group gap="sm">
            <Button type="submit" disabled={same || name.trim() === ''} loading={patch.isPending}>
              Save
            </Button>
            <Text role="status" size="sm" c="var(--ok)" fw={550}>
              {patch.isSuccess && same ? 'Saved' : ''}
            </Text>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function Activity({ connection }: { connection: Connection }) {
  const setActive = useSetActive(connection.slug);
  const off = isOffHere(connection);
  return (
    <Panel
      title={off ? 'Activate' : 'Deactivate'}
      lead={
        off
          ? 'What changed meanwhile on either side goes out as soon as both sides are active.'
          : 'Nothing moves any more, in neither direction. Changes are kept and go out on activation; twins and tickets stay. The other side sees that it was you.'
      }
    >
      {setActive.error && <Failed error={setActive.error} />}
      <div>
        <Button variant="default" loading={setActive.isPending} onClick={() => setActive.mutate(off)}>
          {off ? 'Activate' : 'Deactivate'}
        </Button>
      </div>
    </Panel>
  );
}

const Mapping = ({ connection }: { connection: Connection }) => (
  <div>
    <Button
      component="a"
      href={`${base}/api/v1/connections/${encodeURIComponent(connection.slug)}/mapping`}
      download={`${connection.slug}.csv`}
      variant="default"
      leftSection={<IconDownload size={16} aria-hidden />}
    >
      Download the mapping (CSV)
    </Button>
  </div>
);

function Remove({ connection }: { connection: Connection }) {
  const [opened, { open, close }] = useDisclosure();
  const [typed, setTyped] = useState('');
  const navigate = useNavigate();
  const remove = useRemove();
  const right = typed.trim() === connection.name;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (right) remove.mutate(connection.slug, { onSuccess: () => void navigate({ to: '/connections', replace: true }) });
  };
  return (
    <Panel title="Remove" lead="Ends the connection on both sides. This cannot be undone.">
      <div>
        <Button variant="default" onClick={open} style={{ color: 'var(--bad)' }}>
          Remove connection
        </Button>
      </div>
      <Dialog opened={opened} close={close} title={`Remove ${connection.name}?`} wide>
        <form onSubmit={submit}>
          <Stack gap="md">
            <div className="pair-of-panels">
              <div>
                <Text fw={600}>What stays</Text>
                <Text size="sm">All tickets on both sides, with every comment and file, as they are now.</Text>
              </div>
              <div>
                <Text fw={600}>What goes</Text>
                <Text size="sm">
                  The links between {connection.twins === 1 ? '1 pair' : `${connection.twins.toLocaleString('en')} pairs`} of entities, here and at{' '}
                  {connection.to?.instanceName ?? 'the other side'}, and what was waiting to be sent.
                </Text>
              </div>
            </div>
            {connection.twins > 0 && (
              <Text size="sm">
                Afterwards nobody knows which entity belonged to which.{' '}
                <Anchor href={`${base}/api/v1/connections/${encodeURIComponent(connection.slug)}/mapping`} download={`${connection.slug}.csv`}>
                  Download the mapping first
                </Anchor>
                : with it the pairs can be connected again.
              </Text>
            )}
            <TextInput
              label="To confirm, enter the name of the connection"
              description={connection.name}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
            />
            {remove.error && <Failed error={remove.error} />}
            <Group justify="flex-end" gap="sm">
              <Button variant="default" onClick={close}>
                Keep it
              </Button>
              <Button type="submit" color="red" disabled={!right} loading={remove.isPending}>
                Remove on both sides
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </Panel>
  );
}
