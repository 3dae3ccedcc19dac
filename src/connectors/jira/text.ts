import {
  type Block,
  canon,
  docOf,
  fromAdf,
  fromWiki,
  type Inline,
  isEmptyDoc,
  type ReadOptions,
  type RichText,
  settle,
  toAdf,
  toWiki,
  truncate,
  type WriteOptions,
} from '../../core/rich-text/index.ts';

/** `adf`: Jira Cloud, a document as JSON. `wiki`: Jira Data Center, wiki markup. */
export type TextFormat = 'adf' | 'wiki';

/** Jira refuses an empty comment. This stands in its place. */
export const NO_TEXT = '(no text)';
/** Jira takes 32,767 characters; the rest is for the files that a comment shows at its end, and for what Jira's own markup adds. */
export const MAX_TEXT_CHARS = 30_000;
const CUT = '[The text goes on: it is longer than Jira takes. The whole of it is on the other side.]';

/** How much of Jira's limit a document uses: Cloud counts what its wiki form would have. */
const sizeOf = (doc: RichText): number => toWiki(doc).length;

/** A document as Jira can hold it; too long a one is cut, and says so at its end. */
function fitted(doc: RichText): RichText {
  let fit = canon(doc);
  let size = sizeOf(fit);
  let chars = MAX_TEXT_CHARS;
  while (size > MAX_TEXT_CHARS) {
    chars = Math.floor(chars * Math.min(0.95, (MAX_TEXT_CHARS / size) * 0.99));
    // Without words (thousands of rules or pictures) there is nothing to cut by.
    if (chars <= CUT.length) return docOf(CUT);
    fit = canon(truncate(fit, chars, CUT));
    size = sizeOf(fit);
  }
  return fit;
}

/** What a fetch shows of a description that was written, all its files included. A fixpoint. */
export const settledText = (format: TextFormat, doc: RichText): RichText => settle(format, fitted(settle(format, doc)));

/** The same for a comment. */
export function settledComment(format: TextFormat, doc: RichText): RichText {
  const text = withoutFiles(settledText(format, doc));
  return isEmptyDoc(text) ? docOf(NO_TEXT) : text;
}

/** Jira's form of a document: null for an empty description. */
export function writeText(format: TextFormat, doc: RichText, urlOf: NonNullable<WriteOptions['urlOf']>): unknown {
  const text = fitted(settle(format, doc));
  if (isEmptyDoc(text)) return format === 'adf' ? null : '';
  return format === 'adf' ? toAdf(text, { urlOf }) : toWiki(text, { urlOf });
}

export function readText(format: TextFormat, text: unknown, fileOf: NonNullable<ReadOptions['fileOf']>): RichText {
  if (text === null || text === undefined || text === '') return docOf('');
  // A description that another app wrote through an old API may be plain text in Cloud too.
  if (typeof text === 'string') return format === 'wiki' ? fromWiki(text, { fileOf }) : docOf(text);
  return fromAdf(text, { fileOf });
}

interface NamedFile {
  readonly file: string;
  readonly name: string;
}

/**
 * In Jira files belong to the issue; a comment has those that its text shows. Ours that the text does not show stand in a last paragraph, which
 * is taken off again when it is read.
 */
export function withFiles(doc: RichText, files: readonly NamedFile[]): RichText {
  const text = isEmptyDoc(doc) ? docOf(NO_TEXT) : doc;
  if (!files.length) return text;
  const children: Inline[] = files.flatMap(({ file, name }, i) => [
    ...(i ? [{ type: 'text', value: ' ' } as const] : []),
    { type: 'attachmentRef', file, name } as const,
  ]);
  return { type: 'root', children: [...text.children, { type: 'paragraph', children }] };
}

const showsFilesOnly = (block: Block | undefined): boolean =>
  block?.type === 'paragraph' &&
  block.children.some((node) => node.type === 'attachmentRef') &&
  block.children.every(
    (node) => (node.type === 'attachmentRef' && !node.inline) || node.type === 'break' || (node.type === 'text' && node.value.trim() === ''),
  );

/** A text without the paragraphs at its end that only name files; never less than one block. */
export function withoutFiles(doc: RichText): RichText {
  let end = doc.children.length;
  while (end > 1 && showsFilesOnly(doc.children[end - 1])) end -= 1;
  return end === doc.children.length ? doc : canon({ type: 'root', children: doc.children.slice(0, end) });
}
