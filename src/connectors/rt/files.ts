import type { Readable } from 'node:stream';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { RtApi } from './api.ts';
import { saidIn } from './parts.ts';
import { partsOfId } from './text.ts';

/** A file with what RT says of it. Throws `not-found`. */
export async function openFile(api: RtApi, id: string, call: CallContext): Promise<{ stream: Readable; type: string; size: number | null }> {
  const place = partsOfId(id);
  const missing = new TrackerError('not-found', `There is no file “${id}” in RT.`);
  if (!place) throw missing;
  // Asked first of the REST API, which says so when the token is not accepted: RT's pages would answer with the form to sign in.
  const file = saidIn(place.transaction, await api.partsOf(place.transaction, call)).files.find((one) => one.id === id);
  if (!file) throw missing;
  const { stream, headers } = await api.download(place.transaction, place.part, call);
  if (!stream) throw new TrackerError('protocol', `The file “${file.name}” came without content.`);
  if (/^text\/html\b/i.test(headers['content-type'] ?? '') && file.type !== 'text/html') {
    stream.destroy();
    throw new TrackerError('protocol', `RT answered with a page in place of the file “${file.name}”.`);
  }
  return { stream, type: file.type, size: file.size };
}
