import { html, type Markup, trusted } from '../http/html.ts';
import type { Issue } from './model.ts';

const HELD = String.fromCharCode(0xe000);

/** Wiki text as the browser shows it: the part of the markup that people use daily. What is not known stays as it was typed. */
export function renderWiki(issue: Issue, source: string): Markup {
  const blocks: Markup[] = [];
  const lines = source.split('\n');
  for (let i = 0; i < lines.length; ) {
    const line = lines[i] ?? '';
    const fence = /^\{(code|noformat|quote|panel)(?::[^}]*)?\}/.exec(line.trim());
    if (fence) {
      const inner: string[] = [line.trim().slice(fence[0].length)];
      const close = `{${fence[1]}}`;
      if (!inner[0]?.includes(close)) for (i += 1; i < lines.length && !lines[i]?.includes(close); i += 1) inner.push(lines[i] ?? '');
      if (i < lines.length && inner.length > 1) inner.push(lines[i] ?? '');
      const body = inner
        .join('\n')
        .replace(close, '')
        .replace(/^\n|\n$/g, '');
      if (fence[1] === 'quote') blocks.push(html`<blockquote>${renderWiki(issue, body)}</blockquote>`);
      else if (fence[1] === 'panel') blocks.push(html`<div class="panel info">${renderWiki(issue, body)}</div>`);
      else blocks.push(html`<pre>${body}</pre>`);
      i += 1;
      continue;
    }
    const heading = /^h([1-6])\.\s+(.*)$/.exec(line);
    const starts = (pattern: RegExp) => pattern.test(line);
    const taken = (pattern: RegExp): string[] => {
      const from = i;
      while (i < lines.length && pattern.test(lines[i] ?? '')) i += 1;
      return lines.slice(from, i);
    };
    if (line.trim() === '') i += 1;
    else if (heading) {
      blocks.push(html`${trusted(`<h${heading[1]}>`)}${inline(issue, heading[2] ?? '')}${trusted(`</h${heading[1]}>`)}`);
      i += 1;
    } else if (/^----+\s*$/.test(line)) {
      blocks.push(html`<hr>`);
      i += 1;
    } else if (starts(/^bq\. /)) {
      blocks.push(html`<blockquote><p>${inline(issue, line.slice(4))}</p></blockquote>`);
      i += 1;
    } else if (starts(/^\s*([*#]+|-) \S/)) blocks.push(list(issue, taken(/^\s*([*#]+|-) /), 1));
    else if (starts(/^\s*\|/)) blocks.push(html`<table><tbody>${taken(/^\s*\|/).map((row) => tableRow(issue, row))}</tbody></table>`);
    else
      blocks.push(
        html`<p>${taken(/^(?!\s*$|h[1-6]\. |\s*([*#]+|-) \S|\s*\||\{(code|noformat|quote|panel)[:}]|----)/).map((one, n) => html`${n ? html`<br>` : ''}${inline(issue, one)}`)}</p>`,
      );
  }
  return html`${blocks}`;
}

function list(issue: Issue, rows: string[], depth: number): Markup {
  const items: { words: string; below: string[] }[] = [];
  let ordered = false;
  for (const row of rows) {
    const [, signs = '*', words = ''] = /^\s*([*#]+|-) (.*)$/.exec(row) ?? [];
    if (signs.length <= depth || items.length === 0) {
      if (items.length === 0) ordered = signs.at(-1) === '#';
      items.push({ words, below: [] });
    } else items.at(-1)?.below.push(row);
  }
  const inner = items.map(({ words, below }) => html`<li>${inline(issue, words)}${below.length > 0 ? list(issue, below, depth + 1) : ''}</li>`);
  return ordered ? html`<ol>${inner}</ol>` : html`<ul>${inner}</ul>`;
}

function tableRow(issue: Issue, row: string): Markup {
  const head = row.trim().startsWith('||');
  const cells = row
    .trim()
    .replace(/^\|+|\|+\s*$/g, '')
    .split(head ? '||' : '|');
  return html`<tr>${cells.map((cell) => (head ? html`<th>${inline(issue, cell.trim())}</th>` : html`<td>${inline(issue, cell.trim())}</td>`))}</tr>`;
}

const SPANS: readonly [RegExp, string][] = [
  [/(?<![\p{L}\p{N}])\*(\S(?:[^*]*\S)?)\*(?![\p{L}\p{N}])/gu, 'strong'],
  [/(?<![\p{L}\p{N}])_(\S(?:[^_]*\S)?)_(?![\p{L}\p{N}])/gu, 'em'],
  [/(?<![\p{L}\p{N}])\+(\S(?:[^+]*\S)?)\+(?![\p{L}\p{N}])/gu, 'u'],
  [/(?<![\p{L}\p{N}-])-(\S(?:[^-]*\S)?)-(?![\p{L}\p{N}-])/gu, 's'],
];

function inline(issue: Issue, words: string): Markup {
  const held: Markup[] = [];
  const hold = (markup: Markup): string => `${HELD}${held.push(markup) - 1}${HELD}`;
  const file = (name: string) => issue.attachments.findLast(({ filename }) => filename === name);
  const marked = words
    .replace(/\\([*_{}[\]!|\\+^~-])/g, (_, sign: string) => hold(html`${sign}`))
    .replace(/\{\{(.+?)\}\}/g, (_, code: string) => hold(html`<code>${code}</code>`))
    .replace(/!([^!|\s][^!|]*)(?:\|[^!]*)?!/g, (whole, name: string) => {
      const found = file(name);
      return found ? hold(html`<img src="/agent/file/${found.id}" alt="${name}">`) : whole;
    })
    .replace(/\[\^([^\]]+)\]/g, (whole, name: string) => {
      const found = file(name);
      return found ? hold(html`<a href="/agent/file/${found.id}">${name}</a>`) : whole;
    })
    .replace(/\[~([^\]]+)\]/g, (_, name: string) => hold(html`<span class="mention">@${name}</span>`))
    .replace(/\[(?:([^\]|]+)\|)?((?:https?:|mailto:)[^\]|]+)(?:\|[^\]]*)?\]/g, (_, label: string | undefined, url: string) =>
      hold(html`<a href="${url}" rel="noopener">${label ?? url}</a>`),
    );
  const render = (part: string, spans: typeof SPANS): Markup => {
    const [first, ...rest] = spans;
    if (!first) return html`${part.split(HELD).map((piece, i) => (i % 2 ? held[Number(piece)] : piece))}`;
    const pieces = part.split(first[0]);
    return html`${pieces.map((piece, i) => (i % 2 ? html`${trusted(`<${first[1]}>`)}${render(piece, rest)}${trusted(`</${first[1]}>`)}` : render(piece, rest)))}`;
  };
  return render(marked, SPANS);
}
