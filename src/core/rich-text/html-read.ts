import type { Element, Nodes, RootContent } from 'hast';
import { fromHtml as parse } from 'hast-util-from-html';
import { canon } from './canon.ts';
import type { Block, Inline, ListItem, ReadOptions, RichNode, RichText, TableCell, TableRow } from './doc.ts';
import { docOf } from './plain.ts';

const DROPPED = new Set([
  'script',
  'style',
  'iframe',
  'object',
  'embed',
  'applet',
  'template',
  'head',
  'title',
  'svg',
  'math',
  'noscript',
  'frameset',
  'noframes',
]);
const MARK: Record<string, 'strong' | 'emphasis' | 'delete' | 'underline'> = {
  b: 'strong',
  strong: 'strong',
  i: 'emphasis',
  em: 'emphasis',
  cite: 'emphasis',
  dfn: 'emphasis',
  var: 'emphasis',
  del: 'delete',
  s: 'delete',
  strike: 'delete',
  u: 'underline',
  ins: 'underline',
};
const CODE = new Set(['code', 'kbd', 'samp', 'tt']);
const BLOCKS = new Set(
  'address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul caption'.split(
    ' ',
  ),
);
/** Deeper elements are read as the text that is in them. */
const DEEPEST = 300;

const property = (node: Element, name: string): string => {
  const value = node.properties[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : Array.isArray(value) ? value.join(' ') : '';
};

function textIn(node: Nodes): string {
  const stack: Nodes[] = [node];
  let out = '';
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (next.type === 'text') out += next.value;
    else if (next.type === 'element' && next.tagName === 'br') out += '\n';
    else if ('children' in next && !(next.type === 'element' && DROPPED.has(next.tagName))) stack.push(...next.children.toReversed());
  }
  return out;
}

/** Reads one level: inline and block nodes as they come; canon() makes paragraphs of what stands loose. */
function read(nodes: readonly RootContent[], options: ReadOptions, depth: number): RichNode[] {
  const out: RichNode[] = [];
  for (const node of nodes) {
    if (node.type === 'text') out.push({ type: 'text', value: node.value });
    else if (node.type === 'element' && !DROPPED.has(node.tagName)) out.push(...element(node, options, depth));
  }
  return out;
}

const hasBlock = (node: Element): boolean => node.children.some((child) => child.type === 'element' && (BLOCKS.has(child.tagName) || hasBlock(child)));

function element(node: Element, options: ReadOptions, depth: number): RichNode[] {
  const tag = node.tagName;
  if (depth > DEEPEST) return [{ type: 'text', value: textIn(node) }];
  const inside = (): RichNode[] => read(node.children, options, depth + 1);
  const mark = MARK[tag];
  if (mark) return wrap(inside(), (children) => ({ type: mark, children }));
  if (CODE.has(tag)) return [{ type: 'inlineCode', value: textIn(node) }];
  switch (tag) {
    case 'br':
      return [{ type: 'break' }];
    case 'hr':
      return [{ type: 'thematicBreak' }];
    case 'img': {
      const url = property(node, 'src');
      const alt = property(node, 'alt');
      const file = options.fileOf?.(url);
      if (file) return [{ type: 'attachmentRef', ...file, alt, inline: true }];
      return [{ type: 'image', url, alt }];
    }
    case 'a': {
      const url = property(node, 'href');
      const file = options.fileOf?.(url);
      const children = inside();
      if (!file) return wrap(children, (label) => ({ type: 'link', url, children: label }));
      return hasPicture(children) ? children : [{ type: 'attachmentRef', ...file, alt: textIn(node) }];
    }
    case 'h1':
    case 'h2':
    case 'h3':
    case 'h4':
    case 'h5':
    case 'h6':
      return [{ type: 'heading', depth: Number(tag[1]), children: inside() as Inline[] }];
    case 'pre':
      return [pre(node)];
    case 'blockquote':
      return [{ type: 'blockquote', children: inside() as Block[] }];
    case 'ul':
    case 'ol': {
      const start = Number(property(node, 'start') || 1);
      return [
        {
          type: 'list',
          ordered: tag === 'ol',
          start: Number.isInteger(start) ? start : 1,
          children: node.children.flatMap((child) => item(child, options, depth + 1)),
        },
      ];
    }
    case 'table':
      return table(node, options, depth);
    default:
      if (!BLOCKS.has(tag)) return inside();
      // A block of its own: a paragraph, unless it holds blocks.
      return hasBlock(node) ? [{ type: 'root', children: inside() as Block[] }] : [{ type: 'paragraph', children: inside() as Inline[] }];
  }
}

