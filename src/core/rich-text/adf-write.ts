import type { AdfDocument, AdfMark, AdfNode } from './adf.ts';
import { fitAdf, isWebPicture, partsOf } from './adf-fit.ts';
import { keptNode } from './adf-raw.ts';
import { boxSign } from './boxes.ts';
import type { Block, Inline, List, ListItem, RichText, Table, Text, WriteOptions } from './doc.ts';
import { runsOf } from './inline.ts';
import { whereIs } from './lower.ts';
import { URL_IN_TEXT } from './url.ts';

const MARK = ['strong', 'em', 'strike', 'underline'] as const;

type Writing = { options: WriteOptions; tasks: number };

const text = (value: string, marks: AdfMark[]): AdfNode[] => (value ? [{ type: 'text', text: value, ...(marks.length ? { marks } : {}) }] : []);
const link = (href: string): AdfMark => ({ type: 'link', attrs: { href } });

/** Addresses in text are links, as people see them on every tracker. */
function linked(value: string, marks: AdfMark[]): AdfNode[] {
  if (!value.includes('://')) return text(value, marks);
  const out: AdfNode[] = [];
  let from = 0;
  for (const match of value.matchAll(URL_IN_TEXT)) {
    out.push(...text(value.slice(from, match.index), marks), ...text(match[0], [link(match[0]), ...marks]));
    from = match.index + match[0].length;
  }
  return [...out, ...text(value.slice(from), marks)];
}

function line(nodes: readonly Inline[], writing: Writing): AdfNode[] {
  return runsOf(nodes).flatMap(({ leaf, marks, url }): AdfNode[] => {
    const around = url === undefined ? [] : [link(url)];
    switch (leaf.type) {
      case 'text': {
        const own = MARK.filter((_, bit) => marks & (1 << bit)).map((type) => ({ type }));
        return url === undefined ? linked(leaf.value, own) : text(leaf.value, [...around, ...own]);
      }
      // No other mark but a link may stand beside code.
      case 'inlineCode':
        return text(leaf.value, [...around, { type: 'code' }]);
      case 'break':
        return [{ type: 'hardBreak' }];
      case 'attachmentRef': {
        const at = whereIs(leaf.file, writing.options);
        const label = leaf.alt ?? at?.name ?? leaf.name;
        if (!at?.media || (!leaf.inline && at.url)) return at?.url ? text(label, [link(at.url)]) : text(label, []);
        const attrs = { type: leaf.inline ? 'image' : 'file', id: at.media, collection: '', alt: label };
        return [{ type: 'mediaInline', attrs, ...(around.length ? { marks: around } : {}) }];
      }
      case 'rawUnsupported': {
        const kept = keptNode(leaf);
        return kept ? [kept.node] : text(leaf.text, []);
      }
      case 'image':
      case 'mention':
        return [];
      default:
        return leaf satisfies never;
    }
  });
}

/** The media node of a paragraph that is nothing but a picture. */
function picture(children: readonly Inline[], { options }: Writing): AdfNode | undefined {
  const [run, ...more] = runsOf(children);
  if (!run || more.length) return undefined;
  const marks = run.url === undefined ? {} : { marks: [link(run.url)] };
  if (run.leaf.type === 'image')
    return { type: 'media', attrs: { type: 'external', url: run.leaf.url, ...(run.leaf.alt ? { alt: run.leaf.alt } : {}) }, ...marks };
  if (run.leaf.type !== 'attachmentRef' || !run.leaf.inline) return undefined;
  const at = whereIs(run.leaf.file, options);
  return at?.media ? { type: 'media', attrs: { type: 'file', id: at.media, collection: '', alt: run.leaf.alt ?? at.name }, ...marks } : undefined;
}

function paragraph(children: readonly Inline[], writing: Writing): AdfNode {
  const media = picture(children, writing);
  return media ? { type: 'mediaSingle', attrs: { layout: 'center' }, content: [media] } : { type: 'paragraph', content: line(children, writing) };
}

/** A task that the format's own task list can hold: one line, and further tasks below it. */
function isTask(item: ListItem): boolean {
  const [first, below, ...more] = item.children;
  if (item.checked === undefined || first?.type !== 'paragraph' || more.length || first.children.some(isWebPicture)) return false;
  return below === undefined || (below.type === 'list' && !below.ordered && below.children.every(isTask));
}

function taskList(items: readonly ListItem[], writing: Writing): AdfNode {
  const content = items.flatMap((item): AdfNode[] => {
    const [first, below] = item.children;
    const attrs = { localId: `task-${writing.tasks++}`, state: item.checked ? 'DONE' : 'TODO' };
    const task: AdfNode = { type: 'taskItem', attrs, content: first?.type === 'paragraph' ? line(first.children, writing) : [] };
    return below?.type === 'list' ? [task, taskList(below.children, writing)] : [task];
  });
  return { type: 'taskList', attrs: { localId: `tasks-${writing.tasks++}` }, content };
}

