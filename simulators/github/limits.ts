import type { Clock } from '../http/clock.ts';
import { ApiError } from './errors.ts';

export interface LimitSettings {
  /** Requests in an hour, for each user or installation. */
  perHour: number;
  anonymousPerHour: number;
  searchPerMinute: number;
  /** Reading counts 1, writing 5. */
  pointsPerMinute: number;
  /** Requests of one user that are being worked on at once. */
  atOnce: number;
  contentPerMinute: number;
  contentPerHour: number;
  /** How long a secondary limit says to wait, in seconds. */
  retryAfterSeconds: number;
  /** The vendor answers either of them when the hour is used up. */
  primaryStatus: 403 | 429;
}
const DEFAULTS: LimitSettings = {
  perHour: 5_000,
  anonymousPerHour: 60,
  searchPerMinute: 30,
  pointsPerMinute: 900,
  atOnce: 100,
  contentPerMinute: 80,
  contentPerHour: 500,
  retryAfterSeconds: 60,
  primaryStatus: 403,
};
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface Counted {
  /** Names the budget: a user or an installation. */
  who: string;
  /** As the vendor's refusal names it. */
  said: string;
  anonymous: boolean;
  resource: 'core' | 'search';
  writes: boolean;
  content: boolean;
}

export interface Budget {
  limit: number;
  used: number;
  remaining: number;
  reset: number;
}

export interface Limits {
  /** Counts a request. Throws the vendor's 403 (or 429) when a budget is used up; the headers go with every answer otherwise. */
  count(request: Counted): Record<string, string>;
  /** Takes back the count of a request that was answered 304. */
  giveBack(request: Counted): Record<string, string>;
  /** Marks a request as being worked on, until the function that it gives is called. */
  enter(who: string): () => void;
  budget(request: Pick<Counted, 'who' | 'anonymous' | 'resource'>): Budget;
  set(settings: Partial<LimitSettings> | 'off'): void;
}

const SECONDARY = {
  documentation_url: 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits',
};

export function createLimits(clock: Clock, initial: Partial<LimitSettings> | 'off'): Limits {
  let settings: LimitSettings | 'off' = initial === 'off' ? 'off' : { ...DEFAULTS, ...initial };
  let windows = new Map<string, { startedAt: number; used: number }>();
  let working = new Map<string, number>();

  const window = (name: string, lengthMs: number) => {
    const now = clock.now();
    let found = windows.get(name);
    if (!found || now - found.startedAt >= lengthMs) {
      found = { startedAt: now, used: 0 };
      windows.set(name, found);
    }
    return found;
  };
  const budget: Limits['budget'] = ({ who, anonymous, resource }) => {
    const given = settings === 'off' ? DEFAULTS : settings;
    const length = resource === 'search' ? MINUTE : HOUR;
    const limit = resource === 'search' ? given.searchPerMinute : anonymous ? given.anonymousPerHour : given.perHour;
    const { used, startedAt } = window(`${resource} ${who}`, length);
    return { limit, used: Math.min(used, limit), remaining: Math.max(0, limit - used), reset: Math.ceil((startedAt + length) / 1000) };
  };
  const headersOf = (request: Counted): Record<string, string> => {
    const { limit, used, remaining, reset } = budget(request);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': request.resource,
    };
  };
  const secondary = (settled: LimitSettings, message: string, headers: Record<string, string>) =>
    new ApiError(403, message, SECONDARY, { ...headers, 'retry-after': String(settled.retryAfterSeconds) });

  return {
    budget,
    count(request) {
      if (settings === 'off') return {};
      const spent = window(`${request.resource} ${request.who}`, request.resource === 'search' ? MINUTE : HOUR);
      if (budget(request).remaining === 0) {
        throw new ApiError(
          settings.primaryStatus,
          `API rate limit exceeded for ${request.said}.`,
          { documentation_url: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api' },
          headersOf(request),
        );
      }
      spent.used += 1;
      const headers = headersOf(request);
      const points = window(`points ${request.who}`, MINUTE);
      points.used += request.writes ? 5 : 1;
      const crowded = (working.get(request.who) ?? 0) > settings.atOnce;
      if (points.used > settings.pointsPerMinute || crowded)
        throw secondary(settings, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', headers);
      if (request.content) {
        const minute = window(`content ${request.who}`, MINUTE);
        const hour = window(`content of the hour ${request.who}`, HOUR);
        minute.used += 1;
        hour.used += 1;
        if (minute.used > settings.contentPerMinute || hour.used > settings.contentPerHour)
          throw secondary(
            settings,
            'You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.',
            headers,
          );
      }
      return headers;
    },
    giveBack(request) {
      if (settings === 'off') return {};
      const spent = window(`${request.resource} ${request.who}`, request.resource === 'search' ? MINUTE : HOUR);
      spent.used = Math.max(0, spent.used - 1);
      return headersOf(request);
    },
    enter(who) {
      working.set(who, (working.get(who) ?? 0) + 1);
      let left = false;
      return () => {
        if (!left) working.set(who, (working.get(who) ?? 1) - 1);
        left = true;
      };
    },
    set(next) {
      settings = next === 'off' ? 'off' : { ...(settings === 'off' ? DEFAULTS : settings), ...next };
      windows = new Map();
      working = new Map();
    },
  };
}
