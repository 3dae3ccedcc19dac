import type { Block, List, RichText, WriteOptions } from './doc.ts';
import { fitLines } from './fit-lines.ts';
import { MARKS, type Run, runsOf } from './inline.ts';
import { lower, whereIs } from './lower.ts';
import { asEntity, escapeLineStart, escapeTextile, type Whole, wholeOf } from './textile-escape.ts';

const SIGN = ['*', '_', '-', '+'] as const;
const LITERAL = /<(?=\/?(?:pre|code|kbd|notextile)\b)/gi;
const OPENS = /^$|[\s(]$/;

type Place = { options: WriteOptions; cell: boolean; pres: string[] };

/** What stands for a run when the characters of its line are looked at. */
function words(run: Run): string {
  const { leaf } = run;
  const text =
    leaf.type === 'text'
      ? leaf.value
      : leaf.type === 'break'
        ? ' '
        : leaf.type === 'image'
          ? `.${leaf.alt ?? ''}.${leaf.url}.`
          : leaf.type === 'attachmentRef'
            ? `.${leaf.alt ?? ''}.${leaf.name}.`
            : '.';
  return run.url === undefined ? text : `"${text}"`;
}

const percent = (c: string): string => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** An address without Textile's own signs, that ends where Redmine says that it ends. */
const address = (url: string): string =>
  url.replace(/[*()!|]|(?<!\w)@/g, percent).replace(/[^\w/=]+$/u, (end) => encodeURIComponent(end).replace(/[^\w%]/g, percent));

const codeSpan = (value: string, before: string, after: string, place: Place): string => {
  const plain = !value.includes('==') && /^[^@<&|\s](?:[^@<&|]*[^@<&|\s])?$/.test(value) && !/[\w@]$/.test(before) && !/^[\w@]/.test(after);
  if (plain) return `@${value}@`;
  place.pres.push(`<code>${value.replace(LITERAL, '<\u200b')}</code>`);
  return `\ufdd0${place.pres.length - 1}\ufdd1`;
};

function picture(run: Run, place: Place): string {
  const { leaf } = run;
  const alt = (text: string | undefined): string => (text ? `(${text.replace(/[()!&<|"@=]/g, asEntity)})` : '');
  const href = run.url ? `:${address(run.url)}` : '';
  if (leaf.type === 'image') return `!${address(leaf.url)}${alt(leaf.alt)}!${href}`;
  if (leaf.type !== 'attachmentRef') return '';
  const at = whereIs(leaf.file, place.options);
  const name = at?.name ?? leaf.name;
  if (leaf.inline) return `!${address(encodeURIComponent(name.toWellFormed()))}${alt(leaf.alt)}!${href}`;
  const link = /^\w[\w.-]*\w$/.test(name) ? `attachment:${name}` : /["|]|==/.test(name) ? undefined : `attachment:"${name}"`;
  const label = leaf.alt ?? name;
  if (link && leaf.alt === undefined) return link;
  if (at?.url)
    return `"${escapeTextile(label, { before: '"', after: '"', signs: '', whole: wholeOf(label), cell: place.cell, label: true, mentions: true }).replace(/^[({[]|[)]$/g, asEntity)}":${address(at.url)}`;
  return link
    ? `${escapeTextile(label, { before: ' ', after: ' ', signs: '', whole: wholeOf(label), cell: place.cell, label: false, mentions: true })} (${link} )`
    : '';
}

const isPicture = (run: Run | undefined): boolean => run?.leaf.type === 'image' || run?.leaf.type === 'attachmentRef';

/** Redmine links only these: others keep their label. */
const canLink = (url: string): boolean => /^(?:https?:\/\/|mailto:)[\p{L}\p{N}_/]/u.test(url);

/** The marks that all of a link can bear: Textile has none within a label, and a sign within the address would end them. */
function linkMarks(runs: readonly Run[], from: number): number {
  const { url = '', marks } = runs[from] as Run;
  let common = marks;
  for (let i = from + 1; runs[i]?.url === url && !isPicture(runs[i]); i++) common &= (runs[i] as Run).marks;
  for (const [bit, sign] of SIGN.entries()) if (address(url).includes(sign)) common &= ~(1 << bit);
  return common;
}

/** Drops the marks and links that Textile cannot show here, and parts by spaces what it would not recognise within a word. */
function prepare(source: readonly Run[]): Run[] {
  const runs = source.map((run) => (run.url !== undefined && !canLink(run.url) ? { ...run, url: undefined } : run));
  const out: Run[] = [];
  const part = (marks: number): void => {
    out.push({ leaf: { type: 'text', value: ' ' }, marks, url: undefined });
  };
  for (const [i, run] of runs.entries()) {
    const previous = out.at(-1);
    const text = run.leaf.type === 'text' ? run.leaf.value : '';
    if (isPicture(run)) {
      if (previous && previous.leaf.type !== 'break' && !(previous.leaf.type === 'text' && /\s$/.test(previous.leaf.value))) part(0);
      out.push(run);
      continue;
    }
    const inLink = run.url !== undefined && previous?.url === run.url && !isPicture(previous);
    const marks = run.url === undefined ? run.marks : inLink ? previous.marks : linkMarks(runs, i);
    if (previous && !inLink && run.leaf.type !== 'break' && !/^\s/.test(text)) {
      const ahead = text && text + (runs[i + 1] ? words(runs[i + 1] as Run) : '');
      const apart = isPicture(previous)
        ? marks || run.url || !(previous.leaf.type === 'image' && !previous.url ? /^[,.;)\]]/ : /^[.,!](?:\s|$)/).test(ahead)
        : previous.url !== undefined && (marks !== previous.marks || run.url || !/^[.,!?](?:\s|$)/.test(ahead));
      if (apart) part(isPicture(previous) ? 0 : previous.marks & marks);
    }
    if (inLink && previous.leaf.type === 'text' && text) previous.leaf = { type: 'text', value: previous.leaf.value + text };
    else out.push({ ...run, marks });
  }
  return out;
}

