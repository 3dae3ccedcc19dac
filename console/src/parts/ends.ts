import type { Connection } from '../api.ts';
import type { LinkEnd, LinkState } from '../link-sign.tsx';

/** A connection as the link sign shows it. */
export const ends = ({ from, to }: Connection): { from: LinkEnd; to: LinkEnd } => ({
  from: { platform: from.platform, platformName: from.platformName, name: from.instanceName },
  to: to ? { platform: to.platform, platformName: to.platformName, name: to.instanceName } : { platform: '', platformName: '?', name: 'nobody yet' },
});

export const linkState = ({ status, problem }: Connection): LinkState => (problem && status === 'active' ? 'error' : status);
