import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Answer } from '../http/answer.ts';
import { BodyTooLarge, readBody } from '../http/body.ts';
import { isMaintainer } from './access.ts';
import { type Call, projectIn, type Route } from './call.ts';
import { badParameter, forbidden, notFound, tooLarge } from './errors.ts';
import type { Project, Upload, User } from './model.ts';
import { type Site, timestamp } from './site.ts';

/** What a form around a file takes besides the file. */
const FORM_BYTES = 64 * 1024;
const IMAGE = /\.(png|jpe?g|gif|bmp|tiff?|ico|webp|svg)$/i;
const TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  txt: 'text/plain',
};
const one = '/api/v4/projects/:id/uploads/:secret/:filename';

/** Files that texts refer to. They belong to the project; nothing says in which text they stand. */
export const uploadRoutes: Route[] = [
  {
    method: 'POST',
    path: '/api/v4/projects/:id/uploads',
    raw: true,
    async handle(call) {
      const project = projectIn(call);
      const file = await fileIn(call);
      const upload = addUpload(call.site, call.user, project, file.name, Buffer.from(await file.arrayBuffer()));
      return { status: 201, json: presentUpload(project, upload) };
    },
  },
  {
    method: 'GET',
    path: one,
    handle(call) {
      if (!call.site.settings.uploadsByApi) return { status: 404, json: { error: '404 Not Found' } };
      return answerUpload(call.site, uploadIn(call));
    },
  },
  {
    method: 'DELETE',
    path: one,
    handle(call) {
      const upload = uploadIn(call);
      if (!isMaintainer(projectIn(call), call.user)) throw forbidden();
      call.site.uploads = call.site.uploads.filter((other) => other !== upload);
      return { status: 204 };
    },
  },
];

function uploadIn(call: Call): Upload {
  const project = projectIn(call);
  const found = uploadOf(call.site, project, call.params.secret ?? '', call.params.filename ?? '');
  if (!found) throw notFound();
  return found;
}

export const uploadOf = (site: Site, project: Project, secret: string, filename: string): Upload | undefined =>
  site.uploads.find((upload) => upload.project_id === project.id && upload.secret === secret && upload.filename === filename);

async function fileIn(call: Call): Promise<File> {
  const type = call.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) throw badParameter('file is missing');
  const body = await readBody(call.request, call.site.settings.maxUploadBytes + FORM_BYTES).catch((error: unknown) => {
    throw error instanceof BodyTooLarge ? tooLarge() : error;
  });
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => undefined);
  const file = form?.get('file');
  if (!form || typeof file === 'string' || !file) throw badParameter('file is invalid');
  if (file.size > call.site.settings.maxUploadBytes) throw tooLarge();
  return file;
}

/** Keeps a file under the name that GitLab makes of its name: the last part of a path, with letters, digits, `.`, `-`, `+` and `_` only. */
export function addUpload(site: Site, user: User, project: Project, name: string, bytes: Buffer): Upload {
  const last = name.replaceAll('\\', '/').split('/').at(-1) ?? '';
  const clean = last.replace(/[^\p{L}\p{N}\p{M}_.+-]/gu, '_');
  const upload: Upload = {
    id: site.nextId(),
    project_id: project.id,
    secret: randomBytes(16).toString('hex'),
    filename: clean === '' ? 'unnamed' : /^\.+$/.test(clean) ? `_${clean}` : clean,
    size: bytes.length,
    uploaded_by: user.id,
    created_at: timestamp(site),
    bytes,
  };
  site.uploads.push(upload);
  return upload;
}

export function presentUpload(project: Project, upload: Upload) {
  const url = `/uploads/${upload.secret}/${upload.filename}`;
  const image = IMAGE.test(upload.filename);
  const alt = (image ? upload.filename.replace(/\.[^.]*$/, '') : upload.filename).replace(/[[\]]/g, '\\$&');
  return { id: upload.id, alt, url, full_path: `/-/project/${project.id}${url}`, markdown: `${image ? '!' : ''}[${alt}](${url})` };
}

/** The content; as from object storage, when the settings say so: then the address needs no credentials, and must not get any. */
export function answerUpload(site: Site, upload: Upload): Answer {
  if (site.settings.redirectDownloads)
    return { status: 302, headers: { location: `${site.storageUrl}/${upload.secret}/${encodeURIComponent(upload.filename)}` } };
  return {
    status: 200,
    stream: Readable.from(upload.bytes.length > 0 ? [upload.bytes] : [], { objectMode: false }),
    type: TYPES[/\.([^.]+)$/.exec(upload.filename)?.[1]?.toLowerCase() ?? ''] ?? 'application/octet-stream',
    headers: {
      'content-length': String(upload.size),
      'content-disposition': `${IMAGE.test(upload.filename) ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(upload.filename)}`,
    },
  };
}
