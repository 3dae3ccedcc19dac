import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Answer } from '../http/answer.ts';
import { BodyTooLarge, readBody } from '../http/body.ts';
import { type Call, type Route, visibleIssue } from './call.ts';
import { ApiError, forbidden } from './errors.ts';
import { noteChange } from './issue-changes.ts';
import type { Attachment, Issue, User } from './model.ts';
import { presentAttachment } from './present.ts';
import { changed, may, projectOf, type Site, sees } from './site.ts';

export interface NewFile {
  name: string;
  type: string;
  bytes: Buffer;
}

/** Attaches files, all or none. Throws 403, 413. */
export function addAttachments(site: Site, actor: User | null, issue: Issue, files: readonly NewFile[]): Attachment[] {
  if (!actor || !may(projectOf(site, issue), actor, 'CREATE_ATTACHMENTS')) throw forbidden('You do not have permission to create attachments for this issue.');
  if (!site.settings.attachmentsEnabled) throw forbidden('Attachments are disabled.');
  for (const { name, bytes } of files)
    if (bytes.length > site.settings.maxAttachmentBytes)
      throw new ApiError(413, `The file "${name}" exceeds the maximum size of ${site.settings.maxAttachmentBytes} bytes.`);
  return files.map(({ name, type, bytes }) => {
    const created = site.clock.now();
    const file: Attachment = { id: site.nextId('attachment'), media: randomUUID(), filename: name, mimeType: type, author: actor.id, created, bytes };
    issue.attachments.push(file);
    const item = { field: 'Attachment', fieldId: 'attachment', from: null, fromString: null, to: file.id, toString: name };
    issue.histories.push({ id: site.nextId('history'), author: actor.id, created, items: [item] });
    changed(site, { name: 'attachment_created', issue, actor, attachment: file });
    return file;
  });
}

export function removeAttachment(site: Site, actor: User | null, issue: Issue, file: Attachment): void {
  const project = projectOf(site, issue);
  const own = actor?.id === file.author && may(project, actor, 'DELETE_OWN_ATTACHMENTS');
  if (!actor || !(own || may(project, actor, 'DELETE_ALL_ATTACHMENTS'))) throw forbidden(`You do not have permission to delete attachment with id: ${file.id}`);
  issue.attachments = issue.attachments.filter((one) => one !== file);
  changed(site, { name: 'attachment_deleted', issue, actor, attachment: file });
  noteChange(
    site,
    actor,
    issue,
    [{ field: 'Attachment', fieldId: 'attachment', from: file.id, fromString: file.filename, to: null, toString: null }],
    'issue_generic',
  );
}

/** By its id, wherever it is. Throws 404 for one that is not there or not shown. */
function attachmentOf({ site, user, params }: Call): { issue: Issue; file: Attachment } {
  for (const issue of site.issues.values()) {
    const file = issue.attachments.find(({ id }) => id === params.id);
    if (file && !issue.deleted && sees(site, user, issue)) return { issue, file };
  }
  throw new ApiError(404, `The attachment with id '${params.id}' does not exist`);
}

