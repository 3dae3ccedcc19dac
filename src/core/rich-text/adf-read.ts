import { type AdfNode, attribute, contentOf, isNode, isObject } from './adf.ts';
import { keepRaw, wordsIn } from './adf-raw.ts';
import { readTable } from './adf-table.ts';
import { withBox } from './boxes.ts';
import { canon, panelKind } from './canon.ts';
import type { Block, Inline, ListItem, ReadOptions, RichNode, RichText } from './doc.ts';
import { docOf } from './plain.ts';

/** Deeper nodes are read as the words that are in them. */
const DEEPEST = 100;
const MARK: Readonly<Record<string, 'strong' | 'emphasis' | 'delete' | 'underline'>> = {
  strong: 'strong',
  em: 'emphasis',
  strike: 'delete',
  underline: 'underline',
};

type Reading = { options: ReadOptions; depth: number };

const read = (nodes: readonly AdfNode[], { options, depth }: Reading): RichNode[] => nodes.flatMap((node) => one(node, { options, depth: depth + 1 }));
const paragraph = (children: RichNode[]): RichNode => ({ type: 'paragraph', children: children as Inline[] });
const words = (value: string): Inline => ({ type: 'text', value });

function one(node: AdfNode, reading: Reading): RichNode[] {
  if (reading.depth > DEEPEST) return [words(wordsIn(node))];
  const inside = (): RichNode[] => read(contentOf(node), reading);
  switch (node.type) {
    case 'text':
      return [marked(node, reading)];
    case 'hardBreak':
      return [{ type: 'break' }];
    case 'mention':
      return [{ type: 'mention', name: attribute(node, 'text') || 'someone' }];
    case 'emoji':
      return [words(attribute(node, 'text') || attribute(node, 'shortName'))];
    case 'date':
      return [words(day(node))];
    case 'status':
      return [words(attribute(node, 'text'))];
    case 'inlineCard':
      return card(node, reading);
    case 'blockCard':
    case 'embedCard':
      return [paragraph(card(node, reading))];
    case 'paragraph':
    case 'caption':
      return [paragraph(inside())];
    case 'heading':
      return [{ type: 'heading', depth: Number(isObject(node.attrs) ? node.attrs.level : 1) || 1, children: inside() as Inline[] }];
    case 'codeBlock':
      return [{ type: 'code', lang: attribute(node, 'language'), value: contentOf(node).map(wordsIn).join('') }];
    case 'rule':
      return [{ type: 'thematicBreak' }];
    case 'blockquote':
      return [{ type: 'blockquote', children: inside() as Block[] }];
    case 'panel':
      return [{ type: 'panel', kind: panelKind(attribute(node, 'panelType')), children: inside() as Block[] }];
    case 'bulletList':
    case 'decisionList':
      return [{ type: 'list', ordered: false, children: contentOf(node).map((child) => item(child, reading)) }];
    case 'orderedList': {
      const order = isObject(node.attrs) ? node.attrs.order : undefined;
      return [
        { type: 'list', ordered: true, ...(typeof order === 'number' ? { start: order } : {}), children: contentOf(node).map((child) => item(child, reading)) },
      ];
    }
    case 'taskList':
      return [{ type: 'list', ordered: false, children: tasks(node, reading) }];
    case 'table':
      return [readTable(node, (cell) => read(contentOf(cell), reading))];
    case 'expand':
    case 'nestedExpand': {
      const title = attribute(node, 'title');
      return [...(title ? [paragraph([{ type: 'strong', children: [words(title)] }])] : []), ...inside()];
    }
    case 'layoutSection':
    case 'layoutColumn':
    case 'doc':
      return [{ type: 'root', children: inside() as Block[] }];
    case 'mediaSingle':
      return contentOf(node).map((child) =>
        child.type === 'media' ? paragraph(linked(media(child, true, reading), node, reading)) : paragraph(one(child, deeper(reading))),
      );
    case 'mediaGroup':
      return [paragraph(contentOf(node).flatMap((child, i) => [...(i ? [words(' ')] : []), ...media(child, false, reading)]))];
    case 'media':
      return media(node, true, reading);
    case 'mediaInline':
      return media(node, attribute(node, 'type') === 'image', reading);
    case 'listItem':
    case 'taskItem':
    case 'blockTaskItem':
    case 'decisionItem':
    case 'tableRow':
    case 'tableCell':
    case 'tableHeader':
      return inside();
    default:
      return [keepRaw(node)];
  }
}

