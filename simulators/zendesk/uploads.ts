import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import { BodyTooLarge } from '../http/body.ts';
import type { Account } from './account.ts';
import type { Call, Route } from './call.ts';
import { ApiError, invalidRecord, notFound } from './errors.ts';
import { pngSize } from './files.ts';
import type { Attachment, Upload } from './model.ts';
import { presentAttachment } from './present.ts';
import { maySee } from './tickets.ts';

const scope = 'tickets';
const TOKEN_MS = 60 * 60_000;
const LINK_MS = 5 * 60_000;

/** Uploading files and asking about attachments. */
export const uploadRoutes: Route[] = [
  { method: 'POST', path: '/api/v2/uploads', access: 'user', scope, raw: true, handle: upload },
  {
    method: 'DELETE',
    path: '/api/v2/uploads/:token',
    access: 'user',
    scope,
    handle(call) {
      if (!call.account.uploads.delete(call.params.token ?? '')) throw notFound();
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    path: '/api/v2/attachments/:id',
    access: 'user',
    scope,
    handle(call) {
      const attachment = call.account.attachments.get(Number(call.params.id));
      const ticket = attachment?.ticketId ? call.account.tickets.get(attachment.ticketId) : undefined;
      if (!attachment || (ticket && (ticket.deleted || !maySee(call.user, ticket)))) throw notFound();
      return { status: 200, json: { attachment: presentAttachment(call.account, attachment) } };
    },
  },
];

async function upload(call: Call): Promise<Answer> {
  const { account, query } = call;
  const name = query.get('filename')?.trim();
  if (!name) throw invalidRecord({ filename: [{ description: 'cannot be blank' }] });
  const known = query.get('token');
  const earlier = known ? account.uploads.get(known) : undefined;
  if (known && (!earlier || earlier.expiresAt <= account.clock.now())) throw notFound();
  const stored = await account.files.store(call.request, account.settings.maxUploadBytes).catch((error: unknown) => {
    if (!(error instanceof BodyTooLarge)) throw error;
    throw new ApiError(413, { error: 'AttachmentTooLarge', description: `The file is larger than ${error.limit} bytes` }, { connection: 'close' });
  });
  const type = (call.headers['content-type'] ?? 'application/octet-stream').split(';')[0]?.trim() ?? '';
  const attachment = await addAttachment(account, { name, type, ...stored });
  const answered: Upload = earlier ?? { token: randomBytes(24).toString('base64url'), attachments: [], expiresAt: account.clock.now() + TOKEN_MS };
  answered.attachments.push(attachment);
  account.uploads.set(answered.token, answered);
  const shown = answered.attachments.map((file) => presentAttachment(account, file));
  const expires = new Date(answered.expiresAt).toISOString();
  return { status: 201, json: { upload: { token: answered.token, expires_at: expires, attachment: shown.at(-1), attachments: shown } } };
}

/** Makes a stored file an attachment, not yet of any ticket. */
export async function addAttachment(account: Account, given: { name: string; type: string; file: string; size: number }): Promise<Attachment> {
  const dimensions = await pngSize(given.file);
  const attachment: Attachment = {
    id: account.nextId(),
    token: randomBytes(18).toString('base64url'),
    file_name: given.name,
    content_type: given.type,
    size: given.size,
    width: dimensions?.width ?? null,
    height: dimensions?.height ?? null,
    inline: false,
    deleted: false,
    file: given.file,
    ticketId: null,
  };
  account.attachments.set(attachment.id, attachment);
  return attachment;
}

/** An upload token for a file that is already stored, as the agent page and the seeds need it. */
export function grantUpload(account: Account, attachments: Attachment[]): string {
  const token = randomBytes(24).toString('base64url');
  account.uploads.set(token, { token, attachments, expiresAt: account.clock.now() + TOKEN_MS });
  return token;
}

/** Answers a `content_url`: a redirect to a temporary address on the origin of the files. `signedIn` matters with private attachments only. */
export function answerContentUrl(account: Account, token: string, signedIn: boolean): Answer {
  const attachment = [...account.attachments.values()].find((one) => one.token === token);
  if (!attachment) return { status: 404, text: 'Not found' };
  if (account.settings.privateAttachments && !signedIn) return { status: 302, headers: { location: `${account.url}/access/unauthenticated` } };
  const expires = account.clock.now() + LINK_MS;
  const address = `${account.contentUrl}/files/${attachment.id}/${encodeURIComponent(attachment.file_name)}`;
  return { status: 302, headers: { location: `${address}?expires=${expires}&signature=${signature(attachment, expires)}` } };
}

/** Serves a temporary address. A caller that sends credentials along is refused with 400, as a storage service does, and reported to `leaked`. */
export function answerFile(account: Account, req: IncomingMessage, leaked: () => void): Answer {
  const url = new URL(req.url ?? '/', account.contentUrl);
  // Cookies are let pass: browsers send them to every port of a host.
  if (req.headers.authorization !== undefined) {
    leaked();
    return { status: 400, text: 'Only one auth mechanism allowed: credentials of the account do not belong here' };
  }
  const attachment = account.attachments.get(Number(url.pathname.split('/')[2]));
  const expires = Number(url.searchParams.get('expires'));
  if (req.method !== 'GET' && req.method !== 'HEAD') return { status: 405, text: 'Method not allowed' };
  if (!attachment || !signedFor(attachment, expires, url.searchParams.get('signature') ?? '')) return { status: 403, text: 'Signature does not match' };
  if (account.clock.now() > expires) return { status: 403, text: 'Request has expired' };
  const headers = { 'content-length': String(attachment.size), 'content-disposition': disposition(attachment), 'x-content-type-options': 'nosniff' };
  if (req.method === 'HEAD') return { status: 200, headers: { 'content-type': attachment.content_type, ...headers } };
  return { status: 200, headers, type: attachment.content_type, stream: createReadStream(attachment.file) };
}

function disposition(attachment: Attachment): string {
  const how = attachment.content_type.startsWith('image/') ? 'inline' : 'attachment';
  return `${how}; filename*=UTF-8''${encodeURIComponent(attachment.file_name)}`;
}

function signature(attachment: Attachment, expires: number): string {
  return createHmac('sha256', attachment.token).update(`${attachment.id} ${expires}`).digest('hex');
}

function signedFor(attachment: Attachment, expires: number, given: string): boolean {
  const wanted = Buffer.from(signature(attachment, expires));
  const got = Buffer.from(given);
  return wanted.length === got.length && timingSafeEqual(wanted, got);
}
