import type { AttachmentRef, Break, Image, Inline, InlineCode, Mention, RawUnsupported, RichNode, Text } from './doc.ts';
import { cleanUrl, isBare } from './url.ts';

/** A piece of a line without children, with the marks (a bit each) and the link that it stands in. */
export type Run = { leaf: Leaf; marks: number; url: string | undefined };
export type Leaf = Text | InlineCode | Break | Image | Mention | AttachmentRef | RawUnsupported;

/** The marks from the outside in. A link is outside them all. */
export const MARKS = ['strong', 'emphasis', 'delete', 'underline'] as const;
const BIT: Record<string, number> = { strong: 1, emphasis: 2, delete: 4, underline: 8 };
const DEEPEST = 200;

const CONTROL = /(?![\t\n\v\f\r])[\p{Cc}\ufeff\ufdd0-\ufddf]/gu;

/** Removes what not every tracker can store (control characters, halves of characters) and the invisible character that stops a ping. */
export function cleanText(value: string): string {
  const text = value.isWellFormed() ? value : value.toWellFormed();
  return unping(text.replace(CONTROL, ''));
}

const unping = (text: string): string => (text.includes('@\u2060') ? text.replace(/@\u2060+/g, '@') : text);

export function oneLine(value: string): string {
  return cleanText(value)
    .replace(/[ \t\n\v\f\r\u2028\u2029]+/g, ' ')
    .trim();
}

/** The words of a subtree of any depth, without recursion. */
function wordsBelow(node: RichNode): string {
  const stack: RichNode[] = [node];
  const words: string[] = [];
  for (let next = stack.pop(); next; next = stack.pop()) {
    if ('value' in next && next.type !== 'rawUnsupported') words.push(next.value);
    else if ('text' in next) words.push(next.text);
    else if ('children' in next) stack.push(...(next.children as RichNode[]).toReversed());
  }
  return words.join(' ');
}

const INLINE = new Set<string>([
  'text',
  'strong',
  'emphasis',
  'delete',
  'underline',
  'inlineCode',
  'break',
  'link',
  'image',
  'mention',
  'attachmentRef',
  'rawUnsupported',
]);

/** False for blocks, and for nodes of a type that nobody knows. */
export const isInline = (node: RichNode): node is Inline => INLINE.has(node.type);

/** Flattens inline nodes to runs. Nodes that do not belong in a line count as what is in them. */
export function runsOf(nodes: readonly RichNode[], marks = 0, url?: string, depth = 0, out: Run[] = []): Run[] {
  for (const node of nodes) {
    if (depth > DEEPEST) {
      out.push({ leaf: { type: 'text', value: wordsBelow(node) }, marks, url });
      continue;
    }
    if (!isInline(node)) {
      if (node.type === 'code') out.push({ leaf: { type: 'inlineCode', value: node.value }, marks, url });
      else if ('children' in node) runsOf(node.children as RichNode[], marks, url, depth + 1, out);
      continue;
    }
    switch (node.type) {
      case 'text':
      case 'inlineCode':
      case 'rawUnsupported':
      case 'mention':
        out.push({ leaf: node, marks, url });
        break;
      case 'break':
        out.push({ leaf: node, marks: 0, url: undefined });
        break;
      case 'image':
        out.push({ leaf: node, marks: 0, url });
        break;
      case 'attachmentRef':
        out.push({ leaf: node, marks: 0, url: node.inline ? url : undefined });
        break;
      case 'link':
        runsOf(node.children, marks, url ?? cleanUrl(node.url), depth + 1, out);
        break;
      case 'strong':
      case 'emphasis':
      case 'delete':
      case 'underline':
        runsOf(node.children, marks | (BIT[node.type] ?? 0), url, depth + 1, out);
        break;
      default:
        node satisfies never;
    }
  }
  return out;
}

const isPicture = (leaf: Leaf): boolean => leaf.type === 'image' || leaf.type === 'attachmentRef';

function cleanLeaf(leaf: Leaf): Leaf | undefined {
  switch (leaf.type) {
    case 'text':
      return { type: 'text', value: cleanText(leaf.value) };
    case 'inlineCode': {
      const value = cleanText(leaf.value).replace(/[\n\v\f\r\u2028\u2029]+/g, ' ');
      return value.trim() ? { type: 'inlineCode', value: value.trim() } : { type: 'text', value };
    }
    case 'break':
      return { type: 'break' };
    case 'mention': {
      const name = oneLine(leaf.name).replace(/^[@\s]+/, '');
      return name ? { type: 'mention', name } : undefined;
    }
    case 'image': {
      const url = cleanUrl(leaf.url);
      const alt = oneLine(leaf.alt ?? '');
      if (!url?.startsWith('http')) return { type: 'text', value: alt };
      return alt ? { type: 'image', url, alt } : { type: 'image', url };
    }
    case 'attachmentRef': {
      const name = oneLine(leaf.name) || 'file';
      const alt = oneLine(leaf.alt ?? '');
      return { type: 'attachmentRef', file: leaf.file, name, ...(alt && alt !== name ? { alt } : {}), ...(leaf.inline ? { inline: true } : {}) };
    }
    case 'rawUnsupported':
      return { type: 'rawUnsupported', format: leaf.format, value: leaf.value, text: cleanText(leaf.text) };
    default:
      return leaf satisfies never;
  }
}

