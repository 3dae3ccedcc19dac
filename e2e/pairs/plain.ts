import type { Nodes as HastNodes } from 'hast';
import { fromHtml } from 'hast-util-from-html';
import type { AdfNode } from './words.ts';

/*
 * What people read, without its formatting, the same for every format: each paragraph, heading, list item, table row and line of code on a line of its own, no
 * empty lines. `- ` and `1. ` before list items (two spaces deeper in a list within), `[x] ` or `[ ] ` before tasks, ` | ` between cells, `> ` before quotes,
 * `[name]` for a picture, `@Name` for a person. Written apart from Entente's own readers, whose work is judged by it.
 */

/** The name of the file at an address or under an id; undefined: the address itself is shown. */
type NameOf = (key: string) => string | undefined;

const picture = (key: string, nameOf: NameOf | undefined): string => `[${nameOf?.(key) ?? key}]`;
const lines = (blocks: readonly string[]): string => blocks.filter((block) => block.trim() !== '').join('\n');
const quoted = (text: string): string => text.replace(/^/gm, '> ');
/** The signs that keep an @ from pinging are not seen. */
const seen = (text: string): string =>
  text
    .replace(/[\u200b\u2060\ufeff]/g, '')
    .replace(/\u00a0/g, ' ')
    .replace(/☑ /g, '[x] ')
    .replace(/☐ /g, '[ ] ')
    .replace(/^( *\[[x ]\]) +/gm, '$1 ')
    .replace(/[ \t]+$/gm, '');
const item = (sign: string, text: string): string =>
  text
    .split('\n')
    .map((each, n) => (n === 0 ? sign + each : `  ${each}`))
    .join('\n');

const BLOCKS = new Set([
  'address',
  'article',
  'blockquote',
  'details',
  'div',
  'dl',
  'fieldset',
  'figure',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'hr',
  'li',
  'ol',
  'p',
  'pre',
  'section',
  'table',
  'tbody',
  'td',
  'th',
  'thead',
  'tr',
  'ul',
]);

export const plainOfHtml = (html: string, nameOf?: NameOf): string => plainOfElements(fromHtml(html, { fragment: true }).children, nameOf);

/** The same of elements that are parsed already. */
export function plainOfElements(elements: readonly HastNodes[], nameOf?: NameOf): string {
  const inline = (node: HastNodes): string => {
    if (node.type === 'text') return node.value.replace(/\s+/g, ' ');
    if (node.type !== 'element') return '';
    if (node.tagName === 'br') return '\n';
    if (node.tagName === 'img') return picture(String(node.properties.src ?? ''), nameOf);
    if (node.tagName === 'input') return node.properties.type === 'checkbox' ? `[${node.properties.checked ? 'x' : ' '}] ` : '';
    if (['script', 'style', 'svg', 'template', 'button'].includes(node.tagName)) return '';
    return node.children.map(inline).join('');
  };
  const verbatim = (node: HastNodes): string => (node.type === 'text' ? node.value : 'children' in node ? node.children.map(verbatim).join('') : '');
  const flow = (nodes: readonly HastNodes[]): string => {
    const out: string[] = [];
    let run = '';
    const end = () => {
      out.push(run.replace(/ *\n */g, '\n').trim());
      run = '';
    };
    for (const node of nodes)
      if (node.type === 'element' && (BLOCKS.has(node.tagName) || node.children.some((child) => child.type === 'element' && BLOCKS.has(child.tagName)))) {
        end();
        out.push(block(node));
      } else run += inline(node);
    end();
    return lines(out);
  };
  const block = (node: Extract<HastNodes, { type: 'element' }>): string => {
    const rows = () => node.children.filter((child) => child.type === 'element');
    switch (node.tagName) {
      case 'ul':
      case 'ol':
        return lines(
          rows().map((child, n) =>
            item(
              node.tagName === 'ul' ? (/^(\[[x ]\]|[☑☐]) /.test(flow([child])) ? '' : '- ') : `${n + Number(node.properties.start ?? 1)}. `,
              flow(child.children),
            ),
          ),
        );
      case 'tr':
        return rows()
          .map((cell) => flow(cell.children).replace(/\n/g, ' '))
          .join(' | ');
      case 'pre':
        return verbatim(node).replace(/^\n|\n$/g, '');
      case 'blockquote':
        return quoted(flow(node.children));
      case 'hr':
        return '---';
      default:
        return flow(node.children);
    }
  };
  return seen(flow(elements));
}

/** `nameOf` is asked with the media id. */
export function plainOfAdf(document: AdfNode, nameOf?: NameOf): string {
  const said = (value: unknown): string => (typeof value === 'string' ? value : '');
  const media = (node: AdfNode): string => picture(said(node.attrs?.id ?? node.attrs?.url), nameOf);
  const inline = (node: AdfNode): string => {
    switch (node.type) {
      case 'text':
        return node.text ?? '';
      case 'hardBreak':
        return '\n';
      case 'mention':
        return said(node.attrs?.text).replace(/^@?/, '@');
      case 'emoji':
        return said(node.attrs?.text ?? node.attrs?.shortName);
      case 'status':
        return said(node.attrs?.text);
      case 'inlineCard':
        return said(node.attrs?.url);
      case 'media':
      case 'mediaInline':
        return media(node);
      default:
        return (node.content ?? []).map(inline).join('');
    }
  };
  const flow = (nodes: readonly AdfNode[] = []): string => lines(nodes.map(block));
  const block = (node: AdfNode): string => {
    switch (node.type) {
      case 'bulletList':
      case 'orderedList':
        return lines(
          (node.content ?? []).map((child, n) => item(node.type === 'bulletList' ? '- ' : `${n + Number(node.attrs?.order ?? 1)}. `, flow(child.content))),
        );
      case 'taskList':
        return lines(
          (node.content ?? []).map((child) =>
            child.type === 'taskList' ? item('  ', block(child)) : `[${child.attrs?.state === 'DONE' ? 'x' : ' '}] ${inline(child)}`,
          ),
        );
      case 'table':
        return lines((node.content ?? []).map((row) => (row.content ?? []).map((cell) => flow(cell.content).replace(/\n/g, ' ')).join(' | ')));
      case 'blockquote':
        return quoted(flow(node.content));
      case 'rule':
        return '---';
      case 'mediaSingle':
      case 'mediaGroup':
        return lines((node.content ?? []).map(media));
      case 'doc':
      case 'panel':
      case 'expand':
      case 'nestedExpand':
      case 'layoutSection':
      case 'layoutColumn':
        return flow(node.content);
      default:
        return inline(node);
    }
  };
  return seen(flow(document.content));
}
