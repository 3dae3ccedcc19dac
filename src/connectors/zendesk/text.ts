import { type Block, canon, docOf, fromHtml, type Inline, type RichNode, type RichText, toHtml, type WriteOptions } from '../../core/rich-text/index.ts';

/** Zendesk refuses blank text. This stands in its place. */
export const NO_DESCRIPTION = '(no description)';
export const NO_TEXT = '(empty)';

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

const fitted = (doc: RichText): RichText => ({ type: 'root', children: canon(doc).children.flatMap((block) => fitting(block) as Block[]) });
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
