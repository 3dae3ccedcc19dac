import type { Place } from '../api.ts';
import type { PictureEnd } from './link-picture.tsx';

/** A side of a connection as an end of its picture. */
export const pictureOf = ({ platform, platformName, instanceName, scope }: Place): PictureEnd => ({
  platform,
  platformName,
  name: instanceName,
  lines: [platformName, ...(scope && scope.name !== instanceName ? [scope.name] : [])],
});
