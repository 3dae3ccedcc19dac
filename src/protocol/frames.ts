import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { SigningKey } from './identity.ts';
import { assertSigned, type Headers, readClaim, type Signable, SignatureRefused, signMessage, TRAILER_COMPONENTS } from './signature.ts';

/**
 * Content in frames (`application/entente-frames`): four bytes of length, most significant first, then as many bytes; a frame of length 0 ends it and is
 * followed by a last one with the signed trailer. So the end is known to be the end, whatever a proxy on the way makes of HTTP trailers.
 */
export const FRAMES = 'application/entente-frames';
const MAX_FRAME = 1_048_576;

/** Nobody sent the end: the connection broke off, and it can be continued. */
export class BrokenOff extends Error {}

const frame = (bytes: Buffer): Buffer[] => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes.length);
  return [head, bytes];
};

/** `content` from `offset` on. The digest is that of the whole, so what comes before is read, too. `request`: what is answered, `created`: seconds since 1970. */
export function toFrames(content: Readable, offset: number, request: Signable, key: SigningKey, created: number): Readable {
  async function* frames(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let at = 0;
    try {
      for await (const chunk of content) {
        const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as string | Uint8Array);
        hash.update(bytes);
        const rest = at + bytes.length <= offset ? null : bytes.subarray(Math.max(0, offset - at));
        at += bytes.length;
        for (let from = 0; rest && from < rest.length; from += MAX_FRAME) yield* frame(rest.subarray(from, from + MAX_FRAME));
      }
    } finally {
      content.destroy();
    }
    const trailers = { 'repr-digest': `sha-256=:${hash.digest('base64')}:` };
    const signed = { ...trailers, ...signMessage({ headers: {}, trailers, request }, TRAILER_COMPONENTS, key, { created }) };
    yield* frame(Buffer.alloc(0));
    yield* frame(Buffer.from(JSON.stringify(signed)));
  }
  const result = Readable.from(frames(), { objectMode: false });
  result.once('close', () => content.destroy());
  return result;
}

/** What came, and at the end the trailer. Throws BrokenOff when there is none. */
export async function* fromFrames(stream: AsyncIterable<Buffer>): AsyncGenerator<{ readonly bytes: Buffer } | { readonly trailers: Headers }> {
  let held: Buffer = Buffer.alloc(0);
  let left = 0;
  let ending = false;
  for await (const chunk of stream) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length > 0) {
      if (left > 0 && !ending) {
        const bytes = held.subarray(0, left);
        held = held.subarray(bytes.length);
        left -= bytes.length;
        yield { bytes };
        continue;
      }
      if (left > 0 && held.length < left) break;
      if (left > 0) {
        yield { trailers: JSON.parse(held.subarray(0, left).toString()) as Headers };
        return;
      }
      if (held.length < 4) break;
      left = held.readUInt32BE();
      held = held.subarray(4);
      if (left > MAX_FRAME || (ending && (left === 0 || left > 16_384)))
        throw new SignatureRefused('altered', 'The content was altered on the way: it is not in frames.');
      if (left === 0) ending = true;
    }
  }
  throw new BrokenOff('The content broke off.');
}

/** Throws SignatureRefused unless the trailer was signed with `key` for this request and names the digest of what came. */
export function assertContent(trailers: Headers, request: Signable, key: string, digest: Buffer): void {
  const claim = readClaim(trailers, TRAILER_COMPONENTS);
  assertSigned({ headers: {}, trailers, request }, claim, key);
  if (trailers['repr-digest'] !== `sha-256=:${digest.toString('base64')}:`)
    throw new SignatureRefused('altered', 'The content was altered on the way, or is no longer what it was when it began: its digest does not fit.');
}
