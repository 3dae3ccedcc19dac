import type { Format, ReadOptions, RichText, WriteOptions } from './doc.ts';
import { docOf, plainText } from './plain.ts';

export type * from './doc.ts';
export { docOf, plainText } from './plain.ts';

export type FormatName = 'html' | 'markdown' | 'textile';
export const canon = (doc: RichText): RichText => doc;
export const sameText = (a: RichText, b: RichText): boolean => JSON.stringify(canon(a)) === JSON.stringify(canon(b));
export const hashText = (doc: RichText): string => JSON.stringify(canon(doc));
export const isEmptyDoc = (doc: RichText): boolean => canon(doc).children.length === 0;
export const truncate = (doc: RichText, maxChars: number, note: string): RichText => docOf(`${plainText(doc).slice(0, maxChars)}\n\n${note}`);
export const filesIn = (_doc: RichText): string[] => [];
export const mapFiles = (doc: RichText, _to: (file: string) => string | undefined): RichText => doc;
export const fromHtml = (html: string, _options?: ReadOptions): RichText => docOf(html.replace(/<[^>]*>/g, ''));
export const toHtml = (doc: RichText, _options?: WriteOptions): string => plainText(doc).replace(/&/g, '&amp;').replace(/</g, '&lt;');
export const fromMarkdown = (md: string, _options?: ReadOptions): RichText => docOf(md);
export const toMarkdown = (doc: RichText, _options?: WriteOptions): string => plainText(doc);
export const fromTextile = (textile: string, _options?: ReadOptions): RichText => docOf(textile);
export const toTextile = (doc: RichText, _options?: WriteOptions): string => plainText(doc);
export const FORMATS: Record<FormatName, Format> = {
  html: { read: fromHtml, write: toHtml },
  markdown: { read: fromMarkdown, write: toMarkdown },
  textile: { read: fromTextile, write: toTextile },
};
export const settle = (format: FormatName, doc: RichText): RichText => canon(FORMATS[format].read(FORMATS[format].write(canon(doc))));
