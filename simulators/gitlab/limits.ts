import type { Clock } from '../http/clock.ts';
import { ApiError } from './errors.ts';

/** Requests in a minute, for each user. Default: GitLab.com's for signed-in traffic, and the default for creating notes and issues. */
export interface LimitSettings {
  perMinute: number;
  notesPerMinute: number;
  issuesPerMinute: number;
}
const DEFAULTS: LimitSettings = { perMinute: 2_000, notesPerMinute: 300, issuesPerMinute: 300 };
const MINUTE = 60_000;

export interface Limits {
  /** Counts a request. Throws the vendor's 429 when a budget is used up; the headers go with every answer otherwise. */
  count(user: number, budget: 'notes' | 'issues' | undefined): Record<string, string>;
  set(settings: Partial<LimitSettings> | 'off'): void;
}

export function createLimits(clock: Clock, initial: Partial<LimitSettings> | 'off'): Limits {
  let settings: LimitSettings | 'off' = initial === 'off' ? 'off' : { ...DEFAULTS, ...initial };
  let windows = new Map<string, { minute: number; used: number }>();

  /** Windows are the clock's own minutes, as the vendor's are. */
  const take = (name: string, limit: number) => {
    const minute = Math.floor(clock.now() / MINUTE);
    const window = windows.get(name);
    const used = window?.minute === minute ? window.used + 1 : 1;
    windows.set(name, { minute, used });
    return { over: used > limit, observed: used, remaining: Math.max(0, limit - used), resetMs: (minute + 1) * MINUTE };
  };

  return {
    count(user, budget) {
      if (settings === 'off') return {};
      const all = take(`api ${user}`, settings.perMinute);
      const headers = {
        'ratelimit-limit': String(settings.perMinute),
        'ratelimit-name': 'throttle_authenticated_api',
        'ratelimit-observed': String(all.observed),
        'ratelimit-remaining': String(all.remaining),
        'ratelimit-reset': String(all.resetMs / 1000),
        'ratelimit-resettime': new Date(all.resetMs).toUTCString(),
      };
      const retry = { 'retry-after': String(Math.max(1, Math.ceil((all.resetMs - clock.now()) / 1000))) };
      if (all.over) throw new ApiError(429, 'Retry later\n', { ...headers, ...retry });
      if (budget) {
        const limit = budget === 'notes' ? settings.notesPerMinute : settings.issuesPerMinute;
        if (take(`${budget} ${user}`, limit).over)
          throw new ApiError(429, { message: { error: 'This endpoint has been requested too many times. Try again later.' } }, { ...headers, ...retry });
      }
      return headers;
    },
    set(next) {
      settings = next === 'off' ? 'off' : { ...(settings === 'off' ? DEFAULTS : settings), ...next };
      windows = new Map();
    },
  };
}
