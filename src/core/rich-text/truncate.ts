import { canon } from './canon.ts';
import type { RichNode, RichText } from './doc.ts';
import { docOf, plainText } from './plain.ts';

/** A cut that does not part a character made of two halves. */
const cut = (text: string, length: number): string => text.slice(0, length).replace(/[\ud800-\udbff]$/, '');

/**
 * Shortens a document to about `maxChars` characters of plain text (`note` included), keeping marks, and ends it with `note` as a paragraph.
 * A document that fits is returned as it is, canonical.
 */
export function truncate(doc: RichText, maxChars: number, note: string): RichText {
  const whole = canon(doc);
  if (plainText(whole).length <= maxChars) return whole;
  let left = Math.max(0, maxChars - note.length - 2);
  const keep = (node: RichNode): RichNode[] => {
    if (left <= 0) return [];
    if ('value' in node && node.type !== 'rawUnsupported') {
      const value = cut(node.value, left);
      left -= node.value.length;
      return [{ ...node, value }];
    }
    if (!('children' in node)) {
      left -= plainText({ type: 'root', children: [node as never] }).length;
      return left >= 0 ? [node] : [];
    }
    const children = (node.children as RichNode[]).flatMap(keep);
    left -= 1;
    return [{ ...node, children } as RichNode];
  };
  const children = whole.children.flatMap((block) => keep(block) as RichText['children']);
  return canon({ type: 'root', children: [...children, ...docOf(note).children] });
}
