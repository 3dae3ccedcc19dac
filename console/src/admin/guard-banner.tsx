import { Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { IconShieldExclamation } from '@tabler/icons-react';
import { useState } from 'react';
import { Failed } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { useNode } from '../queries.ts';
import { useAnswerGuard } from './queries.ts';

type Answer = 'real' | 'copy';
const ANSWERS: Record<Answer, { readonly label: string; readonly title: string; readonly follows: readonly string[] }> = {
  real: {
    label: 'This is the real one',
    title: 'Go on with this node?',
    follows: [
      'Sync goes on from where this node stands; what has changed meanwhile is compared first.',
      'The other sides are told that this is the one that goes on. Another node with the same identity is refused from then on.',
      'Answer so only if the other one is stopped for good.',
    ],
  },
  copy: {
    label: 'This is a copy',
    title: 'Make this node one of its own?',
    follows: [
      'It gets a new identity, and its connections end here. Tickets stay as they are, on all sides.',
      'The real node and the other sides go on without noticing.',
      'This cannot be undone: connections have to be set up anew on this node.',
    ],
  },
};

/** On every page while the node may be a copy, or has gone back in time: nothing moves until an operator says which it is. */
export function GuardBanner() {
  const node = useNode().data;
  const [asked, setAsked] = useState<Answer | null>(null);
  if (!node?.guard) return null;
  return (
    <section className="guard" aria-label="This node is stopped">
      <Group gap={14} align="flex-start" wrap="nowrap" maw={1240 - 64} mx="auto">
        <IconShieldExclamation size={24} stroke={1.7} color="var(--bad)" aria-hidden style={{ flex: 'none', marginTop: 1 }} />
        <Stack gap={8} style={{ minWidth: 0, flex: 1 }}>
          <div>
            <Text fw={620} className="break">
              {node.guard.sentence}
            </Text>
            <Text size="sm" className="break">
              Nothing moves since <Ago at={node.guard.since} />, and nothing is lost.{' '}
              {node.user?.operator ? 'Say which this node is.' : 'An operator of this node has to say which it is.'}
            </Text>
          </div>
          {node.user?.operator && (
            <Group gap="sm">
              <Button size="xs" onClick={() => setAsked('real')}>
                {ANSWERS.real.label}
              </Button>
              <Button size="xs" variant="default" onClick={() => setAsked('copy')}>
                {ANSWERS.copy.label}
              </Button>
            </Group>
          )}
        </Stack>
      </Group>
      <Confirm answer={asked} close={() => setAsked(null)} />
    </section>
  );
}

function Confirm({ answer, close }: { answer: Answer | null; close: () => void }) {
  const answering = useAnswerGuard();
  const { title, label, follows } = ANSWERS[answer ?? 'real'];
  return (
    <Modal
      opened={answer !== null}
      onClose={() => {
        answering.reset();
        close();
      }}
      title={title}
    >
      <Stack gap="md">
        <List spacing={6}>
          {follows.map((sentence) => (
            <List.Item key={sentence}>{sentence}</List.Item>
          ))}
        </List>
        {answering.error && <Failed error={answering.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={close}>
            Not yet
          </Button>
          <Button
            color={answer === 'copy' ? 'red' : 'indigo'}
            loading={answering.isPending}
            onClick={() => answer && answering.mutate(answer, { onSuccess: close })}
          >
            {label}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
