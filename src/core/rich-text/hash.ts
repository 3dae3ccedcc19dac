import { canon } from './canon.ts';
import type { RichText } from './doc.ts';

/** 16 hexadecimal digits that are equal for documents that mean the same: two FNV-1a lanes over the canonical form. Not for security. */
export function hashText(doc: RichText): string {
  const text = JSON.stringify(canon(doc));
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ (c + i), 0x85ebca6b);
    b ^= b >>> 13;
  }
  return [a ^ (b >>> 16), b ^ (a >>> 15)].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}
