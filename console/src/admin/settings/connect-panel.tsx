import { Anchor, Radio, Stack, Text, Textarea } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { Copyable } from '../../parts/copy.tsx';
import { Panel } from '../../parts/panel.tsx';
import { type Instance, type InstancePatch, useChangeInstance } from '../queries.ts';
import { SaveRow } from './saved.tsx';

const WHO: readonly { readonly value: Instance['whoMayConnect']; readonly label: string; readonly text: string }[] = [
  { value: 'anyone', label: 'Anyone', text: 'Anyone may ask. An admin of this instance still has to confirm each connection.' },
  { value: 'allow-list', label: 'Those on a list', text: 'Only nodes and trackers whose addresses you enter may ask.' },
  { value: 'nobody', label: 'Nobody', text: 'Connections begin here: initiated by you, or with an invitation that you made.' },
];

/** How others reach this instance, and who may ask for a connection. */
export function ConnectPanel({ instance, mayChange }: { instance: Instance; mayChange: boolean }) {
  const [who, setWho] = useState(instance.whoMayConnect);
  const [reach, setReach] = useState(instance.reach);
  const [list, setList] = useState(instance.allowList.join('\n'));
  const saving = useChangeInstance(instance.slug);
  const entries = list
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const patch: InstancePatch = {
    ...(who === instance.whoMayConnect ? {} : { whoMayConnect: who }),
    ...(reach === instance.reach ? {} : { reach }),
    ...(entries.join('\n') === instance.allowList.join('\n') ? {} : { allowList: entries }),
  };
  const undo = () => {
    setWho(instance.whoMayConnect);
    setReach(instance.reach);
    setList(instance.allowList.join('\n'));
    saving.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate(patch);
  };
  return (
    <Panel
      title="Connecting to this instance"
      lead="What the other side enters to connect with this instance. The tracker’s own address works as well, where this node is known."
    >
      <Stack gap="md">
        <div>
          <Text size="sm" fw={550} mb={4}>
            Node URL
          </Text>
          <Copyable text={instance.nodeUrl} label="Copy the node URL" block />
        </div>
        <div>
          <Text size="sm" fw={550} mb={4}>
            Tracker URL
          </Text>
          <Anchor href={instance.url} target="_blank" rel="noreferrer" className="break" style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}>
            {instance.url} <IconExternalLink size={14} aria-label="opens the tracker" style={{ flex: 'none' }} />
          </Anchor>
        </div>
        <form onSubmit={submit}>
          <Stack gap="lg">
            <Radio.Group label="Who may connect to us?" value={who} onChange={(next) => setWho(next as Instance['whoMayConnect'])} readOnly={!mayChange}>
              <Stack gap={10} mt={8}>
                {WHO.map(({ value, label, text }) => (
                  <Radio key={value} value={value} label={label} description={text} disabled={!mayChange} />
                ))}
              </Stack>
            </Radio.Group>
            {who === 'allow-list' && (
              <Textarea
                label="Addresses on the list"
                description="One in each line: a node or a tracker, such as https://acme.example.com."
                autosize
                minRows={2}
                maxRows={10}
                value={list}
                disabled={!mayChange}
                spellCheck={false}
                error={entries.length === 0 ? 'With an empty list nobody can ask.' : undefined}
                onChange={(event) => setList(event.currentTarget.value)}
              />
            )}
            <Radio.Group label="Can other nodes call this node?" value={reach} onChange={(next) => setReach(next as Instance['reach'])}>
              <Stack gap={10} mt={8}>
                <Radio value="public" label="Yes, it is public" description="Both sides call each other." disabled={!mayChange} />
                <Radio
                  value="private"
                  label="No, it is private"
                  description="It stands behind a firewall: it does all the calling itself. Connections work the same, with an invitation."
                  disabled={!mayChange}
                />
              </Stack>
            </Radio.Group>
            {mayChange ? <SaveRow changed={Object.keys(patch).length > 0} saving={saving} undo={undo} /> : null}
          </Stack>
        </form>
      </Stack>
    </Panel>
  );
}
