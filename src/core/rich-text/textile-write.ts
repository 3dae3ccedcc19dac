import type { Block, List, RichText, WriteOptions } from './doc.ts';
import { MARKS, type Run, runsOf } from './inline.ts';
import { lower } from './lower.ts';
import { asEntity, escapeLineStart, escapeTextile } from './textile-escape.ts';
import { fitTextile } from './textile-fit.ts';

const SIGN = ['*', '_', '-', '+'] as const;
const LITERAL = /<(?=\/?(?:pre|code|kbd|notextile)\b)/gi;
const OPENS = /^$|[\s(]$/;

type Place = { options: WriteOptions; cell: boolean; pres: string[] };

const words = (run: Run): string => (run.leaf.type === 'text' ? run.leaf.value : run.leaf.type === 'break' ? ' ' : 'x');

/** An address that ends where Redmine says that it ends. */
const address = (url: string): string =>
  url
    .replace(/[*()!|]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/[^\p{L}\p{N}/_=-]$/u, (c) => encodeURIComponent(c).replace(/^[^%]$/, (d) => `%${d.charCodeAt(0).toString(16).toUpperCase()}`));

const codeSpan = (value: string, before: string, after: string, place: Place): string => {
  const plain = /^[^@<&|\s](?:[^@<&|]*[^@<&|\s])?$/.test(value) && !/[\w@]$/.test(before) && !/^[\w@]/.test(after);
  if (plain) return `@${value}@`;
  place.pres.push(`<code>${value.replace(LITERAL, '<\u200b')}</code>`);
  return `\u0002${place.pres.length - 1}\u0003`;
};

function picture(run: Run, place: Place): string {
  const { leaf } = run;
  const alt = (text: string | undefined): string => (text ? `(${text.replace(/[()!&<|"]/g, asEntity)})` : '');
  const href = run.url ? `:${address(run.url)}` : '';
  if (leaf.type === 'image') return `!${address(leaf.url)}${alt(leaf.alt)}!${href}`;
  if (leaf.type !== 'attachmentRef') return '';
  const at = place.options.urlOf?.(leaf.file);
  const name = at?.name ?? leaf.name;
  if (leaf.inline) return `!${address(encodeURIComponent(name.toWellFormed()))}${alt(leaf.alt)}!${href}`;
  const link = /^\w[\w.-]*\w$/.test(name) ? `attachment:${name}` : /["|]/.test(name) ? undefined : `attachment:"${name}"`;
  const label = leaf.alt ?? name;
  if (link && leaf.alt === undefined) return link;
  if (at?.url)
    return `"${escapeTextile(label, { before: '"', after: '"', signs: '', whole: label, cell: place.cell, label: true, mentions: true }).replace(/^[({[]|[)]$/g, asEntity)}":${address(at.url)}`;
  return link ? `${escapeTextile(label, { before: ' ', after: ' ', signs: '', whole: label, cell: place.cell, label: false, mentions: true })} (${link} )` : '';
}

const isPicture = (run: Run | undefined): boolean => run?.leaf.type === 'image' || run?.leaf.type === 'attachmentRef';

/** Drops the marks that Textile cannot show here, and parts by spaces what it would not recognise within a word. */
function prepare(runs: Run[]): Run[] {
  const out: Run[] = [];
  const space: Run = { leaf: { type: 'text', value: ' ' }, marks: 0, url: undefined };
  for (let i = 0; i < runs.length; i++) {
    const run = runs[i] as Run;
    const previous = out.at(-1);
    const touches = previous && previous.leaf.type !== 'break' && !(previous.leaf.type === 'text' && /\s$/.test(previous.leaf.value));
    if (isPicture(run)) {
      if (touches) out.push({ ...space });
      out.push(run);
      continue;
    }
    const text = run.leaf.type === 'text' ? run.leaf.value : '';
    if (previous && isPicture(previous) && run.leaf.type !== 'break' && (run.marks || run.url || !/^[\s,.;)\]]/.test(text))) out.push({ ...space });
    else if (previous?.url !== undefined && previous.url !== run.url && !isPicture(previous) && run.leaf.type !== 'break') {
      if (run.marks || run.url || !/^(?:\s|[.,!?]+(?:\s|$))/.test(text)) out.push({ ...space });
    }
    if (run.url === undefined || previous?.url === run.url) {
      out.push(run.url === undefined ? run : { ...run, marks: previous?.marks ?? 0 });
      continue;
    }
    let marks = run.marks;
    for (let j = i + 1; j < runs.length && runs[j]?.url === run.url && !isPicture(runs[j]); j++) marks &= (runs[j] as Run).marks;
    for (const [bit, sign] of SIGN.entries()) if (address(run.url).includes(sign)) marks &= ~(1 << bit);
    out.push({ ...run, marks });
  }
  return out;
}

