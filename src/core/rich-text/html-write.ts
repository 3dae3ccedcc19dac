import type { Block, Inline, ListItem, RichText, TableRow, WriteOptions } from './doc.ts';
import { lower, whereIs } from './lower.ts';
import { URL_IN_TEXT } from './url.ts';

const ENTITY: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => (/[&<>"]/.test(text) ? text.replace(/[&<>"]/g, (c) => ENTITY[c] as string) : text);

const TAGS = { strong: 'strong', emphasis: 'em', delete: 'del', underline: 'u' } as const;

function linked(text: string): string {
  if (!text.includes('://')) return escaped(text);
  let out = '';
  let from = 0;
  for (const match of text.matchAll(URL_IN_TEXT)) {
    const url = escaped(match[0]);
    out += `${escaped(text.slice(from, match.index))}<a href="${url}">${url}</a>`;
    from = match.index + match[0].length;
  }
  return out + escaped(text.slice(from));
}

function inline(nodes: readonly Inline[], options: WriteOptions, inLink = false): string {
  let out = '';
  for (const node of nodes) {
    switch (node.type) {
      case 'text':
        out += inLink ? escaped(node.value) : linked(node.value);
        break;
      case 'inlineCode':
        out += `<code>${escaped(node.value)}</code>`;
        break;
      case 'break':
        out += '<br>';
        break;
      case 'strong':
      case 'emphasis':
      case 'delete':
      case 'underline':
        out += `<${TAGS[node.type]}>${inline(node.children, options, inLink)}</${TAGS[node.type]}>`;
        break;
      case 'link':
        out += `<a href="${escaped(node.url)}">${inline(node.children, options, true)}</a>`;
        break;
      case 'image':
        out += `<img src="${escaped(node.url)}" alt="${escaped(node.alt ?? '')}">`;
        break;
      case 'attachmentRef': {
        const at = whereIs(node.file, options);
        const name = escaped(node.alt ?? at?.name ?? node.name);
        if (!at?.url) out += name;
        else if (node.inline && at.pictureLink && !inLink) out += `<a href="${escaped(at.pictureLink)}">${name}</a>`;
        else out += node.inline ? `<img src="${escaped(at.url)}" alt="${name}">` : `<a href="${escaped(at.url)}">${name}</a>`;
        break;
      }
      case 'mention':
      case 'rawUnsupported':
        break;
      default:
        node satisfies never;
    }
  }
  return out;
}

const row = (node: TableRow, tag: 'th' | 'td', options: WriteOptions): string =>
  `<tr>${node.children.map((cell) => `<${tag}>${inline(cell.children, options)}</${tag}>`).join('')}</tr>`;

function item(node: ListItem, options: WriteOptions): string {
  const box = node.checked === undefined ? '' : `<input type="checkbox" disabled${node.checked ? ' checked' : ''}> `;
  const [first, ...rest] = node.children;
  const tight = first?.type === 'paragraph' && rest.every((block) => block.type === 'list');
  return `<li>${box}${tight ? inline(first.children, options) + blocks(rest, options) : blocks(node.children, options)}</li>`;
}

function blocks(nodes: readonly Block[], options: WriteOptions): string {
  let out = '';
  for (const node of nodes) {
    switch (node.type) {
      case 'paragraph':
        out += `<p>${inline(node.children, options)}</p>`;
        break;
      case 'heading':
        out += `<h${node.depth}>${inline(node.children, options)}</h${node.depth}>`;
        break;
      case 'code':
        out += `<pre><code${node.lang ? ` class="language-${escaped(node.lang)}"` : ''}>${escaped(node.value)}\n</code></pre>`;
        break;
      case 'thematicBreak':
        out += '<hr>';
        break;
      case 'blockquote':
      case 'panel':
        out += `<blockquote>${blocks(node.children, options)}</blockquote>`;
        break;
      case 'list': {
        const tag = node.ordered ? 'ol' : 'ul';
        out += `<${tag}${node.start === undefined ? '' : ` start="${node.start}"`}>${node.children.map((child) => item(child, options)).join('')}</${tag}>`;
        break;
      }
      case 'table': {
        const [head, ...body] = node.children;
        if (!head) break;
        const rest = body.length ? `<tbody>${body.map((child) => row(child, 'td', options)).join('')}</tbody>` : '';
        out += `<table><thead>${row(head, 'th', options)}</thead>${rest}</table>`;
        break;
      }
      case 'rawUnsupported':
        break;
      default:
        node satisfies never;
    }
  }
  return out;
}

/** HTML of a fixed set of plain tags. Nothing active can come out of it, whatever the document holds. */
export function toHtml(doc: RichText, options: WriteOptions = {}): string {
  return blocks(lower(doc, options, false).children, options);
}
