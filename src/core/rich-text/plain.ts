import type { Block, Inline, RichNode, RichText } from './doc.ts';

const words = (node: RichNode): string => {
  switch (node.type) {
    case 'text':
    case 'inlineCode':
    case 'code':
      return node.value;
    case 'break':
      return '\n';
    case 'mention':
      return `@${node.name}`;
    case 'attachmentRef':
      return node.alt ?? node.name;
    case 'image':
      return node.alt ?? '';
    case 'rawUnsupported':
      return node.text;
    case 'thematicBreak':
      return '';
    case 'tableRow':
      return node.children.map(words).join('\t');
    case 'root':
    case 'blockquote':
    case 'panel':
    case 'listItem':
      return (node.children as RichNode[]).map(words).filter(Boolean).join('\n\n');
    case 'list':
    case 'table':
      return (node.children as RichNode[]).map(words).join('\n');
    case 'delete':
    case 'emphasis':
    case 'heading':
    case 'link':
    case 'paragraph':
    case 'strong':
    case 'tableCell':
    case 'underline':
      return (node.children as Inline[]).map(words).join('');
    default:
      node satisfies never;
      return '';
  }
};

/** What a person reads, without any marks: blocks are separated by an empty line, list items and rows by a line end. */
export function plainText(doc: RichText): string {
  return words(doc);
}

/** A document of plain text: an empty line separates paragraphs, a line end is a break. */
export function docOf(plain: string): RichText {
  const children: Block[] = [];
  for (const part of plain.replace(/\r\n?/g, '\n').split(/\n[ \t]*(?:\n[ \t]*)+/)) {
    const inline: Inline[] = [];
    for (const line of part.split('\n')) {
      const value = line.replace(/[ \t]+/g, ' ').trim();
      if (!value) continue;
      if (inline.length) inline.push({ type: 'break' });
      inline.push({ type: 'text', value });
    }
    if (inline.length) children.push({ type: 'paragraph', children: inline });
  }
  return { type: 'root', children };
}
