import { codeOfTrackerError, EntenteError, ERRORS, type ErrorCode } from '../core/errors.ts';
import { TrackerError } from '../core/tracker-error.ts';
import type { Problem } from '../core/twin.ts';
import { type Context, PeerError } from './work.ts';

/** A call timed out, or its process died: until the vendor's processing time is over, "not there" proves nothing. */
export class InDoubt extends Error {
  /** Milliseconds since 1970. */
  readonly until: number;
  constructor(until: number) {
    super('A call may still take effect.');
    this.until = until;
  }
}

/** Something stands in the way that will pass: the replica stays in the inbox. */
export class Waiting extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const SECOND = 1000;
/** Backoff with jitter: 5 s, 10 s, … up to 10 minutes; slower for what rarely mends itself. */
function backoff(attempts: number, random: number, slow: boolean): number {
  const base = slow ? 60 * SECOND : 5 * SECOND;
  return Math.min(base * 2 ** Math.min(attempts, 10), 10 * 60 * SECOND) * (0.75 + random / 2);
}

type Retry = 'backoff' | 'slow' | 'never' | number;

function classify(error: unknown): { code: ErrorCode; message: string; retry: Retry } {
  if (error instanceof InDoubt) return { code: 'in-doubt', message: ERRORS['in-doubt'].means, retry: error.until };
  if (error instanceof Waiting) return { code: error.code, message: error.message, retry: 'slow' };
  if (error instanceof PeerError) return { code: 'peer-unavailable', message: error.message, retry: 'backoff' };
  if (error instanceof EntenteError) return { code: error.code, message: error.message, retry: ERRORS[error.code].level === 'connection' ? 'slow' : 'never' };
  if (!(error instanceof TrackerError)) return { code: 'broken-invariant', message: error instanceof Error ? error.message : String(error), retry: 'never' };
  const code = error.kind === 'cursor-expired' ? 'internal' : codeOfTrackerError[error.kind];
  switch (error.kind) {
    case 'rate-limited':
      return { code, message: error.message, retry: error.retryAt ?? 'backoff' };
    case 'unavailable':
    case 'conflict':
      return { code, message: error.message, retry: 'backoff' };
    case 'protocol':
    case 'cursor-expired':
      return { code, message: error.message, retry: 'slow' };
    case 'auth':
    case 'forbidden':
    case 'not-found':
    case 'rejected':
      return { code, message: error.message, retry: 'never' };
    default:
      return error.kind satisfies never;
  }
}

/** What a failure means for whoever looks at the twin, and when it is tried again. */
export function problemOf(context: Context, error: unknown, before: Problem | null): Problem {
  const { code, message, retry } = classify(error);
  const now = context.clock.now();
  const again = before?.code === code ? before : null;
  const attempts = (again?.attempts ?? 0) + 1;
  const retryAt = retry === 'never' ? null : typeof retry === 'number' ? retry : now + backoff(attempts - 1, context.random(), retry === 'slow');
  const level = ERRORS[code].level;
  return {
    level: level === 'request' ? 'twin' : level,
    code,
    message,
    remedy: ERRORS[code].remedy,
    since: again?.since ?? new Date(now).toISOString(),
    attempts,
    retryAt: retryAt === null ? null : new Date(retryAt).toISOString(),
  };
}

/** Was it the other side that could not be reached, or refused? An answer from there ends it. */
export const isOfPeer = ({ code, level }: Problem): boolean => code === 'peer-unavailable' || level === 'connection';
