import type { FieldValue } from '../../core/entity.ts';
import { canon, docOf, isEmptyDoc, plainText, type RichText } from '../../core/rich-text/index.ts';
import type { Description } from '../connector.ts';
import type { MemoryProfile, MemoryText } from './profiles.ts';

/** A text as the vendor keeps it. */
export type Stored = RichText | string;

const EMPTY: RichText = { type: 'root', children: [] };

/** What the vendor makes of a text that it is given. */
export function keep(text: MemoryText, wire: Stored): Stored {
  return text === 'crlf' && typeof wire === 'string' ? wire.replace(/\r?\n/g, '\r\n').trim() : wire;
}
export const toStored = (text: MemoryText, doc: RichText): Stored => (text === 'rich' ? canon(doc) : plainText(doc));
export const fromStored = (stored: Stored): RichText => (typeof stored === 'string' ? docOf(stored) : stored);
export const emptyText = (stored: Stored): boolean => (typeof stored === 'string' ? stored.trim() === '' : isEmptyDoc(stored));

export const tooLong = (stored: Stored, maxBytes: number): boolean => Buffer.byteLength(typeof stored === 'string' ? stored : plainText(stored)) > maxBytes;

export const isDoc = (value: unknown): value is RichText => typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'root';

/** Settled documents are settled again and again: for each fetch, each rule, each comparison. */
const settled: Record<MemoryText, WeakMap<RichText, RichText>> = { rich: new WeakMap(), plain: new WeakMap(), crlf: new WeakMap() };

export function settleDoc(text: MemoryText, doc: RichText): RichText {
  let known = settled[text].get(doc);
  if (!known) {
    known = fromStored(keep(text, toStored(text, doc)));
    settled[text].set(doc, known);
    settled[text].set(known, known);
  }
  return known;
}

/** A line of text: no line ends, no spaces around it, no more than `max` UTF-16 units, no half of a surrogate pair at the end. */
export function line(value: string, max: number): string {
  const one = value.replace(/\s+/g, ' ').trim();
  if (one.length <= max) return one;
  const cut = one.slice(0, max);
  return (/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut).trim();
}

export function kindOf(profile: MemoryProfile, field: string): Description['fields'][number] | undefined {
  if (field === 'summary') return { name: 'summary', kind: 'text', support: profile.capabilities.summary.support };
  if (field === 'description') return { name: 'description', kind: 'rich', support: profile.capabilities.description.support };
  return profile.fields.find((f) => f.name === field);
}

export function settleField(profile: MemoryProfile, field: string, value: FieldValue): FieldValue {
  const kind = kindOf(profile, field)?.kind;
  if (kind === 'rich') return isDoc(value) ? settleDoc(profile.text, value) : typeof value === 'string' ? settleDoc(profile.text, docOf(value)) : EMPTY;
  if (kind === 'text' && typeof value === 'string') return field === 'summary' ? line(value, profile.capabilities.summary.maxChars) : value.trim();
  if (kind === 'tags' && Array.isArray(value)) return [...new Set(value as string[])].sort();
  return value;
}
