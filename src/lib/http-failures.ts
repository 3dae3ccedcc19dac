import { TrackerError } from '../core/tracker-error.ts';
import { NotConnected } from './egress.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import { retryAt } from './rate-headers.ts';
import { redactText } from './redact.ts';

export const MB = 1_048_576;

/** The answer was longer than it may be. */
export class TooLarge extends Error {}

/** Refusals and failures that mean the same at every tracker. */
export function judge(response: HttpResponse, request: HttpRequest, url: URL, now: number, pause: (until: number) => void): HttpResponse {
  const { status, headers } = response;
  if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
    const until = retryAt(headers, now);
    pause(until);
    const when = new Date(until).toISOString();
    throw new TrackerError('rate-limited', `${url.host} asks to wait: too many requests. Work goes on at ${when}.`, { retryAt: until, status });
  }
  if (status >= 500) {
    const inDoubt = request.method !== 'GET' && request.method !== 'HEAD';
    throw new TrackerError('unavailable', `${url.host} answered with an error of its own (HTTP ${status}).`, { status, inDoubt });
  }
  return response;
}

/** What was known when a request failed. */
export interface Circumstances {
  where: string;
  writes: boolean;
  answered: number | undefined;
  late: 'quiet' | 'long' | null;
  cancelled: boolean;
  maxBytes: number;
}

/** The error to be thrown for one that came out of the connection. */
export function explain(error: unknown, { where, writes, answered, late, cancelled, maxBytes }: Circumstances): TrackerError {
  if (error instanceof TrackerError) return error;
  const status = answered === undefined ? {} : { status: answered };
  if (error instanceof TooLarge)
    return new TrackerError('protocol', `${where} answered with more than ${Math.round(maxBytes / MB)} MB.`, { ...status, inDoubt: writes });
  if (error instanceof NotConnected) {
    if (error.cause instanceof TrackerError) return error.cause;
    return new TrackerError('unavailable', `${where}: no connection (${reason(error.cause)}).`, { cause: safe(error.cause) });
  }
  const inDoubt = writes;
  if (cancelled) return new TrackerError('unavailable', `${where}: the request was cancelled.`, { ...status, inDoubt, cause: safe(error) });
  if (late) return new TrackerError('unavailable', `${where}: no answer in time.`, { ...status, inDoubt, cause: safe(error) });
  return new TrackerError('unavailable', `${where}: the connection broke off (${reason(error)}).`, { ...status, inDoubt, cause: safe(error) });
}

/** The error for a file to be sent that could not be read: not the receiver's fault, and nothing was carried out. */
export function failedSource(error: unknown, where: string): TrackerError {
  if (error instanceof TrackerError) return error;
  return new TrackerError('unavailable', `${where}: the file to be sent could not be read to its end (${reason(error)}).`, { cause: safe(error) });
}

function reason(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string') return CODES[code] ?? code;
  return error instanceof Error ? redactText(error.message) : 'unknown';
}

const CODES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name could not be looked up',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'closed by the other end',
  UND_ERR_SOCKET: 'closed by the other end',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no data in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate could not be verified',
};

/** undici's errors can carry the request; only the sentence and the code are kept. */
function safe(error: unknown): Error {
  const { code } = (error ?? {}) as { code?: unknown };
  const copy = new Error(error instanceof Error ? redactText(error.message) : 'unknown');
  return typeof code === 'string' ? Object.assign(copy, { code }) : copy;
}
