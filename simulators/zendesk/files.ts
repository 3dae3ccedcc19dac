import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BodyTooLarge } from '../http/body.ts';

/** The bytes of the attachments: files in a folder that goes when the simulator stops, so that memory stays bounded. */
export interface FileShelf {
  /** Streams into a new file. Throws `BodyTooLarge` beyond `limit` bytes, leaving nothing behind. */
  store(source: Readable, limit: number): Promise<{ file: string; size: number }>;
  storeBytes(bytes: Buffer): Promise<{ file: string; size: number }>;
  remove(): Promise<void>;
}

export async function createFileShelf(): Promise<FileShelf> {
  const folder = await mkdtemp(join(tmpdir(), 'zendesk-simulator-'));
  let count = 0;
  const next = () => {
    count += 1;
    return join(folder, String(count));
  };
  return {
    async store(source, limit) {
      const file = next();
      let size = 0;
      try {
        await pipeline(
          source,
          async function* (chunks: AsyncIterable<Buffer>) {
            for await (const chunk of chunks) {
              size += chunk.length;
              if (size > limit) throw new BodyTooLarge(limit);
              yield chunk;
            }
          },
          createWriteStream(file),
        );
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      }
      return { file, size };
    },
    async storeBytes(bytes) {
      const file = next();
      await writeFile(file, bytes);
      return { file, size: bytes.length };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Width and height of a PNG, null for any other file. */
export async function pngSize(file: string): Promise<{ width: number; height: number } | null> {
  const handle = await open(file);
  const head = Buffer.alloc(24);
  try {
    await handle.read(head, 0, 24, 0);
  } finally {
    await handle.close();
  }
  const isPng = head.readUInt32BE(0) === 0x89504e47 && head.subarray(12, 16).toString('latin1') === 'IHDR';
  return isPng ? { width: head.readUInt32BE(16), height: head.readUInt32BE(20) } : null;
}
