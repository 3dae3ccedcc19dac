import { canon } from './canon.ts';
import type { RichNode, RichText } from './doc.ts';
import { rewrite } from './lower.ts';

/** The ids of the files that a document refers to, in order, each once. */
export function filesIn(doc: RichText): string[] {
  const found = new Set<string>();
  const visit = (node: RichNode): void => {
    if (node.type === 'attachmentRef') found.add(node.file);
    if ('children' in node) for (const child of node.children as RichNode[]) visit(child);
  };
  visit(canon(doc));
  return [...found];
}

/** Gives every attachment reference the id that `to` answers; undefined keeps the old one. */
export function mapFiles(doc: RichText, to: (file: string) => string | undefined): RichText {
  return rewrite(canon(doc), (node) => (node.type === 'attachmentRef' ? [{ ...node, file: to(node.file) ?? node.file }] : undefined));
}

/** Every attachment reference of a document. */
export function fileNames(doc: RichText): { file: string; name: string }[] {
  const found: { file: string; name: string }[] = [];
  const visit = (node: RichNode): void => {
    if (node.type === 'attachmentRef') found.push({ file: node.file, name: node.name });
    if ('children' in node) for (const child of node.children as RichNode[]) visit(child);
  };
  visit(canon(doc));
  return found;
}
