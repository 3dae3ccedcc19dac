import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheckFilled } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useSteps } from '../admin/steps.ts';
import { Page } from '../frame.tsx';
import { LoadingRows } from '../parts/states.tsx';
import { useNode } from '../queries.ts';

interface Step {
  readonly title: string;
  readonly text: string;
  readonly done: boolean;
  readonly to: string;
  readonly verb: string;
}

/** Three steps from an empty node to the first ticket that crosses, with what is done already. */
export function GettingStarted() {
  const { instance, active, pending, entity, known, done } = useSteps();
  const user = useNode().data?.user;
  if (!known) return <Waiting />;
  const mayAdd = user?.operator === true && user.confinedTo === null;
  const steps: Step[] = [
    {
      title: 'Add an instance',
      text:
        instance || mayAdd
          ? 'An instance is one tracker account that this node serves. You enter its address and credentials; Entente checks them at once.'
          : 'You are not a member of any instance yet. Ask an operator of this node, or the owner of an instance, to add you.',
      done: instance,
      to: '/instances/add',
      verb: instance ? 'Add another' : mayAdd ? 'Add an instance' : '',
    },
    {
      title: 'Initiate a connection',
      text:
        pending && !active
          ? `“${pending.name}” waits for the other side. It becomes active as soon as they confirm or accept the invitation.`
          : 'A connection is the agreement between two instances. It does not matter which side begins: the other one confirms, or accepts an invitation.',
      done: active,
      to: pending && !active ? `/connections/${pending.slug}` : '/connections/initiate',
      verb: pending && !active ? 'See what it waits for' : active ? 'Initiate another' : 'Initiate a connection',
    },
    {
      title: 'Sync your first entity',
      text: 'Enter the URN of a ticket, press Sync, and watch it arrive on the other side. From then on both follow each other.',
      done: entity,
      to: entity ? '/entities' : '/connections',
      verb: entity ? 'See the entities' : 'Choose a connection',
    },
  ];
  const next = steps.findIndex((step) => !step.done);
  return (
    <Page
      title="Getting started"
      lead={done === 3 ? 'All three steps are done. New instances and connections are set up the same way.' : 'Three steps to the first ticket that crosses.'}
      width={820}
    >
      <ol className="panel rows steps">
        {steps.map((step, i) => (
          <li key={step.title} aria-current={i === next ? 'step' : undefined}>
            <Group gap={16} p={{ base: 'md', sm: 'lg' }} align="flex-start" wrap="nowrap">
              <Sign done={step.done} number={i + 1} next={i === next} />
              <Stack gap={10} style={{ minWidth: 0, flex: 1 }}>
                <div>
                  <Title order={2} style={i > next && next >= 0 ? { color: 'var(--quiet)' } : undefined}>
                    {step.title}
                    {step.done && <span className="only-read">: done</span>}
                  </Title>
                  <Text c="dimmed">{step.text}</Text>
                </div>
                {step.verb && (step.done || i === next) && (mayAdd || i > 0) && (
                  <Button component={Link} to={step.to} size="sm" variant={i === next ? 'filled' : 'default'} w="fit-content">
                    {step.verb}
                  </Button>
                )}
              </Stack>
            </Group>
          </li>
        ))}
      </ol>
    </Page>
  );
}

const Sign = ({ done, number, next }: { done: boolean; number: number; next: boolean }) =>
  done ? (
    <IconCircleCheckFilled size={28} color="var(--ok)" aria-hidden style={{ flex: 'none' }} />
  ) : (
    <span className="step-number" data-next={next || undefined} aria-hidden>
      {number}
    </span>
  );

const Waiting = () => (
  <Page title="Getting started" lead="Three steps to the first ticket that crosses." width={820}>
    <LoadingRows rows={3} height={128} />
  </Page>
);
