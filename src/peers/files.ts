import type { Readable } from 'node:stream';
import { TrackerError } from '../core/tracker-error.ts';
import { FileGone } from '../engine/index.ts';
import type { Store, Trackers } from '../engine/ports.ts';

/** Opens a file that our half of a twin has told the other side of. Throws FileGone, TrackerError. */
export async function openOwnFile(
  deps: { readonly store: Store; readonly trackers: Trackers },
  side: string,
  twin: string,
  gid: string,
  signal: AbortSignal,
): Promise<Readable> {
  const found = await deps.store.transaction(async (tx) => {
    const half = await tx.twin(side, twin);
    if (!half || half.local === null) return null;
    const trace = (await tx.traces(half.instance, half.local)).find((row) => row.kind === 'file' && row.gid === gid && row.tomb === null);
    return trace ? { instance: half.instance, ref: half.local, file: trace.local } : null;
  });
  if (!found) throw new FileGone(gid);
  const { files } = await deps.trackers.of(found.instance);
  if (!files) throw new FileGone(gid);
  try {
    return (await files.open(found.ref, found.file, { signal, priority: 'normal' })).stream;
  } catch (error) {
    throw error instanceof TrackerError && error.kind === 'not-found' ? new FileGone(gid) : error;
  }
}
