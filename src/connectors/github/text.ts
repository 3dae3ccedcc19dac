import { lastOutsideCode } from '../../core/rich-text/code-blocks.ts';
import { canon, docOf, fromMarkdown, isEmptyDoc, mapFiles, plainText, type RichNode, type RichText, toMarkdown, truncate } from '../../core/rich-text/index.ts';
import type { FileLinks } from '../connector.ts';
import { withoutReferences, withReferences } from './guard.ts';
import { decoded, markerLine, splitMarker, without } from './marker.ts';
import { isNameless, pastedAt, pictureName } from './pasted.ts';

/** A file as texts refer to it. `id` is its link, or for what people paste into texts its address. */
export interface FileName {
  readonly id: string;
  readonly name: string;
}

/** Where texts stand. */
export interface Place {
  /** Of the pages for people, without a slash at the end. */
  readonly origin: string;
  readonly links: Pick<FileLinks, 'url' | 'fileOf'> | undefined;
  /** Media types of the pasted files that our account can open, by address: GitHub's texts do not tell them. Others stay links. */
  readonly kinds: ReadonlyMap<string, string>;
}

/** A text of GitHub, taken apart. */
export interface TextParts {
  readonly doc: RichText;
  /** All files of the text, those in it first, then those of the list at its end. */
  readonly files: readonly FileName[];
  readonly marker: string | null;
}

/** Of a text, in characters. */
export const GITHUB_CHARS = 65_536;
/** What is left of it for words: the rest is for the list of files and the marker. */
export const TEXT_CHARS = 60_000;
const CUT = '[The text goes on: it is longer than GitHub takes. The whole of it is on the other side.]';
/** Addresses of one length, whatever they will be: what is cut must not depend on them. */
const LONG_ADDRESS = `https://files.invalid/${'x'.repeat(400)}`;

const LIST_HEAD = '<!-- entente:files -->';
const LIST = /\n*^<!-- entente:files -->\n((?:- \[(?:\\.|[^\]\\\n])*\]\([^)\s]+\)(?:\n|$))+)/gm;
const ITEM = /^- \[((?:\\.|[^\]\\])*)\]\((\S+)\)$/;

/** The attachment references of a document, in order. */
function referencesIn(doc: RichText): Extract<RichNode, { type: 'attachmentRef' }>[] {
  const found: Extract<RichNode, { type: 'attachmentRef' }>[] = [];
  const visit = (node: RichNode): void => {
    if (node.type === 'attachmentRef') found.push(node);
    if ('children' in node) for (const child of node.children as RichNode[]) visit(child);
  };
  visit(doc);
  return found;
}

function named(doc: RichText, names: ReadonlyMap<string, string>): RichText {
  const visit = <N extends RichNode>(node: N): N => {
    if (node.type === 'attachmentRef') return { ...node, name: names.get(node.file) ?? node.name };
    return 'children' in node ? { ...node, children: (node.children as RichNode[]).map(visit) } : node;
  };
  return visit(doc);
}

/** What people drop into GitHub's page stands at the end, each file on a line of its own: these are attachments, not words. */
function withoutDropped(doc: RichText, origin: string): RichText {
  const children = [...doc.children];
  const isDropped = (node: RichNode): boolean =>
    (node.type === 'attachmentRef' && !node.inline && pastedAt(origin, node.file) !== undefined) ||
    node.type === 'break' ||
    (node.type === 'text' && node.value.trim() === '');
  for (let last = children.at(-1); last?.type === 'paragraph' && last.children.every(isDropped); last = children.at(-1)) children.pop();
  return { ...doc, children };
}

