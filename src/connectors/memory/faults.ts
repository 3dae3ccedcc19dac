import { TrackerError } from '../../core/tracker-error.ts';

/** The vendor's calls, as `gate`, `failNext` and `onRequest` name them. */
export type VendorCall =
  | 'account'
  | 'schema'
  | 'get'
  | 'find'
  | 'recent'
  | 'search'
  | 'feed'
  | 'journal'
  | 'exists'
  | 'download'
  | 'insert'
  | 'mark'
  | 'upload'
  | 'update'
  | 'markComment'
  | 'link'
  | 'hook';
export const WRITES: ReadonlySet<VendorCall> = new Set(['insert', 'mark', 'upload', 'update', 'markComment', 'link', 'hook']);

/** `commit-then-drop`: it takes effect, then no answer. `late`: no answer, and it takes effect `lateMs` later. All others: no effect. */
export type FaultKind =
  | 'auth'
  | 'forbidden'
  | 'not-found'
  | 'rate-limited'
  | 'unavailable'
  | 'protocol'
  | 'rejected'
  | 'cursor-expired'
  | 'commit-then-drop'
  | 'late';

export interface FaultOptions {
  /** Which calls it meets: one kind, all that read, all that write. Default: any. */
  readonly on?: VendorCall | 'read' | 'write';
  readonly times?: number;
  readonly lateMs?: number;
  /** Milliseconds since 1970. */
  readonly retryAt?: number;
  readonly field?: string;
}

export interface Fault extends FaultOptions {
  readonly kind: FaultKind;
  left: number;
}

export const meets = (fault: Fault, call: VendorCall): boolean =>
  fault.on === undefined || fault.on === call || (fault.on === 'write' && WRITES.has(call)) || (fault.on === 'read' && !WRITES.has(call));

export function errorOf(fault: Fault, call: VendorCall, now: number): TrackerError {
  const { kind } = fault;
  switch (kind) {
    case 'auth':
      return new TrackerError('auth', 'The tracker refused the credentials.', { status: 401 });
    case 'forbidden':
      return new TrackerError('forbidden', 'The tracker does not allow this to our account.', { status: 403 });
    case 'not-found':
      return new TrackerError('not-found', 'The tracker does not know it.', { status: 404 });
    case 'rate-limited':
      return new TrackerError('rate-limited', 'The tracker asks us to slow down.', { status: 429, retryAt: fault.retryAt ?? now + 1000 });
    case 'protocol':
      return new TrackerError('protocol', 'The answer is not that of such a tracker.', { status: 200 });
    case 'rejected':
      return new TrackerError('rejected', 'The tracker refused the value.', { status: 422, ...(fault.field ? { field: fault.field } : {}) });
    case 'cursor-expired':
      return new TrackerError('cursor-expired', 'The place in the feed is too old.', { status: 410 });
    case 'unavailable':
    case 'commit-then-drop':
    case 'late':
      return new TrackerError('unavailable', 'No answer came from the tracker.', { inDoubt: WRITES.has(call) });
  }
}
