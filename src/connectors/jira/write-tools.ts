import { TrackerError } from '../../core/tracker-error.ts';
import type { FieldTools } from './fields.ts';
import type { Markers } from './marker.ts';
import type { Account } from './reading.ts';

/** What writing needs to know of a Jira. */
export interface WriteTools extends FieldTools {
  readonly account: Account;
  readonly markers: Markers;
  /** Project for new issues, unless the draft says another. */
  readonly project: string | undefined;
  /** Role that internal comments are shown to where there are no internal notes. */
  readonly internalRole: string | undefined;
}

/** Something of it stands there: whoever asked has to look before trying again. */
export function partly(error: unknown): unknown {
  if (!(error instanceof TrackerError) || (error.inDoubt && error.kind === 'unavailable')) return error;
  return new TrackerError('unavailable', `A part of it was written, then: ${error.message}`, { inDoubt: true, cause: error });
}
