import type { Nodes, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { escapeHtml } from '../http/html.ts';

const TAGS: Partial<Record<Nodes['type'], string>> = { blockquote: 'blockquote', strong: 'strong', emphasis: 'em', delete: 'del', tableRow: 'tr' };
const ALERT = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][^\S\n]*(?:\n|$)/;

/** GitHub-flavoured Markdown as HTML that has yet to be cleaned: what somebody wrote as HTML is in it as it was. A line end is a break, as in comments. */
export function toHtml(text: string): string {
  const tree: Root = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const definitions = new Map<string, { url: string; title?: string | null | undefined }>();
  for (const node of tree.children) if (node.type === 'definition') definitions.set(node.identifier, node);

  const inner = (node: Nodes): string => ('children' in node ? node.children.map(show).join('') : '');
  const image = (url: string, alt: string | null | undefined, title: string | null | undefined) =>
    `<img src="${escapeHtml(url)}" alt="${escapeHtml(alt ?? '')}"${title ? ` title="${escapeHtml(title)}"` : ''}>`;
  const link = (url: string, title: string | null | undefined, content: string) =>
    `<a href="${escapeHtml(url)}"${title ? ` title="${escapeHtml(title)}"` : ''} rel="nofollow">${content}</a>`;
  /** The paragraphs of a tight list stand without their tags. */
  const items = (node: Extract<Nodes, { type: 'listItem' }>, loose: boolean): string =>
    node.children.map((child) => (child.type === 'paragraph' && !loose ? inner(child) : show(child))).join('\n');

  const show = (node: Nodes): string => {
    switch (node.type) {
      case 'text':
        return escapeHtml(node.value).replace(/\n/g, '<br>\n');
      case 'html':
        return node.value;
      case 'inlineCode':
        return `<code class="notranslate">${escapeHtml(node.value)}</code>`;
      case 'code': {
        const code = escapeHtml(`${node.value}\n`);
        return node.lang
          ? `<div class="highlight highlight-source-${escapeHtml(node.lang)}" dir="auto"><pre class="notranslate">${code}</pre></div>`
          : `<pre class="notranslate"><code class="notranslate">${code}</code></pre>`;
      }
      case 'break':
        return '<br>\n';
      case 'thematicBreak':
        return '<hr>\n';
      case 'paragraph':
        return `<p dir="auto">${inner(node)}</p>\n`;
      case 'heading':
        return `<h${node.depth} dir="auto">${inner(node)}</h${node.depth}>\n`;
      case 'list': {
        const tasks = node.children.some((item) => typeof item.checked === 'boolean');
        const tag = node.ordered ? 'ol' : 'ul';
        const start = node.ordered && node.start !== 1 ? ` start="${node.start}"` : '';
        const content = node.children.map((item) => {
          const box =
            typeof item.checked === 'boolean' ? `<input type="checkbox" class="task-list-item-checkbox" disabled${item.checked ? ' checked' : ''}> ` : '';
          return `<li${box ? ' class="task-list-item"' : ''}>${box}${items(item, node.spread === true || item.spread === true)}</li>\n`;
        });
        return `<${tag}${start} dir="auto"${tasks ? ' class="contains-task-list"' : ''}>\n${content.join('')}</${tag}>\n`;
      }
      case 'link':
        return link(node.url, node.title, inner(node));
      case 'linkReference':
        return link(definitions.get(node.identifier)?.url ?? '', definitions.get(node.identifier)?.title, inner(node));
      case 'image':
        return image(node.url, node.alt, node.title);
      case 'imageReference':
        return image(definitions.get(node.identifier)?.url ?? '', node.alt, definitions.get(node.identifier)?.title);
      case 'blockquote':
        return alert(node) ?? `<blockquote>\n${inner(node)}</blockquote>\n`;
      case 'table': {
        const [head, ...rows] = node.children;
        const row = (one: typeof head, tag: 'th' | 'td') =>
          `<tr>${one?.children.map((cell, index) => `<${tag}${node.align?.[index] ? ` align="${node.align[index]}"` : ''}>${inner(cell)}</${tag}>`).join('') ?? ''}</tr>\n`;
        return `<table>\n<thead>\n${row(head, 'th')}</thead>\n${rows.length > 0 ? `<tbody>\n${rows.map((one) => row(one, 'td')).join('')}</tbody>\n` : ''}</table>\n`;
      }
      case 'footnoteReference':
        return `<sup><a href="#user-content-fn-${escapeHtml(node.identifier)}">${escapeHtml(node.label ?? node.identifier)}</a></sup>`;
      case 'footnoteDefinition':
        return `<section><ol><li id="user-content-fn-${escapeHtml(node.identifier)}">${inner(node)}</li></ol></section>`;
      case 'definition':
      case 'yaml':
        return '';
      case 'root':
      case 'strong':
      case 'emphasis':
      case 'delete':
      case 'listItem':
      case 'tableRow':
      case 'tableCell': {
        const tag = TAGS[node.type];
        return tag ? `<${tag}>${inner(node)}</${tag}>` : inner(node);
      }
    }
  };

  const alert = (node: Extract<Nodes, { type: 'blockquote' }>): string | undefined => {
    const [first, ...rest] = node.children;
    const word = first?.type === 'paragraph' && first.children[0]?.type === 'text' ? ALERT.exec(first.children[0].value) : null;
    if (!word || first?.type !== 'paragraph' || first.children[0]?.type !== 'text') return undefined;
    const kind = String(word[1]);
    const opening = { ...first.children[0], value: first.children[0].value.slice(word[0].length) };
    const body = show({ ...first, children: [opening, ...first.children.slice(1)] }) + rest.map(show).join('');
    return `<div class="markdown-alert markdown-alert-${kind.toLowerCase()}" dir="auto"><p class="markdown-alert-title" dir="auto">${kind.charAt(0)}${kind.slice(1).toLowerCase()}</p>${body}</div>\n`;
  };
  return show(tree).trimEnd();
}
