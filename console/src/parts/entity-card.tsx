import { Anchor, Group, Skeleton, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import type { EntityLink, Place } from '../api.ts';
import { PlatformTile } from '../link-sign.tsx';

/** One entity with the way to it; the place it will have while it does not exist yet. */
export function EntityCard({ entity, place }: { entity: EntityLink | null; place?: Place | null | undefined }) {
  const platform = entity ?? place;
  return (
    <Group className="panel" wrap="nowrap" gap={12} p={12} style={{ minWidth: 0, flex: 1 }}>
      {platform ? <PlatformTile platform={platform.platform} platformName={platform.platformName} size={32} /> : <Skeleton w={32} h={32} />}
      <div style={{ minWidth: 0 }}>
        {entity ? (
          <>
            <Anchor
              href={entity.url}
              target="_blank"
              rel="noreferrer"
              fw={600}
              style={{ display: 'inline-flex', gap: 6, alignItems: 'center', maxWidth: '100%' }}
            >
              <span className="clip">{`${entity.instance}/${entity.urn}`}</span>
              <IconExternalLink size={14} aria-label="opens the tracker" style={{ flex: 'none' }} />
            </Anchor>
            <Text size="xs" c="dimmed" className="clip">
              {entity.platformName} · {entity.instanceName}
            </Text>
          </>
        ) : (
          <>
            <Text c="dimmed">Not created yet</Text>
            <Text size="xs" c="dimmed" className="clip">
              {place ? `${place.platformName} · ${place.instanceName}` : 'on the other side'}
            </Text>
          </>
        )}
      </div>
    </Group>
  );
}
