import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

/**
 * One file as a form with the field `file`, streamed. With its size known, the length of the whole is told beforehand, so that a file that breaks off
 * can never look complete.
 */
export function multipart(file: { readonly name: string; readonly type: string; readonly size: number | null; open(): Promise<Readable> }): {
  headers: Record<string, string>;
  body: () => Promise<Readable>;
} {
  const boundary = `entente-${randomUUID()}`;
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(file.type) ? file.type : 'application/octet-stream';
  const head = Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${file.name}"\r\nContent-Type: ${type}\r\n\r\n`);
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const length = file.size === null ? {} : { 'content-length': String(head.length + file.size + tail.length) };
  async function* parts(content: Readable) {
    yield head;
    yield* content;
    yield tail;
  }
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...length },
    body: async () => {
      const content = await file.open();
      const form = Readable.from(parts(content), { objectMode: false });
      // A request that was never sent would leave the file open.
      form.once('close', () => content.destroy());
      return form;
    },
  };
}
