import type { Block, Inline, List, ListItem, PanelKind, RichText, Table, WriteOptions } from './doc.ts';
import { lower, whereIs } from './lower.ts';
import { URL_IN_TEXT } from './url.ts';

const ALERT: Record<PanelKind, string> = { info: 'NOTE', success: 'TIP', note: 'IMPORTANT', warning: 'WARNING', error: 'CAUTION' };
const TAG = { strong: 'strong', emphasis: 'em', delete: 'del', underline: 'ins' } as const;
const SIGN = { strong: '**', emphasis: '_', delete: '~~' } as const;
const LETTER = /[\p{L}\p{N}\p{M}]/u;
const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/;

type Place = { options: WriteOptions; cell: boolean; label: boolean };

/** Text such that a GFM reader gives the same text back: nothing in it is read as markup, HTML or a mention. */
function textOf(value: string, place: Place): string {
  if (/^[\p{L}\p{N} ,;?'()%]*$/u.test(value)) return value;
  let out = '';
  let from = 0;
  if (!place.label && value.includes('://')) {
    for (const match of value.matchAll(URL_IN_TEXT)) {
      const url = match[0];
      const end = match.index + url.length;
      out += escaped(value.slice(from, match.index), place) + (place.cell ? url.replace(/[|]/g, '%7C') : url).replace(/^.*$/, '<$&>');
      from = end;
    }
  }
  return out + escaped(value.slice(from), place);
}

function escaped(text: string, place: Place): string {
  let out = text.replace(/[\\`*[\]<~|]|_|!$/gu, (c, at: number, all: string) => {
    if (c === '_' && isLetter(all[at - 1]) && isLetter(all[at + 1])) return c;
    if (c === '|' && !place.cell && at > 0) return c;
    return `\\${c}`;
  });
  out = out.replace(/&(?=#\d|#x[\da-f]|[a-z][\da-z]*;)/gi, '\\&').replace(/www\.|:\/\//gi, (c) => (c === '://' ? '\\://' : `${c.slice(0, 3)}\\.`));
  return place.options.mentions === 'plain' ? out : out.replace(/(?<![A-Za-z0-9_])@(?=[\p{L}\p{N}_-])/gu, '@\u2060');
}

const isLetter = (c: string | undefined): boolean => c !== undefined && LETTER.test(c);

/** A line of a paragraph must not begin like a block. */
const lineStart = (line: string): string => line.replace(/^([#>=+:]|-(?=[\s\-:|]|$))/, '\\$1').replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2');

const codeSpan = (value: string, place: Place): string => {
  // A backslash before a bar in a cell cannot be written in back-ticks.
  if (place.cell && value.includes('|') && value.includes('\\')) return `<code>${escaped(value, place)}</code>`;
  let fence = '`';
  while (new RegExp(`(^|[^\`])${fence}([^\`]|$)`).test(value)) fence += '`';
  const inner = value.startsWith('`') || value.endsWith('`') ? ` ${value} ` : value;
  return fence + (place.cell ? inner.replace(/\|/g, '\\|') : inner) + fence;
};

const address = (url: string): string => {
  const safe = url.replace(/&(?=#\d|#x[\da-f]|[a-z][\da-z]*;)/gi, '&amp;');
  return /[()]/.test(safe) ? `<${safe}>` : safe;
};

/** Pieces of a line: text, and the two ends of a mark, to be written when both neighbours are known. */
type Piece = string | { mark: keyof typeof TAG; open: boolean; other: number };

function pieces(nodes: readonly Inline[], place: Place, out: Piece[]): Piece[] {
  for (const node of nodes) {
    switch (node.type) {
      case 'text':
        out.push(textOf(node.value, place));
        break;
      case 'inlineCode':
        out.push(codeSpan(node.value, place));
        break;
      case 'break':
        out.push(place.cell ? '<br>' : place.options.newline === 'space' ? '\\\n' : '\n');
        break;
      case 'strong':
      case 'emphasis':
      case 'delete':
      case 'underline': {
        const open = out.push({ mark: node.type, open: true, other: 0 }) - 1;
        pieces(node.children, place, out);
        const close = out.push({ mark: node.type, open: false, other: open }) - 1;
        out[open] = { mark: node.type, open: true, other: close };
        break;
      }
      case 'link':
        out.push(`[${line(node.children, { ...place, label: true })}](${address(node.url)})`);
        break;
      case 'image':
        out.push(`![${escaped(node.alt ?? '', { ...place, label: true })}](${address(node.url)})`);
        break;
      case 'attachmentRef': {
        const at = whereIs(node.file, place.options);
        const label = escaped(node.alt ?? at?.name ?? node.name, { ...place, label: true });
        out.push(at?.url ? `${node.inline ? '!' : ''}[${label}](${address(at.url)})` : label);
        break;
      }
      case 'mention':
      case 'rawUnsupported':
        break;
      default:
        node satisfies never;
    }
  }
  return out;
}

const first = (piece: Piece | undefined): string =>
  piece === undefined ? '' : typeof piece === 'string' ? String.fromCodePoint(piece.codePointAt(0) ?? 32) : '*';
const last = (piece: Piece | undefined): string => (piece === undefined ? '' : typeof piece === 'string' ? (Array.from(piece.slice(-2)).at(-1) ?? '') : '*');

/** Whether a sign between `outer` and `inner` is read as the edge of a mark, by every reader's idea of punctuation. */
function isEdge(sign: string, outer: string, inner: string): boolean {
  if (!inner || /\s/.test(inner)) return false;
  const outside = outer === '' || /\s/.test(outer) || ASCII_PUNCTUATION.test(outer);
  return sign === '_' ? outside : outside || LETTER.test(inner);
}

/** A line of inline content. A mark that signs cannot show at its place is written as an HTML tag. */
function line(nodes: readonly Inline[], place: Place): string {
  const all = pieces(nodes, place, []).filter((piece) => piece !== '');
  const opens: number[] = [];
  const sign = new Map<number, string>();
  for (const [i, piece] of all.entries()) {
    if (typeof piece === 'string') continue;
    if (piece.open) {
      opens.push(i);
      continue;
    }
    const open = opens.pop() ?? 0;
    const mark = piece.mark === 'underline' ? '' : SIGN[piece.mark];
    const fits = mark && isEdge(mark, last(all[open - 1]), first(all[open + 1])) && isEdge(mark, first(all[i + 1]), last(all[i - 1]));
    sign.set(open, fits ? mark : `<${TAG[piece.mark]}>`);
    sign.set(i, fits ? mark : `</${TAG[piece.mark]}>`);
  }
  return all.map((piece, i) => (typeof piece === 'string' ? piece : sign.get(i))).join('');
}

const indent = (text: string, by: string): string => text.replace(/\n(?!\n|$)/g, `\n${by}`);
const quote = (text: string): string =>
  text
    .split('\n')
    .map((part) => (part ? `> ${part}` : '>'))
    .join('\n');

function itemOf(node: ListItem, marker: string, options: WriteOptions): string {
  const box = node.checked === undefined ? '' : node.checked ? '[x] ' : '[ ] ';
  return marker + box + indent(blocks(node.children, options, true), ' '.repeat(marker.length));
}

function list(node: List, options: WriteOptions): string {
  const items = node.children.map((item, i) => itemOf(item, node.ordered ? `${(node.start ?? 1) + i}. ` : '- ', options));
  return items.join(items.some((item) => /\n\n/.test(item)) ? '\n\n' : '\n');
}

function table(node: Table, options: WriteOptions): string {
  const rows = node.children.map((row) => `| ${row.children.map((cell) => line(cell.children, { options, cell: true, label: false })).join(' | ')} |`);
  rows.splice(1, 0, `|${' --- |'.repeat(node.children[0]?.children.length ?? 1)}`);
  return rows.join('\n');
}

function block(node: Block, options: WriteOptions): string {
  const place = { options, cell: false, label: false };
  switch (node.type) {
    case 'paragraph':
      return line(node.children, place).split('\n').map(lineStart).join('\n');
    case 'heading':
      return `${'#'.repeat(node.depth)} ${line(node.children, place).replace(/#+$/, (hashes) => `\\${hashes}`)}`;
    case 'code': {
      const runs = node.value.match(/`{3,}/g) ?? [];
      const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
      return `${fence}${node.lang ?? ''}\n${node.value}\n${fence}`;
    }
    case 'thematicBreak':
      return '***';
    case 'blockquote':
      return quote(blocks(node.children, options));
    case 'panel':
      return quote(`[!${ALERT[node.kind]}]\n${node.children[0]?.type === 'paragraph' ? '' : '\n'}${blocks(node.children, options)}`);
    case 'list':
      return list(node, options);
    case 'table':
      return table(node, options);
    case 'rawUnsupported':
      return '';
    default:
      return node satisfies never;
  }
}

/** Only a list from 1 is read as a list directly below a line, also within another one that begins there. */
function mayInterrupt(node: List): boolean {
  const first = node.children[0]?.children[0];
  return node.start === undefined && (first?.type !== 'list' || mayInterrupt(first));
}

function blocks(nodes: readonly Block[], options: WriteOptions, inItem = false): string {
  let out = '';
  for (const [i, node] of nodes.entries()) {
    // A list may follow its item's first line directly, unless it is numbered from elsewhere.
    const tight = inItem && i === 1 && node.type === 'list' && mayInterrupt(node) && nodes[0]?.type === 'paragraph';
    out += (i === 0 ? '' : tight ? '\n' : '\n\n') + block(node, options);
  }
  return out;
}

/** GitHub-flavoured Markdown in which text is only text: raw HTML shows as it is and, by default, no name pings. */
export function toMarkdown(doc: RichText, options: WriteOptions = {}): string {
  return blocks(lower(doc, options, true).children, options);
}
