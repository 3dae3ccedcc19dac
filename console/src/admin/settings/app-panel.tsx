import { Button, List } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { api, ask } from '../../api.ts';
import { Panel } from '../../parts/panel.tsx';
import { Failed } from '../../parts/states.tsx';
import type { Instance } from '../queries.ts';

/** The app for the tracker's own pages: to download, with the steps of its installation. */
export function AppPanel({ instance, install }: { instance: Instance; install: readonly string[] }) {
  const loading = useMutation({ mutationFn: () => download(instance.slug) });
  return (
    <Panel
      title={`Entente inside ${instance.platformName}`}
      lead={`An app for ${instance.name} itself: this console opens from its list of apps, for this instance alone.`}
      aside={
        <Button size="sm" variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={loading.isPending} onClick={() => loading.mutate()}>
          Download the app
        </Button>
      }
    >
      {loading.error && <Failed error={loading.error} />}
      <List type="ordered" spacing={8}>
        {install.map((step) => (
          <List.Item key={step} className="break">
            {step}
          </List.Item>
        ))}
      </List>
    </Panel>
  );
}

/** As a link would, but a refusal is told on the page instead of in place of it. */
async function download(slug: string): Promise<void> {
  let name = `entente-${slug}.zip`;
  const content = await ask(
    api.GET('/api/v1/instances/{slug}/app', { params: { path: { slug } }, parseAs: 'blob' }).then((answer) => {
      name = /filename="([^"]+)"/.exec(answer.response.headers.get('content-disposition') ?? '')?.[1] ?? name;
      return answer;
    }),
  );
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
