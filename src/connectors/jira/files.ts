import type { Readable } from 'node:stream';
import { filesIn, type RichNode, type RichText, type WriteOptions } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext, HttpResponse } from '../../lib/http.ts';
import type { KnownFiles, Upload } from '../connector.ts';
import type { WireAttachment } from './api.ts';
import { type Client, silent, writesTo } from './client.ts';
import { freeNames, multipart } from './multipart.ts';

const REMEMBERED = 10_000;

export interface Uploaded {
  readonly key: string;
  readonly id: string;
  readonly name: string;
}

/** The attachments of a Jira. */
export interface Files {
  /** Attaches all of them in one request, streamed. Throws `rejected` for one that is too large; nothing is attached when one breaks off. */
  attach(issue: string, uploads: readonly Upload[], taken: readonly string[], call: CallContext): Promise<Uploaded[]>;
  /** False: it was not there. */
  remove(id: string, call: CallContext): Promise<boolean>;
  /** The id under which Cloud's documents know an attachment; null: none. One call, the first time. */
  mediaOf(id: string, call: CallContext): Promise<string | null>;
  /** The attachments (by their ids in documents) among `wanted`: asks as few as are needed, those of the same name first. */
  attachmentsOf(wanted: ReadonlyMap<string, string | null>, attachments: readonly WireAttachment[], call: CallContext): Promise<ReadonlyMap<string, string>>;
  open(id: string, call: CallContext): Promise<{ stream: Readable; type: string; size: number | null }>;
}

export function createFiles(client: Client, maxBytes: number): Files {
  /** Attachment → media id. An attachment's content never changes, nor does this. */
  const media = new Map<string, string | null>();

  const contentOf = (id: string): string => `/attachment/content/${id}`;
  const mediaOf: Files['mediaOf'] = async (id, call) => {
    const known = media.get(id);
    if (known !== undefined) return known;
    // Cloud: the content lies at /file/MEDIA-ID/… of the media service; nothing else says that id.
    const found = await client.follow(contentOf(id), `Looking up file ${id}`, (address) => /\/file\/([0-9a-f-]{36})(?:\/|\?|$)/i.exec(address)?.[1], call);
    if (typeof found !== 'string') found.stream?.destroy();
    const value = typeof found === 'string' ? found : null;
    if (media.size >= REMEMBERED) media.delete(media.keys().next().value ?? '');
    media.set(id, value);
    return value;
  };

  return {
    mediaOf,
    async attach(issue, uploads, taken, call) {
      if (!uploads.length) return [];
      const names = freeNames(uploads, taken);
      for (const [i, { size }] of uploads.entries())
        if (size !== null && size > maxBytes)
          throw new TrackerError('rejected', `The file “${names[i]}” is larger than the ${Math.floor(maxBytes / 1_048_576)} MB that Jira takes.`, {
            field: 'files',
          });
      const form = multipart(uploads, names, call.signal);
      const response = await client.request(
        {
          method: 'POST',
          path: `/issue/${issue}/attachments`,
          what: `Attaching ${names.map((name) => `“${name}”`).join(', ')} to issue ${issue}`,
          // Without this header Jira takes the upload for a forged form.
          headers: { 'content-type': form.type, 'x-atlassian-token': 'no-check', ...(form.length === null ? {} : { 'content-length': String(form.length) }) },
          body: form.open,
          budget: writesTo(issue),
        },
        call,
      );
      const free = response.json<WireAttachment[]>();
      if (!Array.isArray(free) || free.length < uploads.length)
        throw new TrackerError('protocol', `Attaching files to issue ${issue}: Jira does not say what became of them.`, { inDoubt: true });
      // Those that Jira calls as we do come first: what it has renamed is then told apart by its order.
      const named = uploads.map(({ size }, i) => {
        const at = free.findIndex((file) => file.filename === names[i] && (size === null || file.size == null || file.size === size));
        return at < 0 ? undefined : free.splice(at, 1)[0];
      });
      return uploads.map(({ key }, i) => {
        const file = named[i] ?? free.shift();
        return { key, id: String(file?.id), name: file?.filename ?? '' };
      });
    },
    async remove(id, call) {
      const { status } = await silent(
        client.request({ method: 'DELETE', path: `/attachment/${encodeURIComponent(id)}`, what: `Deleting file ${id}`, expect: 404 }, call),
        client.host,
      );
      return status !== 404;
    },
    async attachmentsOf(wanted, attachments, call) {
      const found = new Map<string, string>();
      const names = new Set(wanted.values());
      for (const { id } of [...attachments].sort((a, b) => Number(names.has(b.filename)) - Number(names.has(a.filename)) || Number(b.id) - Number(a.id))) {
        if (found.size === wanted.size) break;
        // A file whose content is missing, or not for us, is shown by no text; the issue goes on without it.
        const key = await mediaOf(id, call).catch((error: unknown) => {
          if (error instanceof TrackerError && (error.kind === 'not-found' || error.kind === 'forbidden')) return null;
          throw error;
        });
        if (key !== null && wanted.has(key)) found.set(key, id);
      }
      return found;
    },
    async open(id, call) {
      const what = `Fetching file ${id}`;
      if (!/^\d+$/.test(id)) throw new TrackerError('not-found', `There is no file “${id}” in Jira.`);
      const told = client.cloud ? null : await client.get<WireAttachment>(`/attachment/${id}`, what, call);
      const answer: HttpResponse = await client.follow<never>(told?.content ?? contentOf(id), what, () => undefined, call);
      if (!answer.stream) throw new TrackerError('protocol', `${what}: Jira answered without a body.`);
      const length = answer.headers['content-length'];
      const type = told?.mimeType ?? answer.headers['content-type'] ?? 'application/octet-stream';
      return { stream: answer.stream, type, size: length === undefined ? (told?.size ?? null) : Number(length) };
    },
  };
}

