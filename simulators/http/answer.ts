import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a handler wants to be sent: at most one of `json`, `text` and `stream`. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  /** Content type of `text` or `stream`; default `text/plain; charset=utf-8`. */
  type?: string;
  stream?: Readable;
}

/** Writes an answer; resolves when it is handed over. A caller that has gone away is no error. */
export async function send(res: ServerResponse, answer: Answer): Promise<void> {
  const headers = { ...answer.headers };
  if (answer.stream) {
    res.writeHead(answer.status, { 'content-type': answer.type ?? 'application/octet-stream', ...headers });
    await pipeline(answer.stream, res).catch(() => undefined);
    return;
  }
  if (answer.json === undefined && answer.text === undefined) {
    res.writeHead(answer.status, headers);
    res.end();
    return;
  }
  const text = answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json);
  const type = answer.json === undefined ? (answer.type ?? 'text/plain; charset=utf-8') : 'application/json; charset=utf-8';
  res.writeHead(answer.status, { 'content-type': type, 'content-length': String(Buffer.byteLength(text)), ...headers });
  res.end(text);
}
