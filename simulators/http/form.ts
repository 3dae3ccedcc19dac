import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Answer } from './answer.ts';

/** What a page of the simulator was filled in with: both kinds of form that browsers send, read by the platform's own parser. */
export const formOf = (req: IncomingMessage): Promise<FormData> =>
  new Response(Readable.toWeb(req) as ReadableStream<Uint8Array>, {
    headers: { 'content-type': req.headers['content-type'] ?? 'application/x-www-form-urlencoded' },
  }).formData();

/** A text of a form; empty where there is none. Forms send line ends as CR LF. */
export const text = (form: FormData, name: string): string => {
  const value = form.get(name);
  return typeof value === 'string' ? value.replaceAll('\r\n', '\n') : '';
};

export const seeOther = (location: string): Answer => ({ status: 303, headers: { location } });
