import { decodeEntities } from './entities.ts';

/** What a backslash takes the meaning of (Jira's own list); before anything else it is a backslash. */
export const ESCAPABLE = '-#*_+?^~|%{}[]()!@';
export const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,8});/iy;

/** The match of a sticky pattern at `index`. */
export const at = (pattern: RegExp, text: string, index: number): RegExpExecArray | null => {
  pattern.lastIndex = index;
  return pattern.exec(text);
};

/** Text of code, of a label or of a parameter: escapes and entities only. */
export function literal(text: string): string {
  return decodeEscapes(text).join('');
}

function decodeEscapes(text: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const next = text[i + 1];
    if (text[i] === '\\' && next !== undefined && ESCAPABLE.includes(next)) {
      out.push(next);
      i++;
    } else if (text[i] === '&') {
      const found = at(ENTITY, text, i)?.[0] ?? '&';
      out.push(decodeEntities(found));
      i += found.length - 1;
    } else out.push(text[i] as string);
  }
  return out;
}

/** Where `sign` stands next without a backslash before it; -1 if nowhere before `stop` or the end. */
export function find(text: string, sign: string, from: number, stop = ''): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text.startsWith(sign, i)) return i;
    else if (text[i] === stop) return -1;
  }
  return -1;
}

/** Text by its line ends and its two backslashes (a break too), but not by those in code. */
export function linesOf(text: string): string[] {
  if (!text.includes('\\\\')) return text.split('\n');
  const lines: string[] = [];
  let from = 0;
  let code = 0;
  for (let i = 0; i < text.length; i++) {
    const forced = text.startsWith('\\\\', i);
    if (text[i] === '\n' || forced) {
      lines.push(text.slice(from, i));
      from = i + (forced ? 2 : 1);
      i = from - 1;
      code = 0;
    } else if (text[i] === '\\') i++;
    else if (code >= 0 && text.startsWith('{{', i)) {
      code = find(text, '}}', i + 2, '\n');
      if (code > 0) i = code + 1;
    }
  }
  return [...lines, text.slice(from)];
}

/** The bracket that ends a link that begins at `from`; -1: there is none. */
export const linkEnd = (text: string, from: number): number => find(text, ']', from + 1, '[');
