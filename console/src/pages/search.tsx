import { Navigate, useSearch } from '@tanstack/react-router';
import { Page } from '../frame.tsx';
import { Empty, Failed, LoadingRows } from '../parts/states.tsx';
import { TwinList } from '../parts/twin-list.tsx';
import { useTwins } from '../queries.ts';

/** What the search at the top found. One twin: its page. */
export function Search() {
  const { urn } = useSearch({ from: '/entities' });
  return urn ? <Found key={urn} urn={urn} /> : <All />;
}

function Found({ urn }: { urn: string }) {
  const { data, error, isPending, refetch } = useTwins({ urn });
  const [only] = data?.twins ?? [];
  if (only && data?.twins.length === 1) return <Navigate to={`/entities/${only.id}`} replace />;
  return (
    <Page title={`Entities with the URN ${urn}`}>
      {isPending ? (
        <LoadingRows rows={2} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data.twins.length === 0 ? (
        <div className="panel">
          <Empty title={`${urn} is not under sync`}>
            Check the URN: it is what either tracker shows as its number or key. To put it under sync, open the connection and enter it there.
          </Empty>
        </div>
      ) : (
        <TwinList twins={data.twins} connection />
      )}
    </Page>
  );
}

function All() {
  const { data, error, isPending, refetch } = useTwins({ limit: 100 });
  return (
    <Page title="Entities" lead="Every pair that is under sync, newest first.">
      {isPending ? (
        <LoadingRows rows={5} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data.twins.length === 0 ? (
        <div className="panel">
          <Empty title="Nothing is under sync yet">Open a connection, enter a URN and press Sync.</Empty>
        </div>
      ) : (
        <TwinList twins={data.twins} connection />
      )}
    </Page>
  );
}
