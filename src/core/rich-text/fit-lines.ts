import { canon } from './canon.ts';
import type { Block, Inline, List, ListItem, RichText } from './doc.ts';

/** In line-based markup list items hold a line and nested lists (of one kind, unless `mixed`): anything else is set between the parts of the list. */
function splitList(list: List, mixed: boolean): Block[] {
  const out: Block[] = [];
  let part: ListItem[] = [];
  const flush = (): void => {
    if (part.length) out.push({ type: 'list', ordered: list.ordered, children: part });
    part = [];
  };
  for (const item of list.children) {
    const lines: Inline[] = [];
    const nested: List[] = [];
    let after: Block[] = [];
    for (const block of item.children.flatMap((child) => (child.type === 'list' ? splitList(child, mixed) : fitBlock(child, mixed)))) {
      if (after.length) after.push(block);
      else if (block.type === 'paragraph' && !nested.length) lines.push(...(lines.length ? [{ type: 'break' } as const] : []), ...block.children);
      else if (block.type === 'list' && nested.length && !mixed) nested[0]?.children.push(...block.children);
      else if (block.type === 'list') nested.push(block);
      else after = [block];
    }
    if (lines.length) {
      const paragraph: Block = { type: 'paragraph', children: lines };
      part.push({ ...(item.checked === undefined ? {} : { checked: item.checked }), type: 'listItem', children: [paragraph, ...nested] });
    } else part.push(...nested.flatMap((inner) => inner.children));
    if (after.length) {
      flush();
      out.push(...after);
    }
  }
  flush();
  return out;
}

function fitBlock(block: Block, mixed: boolean): Block[] {
  switch (block.type) {
    case 'list':
      return splitList(block, mixed);
    case 'blockquote':
      return [{ type: 'blockquote', children: block.children.flatMap((child) => fitBlock(child, mixed)) }];
    case 'panel':
      return [{ ...block, children: block.children.flatMap((child) => fitBlock(child, mixed)) }];
    case 'code':
    case 'heading':
    case 'paragraph':
    case 'rawUnsupported':
    case 'table':
    case 'thematicBreak':
      return [block];
  }
}

/** The structure that line-based markup (Textile, Jira's wiki markup) can express, nearest to a canonical document's. */
export function fitLines(doc: RichText, mixed = false): RichText {
  return canon({ type: 'root', children: doc.children.flatMap((block) => fitBlock(block, mixed)) });
}
