import type { Block, Inline, List, ListItem, PanelKind, Paragraph, RichNode, RichText, Table, TableRow } from './doc.ts';
import { cleanText, isInline, nest, type Run, runsOf, tidy } from './inline.ts';

/** Quotes, lists and panels within each other: deeper ones are dissolved, their content stays. */
const DEEPEST = 12;
/** Beyond this a tree is not a document: its words are kept as one paragraph. */
const HOSTILE = 400;

const PANELS: Record<string, PanelKind> = {
  info: 'info',
  note: 'note',
  success: 'success',
  tip: 'success',
  warning: 'warning',
  error: 'error',
  important: 'note',
  caution: 'error',
  danger: 'error',
};

/** The panel kind nearest to a platform's own word for it. */
export const panelKind = (word: string): PanelKind => PANELS[word.toLowerCase()] ?? 'info';

const paragraphs = (runs: readonly Run[]): Paragraph[] => tidy(runs, 'part').map((line) => ({ type: 'paragraph', children: nest(line) }));
const oneLine = (nodes: readonly RichNode[], breaks: 'keep' | 'space'): Inline[] => nest(tidy(runsOf(nodes), breaks)[0] ?? []);

function blocks(nodes: readonly RichNode[], depth: number, calls: number): Block[] {
  const out: Block[] = [];
  let loose: Run[] = [];
  const flush = (): void => {
    if (!loose.length) return;
    out.push(...paragraphs(loose));
    loose = [];
  };
  for (const node of nodes) {
    if (node.type !== 'rawUnsupported' && isInline(node)) {
      runsOf([node], 0, undefined, 0, loose);
      continue;
    }
    flush();
    if (calls > HOSTILE) {
      out.push(...paragraphs(runsOf([node])));
      continue;
    }
    for (const block of blockOf(node, depth, calls + 1)) {
      const last = out.at(-1);
      if (block.type === 'list' && last?.type === 'list' && last.ordered === block.ordered) last.children.push(...block.children);
      else out.push(block);
    }
  }
  flush();
  return out;
}

function blockOf(node: RichNode, depth: number, calls: number): Block[] {
  switch (node.type) {
    case 'paragraph':
      return paragraphs(runsOf(node.children));
    case 'heading': {
      const children = oneLine(node.children, 'space');
      return children.length ? [{ type: 'heading', depth: Math.min(6, Math.max(1, Math.trunc(node.depth) || 1)), children }] : [];
    }
    case 'code': {
      const value = cleanText(node.value)
        .replace(/\r\n?/g, '\n')
        .replace(/[\v\f]/g, ' ');
      if (!value.trim()) return [];
      const lang = /^[\w+#.-]{1,40}$/.exec(node.lang ?? '')?.[0];
      return [lang ? { type: 'code', lang, value } : { type: 'code', value }];
    }
    case 'thematicBreak':
      return [{ type: 'thematicBreak' }];
    case 'rawUnsupported':
      return [{ type: 'rawUnsupported', format: node.format, value: node.value, text: cleanText(node.text) }];
    case 'blockquote':
    case 'panel': {
      const children = blocks(node.children, depth + 1, calls);
      if (depth >= DEEPEST || !children.length) return children;
      return [node.type === 'panel' ? { type: 'panel', kind: panelKind(node.kind), children } : { type: 'blockquote', children }];
    }
    case 'list':
      return list(node, depth, calls);
    case 'table':
      return table(node);
    case 'attachmentRef':
    case 'break':
    case 'delete':
    case 'emphasis':
    case 'image':
    case 'inlineCode':
    case 'link':
    case 'listItem':
    case 'mention':
    case 'root':
    case 'strong':
    case 'tableCell':
    case 'tableRow':
    case 'text':
    case 'underline':
      break;
  }
  // An inline node among blocks, or one that nobody knows: what is in it counts.
  return 'children' in node ? blocks(node.children as RichNode[], depth, calls) : [];
}

function list(node: List, depth: number, calls: number): Block[] {
  const items: ListItem[] = [];
  const dissolved: Block[] = [];
  for (const item of node.children) {
    const children = blocks(item.type === 'listItem' ? item.children : [item], depth + 1, calls);
    if (!children.length) continue;
    if (depth >= DEEPEST) dissolved.push(...children);
    else if (typeof item.checked === 'boolean' && children[0]?.type === 'paragraph') items.push({ type: 'listItem', checked: item.checked, children });
    else items.push({ type: 'listItem', children });
  }
  if (!items.length) return dissolved;
  const start = node.ordered ? Math.trunc(node.start ?? 1) : 1;
  return [{ type: 'list', ordered: Boolean(node.ordered), ...(start >= 0 && start !== 1 && start < 1e9 ? { start } : {}), children: items }];
}

function table(node: Table): Block[] {
  const rows = node.children.map((row) =>
    (row.type === 'tableRow' ? row.children : [row]).map((cell) => oneLine('children' in cell ? (cell.children as RichNode[]) : [cell], 'keep')),
  );
  const width = Math.max(0, ...rows.map((row) => row.length));
  const children: TableRow[] = [];
  for (const [index, row] of rows.entries()) {
    if (index > 0 && !row.some((cell) => cell.length)) continue;
    const cells = row.concat(Array.from({ length: width - row.length }, () => []));
    children.push({ type: 'tableRow', children: cells.map((cell) => ({ type: 'tableCell', children: cell })) });
  }
  return children.some((row) => row.children.some((cell) => cell.children.length)) ? [{ type: 'table', children }] : [];
}

/**
 * The one form of all documents that mean the same: equal neighbours merged, marks always nested the same way and off white space, empty nodes dropped,
 * CRLF as LF, white space single outside code, links only where they are allowed, tables rectangular. `canon(canon(x))` equals `canon(x)`.
 */
export function canon(doc: RichText): RichText {
  return { type: 'root', children: blocks(doc.children, 0, 0) };
}