const bytesOf = ({ bytes, mimeType, filename }: Attachment): Answer => ({
  status: 200,
  stream: Readable.from(bytes.length > 0 ? [bytes] : [], { objectMode: false }),
  type: mimeType,
  headers: {
    'content-length': String(bytes.length),
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`,
    'x-content-type-options': 'nosniff',
  },
});

/** Cloud hands files out of its media service, on another host: the address names the file by its media id. */
const elsewhere = ({ site, query }: Call, file: Attachment, status: number): Answer =>
  query.get('redirect') === 'false'
    ? bytesOf(file)
    : {
        status,
        headers: {
          location: `${site.mediaUrl}/file/${file.media}/binary?client=jira&token=${file.media.slice(0, 8)}&name=${encodeURIComponent(file.filename)}`,
        },
      };

/** The media service. Addresses carry their own token: whoever sends credentials along has leaked them, is refused and counted by `leaked`. */
export function answerMedia(site: Site, req: IncomingMessage, leaked: () => void): Answer {
  if (req.headers.authorization !== undefined || req.headers.cookie !== undefined) {
    leaked();
    return { status: 400, json: { error: { code: 'BadRequest', title: 'Only one auth mechanism allowed' } } };
  }
  const url = new URL(req.url ?? '/', site.mediaUrl);
  const id = /^\/file\/([0-9a-f-]{36})\/(?:binary|image)$/.exec(url.pathname)?.[1];
  const file = [...site.issues.values()]
    .filter(({ deleted }) => !deleted)
    .flatMap(({ attachments }) => attachments)
    .find(({ media }) => media === id);
  if (!file || url.searchParams.get('token') !== file.media.slice(0, 8)) return { status: 404, json: { error: { code: 'NotFound', title: 'Not found' } } };
  return bytesOf(file);
}

export const attachmentRoutes: Route[] = [
  {
    method: 'POST',
    path: '/issue/:issue/attachments',
    writes: true,
    raw: true,
    async handle(call) {
      const issue = visibleIssue(call);
      if (!/^(no-check|nocheck)$/i.test(String(call.headers['x-atlassian-token'] ?? ''))) return { status: 403, text: 'XSRF check failed' };
      const files = await filesIn(call);
      if (files.length === 0) throw new ApiError(400, 'No file was attached: the parts of the form must be named "file".');
      return { status: 200, json: addAttachments(call.site, call.user, issue, files).map((file) => presentAttachment(call, file)) };
    },
  },
  {
    method: 'GET',
    path: '/attachment/meta',
    handle: ({ site }) => ({ status: 200, json: { enabled: site.settings.attachmentsEnabled, uploadLimit: site.settings.maxAttachmentBytes } }),
  },
  {
    method: 'GET',
    path: '/attachment/:id',
    handle(call) {
      const { self, id, ...file } = presentAttachment(call, attachmentOf(call).file);
      return { status: 200, json: { self, id: call.site.cloud ? Number(id) : id, ...file } };
    },
  },
  {
    method: 'DELETE',
    path: '/attachment/:id',
    handle(call) {
      const { issue, file } = attachmentOf(call);
      removeAttachment(call.site, call.user, issue, file);
      return { status: 204 };
    },
  },
  { method: 'GET', path: '/attachment/content/:id', only: 'cloud', handle: (call) => elsewhere(call, attachmentOf(call).file, 303) },
  {
    method: 'GET',
    path: '/attachment/thumbnail/:id',
    only: 'cloud',
    handle(call) {
      const { file } = attachmentOf(call);
      if (!file.mimeType.startsWith('image/')) throw new ApiError(404, `The attachment with id '${file.id}' has no thumbnail`);
      return elsewhere(call, file, 303);
    },
  },
  { method: 'GET', path: '/secure/attachment/:id/:name', only: 'data-center', handle: (call) => bytesOf(attachmentOf(call).file) },
];

async function filesIn({ site, request: req, headers }: Call): Promise<NewFile[]> {
  const room = site.settings.maxAttachmentBytes * 10 + 100_000;
  try {
    const body = await readBody(req, room);
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': headers['content-type'] ?? '' } }).formData();
    const files: NewFile[] = [];
    for (const part of form.getAll('file')) {
      if (typeof part === 'string') continue;
      files.push({ name: part.name, type: part.type || 'application/octet-stream', bytes: Buffer.from(await part.arrayBuffer()) });
    }
    return files;
  } catch (error) {
    if (error instanceof BodyTooLarge || req.destroyed) throw error;
    throw new ApiError(400, 'The request is not a multipart form.');
  }
}

/** A file for the pages, which ask for no credentials. */
export function pageFileAnswer(site: Site, id: string): Answer {
  const file = [...site.issues.values()].flatMap(({ attachments }) => attachments).find((one) => one.id === id);
  if (!file) return { status: 404, text: 'Not found' };
  const answer = bytesOf(file);
  // Only pictures are shown; anything else is downloaded, whatever it claims to be.
  const shown = /^image\/(png|jpeg|gif|webp)$/.test(file.mimeType);
  return shown ? { ...answer, headers: { ...answer.headers, 'content-disposition': 'inline' } } : { ...answer, type: 'application/octet-stream' };
}
