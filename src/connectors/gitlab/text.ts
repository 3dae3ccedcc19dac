import { createHash } from 'node:crypto';
import { lastOutsideCode } from '../../core/rich-text/code-blocks.ts';
import { type AttachmentRef, canon, docOf, fromMarkdown, isEmptyDoc, mapFiles, type RichNode, type RichText, toMarkdown } from '../../core/rich-text/index.ts';
import { withoutQuickActions, withoutReferences, withReferences } from './guard.ts';

/** A file as texts refer to it. `id` is `SECRET/NAME`, as in its address. */
export interface FileName {
  readonly id: string;
  readonly name: string;
}

/** Where texts stand: `/uploads/…` in them means this project. */
export interface Place {
  /** Address of GitLab, without a slash at the end. */
  readonly base: string;
  readonly project: number;
  readonly path: string;
}

/** A text of GitLab, taken apart. */
export interface TextParts {
  readonly doc: RichText;
  /** All files of the text, also those that are only listed at its end. */
  readonly files: readonly FileName[];
  readonly marker: string | null;
}

/** Percent-encoded so that Markdown takes no sign of it for its own. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Names that would lead elsewhere in an address. */
const isUp = (name: string): boolean => name === '.' || name === '..' || name.includes('/') || name.includes('\\');

const ID = /^([0-9a-f]{32})\/([^/]+)$/;
/** The two parts of a file's id; null: it is none of GitLab's. */
export function partsOfId(id: string): { secret: string; name: string } | null {
  const [, secret, name] = ID.exec(id) ?? [];
  return secret === undefined || name === undefined || isUp(name) ? null : { secret, name };
}

const addressOf = (id: string): string => {
  const parts = partsOfId(id);
  return parts ? `/uploads/${parts.secret}/${encode(parts.name)}` : `/uploads/${'0'.repeat(32)}/${encode(id)}`;
};
/** The id in the address that GitLab gave to an uploaded file. */
export const idOfUpload = (url: string): string | null => {
  const [, secret, name] = /\/uploads\/([0-9a-f]{32})\/([^/?#]+)$/.exec(url) ?? [];
  return secret === undefined || name === undefined || isUp(decode(name)) ? null : `${secret}/${decode(name)}`;
};

/** The file that an address within a text means: of this project, with or without the host, by any of the paths that GitLab has had for it. */
function fileAt({ base, project, path }: Place, address: string): FileName | undefined {
  const [, host, before = '', secret, name] = /^(?:https?:\/\/([^/]+))?(\/.*)?\/uploads\/([0-9a-f]{32})\/([^/?#]+)(?:[?#].*)?$/i.exec(address) ?? [];
  if (secret === undefined || name === undefined || isUp(decode(name))) return undefined;
  const { host: own, pathname } = new URL(base);
  if (host !== undefined && host.toLowerCase() !== own) return undefined;
  const inside = before.startsWith(pathname) && pathname !== '/' ? before.slice(pathname.length) : before;
  if (host !== undefined || inside !== '') {
    const place = decode(inside).toLowerCase();
    if (place !== `/${path}`.toLowerCase() && place !== `/-/project/${project}`) return undefined;
  }
  return { id: `${secret}/${decode(name)}`, name: decode(name) };
}

const LIST_HEAD = '<!-- entente:files -->';
const LIST = /\n*^<!-- entente:files -->\n((?:- \[(?:\\.|[^\]\\\n])*\]\(\/uploads\/[^)\s]+\)(?:\n|$))+)/gm;
const ITEM = /^- \[((?:\\.|[^\]\\])*)\]\((\S+)\)$/;
const MARK = /\n*^<!-- entente:mark [a-p]{32} (\S+) -->[ \t]*$\n*/gm;

/** A word of letters alone, by which GitLab's search finds the marker. */
export const wordOf = (marker: string): string =>
  createHash('sha256')
    .update(marker)
    .digest('hex')
    .slice(0, 32)
    .replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));

/** Links to files that stand alone at the end are how people attach files in GitLab: no part of the text, unless there is nothing else. */
function withoutFilesAtTheEnd(doc: RichText): RichText {
  const isFile = (node: RichNode): boolean =>
    node.type === 'break' || (node.type === 'text' && node.value.trim() === '') || (node.type === 'attachmentRef' && !node.inline);
  const { children } = doc;
  let end = children.length;
  for (let last = children[end - 1]; end > 1 && last?.type === 'paragraph' && last.children.every(isFile); last = children[end - 1]) end -= 1;
  return end === children.length ? doc : { type: 'root', children: children.slice(0, end) };
}

const without = (text: string, { index, 0: part }: RegExpExecArray): string =>
  `${text.slice(0, index)}\n\n${text.slice(index + part.length)}`.replace(/^\n+|\n+$/g, '');

/** Our marker in a text: the last one, as what comes before may be quoted from elsewhere. `trusted`: our account wrote it, so that it is no copy. */
export const markerIn = (source: string | null, trusted: boolean): string | null => {
  const mark = trusted ? lastOutsideCode(MARK, (source ?? '').replace(/\r\n?/g, '\n')) : undefined;
  return mark ? decode(mark[1] ?? '') : null;
};

