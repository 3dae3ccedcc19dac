import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { connectionOf, problemOf, twinOf, useChosen } from '../admin/chosen.ts';
import { useQueue } from '../admin/queries.ts';
import type { Twin } from '../api.ts';
import { Page } from '../frame.tsx';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { StatusSentence, TwinState } from '../parts/status.tsx';
import { Ago } from '../parts/time.tsx';
import { useConnections, useInstances, useNode, useProblems, useRetryAll, useTwins } from '../queries.ts';

const NEWEST = 200;

/** What waits, and why. */
export function Queue() {
  const { slug } = useChosen();
  const queue = useQueue();
  const connections = useConnections();
  const instances = useInstances();
  const problems = useProblems();
  const twins = useTwins({ limit: NEWEST, ...(slug === null ? {} : { instance: slug }) });
  const guard = useNode().data?.guard;
  const retryAll = useRetryAll();
  const broken = queue.error ?? connections.error ?? instances.error ?? problems.error ?? twins.error;
  const ready = queue.data && connections.data && instances.data && problems.data && twins.data;

  // What holds up many comes first; then each entity, once.
  const causes: Cause[] = [
    ...(guard ? [{ id: 'guard', what: 'This node', why: `${guard.sentence} Nothing moves until an operator says which it is.`, at: null, to: null }] : []),
    ...(instances.data ?? [])
      .filter((it) => (slug === null || it.slug === slug) && it.status !== 'working')
      .map((it) => ({
        id: `instance ${it.slug}`,
        what: it.name,
        why: it.problem ? `${it.problem.message} ${it.problem.remedy}` : 'The tracker allows no more calls for now. Work on it goes on by itself.',
        at: it.problem?.retryAt ?? it.pausedUntil,
        to: `/instances/${it.slug}/settings`,
      })),
    ...(connections.data ?? [])
      .filter((it) => connectionOf(it, slug) && it.status === 'deactivated')
      .map((it) => ({
        id: `connection ${it.slug}`,
        what: it.name,
        why: 'It is deactivated. Changes are kept, and go out when it is activated.',
        at: null,
        to: `/connections/${it.slug}`,
      })),
    ...(problems.data ?? [])
      .filter((it) => it.twin === null && it.connection !== null && problemOf(it, slug, connections.data))
      .map((it) => ({
        id: `problem ${it.connection} ${it.problem.code}`,
        what: it.connectionName ?? '',
        why: `${it.problem.message} ${it.problem.remedy}`,
        at: it.problem.retryAt,
        to: `/connections/${it.connection}`,
      })),
  ];
  const waiting = new Map<string, Twin>();
  for (const { twin } of problems.data ?? []) if (twin && twinOf(twin, slug)) waiting.set(twin.id, twin);
  for (const twin of twins.data?.twins ?? []) if (['syncing', 'waiting', 'stopped'].includes(twin.status.state)) waiting.set(twin.id, twin);
  const list = [...waiting.values()];
  const stopped = list.filter(({ status }) => status.state === 'stopped').length;

  return (
    <Page
      title="Sync queue"
      lead={queue.data ? <Summary {...queue.data} /> : 'What waits, and why.'}
      aside={
        stopped > 0 ? (
          <Button size="sm" variant="default" loading={retryAll.isPending} onClick={() => retryAll.mutate()}>
            Retry what is stopped
          </Button>
        ) : undefined
      }
    >
      {retryAll.error && <Failed error={retryAll.error} />}
      {!ready && broken ? (
        <Failed error={broken} retry={() => void Promise.all([queue, connections, instances, problems, twins].map((query) => query.refetch()))} />
      ) : !ready ? (
        <LoadingRows rows={4} height={68} />
      ) : causes.length + list.length === 0 ? (
        <div className="panel">
          <Empty title="Nothing waits" picture={<IconCircleCheck size={36} color="var(--ok)" aria-hidden />}>
            Every change is on the other side. What cannot go at once is listed here, with the reason and when it goes on.
          </Empty>
        </div>
      ) : (
        <>
          {causes.length > 0 && (
            <Section title="What holds up more than one entity">
              {causes.map(({ id, what, why, at, to }) => (
                <Row key={id} name={what} to={to} why={why} at={at} />
              ))}
            </Section>
          )}
          {list.length > 0 && (
            <Section title={list.length === 1 ? 'One entity' : `${list.length} entities`}>
              {list.map((twin) => {
                const entity = twin.from ?? twin.to;
                return (
                  <Row
                    key={twin.id}
                    name={entity ? `${entity.instance}/${entity.urn}` : 'New entity'}
                    under={twin.summary}
                    to={`/entities/${twin.id}`}
                    why={<StatusSentence status={twin.status} />}
                    at={twin.problem?.retryAt ?? null}
                    sign={<TwinState state={twin.status.state} />}
                  />
                );
              })}
            </Section>
          )}
          {twins.data?.next && (
            <Text size="sm" c="dimmed">
              Entities that were put under sync before the newest {NEWEST} are listed only when something holds them up.
            </Text>
          )}
        </>
      )}
    </Page>
  );
}

interface Cause {
  readonly id: string;
  readonly what: string;
  readonly why: string;
  readonly at: string | null;
  readonly to: string | null;
}

function Summary({ waiting, running, oldestAt }: { waiting: number; running: number; oldestAt: string | null }) {
  if (waiting + running === 0) return 'The node has no work to do right now.';
  return (
    <>
      {running === 1 ? 'One sync runs' : `${running.toLocaleString('en')} syncs run`}, {waiting.toLocaleString('en')} {waiting === 1 ? 'waits' : 'wait'}
      {oldestAt ? (
        <>
          , the oldest since <Ago at={oldestAt} />
        </>
      ) : null}
      .
    </>
  );
}

const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <Stack gap="sm" component="section" aria-label={title}>
    <Text component="h2" fw={620} size="lg" m={0}>
      {title}
    </Text>
    <ul className="panel rows plain">{children}</ul>
  </Stack>
);

interface RowProps {
  readonly name: string;
  readonly under?: string | null;
  readonly to: string | null;
  readonly why: ReactNode;
  readonly at: string | null;
  readonly sign?: ReactNode;
}

const Row = ({ name, under, to, why, at, sign }: RowProps) => (
  <li className="row">
    <Group px="md" py={12} gap={6} mih={68} justify="space-between" align="flex-start">
      <div style={{ minWidth: 0, flex: '1 1 220px' }}>
        {to ? (
          <Anchor component={Link} to={to} fw={600} className="break">
            {name}
          </Anchor>
        ) : (
          <Text fw={600}>{name}</Text>
        )}
        {under && (
          <Text size="sm" lineClamp={1} title={under}>
            {under}
          </Text>
        )}
        <Text size="sm" c="dimmed" className="break">
          {why}
        </Text>
      </div>
      <Group gap="sm" style={{ flex: 'none' }}>
        {at && (
          <Text size="sm" c="dimmed">
            goes on <Ago at={at} />
          </Text>
        )}
        {sign}
      </Group>
    </Group>
  </li>
);
