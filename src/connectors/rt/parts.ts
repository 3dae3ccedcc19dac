import type { FileName } from './text.ts';
import { fileId } from './text.ts';
import type { WirePart } from './wire.ts';

/** What a transaction holds, taken apart. */
export interface Said {
  /** Its words, in their order. */
  readonly texts: readonly { readonly part: string; readonly html: boolean }[];
  readonly files: readonly (FileName & { readonly type: string; readonly size: number | null; readonly at: string })[];
  readonly byContentId: ReadonlyMap<string, FileName>;
}

const headerOf = (part: WirePart, name: string): string | undefined => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(part.Headers ?? '')?.[1]?.trim();
const typeOf = (part: WirePart): string => (part.ContentType ?? '').split(';')[0]?.trim().toLowerCase() || 'application/octet-stream';
const isFile = (part: WirePart): boolean => {
  const type = typeOf(part);
  if (type.startsWith('multipart/')) return false;
  if (part.Filename) return true;
  if (type === 'text/html' || type === 'text/plain') return /^attachment\b/i.test(headerOf(part, 'Content-Disposition') ?? '');
  // Where there are only files, RT keeps a part without anything for the words.
  return Number(part.ContentLength ?? 0) > 0;
};

/** The parts of one transaction, by id. Of a text that was sent in two forms (`multipart/alternative`) only the formatted one is taken. */
export function saidIn(transaction: string, parts: readonly WirePart[]): Said {
  const files = parts.filter(isFile).map((part) => {
    const id = fileId(transaction, String(part.id));
    const size = part.ContentLength === null ? null : Number(part.ContentLength);
    return {
      file: { id, name: part.Filename || `attachment-${part.id}`, type: typeOf(part), size, at: part.Created },
      contentId: headerOf(part, 'Content-ID'),
    };
  });
  const words = parts.filter((part) => !isFile(part) && /^text\/(?:html|plain)$/.test(typeOf(part)));
  const inTwoForms = parts.some((part) => typeOf(part) === 'multipart/alternative') && words.some((part) => typeOf(part) === 'text/html');
  return {
    texts: words.filter((part) => !inTwoForms || typeOf(part) === 'text/html').map((part) => ({ part: String(part.id), html: typeOf(part) === 'text/html' })),
    files: files.map(({ file }) => file),
    byContentId: new Map(files.flatMap(({ file, contentId }) => (contentId ? [[contentId.replace(/^<|>$/g, ''), file] as const] : []))),
  };
}
