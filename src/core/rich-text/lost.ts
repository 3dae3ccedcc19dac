import { canon } from './canon.ts';
import type { RichNode, RichText } from './doc.ts';

/** What people call the formatting of a node; null: nothing that could be missed. */
function formatting(node: RichNode): string | null {
  switch (node.type) {
    case 'heading':
      return 'headings';
    case 'code':
      return 'code blocks';
    case 'list':
      return node.ordered ? 'numbered lists' : 'bulleted lists';
    case 'listItem':
      return node.checked === undefined ? null : 'check boxes';
    case 'table':
      return 'tables';
    case 'blockquote':
      return 'quotes';
    case 'panel':
      return 'panels';
    case 'thematicBreak':
      return 'rules';
    case 'rawUnsupported':
      return 'special elements';
    case 'strong':
      return 'bold';
    case 'emphasis':
      return 'italics';
    case 'delete':
      return 'strike-through';
    case 'underline':
      return 'underline';
    case 'inlineCode':
      return 'code';
    case 'link':
      return 'links';
    case 'image':
      return 'pictures';
    case 'mention':
      return 'mentions';
    case 'attachmentRef':
      return node.inline ? 'inline pictures' : 'links to files';
    case 'break':
    case 'paragraph':
    case 'root':
    case 'tableCell':
    case 'tableRow':
    case 'text':
      return null;
  }
}

function count(doc: RichText): Map<string, number> {
  const found = new Map<string, number>();
  const visit = (node: RichNode): void => {
    const name = formatting(node);
    if (name !== null) found.set(name, (found.get(name) ?? 0) + 1);
    if ('children' in node) for (const child of node.children as RichNode[]) visit(child);
  };
  visit(canon(doc));
  return found;
}

/** The kinds of formatting of which `after` shows less than `before`, in words for people. */
export function lostIn(before: RichText, after: RichText): readonly string[] {
  const left = count(after);
  return [...count(before)].flatMap(([name, n]) => ((left.get(name) ?? 0) < n ? [name] : []));
}
