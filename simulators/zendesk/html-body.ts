import type { Element, Root, RootContent } from 'hast';
import { fromHtml } from 'hast-util-from-html';
import { toHtml } from 'hast-util-to-html';
import { escapeHtml } from '../http/html.ts';

/** What survives in a comment, and with which attributes. Anything else is unwrapped: its text stays. */
const ALLOWED: Record<string, string[]> = {
  a: ['href', 'title'],
  b: [],
  blockquote: [],
  br: [],
  code: [],
  dd: [],
  del: [],
  div: [],
  dl: [],
  dt: [],
  em: [],
  h1: [],
  h2: [],
  h3: [],
  h4: [],
  h5: [],
  h6: [],
  hr: [],
  i: [],
  img: ['src', 'alt', 'width', 'height'],
  ins: [],
  li: [],
  ol: ['start'],
  p: [],
  pre: [],
  s: [],
  small: [],
  span: [],
  strike: [],
  strong: [],
  sub: [],
  sup: [],
  table: [],
  tbody: [],
  td: ['colSpan', 'rowSpan'],
  tfoot: [],
  th: ['colSpan', 'rowSpan'],
  thead: [],
  tr: [],
  u: [],
  ul: [],
};
/** Elements that go with all that they contain. */
const REMOVED = new Set(['script', 'style', 'iframe', 'object', 'embed', 'template', 'noscript', 'title', 'head', 'textarea', 'select', 'svg', 'math']);
const SAFE_URL = /^(https?:|mailto:|tel:|\/|#)/i;
const BLOCKS = new Set(['p', 'div', 'blockquote', 'pre', 'ul', 'ol', 'li', 'table', 'tr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'dl', 'dt', 'dd']);

/** A comment's HTML as the vendor keeps it: scripts, styles, handlers and foreign elements gone, in the wrapper element. */
export function cleanHtml(source: string): string {
  const tree: Root = { type: 'root', children: cleaned(fromHtml(source, { fragment: true }).children) };
  return `<div class="zd-comment" dir="auto">${toHtml(tree)}</div>`;
}

/** Plain text as the vendor shows it: a paragraph per block of lines, a line break per line. */
export function plainToHtml(text: string): string {
  const paragraphs = text
    .replace(/\r\n?/g, '\n')
    .trim()
    .split(/\n{2,}/);
  const inner = paragraphs.filter((part) => part !== '').map((part) => `<p dir="auto">${part.split('\n').map(escapeHtml).join('<br>')}</p>`);
  return `<div class="zd-comment" dir="auto">${inner.join('')}</div>`;
}

/** The text of a comment: blocks on lines of their own, list items with a star, images left out unless `images`. */
export function htmlToText(source: string, images = false): string {
  return textOf(fromHtml(source, { fragment: true }).children, images)
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The addresses of the images in a piece of HTML. */
export function imageSources(source: string): string[] {
  const sources: string[] = [];
  const visit = (nodes: RootContent[]) => {
    for (const node of nodes) {
      if (node.type !== 'element') continue;
      if (node.tagName === 'img' && typeof node.properties.src === 'string') sources.push(node.properties.src);
      visit(node.children);
    }
  };
  visit(fromHtml(source, { fragment: true }).children);
  return sources;
}

function cleaned(nodes: RootContent[]): RootContent[] {
  return nodes.flatMap((node): RootContent[] => {
    if (node.type === 'text') return [node];
    if (node.type !== 'element' || REMOVED.has(node.tagName)) return [];
    const children = cleaned(node.children) as Element['children'];
    const attributes = ALLOWED[node.tagName];
    if (!attributes) return children;
    const properties: Element['properties'] = {};
    for (const name of attributes) {
      const value = node.properties[name];
      if (value === undefined || value === null) continue;
      if ((name === 'href' || name === 'src') && !SAFE_URL.test(String(value).trim())) continue;
      properties[name] = value;
    }
    if (node.tagName === 'a' && properties.href !== undefined) properties.rel = ['noopener', 'noreferrer'];
    if (['p', 'ul', 'ol', 'div', 'blockquote'].includes(node.tagName)) properties.dir = 'auto';
    return [{ type: 'element', tagName: node.tagName, properties, children }];
  });
}

function textOf(nodes: RootContent[], images: boolean): string {
  return nodes
    .map((node): string => {
      if (node.type === 'text') return node.value;
      if (node.type !== 'element') return '';
      if (node.tagName === 'br') return '\n';
      if (node.tagName === 'img') return images ? ` ![](${String(node.properties.src ?? '')})` : '';
      const inner = textOf(node.children, images);
      if (node.tagName === 'li') return `* ${inner.trim()}\n`;
      if (node.tagName === 'td' || node.tagName === 'th') return `${inner} `;
      return BLOCKS.has(node.tagName) ? `${inner.replace(/\n+$/, '')}\n${node.tagName === 'p' ? '\n' : ''}` : inner;
    })
    .join('');
}
