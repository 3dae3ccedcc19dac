import { Button, List } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { Panel } from '../../parts/panel.tsx';
import type { Instance } from '../queries.ts';

/** The app for the tracker's own pages: to download, with the steps of its installation. */
export const AppPanel = ({ instance, install }: { instance: Instance; install: readonly string[] }) => (
  <Panel
    title={`Entente inside ${instance.platformName}`}
    lead={`An app for ${instance.name} itself: the console in its list of apps, and on each ${instance.nouns.entity} whether it is in sync, with the link to its twin.`}
    aside={
      <Button
        component="a"
        href={`/api/v1/instances/${encodeURIComponent(instance.slug)}/app`}
        download
        size="sm"
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden />}
      >
        Download the app
      </Button>
    }
  >
    <List type="ordered" spacing={8}>
      {install.map((step) => (
        <List.Item key={step} className="break">
          {step}
        </List.Item>
      ))}
    </List>
  </Panel>
);
