import { TrackerError } from '../../core/tracker-error.ts';
import type { HttpResponse } from '../../lib/http.ts';

interface Told {
  readonly message: string;
  readonly errors: readonly { readonly field: string | null; readonly text: string }[];
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
const short = (value: unknown): string => (typeof value === 'string' ? value : '').replace(/\s+/g, ' ').trim().slice(0, 300);
const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** What a refusal says: `{message, errors: [{resource, field, code, message}]}`, or text. */
export function toldBy(body: string): Told {
  try {
    const { message, errors } = record(JSON.parse(body));
    const list = Array.isArray(errors) ? errors : typeof errors === 'string' ? [errors] : [];
    return {
      message: short(message),
      errors: list.map((error) => {
        const { field, message: said, code } = record(error);
        const named = typeof field === 'string' ? field : null;
        return { field: named, text: short(error) || short(said) || [named, short(code)].filter(Boolean).join(': ') };
      }),
    };
  } catch {
    return { message: /^\s*</.test(body) ? '' : short(body), errors: [] };
  }
}

/** Our names for the fields that GitHub refuses under its own. */
const FIELDS: Readonly<Record<string, string>> = { title: 'summary', body: 'description' };

/** Wait as long as GitHub says, at most an hour; it asks for a minute at least where it says nothing. */
function waitUntil(headers: HttpResponse['headers'], now: number): number {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  const reset = Number(headers['x-ratelimit-remaining'] === '0' ? headers['x-ratelimit-reset'] : Number.NaN) * 1000;
  const until = Number.isFinite(seconds) ? now + seconds * 1000 : Number.isFinite(reset) ? reset : now + 60_000;
  return Math.min(Math.max(until, now + 1000), now + 3_600_000);
}

/** GitHub's limits may come as 403: the primary one with nothing remaining, the secondary ones with their name or a time to wait. */
const isLimit = ({ headers }: HttpResponse, message: string): boolean =>
  headers['retry-after'] !== undefined ||
  headers['x-ratelimit-remaining'] === '0' ||
  /secondary rate limit|abuse detection|API rate limit exceeded/i.test(message);

/** The issue itself is gone, not the whole list of issues, nor what we may see. */
export const saysDeleted = (response: HttpResponse): boolean => response.status === 410 && /was deleted/i.test(toldBy(response.text).message);

/** The error for an answer that is none of 2xx, 429 and 5xx. `what` names the request for people: `Changing acme/web#7`. */
export function refusal(response: HttpResponse, what: string, host: string, now: number): TrackerError {
  const { status, headers } = response;
  const { message, errors } = toldBy(response.text);
  const said = message === '' ? '' : ` GitHub says: ${ended(message)}`;
  if (status === 401) return new TrackerError('auth', `${host} does not accept the credentials.${said}`, { status });
  if (status === 403 && isLimit(response, message)) {
    const retryAt = waitUntil(headers, now);
    const when = new Date(retryAt).toISOString().slice(0, 19);
    return new TrackerError('rate-limited', `${host} asks to wait: too many requests. Work goes on at ${when}Z.`, { retryAt, status });
  }
  if (status === 403 && /\bsuspended\b/i.test(message))
    return new TrackerError('auth', `${host} has shut out the account that Entente uses.${said} Somebody with the right to do so can unsuspend it there.`, {
      status,
    });
  if (status === 403 || status === 451) return new TrackerError('forbidden', `${what}: the account that Entente uses may not do this.${said}`, { status });
  if (status === 404)
    return new TrackerError('not-found', `${what}: GitHub does not find it, or does not show it to the account that Entente uses.`, { status });
  if (status === 410) {
    if (saysDeleted(response)) return new TrackerError('not-found', `${what}: the issue was deleted.`, { status });
    return new TrackerError('forbidden', `${what}: issues are switched off in this repository.${said}`, { status });
  }
  if (status === 400 || status === 413 || status === 422) {
    const field = errors.find((error) => error.field !== null)?.field ?? null;
    const reasons = errors
      .map(({ text }) => text)
      .filter(Boolean)
      .join('; ');
    return new TrackerError('rejected', `${what}: ${reasons ? `GitHub says: ${ended(reasons)}` : `GitHub refused it.${said}`}`, {
      status,
      ...(field === null ? {} : { field: FIELDS[field] ?? field }),
    });
  }
  if (status >= 300 && status < 400)
    return new TrackerError('protocol', `${what}: ${host} sends callers elsewhere. Check the address in the settings.`, { status });
  return new TrackerError('protocol', `${what}: ${host} answered in a way that Entente does not know (HTTP ${status}).${said}`, { status });
}