/** A link whose label is its own address becomes plain text. */
function unlinkBare(runs: Run[]): void {
  for (let from = 0; from < runs.length; ) {
    const first = runs[from] as Run;
    let to = from + 1;
    if (first.url !== undefined && first.leaf.type === 'text') {
      let label = first.leaf.value;
      for (; to < runs.length; to++) {
        const next = runs[to] as Run;
        if (next.url !== first.url || isPicture(next.leaf)) break;
        label += next.leaf.type === 'text' ? next.leaf.value : ' ';
      }
      if (isBare(label.trim(), first.url)) for (let i = from; i < to; i++) (runs[i] as Run).url = undefined;
    } else if (first.url !== undefined && !isPicture(first.leaf)) while (to < runs.length && runs[to]?.url === first.url) to++;
    from = to;
  }
}

const sameStyle = (a: Run, b: Run): boolean => a.marks === b.marks && a.url === b.url;

/**
 * The canonical lines of a paragraph, a heading or a cell. White space is single, never at an edge, and bears a mark only when both neighbours do;
 * equal neighbours are merged. Two breaks in a row part two lines (the outer arrays).
 */
export function tidy(raw: readonly Run[], breaks: 'part' | 'keep' | 'space'): Run[][] {
  const runs: Run[] = [];
  for (const run of raw) {
    const leaf = cleanLeaf(run.leaf);
    if (leaf) runs.push({ leaf, marks: run.marks, url: run.url });
  }
  unlinkBare(runs);
  const lines: Run[][] = [];
  let line: Run[] = [];
  let white = '';
  let broken = 0;
  const push = (run: Run): void => {
    const last = line.at(-1);
    if (broken && last) {
      if (breaks === 'part' && broken > 1) {
        lines.push(line);
        line = [];
      } else line.push({ leaf: { type: 'break' }, marks: 0, url: undefined });
    } else if (white && last)
      append(line, {
        leaf: { type: 'text', value: squeeze(white) },
        marks: last.marks & run.marks,
        url: last.url === run.url && !isPicture(last.leaf) && !isPicture(run.leaf) ? run.url : undefined,
      });
    white = '';
    broken = 0;
    append(line, run);
  };
  for (const run of runs) {
    if (run.leaf.type === 'break') {
      if (breaks === 'space') white += ' ';
      else broken++;
    } else if (run.leaf.type === 'text') {
      const { value } = run.leaf;
      const core = value.trim();
      if (!core) {
        white += value;
        continue;
      }
      const start = value.indexOf(core);
      if (start) white += value.slice(0, start);
      push({ leaf: { type: 'text', value: squeeze(core) }, marks: run.marks, url: run.url });
      white = value.slice(start + core.length);
    } else push(run);
  }
  if (line.length) lines.push(line);
  return lines;
}

const squeeze = (text: string): string => (/[\t\n\v\f\r\u2028\u2029]| {2}/.test(text) ? text.replace(/[ \t\n\v\f\r\u2028\u2029]+/g, ' ') : text);

function append(line: Run[], run: Run): void {
  const last = line.at(-1);
  if (last && sameStyle(last, run)) {
    if (last.leaf.type === 'text' && run.leaf.type === 'text') {
      last.leaf = { type: 'text', value: unping(last.leaf.value + run.leaf.value) };
      return;
    }
    if (last.leaf.type === 'inlineCode' && run.leaf.type === 'inlineCode') {
      last.leaf = { type: 'inlineCode', value: last.leaf.value + run.leaf.value };
      return;
    }
  }
  line.push(run);
}

/** Runs as nested nodes: always the same nesting for the same runs. A picture stands in a link of its own. */
export function nest(runs: readonly Run[], level = -1): Inline[] {
  if (level === MARKS.length) return runs.map((run) => run.leaf);
  const out: Inline[] = [];
  for (let from = 0; from < runs.length; ) {
    const first = runs[from] as Run;
    const key = level < 0 ? first.url : first.marks & (1 << level);
    let to = from + 1;
    const alone = level < 0 && key !== undefined && isPicture(first.leaf);
    while (!alone && to < runs.length) {
      const next = runs[to] as Run;
      if ((level < 0 ? next.url : next.marks & (1 << level)) !== key || (level < 0 && key !== undefined && isPicture(next.leaf))) break;
      to++;
    }
    const inner = nest(runs.slice(from, to), level + 1);
    if (!key) out.push(...inner);
    else if (level < 0) out.push({ type: 'link', url: key as string, children: inner });
    else out.push({ type: MARKS[level] ?? 'strong', children: inner });
    from = to;
  }
  return out;
}
