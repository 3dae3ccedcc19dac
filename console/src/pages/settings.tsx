import { useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { choose, useChosen } from '../admin/chosen.ts';
import { useInstance } from '../admin/queries.ts';
import { AppPanel } from '../admin/settings/app-panel.tsx';
import { ConnectPanel } from '../admin/settings/connect-panel.tsx';
import { CredentialsPanel } from '../admin/settings/credentials-panel.tsx';
import { GeneralPanel } from '../admin/settings/general-panel.tsx';
import { NoticesPanel } from '../admin/settings/notices-panel.tsx';
import { RemovePanel } from '../admin/settings/remove-panel.tsx';
import { Page } from '../frame.tsx';
import { Failed, LoadingPanels, Trouble } from '../parts/states.tsx';
import { usePlatforms } from '../queries.ts';

/** Whoever opens the page of one instance works with it, unless they work with all. */
export function useFollow(slug: string): void {
  const chosen = useChosen().slug;
  useEffect(() => {
    if (chosen !== null && chosen !== slug) choose(slug);
  }, [chosen, slug]);
}

/** Back to the list, for who works with all instances. */
export const useWayUp = (): { up?: { to: string; label: string } } => (useChosen().slug === null ? { up: { to: '/instances', label: 'Instances' } } : {});

/** Keeps the line free until it is known what stands there. */
const NOTHING_YET = '\u00a0';

/** General settings of one instance. */
export function Settings() {
  const { slug } = useParams({ from: '/instances/$slug/settings' });
  useFollow(slug);
  const { data: instance, error, isPending, refetch } = useInstance(slug);
  const platform = usePlatforms().data?.find(({ id }) => id === instance?.platform) ?? null;
  const up = useWayUp();
  if (isPending || error)
    return (
      <Page title="General settings" lead={NOTHING_YET} {...up} width={860}>
        {error ? <Failed error={error} retry={() => void refetch()} /> : <LoadingPanels heights={[236, 208, 216, 120]} />}
      </Page>
    );
  const mayChange = instance.role !== 'viewer';
  return (
    <Page title="General settings" lead={`${instance.name} · ${instance.platformName}`} {...up} width={860}>
      {instance.problem && <Trouble message={instance.problem.message} remedy={instance.problem.remedy} code={instance.problem.code} />}
      <ConnectPanel key={`connect ${slug}`} instance={instance} mayChange={mayChange} />
      <CredentialsPanel key={`credentials ${slug}`} instance={instance} platform={platform} mayChange={mayChange} />
      <GeneralPanel key={`general ${slug}`} instance={instance} mayChange={mayChange} />
      <NoticesPanel instance={instance} />
      {mayChange && platform?.app && <AppPanel instance={instance} install={platform.app.install} />}
      {instance.role === 'owner' && <RemovePanel key={`remove ${slug}`} instance={instance} />}
    </Page>
  );
}
