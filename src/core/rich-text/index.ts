import { fromAdf, fromAdfText } from './adf-read.ts';
import { toAdf } from './adf-write.ts';
import { canon } from './canon.ts';
import type { Format, RichText } from './doc.ts';
import { fileNames } from './files.ts';
import { fromHtml } from './html-read.ts';
import { toHtml } from './html-write.ts';
import { fromMarkdown } from './markdown-read.ts';
import { toMarkdown } from './markdown-write.ts';
import { fromTextile } from './textile-read.ts';
import { toTextile } from './textile-write.ts';
import { fromWiki } from './wiki-read.ts';
import { toWiki } from './wiki-write.ts';

export type { AdfDocument, AdfMark, AdfNode } from './adf.ts';
export { canon } from './canon.ts';
export type * from './doc.ts';
export { filesIn, mapFiles } from './files.ts';
export { graft } from './graft.ts';
export { hashText } from './hash.ts';
export { lostIn } from './lost.ts';
export { docOf, plainText } from './plain.ts';
export { truncate } from './truncate.ts';
export { fromAdf, fromHtml, fromMarkdown, fromTextile, fromWiki, toAdf, toHtml, toMarkdown, toTextile, toWiki };

/** True when two documents mean the same. */
export function sameText(a: RichText, b: RichText): boolean {
  return JSON.stringify(canon(a)) === JSON.stringify(canon(b));
}

export function isEmptyDoc(doc: RichText): boolean {
  return canon(doc).children.length === 0;
}

export type FormatName = 'html' | 'markdown' | 'textile' | 'adf' | 'wiki';

export const FORMATS: Record<FormatName, Format> = {
  html: { read: fromHtml, write: toHtml },
  markdown: { read: fromMarkdown, write: toMarkdown },
  textile: { read: fromTextile, write: toTextile },
  /** As JSON text. */
  adf: { read: fromAdfText, write: (doc, options) => JSON.stringify(toAdf(doc, options)) },
  wiki: { read: fromWiki, write: toWiki },
};

const fileUrl = (file: string): string => `https://files.invalid/${encodeURIComponent(file.toWellFormed())}`;
const mediaId = (file: string): string => `media:${file}`;

/**
 * What a tracker of this format gives back after it was given `doc`, with all its files. `settle(f, settle(f, x))` equals `settle(f, x)`;
 * and what has gone through two formats and back does not change any more.
 */
export function settle(format: FormatName, doc: RichText): RichText {
  const names = new Map<string, string>();
  const files = new Map<string, { file: string; name: string }>();
  for (const { file, name } of fileNames(doc)) {
    if (names.has(file)) continue;
    let unique = name;
    for (let n = 2; files.has(unique); n++) unique = name.replace(/(\.[^.]*)?$/, `-${n}$1`);
    names.set(file, unique);
    files.set(unique, { file, name: unique });
    files.set(fileUrl(file), { file, name: unique });
    files.set(mediaId(file), { file, name: unique });
  }
  const urlOf = (file: string) => ({ url: fileUrl(file), name: names.get(file) ?? file, media: mediaId(file) });
  return FORMATS[format].read(FORMATS[format].write(doc, { urlOf }), { fileOf: (key) => files.get(key) });
}
