import type { Readable } from 'node:stream';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, KnownFiles, Upload } from '../connector.ts';
import type { WireAttachment, WireUpload } from './api.ts';
import type { Client } from './client.ts';

/** Zendesk's limit for one file. */
export const MAX_FILE_BYTES = 50 * 1024 * 1024;
const REMEMBERED = 5_000;

export interface Uploaded {
  /** To be named in a comment; null: no files. Good for an hour. */
  readonly token: string | null;
  readonly files: readonly { readonly key: string; readonly attachment: WireAttachment }[];
}

/** The attachments of an account, and what was last said about them. */
export interface Files {
  learn(attachments: Iterable<WireAttachment>): void;
  /** Uploads all of them under one token. They belong to nothing yet, so a failure leaves nothing behind and is never in doubt. */
  upload(uploads: readonly Upload[], call: CallContext): Promise<Uploaded>;
  /** Where the files are that a text refers to: new ones by their keys, known ones by their global ids. */
  addresses(
    uploaded: Uploaded,
    referred: readonly string[],
    known: KnownFiles,
    call: CallContext,
  ): Promise<(file: string) => { url: string; name: string } | undefined>;
  open(id: string, call: CallContext): Promise<{ stream: Readable; type: string; size: number | null }>;
}

export function createFiles(client: Client): Files {
  const attachments = new Map<string, WireAttachment>();

  const learn: Files['learn'] = (given) => {
    for (const attachment of given) {
      const id = String(attachment.id);
      attachments.delete(id);
      attachments.set(id, attachment);
    }
    // The oldest entries come first in a Map.
    for (const id of attachments.keys()) {
      if (attachments.size <= REMEMBERED) break;
      attachments.delete(id);
    }
  };

  const ask = async (id: string, call: CallContext): Promise<WireAttachment> => {
    if (!/^\d+$/.test(id)) throw new TrackerError('not-found', `There is no file “${id}” in Zendesk.`);
    const { attachment } = await client.get<{ attachment: WireAttachment }>(`/api/v2/attachments/${id}.json`, `Looking up file ${id}`, call);
    learn([attachment]);
    return attachment;
  };

  const put = async (upload: Upload, token: string | null, call: CallContext): Promise<WireUpload['upload']> => {
    const { name, size } = upload;
    if (size !== null && size > MAX_FILE_BYTES)
      throw new TrackerError('rejected', `The file “${name}” is larger than the 50 MB that Zendesk takes.`, { field: 'files' });
    const path = `/api/v2/uploads.json?filename=${encodeURIComponent(name.toWellFormed())}${token ? `&token=${encodeURIComponent(token)}` : ''}`;
    // Zendesk wants the true media type: it decides how browsers treat the file.
    const type = /^[\w.+-]+\/[\w.+-]+(?:;.*)?$/.test(upload.type) ? upload.type : 'application/octet-stream';
    const headers = { 'content-type': type, ...(size === null ? {} : { 'content-length': String(size) }) };
    const body = () => upload.open(call.signal);
    const response = await client.request({ method: 'POST', path, what: `Uploading “${name}”`, body, headers }, call);
    return response.json<WireUpload>().upload;
  };

  return {
    learn,
    async upload(uploads, call) {
      let token: string | null = null;
      const files: { key: string; attachment: WireAttachment }[] = [];
      for (const upload of uploads) {
        try {
          const answered: WireUpload['upload'] = await put(upload, token, call);
          token = answered.token;
          files.push({ key: upload.key, attachment: answered.attachment });
        } catch (error) {
          if (!(error instanceof TrackerError)) throw new TrackerError('unavailable', `The file “${upload.name}” could not be read.`, { cause: error });
          const { kind, message, retryAt, field, status } = error;
          throw error.inDoubt
            ? new TrackerError(kind, message, {
                cause: error,
                ...(retryAt === undefined ? {} : { retryAt }),
                ...(field ? { field } : {}),
                ...(status ? { status } : {}),
              })
            : error;
        }
      }
      return { token, files };
    },
    async addresses(uploaded, referred, known, call) {
      const found = new Map(uploaded.files.map(({ key, attachment }) => [key, { url: attachment.content_url, name: attachment.file_name }]));
      for (const file of referred) {
        const here = known[file];
        if (!here || found.has(file)) continue;
        const { content_url: url } = attachments.get(here.id) ?? (await ask(here.id, call));
        found.set(file, { url, name: here.name });
      }
      return (file) => found.get(file);
    },
    async open(id, call) {
      const remembered = attachments.get(id);
      const what = `Fetching file ${id}`;
      const download = async (attachment: WireAttachment) => {
        const { stream, headers } = await client.download(attachment.content_url, what, call);
        if (!stream) throw new TrackerError('protocol', `${what}: Zendesk answered without a body.`);
        const size = headers['content-length'];
        return { stream, type: attachment.content_type ?? 'application/octet-stream', size: size === undefined ? attachment.size : Number(size) };
      };
      if (remembered) {
        try {
          return await download(remembered);
        } catch (error) {
          // Addresses change, for example with a new host mapping: then Zendesk is asked for today's.
          if (!(error instanceof TrackerError) || (error.kind !== 'not-found' && error.kind !== 'forbidden')) throw error;
        }
      }
      return download(await ask(id, call));
    },
  };
}

/** The ids under which the uploaded files are attached now. `attached`: the files of the comment that holds them, where the answer shows it. */
export function attachedFiles(uploaded: Uploaded, attached: readonly WireAttachment[], carrier: string | null, carried: ReadonlySet<string>): Applied['files'] {
  const free = [...attached];
  return uploaded.files.map(({ key, attachment }) => {
    const same = free.find(({ id }) => id === attachment.id) ?? free.find((one) => one.file_name === attachment.file_name && one.size === attachment.size);
    if (same) free.splice(free.indexOf(same), 1);
    return { key, id: String((same ?? attachment).id), carrier: carried.has(key) ? carrier : null };
  });
}
