import { html, type Markup, trusted } from '../http/html.ts';
import type { AdfNode } from './documents.ts';
import type { Issue, Text } from './model.ts';
import type { Site } from './site.ts';
import { spoken } from './values.ts';
import { renderWiki } from './wiki-html.ts';

/** A text as the browser shows it: pictures are the issue's own files. */
export function renderText(site: Site, issue: Issue, text: Text | null): Markup {
  if (text === null) return trusted('');
  return typeof text === 'string' ? renderWiki(issue, text) : html`${(((text as AdfNode).content ?? []) as AdfNode[]).map((node) => block(site, issue, node))}`;
}

/** The page's own address of a file, which asks for no credentials. */
export const pageFile = (id: string): string => `/agent/file/${id}`;

const MARKS: Record<string, string> = { strong: 'strong', em: 'em', code: 'code', strike: 's', underline: 'u' };

function text({ text: words = '', marks = [] }: AdfNode): Markup {
  return marks.reduce<Markup>((inner, { type, attrs = {} }) => {
    const tag = MARKS[type];
    if (tag) return html`${trusted(`<${tag}>`)}${inner}${trusted(`</${tag}>`)}`;
    if (type === 'subsup') return attrs.type === 'sub' ? html`<sub>${inner}</sub>` : html`<sup>${inner}</sup>`;
    if (type === 'link') return link(spoken(attrs.href), inner);
    if (type === 'textColor' && /^#[0-9a-f]{6}$/i.test(spoken(attrs.color))) return html`<span style="color:${spoken(attrs.color)}">${inner}</span>`;
    return inner;
  }, html`${words}`);
}

const link = (address: string, inner: Markup): Markup =>
  /^(https?:|mailto:|\/)/i.test(address) ? html`<a href="${address}" rel="noopener">${inner}</a>` : inner;

function media(issue: Issue, { attrs = {} }: AdfNode): Markup {
  const alt = spoken(attrs.alt);
  if (attrs.type === 'external') return html`<img src="${spoken(attrs.url)}" alt="${alt}">`;
  const file = issue.attachments.find((one) => one.media === attrs.id);
  if (!file) return html`<span class="dim">Preview unavailable</span>`;
  return file.mimeType.startsWith('image/')
    ? html`<img src="${pageFile(file.id)}" alt="${alt || file.filename}">`
    : html`<a href="${pageFile(file.id)}">${file.filename}</a>`;
}

const PLAIN: Record<string, string> = {
  paragraph: 'p',
  bulletList: 'ul',
  orderedList: 'ol',
  listItem: 'li',
  blockquote: 'blockquote',
  tableRow: 'tr',
  taskList: 'ul',
  decisionList: 'ul',
  caption: 'p',
};

function block(site: Site, issue: Issue, node: AdfNode): Markup {
  const { type = '', attrs = {}, content = [] } = node;
  const inner = html`${content.map((child) => block(site, issue, child))}`;
  const tag = PLAIN[type];
  if (tag) return html`${trusted(`<${tag}>`)}${inner}${trusted(`</${tag}>`)}`;
  switch (type) {
    case 'text':
      return text(node);
    case 'hardBreak':
      return html`<br>`;
    case 'heading': {
      const level = Math.min(6, Math.max(1, Number(attrs.level) || 1));
      return html`${trusted(`<h${level}>`)}${inner}${trusted(`</h${level}>`)}`;
    }
    case 'codeBlock':
      return html`<pre><code>${inner}</code></pre>`;
    case 'panel':
      return html`<div class="panel ${spoken(attrs.panelType ?? 'info')}">${inner}</div>`;
    case 'rule':
      return html`<hr>`;
    case 'table':
      return html`<table><tbody>${inner}</tbody></table>`;
    case 'tableHeader':
    case 'tableCell': {
      const spans = html` colspan="${Number(attrs.colspan) || 1}" rowspan="${Number(attrs.rowspan) || 1}"`;
      return type === 'tableHeader' ? html`<th${spans}>${inner}</th>` : html`<td${spans}>${inner}</td>`;
    }
    case 'taskItem':
      return html`<li class="task">${attrs.state === 'DONE' ? '☑' : '☐'} ${inner}</li>`;
    case 'decisionItem':
      return html`<li>${inner}</li>`;
    case 'expand':
    case 'nestedExpand':
      return html`<details open><summary>${spoken(attrs.title)}</summary>${inner}</details>`;
    case 'mention':
      return html`<span class="mention">${`@${spoken(attrs.text).replace(/^@/, '')}`}</span>`;
    case 'emoji':
      return html`${spoken(attrs.text ?? attrs.shortName)}`;
    case 'status':
      return html`<span class="badge">${spoken(attrs.text)}</span>`;
    case 'date':
      return html`<time>${new Date(Number(attrs.timestamp) || 0).toISOString().slice(0, 10)}</time>`;
    case 'inlineCard':
    case 'blockCard':
    case 'embedCard':
      return link(spoken(attrs.url), html`${spoken(attrs.url)}`);
    case 'media':
    case 'mediaInline':
      return media(issue, node);
    default:
      return inner;
  }
}
