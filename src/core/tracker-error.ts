/** What kind of failure a tracker, or the way to it, showed. The engine decides retries by it. */
export type TrackerErrorKind = 'rate-limited' | 'unavailable' | 'auth' | 'forbidden' | 'not-found' | 'conflict' | 'rejected' | 'cursor-expired' | 'protocol';

export interface TrackerErrorDetails {
  /** With `rate-limited`: when to come back, milliseconds since 1970. */
  retryAt?: number;
  /** With `rejected`: the field that was refused, by the tracker's name. */
  field?: string;
  /** The request may have been carried out although no answer came. */
  inDoubt?: boolean;
  /** HTTP status, when there was one. */
  status?: number;
  cause?: unknown;
}

/** The only error that a connector throws on purpose. The message is a plain sentence without secrets. */
export class TrackerError extends Error {
  readonly kind: TrackerErrorKind;
  readonly retryAt: number | undefined;
  readonly field: string | undefined;
  readonly inDoubt: boolean;
  readonly status: number | undefined;
  constructor(kind: TrackerErrorKind, message: string, details: TrackerErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'TrackerError';
    this.kind = kind;
    this.retryAt = details.retryAt;
    this.field = details.field;
    this.inDoubt = details.inDoubt ?? false;
    this.status = details.status;
  }
}
