import { Anchor, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Panel } from '../../parts/panel.tsx';
import { Failed } from '../../parts/states.tsx';
import { choose } from '../chosen.ts';
import { type Instance, useRemoveInstance } from '../queries.ts';

/** Takes the instance off this node; says why not while it has connections. */
export function RemovePanel({ instance }: { instance: Instance }) {
  const [open, setOpen] = useState(false);
  const used = instance.connections > 0;
  return (
    <Panel
      title="Remove this instance"
      aside={
        <Button size="sm" variant="default" color="red" disabled={used} onClick={() => setOpen(true)}>
          Remove instance
        </Button>
      }
    >
      <Text size="sm" c="dimmed">
        {used ? (
          <>
            It has {instance.connections === 1 ? 'a connection' : `${instance.connections} connections`}, so it cannot be removed now.{' '}
            <Anchor component={Link} to="/connections" size="sm" underline="always">
              Remove {instance.connections === 1 ? 'it' : 'them'} first
            </Anchor>
            .
          </>
        ) : (
          `Its settings, credentials and members go from this node. ${instance.platformName} itself and its ${instance.nouns.entities} stay as they are.`
        )}
      </Text>
      {open && <Confirm instance={instance} close={() => setOpen(false)} />}
    </Panel>
  );
}

function Confirm({ instance, close }: { instance: Instance; close: () => void }) {
  const [typed, setTyped] = useState('');
  const navigate = useNavigate();
  const removing = useRemoveInstance(instance.slug, async () => {
    choose(null);
    await navigate({ to: '/instances' });
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    removing.mutate();
  };
  return (
    <Modal opened onClose={close} title={`Remove ${instance.name}?`}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text>
            Settings, credentials, members and tokens of this instance go from the node. {instance.platformName} and its {instance.nouns.entities} stay as they
            are. It cannot be undone, but the instance can be added again.
          </Text>
          <TextInput
            label={`Type ${instance.slug} to confirm`}
            value={typed}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {removing.error && <Failed error={removing.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close}>
              Keep it
            </Button>
            <Button type="submit" color="red" disabled={typed !== instance.slug} loading={removing.isPending}>
              Remove instance
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
