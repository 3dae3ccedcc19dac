import { type AdfNode, attribute, contentOf, isNode, isObject } from './adf.ts';
import type { RawUnsupported, Text } from './doc.ts';
import { cleanText } from './inline.ts';

/** Where a node may stand that is kept as it is: in a line, among any blocks, or only at the top. */
export type RawPlace = 'line' | 'block' | 'top';

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === 'string';
const filled: Check = (value) => typeof value === 'string' && value !== '';
const any: Check = () => true;
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string);

type Attributes = { readonly required: Readonly<Record<string, Check>>; readonly optional: Readonly<Record<string, Check>> };
const NONE: Attributes = { required: {}, optional: { localId: text } };
const extension: Attributes = {
  required: { extensionKey: filled, extensionType: filled },
  optional: { parameters: any, text, localId: filled },
};
const block: Attributes = { ...extension, optional: { ...extension.optional, layout: oneOf('wide', 'full-width', 'default') } };
const sync: Attributes = { required: { resourceId: text, localId: text }, optional: {} };

/** The nodes that other platforms cannot show and that are written back as they were. */
const KEPT: Readonly<Record<string, { place: RawPlace; attributes: Attributes; marked?: true; body?: true }>> = {
  inlineExtension: { place: 'line', attributes: extension, marked: true },
  placeholder: { place: 'line', attributes: { required: { text }, optional: { localId: text } } },
  extension: { place: 'block', attributes: block, marked: true },
  bodiedExtension: { place: 'top', attributes: block, marked: true, body: true },
  syncBlock: { place: 'top', attributes: sync },
  bodiedSyncBlock: { place: 'top', attributes: sync, body: true },
};

/** What a body may hold so that we vouch for it: no mention, so that nothing that a peer sends pings anybody. */
const BODY: Readonly<Record<string, { attributes: Attributes; children: readonly string[]; least: number }>> = {
  paragraph: { attributes: NONE, children: ['text', 'hardBreak'], least: 0 },
  heading: {
    attributes: { required: { level: (value) => [1, 2, 3, 4, 5, 6].includes(value as number) }, optional: { localId: text } },
    children: ['text', 'hardBreak'],
    least: 0,
  },
  bulletList: { attributes: NONE, children: ['listItem'], least: 1 },
  orderedList: {
    attributes: { required: {}, optional: { localId: text, order: (value) => typeof value === 'number' && value >= 0 } },
    children: ['listItem'],
    least: 1,
  },
  listItem: { attributes: NONE, children: ['paragraph', 'bulletList', 'orderedList', 'codeBlock'], least: 1 },
  codeBlock: { attributes: { required: {}, optional: { language: text, localId: text, uniqueId: text } }, children: ['text'], least: 0 },
  rule: { attributes: NONE, children: [], least: 0 },
  hardBreak: { attributes: { required: {}, optional: { text: oneOf('\n'), localId: text } }, children: [], least: 0 },
};
const IN_BODY = ['paragraph', 'heading', 'bulletList', 'orderedList', 'codeBlock', 'rule'];
const PLAIN_MARKS = ['strong', 'em', 'strike', 'underline'];
const DEEPEST = 40;

const only = (value: object, names: readonly string[]): boolean => Object.keys(value).every((name) => names.includes(name));

function fits(attrs: unknown, { required, optional }: Attributes): boolean {
  if (attrs === undefined) return Object.keys(required).length === 0;
  if (!isObject(attrs)) return false;
  if (!Object.entries(required).every(([name, check]) => check(attrs[name]))) return false;
  return Object.entries(attrs).every(([name, value]) => (required[name] ?? optional[name])?.(value) ?? false);
}

function isBody(node: unknown, allowed: readonly string[], depth: number, marked: boolean): boolean {
  if (!isNode(node) || !allowed.includes(node.type) || depth > DEEPEST) return false;
  if (node.type === 'text') {
    if (!only(node, ['type', 'text', 'marks']) || !filled(node.text)) return false;
    const marks: unknown = node.marks ?? [];
    return (
      Array.isArray(marks) &&
      (marked || !marks.length) &&
      marks.every((mark) => isObject(mark) && only(mark, ['type']) && PLAIN_MARKS.includes(mark.type as string))
    );
  }
  const rule = BODY[node.type];
  if (!rule || !only(node, ['type', 'attrs', 'content']) || !fits(node.attrs, rule.attributes)) return false;
  if (!rule.children.length || node.content === undefined) return node.content === undefined && rule.least === 0;
  if (!Array.isArray(node.content) || node.content.length < rule.least) return false;
  return node.content.every((child) => isBody(child, rule.children, depth + 1, node.type !== 'codeBlock'));
}

/** How Jira refers to an extension from elsewhere. */
const MARKS: Readonly<Record<string, Attributes>> = {
  fragment: { required: { localId: filled }, optional: { name: text } },
  dataConsumer: { required: { sources: (value) => Array.isArray(value) && value.length > 0 && value.every(text) }, optional: {} },
};
const isMark = (mark: unknown): boolean =>
  isNode(mark) && only(mark, ['type', 'attrs']) && Object.hasOwn(MARKS, mark.type) && fits(mark.attrs, MARKS[mark.type] as Attributes);

function isKept(node: AdfNode): boolean {
  const kept = Object.hasOwn(KEPT, node.type) ? KEPT[node.type] : undefined;
  if (!kept || !only(node, kept.body ? ['type', 'attrs', 'content', 'marks'] : ['type', 'attrs', 'marks']) || !fits(node.attrs, kept.attributes)) return false;
  const marks: unknown = node.marks ?? [];
  if (!Array.isArray(marks) || !marks.every((mark) => kept.marked && isMark(mark))) return false;
  if (!kept.body) return true;
  return Array.isArray(node.content) && node.content.length > 0 && node.content.every((child) => isBody(child, IN_BODY, 0, true));
}

/** The words in a node of any kind and depth; blocks and lines are apart by a space. */
export function wordsIn(node: AdfNode): string {
  const open: AdfNode[] = [node];
  const words: string[] = [];
  for (let next = open.pop(); next; next = open.pop()) {
    const own = typeof next.text === 'string' ? next.text : attribute(next, 'text') || attribute(next, 'alt') || attribute(next, 'title');
    if (own) words.push(own);
    open.push(...contentOf(next).toReversed());
  }
  return words.join(' ');
}

const shown = (node: AdfNode): string => cleanText(wordsIn(node) || `[${attribute(node, 'extensionKey') || node.type}]`);

/** A node that has no counterpart: kept as it is for its way home, shown elsewhere by its words. One that nests without end is only its words. */
export function keepRaw(node: AdfNode): RawUnsupported | Text {
  const words = shown(node);
  try {
    return { type: 'rawUnsupported', format: 'adf', value: JSON.stringify(node), text: words };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { type: 'text', value: words };
  }
}

/** The node that was kept, and where it may stand. Undefined: it is not one that is written as it is (unknown to the format, or changed on its way). */
export function keptNode(raw: RawUnsupported): { node: AdfNode; place: RawPlace } | undefined {
  if (raw.format !== 'adf') return undefined;
  let node: unknown;
  try {
    node = JSON.parse(raw.value);
  } catch {
    return undefined;
  }
  if (!isNode(node) || !isKept(node) || shown(node) !== cleanText(raw.text)) return undefined;
  return { node, place: KEPT[node.type]?.place ?? 'top' };
}
