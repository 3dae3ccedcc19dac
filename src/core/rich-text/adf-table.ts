import { type AdfNode, contentOf, isObject } from './adf.ts';
import type { Block, Inline, RichNode, TableRow } from './doc.ts';
import { isInline } from './inline.ts';

/** Wider and taller than any table that people make. */
const MOST = 100;

const span = (cell: AdfNode, name: 'colspan' | 'rowspan'): number => {
  const value = isObject(cell.attrs) ? cell.attrs[name] : 1;
  return typeof value === 'number' && value > 1 ? Math.min(MOST, Math.trunc(value)) : 1;
};

/** A cell is inline: blocks in it become lines. */
const flat = (nodes: readonly RichNode[]): Inline[] =>
  nodes.flatMap((node): Inline[] => {
    if (isInline(node) && node.type !== 'rawUnsupported') return [node];
    if (node.type === 'listItem' && node.checked !== undefined) return [...flat(node.children), { type: 'break' }];
    const inner: Inline[] = 'children' in node ? flat(node.children as RichNode[]) : [node as Inline];
    return [{ type: 'break' }, ...inner, { type: 'break' }];
  });

/** A table as a rectangle: a cell over several columns or rows leaves empty ones beside and below it. */
export function readTable(node: AdfNode, read: (cell: AdfNode) => RichNode[]): Block {
  const below: number[] = [];
  const children = contentOf(node).map((row): TableRow => {
    const cells: Inline[][] = [];
    const skip = (): void => {
      for (let left = below[cells.length] ?? 0; left > 0; left = below[cells.length] ?? 0) {
        below[cells.length] = left - 1;
        cells.push([]);
      }
    };
    for (const cell of contentOf(row)) {
      skip();
      const rows = span(cell, 'rowspan');
      const columns = span(cell, 'colspan');
      for (let i = 0; i < columns; i++) {
        below[cells.length] = rows - 1;
        cells.push(i ? [] : flat(read(cell)));
      }
    }
    skip();
    return { type: 'tableRow', children: cells.map((inline) => ({ type: 'tableCell', children: inline })) };
  });
  return { type: 'table', children };
}
