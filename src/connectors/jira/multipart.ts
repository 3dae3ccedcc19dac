import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { TrackerError } from '../../core/tracker-error.ts';
import type { Upload } from '../connector.ts';

const clean = (name: string): string =>
  name
    .toWellFormed()
    .replaceAll('"', '’')
    // What ends or divides a reference in wiki text, leads elsewhere, or breaks a header.
    .replace(/[\p{Cc}\u2028\u2029/\\|^!{}[\]]/gu, '_')
    .trim()
    .slice(-200) || 'file';

/** Names for new files: texts of Data Center know files by name, so each name stands for one file of the issue. */
export function freeNames(uploads: readonly Upload[], taken: readonly string[]): string[] {
  const used = new Set(taken);
  return uploads.map(({ name }) => {
    const wanted = clean(name);
    let free = wanted;
    for (let n = 2; used.has(free); n++) free = wanted.replace(/(\.[^.]*)?$/, (end) => `-${n}${end}`);
    used.add(free);
    return free;
  });
}

/** A form with one part `file` for each upload. `length` when every size is known. Contents are opened one after the other, as they are sent. */
export function multipart(uploads: readonly Upload[], names: readonly string[], signal: AbortSignal) {
  const boundary = `entente-${randomUUID()}`;
  const heads = uploads.map(({ type }, i) => {
    const media = /^[\w.+-]+\/[\w.+-]+(?:; ?[\w.+="-]+)*$/.test(type) ? type : 'application/octet-stream';
    return Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${names[i]}"\r\ncontent-type: ${media}\r\n\r\n`);
  });
  const end = Buffer.from(`--${boundary}--\r\n`);
  const known = uploads.every(({ size }) => size !== null);
  const length = known ? uploads.reduce((sum, { size }, i) => sum + (heads[i]?.length ?? 0) + (size ?? 0) + 2, end.length) : null;
  async function* parts(first: Readable): AsyncGenerator<Buffer> {
    for (const [i, upload] of uploads.entries()) {
      yield heads[i] ?? Buffer.alloc(0);
      for await (const chunk of i ? await upload.open(signal) : first) yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      yield Buffer.from('\r\n');
    }
    yield end;
  }
  const open = async (): Promise<Readable> => {
    const [upload] = uploads;
    if (!upload) throw new TrackerError('rejected', 'There is no file to be sent.', { field: 'files' });
    const first = await upload.open(signal);
    const form = Readable.from(parts(first), { objectMode: false });
    form.once('close', () => first.destroy());
    return form;
  };
  return { type: `multipart/form-data; boundary=${boundary}`, length, open };
}
