import { createHash } from 'node:crypto';
import { lastOutsideCode } from '../../core/rich-text/code-blocks.ts';

/** Percent-encoded so that neither Markdown nor an HTML comment takes a sign of it for its own. */
const encode = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(/[-!'()*~_]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
export const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** A word of letters alone, by which GitHub's search finds the marker. */
export const wordOf = (marker: string): string =>
  createHash('sha256')
    .update(marker)
    .digest('hex')
    .slice(0, 32)
    .replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));

const MARK = /\n*^<!-- entente:mark [a-p]{32} (\S+) -->[ \t]*$\n*/gm;

/** Our marker in a text: the last one, as what comes before may be quoted from elsewhere. `trusted`: our account wrote it, so that it is no copy. */
export const markerIn = (source: string | null, trusted: boolean): string | null => {
  const mark = trusted ? lastOutsideCode(MARK, (source ?? '').replace(/\r\n?/g, '\n')) : undefined;
  return mark ? decoded(mark[1] ?? '') : null;
};

/** The line that no reader sees. */
export const markerLine = (marker: string): string => `<!-- entente:mark ${wordOf(marker)} ${encode(marker)} -->`;

/** A text without our marker, and the marker, whoever wrote it. */
export function splitMarker(text: string): { readonly text: string; readonly marker: string | null } {
  const mark = lastOutsideCode(MARK, text);
  return mark ? { text: without(text, mark), marker: decoded(mark[1] ?? '') } : { text, marker: null };
}

/** A text without a part of it that stood between blank lines. */
export const without = (text: string, { index, 0: part }: RegExpExecArray): string =>
  `${text.slice(0, index)}\n\n${text.slice(index + part.length)}`.replace(/^\n+|\n+$/g, '');
