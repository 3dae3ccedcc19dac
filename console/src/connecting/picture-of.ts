import type { Connection, Place } from '../api.ts';
import { NOBODY, type PictureEnd } from './link-picture.tsx';

const endOf = ({ platform, platformName, instanceName, scope }: Place): PictureEnd => ({
  platform,
  platformName,
  name: instanceName,
  lines: [platformName, ...(scope && scope.name !== instanceName ? [scope.name] : [])],
});
/** Within one instance only the scopes tell the ends apart. */
const scopeOf = (place: Place): PictureEnd => ({
  ...endOf(place),
  name: place.scope?.name ?? place.instanceName,
  lines: [place.platformName, place.instanceName],
});

export const isLocal = ({ from, to }: Pick<Connection, 'from' | 'to'>): boolean => to !== null && !to.remote && to.instance === from.instance;

/** Both sides of a connection as the ends of its picture. `nobody`: what stands for somebody who is not known yet. */
export function pictureOf(connection: Pick<Connection, 'from' | 'to'>, nobody: PictureEnd = NOBODY): { from: PictureEnd; to: PictureEnd } {
  const { from, to } = connection;
  if (to === null) return { from: endOf(from), to: nobody };
  return isLocal(connection) && to.scope ? { from: scopeOf(from), to: scopeOf(to) } : { from: endOf(from), to: endOf(to) };
}
