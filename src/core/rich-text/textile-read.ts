import { canon } from './canon.ts';
import type { Block, Inline, List, ListItem, ReadOptions, RichText, TableRow } from './doc.ts';
import { type Ripped, readInline } from './textile-inline.ts';

const ATTRIBUTES = '(?:\\([^()\\n]{1,80}\\)|\\{[^}\\n]{1,80}\\}|\\[[^\\]\\n]{1,20}\\]|[<>=()^~-]){0,6}';
const PREFIX = new RegExp(`^(p|h[1-6]|bq|fn\\d+)${ATTRIBUTES}\\.(?::\\S+)? (.*)$`, 's');
const ITEM = /^([#*]+)(?:\([^)\n]{1,80}\)|\{[^}\n]{1,80}\})? (.*)$/s;
const RULE = /^ ?(?:(?:\* ?){3,}|(?:- ?){3,}|(?:_ ?){3,})$/;
const CELL = new RegExp(`^(?:_|[\\\\/]\\d+|${ATTRIBUTES}){0,4}\\. ?`);
const OPEN = /<(pre|code|kbd|notextile)\b([^<>]*)>/gi;

type Reading = { ripped: Ripped[]; pres: Map<string, Block>; options: ReadOptions };

/** Takes `<pre>`, `<code>` and `<notextile>` out of the source, as Redmine does first of all: nothing in them is Textile. */
function rip(text: string, reading: Reading): string {
  if (!text.includes('<') && !text.includes('==')) return text;
  let out = '';
  let from = 0;
  const lower = text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
  const unclosed = new Set<string>();
  OPEN.lastIndex = 0;
  for (let match = OPEN.exec(text); match; match = OPEN.exec(text)) {
    const tag = (match[1] as string).toLowerCase();
    const end = unclosed.has(tag) ? -1 : lower.indexOf(`</${tag}>`, OPEN.lastIndex);
    if (end < 0) {
      unclosed.add(tag);
      continue;
    }
    const place = `\ufdd0${reading.ripped.length}\ufdd1`;
    const value = text.slice(OPEN.lastIndex, end);
    if (tag === 'pre') reading.pres.set(place, pre(value));
    reading.ripped.push(tag === 'notextile' ? { code: false, value } : { code: true, value: shown(value) });
    out += text.slice(from, match.index) + place;
    from = end + tag.length + 3;
    OPEN.lastIndex = from;
  }
  return withoutComments(out + text.slice(from)).replace(/(^|\s)==([^=\n][^\n]{0,500}?)==(?=\s|$)/gm, (_, before: string, value: string) => {
    reading.ripped.push({ code: false, value });
    return `${before}\ufdd0${reading.ripped.length - 1}\ufdd1`;
  });
}

const shown = (value: string): string => value.replace(/<\u200b(?=\/?(?:pre|code|kbd|notextile)\b)/gi, '<');

function pre(value: string): Block {
  const code = /^\s*<code(?:\s+class="([\w+#.-]+)")?\s*>([\s\S]*?)(?:<\/code>\s*)?$/i.exec(value);
  const text = shown((code?.[2] ?? value).replace(/^\n/, '').replace(/\n$/, ''));
  return { type: 'code', ...(code?.[1] ? { lang: code[1] } : {}), value: text };
}

function withoutComments(text: string): string {
  let out = '';
  let from = 0;
  for (let start = text.indexOf('<!--'); start >= 0; start = text.indexOf('<!--', from)) {
    const end = text.indexOf('-->', start);
    if (end < 0) break;
    out += text.slice(from, start);
    from = end + 3;
  }
  return out + text.slice(from);
}

/** Lines that begin with `>` are quotes, by the number of signs; an empty line or fewer signs end them. */
function readLines(lines: readonly string[], reading: Reading, depth = 0): Block[] {
  const out: Block[] = [];
  for (let from = 0; from < lines.length; ) {
    const quoted = (lines[from] as string).startsWith('>');
    let to = from;
    while (to < lines.length && (lines[to] as string).startsWith('>') === quoted) to++;
    const part = lines.slice(from, to);
    if (!quoted) out.push(...readBlocks(part, reading));
    else
      out.push({
        type: 'blockquote',
        children: readLines(
          part.map((line) => (depth > 20 ? line.replace(/^[> ]+/, '') : line.replace(/^> ?(?: (?=>))?/, ''))),
          reading,
          depth + 1,
        ),
      });
    from = to;
  }
  return out;
}

function readBlocks(lines: readonly string[], reading: Reading): Block[] {
  const out: Block[] = [];
  let block: string[] = [];
  for (const line of [...lines, '']) {
    if (line.trim()) block.push(line);
    else if (block.length) {
      out.push(...readBlock(block, reading));
      block = [];
    }
  }
  return out;
}

const paragraph = (text: string, reading: Reading): Block[] => withCode(text, reading, (children) => ({ type: 'paragraph', children }));

/** A line, with the code blocks that stand in it set apart. */
function withCode(text: string, reading: Reading, around: (children: Inline[]) => Block): Block[] {
  if (!reading.pres.size) return [around(readInline(text, reading))];
  const out: Block[] = [];
  let line = '';
  const flush = (): void => {
    if (line.trim()) out.push(around(readInline(line, reading)));
    line = '';
  };
  for (const part of text.split(/(\ufdd0\d+\ufdd1)/)) {
    const code = reading.pres.get(part);
    if (!code) line += part;
    else {
      flush();
      out.push(code);
    }
  }
  flush();
  return out;
}

function readBlock(lines: string[], reading: Reading): Block[] {
  const prefix = PREFIX.exec(lines.join('\n').trimStart());
  if (prefix) {
    const [, tag = '', text = ''] = prefix;
    if (tag.startsWith('h')) return withCode(text, reading, (children) => ({ type: 'heading', depth: Number(tag[1]), children }));
    if (tag === 'bq') return [{ type: 'blockquote', children: paragraph(text, reading) }];
    return paragraph(tag.startsWith('fn') ? `${tag.slice(2)} ${text}` : text, reading);
  }
  const out: Block[] = [];
  let text: string[] = [];
  const flush = (): void => {
    if (text.length) out.push(...paragraph(text.join('\n'), reading));
    text = [];
  };
  for (const [i, line] of lines.entries()) {
    const rest = lines.slice(i);
    const isTable =
      (line.startsWith('|') || /^(?:table|[({[<>=])[^|]{0,80}\./.test(line)) && /\|\s*$/.test(lines.at(-1) ?? '') && rest.some((row) => row.startsWith('|'));
    if (RULE.test(line)) {
      flush();
      out.push({ type: 'thematicBreak' });
    } else if (ITEM.test(line) || isTable) {
      flush();
      return [...out, ...(isTable ? [readTable(rest, reading)] : readLists(rest, reading))];
    } else text.push(line);
  }
  flush();
  return out;
}

function readLists(lines: readonly string[], reading: Reading): Block[] {
  const entries: { marker: string; text: string }[] = [];
  for (const line of lines) {
    const match = ITEM.exec(line);
    const last = entries.at(-1);
    if (match) entries.push({ marker: match[1] as string, text: match[2] as string });
    else if (last) last.text += `\n${line}`;
  }
  let i = 0;
  const readList = (): List => {
    const { marker } = entries[i] as { marker: string };
    const ordered = marker.endsWith('#');
    const children: ListItem[] = [];
    for (let entry = entries[i]; entry && entry.marker.length >= marker.length; entry = entries[i]) {
      if (entry.marker.length > marker.length) {
        children.at(-1)?.children.push(readList());
        continue;
      }
      if (entry.marker.endsWith('#') !== ordered) break;
      const box = /^\[([ xX])\] /.exec(entry.text);
      const text = box ? entry.text.slice(4) : entry.text;
      children.push({ type: 'listItem', ...(box ? { checked: box[1] !== ' ' } : {}), children: paragraph(text, reading) });
      i++;
    }
    return { type: 'list', ordered, children };
  };
  const out: Block[] = [];
  while (i < entries.length) out.push(readList());
  return out;
}

function readTable(lines: readonly string[], reading: Reading): Block {
  const rows: string[] = [];
  for (const line of lines) {
    const last = rows.at(-1);
    if (last !== undefined && !/\|\s*$/.test(last)) rows[rows.length - 1] = `${last}\n${line}`;
    else if (line.includes('|')) rows.push(line);
  }
  const children = rows.map((row): TableRow => {
    const inner = row.slice(row.indexOf('|') + 1).replace(/\|\s*$/, '');
    // A bar within a wiki link does not part cells.
    const cells = inner.replace(/\[\[([^|\]\n]*)\|([^|\]\n]*)\]\]/g, '[[$1\ufdd2$2]]').split('|');
    return {
      type: 'tableRow',
      children: cells.map((cell) => ({ type: 'tableCell', children: readInline(cell.replace(CELL, '').replaceAll('\ufdd2', '|').trim(), reading) })),
    };
  });
  return { type: 'table', children };
}

const CONTROL = /(?![\t\n])[\p{Cc}\ufdd0-\ufddf]/gu;

/** Reads Textile as Redmine renders it (its own dialect: no raw HTML but pre, code and notextile; line ends are breaks). */
export function fromTextile(textile: string, options: ReadOptions = {}): RichText {
  const reading: Reading = { ripped: [], pres: new Map(), options };
  const source = textile.replace(/\r\n?/g, '\n').replace(CONTROL, '');
  return canon({ type: 'root', children: readLines(rip(source, reading).split('\n'), reading) });
}
