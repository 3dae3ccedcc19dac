import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { InstanceList } from '../admin/instance-list.tsx';
import { useRotateKey } from '../admin/queries.ts';
import { Page } from '../frame.tsx';
import { Mark } from '../link-sign.tsx';
import { Copyable } from '../parts/copy.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { useInstances, useNode } from '../queries.ts';

/** Every instance that the person may see, and the node that serves them. */
export function Instances() {
  const { data, error, isPending, refetch } = useInstances();
  const user = useNode().data?.user;
  const mayAdd = user?.operator === true && user.confinedTo === null;
  const add = (
    <Button component={Link} to="/instances/add" size="sm">
      Add instance
    </Button>
  );
  return (
    <Page title="Instances" lead="Each is one tracker account that this node serves." aside={mayAdd && data && data.length > 0 ? add : undefined} width={980}>
      {isPending ? (
        <LoadingRows rows={3} height={72} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data.length === 0 ? (
        <div className="panel">
          <Empty title="No instance yet" picture={<Mark size={40} />}>
            {mayAdd
              ? 'Add the first tracker account. Entente checks its credentials, and says what is missing, before it stores anything.'
              : 'You are not a member of any instance. Ask an operator of this node, or the owner of an instance, to add you.'}
          </Empty>
          {mayAdd && (
            <Group justify="center" pb={48} mt={-28}>
              {add}
            </Group>
          )}
        </div>
      ) : (
        <InstanceList instances={data} />
      )}
      <ThisNode />
    </Page>
  );
}

function ThisNode() {
  const node = useNode().data;
  const [asked, setAsked] = useState(false);
  if (!node) return null;
  return (
    <Panel
      title="This node"
      aside={
        node.user?.operator && node.fingerprint ? (
          <Button size="sm" variant="default" onClick={() => setAsked(true)}>
            New key
          </Button>
        ) : undefined
      }
    >
      <dl className="settings">
        <div>
          <dt>Address</dt>
          <dd>
            <Copyable text={node.url} label="Copy the node’s address" />
          </dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>{node.version}</dd>
        </div>
        {node.fingerprint && (
          <div>
            <dt>Fingerprint of its key</dt>
            <dd>
              <span className="code break">{node.fingerprint}</span>
              <Text size="sm" c="dimmed">
                The other side sees the same one when it confirms a connection. Read it aloud when you want to be sure.
              </Text>
            </dd>
          </div>
        )}
      </dl>
      {asked && <NewKey close={() => setAsked(false)} />}
    </Panel>
  );
}

function NewKey({ close }: { close: () => void }) {
  const rotating = useRotateKey();
  return (
    <Modal opened onClose={close} title="Make a new key?">
      <Stack gap="md">
        <Text>
          Every node that this one is connected with is told, signed with the old key, and goes on with the new one. Connections stay. Do it when the old key
          may have been seen by somebody.
        </Text>
        {rotating.error && <Failed error={rotating.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={close}>
            Keep the key
          </Button>
          <Button loading={rotating.isPending} onClick={() => rotating.mutate(undefined, { onSuccess: close })}>
            Make a new key
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
