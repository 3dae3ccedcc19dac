import { canon } from './canon.ts';
import type { RichNode, RichText } from './doc.ts';
import { plainText } from './plain.ts';

type Parts = readonly RichNode[];

/** Blocks that hold blocks. */
const HOLDERS: ReadonlySet<RichNode['type']> = new Set(['list', 'listItem', 'blockquote', 'panel', 'table']);

/** More than this many comparisons are not worth it: then the text is taken as it came. */
const MOST = 250_000;

const key = (node: RichNode): string => JSON.stringify(node);
const words = (node: RichNode): string => plainText({ type: 'root', children: [node] as RichText['children'] }).replace(/[^\p{L}\p{N}]+/gu, '');

/**
 * Takes an edit that somebody made to a poorer copy of a text into the rich one: `before` is the copy as it was, `after` as it is now, `rich` what it was made
 * from. Blocks that the edit left alone stay as rich as they are; those that it changed are taken as they came. Where the copy does not correspond to the rich
 * text block by block, the result is `after`. Pure; `graft(x, y, x)` is `y`, and `graft(x, x, y)` is `y` where they correspond.
 */
export function graft(before: RichText, after: RichText, rich: RichText): RichText {
  const [was, is, full] = [canon(before), canon(after), canon(rich)];
  const children = graftParts(was.children, is.children, full.children);
  return children ? canon({ type: 'root', children: children as RichText['children'] }) : is;
}

function graftParts(before: Parts, after: Parts, rich: Parts): Parts | null {
  if (before.length !== rich.length || before.length * after.length > MOST) return null;
  const pairs = common(before.map(key), after.map(key));
  const out: RichNode[] = [];
  let [i, j] = [0, 0];
  // Between what both have in common: as many changed as there were are the same ones, changed.
  const changed = (untilBefore: number, untilAfter: number): void => {
    const paired = untilBefore - i === untilAfter - j;
    for (; j < untilAfter; j++) {
      const [was, is, full] = [before[i], after[j], rich[i]];
      if (is) out.push((paired && was && full && graftBlock(was, is, full)) || is);
      if (paired) i++;
    }
    i = untilBefore;
  };
  for (const [atBefore, atAfter] of pairs) {
    changed(atBefore, atAfter);
    const [same, full] = [after[atAfter], rich[atBefore]];
    if (same) out.push(full && words(full) === words(same) ? full : same);
    [i, j] = [atBefore + 1, atAfter + 1];
  }
  changed(before.length, after.length);
  return out;
}

/** A list, quote or table of which a part was changed. Null: it is taken as it came. */
function graftBlock(before: RichNode, after: RichNode, rich: RichNode): RichNode | null {
  if (!HOLDERS.has(rich.type) || before.type !== rich.type || after.type !== rich.type) return null;
  if (!('children' in before && 'children' in after && 'children' in rich)) return null;
  const own = (node: { children: unknown }): string => JSON.stringify({ ...node, children: null });
  const children = graftParts(before.children, after.children, rich.children);
  // What the block itself says (an item that was ticked) is taken from the edit, unless the edit left it alone.
  return children && ({ ...(own(before) === own(after) ? rich : after), children } as RichNode);
}

/** A longest common subsequence, as pairs of positions. */
function common(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => length[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) length[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
