const SIGNS = '*_-+%^~?';
const WORD = /[\p{L}\p{N}\p{M}]/u;
const isWord = (c: string): boolean => WORD.test(c);
const entity = (c: string): string => (c === '<' ? '&lt;' : c === '>' ? '&gt;' : c === '&' ? '&amp;' : `&#${c.codePointAt(0)};`);

/** What surrounds a piece of text: the characters beside it, the signs of the marks that it stands in, and all text of its line. */
export type Around = { before: string; after: string; signs: string; whole: Whole; cell: boolean; label: boolean; mentions: boolean };

/** All text of a line, and which signs could end a mark in it (found when asked for). */
export type Whole = { text: string; ends: Map<string, boolean> };
export const wholeOf = (text: string): Whole => ({ text, ends: new Map() });

function closes(whole: Whole, sign: string): boolean {
  const known = whole.ends.get(sign);
  if (known !== undefined) return known;
  const found = new RegExp(`\\S[${sign === '^' || sign === '-' ? `\\${sign}` : sign}](?![\\p{L}\\p{N}])`, 'u').test(whole.text);
  whole.ends.set(sign, found);
  return found;
}

/** Protects with entities what Redmine would read as Textile, so that the text shows as it is. */
export function escapeTextile(text: string, around: Around): string {
  if (/^[\p{L}\p{N} ,;.]*$/u.test(text)) return text;
  let out = '';
  let at = 0;
  for (const match of text.matchAll(/[*_\-+%^~?@!"&<[{(=:|]/g)) {
    const c = match[0];
    const i = match.index;
    const before = i > 0 ? (text[i - 1] as string) : around.before;
    const after = i + 1 < text.length ? (text[i + 1] as string) : around.after;
    if (!isMarkup(c, text, i, before, after, around)) continue;
    out += text.slice(at, i) + entity(c);
    at = i + 1;
  }
  return out + text.slice(at);
}

function isMarkup(c: string, text: string, i: number, before: string, after: string, around: Around): boolean {
  if (SIGNS.includes(c)) {
    if (around.signs.includes(c) && (before === '' || !/\s/.test(before)) && !(after && isWord(after))) return true;
    if (around.signs.includes(c) && !isWord(before)) return true;
    if (c === '?' && after !== '?' && before !== '?') return false;
    return (before === '' || /[\s(>]/.test(before) || SIGNS.includes(before)) && after !== '' && !/\s/.test(after) && closes(around.whole, c);
  }
  switch (c) {
    case '@':
      return around.mentions ? !(/[a-z\d]/i.test(before) && /\w/.test(after)) : !/[a-z\d]/i.test(before) && /@(?!\w)/.test(around.whole.text);
    case '!':
      return (before === '' || /[\s>]/.test(before)) && !/^[\s]?$/.test(after) && around.whole.text.indexOf('!') !== around.whole.text.lastIndexOf('!');
    case '"':
      return around.label || after === ':' || (after === '' && i + 1 === text.length);
    case '&':
      return /^&[#a-z\d]+;/i.test(text.slice(i, i + 40));
    case '<':
      return after === '' || /[!/\w]/.test(after);
    case '[':
      return after === '[' || (/[\w\]]/.test(before) && /^\[\d+\]/.test(text.slice(i, i + 12)));
    case '{':
      return after === '{';
    case '(':
      return /[A-Z][A-Z\d]+$/.test(text.slice(Math.max(0, i - 12), i));
    case '=':
      return after === '=' && (before === '' || /\s/.test(before));
    case ':':
      return (
        (i === 0 && before !== '') ||
        /\b(?:attachment|commit|source|export|document|version|forum|news|project|message|user|wiki|sandbox)$/i.test(text.slice(Math.max(0, i - 12), i))
      );
    case '|':
      return around.cell;
    default:
      return false;
  }
}

/** A line must not begin like a block: its first character is written as an entity if it does. */
export function escapeLineStart(line: string): string {
  const isBlock =
    /^[#*]+(?:\([^)]*\)|\{[^}]*\}|\[[^\]]*\]){0,3}(?:\s|$)/.test(line) ||
    /^[>|{]/.test(line) ||
    /^=(?:\s|$)/.test(line) ||
    /^(?:p|h\d|bq|bc|pre|fn\d+|table|notextile|clear)[^\s.]*\./.test(line) ||
    /^ ?(?:[*_-] ?){3,}$/.test(line);
  return isBlock ? entity(line[0] as string) + line.slice(1) : line;
}

export const asEntity = entity;
