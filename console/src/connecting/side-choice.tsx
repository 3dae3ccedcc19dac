import { Group } from '@mantine/core';
import { PlatformTile } from '../link-sign.tsx';
import { Choice } from './choice.tsx';
import type { Instance } from './queries.ts';

interface SideChoiceProps {
  readonly own: readonly Instance[];
  /** Slug. */
  readonly chosen: string | null;
  readonly choose: (slug: string) => void;
}

/** Which of the reader's own instances a connection is for. */
export const SideChoice = ({ own, chosen, choose }: SideChoiceProps) => (
  <fieldset className="choices" aria-label="Your side">
    {own.map((instance) => (
      <Choice
        key={instance.slug}
        name="side"
        value={instance.slug}
        title={instance.name}
        checked={chosen === instance.slug}
        choose={() => choose(instance.slug)}
      >
        <Group gap={8} wrap="nowrap">
          <PlatformTile {...instance} size={18} />
          <span className="break">
            {instance.platformName} · {instance.url.replace(/^https?:\/\//, '')}
          </span>
        </Group>
      </Choice>
    ))}
  </fieldset>
);
