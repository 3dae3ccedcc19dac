import { boxSign, withBoxes } from './boxes.ts';
import { canon } from './canon.ts';
import type { Block, List, ListItem, PanelKind, RichText, Table, WriteOptions } from './doc.ts';
import { fitLines } from './fit-lines.ts';
import { lower } from './lower.ts';
import { line, type Place } from './wiki-line.ts';

/** Jira has one kind of panel; the kinds are told by their colours, the ones that Jira Cloud gives them. */
export const PANEL_COLOURS: Readonly<Record<PanelKind, string>> = {
  info: '#deebff',
  note: '#eae6ff',
  success: '#e3fcef',
  warning: '#fffae6',
  error: '#ffebe6',
};
function code(value: string, lang: string | undefined): string {
  const macro = (lang && !value.includes('{code')) || value.includes('{noformat') ? 'code' : 'noformat';
  const hidden = value.replace(/\{(?=\u200b+(?:code|noformat))/g, '{\u200b');
  const text = hidden.replaceAll(`{${macro}`, `{\u200b${macro}`);
  return `{${macro}${macro === 'code' && lang ? `:${lang}` : ''}}\n${text}\n{${macro}}`;
}

function item(node: ListItem, marker: string, options: WriteOptions): string {
  const [first, ...nested] = node.children;
  const text = first?.type === 'paragraph' ? line(first.children, { options, inCell: false, inLabel: false, break: '\\\\ ' }) : '';
  const box = node.checked === undefined ? '' : `${boxSign(node.checked)} `;
  return `${marker} ${box}${text}${nested.map((inner) => (inner.type === 'list' ? `\n${list(inner, marker, options)}` : '')).join('')}`;
}

function list(node: List, marker: string, options: WriteOptions): string {
  const own = marker + (node.ordered ? '#' : '*');
  return node.children.map((child) => item(child, own, options)).join('\n');
}

const table = (node: Table, options: WriteOptions): string =>
  node.children
    .map((row, i) => {
      const bar = i ? '|' : '||';
      const cells = row.children.map((cell) => line(cell.children, { options, inCell: true, inLabel: false, break: '\\\\ ' }) || ' ');
      return bar + cells.join(bar) + bar;
    })
    .join('\n');

function block(node: Block, options: WriteOptions): string {
  const place: Place = { options, inCell: false, inLabel: false, break: '\n' };
  switch (node.type) {
    case 'paragraph':
      return line(node.children, place);
    case 'heading':
      return `h${node.depth}. ${line(node.children, place)}`;
    case 'code':
      return code(node.value, node.lang);
    case 'thematicBreak':
      return '----';
    case 'blockquote':
      return `{quote}\n${blocks(node.children, options)}\n{quote}`;
    case 'panel':
      return `{panel:bgColor=${PANEL_COLOURS[node.kind]}}\n${blocks(node.children, options)}\n{panel}`;
    case 'list':
      return list(node, '', options);
    case 'table':
      return table(node, options);
    case 'rawUnsupported':
      return '';
    default:
      return node satisfies never;
  }
}

const blocks = (nodes: readonly Block[], options: WriteOptions): string => nodes.map((node) => block(node, options)).join('\n\n');

/** A quote within a quote and a panel within a panel cannot be told apart: the inner one is dissolved. */
function flatten(nodes: readonly Block[], inside: readonly string[]): Block[] {
  return nodes.flatMap((node): Block[] => {
    if (node.type === 'list') return [{ ...node, children: node.children.map((child) => ({ ...child, children: flatten(child.children, inside) })) }];
    if (node.type !== 'blockquote' && node.type !== 'panel') return [node];
    const children = flatten(node.children, [...inside, node.type]);
    return inside.includes(node.type) ? children : [{ ...node, children } as Block];
  });
}

/** Wiki markup of Jira Data Center in which text is only text, and no name pings. */
export function toWiki(doc: RichText, options: WriteOptions = {}): string {
  const flat = canon({ type: 'root', children: flatten(lower(doc, options, true).children, []) });
  return blocks(withBoxes(fitLines(flat, true)).children, options);
}
