import type { RichNode, RichText } from '../core/rich-text/index.ts';

type Kind = RichNode['type'];
interface Shape {
  readonly children?: true;
  readonly strings?: readonly string[];
  readonly maybeStrings?: readonly string[];
  readonly numbers?: readonly string[];
}

const inner = { children: true } as const;
/** What each node of the document model has to have (core/rich-text/doc.ts). */
const SHAPES: Readonly<Record<Kind, Shape>> = {
  root: inner,
  paragraph: inner,
  heading: { children: true, numbers: ['depth'] },
  code: { strings: ['value'], maybeStrings: ['lang'] },
  list: { children: true },
  listItem: inner,
  table: inner,
  tableRow: inner,
  tableCell: inner,
  blockquote: inner,
  panel: { children: true, strings: ['kind'] },
  thematicBreak: {},
  rawUnsupported: { strings: ['format', 'value', 'text'] },
  text: { strings: ['value'] },
  strong: inner,
  emphasis: inner,
  delete: inner,
  underline: inner,
  inlineCode: { strings: ['value'] },
  break: {},
  link: { children: true, strings: ['url'] },
  image: { strings: ['url'], maybeStrings: ['alt'] },
  mention: { strings: ['name'] },
  attachmentRef: { strings: ['file', 'name'], maybeStrings: ['alt'] },
};
/** Where a node may stand. Others are blocks' and lines' affair, which the writers settle. */
const INSIDE: Partial<Record<Kind, readonly Kind[]>> = { list: ['listItem'], table: ['tableRow'], tableRow: ['tableCell'] };
const ONLY_INSIDE: readonly Kind[] = ['root', 'listItem', 'tableRow', 'tableCell'];
const PANELS = ['info', 'note', 'success', 'warning', 'error'];

/** Is it a document that our writers can take? Addresses that could run something are refused, so that nobody has to think of them later. */
export function isRichText(value: unknown): value is RichText {
  if (!isNode(value) || value.type !== 'root') return false;
  const open: Record<string, unknown>[] = [value];
  for (let node = open.pop(); node; node = open.pop()) {
    const { children } = SHAPES[node.type as Kind];
    if (!children) continue;
    if (!Array.isArray(node.children)) return false;
    const wanted = INSIDE[node.type as Kind];
    for (const child of node.children as unknown[]) {
      if (!isNode(child)) return false;
      const kind = child.type as Kind;
      if (wanted ? !wanted.includes(kind) : ONLY_INSIDE.includes(kind)) return false;
      open.push(child);
    }
  }
  return true;
}

function isNode(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const node = value as Record<string, unknown>;
  if (typeof node.type !== 'string' || !Object.hasOwn(SHAPES, node.type)) return false;
  const { strings = [], maybeStrings = [], numbers = [] } = SHAPES[node.type as Kind];
  if (!strings.every((name) => typeof node[name] === 'string') || !numbers.every((name) => Number.isInteger(node[name]))) return false;
  if (!maybeStrings.every((name) => node[name] === undefined || typeof node[name] === 'string')) return false;
  switch (node.type) {
    case 'heading':
      return Number(node.depth) >= 1 && Number(node.depth) <= 6;
    case 'list':
      return typeof node.ordered === 'boolean' && (node.start === undefined || Number.isInteger(node.start));
    case 'listItem':
      return node.checked === undefined || typeof node.checked === 'boolean';
    case 'attachmentRef':
      return node.inline === undefined || typeof node.inline === 'boolean';
    case 'panel':
      return PANELS.includes(String(node.kind));
    case 'link':
      return /^(https?:|mailto:|tel:)/i.test(String(node.url));
    case 'image':
      return /^https?:/i.test(String(node.url));
    default:
      return true;
  }
}
