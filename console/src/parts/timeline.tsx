import { Collapse, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconCheck, IconChevronRight, IconCircleX, IconEye, IconLink, IconPencil, IconUnlink } from '@tabler/icons-react';
import { useId, useState } from 'react';
import type { Run } from '../api.ts';
import { Trouble } from './states.tsx';
import { Ago, exact } from './time.tsx';

const STAGE = {
  captured: { Icon: IconEye, tone: 'accent', text: (run: Run) => `Found ${count(run.changes.length, 'change')}` },
  sent: { Icon: IconArrowUp, tone: 'accent', text: () => 'Sent to the other side' },
  received: { Icon: IconArrowDown, tone: 'accent', text: () => 'Received from the other side' },
  applied: {
    Icon: IconPencil,
    tone: 'accent',
    text: (run: Run) => (run.changes.length > 0 ? `Wrote ${count(run.changes.length, 'change')}` : 'Applied; nothing had to be written'),
  },
  'in-sync': { Icon: IconCheck, tone: 'ok', text: () => 'Both sides agree' },
  linked: {
    Icon: IconLink,
    tone: 'accent',
    text: (run: Run) => (run.changes.some(({ decision }) => decision !== null) ? 'No link to the other side could be shown' : 'Linked to the other side'),
  },
  nothing: { Icon: IconEye, tone: 'quiet', text: () => 'Looked; nothing to do' },
  failed: { Icon: IconCircleX, tone: 'bad', text: (run: Run) => run.problem?.message ?? 'Failed' },
  ended: { Icon: IconUnlink, tone: 'quiet', text: () => 'Sync ended' },
} as const;
const TRIGGER: Record<string, string> = {
  webhook: 'told by the tracker',
  poll: 'found by looking',
  manual: 'by hand',
  retry: 'tried again',
  peer: 'from the other side',
  start: 'the node started',
};
const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** What was done, newest first. Each line opens to its diff, decisions and API calls. */
export function Timeline({ runs }: { runs: readonly Run[] }) {
  return (
    <div className="panel rows">
      {runs.map((run) => (
        <RunLine key={run.id} run={run} />
      ))}
    </div>
  );
}

function RunLine({ run }: { run: Run }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const { Icon, tone, text } = STAGE[run.stage];
  return (
    <div>
      <UnstyledButton className="row" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)} px="md" py={10} w="100%">
        <Group gap={12} wrap="nowrap">
          <IconChevronRight size={14} aria-hidden color="var(--quiet)" style={{ flex: 'none', transform: open ? 'rotate(90deg)' : undefined }} />
          <Icon size={16} aria-hidden color={`var(--${tone})`} style={{ flex: 'none' }} />
          <div style={{ minWidth: 0, flex: 1 }}>
            <Text fw={550} className="break">
              {text(run)}
            </Text>
            <Text size="xs" c="dimmed">
              {run.instanceName} · {TRIGGER[run.trigger] ?? run.trigger}
            </Text>
          </div>
          <Text size="xs" c="dimmed" ta="right" style={{ flex: 'none' }}>
            <Ago at={run.at} />
            <br />
            {run.ms.toLocaleString('en')} ms
          </Text>
        </Group>
      </UnstyledButton>
      <Collapse expanded={open} id={id}>
        {open && <RunDetails run={run} />}
      </Collapse>
    </div>
  );
}

function RunDetails({ run }: { run: Run }) {
  return (
    <Stack gap="md" px={{ base: 'md', sm: 56 }} pt="xs" pb="md">
      {run.problem && <Trouble message={run.problem.message} remedy={run.problem.remedy} code={run.problem.code} />}
      {run.changes.length > 0 && (
        <Stack gap={10}>
          {run.changes.map((change, i) => (
            <Stack gap={4} key={`${change.what} ${String(i)}`}>
              <Text size="sm" fw={600} className="break">
                {change.what}
                {change.decision && (
                  <Text span size="xs" c="dimmed">
                    {' '}
                    · {change.decision}
                  </Text>
                )}
              </Text>
              <Group gap={6} align="flex-start">
                {change.before !== null && change.before !== '' && (
                  <del className="before">
                    <Text span size="sm">
                      {change.before}
                    </Text>
                  </del>
                )}
                {change.after !== null && change.after !== '' && (
                  <ins className="after" style={{ textDecoration: 'none' }}>
                    <Text span size="sm">
                      {change.after}
                    </Text>
                  </ins>
                )}
              </Group>
            </Stack>
          ))}
        </Stack>
      )}
      <div>
        <Text size="xs" fw={600} c="dimmed" mb={4}>
          {run.calls.length === 0 ? 'No call of the tracker' : count(run.calls.length, 'API call')}
        </Text>
        {run.calls.map((call, i) => (
          <div key={String(i)} className="code break">
            {call.method} {call.path}{' '}
            <span style={{ color: call.status !== null && call.status < 400 ? 'var(--ok)' : 'var(--bad)' }}>{call.status ?? 'no answer'}</span>{' '}
            <span style={{ color: 'var(--quiet)' }}>{call.ms} ms</span>
          </div>
        ))}
      </div>
      <Text size="xs" c="dimmed">
        {exact(run.at)} · rules {run.rules}
      </Text>
    </Stack>
  );
}