/** Writes runs within marks (`signs`, outermost first); `before` and `after` are the characters beside them in the source. */
function spans(runs: Run[], level: number, before: string, after: string, signs: string, whole: Whole, place: Place): string {
  let out = '';
  const keyOf = (run: Run | undefined): unknown => (level < MARKS.length ? run && run.marks & (1 << level) : run?.url);
  for (let from = 0; from < runs.length; ) {
    const first = runs[from] as Run;
    const key = keyOf(first);
    let to = from + 1;
    while (to < runs.length && !isPicture(first) && !isPicture(runs[to]) && keyOf(runs[to]) === key) to++;
    const group = runs.slice(from, to);
    const next = runs[to];
    from = to;
    const left = out ? out.slice(-1) : before;
    const right = next ? words(next).slice(0, 1) : after;
    if (level < MARKS.length && key) out += mark(group, level, left, right, signs, whole, place);
    else if (level < MARKS.length) out += spans(group, level + 1, left, right, signs, whole, place);
    else if (key !== undefined && !isPicture(first)) out += `"${label(group, signs, place)}":${address(key as string)}`;
    else
      for (const [i, run] of group.entries())
        out += leaf(run, out ? out.slice(-1) : left, group[i + 1] ? words(group[i + 1] as Run).slice(0, 1) : right, signs, whole, place);
  }
  return out;
}

/** One mark, if Redmine would recognise it at this place. White space at its edges stands outside. */
function mark(group: Run[], level: number, left: string, right: string, signs: string, whole: Whole, place: Place): string {
  const sign = SIGN[level] as string;
  const first = group[0] as Run;
  const last = group.at(-1) as Run;
  const lead = first.leaf.type === 'text' && /^\s/.test(first.leaf.value) ? ' ' : '';
  const tail = last.leaf.type === 'text' && /\s$/.test(last.leaf.value) ? ' ' : '';
  const opens = lead || (OPENS.test(left) && left !== sign);
  const closes = tail || /^(?:$|[\p{P}$+<=>^`|~\s])/u.test(right);
  if (!opens || !closes) return spans(group, level + 1, left, right, signs, whole, place);
  const text = spans(group, level + 1, '', '', signs + sign, whole, place).trim();
  return text ? `${lead}${sign}${inner(text)}${sign}${tail}` : lead;
}

/** The inside of a mark must not look like its class or style, nor be a lone sign. */
const inner = (text: string): string =>
  /^[^\p{L}\p{N}\p{M}_]$/u.test(text) || /^[({[#]/.test(text)
    ? asEntity(String.fromCodePoint(text.codePointAt(0) ?? 32)) + text.slice((text.codePointAt(0) as number) > 0xffff ? 2 : 1)
    : text;

function label(group: Run[], signs: string, place: Place): string {
  const whole = wholeOf(group.map(words).join(''));
  const text = group
    .map((run, i) => {
      const before = group[i - 1] ? words({ ...(group[i - 1] as Run), url: undefined }).slice(-1) : '"';
      const after = group[i + 1] ? words({ ...(group[i + 1] as Run), url: undefined }).slice(0, 1) : '"';
      return leaf({ ...run, url: undefined }, before, after, signs, whole, place, true);
    })
    .join('');
  return text.replace(/^[({[]|\)$/g, asEntity);
}

function leaf(run: Run, before: string, after: string, signs: string, whole: Whole, place: Place, inLabel = false): string {
  switch (run.leaf.type) {
    case 'text':
      return escapeTextile(run.leaf.value, { before, after, signs, whole, cell: place.cell, label: inLabel, mentions: place.options.mentions !== 'plain' });
    case 'inlineCode':
      return codeSpan(run.leaf.value, before || signs.slice(-1), after || signs.slice(-1), place);
    case 'break':
      return '\n';
    case 'attachmentRef':
    case 'image':
    case 'mention':
    case 'rawUnsupported':
      return picture(run, place);
  }
}

function line(children: Parameters<typeof runsOf>[0], place: Place): string {
  const runs = prepare(runsOf(children));
  const text = runs.map((run) => {
    const signs = SIGN.filter((_, bit) => run.marks & (1 << bit));
    return `${signs.join('')}${words(run)}${run.url ?? ''}${signs.map((sign) => `${sign}.`).join('')}${isPicture(run) ? '!!' : ''}`;
  });
  const whole = wholeOf(text.join(''));
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
      return `\ufdd0${place.pres.length - 1}\ufdd1`;
    }
    case 'thematicBreak':
      return '---';
    case 'blockquote':
    case 'panel':
      return blocks(node.children, place)
        .split('\n')
        .map((text) => (text === '' || text.startsWith('>') ? `>${text}` : `> ${text}`))
        .join('\n');
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
  const text = blocks(fitLines(lower(doc, options, false)).children, place);
  return place.pres.length ? text.replace(/\ufdd0(\d+)\ufdd1/g, (_, i: string) => place.pres[Number(i)] ?? '') : text;
}