/** The media ids in an ADF document, each with the file name that Jira gives it (`alt`). */
export function mediaIn(node: unknown, found = new Map<string, string | null>()): Map<string, string | null> {
  if (Array.isArray(node)) for (const child of node) mediaIn(child, found);
  else if (typeof node === 'object' && node !== null) {
    const { type, attrs, content } = node as { type?: unknown; attrs?: { id?: unknown; alt?: unknown; type?: unknown }; content?: unknown };
    if ((type === 'media' || type === 'mediaInline') && typeof attrs?.id === 'string' && attrs.id)
      found.set(attrs.id, typeof attrs.alt === 'string' ? attrs.alt : null);
    if (content) mediaIn(content, found);
  }
  return found;
}

/** Files that a document shows as pictures. */
export function shownIn(doc: RichText): Set<string> {
  const found = new Set<string>();
  const visit = (node: RichNode): void => {
    if (node.type === 'attachmentRef' && node.inline) found.add(node.file);
    if ('children' in node) for (const child of node.children as RichNode[]) visit(child);
  };
  visit(doc);
  return found;
}

type UrlOf = NonNullable<WriteOptions['urlOf']>;

/** How texts refer to files: new ones by their keys, known ones by their global ids. Cloud shows a picture by its media id: one call, the first time. */
export async function addresses(
  client: Client,
  files: Files,
  docs: readonly RichText[],
  uploaded: readonly Uploaded[],
  known: KnownFiles,
  call: CallContext,
): Promise<UrlOf> {
  const here = new Map<string, { id: string; name: string }>(Object.entries(known));
  for (const { key, id, name } of uploaded) here.set(key, { id, name });
  const found = new Map<string, { url?: string; name: string; media?: string }>();
  for (const doc of docs) {
    const shown = shownIn(doc);
    for (const key of filesIn(doc)) {
      const file = here.get(key);
      if (!file) continue;
      // Data Center's texts know files by name.
      if (!client.cloud) {
        found.set(key, { name: file.name });
        continue;
      }
      const media = shown.has(key) ? await files.mediaOf(file.id, call) : (found.get(key)?.media ?? null);
      found.set(key, { url: `${client.site}/rest/api/3/attachment/content/${file.id}`, name: file.name, ...(media === null ? {} : { media }) });
    }
  }
  return (key) => found.get(key);
}
