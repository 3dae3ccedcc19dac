import { canon } from './canon.ts';
import type { Block, Inline, RawUnsupported, RichNode, RichText, WriteOptions } from './doc.ts';
import { oneLine } from './inline.ts';
import { docOf } from './plain.ts';
import { fileUrl } from './url.ts';

type Rewrite = (node: RichNode) => RichNode[] | undefined;

/** A copy with some nodes replaced; `to` returns undefined to keep a node and look inside it. */
export function rewrite<T extends RichNode>(node: T, to: Rewrite): T {
  if (!('children' in node)) return node;
  const children = (node.children as RichNode[]).flatMap((child) => to(child) ?? [rewrite(child, to)]);
  return { ...node, children } as T;
}

/** Text as lines of one paragraph. */
export const linesOf = (text: string): Inline[] =>
  docOf(text).children.flatMap((block, i): Inline[] => (block.type === 'paragraph' ? [...(i ? [{ type: 'break' } as const] : []), ...block.children] : []));

/** Where an attachment is, with an address that is safe to write. */
export function whereIs(
  file: string,
  options: WriteOptions,
): { url: string | undefined; name: string; media: string | undefined; pictureLink: string | undefined } | undefined {
  const at = options.urlOf?.(file);
  return at && { url: fileUrl(at.url), name: oneLine(at.name) || 'file', media: at.media || undefined, pictureLink: fileUrl(at.pictureLink) };
}

/**
 * What none of the text formats has becomes words: a mention its name, raw content its text, and a file that the tracker does not have its name.
 * Panels become quotes unless the format has them, and `keeps` says which raw content the format can hold. The result is canonical.
 */
export function lower(doc: RichText, options: WriteOptions, panels: boolean, keeps: (raw: RawUnsupported) => boolean = () => false): RichText {
  const to: Rewrite = (node) => {
    if (node.type === 'mention') return [{ type: 'text', value: `@${node.name}` }];
    if (node.type === 'rawUnsupported') return keeps(node) ? undefined : linesOf(node.text);
    if (node.type === 'attachmentRef') return options.urlOf?.(node.file) ? undefined : [{ type: 'text', value: node.alt ?? node.name }];
    if (node.type === 'panel' && !panels) return [{ type: 'blockquote', children: rewrite(node, to).children as Block[] }];
    return undefined;
  };
  return canon(rewrite(canon(doc), to));
}
