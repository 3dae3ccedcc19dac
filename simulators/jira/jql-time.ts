import { ApiError } from './errors.ts';
import type { User } from './model.ts';
import { type Site, zoneOffset } from './site.ts';

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `2026/11/22 10:05`, `2026-11-22`, `-5m`, `-1d`, by the user's clock. */
export function momentOf(site: Site, user: User | null, field: string, given: string): number {
  if (given.startsWith('@')) return Number(given.slice(1));
  const relative = /^([+-]?)(\d+)([mhdw])$/.exec(given);
  if (relative) {
    const [, sign, count, unit = 'm'] = relative;
    const ms = site.clock.now() + (sign === '-' ? -1 : 1) * Number(count) * (UNITS[unit] ?? 0);
    return Math.floor(ms / 60_000) * 60_000;
  }
  const [, year, month, day, hour = 0, minute = 0] = /^(\d{4})[/-](\d\d?)[/-](\d\d?)(?: (\d\d?):(\d\d))?$/.exec(given) ?? [];
  if (year === undefined)
    throw new ApiError(
      400,
      `Date value '${given}' for field '${field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.`,
    );
  const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  const zone = user?.timeZone ?? 'UTC';
  // Twice: the offset at the first guess may be that of the other side of a change of the clocks.
  return wall - zoneOffset(wall - zoneOffset(wall, zone), zone);
}
