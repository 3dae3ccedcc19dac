import { canon, fromHtml, type RichNode, type RichText, toHtml } from '../../core/rich-text/index.ts';

/** A file as texts refer to it. */
export interface FileName {
  readonly id: string;
  readonly name: string;
}

/** `TRANSACTION-ATTACHMENT`, as both stand in a file's address. */
export const fileId = (transaction: string, part: string): string => `${transaction}-${part}`;

/** The two numbers of a file's id; null: it is none of RT's. */
export function partsOfId(id: string): { transaction: string; part: string } | null {
  const [, transaction, part] = /^(\d+)-(\d+)$/.exec(id) ?? [];
  return transaction === undefined || part === undefined ? null : { transaction, part };
}

/** A file's name as RT keeps it, in a form's header: on one line, the last part of a path, without quotation marks. */
export function fileName(name: string): string {
  const clean = name
    .toWellFormed()
    .replace(/^.*[\\/]/s, '')
    .replace(/["\p{Cc}\u2028\u2029]+/gu, '_')
    .replace(/\s+/gu, ' ')
    .trim();
  // RT holds 255 characters; the end keeps its meaning for those who look at it.
  const [dot] = /\.[^.]{1,20}$/.exec(clean) ?? [''];
  let kept = Array.from(clean.slice(0, clean.length - dot.length));
  while (Buffer.byteLength(kept.join('') + dot) > 200) kept = kept.slice(0, -1);
  return kept.join('') + dot || 'file';
}

/** Percent-encoded so that no sign of it means anything in an address. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The address of a file that is there, on RT's pages. */
const addressOf = (base: string, { id, name }: FileName): string => `${base}/Ticket/Attachment/${id.replace('-', '/')}/${encode(name)}`;

/**
 * How a text refers to the file that comes along with it as the `at`-th, from 1: its number is not known before, and no text can be changed after. RT shows
 * a picture below its text, and a broken one in it: so it is a link (`p`) there, of which RT shows the name.
 */
const comingAlong = (at: number, name: string, picture = ''): string => `cid:${picture}${at}.${encode(name)}@entente`;

/** A text's own files, by the names that a text may have for them. */
export interface Around {
  /** Of the same transaction, in their order. */
  readonly along: readonly FileName[];
  /** By content id (`<…>` of mails), without the brackets. */
  readonly byContentId: ReadonlyMap<string, FileName>;
  /** Of the whole ticket, by id. */
  readonly all: ReadonlyMap<string, FileName>;
  /** Path of RT on its host, without a slash at the end. */
  readonly path: string;
  readonly host: string;
}

function fileAt(address: string, { along, byContentId, all, path, host }: Around): FileName | undefined {
  const [, content] = /^cid:(.+)$/i.exec(address) ?? [];
  if (content !== undefined) {
    const [, at] = /^p?(\d+)\.[^@]*@entente$/.exec(content) ?? [];
    return at === undefined ? byContentId.get(content) : along[Number(at) - 1];
  }
  const [, origin, place = ''] = /^(?:https?:\/\/([^/]+))?(\/.*)$/i.exec(address) ?? [];
  if (origin !== undefined && origin.toLowerCase() !== host) return undefined;
  if (!place.startsWith(`${path}/Ticket/Attachment/`)) return undefined;
  const [, transaction, part] = /^(\d+)\/(\d+)(?:[/?#]|$)/.exec(place.slice(`${path}/Ticket/Attachment/`.length)) ?? [];
  return transaction === undefined || part === undefined ? undefined : all.get(fileId(transaction, part));
}

/** What RT keeps, as it was written (its pages clean it when they show it), as a document. */
export function readHtml(html: string, around: Around): RichText {
  return fromHtml(html, {
    fileOf: (address) => {
      const file = fileAt(address, around);
      return file && { file: file.id, name: file.name, ...(/^cid:p\d+\.[^@]*@entente$/.test(address) ? { inline: true } : {}) };
    },
  });
}

/** A document as RT's HTML. `coming`: files that come along, in their order; `known`: those that are there; `base`: address of RT. */
export function writeHtml(
  doc: RichText,
  coming: readonly { readonly key: string; readonly name: string }[],
  known: Readonly<Record<string, FileName>>,
  base: string,
): string {
  return toHtml(doc, {
    urlOf: (ref) => {
      const at = coming.findIndex(({ key }) => key === ref);
      const file = coming[at];
      const name = fileName(file?.name ?? '');
      if (file) return { url: comingAlong(at + 1, name), name, pictureLink: comingAlong(at + 1, name, 'p') };
      const there = known[ref];
      return there && { url: addressOf(base, there), name: there.name };
    },
  });
}

/** The document that a fetch shows after this one was written with all its files. A fixpoint. */
export function settleText(doc: RichText): RichText {
  const coming = new Map<string, { key: string; name: string }>();
  const visit = (node: RichNode): void => {
    if (node.type === 'attachmentRef' && !coming.has(node.file)) coming.set(node.file, { key: node.file, name: node.name });
    if ('children' in node) for (const child of node.children as RichNode[]) visit(child);
  };
  visit(canon(doc));
  const files = [...coming.values()];
  const along = files.map(({ key, name }) => ({ id: key, name: fileName(name) }));
  return readHtml(writeHtml(doc, files, {}, ''), { along, byContentId: new Map(), all: new Map(), path: '', host: '' });
}
