import { Button, Group } from '@mantine/core';
import { Link, Navigate, useSearch } from '@tanstack/react-router';
import { useChosen } from '../admin/chosen.ts';
import { Page } from '../frame.tsx';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { TwinList } from '../parts/twin-list.tsx';
import { useTwinPages, useTwins } from '../queries.ts';

/** Every entity under sync; or what the search at the top found. One twin: its page. */
export function Search() {
  const { urn } = useSearch({ from: '/entities' });
  return urn ? <Found key={urn} urn={urn} /> : <All />;
}

function Found({ urn }: { urn: string }) {
  const { data, error, isPending, refetch } = useTwins({ urn });
  const [only] = data?.twins ?? [];
  if (only && data?.twins.length === 1) return <Navigate to={`/entities/${only.id}`} replace />;
  return (
    <Page
      title={`Entities with the URN ${urn}`}
      up={{ to: '/entities', label: 'Entities' }}
      lead={data && data.twins.length > 1 ? 'Several instances have one. Put the instance’s name in front to mean one of them.' : undefined}
    >
      {isPending ? (
        <LoadingRows rows={2} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data.twins.length === 0 ? (
        <div className="panel">
          <Empty title={`${urn} is not under sync`}>
            Check the URN: it is what either tracker shows as its number or key. To put it under sync, open the connection and enter it there.
          </Empty>
          <ToConnections />
        </div>
      ) : (
        <TwinList twins={data.twins} connection />
      )}
    </Page>
  );
}

function All() {
  const { slug, instance } = useChosen();
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useTwinPages(slug === null ? {} : { instance: slug });
  const twins = data?.pages.flatMap((page) => page.twins) ?? [];
  return (
    <Page
      title="Entities"
      lead={instance ? `Every pair of ${instance.name} that is under sync, newest first.` : 'Every pair that is under sync, newest first.'}
    >
      {isPending ? (
        <LoadingRows rows={5} />
      ) : error && twins.length === 0 ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : twins.length === 0 ? (
        <div className="panel">
          <Empty title="Nothing is under sync yet">Open a connection, enter a URN and press Sync. From then on both sides follow each other.</Empty>
          <ToConnections />
        </div>
      ) : (
        <>
          <TwinList twins={twins} connection />
          {error && <Failed error={error} retry={() => void fetchNextPage()} />}
          {hasNextPage && (
            <Button variant="default" size="sm" w="fit-content" mx="auto" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show older ones
            </Button>
          )}
        </>
      )}
    </Page>
  );
}

const ToConnections = () => (
  <Group justify="center" pb={48} mt={-28}>
    <Button component={Link} to="/connections" variant="default" size="sm">
      Go to the connections
    </Button>
  </Group>
);
