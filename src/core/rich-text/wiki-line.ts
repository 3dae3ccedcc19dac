import type { Inline, WriteOptions } from './doc.ts';
import { whereIs } from './lower.ts';
import { escapeLineStart, escapeParameter, escapeWiki, isBlank, isWord } from './wiki-escape.ts';

const SIGN = { strong: '*', emphasis: '_', delete: '-', underline: '+' } as const;

/** What a line stands in, and how a break is written there. */
export type Place = { options: WriteOptions; inCell: boolean; inLabel: boolean; break: string };
/** A piece of a line: text, to be escaped when its neighbours are known; markup as it is; or one end of a mark. */
type Piece =
  | { type: 'text'; value: string }
  | { type: 'code'; value: string }
  | { type: 'raw'; value: string; picture: boolean }
  | { type: 'break' }
  | { type: 'mark'; sign: string; open: boolean };

const percent = (url: string): string => url.replace(/[[\]!|]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const isName = (name: string): boolean => /^[^\s!|{}[\]\\^~][^!|{}[\]\\\n\t]*$/.test(name);
const label = (text: string, place: Place): string => escapeWiki(text, { before: '[', after: '|', inCell: place.inCell, inLabel: true, inCode: false });

function picture(source: string, alt: string | undefined): string {
  return `!${source}${alt ? `|alt=${escapeParameter(alt)}` : ''}!`;
}

function pieces(nodes: readonly Inline[], place: Place, out: Piece[]): Piece[] {
  for (const node of nodes) {
    switch (node.type) {
      case 'text':
        out.push({ type: 'text', value: node.value });
        break;
      case 'inlineCode':
        out.push({ type: 'code', value: node.value });
        break;
      case 'break':
        out.push({ type: 'break' });
        break;
      case 'strong':
      case 'emphasis':
      case 'delete':
      case 'underline':
        out.push({ type: 'mark', sign: SIGN[node.type], open: true });
        pieces(node.children, place, out);
        out.push({ type: 'mark', sign: SIGN[node.type], open: false });
        break;
      case 'link':
        out.push({ type: 'raw', value: `[${line(node.children, { ...place, inLabel: true })}|${percent(node.url)}]`, picture: false });
        break;
      case 'image':
        out.push({ type: 'raw', value: picture(percent(node.url), node.alt), picture: !place.inLabel });
        break;
      case 'attachmentRef': {
        const at = whereIs(node.file, place.options);
        const name = at?.name ?? node.name;
        const words = node.alt ?? name;
        if (node.inline && (isName(name) || at?.url)) {
          out.push({ type: 'raw', value: picture(isName(name) ? name : percent(at?.url ?? ''), node.alt), picture: !place.inLabel });
        } else if (!node.inline && isName(name)) {
          out.push({ type: 'raw', value: node.alt === undefined ? `[^${name}]` : `[${label(words, place)}|^${name}]`, picture: false });
        } else if (at?.url) out.push({ type: 'raw', value: `[${label(words, place)}|${percent(at.url)}]`, picture: false });
        else out.push({ type: 'text', value: words });
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

/** The first or last character of a piece, as a reader of the source sees it: empty at the edge of a line. A break is one, however it is written. */
function edge(piece: Piece | undefined, end: 'first' | 'last'): string {
  if (!piece || piece.type === 'break') return '';
  if (piece.type === 'text') return (end === 'first' ? piece.value[0] : piece.value.at(-1)) ?? '';
  if (piece.type === 'mark') return piece.sign;
  if (piece.type === 'code') return end === 'first' ? '{' : '}';
  return (end === 'first' ? piece.value[0] : piece.value.at(-1)) ?? '';
}

/** Pictures stand apart from words: Jira sees none within a word. */
function apart(all: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  for (const piece of all) {
    const previous = out.at(-1);
    const beside = (piece.type === 'raw' && piece.picture) || (previous?.type === 'raw' && previous.picture);
    if (beside && previous && isWord(edge(piece.type === 'raw' && piece.picture ? previous : piece, piece.type === 'raw' && piece.picture ? 'last' : 'first')))
      out.push({ type: 'text', value: ' ' });
    out.push(piece);
  }
  return out;
}

/** A line of inline content. A mark within a word, or around its own sign, is written in braces. */
export function line(nodes: readonly Inline[], place: Place): string {
  const all = apart(pieces(nodes, place, []));
  const around = { inCell: place.inCell, inLabel: place.inLabel };
  const texts = all.map((piece, i): string => {
    switch (piece.type) {
      case 'text':
        return escapeWiki(piece.value, { before: edge(all[i - 1], 'last'), after: edge(all[i + 1], 'first'), ...around, inCode: false });
      case 'code':
        return `{{${escapeWiki(piece.value, { before: '{', after: '}', ...around, inCode: true })}}}`;
      case 'raw':
        return piece.value;
      case 'break':
        return place.break;
      case 'mark':
        return piece.sign;
      default:
        return piece satisfies never;
    }
  });
  const opens: number[] = [];
  for (const [i, piece] of all.entries()) {
    if (piece.type !== 'mark') continue;
    if (piece.open) {
      opens.push(i);
      continue;
    }
    const open = opens.pop() ?? 0;
    const { sign } = piece;
    const within = texts.slice(open + 1, i).join('');
    const [left, right] = [edge(all[open - 1], 'last'), edge(all[i + 1], 'first')];
    const fits =
      !isWord(left) &&
      !isWord(right) &&
      left !== sign &&
      right !== sign &&
      !isBlank(edge(all[open + 1], 'first')) &&
      !isBlank(edge(all[i - 1], 'last')) &&
      !within.replace(/\\./g, '').includes(sign) &&
      // A sign and what follows it must not look like a list.
      escapeLineStart(sign + within).startsWith(sign);
    if (!fits) texts[open] = texts[i] = `{${sign}}`;
  }
  return texts.join('').split('\n').map(escapeLineStart).join('\n');
}
