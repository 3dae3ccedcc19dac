import type { RichText, WriteOptions } from './doc.ts';
import { lower } from './lower.ts';
import { plainText } from './plain.ts';

/** Jira's wiki markup. */
export function toWiki(doc: RichText, options: WriteOptions = {}): string {
  return plainText(lower(doc, options, true));
}
