import { Text } from '@mantine/core';
import type { CSSProperties } from 'react';
import { Line, type LinkState, PlatformTile } from '../link-sign.tsx';
import './connecting.css';

export interface PictureEnd {
  readonly platform: string;
  readonly platformName: string;
  readonly name: string;
  /** Under the name: platform, scope, address. */
  readonly lines: readonly string[];
}

/** Nobody knows yet who it will be. */
export const NOBODY: PictureEnd = { platform: '', platformName: '?', name: 'The other side', lines: [] };

/** Longer than any place for it; what is too much is cut off at both ends alike. */
const LONG = 600;

/** The link, large, with the names of both ends under it: assembles while somebody answers, and turns solid at the end. */
export function LinkPicture({ from, to, state, size = 56 }: { from: PictureEnd; to: PictureEnd; state: LinkState; size?: number }) {
  return (
    <div className="picture" style={{ '--tile': `${size}px` } as CSSProperties}>
      <span className={state === 'active' ? 'picture-line drawing' : 'picture-line'}>
        <Line state={state} length={LONG} size={size} gap={20} />
      </span>
      <PlatformTile {...from} size={size} />
      <PlatformTile {...to} size={size} />
      <Name end={from} />
      <Name end={to} />
    </div>
  );
}

const Name = ({ end }: { end: PictureEnd }) => (
  <div className="picture-name">
    <Text fw={600} lineClamp={3} {...(end.platform === '' ? { c: 'dimmed' } : {})}>
      {end.name}
    </Text>
    {end.lines.map((line) => (
      <Text key={line} size="xs" c="dimmed" lineClamp={2}>
        {line}
      </Text>
    ))}
  </div>
);
