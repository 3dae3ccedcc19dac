import type { Readable } from 'node:stream';

/** Who asks, for how long, and how urgently. Handed down to every call of a tracker. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Interactive work goes first, bulk work last. */
  readonly priority: 'interactive' | 'normal' | 'bulk';
  /** Told of each request that really went out. For sync runs and budgets. */
  onRequest?(request: { readonly method: string; readonly path: string; readonly status: number | null; readonly ms: number }): void;
}

/** A limit that the vendor sets on some calls: `limit` calls in any `perMs` milliseconds. */
export interface Budget {
  /** Unique per account and object (`tickets-update`, `ticket-update:4711`); also the name in the vendor's own `…ratelimit-NAME` header. */
  readonly name: string;
  readonly limit: number;
  readonly perMs: number;
  /** `entity`: a spent budget stops only this entity, so it is thrown as `unavailable` (with `retryAt`); default `instance`: `rate-limited`. */
  readonly of?: 'instance' | 'entity';
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; a stream is sent chunked, or with `content-length` when that header is given. A function is called for each attempt. */
  readonly body?: string | Buffer | (() => Promise<Readable>);
  /** Milliseconds without progress. Default 30,000. */
  readonly timeoutMs?: number;
  /** The vendor's budgets that this call draws on, besides the account's own. */
  readonly budget?: Budget | readonly Budget[];
  /** The answer's body is wanted as a stream (downloads); otherwise it is read whole, up to 20 MB. */
  readonly stream?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON. Throws TrackerError `protocol` when it is not JSON. */
  json<T>(): T;
  readonly text: string;
  /** Only with `stream: true`. */
  readonly stream: Readable | null;
}

/**
 * The one way out to trackers. Paces by the vendor's own headers, refuses forbidden addresses, never follows redirects, redacts.
 * Throws TrackerError `unavailable` (no connection, time-out, cancelled, 5xx; `inDoubt` when a write may have been carried out), `rate-limited` (429, a
 * 503 with `Retry-After`, or a budget that stays spent for long), `forbidden` (an address that the egress guard refuses: the operator has to act) and
 * `protocol` (an address that is no http URL, an answer over 20 MB); every other status, redirects included, is the caller's to judge.
 */
export interface HttpClient {
  request(request: HttpRequest, call: CallContext): Promise<HttpResponse>;
}
