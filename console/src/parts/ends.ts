import type { Connection } from '../api.ts';
import type { LinkEnd, LinkState } from '../link-sign.tsx';

/** A connection as the link sign shows it. */
export const ends = ({ from, to }: Connection): { from: LinkEnd; to: LinkEnd } => ({
  from: { platform: from.platform, platformName: from.platformName, name: from.instanceName },
  to: to ? { platform: to.platform, platformName: to.platformName, name: to.instanceName } : { platform: '', platformName: '?', name: 'nobody yet' },
});

/** Off on the other side is off: nothing moves, whatever our half says. */
export const linkState = ({ status, problem, from, to }: Connection): LinkState => {
  if (status !== 'active') return status;
  if (problem) return 'error';
  return [from, to].some((place) => place?.state.status === 'deactivated') ? 'deactivated' : 'active';
};
