import { Readable } from 'node:stream';
import type { Change, Tracker, Upload } from '../../src/connectors/connector.ts';
import type { Snapshot } from '../../src/core/entity.ts';
import type { RichText } from '../../src/core/rich-text/index.ts';
import { TrackerError } from '../../src/core/tracker-error.ts';
import type { CallContext } from '../../src/lib/http.ts';
import { mediaTypeOf } from '../../src/lib/media-type.ts';

export const call: CallContext = { signal: new AbortController().signal, priority: 'normal' };

/** The entity as it is now. Throws when it is gone. */
export async function see(tracker: Tracker, ref: string): Promise<Snapshot> {
  const snapshot = await tracker.fetch(ref, call);
  if (snapshot === 'gone') throw new Error(`${ref} is gone.`);
  return snapshot;
}

/** The error that it ends with. Throws when it succeeds, or fails with anything that a tracker does not throw on purpose. */
export async function failure(work: Promise<unknown>): Promise<TrackerError> {
  const error = await work.then(
    (answer) => new Error(`It succeeded: ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof TrackerError) return error;
  throw error;
}

export const upload = (key: string, name: string, content: string | Buffer, type = mediaTypeOf(name)): Upload => ({
  key,
  name,
  type,
  size: Buffer.byteLength(content),
  open: () => Promise.resolve(Readable.from([Buffer.from(content)])),
});

/** A new comment. */
export const adding = (body: RichText, files: readonly Upload[] = [], isPublic = true) =>
  ({ comment: { do: 'add', body, public: isPublic, files, marker: crypto.randomUUID() }, known: {} }) as const satisfies Change;
