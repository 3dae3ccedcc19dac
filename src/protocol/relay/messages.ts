import { z } from 'zod';

/** What a node that cannot be called says to fetch its calls, and to bring their answers. Bytes are base64. */
const headers = z.record(z.string().max(100), z.string().max(20_000));
const id = z.string().regex(/^[A-Za-z0-9_-]{8,40}$/);

/** `relay/poll`: waits until there is a call, for some seconds at most. */
export const Poll = z.object({ max: z.int().min(1).max(32) });
export const Polled = z.object({ calls: z.array(z.object({ id, path: z.string().max(2000), headers, body: z.base64() })) });

/** `relay/:id/answer`. `body` null: it comes in pieces (`relay/:id/pieces/:n`, raw bytes, from 0 on), until `relay/:id/end`. */
export const Answered = z.object({ status: z.int().min(200).max(599), headers, body: z.base64().nullable() });
export const Ended = z.object({ whole: z.boolean() });

export const PIECE = 524_288;