/** GitLab's text, taken apart. `trusted`: our account wrote it, so that a marker in it is ours and no copy. */
export function readText(place: Place, source: string | null, trusted: boolean): TextParts {
  let text = (source ?? '').replace(/\r\n?/g, '\n');
  const mark = lastOutsideCode(MARK, text);
  if (mark) text = without(text, mark);
  const list = lastOutsideCode(LIST, text);
  if (list) text = without(text, list);
  const listed = (list?.[1] ?? '').split('\n').flatMap((line): FileName[] => {
    const [, label = '', address = ''] = ITEM.exec(line) ?? [];
    const id = idOfUpload(address);
    return id === null ? [] : [{ id, name: label.replace(/\\(.)/g, '$1') || id.slice(33) }];
  });
  const known = new Map<string, FileName>();
  const fileOf = (address: string) => {
    const file = fileAt(place, address);
    if (!file) return undefined;
    known.set(file.id, file);
    return { file: file.id, name: file.name };
  };
  const whole = withReferences(fromMarkdown(text, { fileOf, newline: 'space' }));
  const doc = withoutFilesAtTheEnd(whole);
  for (const [id, label] of labelsIn(whole)) {
    const file = known.get(id);
    // What GitLab made of a file's name shows that the label is the name that it had.
    if (file && fileName(label) === file.name) known.set(id, { id, name: label });
  }
  const files = new Map([...known, ...listed.map((file) => [file.id, file] as const)]);
  return { doc, files: [...files.values()], marker: mark && trusted ? decode(mark[1] ?? '') : null };
}

/** A document as GitLab's text, with the list of its other files and our marker at the end. `fileOf`: the file that a reference means. */
export function writeText(doc: RichText, fileOf: (ref: string) => FileName | undefined, listed: readonly FileName[], marker: string | null): string {
  const guarded = withoutReferences(doc, (ref) => fileOf(ref) !== undefined);
  // Labels are the document's own names, not the file's: GitLab may have changed that.
  const names = namesIn(guarded.doc);
  const urlOf = (ref: string) => {
    const file = fileOf(ref);
    return file && { url: addressOf(file.id), name: names.get(ref) ?? file.name };
  };
  const words = withoutQuickActions(toMarkdown(guarded.doc, { urlOf, newline: 'space' }).replaceAll(guarded.backslash, '\\'));
  const items = listed.map(({ id, name }) => `- [${name.replace(/[!-,/:-@[-`{-~]/g, '\\$&')}](${addressOf(id)})`);
  return [
    words,
    ...(items.length > 0 ? [[LIST_HEAD, ...items].join('\n')] : []),
    ...(marker === null ? [] : [`<!-- entente:mark ${wordOf(marker)} ${encode(marker).replaceAll('-', '%2D')} -->`]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** GitLab has no comment without words. */
export const NO_WORDS = docOf('(no text)');
export const withWords = (doc: RichText): RichText => (isEmptyDoc(doc) ? NO_WORDS : doc);

function each(doc: RichText, see: (ref: AttachmentRef) => void): void {
  const visit = (node: RichNode): void => {
    if (node.type === 'attachmentRef') see(node);
    if ('children' in node) for (const child of node.children as RichNode[]) visit(child);
  };
  visit(doc);
}

/** By file: the name that the document gives it. */
function namesIn(doc: RichText): Map<string, string> {
  const found = new Map<string, string>();
  each(doc, ({ file, name }) => found.set(file, found.get(file) ?? name));
  return found;
}

/** By file: its label, where it has one of its own. */
function labelsIn(doc: RichText): Map<string, string> {
  const found = new Map<string, string>();
  each(doc, ({ file, alt }) => alt !== undefined && found.set(file, found.get(file) ?? alt));
  return found;
}

const NOWHERE: Place = { base: 'https://gitlab.invalid', project: 0, path: '' };

/** The document that a fetch shows after this one is written with all its files. A fixpoint. */
export function settleText(doc: RichText): RichText {
  const refs = [...namesIn(canon(doc))].map(([ref, name], at) => ({ ref, file: { id: `${String(at).padStart(32, '0')}/${fileName(name)}`, name } }));
  const text = writeText(doc, (ref) => refs.find((one) => one.ref === ref)?.file, [], null);
  return mapFiles(readText(NOWHERE, text, false).doc, (id) => refs.find(({ file }) => file.id === id)?.ref);
}

/** As GitLab keeps a file's name: the last part of a path, other signs than letters, digits and `_.+-` replaced. */
export function fileName(name: string): string {
  const clean = name
    .toWellFormed()
    .replace(/^.*[\\/]/s, '')
    .replace(/[^\p{L}\p{N}\p{M}_.+-]/gu, '_')
    .replace(/^\.+$/, '_');
  // File systems hold 255 bytes; the end keeps its meaning for those who look at it.
  const [dot] = /\.[^.]{1,20}$/.exec(clean) ?? [''];
  let kept = Array.from(clean.slice(0, clean.length - dot.length));
  while (Buffer.byteLength(kept.join('') + dot) > 200) kept = kept.slice(0, -1);
  return kept.join('') + dot || 'file';
}

/** Of what people see; a name that came with the file, on one line. */
export const shownName = (name: string): string =>
  name
    .toWellFormed()
    .replace(/^.*[\\/]/s, '')
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim() || 'file';
