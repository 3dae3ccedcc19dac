import { canon } from './canon.ts';
import type { Block, Inline, List, ListItem, RichText } from './doc.ts';

/** Textile's list items hold a line and nested lists of one kind: anything else is set between the parts of the list. */
function splitList(list: List): Block[] {
  const out: Block[] = [];
  let part: ListItem[] = [];
  const flush = (): void => {
    if (part.length) out.push({ type: 'list', ordered: list.ordered, children: part });
    part = [];
  };
  for (const item of list.children) {
    const lines: Inline[] = [];
    let nested: List | undefined;
    let after: Block[] = [];
    for (const block of item.children.flatMap((child) => (child.type === 'list' ? splitList(child) : fitBlock(child)))) {
      if (after.length) after.push(block);
      else if (block.type === 'paragraph' && !nested) lines.push(...(lines.length ? [{ type: 'break' } as const] : []), ...block.children);
      else if (block.type === 'list' && nested) nested.children.push(...block.children);
      else if (block.type === 'list') nested = block;
      else after = [block];
    }
    if (lines.length) {
      const paragraph: Block = { type: 'paragraph', children: lines };
      part.push({ ...(item.checked === undefined ? {} : { checked: item.checked }), type: 'listItem', children: nested ? [paragraph, nested] : [paragraph] });
    } else if (nested) part.push(...nested.children);
    if (after.length) {
      flush();
      out.push(...after);
    }
  }
  flush();
  return out;
}

function fitBlock(block: Block): Block[] {
  switch (block.type) {
    case 'list':
      return splitList(block);
    case 'blockquote':
      return [{ type: 'blockquote', children: block.children.flatMap(fitBlock) }];
    case 'code':
    case 'heading':
    case 'panel':
    case 'paragraph':
    case 'rawUnsupported':
    case 'table':
    case 'thematicBreak':
      return [block];
  }
}

/** The structure that Textile can express, nearest to a canonical document's. */
export function fitTextile(doc: RichText): RichText {
  return canon({ type: 'root', children: doc.children.flatMap(fitBlock) });
}
