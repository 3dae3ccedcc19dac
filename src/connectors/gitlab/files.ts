import type { Readable } from 'node:stream';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import { mediaTypeOf } from '../../lib/media-type.ts';
import type { Upload } from '../connector.ts';
import type { GitlabApi } from './api.ts';
import { refused } from './fields.ts';
import { type FileName, fileName, idOfUpload, partsOfId, shownName } from './text.ts';

/** GitLab.com's limit and the default elsewhere. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024;

export interface Uploaded extends FileName {
  readonly key: string;
}

/** Uploads one after the other. They belong to nothing yet, so a failure leaves nothing that anybody sees, and is never in doubt. */
export async function uploadAll(api: GitlabApi, project: number, uploads: readonly Upload[], call: CallContext): Promise<Uploaded[]> {
  for (const { name, size } of uploads)
    if (size !== null && size > MAX_FILE_BYTES) throw refused('files', `The file “${name}” is larger than the 100 MB that GitLab takes.`);
  const done: Uploaded[] = [];
  for (const upload of uploads) {
    const { key, name, type, size } = upload;
    const file = { name: fileName(name), type, size, open: () => upload.open(call.signal) };
    const url = await api.upload(project, file, call).catch((error: unknown) => {
      throw certain(error, name);
    });
    const id = idOfUpload(url);
    if (id === null) throw new TrackerError('protocol', `GitLab does not say where the file “${name}” is.`);
    done.push({ key, id, name: shownName(name) });
  }
  return done;
}

function certain(error: unknown, name: string): TrackerError {
  if (!(error instanceof TrackerError)) return new TrackerError('unavailable', `The file “${name}” could not be read.`, { cause: error });
  const { kind, message, retryAt, field, status } = error;
  if (!error.inDoubt) return error;
  return new TrackerError(kind, message, {
    cause: error,
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(field === undefined ? {} : { field }),
    ...(status === undefined ? {} : { status }),
  });
}

/** Throws `not-found` when there is no such file. */
export async function openFile(
  api: GitlabApi,
  project: number,
  id: string,
  call: CallContext,
): Promise<{ stream: Readable; type: string; size: number | null }> {
  const parts = partsOfId(id);
  if (!parts) throw new TrackerError('not-found', `There is no file “${id}” in GitLab.`);
  const { stream, headers } = await api.download(project, parts.secret, parts.name, call);
  if (!stream) throw new TrackerError('protocol', `The file “${parts.name}” came without content.`);
  const size = headers['content-length'];
  return { stream, type: mediaTypeOf(parts.name), size: size === undefined ? null : Number(size) };
}
