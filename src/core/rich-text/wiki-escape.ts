/** Signs of marks, as they stand around text. */
export const SIGNS = '*_-+^~';
const WORD = /[\p{L}\p{N}\p{M}]/u;
export const isWord = (c: string): boolean => WORD.test(c);
export const isBlank = (c: string): boolean => c === '' || /\s/.test(c);

/** Addresses that are links as they stand: without any sign that could be markup at their end. */
export const WIKI_URL = /\bhttps?:\/\/[^\s<>"`\\^{|}[\]!]*[^\s<>"`\\^{|}[\]!.,;:?'()*_~+-]/giu;

/** What Jira shows as small pictures. */
const EMOTICON = /^\((?:[yni/x!+?*-]|\*[rgby]|on|off|flag|flagoff)\)/;
const ENTITY = /^&(?:#\d+|#x[\da-f]+|[a-z]+);/i;

const entity = (c: string): string => `&#${c.charCodeAt(0)};`;

/** What stands beside a piece of text (empty: the line's edge), and what it stands in. */
export type Around = { before: string; after: string; inCell: boolean; inLabel: boolean; inCode: boolean };

function escapedChar(c: string, text: string, i: number, around: Around): string {
  const before = i > 0 ? (text[i - 1] as string) : around.before;
  const after = i + 1 < text.length ? (text[i + 1] as string) : around.after;
  switch (c) {
    case '{':
    case '[':
      return `\\${c}`;
    case ']':
      return around.inLabel ? '\\]' : c;
    case '}':
      return around.inCode ? '\\}' : c;
    // Two of them are a line break, and before a sign it takes the sign's meaning.
    case '\\':
      return i + 1 < text.length && /[a-z\d]/i.test(after) ? c : entity(c);
    case '|':
      return around.inCell || around.inLabel || around.inCode ? entity(c) : c;
    case '!':
      return isBlank(after) ? c : '\\!';
    case '?':
      return before === '?' || after === '?' ? '\\?' : c;
    case '&':
      return ENTITY.test(text.slice(i, i + 40)) ? '&amp;' : c;
    case '(':
      return EMOTICON.test(text.slice(i, i + 12)) ? '\\(' : c;
    default:
      return (isWord(before) && isWord(after)) || (isBlank(before) && isBlank(after)) ? c : `\\${c}`;
  }
}

function escapePart(text: string, around: Around): string {
  if (/^[\p{L}\p{N} ,;.:/'"=<>@#$%]*$/u.test(text)) return text;
  let out = '';
  let at = 0;
  for (const match of text.matchAll(/[{}[\]\\|!?&(*_\-+^~]/g)) {
    out += text.slice(at, match.index) + escapedChar(match[0], text, match.index, around);
    at = match.index + 1;
  }
  return out + text.slice(at);
}

/** Protects what Jira would read as markup, so that the text shows as it is. Addresses stay links. */
export function escapeWiki(text: string, around: Around): string {
  if (around.inLabel || around.inCode || !text.includes('://')) return escapePart(text, around);
  let out = '';
  let from = 0;
  for (const match of text.matchAll(WIKI_URL)) {
    const url = match[0];
    const end = match.index + url.length;
    const before = match.index ? (text[match.index - 1] as string) : around.before;
    // Its end must be where the reader sees it.
    const safe = /^[.,;:)]*(?:\s|$)/.test(text.slice(end, end + 9) + around.after) && (isBlank(before) || before === '(');
    out += escapePart(text.slice(from, match.index), { ...around, before: from ? '/' : around.before, after: 'h' }) + (safe ? url : `[${url}]`);
    from = end;
  }
  return out + escapePart(text.slice(from), { ...around, before: from ? '/' : around.before });
}

/** A line must not begin like a block. */
export function escapeLineStart(line: string): string {
  if (/^[*#-]+(?:\s|$)/.test(line)) return `\\${line}`;
  if (line.startsWith('|')) return entity('|') + line.slice(1);
  return line.replace(/^(h[1-6]|bq)\.(?=\s|$)/, '$1&#46;');
}

/** A value of a picture's parameters. */
export const escapeParameter = (value: string): string => value.replace(/[!|,{}[\]\\=&"*_~^+?-]/g, entity);
