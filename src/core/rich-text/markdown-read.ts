import type { Nodes } from 'mdast';
import { fromMarkdown as parse } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { canon, panelKind } from './canon.ts';
import type { Block, Inline, ReadOptions, RichNode, RichText } from './doc.ts';
import { fromHtml } from './html-read.ts';
import { guardMarkdown } from './markdown-guard.ts';
import { docOf } from './plain.ts';

const TAGS: Record<string, 'strong' | 'emphasis' | 'delete' | 'underline' | 'inlineCode'> = {
  b: 'strong',
  strong: 'strong',
  i: 'emphasis',
  em: 'emphasis',
  s: 'delete',
  del: 'delete',
  u: 'underline',
  ins: 'underline',
  code: 'inlineCode',
  kbd: 'inlineCode',
};

type Tag = { type: 'tag'; name: string; close: boolean };
type Context = { options: ReadOptions; definitions: Map<string, string>; source: string };

/** The tree's own nodes, with inline HTML tags still unpaired among them. */
function convert(nodes: readonly Nodes[], context: Context): RichNode[] {
  const out: (RichNode | Tag)[] = [];
  for (const node of nodes) {
    if (node.type === 'html') out.push(...html(node.value, context));
    else out.push(...one(node, context));
  }
  return pair(out);
}

function html(value: string, context: Context): (RichNode | Tag)[] {
  const tag = /^<(\/?)([a-z][a-z\d]*)(?=[\s/>])[^<]*>$/i.exec(value.trim());
  const name = tag?.[2]?.toLowerCase() ?? '';
  if (tag && name === 'br') return [{ type: 'break' }];
  if (tag && TAGS[name]) return [{ type: 'tag', name, close: tag[1] === '/' }];
  return fromHtml(value, context.options).children.flatMap((block): RichNode[] =>
    block.type === 'paragraph' && /^<[^<]*>$/.test(value.trim()) ? block.children : [block],
  );
}

/** Pairs `<ins>` and `</ins>` and the like; a tag without its other end is dropped. */
function pair(nodes: readonly (RichNode | Tag)[]): RichNode[] {
  if (!nodes.some((node) => node.type === 'tag')) return nodes as RichNode[];
  const open: { name: string; out: RichNode[] }[] = [{ name: '', out: [] }];
  const top = (): RichNode[] => (open.at(-1) as { out: RichNode[] }).out;
  for (const node of nodes) {
    if (node.type !== 'tag') top().push(node);
    else if (!node.close) {
      if (open.length < 50) open.push({ name: node.name, out: [] });
    } else if (open.some((level) => level.name === node.name)) {
      for (let name = ''; name !== node.name; ) {
        const closed = open.pop() as { name: string; out: RichNode[] };
        name = closed.name;
        const type = TAGS[name] ?? 'strong';
        if (name !== node.name) top().push(...closed.out);
        else if (type === 'inlineCode') top().push({ type, value: closed.out.map(wordsOf).join('') });
        else top().push({ type, children: closed.out as Inline[] });
      }
    }
  }
  while (open.length > 1) {
    const left = open.pop() as { out: RichNode[] };
    top().push(...left.out);
  }
  return top();
}

const wordsOf = (node: RichNode): string => ('value' in node ? node.value : 'children' in node ? (node.children as RichNode[]).map(wordsOf).join('') : '');

