import { withBox } from './boxes.ts';
import { canon, panelKind } from './canon.ts';
import type { Block, Inline, List, ListItem, PanelKind, ReadOptions, RichText, TableRow } from './doc.ts';
import { pictureAt, readLine } from './wiki-inline.ts';
import { linesOf, linkEnd } from './wiki-scan.ts';
import { PANEL_COLOURS } from './wiki-write.ts';

const CODE = /\{(code|noformat)(?::([^}\n]*))?\}/g;
const MACRO = /(?<![\\{])\{(quote|panel|info|note|tip|warning)(?::([^}\n]*))?\}/g;
const ITEM = /^\s*([*#-]+)\s+(\S.*)$/;
const HEADING = /^\s*h([1-6])\.\s+(.*)$/;
const QUOTE = /^\s*bq\.\s+(.*)$/;
const RULE = /^\s*-{4,}\s*$/;
const DEEPEST = 12;

type Reading = { codes: Block[]; options: ReadOptions };

/** Takes code out of the source first of all: nothing in it is markup. */
function rip(text: string, codes: Block[]): string {
  let out = '';
  let from = 0;
  const unclosed = new Set<string>();
  CODE.lastIndex = 0;
  for (let match = CODE.exec(text); match; match = CODE.exec(text)) {
    const [tag, name = '', parameters = ''] = match;
    const start = match.index + tag.length;
    const escaped = /[\\{]/.test(text[match.index - 1] ?? '');
    const end = escaped || unclosed.has(name) ? -1 : text.indexOf(`{${name}}`, start);
    if (end < 0) {
      if (!escaped) unclosed.add(name);
      continue;
    }
    const value = text.slice(start, end).replace(/^\n/, '').replace(/\n$/, '');
    const named = /(?:^|\|)\s*lang(?:uage)?\s*=\s*([^|]+)/.exec(parameters)?.[1];
    const lang = (named ?? parameters.split('|').find((part) => part && !part.includes('=')) ?? '').trim();
    codes.push({ type: 'code', ...(lang && name === 'code' ? { lang } : {}), value: value.replace(/\{\u200b(\u200b*)(?=code|noformat)/g, '{$1') });
    out += `${text.slice(from, match.index)}\ufdd0${codes.length - 1}\ufdd1`;
    from = end + name.length + 2;
    CODE.lastIndex = from;
  }
  return out + text.slice(from);
}

const parameter = (parameters: string, name: string): string => new RegExp(`(?:^|\\|)\\s*${name}\\s*=\\s*([^|]*)`, 'i').exec(parameters)?.[1]?.trim() ?? '';

function kindOf(name: string, parameters: string): PanelKind {
  if (name !== 'panel') return panelKind(name);
  const colour = parameter(parameters, 'bgColor').toLowerCase();
  return (Object.keys(PANEL_COLOURS) as PanelKind[]).find((kind) => PANEL_COLOURS[kind] === colour) ?? 'info';
}

/** Quotes and panels, which go from their tag to the next of the same name; between them, lines. */
function readBlocks(text: string, reading: Reading, depth = 0): Block[] {
  const out: Block[] = [];
  const unclosed = new Set<string>();
  let from = 0;
  const tags = depth < DEEPEST ? [...text.matchAll(MACRO)] : [];
  for (const [i, tag] of tags.entries()) {
    const [whole, name = '', parameters = ''] = tag;
    if (tag.index < from || unclosed.has(name)) continue;
    const close = tags.slice(i + 1).find((other) => other[1] === name && other[2] === undefined);
    if (!close) {
      unclosed.add(name);
      continue;
    }
    out.push(...readLines(text.slice(from, tag.index), reading));
    const children = readBlocks(text.slice(tag.index + whole.length, close.index), reading, depth + 1);
    from = close.index + close[0].length;
    if (name === 'quote') out.push({ type: 'blockquote', children });
    else {
      const title = parameter(parameters, 'title');
      const head: Block[] = title ? [{ type: 'paragraph', children: [{ type: 'strong', children: inline(title, reading) }] }] : [];
      out.push({ type: 'panel', kind: kindOf(name, parameters), children: [...head, ...children] });
    }
  }
  return [...out, ...readLines(text.slice(from), reading)];
}

/** Lines of one paragraph, item or cell: each line end is a break. */
function inline(text: string, { codes, options }: Reading): Inline[] {
  const out: Inline[] = [];
  for (const [i, line] of linesOf(text).entries()) {
    if (i) out.push({ type: 'break' });
    for (const part of line.split(/(\ufdd0\d+\ufdd1)/)) {
      const code = part.startsWith('\ufdd0') ? codes[Number(part.slice(1, -1))] : undefined;
      if (code) out.push(code as unknown as Inline);
      else out.push(...readLine(part, { options, active: '', inLabel: false, start: '', end: '' }));
    }
  }
  return out;
}

/** A line, with the code blocks that stand in it set apart. */
function withCode(text: string, reading: Reading, around: (children: Inline[]) => Block): Block[] {
  return text.split(/(\ufdd0\d+\ufdd1)/).flatMap((part): Block[] => {
    const code = part.startsWith('\ufdd0') ? reading.codes[Number(part.slice(1, -1))] : undefined;
    return code ? [code] : part.trim() ? [around(inline(part, reading))] : [];
  });
}

const paragraph = (text: string, reading: Reading): Block[] => withCode(text, reading, (children) => ({ type: 'paragraph', children }));

const isTable = (line: string): boolean => /^\s*\|/.test(line);
const startsBlock = (line: string): boolean => ITEM.test(line) || HEADING.test(line) || QUOTE.test(line) || RULE.test(line) || isTable(line);

function readLines(text: string, reading: Reading): Block[] {
  const out: Block[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; ) {
    const line = lines[i] as string;
    const heading = HEADING.exec(line);
    const quote = QUOTE.exec(line);
    let to = i + 1;
    if (heading) out.push(...withCode(heading[2] ?? '', reading, (children) => ({ type: 'heading', depth: Number(heading[1]), children })));
    else if (quote) out.push({ type: 'blockquote', children: paragraph(quote[1] ?? '', reading) });
    else if (RULE.test(line)) out.push({ type: 'thematicBreak' });
    else if (line.trim()) {
      // A list and a table go on to the next empty line; a paragraph also ends where another block begins.
      const own = ITEM.test(line) ? ITEM : isTable(line) ? undefined : null;
      const goesOn = (next: string): boolean =>
        next.trim() !== '' && (own === null ? !startsBlock(next) : own ? own.test(next) || !startsBlock(next) : isTable(next) || !startsBlock(next));
      while (to < lines.length && goesOn(lines[to] as string)) to++;
      const part = lines.slice(i, to);
      if (own === ITEM) out.push(...readLists(part, reading));
      else if (own === undefined) out.push(readTable(part, reading));
      else out.push(...paragraph(part.join('\n'), reading));
    }
    i = to;
  }
  return out;
}

function readLists(lines: readonly string[], reading: Reading): Block[] {
  const entries: { depth: number; ordered: boolean; text: string }[] = [];
  for (const line of lines) {
    const match = ITEM.exec(line);
    const last = entries.at(-1);
    if (match) entries.push({ depth: Math.min(DEEPEST, (match[1] as string).length), ordered: (match[1] as string).endsWith('#'), text: match[2] as string });
    else if (last) last.text += `\n${line}`;
  }
  let i = 0;
  const readList = (): List => {
    const { depth, ordered } = entries[i] as { depth: number; ordered: boolean };
    const children: ListItem[] = [];
    for (let entry = entries[i]; entry && entry.depth >= depth; entry = entries[i]) {
      const last = children.at(-1);
      if (entry.depth > depth && last) {
        last.children.push(readList());
        continue;
      }
      if (entry.ordered !== ordered) break;
      children.push(withBox({ type: 'listItem', children: paragraph(entry.text, reading) }));
      i++;
    }
    return { type: 'list', ordered, children };
  };
  const out: Block[] = [];
  while (i < entries.length) out.push(readList());
  return out;
}

/** Cells are parted by bars, but not by those in links, pictures and code. */
function cellsOf(row: string, options: ReadOptions): string[] {
  const cells: string[] = [];
  let from = 0;
  for (let i = 0; i < row.length; ) {
    const c = row[i];
    const skip = c === '[' ? linkEnd(row, i) + 1 : c === '!' ? (pictureAt(row, i, options)?.end ?? 0) : 0;
    if (skip > i) i = skip;
    else if (c === '|') {
      cells.push(row.slice(from, i));
      i += row[i + 1] === '|' ? 2 : 1;
      from = i;
    } else i += c === '\\' ? 2 : 1;
  }
  return [...cells, row.slice(from)];
}

function readTable(lines: readonly string[], reading: Reading): Block {
  const rows: string[] = [];
  for (const line of lines) {
    if (isTable(line) || !rows.length) rows.push(line.trim());
    else rows[rows.length - 1] += `\n${line.trimEnd()}`;
  }
  const children = rows.map((row): TableRow => {
    const cells = cellsOf(row.replace(/^\|{1,2}/, ''), reading.options);
    if (cells.length > 1 && !cells.at(-1)?.trim()) cells.pop();
    return { type: 'tableRow', children: cells.map((cell) => ({ type: 'tableCell', children: inline(cell.trim(), reading) })) };
  });
  return { type: 'table', children };
}

const CONTROL = /(?![\t\n])[\p{Cc}\ufdd0-\ufddf]/gu;

/** Reads wiki markup as Jira Data Center renders it: a line end is a break, emoticons are the text that they are. */
export function fromWiki(wiki: string, options: ReadOptions = {}): RichText {
  const codes: Block[] = [];
  const source = rip(wiki.replace(/\r\n?/g, '\n').replace(CONTROL, ''), codes);
  return canon({ type: 'root', children: readBlocks(source, { codes, options }) });
}
