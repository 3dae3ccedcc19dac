import { keptNode } from './adf-raw.ts';
import { withBoxes } from './boxes.ts';
import { canon } from './canon.ts';
import type { Block, Heading, Inline, List, ListItem, Paragraph, RichText, WriteOptions } from './doc.ts';
import { runsOf } from './inline.ts';
import { linesOf, lower, rewrite, whereIs } from './lower.ts';

type Place = 'top' | 'item' | 'quote' | 'panel';
/** What each place may hold (the format's schema). Anything else is set beside the list, the quote or the panel, which goes on after it. */
const HOLDS: Readonly<Record<Place, readonly Block['type'][]>> = {
  top: ['paragraph', 'heading', 'code', 'list', 'table', 'blockquote', 'panel', 'thematicBreak', 'rawUnsupported'],
  item: ['paragraph', 'list', 'code', 'rawUnsupported'],
  quote: ['paragraph', 'list', 'code', 'rawUnsupported'],
  panel: ['paragraph', 'heading', 'list', 'code', 'thematicBreak', 'rawUnsupported'],
};

/** A picture of the web: it stands alone among blocks, never in a line. */
export const isWebPicture = (node: Inline): boolean => node.type === 'image' || (node.type === 'link' && node.children[0]?.type === 'image');

/** Parts of a line, so that what cannot stand in one is alone. */
export function partsOf(children: readonly Inline[], alone: (node: Inline) => boolean): Inline[][] {
  const parts: Inline[][] = [[]];
  for (const node of children) {
    if (alone(node)) parts.push([node], []);
    else parts.at(-1)?.push(node);
  }
  return parts.filter((part) => part.some((node) => node.type !== 'break'));
}

/** Raw content in a line that is not for lines shows its words. */
const inLine = (children: Inline[]): Inline[] =>
  rewrite<Paragraph>({ type: 'paragraph', children }, (node) =>
    node.type === 'rawUnsupported' && keptNode(node)?.place !== 'line' ? linesOf(node.text) : undefined,
  ).children;

/** Every format can show these words bold as a whole: a title that cannot be a heading is then bold, and stays so on its way. */
const isPlain = (children: readonly Inline[]): boolean => runsOf(children).every((run) => run.leaf.type === 'text' && run.url === undefined);

function fitLine(node: Paragraph | Heading, place: Place): Block[] {
  return partsOf(inLine(node.children), isWebPicture).map((children): Block => {
    if (children.some(isWebPicture) || node.type === 'paragraph') return { type: 'paragraph', children };
    if (place === 'item' || place === 'quote') return { type: 'paragraph', children: isPlain(children) ? [{ type: 'strong', children }] : children };
    return { ...node, children };
  });
}

const fitBlocks = (nodes: readonly Block[], place: Place): Block[] => nodes.flatMap((node) => fitBlock(node, place));

function fitBlock(node: Block, place: Place): Block[] {
  switch (node.type) {
    case 'paragraph':
    case 'heading':
      return fitLine(node, place);
    case 'code':
    case 'thematicBreak':
      return [node];
    case 'rawUnsupported': {
      const where = keptNode(node)?.place;
      if (where === 'block' || (where === 'top' && place === 'top')) return [node];
      return [{ type: 'paragraph', children: where === 'line' ? [node] : linesOf(node.text) }];
    }
    case 'blockquote':
    case 'panel': {
      const dissolves = place === 'quote' || place === 'panel';
      const own: Place = node.type === 'panel' ? 'panel' : 'quote';
      const inside = fitBlocks(node.children, dissolves ? place : own);
      return dissolves ? inside : parted(inside, own, (children) => ({ ...node, children }));
    }
    case 'list':
      return fitList(node);
    case 'table':
      return [rewrite(node, (cell) => (cell.type === 'tableCell' ? [{ ...cell, children: fitCell(cell.children) }] : undefined))];
  }
}

/** Pictures and extensions are lines of their own in a cell. */
const fitCell = (children: readonly Inline[]): Inline[] =>
  children.flatMap((node): Inline[] => {
    const kept = node.type === 'rawUnsupported' ? keptNode(node) : undefined;
    if (isWebPicture(node) || kept?.place === 'block') return [{ type: 'break' }, node, { type: 'break' }];
    return kept?.place === 'line' ? [node] : inLine([node]);
  });

/** Blocks in a container, which ends and begins again around those that it cannot hold. */
function parted(blocks: readonly Block[], place: Place, around: (children: Block[]) => Block): Block[] {
  const out: Block[] = [];
  let part: Block[] = [];
  const flush = (): void => {
    if (part.length) out.push(around(part));
    part = [];
  };
  for (const block of blocks) {
    if (HOLDS[place].includes(block.type)) part.push(block);
    else {
      flush();
      out.push(block);
    }
  }
  flush();
  return out;
}

function fitList(node: List): Block[] {
  const out: Block[] = [];
  let part: ListItem[] = [];
  let number = node.start ?? 1;
  const flush = (): void => {
    if (part.length) out.push({ type: 'list', ordered: node.ordered, ...(node.ordered ? { start: number - part.length } : {}), children: part });
    part = [];
  };
  for (const item of node.children) {
    const children = fitBlocks(item.children, 'item');
    const end = children.findIndex((block) => !HOLDS.item.includes(block.type));
    const inside = end < 0 ? children : children.slice(0, end);
    if (inside.length) {
      part.push({ ...item, children: inside });
      number++;
    }
    if (end < 0) continue;
    flush();
    out.push(...children.slice(end));
  }
  flush();
  return out;
}

/** The structure that ADF can express, nearest to a document's. */
export function fitAdf(doc: RichText, options: WriteOptions): RichText {
  const lowered = rewrite(
    lower(doc, options, true, (raw) => keptNode(raw) !== undefined),
    (node) => {
      if (node.type !== 'attachmentRef') return undefined;
      const at = whereIs(node.file, options);
      if (!at?.url && !at?.media) return [{ type: 'text', value: node.alt ?? node.name }];
      return node.inline && !at.media ? [{ ...node, inline: false }] : undefined;
    },
  );
  return withBoxes(canon({ type: 'root', children: fitBlocks(canon(lowered).children, 'top') }));
}
