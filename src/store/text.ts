import { createHash } from 'node:crypto';

/** Begins a text that was rewritten; U+E000 is for private use, and a text that begins with it is rewritten as well. */
const MARK = '\uE000';
const MAX_KEY = 400;

const storable = (text: string) => !text.includes('\0') && text.isWellFormed() && !text.startsWith(MARK);

/** A text as PostgreSQL can hold it: U+0000 and lone surrogates are escaped. `fromText` gives back the very same. */
export function toText(text: string): string;
export function toText(text: string | null): string | null;
export function toText(text: string | null): string | null {
  return text === null || storable(text) ? text : MARK + JSON.stringify(text);
}

export function fromText(text: string): string;
export function fromText(text: string | null): string | null;
export function fromText(text: string | null): string | null {
  return text?.startsWith(MARK) ? (JSON.parse(text.slice(1)) as string) : text;
}

/** A text as a key: equal texts have equal keys, unequal ones unequal keys. Texts that an index cannot hold become a digest; the row has the text itself. */
export function toKey(text: string): string;
export function toKey(text: string | null): string | null;
export function toKey(text: string | null): string | null {
  if (text === null || (text.length <= MAX_KEY && storable(text))) return text;
  return MARK + createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('hex');
}
