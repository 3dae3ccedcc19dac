export interface Rate {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds since 1970. */
  readonly resetAt: number;
}

type Headers = Readonly<Record<string, string>>;
const HOUR = 3_600_000;

/** Milliseconds in words, for sentences: `10 min`. */
export const resetsIn = (ms: number): string => (ms >= 60_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 1000)} s`);

/** A moment as rate-limit headers write it: seconds from now, seconds since 1970, or a date. Undefined: none of them. */
function moment(text: string | undefined, now: number): number | undefined {
  const value = text?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) > 1_000_000_000 ? Number(value) * 1000 : now + Number(value) * 1000;
  // Date.parse takes almost anything for a date: `-5` would be a year.
  const date = /[a-z]{3}|\d{4}-\d\d-\d\d/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}

/** When to come back after a refusal: `Retry-After`, else the window's reset, else in 30 s. At least 1 s, at most 1 h from now: no header stops us for a year. */
export function retryAt(headers: Headers, now: number): number {
  const told = moment(headers['retry-after'], now) ?? moment(headers['ratelimit-reset'] ?? headers['x-ratelimit-reset'] ?? headers['x-rate-limit-reset'], now);
  return Math.min(Math.max(told ?? now + 30_000, now + 1000), now + HOUR);
}

const count = (text: string | undefined): number | undefined => (text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined);

/**
 * Budgets that an answer tells of: the account's own (`x-rate-limit…`, `x-ratelimit-…`, `ratelimit-…`), and those of `names`, from headers such as
 * `…ratelimit-NAME: total=100; remaining=99; resets=30`. Without a reset a window of a minute is assumed.
 */
export function readRates(headers: Headers, names: readonly string[], now: number): { whole: Rate | null; named: Readonly<Record<string, Rate>> } {
  const limit = count(headers['x-rate-limit'] ?? headers['x-ratelimit-limit'] ?? headers['ratelimit-limit']);
  const remaining = count(headers['x-rate-limit-remaining'] ?? headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining']);
  const reset = moment(headers['ratelimit-reset'] ?? headers['x-ratelimit-reset'] ?? headers['x-rate-limit-reset'], now) ?? now + 60_000;
  const named: Record<string, Rate> = {};
  for (const name of names) {
    const header = Object.keys(headers).find((key) => key.endsWith(`ratelimit-${name}`));
    const parts = header && Object.fromEntries((headers[header] ?? '').split(/[;,]/).map((part) => part.trim().split('=')));
    const left = parts && count(parts.remaining);
    if (parts && left !== undefined)
      named[name] = { limit: count(parts.total) ?? left, remaining: left, resetAt: Math.min(moment(parts.resets, now) ?? now + 60_000, now + HOUR) };
  }
  const whole = limit === undefined || remaining === undefined ? null : { limit, remaining, resetAt: Math.min(reset, now + HOUR) };
  return { whole, named };
}
