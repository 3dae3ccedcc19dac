import { canon, docOf, FORMATS, filesIn, isEmptyDoc, mapFiles, type RichNode, type RichText } from '../../core/rich-text/index.ts';

/** Redmine's own setting (Administration → Settings → General → Text formatting). `markdown-breaks`: each line end is a line break. */
export type TextFormat = 'textile' | 'markdown' | 'markdown-breaks';

/** A file as texts refer to it. */
export interface FileName {
  readonly id: string;
  readonly name: string;
}

/** Where Redmine is, for addresses within texts. */
export interface Site {
  /** Without a slash at the end. */
  readonly base: string;
  readonly format: TextFormat;
}

const formatOf = (format: TextFormat) => FORMATS[format === 'textile' ? 'textile' : 'markdown'];
const newlineOf = (format: TextFormat) => (format === 'markdown' ? 'space' : 'break');

/** Percent-encoded so that no format takes a sign of it for its own. */
const encode = (name: string): string => encodeURIComponent(name.toWellFormed()).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The address of a file on this Redmine, without the host: people may know it by another name than we do. */
const pathOf = (site: Site, file: FileName): string => `${new URL(site.base).pathname.replace(/\/$/, '')}/attachments/download/${file.id}/${encode(file.name)}`;

/** Redmine keeps the last part of a path and replaces what file systems dislike (its `Attachment#sanitize_filename`). */
export function fileName(name: string): string {
  const clean = name
    .toWellFormed()
    .replace(/^.*[\\/]/s, '')
    .replace(/[/?%*:|"'<>\n\r]+/g, '_');
  // Redmine holds 255 characters; the end keeps its meaning for those who look at it.
  const [dot] = /\.[^.]{1,20}$/.exec(clean) ?? [''];
  const kept = Array.from(clean);
  return kept.length <= 255 ? clean || 'file' : kept.slice(0, 255 - dot.length).join('') + dot;
}

/** Redmine's text as a document. A file is known by its address, or by its name: then the newest of that name, as Redmine shows it. */
export function readText(site: Site, text: string, files: readonly FileName[]): RichText {
  const byId = new Map(files.map((file) => [file.id, file]));
  const byName = new Map(files.map((file) => [file.name.toLowerCase(), file]));
  const { host } = new URL(site.base);
  const fileOf = (key: string) => {
    const address = /^(?:https?:\/\/([^/]+))?(\/.*)$/i.exec(key);
    const id = address && /\/attachments\/(?:(?:download|thumbnail)\/)?(\d+)(?:[/?#]|$)/.exec(address[2] ?? '')?.[1];
    const found =
      id && (address[1] === undefined || address[1].toLowerCase() === host)
        ? byId.get(id)
        : (byName.get(key.toLowerCase()) ?? byName.get(decoded(key).toLowerCase()));
    return found && { file: found.id, name: found.name };
  };
  return formatOf(site.format).read(text.replace(/\r\n?/g, '\n'), { fileOf, newline: newlineOf(site.format) });
}

/** A document as Redmine's text. `fileOf`: the file that a reference means; without one only its name is shown. */
export function writeText(site: Site, doc: RichText, fileOf: (ref: string) => FileName | undefined): string {
  if (site.format !== 'textile') {
    const urlOf = (ref: string) => {
      const file = fileOf(ref);
      return file && { url: pathOf(site, file), name: file.name };
    };
    return formatOf(site.format).write(doc, { urlOf, newline: newlineOf(site.format) });
  }
  // By a name, Redmine would show the newest file of that name: ours go by address. Textile's writer puts names, so they get one that we know again.
  const paths = new Map<string, string>();
  const named = relabel(canon(doc), (ref) => {
    const file = fileOf(ref);
    if (!file) return undefined;
    const token = `entente-attachment-${paths.size}-${file.id}`;
    paths.set(token, pathOf(site, file));
    return { token, name: file.name };
  });
  const tokens = new Map([...paths.keys()].map((token) => [token, { url: paths.get(token) ?? '', name: token }]));
  const text = formatOf('textile').write(named, { urlOf: (token) => tokens.get(token) });
  return text.replace(/!(entente-attachment-\d+-\d+)(?=[(!])/g, (whole, token: string) => {
    const path = paths.get(token);
    return path === undefined ? whole : `!${path}`;
  });
}

function relabel<N extends RichNode>(node: N, known: (ref: string) => { token: string; name: string } | undefined): N {
  if (node.type === 'attachmentRef') {
    const file = known(node.file);
    if (!file) return node;
    return { ...node, file: file.token, name: file.token, ...(node.inline ? {} : { alt: node.alt ?? file.name }) };
  }
  if (!('children' in node)) return node;
  return { ...node, children: (node.children as RichNode[]).map((child) => relabel(child, known)) };
}

/** The document that a fetch shows after this one is written with all its files. A fixpoint. */
export function settleText(site: Site, doc: RichText): RichText {
  const names = namesIn(doc);
  const files = filesIn(doc).map((ref, i) => ({ ref, id: String(i + 1), name: fileName(names.get(ref) ?? ref) }));
  const byRef = new Map(files.map((file) => [file.ref, file]));
  const read = readText(
    site,
    writeText(site, doc, (ref) => byRef.get(ref)),
    files,
  );
  return mapFiles(read, (id) => files.find((file) => file.id === id)?.ref);
}

function namesIn(doc: RichText): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (node: RichNode): void => {
    if (node.type === 'attachmentRef') found.set(node.file, node.name);
    if ('children' in node) for (const child of node.children as RichNode[]) visit(child);
  };
  visit(canon(doc));
  return found;
}

/** Redmine has no comment without words. */
export const NO_WORDS = docOf('(no text)');
export const settleNotes = (site: Site, doc: RichText): RichText => {
  const settled = settleText(site, doc);
  return isEmptyDoc(settled) ? NO_WORDS : settled;
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * Our marker as a last paragraph that no reader sees: in Textile a blank paragraph with an id, in Markdown a link definition that nothing uses.
 * For projects without the custom field.
 */
const markerLine = (format: TextFormat, marker: string): string =>
  format === 'textile' ? `p(#entente-${encode(marker)}). &nbsp;` : `[//]: # (entente-${encode(marker)})`;
const MARKER_LINE = /(?:\r?\n)*^(?:p\(#entente-([^)\s]+)\)\. &nbsp;|\[\/\/\]: # \(entente-([^)\s]+)\))[ \t]*$(?:\r?\n)*/m;

/** What to look for in descriptions. */
export const markerWords = (marker: string): string => `entente-${encode(marker)}`;

export function withMarker(format: TextFormat, text: string, marker: string | null): string {
  return marker === null ? text : `${text}${text ? '\n\n' : ''}${markerLine(format, marker)}`;
}

/** A description without our marker's line, and the marker. */
export function splitMarker(text: string | null): { text: string; marker: string | null } {
  const found = MARKER_LINE.exec(text ?? '');
  if (!text || !found) return { text: text ?? '', marker: null };
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + found[0].length);
  return { text: before + (before && after ? '\n\n' : '') + after, marker: decoded(found[1] ?? found[2] ?? '') };
}