/** A mark or a link around blocks (invalid, but common) goes around what is in the blocks. */
function wrap(nodes: RichNode[], around: (children: Inline[]) => Inline): RichNode[] {
  if (!nodes.some(isBlock)) return [around(nodes as Inline[])];
  return nodes.map((node): RichNode => {
    if (!isBlock(node)) return around([node as Inline]);
    if (!('children' in node)) return node;
    return { ...node, children: wrap(node.children as RichNode[], around) } as RichNode;
  });
}

const BLOCK_NODES = new Set(['root', 'paragraph', 'heading', 'code', 'list', 'listItem', 'table', 'tableRow', 'tableCell', 'blockquote', 'thematicBreak']);
const isBlock = (node: RichNode): boolean => BLOCK_NODES.has(node.type);
const hasPicture = (nodes: readonly RichNode[]): boolean =>
  nodes.some((node) => node.type === 'image' || node.type === 'attachmentRef' || ('children' in node && hasPicture(node.children as RichNode[])));

function pre(node: Element): Block {
  const code = node.children.find((child): child is Element => child.type === 'element' && child.tagName === 'code');
  const classes = `${property(node, 'className')} ${code ? property(code, 'className') : ''}`;
  const lang = /(?:^|\s)(?:lang(?:uage)?-)([\w+#.-]+)/.exec(classes)?.[1];
  const value = textIn(node).replace(/\n$/, '');
  return { type: 'code', value, ...(lang ? { lang } : {}) };
}

function item(node: RootContent, options: ReadOptions, depth: number): ListItem[] {
  if (node.type === 'text')
    return node.value.trim() ? [{ type: 'listItem', children: [{ type: 'paragraph', children: [{ type: 'text', value: node.value }] }] }] : [];
  if (node.type !== 'element' || DROPPED.has(node.tagName)) return [];
  const children = (node.tagName === 'li' ? read(node.children, options, depth) : element(node, options, depth)) as Block[];
  const box = boxOf(node, 0);
  return [box ? { type: 'listItem', checked: Boolean(box.properties.checked), children } : { type: 'listItem', children }];
}

/** The checkbox that an item begins with, if any. */
function boxOf(node: Element, depth: number): Element | undefined {
  const first = node.children.find((child) => child.type === 'element' || (child.type === 'text' && child.value.trim()));
  if (first?.type !== 'element' || depth > 2) return undefined;
  if (first.tagName === 'input') return property(first, 'type') === 'checkbox' ? first : undefined;
  return first.tagName === 'p' || first.tagName === 'label' || first.tagName === 'span' ? boxOf(first, depth + 1) : undefined;
}

function table(node: Element, options: ReadOptions, depth: number): RichNode[] {
  const rows: TableRow[] = [];
  const before: RichNode[] = [];
  const visit = (parent: Element): void => {
    for (const child of parent.children) {
      if (child.type !== 'element') continue;
      if (child.tagName === 'tr')
        rows.push({
          type: 'tableRow',
          children: child.children.flatMap((cell): TableCell[] => (cell.type === 'element' ? [cellOf(cell, options, depth)] : [])),
        });
      else if (child.tagName === 'caption') before.push({ type: 'paragraph', children: read(child.children, options, depth + 1) as Inline[] });
      else if (child.tagName !== 'colgroup') visit(child);
    }
  };
  visit(node);
  return [...before, { type: 'table', children: rows }];
}

/** A cell is inline: blocks in it become lines. */
function cellOf(node: Element, options: ReadOptions, depth: number): TableCell {
  const flat = (nodes: readonly RichNode[]): Inline[] =>
    nodes.flatMap((child): Inline[] =>
      isBlock(child)
        ? [{ type: 'break' }, ...('children' in child ? flat(child.children as RichNode[]) : [child as Inline]), { type: 'break' }]
        : [child as Inline],
    );
  return { type: 'tableCell', children: flat(read(node.children, options, depth + 1)) };
}

/** Reads HTML: unknown tags count as their content; scripts, styles, frames and every attribute but an address are dropped. */
export function fromHtml(html: string, options: ReadOptions = {}): RichText {
  if (!/[<&]/.test(html)) return canon({ type: 'root', children: [{ type: 'paragraph', children: [{ type: 'text', value: html }] }] });
  try {
    return canon({ type: 'root', children: read(parse(html, { fragment: true }).children as RootContent[], options, 0) as Block[] });
  } catch (error) {
    // The parser recurses: thousands of nested tags exhaust the stack. Then the words are kept without marks.
    if (!(error instanceof RangeError)) throw error;
    return canon(docOf(html.replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, ' ').replace(/<[^>]*>/g, ' ')));
  }
}
