import { canon } from './canon.ts';
import type { Block, Inline, ListItem, RichNode, RichText } from './doc.ts';
import { rewrite } from './lower.ts';

const BOX_AT_START = /^\s*([☑☐])(?:\s+|$)/u;

/** A check box in words, for formats and places that have none: at the start of a list item it is read as a box again. */
export const boxSign = (checked: boolean): string => (checked ? '☑' : '☐');

/** A list item whose text begins with the sign of a box has that box. One beside nothing, or beside what is no text, stays a sign. */
export function withBox(item: ListItem): ListItem {
  const [first, ...rest] = item.children;
  const start = first?.type === 'paragraph' ? first.children[0] : undefined;
  const box = start?.type === 'text' && item.checked === undefined ? BOX_AT_START.exec(start.value) : null;
  if (!box || start?.type !== 'text' || first?.type !== 'paragraph') return item;
  const value = start.value.slice(box[0].length);
  const left: Inline[] = [...(value ? [{ type: 'text', value } as const] : []), ...first.children.slice(1)];
  const children: Block[] = [...(left.length ? [{ type: 'paragraph', children: left } as const] : []), ...rest];
  const begins = canon({ type: 'root', children }).children[0];
  return begins?.type === 'paragraph' ? { type: 'listItem', checked: box[1] === boxSign(true), children } : item;
}

/** A canonical document in which every sign of a box that would be read as one is one. */
export function withBoxes(doc: RichText): RichText {
  const to = (node: RichNode): RichNode[] | undefined => (node.type === 'listItem' ? [rewrite(withBox(node), to)] : undefined);
  return canon(rewrite(doc, to));
}