function one(node: Nodes, context: Context): RichNode[] {
  const { options } = context;
  const inside = (): RichNode[] => ('children' in node ? convert(node.children as Nodes[], context) : []);
  switch (node.type) {
    case 'text':
      return lines(node.value, options);
    case 'inlineCode':
      return [{ type: 'inlineCode', value: node.value }];
    case 'code':
      return [{ type: 'code', value: node.value, ...(node.lang ? { lang: node.lang } : {}) }];
    case 'break':
    case 'thematicBreak':
      return [{ type: node.type }];
    case 'strong':
    case 'emphasis':
    case 'delete':
      return [{ type: node.type, children: inside() as Inline[] }];
    case 'link':
      return link(node.url, inside(), options);
    case 'linkReference':
      return link(context.definitions.get(node.identifier) ?? '', inside(), options);
    case 'image':
      return image(node.url, node.alt ?? '', options);
    case 'imageReference':
      return image(context.definitions.get(node.identifier) ?? '', node.alt ?? '', options);
    case 'heading':
      return [{ type: 'heading', depth: node.depth, children: inside() as Inline[] }];
    case 'blockquote':
      return [quote(node, inside() as Block[], context.source)];
    case 'list':
      return [{ type: 'list', ordered: Boolean(node.ordered), start: node.start ?? 1, children: inside() as [] }];
    case 'listItem':
      return [{ type: 'listItem', ...(typeof node.checked === 'boolean' ? { checked: node.checked } : {}), children: inside() as Block[] }];
    case 'paragraph':
    case 'table':
    case 'tableRow':
    case 'tableCell':
      return [{ type: node.type, children: inside() } as RichNode];
    case 'footnoteReference':
      return [{ type: 'text', value: `[${node.identifier}]` }];
    case 'footnoteDefinition':
      return [{ type: 'paragraph', children: [{ type: 'text', value: `[${node.identifier}]` }] }, ...inside()];
    case 'definition':
    case 'html':
    case 'root':
    case 'yaml':
      return inside();
    default:
      node satisfies never;
      return [];
  }
}

function lines(value: string, options: ReadOptions): RichNode[] {
  if (options.newline === 'space' || !value.includes('\n')) return [{ type: 'text', value }];
  return value.split('\n').flatMap((part, i): RichNode[] => (i ? [{ type: 'break' }, { type: 'text', value: part }] : [{ type: 'text', value: part }]));
}

function link(url: string, children: RichNode[], options: ReadOptions): RichNode[] {
  const file = options.fileOf?.(url);
  if (!file) return [{ type: 'link', url, children: children as Inline[] }];
  if (children.some((child) => child.type === 'image' || child.type === 'attachmentRef')) return children;
  return [{ type: 'attachmentRef', ...file, alt: children.map(wordsOf).join('') }];
}

function image(url: string, alt: string, options: ReadOptions): RichNode[] {
  const file = options.fileOf?.(url);
  return [file ? { type: 'attachmentRef', ...file, alt, inline: true } : { type: 'image', url, alt }];
}

/** GitHub's alerts: a quote whose first line is [!NOTE] (not escaped: so the source is looked at). */
function quote(node: Nodes, children: Block[], source: string): Block {
  const at = source.indexOf('[', node.position?.start.offset);
  const kind = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)/i.exec(source.slice(at, at + 20))?.[1];
  const [head, ...rest] = children;
  if (!kind || head?.type !== 'paragraph' || !/^[> \t]*$/.test(source.slice(node.position?.start.offset, at))) return { type: 'blockquote', children };
  const [label, ...inline] = head.children;
  if (label?.type !== 'text') return { type: 'blockquote', children };
  const left: Inline = { type: 'text', value: label.value.replace(/^\[![A-Z]+\]\s*/i, '') };
  return {
    type: 'panel',
    kind: kind.toUpperCase() === 'NOTE' ? 'info' : panelKind(kind),
    children: [{ type: 'paragraph', children: [left, ...inline] }, ...rest],
  };
}

/** Reads GitHub-flavoured Markdown, with the inline HTML that has a counterpart. */
export function fromMarkdown(md: string, options: ReadOptions = {}): RichText {
  try {
    const source = guardMarkdown(md);
    const tree = parse(source, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
    const definitions = new Map<string, string>();
    for (const node of tree.children) if (node.type === 'definition') definitions.set(node.identifier, node.url);
    return canon({ type: 'root', children: convert(tree.children, { options, definitions, source }) as Block[] });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return canon(docOf(md));
  }
}
