import type { Clock } from '../http/clock.ts';
import { ApiError } from './errors.ts';

/** Requests allowed. Cloud's: Atlassian, "Rate limiting" for Jira Cloud. */
export interface LimitSettings {
  /** Of one user in one second, by method of the request. */
  burst: { GET: number; POST: number; PUT: number; DELETE: number };
  /** Of one user in an hour. */
  perHour: number;
  /** Changes of one issue: so many in 2 s, and in 30 s. */
  issueIn2s: number;
  issueIn30s: number;
  /** Does a 429 say when to come again? Some of Jira's do not. */
  retryAfter: boolean;
}

export const CLOUD: LimitSettings = { burst: { GET: 100, POST: 100, PUT: 50, DELETE: 50 }, perHour: 65_000, issueIn2s: 20, issueIn30s: 100, retryAfter: true };

export interface Limits {
  /** Counts a request; the headers go with its answer. Throws 429. */
  count(request: { method: string; user: string; issue?: string | undefined }): Record<string, string>;
  set(settings: Partial<LimitSettings> | 'off'): void;
}

interface Window {
  name: string;
  limit: number;
  ms: number;
  reason: string;
}

export function createLimits(clock: Clock, initial: Partial<LimitSettings> | 'off'): Limits {
  let settings: LimitSettings | 'off' = initial === 'off' ? 'off' : { ...CLOUD, ...initial };
  const taken = new Map<string, number[]>();
  return {
    count({ method, user, issue }) {
      if (settings === 'off') return {};
      const now = clock.now();
      const { burst, perHour, issueIn2s, issueIn30s, retryAfter } = settings;
      const windows: Window[] = [
        { name: `burst ${method} ${user}`, limit: burst[method as keyof typeof burst] ?? burst.GET, ms: 1_000, reason: 'jira-burst-based' },
        { name: `hour ${user}`, limit: perHour, ms: 3_600_000, reason: 'jira-quota-tenant-based' },
        ...(issue === undefined
          ? []
          : [
              { name: `2 ${issue}`, limit: issueIn2s, ms: 2_000, reason: 'jira-per-issue-on-write' },
              { name: `30 ${issue}`, limit: issueIn30s, ms: 30_000, reason: 'jira-per-issue-on-write' },
            ]),
      ];
      for (const { name, limit, ms, reason } of windows) {
        const recent = (taken.get(name) ?? []).filter((at) => now - at < ms);
        taken.set(name, recent);
        if (recent.length < limit) continue;
        const resetAt = (recent[0] ?? now) + ms;
        throw new ApiError(
          429,
          'Rate limit exceeded.',
          {},
          {
            'ratelimit-reason': reason,
            'x-ratelimit-limit': String(limit),
            'x-ratelimit-remaining': '0',
            'x-ratelimit-reset': new Date(resetAt).toISOString(),
            ...(retryAfter ? { 'retry-after': String(Math.max(1, Math.ceil((resetAt - now) / 1000))) } : {}),
          },
        );
      }
      for (const { name } of windows) taken.get(name)?.push(now);
      const left = (windows[0]?.limit ?? 0) - (taken.get(windows[0]?.name ?? '')?.length ?? 0);
      return { 'x-ratelimit-limit': String(windows[0]?.limit ?? 0), 'x-ratelimit-remaining': String(Math.max(0, left)) };
    },
    set(next) {
      settings = next === 'off' ? 'off' : { ...(settings === 'off' ? CLOUD : settings), ...next };
    },
  };
}
