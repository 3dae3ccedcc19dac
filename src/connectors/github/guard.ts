import type { RichNode, RichText, WriteOptions } from '../../core/rich-text/index.ts';
import { lower } from '../../core/rich-text/lower.ts';

const JOINER = '\u2060';
const ADDRESS = /\bhttps?:\/\/[^\s<>"`\\^{|}]*/giu;
/** `#12`, also in `acme/web#12`, and `GH-12`. A backslash does not keep GitHub from linking them, as it looks at the text that is shown. */
const REFERENCE = /#(?=\d)|\bGH-(?=\d)/giu;
const BROKEN = /(#|\bGH-)\u2060+(?=\d)/giu;

function broken(text: string): string {
  let out = '';
  let from = 0;
  for (const address of text.matchAll(ADDRESS)) {
    out += text.slice(from, address.index).replace(REFERENCE, `$&${JOINER}`) + address[0];
    from = address.index + address[0].length;
  }
  return out + text.slice(from).replace(REFERENCE, `$&${JOINER}`);
}

function inWords<N extends RichNode>(node: N, to: (text: string) => string): N {
  if (node.type === 'text') return { ...node, value: to(node.value) };
  if (node.type === 'mention') return { ...node, name: to(node.name) };
  if (node.type === 'rawUnsupported') return { ...node, text: to(node.text) };
  if (node.type === 'attachmentRef' || node.type === 'image') return node.alt === undefined ? node : { ...node, alt: to(node.alt) };
  if (!('children' in node)) return node;
  return { ...node, children: (node.children as RichNode[]).map((child) => inWords(child, to)) };
}

/**
 * A document in whose words GitHub finds no issue or pull request: an invisible sign keeps the number apart. Names (@x) are taken care of by whoever writes
 * Markdown. Hashes of commits are left alone: they link only where the commit exists, tell nobody, and people copy them. A reference may be put together
 * from neighbours, so what becomes words when it is written (names of files that are not here) is words first. `options`: with which it will be written.
 */
export const withoutReferences = (doc: RichText, options: WriteOptions): RichText => inWords(lower(doc, options, true), broken);

/** The words as they were before `withoutReferences`. */
export const withReferences = (doc: RichText): RichText => inWords(doc, (text) => text.replace(BROKEN, '$1'));
