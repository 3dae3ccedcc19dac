import type { Inline, ReadOptions } from './doc.ts';
import { decodeEntities } from './entities.ts';
import { cleanUrl } from './url.ts';

const SIGNS: Record<string, 'strong' | 'emphasis' | 'delete' | 'underline' | 'plain'> = {
  '**': 'strong',
  '*': 'strong',
  '??': 'emphasis',
  __: 'emphasis',
  _: 'emphasis',
  '-': 'delete',
  '+': 'underline',
  '%': 'plain',
  '^': 'plain',
  '~': 'plain',
};
const ATTRIBUTES = '(?:\\([^"()\\n]{1,80}\\)|\\{[^"}\\n]{1,80}\\}|\\[[a-z_-]{1,20}\\]){0,4}';
const IMAGE = new RegExp(
  `![<=>]?${ATTRIBUTES}(?:\\. )?([^\\s(!]+)\\s?(?:\\(((?:[^()\\n]|\\([^)\\n]{1,200}\\)){1,1000}?)\\))?!(?::(\\S+?)(?=[^\\w\\s/;=?]*(?:\\s|$)))?`,
  'y',
);
const LINK = new RegExp(`"${ATTRIBUTES}([^"\\n]+)":((?:/|[a-zA-Z]+://|www\\.|mailto:)[\\p{L}\\p{N}_/]\\S*)`, 'uy');
const FILE = /attachment:(?:"([^"\n]+)"|([^\s<>"|]*[^\s<>"|.,;:!?)]))/y;
const TEXT = /[^*?_\-+%^~!"\n\ufdd0a]+/y;
const WORD = /[\p{L}\p{N}\p{M}_]/u;
const PUNCTUATION = /[\p{P}$+<=>^`|~\s\ufdd0]/u;

/** What was taken out of the source before it is read as Textile: code and literal text, by number. */
export type Ripped = { code: boolean; value: string };
type Reading = { ripped: Ripped[]; options: ReadOptions };

const at = (pattern: RegExp, text: string, index: number): RegExpExecArray | null => {
  pattern.lastIndex = index;
  return pattern.exec(text);
};

/** Where a mark that opens at `from` ends; -1 if nowhere. `none` remembers signs that have no end, which keeps the search linear. */
function closing(text: string, from: number, sign: string, none: Set<string>): number {
  if (none.has(sign)) return -1;
  const start = from + sign.length;
  for (let end = text.indexOf(sign, start + 1); end >= 0; end = text.indexOf(sign, end + 1)) {
    if (/\s/.test(text[end - 1] as string)) continue;
    const after = text[end + sign.length];
    if (after !== undefined && !PUNCTUATION.test(after)) continue;
    if (end - start === 1 && !WORD.test(text[start] as string)) continue;
    return end;
  }
  none.add(sign);
  return -1;
}

const codeEnd = (text: string, from: number, none: Set<string>): number => {
  if (none.has('@')) return -1;
  for (let end = text.indexOf('@', from + 2); end >= 0; end = text.indexOf('@', end + 1)) {
    if (text[end + 1] === undefined || /\W/.test(text[end + 1] as string)) return text.slice(from, end).includes('\n') ? -1 : end;
  }
  none.add('@');
  return -1;
};

/** Takes `@code@` out before the marks are looked for, as Redmine does: a sign in code ends no mark. */
function ripCode(text: string, { ripped }: Reading): string {
  let out = '';
  let from = 0;
  const none = new Set<string>();
  for (let i = text.indexOf('@'); i >= 0; i = text.indexOf('@', i)) {
    const end = /\w/.test(text[i - 1] ?? '') ? -1 : codeEnd(text, i, none);
    if (end < 0) {
      i++;
      continue;
    }
    out += `${text.slice(from, i)}\ufdd0${ripped.length}\ufdd1`;
    ripped.push({ code: true, value: decodeEntities(text.slice(i + 1, end).replace(/^\|\w+\|/, '')) });
    i = end + 1;
    from = i;
  }
  return out + text.slice(from);
}

/** Reads one block's lines. `active` are the signs of the marks around it, which do not open again; `start` is the character before it. */
export function readInline(source: string, reading: Reading, active = '', start = ''): Inline[] {
  const text = active === '' && source.includes('@') ? ripCode(source, reading) : source;
  const out: Inline[] = [];
  const none = new Set<string>();
  let words = '';
  const flush = (): void => {
    if (words) out.push({ type: 'text', value: decodeEntities(words) });
    words = '';
  };
  const put = (...nodes: Inline[]): void => {
    flush();
    out.push(...nodes);
  };
  for (let i = 0; i < text.length; ) {
    const plain = at(TEXT, text, i);
    if (plain) {
      words += plain[0];
      i += plain[0].length;
      continue;
    }
    const c = text[i] as string;
    const before = i ? (text[i - 1] as string) : start;
    if (c === '\n') {
      put({ type: 'break' });
      i++;
      continue;
    }
    if (c === '\ufdd0') {
      const end = text.indexOf('\ufdd1', i);
      const taken = reading.ripped[Number(text.slice(i + 1, end))];
      if (taken) put(taken.code ? { type: 'inlineCode', value: taken.value } : { type: 'text', value: taken.value });
      i = end < 0 ? text.length : end + 1;
      continue;
    }
    const found = special(text, i, c, before, reading, none, active);
    if (found) put(...found.nodes);
    else words += c;
    i = found?.end ?? i + 1;
  }
  flush();
  return out;
}

type Found = { nodes: Inline[]; end: number } | undefined;

function special(text: string, i: number, c: string, before: string, reading: Reading, none: Set<string>, active: string): Found {
  if (c === 'a') return text.startsWith('attachment:', i) && !WORD.test(before || ' ') ? file(at(FILE, text, i), reading) : undefined;
  if (c === '"') return link(at(LINK, text, i), reading, active);
  if (c === '!') return /^[\s>]?$/.test(before) ? image(at(IMAGE, text, i), reading) : undefined;
  if (!/^[\s(>]?$/.test(before)) return undefined;
  const sign = SIGNS[c + c] && text[i + 1] === c ? c + c : c;
  const mark = SIGNS[sign];
  if (!mark || active.includes(c) || text.startsWith('--', i) || /^\s?$/.test(text[i + sign.length] ?? '')) return undefined;
  const end = closing(text, i, sign, none);
  if (end < 0) return undefined;
  const content = text.slice(i + sign.length, end).replace(new RegExp(`^${ATTRIBUTES}(?=.)`, 's'), '');
  const children = readInline(content, reading, active + c);
  return { nodes: mark === 'plain' ? children : [{ type: mark, children }], end: end + sign.length };
}

function file(match: RegExpExecArray | null, { options }: Reading): Found {
  const known = match && options.fileOf?.(match[1] ?? match[2] ?? '');
  return known ? { nodes: [{ type: 'attachmentRef', ...known }], end: match.index + match[0].length } : undefined;
}

/** The part of an address after which Redmine says that the sentence goes on. */
function trimUrl(url: string): string {
  const kept = url.replace(/[^\p{L}\p{N}_=/;()-]+$/u, '');
  return kept.endsWith(')') && kept.split('(').length < kept.split(')').length ? kept.slice(0, -1) : kept;
}

const decodeName = (name: string): string => {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
};

function link(match: RegExpExecArray | null, reading: Reading, active: string): Found {
  if (!match) return undefined;
  const [whole, label = '', raw = ''] = match;
  const url = trimUrl(raw);
  const end = match.index + whole.length - (raw.length - url.length);
  const known = reading.options.fileOf?.(url);
  const children = readInline(
    label.replace(/\s?\([^)]+\)$/, (title) => (title.length === label.length ? title : '')),
    reading,
    active,
    '"',
  );
  if (known) return { nodes: [{ type: 'attachmentRef', ...known, alt: decodeEntities(label) }], end };
  const safe = cleanUrl(url.startsWith('www.') ? `http://${url}` : url);
  return { nodes: safe ? [{ type: 'link', url: safe, children }] : children, end };
}

function image(match: RegExpExecArray | null, { options }: Reading): Found {
  if (!match) return undefined;
  const [whole, source = '', title, href] = match;
  const alt = title ? decodeEntities(title) : '';
  const known = options.fileOf?.(source) ?? options.fileOf?.(decodeName(source));
  const url = cleanUrl(source);
  if (!known && !url) return undefined;
  const node: Inline = known ? { type: 'attachmentRef', ...known, alt, inline: true } : { type: 'image', url: url ?? '', alt };
  const target = href && cleanUrl(href);
  return { nodes: target ? [{ type: 'link', url: target, children: [node] }] : [node], end: match.index + whole.length };
}