function marked(node: AdfNode, { options }: Reading): RichNode {
  const marks = Array.isArray(node.marks) ? node.marks.filter(isNode) : [];
  const value = typeof node.text === 'string' ? node.text : '';
  let out: Inline = marks.some((mark) => mark.type === 'code') ? { type: 'inlineCode', value } : words(value);
  for (const mark of marks) {
    const type = MARK[mark.type];
    if (type) out = { type, children: [out] };
  }
  const link = marks.find((mark) => mark.type === 'link');
  if (!link) return out;
  const url = attribute(link, 'href');
  const file = options.fileOf?.(url);
  return file ? { type: 'attachmentRef', ...file, alt: value } : { type: 'link', url, children: [out] };
}

/** A picture or a file, in the link that the node bears. */
function media(node: AdfNode, inline: boolean, reading: Reading): RichNode[] {
  const alt = attribute(node, 'alt');
  if (attribute(node, 'type') === 'external') return linked([{ type: 'image', url: attribute(node, 'url'), alt }], node, reading);
  const file = reading.options.fileOf?.(attribute(node, 'id'));
  if (!file) return [words(alt || '[file]')];
  return linked([{ type: 'attachmentRef', ...file, ...(alt ? { alt } : {}), ...(inline ? { inline } : {}) }], node, reading);
}

function linked(nodes: RichNode[], node: AdfNode, { options }: Reading): RichNode[] {
  const link = Array.isArray(node.marks) ? node.marks.find((mark) => isNode(mark) && mark.type === 'link') : undefined;
  const url = link ? attribute(link, 'href') : '';
  return url && !options.fileOf?.(url) ? [{ type: 'link', url, children: nodes as Inline[] }] : nodes;
}

/** A smart link: its address, or what it says of itself (JSON-LD). */
function card(node: AdfNode, { options }: Reading): RichNode[] {
  const data = isObject(node.attrs) && isObject(node.attrs.data) ? node.attrs.data : {};
  const url = attribute(node, 'url') || (typeof data.url === 'string' ? data.url : '');
  const name = typeof data.name === 'string' ? data.name : url;
  const file = options.fileOf?.(url);
  if (file) return [{ type: 'attachmentRef', ...file }];
  return url || name ? [{ type: 'link', url, children: [words(name)] }] : [keepRaw(node)];
}

/** The day, in the time zone that all see alike. */
function day(node: AdfNode): string {
  const given = isObject(node.attrs) ? node.attrs.timestamp : '';
  const stamp = typeof given === 'string' || typeof given === 'number' ? String(given).trim() : '';
  const at = Number(stamp || Number.NaN);
  return Math.abs(at) < 8.64e15 ? new Date(at).toISOString().slice(0, 10) : stamp;
}

const deeper = (reading: Reading): Reading => ({ ...reading, depth: reading.depth + 1 });

function item(node: AdfNode, reading: Reading): ListItem {
  const children = node.type === 'listItem' || node.type === 'decisionItem' ? read(contentOf(node), reading) : one(node, deeper(reading));
  return withBox({ type: 'listItem', children: children as Block[] });
}

/** Items, and lists that belong to the item before them. */
function tasks(node: AdfNode, reading: Reading): ListItem[] {
  const out: ListItem[] = [];
  for (const child of contentOf(node)) {
    const last = out.at(-1);
    const inner = child.type === 'taskList' ? one(child, deeper(reading)) : [];
    if (child.type !== 'taskList') {
      const checked = attribute(child, 'state') === 'DONE';
      const children = read(contentOf(child), reading);
      out.push({ type: 'listItem', checked, children: child.type === 'blockTaskItem' ? (children as Block[]) : [paragraph(children) as Block] });
    } else if (last) last.children.push(...(inner as Block[]));
    else out.push({ type: 'listItem', children: inner as Block[] });
  }
  return out;
}

/** Reads a document of the Atlassian document format. What is no such document counts as text; it never throws, and the result is canonical. */
export function fromAdf(adf: unknown, options: ReadOptions = {}): RichText {
  if (typeof adf === 'string') return canon(docOf(adf));
  if (!isNode(adf)) return { type: 'root', children: [] };
  return canon({ type: 'root', children: one(adf, { options, depth: 0 }) as Block[] });
}

/** The same from JSON text; text that is no JSON object is text. */
export function fromAdfText(text: string, options: ReadOptions = {}): RichText {
  try {
    const value: unknown = JSON.parse(text);
    if (isNode(value)) return fromAdf(value, options);
  } catch {
    // No JSON: then it is what it says.
  }
  return canon(docOf(text));
}