/** GitHub's text, taken apart. `trusted`: our account wrote it, so that a marker in it is ours and no copy. */
export function readText({ origin, links, kinds }: Place, source: string | null, trusted: boolean): TextParts {
  const { text: words, marker } = splitMarker((source ?? '').replace(/\r\n?/g, '\n'));
  const fileAt = (address: string): FileName | undefined => {
    const file = links?.fileOf(address);
    if (file) return { id: file.link, name: file.name };
    const id = pastedAt(origin, address);
    return id === undefined || !kinds.has(id) ? undefined : { id, name: isNameless(id) ? '' : decoded(id.split('/').at(-1) ?? '') };
  };
  const list = lastOutsideCode(LIST, words);
  const items = (list?.[1] ?? '').split('\n').flatMap((line): FileName[] => {
    const [, label = '', address = ''] = ITEM.exec(line) ?? [];
    const file = address === '' ? undefined : fileAt(address);
    return file ? [{ id: file.id, name: label.replace(/\\(.)/g, '$1').replaceAll('\u2060', '') || file.name }] : [];
  });
  // A list that nobody can open any more is words, like any other.
  const text = list && items.length > 0 ? without(words, list) : words;
  const fileOf = (address: string) => {
    const file = fileAt(address);
    return file && { file: file.id, name: file.name || 'image' };
  };
  const read = withReferences(fromMarkdown(text, { fileOf }));
  const names = new Map<string, string>();
  for (const { file, name, alt } of referencesIn(read))
    if (!names.has(file)) names.set(file, pastedAt(origin, file) && isNameless(file) ? pictureName(file, alt ?? '', kinds.get(file)) : name);
  for (const { id, name } of items) if (!names.has(id)) names.set(id, name);
  return {
    doc: canon(named(withoutDropped(read, origin), names)),
    files: [...names].map(([id, name]) => ({ id, name })),
    marker: trusted ? marker : null,
  };
}

const shorter = (doc: RichText): RichText => {
  let fit = canon(doc);
  let chars = plainText(fit).length;
  const urlOf = (name: string) => ({ url: LONG_ADDRESS, name });
  const lengthOf = (one: RichText): number => toMarkdown(withoutReferences(one, { urlOf }), { urlOf }).length;
  for (let size = lengthOf(fit); size > TEXT_CHARS; size = lengthOf(fit)) {
    chars = Math.floor(chars * Math.min(0.95, (TEXT_CHARS / size) * 0.99));
    // Without words (thousands of rules or pictures) there is nothing to cut by.
    if (chars <= CUT.length) return docOf(CUT);
    fit = truncate(fit, chars, CUT);
  }
  return fit;
};

/** A document as GitHub's text, with the list of its other files and our marker at the end. `urlOf`: where a file that it refers to is. */
export function writeText(
  doc: RichText,
  urlOf: (file: string) => { readonly url: string; readonly name: string } | undefined,
  listed: readonly { readonly url: string; readonly name: string }[],
  marker: string | null,
): string {
  const words = toMarkdown(withoutReferences(shorter(doc), { urlOf }), { urlOf });
  const items = listed.map(({ url, name }) => `- [${nobody(name)}](${url.replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'))})`);
  return [words, ...(items.length > 0 ? [[LIST_HEAD, ...items].join('\n')] : []), ...(marker === null ? [] : [markerLine(marker)])]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A file's name in the list: on one line, pinging nobody, without markup. */
const nobody = (name: string): string =>
  name
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[!-,/:-@[-`{-~]/g, '\\$&')
    .replace(/@|#(?=\d)/g, '$&\u2060');

/** Of what people see of a file: the last part of its path. */
export const shownName = (name: string): string =>
  name
    .toWellFormed()
    .replace(/^.*[\\/]/s, '')
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim() || 'file';

/** GitHub has no comment without words. */
export const NO_WORDS = docOf('(no text)');
export const withWords = (doc: RichText): RichText => (isEmptyDoc(doc) ? NO_WORDS : doc);

/** The document that a fetch shows after this one is written with all its files. A fixpoint. */
export function settleText(doc: RichText): RichText {
  const refs: { ref: string; name: string }[] = [];
  for (const { file, name } of referencesIn(canon(doc))) if (!refs.some(({ ref }) => ref === file)) refs.push({ ref: file, name });
  const urlOf = (file: string) => {
    const at = refs.findIndex(({ ref }) => ref === file);
    return at < 0 ? undefined : { url: `https://files.invalid/${at}`, name: refs[at]?.name ?? file };
  };
  const fileOf = (address: string) => {
    const found = refs[Number(/^https:\/\/files\.invalid\/(\d+)$/.exec(address)?.[1] ?? Number.NaN)];
    return found && { link: found.ref, name: found.name };
  };
  const place: Place = { origin: 'https://github.invalid', links: { url: (link) => link, fileOf }, kinds: new Map() };
  return mapFiles(readText(place, writeText(doc, urlOf, [], null), false).doc, (file) => file);
}
