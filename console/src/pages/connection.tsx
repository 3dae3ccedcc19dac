import { Button, Tabs } from '@mantine/core';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import type { Connection as ConnectionInfo } from '../api.ts';
import { ConnectionEntities } from '../connecting/connection-entities.tsx';
import { ConnectionErrors } from '../connecting/connection-errors.tsx';
import { ConnectionHeader } from '../connecting/connection-header.tsx';
import { ConnectionOverview } from '../connecting/connection-overview.tsx';
import { ConnectionRules } from '../connecting/connection-rules.tsx';
import { ConnectionRuns } from '../connecting/connection-runs.tsx';
import { ConnectionSettings } from '../connecting/connection-settings.tsx';
import { isOffHere } from '../connecting/halves.ts';
import { OtherHalf } from '../connecting/other-half.tsx';
import { mayChange } from '../connecting/pending-actions.tsx';
import { PendingPanel } from '../connecting/pending-panel.tsx';
import { TABS, type Tab } from '../connecting/tabs.ts';
import { Page } from '../frame.tsx';
import { Failed, LoadingRows, Trouble } from '../parts/states.tsx';
import { useConnection, useSetActive } from '../queries.ts';

const UP = { to: '/connections', label: 'Connections' };

export function Connection() {
  const { name } = useParams({ from: '/connections/$name' });
  const { data, error, isPending, refetch } = useConnection(name);
  if (!data)
    return (
      <Page title="Connection" up={UP}>
        {isPending ? (
          <>
            <LoadingRows rows={1} height={190} />
            <LoadingRows rows={3} />
          </>
        ) : (
          error && <Failed error={error} retry={() => void refetch()} />
        )}
      </Page>
    );
  return <Loaded key={data.slug} connection={data} />;
}

function Loaded({ connection }: { connection: ConnectionInfo }) {
  const navigate = useNavigate();
  const pending = connection.status === 'pending';
  const asked = useSearch({ from: '/connections/$name' }).tab ?? 'overview';
  const tab: Tab = pending && asked !== 'settings' ? 'overview' : asked;
  // Six tabs are wider than a telephone.
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const shown = list.current?.querySelector<HTMLElement>(`[data-tab="${tab}"]`);
    if (shown) list.current?.scrollTo({ left: shown.offsetLeft - (list.current.clientWidth - shown.offsetWidth) / 2 });
  }, [tab]);
  const errors = connection.problems + (connection.problem ? 1 : 0);
  return (
    <Page
      title={connection.name}
      lead={shortened(connection.description)}
      up={UP}
      aside={tab === 'settings' || pending || !mayChange(connection) ? undefined : <Switch connection={connection} />}
    >
      <ConnectionHeader connection={connection} />
      {connection.problem && <Trouble message={connection.problem.message} remedy={connection.problem.remedy} code={connection.problem.code} />}
      <OtherHalf connection={connection} />
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({ to: '/connections/$name', params: { name: connection.slug }, search: value === 'overview' ? {} : { tab: value as Tab } })
        }
        keepMounted={false}
      >
        <Tabs.List ref={list} aria-label="Connection" className="tabs-list" style={{ flexWrap: 'nowrap' }}>
          {TABS.filter((it) => !pending || it === 'overview' || it === 'settings').map((it) => (
            <Tabs.Tab
              key={it}
              value={it}
              data-tab={it}
              rightSection={it === 'errors' && errors > 0 ? <Count number={errors} /> : undefined}
              style={{ flex: 'none' }}
            >
              {WORDS[it]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="lg">
          <Content tab={tab} connection={connection} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

const LEAD = 240;
/** The whole text stands in the settings. */
const shortened = (text: string): string | undefined => (text.length > LEAD ? `${text.slice(0, LEAD).trimEnd()} …` : text || undefined);

const WORDS: Record<Tab, string> = { overview: 'Overview', entities: 'Entities', runs: 'Runs', errors: 'Errors', rules: 'Rules', settings: 'Settings' };

function Content({ tab, connection }: { tab: Tab; connection: ConnectionInfo }): ReactNode {
  switch (tab) {
    case 'overview':
      return connection.status === 'pending' ? <PendingPanel connection={connection} /> : <ConnectionOverview connection={connection} />;
    case 'entities':
      return <ConnectionEntities connection={connection} />;
    case 'runs':
      return <ConnectionRuns connection={connection} />;
    case 'errors':
      return <ConnectionErrors connection={connection} />;
    case 'rules':
      return <ConnectionRules connection={connection} />;
    case 'settings':
      return <ConnectionSettings connection={connection} />;
    default:
      return tab satisfies never;
  }
}

const Count = ({ number }: { number: number }) => (
  <span style={{ color: 'var(--bad)', background: 'var(--bad-wash)', borderRadius: 999, padding: '0 7px', fontSize: 12, fontWeight: 700 }}>{number}</span>
);

function Switch({ connection }: { connection: ConnectionInfo }) {
  const setActive = useSetActive(connection.slug);
  const off = isOffHere(connection);
  return (
    <div>
      <Button
        variant="default"
        loading={setActive.isPending}
        onClick={() => setActive.mutate(off)}
        title={off ? 'What was kept goes out.' : 'Nothing moves any more. Changes are kept and go out on activation.'}
      >
        {off ? 'Activate' : 'Deactivate'}
      </Button>
      {setActive.error && <Failed error={setActive.error} />}
    </div>
  );
}
