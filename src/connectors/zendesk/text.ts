import {
  type Block,
  canon,
  docOf,
  fromHtml,
  type Inline,
  plainText,
  type RichNode,
  type RichText,
  toHtml,
  truncate,
  type WriteOptions,
} from '../../core/rich-text/index.ts';

/** Zendesk refuses blank text. This stands in its place. */
export const NO_DESCRIPTION = '(no description)';
export const NO_TEXT = '(empty)';

/** Of HTML, in one comment: Zendesk's 64 KB, less what its own markup may add. */
export const MAX_TEXT_BYTES = 64_000;
const CUT = '[The text goes on: it is longer than Zendesk takes. The whole of it is on the other side.]';

/** What Zendesk's HTML filter would take away from a comment is given up beforehand: the language of code, check boxes. */
function fitting(node: RichNode): RichNode[] {
  if (node.type === 'code') return [{ type: 'code', value: node.value }];
  if (!('children' in node)) return [node];
  const children = (node.children as RichNode[]).flatMap(fitting);
  if (node.type !== 'listItem' || node.checked === undefined) return [{ ...node, children } as RichNode];
  const box: Inline = { type: 'text', value: node.checked ? '☑ ' : '☐ ' };
  const [first, ...rest] = children as Block[];
  const begun: Block[] = first?.type === 'paragraph' ? [{ type: 'paragraph', children: [box, ...first.children] }, ...rest] : (children as Block[]);
  return [{ type: 'listItem', children: begun }];
}

const surely = (doc: RichText): RichText => canon({ type: 'root', children: canon(doc).children.flatMap((block) => fitting(block) as Block[]) });

// Addresses of one length, whatever they will be: what is cut must not depend on them.
const ADDRESS = `https://files.invalid/${'x'.repeat(180)}`;
const bytesOf = (doc: RichText): number => Buffer.byteLength(toHtml(doc, { urlOf: (name) => ({ url: ADDRESS, name }) }));

/** A document as Zendesk can hold it; too long a one is cut, and says so at its end. */
function fitted(doc: RichText): RichText {
  let fit = surely(doc);
  let chars = plainText(fit).length;
  for (let size = bytesOf(fit); size > MAX_TEXT_BYTES; size = bytesOf(fit)) {
    chars = Math.floor(chars * Math.min(0.95, (MAX_TEXT_BYTES / size) * 0.99));
    // Without words (thousands of rules or pictures) there is nothing to cut by.
    if (chars <= CUT.length) return docOf(CUT);
    fit = surely(truncate(fit, chars, CUT));
  }
  return fit;
}
const blank = (html: string): boolean => !/<img /.test(html) && html.replace(/<[^>]*>|&nbsp;|\s/g, '') === '';

/** The `html_body` for a document. Blank text becomes `instead`. */
export function htmlOf(doc: RichText, instead: string, urlOf: NonNullable<WriteOptions['urlOf']>): string {
  const html = toHtml(fitted(doc), { urlOf });
  return blank(html) ? toHtml(docOf(instead)) : html;
}

/** What a fetch shows of a document that was written, all its files included. A fixpoint. */
export function settled(doc: RichText, instead: string): RichText {
  const files = new Map<string, { file: string; name: string }>();
  const names = new Map<string, string>();
  const visit = (node: RichNode): void => {
    if (node.type === 'attachmentRef') names.set(node.file, node.name);
    if ('children' in node) for (const child of node.children as RichNode[]) visit(child);
  };
  visit(canon(doc));
  const urlOf = (file: string) => {
    const url = `https://files.invalid/${encodeURIComponent(file)}`;
    const name = names.get(file) ?? file;
    files.set(url, { file, name });
    return { url, name };
  };
  const html = htmlOf(doc, instead, urlOf);
  return fromHtml(html, { fileOf: (url) => files.get(url) });
}