/** Writes runs within marks (`signs`, outermost first); `before` and `after` are the characters beside them in the source. */
function spans(runs: Run[], level: number, before: string, after: string, signs: string, whole: string, place: Place): string {
  let out = '';
  for (let from = 0; from < runs.length; ) {
    const first = runs[from] as Run;
    const bit = 1 << level;
    const key = level < MARKS.length ? first.marks & bit : first.url;
    let to = from + 1;
    while (
      to < runs.length &&
      !isPicture(first) &&
      !isPicture(runs[to]) &&
      (level < MARKS.length ? (runs[to] as Run).marks & bit : (runs[to] as Run).url) === key
    )
      to++;
    const group = runs.slice(from, to);
    const left = out ? out.slice(-1) : before;
    const next = runs[to];
    const right = next ? words(next).slice(0, 1) : after;
    from = to;
    if (level < MARKS.length) {
      const sign = SIGN[level] as string;
      const shown =
        key &&
        OPENS.test(left === sign ? 'x' : left) &&
        !/^[\p{L}\p{N}\p{M}]/u.test(right) &&
        !(next && next.leaf.type !== 'text' && next.leaf.type !== 'break' && next.marks);
      if (!shown) out += spans(group, level + 1, left, right, signs, whole, place);
      else out += `${sign}${inner(spans(group, level + 1, '', '', signs + sign, whole, place))}${sign}`;
    } else if (key !== undefined && !isPicture(first)) out += `"${label(group, place)}":${address(key as string)}`;
    else
      for (const [i, run] of group.entries())
        out += leaf(run, out ? out.slice(-1) : left, group[i + 1] ? words(group[i + 1] as Run).slice(0, 1) : right, signs, whole, place);
  }
  return out;
}

/** The inside of a mark must not look like its class or style, nor be a lone sign. */
const inner = (text: string): string =>
  /^[^\p{L}\p{N}\p{M}_]$/u.test(text) || /^[({[]/.test(text)
    ? asEntity(String.fromCodePoint(text.codePointAt(0) ?? 32)) + text.slice((text.codePointAt(0) as number) > 0xffff ? 2 : 1)
    : text;

function label(group: Run[], place: Place): string {
  const whole = group.map(words).join('');
  const text = group
    .map((run, i) => {
      if (run.leaf.type === 'inlineCode') return codeSpan(run.leaf.value, i ? 'x' : '"', 'x', place);
      const before = i ? 'x' : '"';
      return run.leaf.type === 'text'
        ? escapeTextile(run.leaf.value, { before, after: '"', signs: '', whole, cell: place.cell, label: true, mentions: true })
        : '';
    })
    .join('');
  return text.replace(/^[({[]|\)$/g, asEntity);
}

function leaf(run: Run, before: string, after: string, signs: string, whole: string, place: Place): string {
  switch (run.leaf.type) {
    case 'text':
      return escapeTextile(run.leaf.value, { before, after, signs, whole, cell: place.cell, label: false, mentions: place.options.mentions !== 'plain' });
    case 'inlineCode':
      return codeSpan(run.leaf.value, before, after, place);
    case 'break':
      return '\n';
    default:
      return picture(run, place);
  }
}

function line(children: Parameters<typeof runsOf>[0], place: Place): string {
  const runs = prepare(runsOf(children));
  const whole = runs.map((run) => words(run) + SIGN.filter((_, bit) => run.marks & (1 << bit)).join('') + (isPicture(run) ? '!!' : '')).join('');
  return spans(runs, 0, '', '', '', whole, place).split('\n').map(escapeLineStart).join('\n');
}

function list(node: List, marker: string, place: Place): string {
  const own = marker + (node.ordered ? '#' : '*');
  return node.children
    .map((item) => {
      const [first, nested] = item.children;
      const text = first?.type === 'paragraph' ? line(first.children, place) : '';
      const box = item.checked === undefined ? text.replace(/^\[(?=[ xX]\](?:\s|$))/, '&#91;') : `[${item.checked ? 'x' : ' '}] ${text}`;
      return `${own} ${box}${nested?.type === 'list' ? `\n${list(nested, own, place)}` : ''}`;
    })
    .join('\n');
}

function block(node: Block, place: Place): string {
  switch (node.type) {
    case 'paragraph':
      return line(node.children, place);
    case 'heading':
      return `h${node.depth}. ${line(node.children, place)}`;
    case 'code': {
      const value = `\n${node.value.replace(LITERAL, '<\u200b')}\n`;
      place.pres.push(node.lang && /^\w+$/.test(node.lang) ? `<pre><code class="${node.lang}">${value}</code></pre>` : `<pre>${value}</pre>`);
      return `\u0002${place.pres.length - 1}\u0003`;
    }
    case 'thematicBreak':
      return '---';
    case 'blockquote':
    case 'panel':
      return blocks(node.children, place).replace(/^.*$/gm, (text) => (text === '' || text.startsWith('>') ? `>${text}` : `> ${text}`));
    case 'list':
      return list(node, '', place);
    case 'table':
      return node.children
        .map((row, i) => `|${row.children.map((cell) => `${i ? '' : '_.'} ${line(cell.children, { ...place, cell: true })} |`).join('')}`)
        .join('\n');
    case 'rawUnsupported':
      return '';
    default:
      return node satisfies never;
  }
}

const blocks = (nodes: readonly Block[], place: Place): string => nodes.map((node) => block(node, place)).join('\n\n');

/** Redmine's Textile in which text is only text. Code is put in last, so that quotes and lists do not prefix its lines. */
export function toTextile(doc: RichText, options: WriteOptions = {}): string {
  const place: Place = { options, cell: false, pres: [] };
  const text = blocks(fitTextile(lower(doc, options, false)).children, place);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the marks that stand for code; canonical text has no control characters
  return place.pres.length ? text.replace(/\u0002(\d+)\u0003/g, (_, i: string) => place.pres[Number(i)] ?? '') : text;
}
