import { type Dispatcher, request } from 'undici';
import type { Tracker } from './world.ts';

interface WireComment {
  readonly html_body: string;
  readonly public: boolean;
  readonly attachments: readonly { readonly file_name: string; readonly content_type: string; readonly content_url: string }[];
}

/** Calls at the API and at the store of files that one ticket with five comments and a file costs at least: two reads, the file (its address, its content), an upload, one creation, five comments. */
export const BARE_CALLS = 11;

/**
 * Copies tickets with as few calls as the vendor's API allows, so many at a time, and keeps no record: no marker, no check before a write, nothing that
 * would survive a crash. What a script would do once.
 */
export async function copyBare(from: Tracker, to: Tracker, ids: readonly number[], concurrency: number, dispatcher: Dispatcher): Promise<void> {
  const waiting = [...ids];
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await copyOne(from, to, id, dispatcher);
    }),
  );
}

async function copyOne(from: Tracker, to: Tracker, id: number, dispatcher: Dispatcher): Promise<void> {
  const get = async <T>(path: string): Promise<T> => {
    const { body } = await request(`${from.url}${path}`, { headers: { authorization: from.authorization }, dispatcher });
    return (await body.json()) as T;
  };
  const send = async <T>(method: 'POST' | 'PUT', path: string, json: unknown): Promise<T> => {
    const headers = { authorization: to.authorization, 'content-type': 'application/json' };
    const { statusCode, body } = await request(`${to.url}${path}`, { method, headers, body: JSON.stringify(json), dispatcher });
    if (statusCode > 299) throw new Error(`${method} ${path}: HTTP ${statusCode} ${await body.text()}`);
    return (await body.json()) as T;
  };
  const { ticket } = await get<{ ticket: { subject: string; type: string | null } }>(`/api/v2/tickets/${id}.json`);
  const { comments } = await get<{ comments: WireComment[] }>(
    `/api/v2/tickets/${id}/comments.json?include=users&include_inline_images=true&page%5Bsize%5D=100`,
  );
  const [first, ...rest] = comments;
  const made = await send<{ ticket: { id: number } }>('POST', '/api/v2/tickets.json', {
    ticket: { subject: ticket.subject, type: ticket.type, comment: { html_body: first?.html_body, public: true } },
  });
  for (const { html_body, attachments } of rest) {
    const uploads: string[] = [];
    for (const attachment of attachments) {
      const redirect = await request(attachment.content_url, { headers: { authorization: from.authorization }, dispatcher });
      await redirect.body.dump();
      const file = await request(String(redirect.headers.location), { dispatcher });
      const headers = { authorization: to.authorization, 'content-type': attachment.content_type };
      const path = `/api/v2/uploads.json?filename=${encodeURIComponent(attachment.file_name)}`;
      const { body } = await request(`${to.url}${path}`, { method: 'POST', headers, body: file.body, dispatcher });
      uploads.push(((await body.json()) as { upload: { token: string } }).upload.token);
    }
    await send('PUT', `/api/v2/tickets/${made.ticket.id}.json`, { ticket: { comment: { html_body, public: true, ...(uploads.length ? { uploads } : {}) } } });
  }
}
