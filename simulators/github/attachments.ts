import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Answer } from '../http/answer.ts';
import { authenticate, levelOn } from './access.ts';
import { ApiError } from './errors.ts';
import { type Hub, repoOf } from './hub.ts';
import type { Attachment, Repo } from './model.ts';

const SECRET = randomUUID();
const PREFIX = '/user-attachments/';

/** Keeps a pasted file, and gives the Markdown that the page puts into the text. */
export function addAttachment(hub: Hub, repo: Repo, file: { name: string; type: string; bytes: Buffer }): { url: string; markdown: string } {
  const picture = file.type.startsWith('image/');
  const name = file.name.replace(/[^\w.-]+/g, '.');
  const path = picture ? `assets/${randomUUID()}` : `files/${hub.nextId() + 20_000_000}/${name}`;
  hub.attachments.push({ path, name, type: file.type, repo: repo.id, bytes: file.bytes });
  const url = `${baseOf(hub)}${PREFIX}${path}`;
  return { url, markdown: picture ? `![${file.name.replace(/\.[^.]*$/, '').replace(/[[\]]/g, '')}](${url})` : `[${name}](${url})` };
}

export const baseOf = (hub: Hub): string => hub.settings.attachmentBase || hub.url;

/** The file that an address in a text is about. */
export const attachmentAt = (hub: Hub, url: string): Attachment | undefined => {
  const start = `${baseOf(hub)}${PREFIX}`;
  return url.startsWith(start) ? hub.attachments.find(({ path }) => path === url.slice(start.length)) : undefined;
};

/** The address under which a private picture is shown for a few minutes; undefined for any other. */
export function signedAddress(hub: Hub, url: string): string | undefined {
  const attachment = attachmentAt(hub, url);
  if (!attachment || !repoOf(hub, attachment.repo).private) return undefined;
  const until = hub.clock.now() + hub.settings.signedUrlMs;
  return `${hub.contentUrl}/${attachment.path}?jwt=${until}.${signature(attachment.path, until)}`;
}

const signature = (path: string, until: number): string => createHmac('sha256', SECRET).update(`${path}${until}`).digest('base64url');

/** `/user-attachments/…`: at once where everybody may see it, else by a signed address for those who may. */
export function answerAttachment(hub: Hub, req: IncomingMessage, url: URL): Answer | undefined {
  if (!url.pathname.startsWith(PREFIX)) return undefined;
  const path = decodeURIComponent(url.pathname.slice(PREFIX.length));
  const attachment = hub.attachments.find((one) => one.path === path);
  const gone: Answer = { status: 404, text: 'Not Found' };
  if (!attachment) return gone;
  const address = signedAddress(hub, `${baseOf(hub)}${PREFIX}${path}`);
  if (address === undefined) return fileAnswer(attachment);
  try {
    // What somebody may not see does not exist.
    const access = authenticate(hub, req.headers);
    const opens = access.kind === 'token' && (access.token.kind === 'classic' || hub.settings.filesForAllTokens);
    return opens && levelOn(hub, access, repoOf(hub, attachment.repo)) !== null ? { status: 302, headers: { location: address } } : gone;
  } catch (error) {
    if (error instanceof ApiError) return gone;
    throw error;
  }
}

/** The other origin: takes signed addresses only, and counts credentials that do not belong there. */
export function answerContent(hub: Hub, req: IncomingMessage, leaked: () => void): Answer {
  if (req.headers.authorization !== undefined) {
    leaked();
    // As object storage does: two ways to sign in at once are refused.
    return { status: 400, text: 'InvalidArgument: Only one auth mechanism allowed' };
  }
  const url = new URL(req.url ?? '/', hub.contentUrl);
  const path = decodeURIComponent(url.pathname.slice(1));
  const attachment = hub.attachments.find((one) => one.path === path);
  const [until = '', given = ''] = (url.searchParams.get('jwt') ?? '').split('.');
  const wanted = Buffer.from(signature(path, Number(until)));
  const right = given.length === wanted.length && timingSafeEqual(Buffer.from(given), wanted);
  return attachment && right && Number(until) > hub.clock.now() ? fileAnswer(attachment) : { status: 404, text: '404: Not Found' };
}

function fileAnswer({ bytes, type, name }: Attachment): Answer {
  return {
    status: 200,
    stream: Readable.from([bytes]),
    type,
    headers: { 'content-length': String(bytes.length), ...(type.startsWith('image/') ? {} : { 'content-disposition': `attachment; filename="${name}"` }) },
  };
}
