import type { Clock } from '../http/clock.ts';
import { ApiError } from './errors.ts';

/** `updateTicket` counts by account and, more narrowly, by ticket and user. */
export type Budget = 'updateTicket' | 'incremental';

/** Requests allowed; `perMinute` is the plan's. */
export interface LimitSettings {
  perMinute: number;
  updateTicketPerMinute: number;
  /** By one user on one ticket, in ten minutes. */
  updateSameTicket: number;
  incrementalPerMinute: number;
}

/** The Enterprise plan. */
export const ENTERPRISE: LimitSettings = { perMinute: 700, updateTicketPerMinute: 100, updateSameTicket: 30, incrementalPerMinute: 10 };

export interface Limits {
  /** Counts a request. Throws the vendor's 429 when a budget is used up; the headers go with every answer otherwise. */
  count(request: { budget?: Budget | undefined; user: number; ticket?: string | undefined }): Record<string, string>;
  /** Starts counting anew. */
  set(settings: Partial<LimitSettings> | 'off'): void;
}

interface Window {
  startedAt: number;
  used: number;
}

const MINUTE = 60_000;

export function createLimits(clock: Clock, initial: Partial<LimitSettings> | 'off'): Limits {
  let settings: LimitSettings | 'off' = initial === 'off' ? 'off' : { ...ENTERPRISE, ...initial };
  const windows = new Map<string, Window>();

  const take = (name: string, limit: number, lengthMs: number) => {
    const now = clock.now();
    let window = windows.get(name);
    if (!window || now - window.startedAt >= lengthMs) {
      window = { startedAt: now, used: 0 };
      windows.set(name, window);
    }
    window.used += 1;
    const resetSeconds = Math.max(1, Math.ceil((window.startedAt + lengthMs - now) / 1000));
    return { over: window.used > limit, remaining: Math.max(0, limit - window.used), resetSeconds };
  };

  return {
    count({ budget, user, ticket }) {
      if (settings === 'off') return {};
      const account = take('account', settings.perMinute, MINUTE);
      const headers: Record<string, string> = {
        'x-rate-limit': String(settings.perMinute),
        'x-rate-limit-remaining': String(account.remaining),
        'ratelimit-limit': String(settings.perMinute),
        'ratelimit-remaining': String(account.remaining),
        'ratelimit-reset': String(account.resetSeconds),
      };
      const refuse = (body: unknown, resetSeconds: number) => new ApiError(429, body, { ...headers, 'retry-after': String(resetSeconds) });
      if (account.over) throw refuse('Number of allowed API requests per minute exceeded', account.resetSeconds);
      if (budget === 'incremental') {
        const window = take('incremental', settings.incrementalPerMinute, MINUTE);
        headers['zendesk-ratelimit-incremental-exports'] = said(settings.incrementalPerMinute, window);
        if (window.over)
          throw refuse({ error: 'TooManyRequests', description: 'Number of allowed incremental export API requests per minute exceeded' }, window.resetSeconds);
      }
      if (budget === 'updateTicket') {
        const all = take('update', settings.updateTicketPerMinute, MINUTE);
        headers['zendesk-ratelimit-tickets-update'] = said(settings.updateTicketPerMinute, all);
        if (all.over) throw refuse({ error: 'TooManyRequests', description: 'Number of allowed ticket updates per minute exceeded' }, all.resetSeconds);
        const one = take(`update ${ticket} ${user}`, settings.updateSameTicket, 10 * MINUTE);
        if (one.over) throw refuse({ error: 'TooManyRequests', description: 'Too many updates of this ticket by this user' }, one.resetSeconds);
      }
      return headers;
    },
    set(next) {
      settings = next === 'off' ? 'off' : { ...(settings === 'off' ? ENTERPRISE : settings), ...next };
      windows.clear();
    },
  };
}

function said(total: number, window: { remaining: number; resetSeconds: number }): string {
  return `total=${total}; remaining=${window.remaining}; resets=${window.resetSeconds}`;
}
