import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useChosen } from '../admin/chosen.ts';
import { type Role, type Token, useCreateToken, useRemoveToken, useTokens } from '../admin/queries.ts';
import { Page } from '../frame.tsx';
import { Copyable } from '../parts/copy.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { useInstances, useNode } from '../queries.ts';
import { labelOf, ROLES } from './members.tsx';

const ALL = '*';

/** Keys for programs. Each is shown once. */
export function Tokens() {
  const { slug } = useChosen();
  const { data, error, isPending, refetch } = useTokens();
  const shown = (data ?? []).filter((it) => slug === null || it.instance === null || it.instance === slug);
  return (
    <Page title="API tokens" lead="For programs and the command line: a token may do what its role may." width={860}>
      <Create />
      {isPending ? (
        <LoadingRows rows={2} height={68} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : shown.length === 0 ? (
        <div className="panel">
          <Empty title="No token yet">
            Make one when a program has to call Entente. Give it the least that it needs, and end it when it is no longer used.
          </Empty>
        </div>
      ) : (
        <ul className="panel rows plain">
          {shown.map((token) => (
            <Row key={`${token.instance ?? ''}/${token.name}`} token={token} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function Create() {
  const operator = useNode().data?.user?.operator === true;
  const own = useNode().data?.user?.instances.filter(({ role }) => role === 'owner') ?? [];
  const instances = (useInstances().data ?? []).filter(({ slug }) => own.some((it) => it.slug === slug));
  const chosen = useChosen().slug;
  const options = [...(operator ? [{ value: ALL, label: 'All instances' }] : []), ...instances.map(({ slug, name }) => ({ value: slug, label: name }))];
  const [name, setName] = useState('');
  const [picked, setPicked] = useState<string | null>(null);
  const [role, setRole] = useState<Role>('viewer');
  const where = picked ?? chosen ?? options[0]?.value ?? null;
  const creating = useCreateToken();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (where !== null) creating.mutate({ name: name.trim(), instance: where === ALL ? null : where, role }, { onSuccess: () => setName('') });
  };
  const made = creating.data;
  return (
    <Panel title="Make a token">
      <form onSubmit={submit}>
        <Group gap="sm" align="flex-end">
          <TextInput
            label="Name"
            placeholder="nightly report"
            required
            maxLength={60}
            value={name}
            autoComplete="off"
            onChange={(event) => setName(event.currentTarget.value)}
            style={{ flex: '1 1 200px' }}
          />
          <Select label="For" data={options} value={where} allowDeselect={false} onChange={setPicked} style={{ flex: '1 1 180px' }} />
          <Select
            label="Role"
            data={ROLES.map(({ value, label }) => ({ value, label }))}
            value={role}
            allowDeselect={false}
            w={120}
            onChange={(next) => next && setRole(next as Role)}
          />
          <Button type="submit" loading={creating.isPending} disabled={where === null}>
            Make token
          </Button>
        </Group>
      </form>
      {creating.error && <Failed error={creating.error} />}
      {made?.token && (
        <div role="status" className="note note-ok">
          <Stack gap={8}>
            <Text className="break">
              This is the token <b>{made.name}</b>. Copy it now: it is shown only this once.
            </Text>
            <Copyable text={made.token} label="Copy the token" block />
          </Stack>
        </div>
      )}
    </Panel>
  );
}

function Row({ token }: { token: Token }) {
  const [asked, setAsked] = useState(false);
  const removing = useRemoveToken();
  const instance = useInstances().data?.find(({ slug }) => slug === token.instance);
  return (
    <li>
      <Group px="md" py={12} gap="md" mih={68} justify="space-between">
        <div style={{ minWidth: 0, flex: '1 1 200px' }}>
          <Text fw={600} className="break">
            {token.name}
          </Text>
          <Text size="sm" c="dimmed" className="break">
            {labelOf(token.role)} · {token.instance === null ? 'all instances' : (instance?.name ?? token.instance)} · made <Ago at={token.createdAt} /> ·{' '}
            {token.usedAt ? (
              <>
                used <Ago at={token.usedAt} />
              </>
            ) : (
              'never used'
            )}
          </Text>
        </div>
        <Button size="sm" variant="default" onClick={() => setAsked(true)} aria-label={`End the token ${token.name}`}>
          End
        </Button>
      </Group>
      <Modal opened={asked} onClose={() => setAsked(false)} title={`End the token ${token.name}?`}>
        <Stack gap="md">
          <Text>Programs that use it are refused at once. It cannot be undone; a new token can be made at any time.</Text>
          {removing.error && <Failed error={removing.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={() => setAsked(false)}>
              Keep
            </Button>
            <Button color="red" loading={removing.isPending} onClick={() => removing.mutate(token, { onSuccess: () => setAsked(false) })}>
              End token
            </Button>
          </Group>
        </Stack>
      </Modal>
    </li>
  );
}