/** A sign before a line: neighbours of one kind are one text, as Jira would make them. */
function merged(sign: Text, children: readonly Inline[]): Inline[] {
  const [first, ...rest] = children;
  return first?.type === 'text' ? [{ type: 'text', value: sign.value + first.value }, ...rest] : [sign, ...children];
}

function listItem(item: ListItem, writing: Writing): AdfNode {
  const [first, ...rest] = item.children;
  if (item.checked !== undefined) {
    const sign: Text = { type: 'text', value: `${boxSign(item.checked)} ` };
    const starts = first?.type === 'paragraph' && !picture(first.children, writing);
    const head = { type: 'paragraph', content: line(starts ? merged(sign, first.children) : [sign], writing) };
    return { type: 'listItem', content: [head, ...blocks(starts ? rest : item.children, writing)] };
  }
  // An item begins with a line, a picture or code.
  const content = blocks(item.children, writing);
  return { type: 'listItem', content: first?.type === 'paragraph' || first?.type === 'code' ? content : [{ type: 'paragraph', content: [] }, ...content] };
}

function list(node: List, tasks: boolean, writing: Writing): AdfNode[] {
  if (node.ordered) {
    const content = node.children.map((item) => listItem(item, writing));
    return [{ type: 'orderedList', ...(node.start === undefined ? {} : { attrs: { order: node.start } }), content }];
  }
  const out: AdfNode[] = [];
  for (let from = 0; from < node.children.length; ) {
    const own = tasks && isTask(node.children[from] as ListItem);
    let to = from + 1;
    while (to < node.children.length && (tasks && isTask(node.children[to] as ListItem)) === own) to++;
    const items = node.children.slice(from, to);
    out.push(own ? taskList(items, writing) : { type: 'bulletList', content: items.map((item) => listItem(item, writing)) });
    from = to;
  }
  return out;
}

/** A cell's lines; pictures of the web and extensions are blocks in it. */
function cell(children: readonly Inline[], writing: Writing): AdfNode[] {
  const alone = (node: Inline): boolean => isWebPicture(node) || (node.type === 'rawUnsupported' && keptNode(node)?.place === 'block');
  const content = partsOf(children, alone).map((part): AdfNode => {
    const [first] = part;
    const kept = first?.type === 'rawUnsupported' && alone(first) ? keptNode(first) : undefined;
    return kept?.node ?? paragraph(trimmed(part), writing);
  });
  return content.length ? content : [{ type: 'paragraph', content: [] }];
}

const trimmed = (part: Inline[]): Inline[] => part.slice(part[0]?.type === 'break' ? 1 : 0, part.at(-1)?.type === 'break' ? -1 : undefined);

const table = (node: Table, writing: Writing): AdfNode => ({
  type: 'table',
  content: node.children.map((row, i) => ({
    type: 'tableRow',
    content: row.children.map((of) => ({ type: i ? 'tableCell' : 'tableHeader', content: cell(of.children, writing) })),
  })),
});

function block(node: Block, writing: Writing, inQuote: boolean): AdfNode[] {
  switch (node.type) {
    case 'paragraph':
      return [paragraph(node.children, writing)];
    case 'heading':
      return [{ type: 'heading', attrs: { level: node.depth }, content: line(node.children, writing) }];
    case 'code':
      return [{ type: 'codeBlock', ...(node.lang ? { attrs: { language: node.lang } } : {}), content: text(node.value, []) }];
    case 'thematicBreak':
      return [{ type: 'rule' }];
    case 'blockquote':
      return [{ type: 'blockquote', content: blocks(node.children, writing, true) }];
    case 'panel':
      return [{ type: 'panel', attrs: { panelType: node.kind }, content: blocks(node.children, writing) }];
    case 'list':
      return list(node, !inQuote, writing);
    case 'table':
      return [table(node, writing)];
    case 'rawUnsupported': {
      const kept = keptNode(node);
      return kept ? [kept.node] : [];
    }
    default:
      return node satisfies never;
  }
}

const blocks = (nodes: readonly Block[], writing: Writing, inQuote = false): AdfNode[] => nodes.flatMap((node) => block(node, writing, inQuote));

/**
 * A document of the Atlassian document format, valid against its schema whatever is given. A name with an @ is text: nobody is pinged.
 * What the format cannot nest is set beside (a table in a list) or shown more simply (a heading in a quote is bold).
 */
export function toAdf(doc: RichText, options: WriteOptions = {}): AdfDocument {
  return { type: 'doc', version: 1, content: blocks(fitAdf(doc, options).children, { options, tasks: 1 }) };
}
