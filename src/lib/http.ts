import type { Readable } from 'node:stream';

/** Who asks, for how long, and how urgently. Handed down to every call of a tracker. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Interactive work goes first, bulk work last. */
  readonly priority: 'interactive' | 'normal' | 'bulk';
  /** Told of each request that really went out. For sync runs and budgets. */
  onRequest?(request: { readonly method: string; readonly path: string; readonly status: number | null; readonly ms: number }): void;
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
  /** Named budget of the vendor that this call draws on (for example `tickets-update`). */
  readonly budget?: string;
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
 * Throws TrackerError `unavailable` (no connection, time-out, 5xx; `inDoubt` when a write may have been carried out) and `rate-limited` (429, or a
 * 503 with `Retry-After`); every other status is the caller's to judge.
 */
export interface HttpClient {
  request(request: HttpRequest, call: CallContext): Promise<HttpResponse>;
}
