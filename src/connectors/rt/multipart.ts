import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { HttpRequest } from '../../lib/http.ts';
import type { Upload } from '../connector.ts';
import { fileName } from './text.ts';

/** How a request carries its content. */
export type Form = Pick<HttpRequest, 'json' | 'headers' | 'body'>;

/**
 * What is said and its files in one request. With all sizes known, the length of the whole is told beforehand, so that a file that breaks off can never
 * look complete. Without files it is plain JSON: in JSON RT takes only names of Latin-1 for files.
 */
export function formOf(members: Readonly<Record<string, unknown>>, files: readonly Upload[], signal: AbortSignal): Form {
  if (files.length === 0) return { json: members };
  const boundary = `entente-${randomUUID()}`;
  const json = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="JSON"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(members)}\r\n`,
  );
  const parts = files.map((file) => ({
    file,
    head: Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="Attachments"; filename="${fileName(file.name)}"\r\nContent-Type: ${typeOf(file.type)}\r\n\r\n`,
    ),
  }));
  const line = Buffer.from('\r\n');
  const end = Buffer.from(`--${boundary}--\r\n`);
  let length = json.length + end.length;
  let known = true;
  for (const { file, head } of parts) {
    known &&= file.size !== null;
    length += head.length + (file.size ?? 0) + line.length;
  }
  async function* content() {
    yield json;
    for (const { file, head } of parts) {
      yield head;
      yield* await file.open(signal);
      yield line;
    }
    yield end;
  }
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...(known ? { 'content-length': String(length) } : {}) },
    body: () => Promise.resolve(Readable.from(content(), { objectMode: false })),
  };
}

/** RT keeps texts in UTF-8 whatever they were, and takes mails apart: such files are given to it as bytes. */
const typeOf = (type: string): string => (/^(?!text\/|message\/|multipart\/)[\w.+-]+\/[\w.+-]+$/i.test(type) ? type : 'application/octet-stream');
