import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { escapeHtml, type Markup, trusted } from '../http/html.ts';

const RAW = /^<\/?(?:ins|u|strong|b|em|i|del|s|code|sub|sup|br)\s*\/?>$/i;

/** A text as its readers see it: safe HTML. `files`: the path before `/uploads/…`. A single line end is a space, HTML comments are not shown. */
export function renderMarkdown(text: string, files: string): Markup {
  const tree = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  return trusted(`<div class="body" dir="auto">${render(tree, files)}</div>`);
}

function render(node: Nodes, files: string): string {
  const inner = () => ('children' in node ? node.children.map((child) => render(child, files)).join('') : '');
  switch (node.type) {
    case 'text':
      return escapeHtml(node.value);
    case 'inlineCode':
      return `<code>${escapeHtml(node.value)}</code>`;
    case 'code':
      return `<pre><code>${escapeHtml(node.value)}</code></pre>`;
    case 'html':
      return RAW.test(node.value.trim()) ? node.value.trim() : '';
    case 'break':
      return '<br>';
    case 'thematicBreak':
      return '<hr>';
    case 'heading':
      return `<h${Math.min(node.depth + 1, 6)}>${inner()}</h${Math.min(node.depth + 1, 6)}>`;
    case 'list':
      return node.ordered ? `<ol start="${node.start ?? 1}">${inner()}</ol>` : `<ul>${inner()}</ul>`;
    case 'listItem':
      return `<li>${typeof node.checked === 'boolean' ? `<input type="checkbox" disabled${node.checked ? ' checked' : ''}> ` : ''}${inner()}</li>`;
    case 'link':
      return `<a href="${escapeHtml(addressOf(node.url, files))}">${inner()}</a>`;
    case 'image':
      return `<img src="${escapeHtml(addressOf(node.url, files))}" alt="${escapeHtml(node.alt ?? '')}">`;
    case 'table':
      return `<table>${node.children.map((row, index) => render(row, files).replace(/<(\/?)td>/g, index === 0 ? '<$1th>' : '<$1td>')).join('')}</table>`;
    case 'tableCell':
      return `<td>${inner()}</td>`;
    case 'paragraph':
      return `<p>${inner()}</p>`;
    case 'blockquote':
      return `<blockquote>${inner()}</blockquote>`;
    case 'strong':
      return `<strong>${inner()}</strong>`;
    case 'emphasis':
      return `<em>${inner()}</em>`;
    case 'delete':
      return `<del>${inner()}</del>`;
    case 'tableRow':
      return `<tr>${inner()}</tr>`;
    case 'root':
    case 'linkReference':
    case 'imageReference':
    case 'footnoteReference':
    case 'footnoteDefinition':
      return inner();
    case 'definition':
    case 'yaml':
      return '';
  }
}

/** Files of the project by their address there; other addresses only when they are safe. */
function addressOf(url: string, files: string): string {
  if (url.startsWith('/uploads/')) return files + url;
  return /^(https?:\/\/|mailto:|\/(?!\/)|#)/i.test(url) ? url : '#';
}
