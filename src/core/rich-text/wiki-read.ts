import { canon } from './canon.ts';
import type { ReadOptions, RichText } from './doc.ts';
import { docOf } from './plain.ts';

/** Reads Jira's wiki markup. */
export function fromWiki(wiki: string, _options: ReadOptions = {}): RichText {
  return canon(docOf(wiki));
}
