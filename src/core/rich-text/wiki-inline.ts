import type { Inline, ReadOptions } from './doc.ts';
import { decodeEntities } from './entities.ts';
import { cleanUrl } from './url.ts';
import { isBlank, isWord, SIGNS, WIKI_URL } from './wiki-escape.ts';
import { at, ENTITY, ESCAPABLE, find, linkEnd, literal } from './wiki-scan.ts';

const MARK: Readonly<Record<string, 'strong' | 'emphasis' | 'delete' | 'underline'>> = {
  '*': 'strong',
  _: 'emphasis',
  '??': 'emphasis',
  '-': 'delete',
  '+': 'underline',
};
const PLAIN = /[^\\{[!?&h*_\-+^~\ufdd0]+/y;
const URL_HERE = new RegExp(WIKI_URL.source, 'iuy');
const PICTURE = /!([^\s!|{}[\]\\][^!|{}[\]\\\n]{0,2000})(?:\|([^!\n]{0,2000}))?!/y;
const TAG = /\{(?:color(?::[^}\n]{0,60})?|anchor:[^}\n]{0,200})\}/y;
const BRACED = /\{(\*|_|-|\+|\^|~|\?\?)\}/y;

export type Reading = { options: ReadOptions; active: string; inLabel: boolean; start: string; end: string };
type Found = { nodes: Inline[]; end: number } | undefined;

const words = (value: string): Inline => ({ type: 'text', value });

/** A picture at `from`: an attachment or an address on the web. */
export function pictureAt(text: string, from: number, options: ReadOptions): { node: Inline; end: number } | undefined {
  const match = at(PICTURE, text, from);
  if (!match) return undefined;
  const source = (match[1] as string).trim();
  const known = options.fileOf?.(source);
  const url = known ? undefined : cleanUrl(source);
  if (!known && !url?.startsWith('http')) return undefined;
  const alt = literal(/(?:^|,)\s*alt\s*=\s*"?([^,"]*)/i.exec(match[2] ?? '')?.[1] ?? '');
  return { node: known ? { type: 'attachmentRef', ...known, alt, inline: true } : { type: 'image', url: url ?? '', alt }, end: from + match[0].length };
}

/** Reads one line: marks, links and pictures do not go over a line's end. */
export function readLine(text: string, reading: Reading): Inline[] {
  const out: Inline[] = [];
  const none = new Set<string>();
  let plain = '';
  const put = (...nodes: Inline[]): void => {
    if (plain) out.push(words(plain));
    plain = '';
    out.push(...nodes);
  };
  for (let i = 0; i < text.length; ) {
    const run = at(PLAIN, text, i);
    if (run) {
      plain += run[0];
      i += run[0].length;
      continue;
    }
    const c = text[i] as string;
    const next = text[i + 1];
    if (c === '\\' && next !== undefined && ESCAPABLE.includes(next)) {
      plain += next;
      i += 2;
    } else if (c === '&') {
      const found = at(ENTITY, text, i)?.[0] ?? c;
      plain += decodeEntities(found);
      i += found.length;
    } else if (c === 'h') {
      const url = reading.inLabel || isWord(text[i - 1] ?? reading.start) ? undefined : at(URL_HERE, text, i)?.[0];
      plain += url ?? c;
      i += url?.length ?? 1;
    } else {
      const found = special(text, i, c, reading, none);
      if (found) put(...found.nodes);
      else plain += c;
      i = found?.end ?? i + 1;
    }
  }
  put();
  return out;
}

function special(text: string, i: number, c: string, reading: Reading, none: Set<string>): Found {
  if (c === '{') return brace(text, i, reading, none);
  if (c === '[') return reading.inLabel ? undefined : link(text, i, reading);
  if (c === '!') {
    const found = pictureAt(text, i, reading.options);
    return found && { nodes: [found.node], end: found.end };
  }
  const sign = c === '?' ? '??' : c;
  if (!text.startsWith(sign, i) || reading.active.includes(c) || (!SIGNS.includes(c) && sign !== '??')) return undefined;
  const first = text[i + sign.length] ?? '';
  if (isWord(text[i - 1] ?? reading.start) || isBlank(first) || first === c || none.has(sign)) return undefined;
  for (let end = find(text, sign, i + sign.length); end >= 0; end = find(text, sign, end + 1)) {
    const after = text[end + sign.length] ?? reading.end;
    if (!isBlank(text[end - 1] as string) && !isWord(after)) return marked(text, i + sign.length, end, sign, sign.length, reading);
  }
  none.add(sign);
  return undefined;
}

function marked(text: string, from: number, to: number, sign: string, length: number, reading: Reading): Found {
  const beside = length === sign.length ? sign[0] : '}';
  const children = readLine(text.slice(from, to), {
    ...reading,
    active: reading.active + sign[0],
    start: beside ?? '',
    end: length === sign.length ? (beside ?? '') : '{',
  });
  const type = MARK[sign];
  return { nodes: type ? [{ type, children }] : children, end: to + length };
}

/** `{{code}}`, `{*}a mark within a word{*}`, and tags that mean nothing elsewhere. */
function brace(text: string, i: number, reading: Reading, none: Set<string>): Found {
  if (text[i + 1] === '{') {
    const end = none.has('{{') ? -1 : find(text, '}}', i + 2);
    if (end < 0) none.add('{{');
    else return { nodes: [{ type: 'inlineCode', value: literal(text.slice(i + 2, end)) }], end: end + 2 };
  }
  const tag = at(TAG, text, i);
  if (tag) return { nodes: [], end: i + tag[0].length };
  const sign = at(BRACED, text, i)?.[1];
  if (!sign || reading.active.includes(sign[0] as string)) return undefined;
  const length = sign.length + 2;
  const end = none.has(`{${sign}}`) ? -1 : find(text, `{${sign}}`, i + length);
  if (end >= 0) return marked(text, i + length, end, sign, length, reading);
  none.add(`{${sign}}`);
  return undefined;
}

function partsOf(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let bar = find(text, '|', 0); bar >= 0; bar = find(text, '|', from)) {
    parts.push(text.slice(from, bar));
    from = bar + 1;
  }
  return [...parts, text.slice(from)];
}

function link(text: string, i: number, reading: Reading): Found {
  const close = linkEnd(text, i);
  if (close < 0) return undefined;
  const end = close + 1;
  const parts = partsOf(text.slice(i + 1, close));
  const only = parts.length === 1 ? (parts[0] as string) : '';
  if (/^~\S/.test(only)) return { nodes: [{ type: 'mention', name: only.slice(1).replace(/^accountid:/, '') }], end };
  // After the address there may be a tip.
  for (let n = parts.length - 1; n >= Math.max(0, parts.length - 2); n--) {
    const target = (parts[n] as string).trim();
    const named = n > 0;
    const label = named ? readLine(parts.slice(0, n).join('|'), { ...reading, inLabel: true, start: '', end: '' }) : [words(target.replace(/^\^/, ''))];
    const file = /^\^|\//.test(target) ? reading.options.fileOf?.(target.replace(/^\^/, '')) : undefined;
    if (file) return { nodes: [{ type: 'attachmentRef', ...file, ...(named ? { alt: wordsOf(label) } : {}) }], end };
    if (target.startsWith('^') && target.length > 1) return { nodes: label, end };
    const url = /\s/.test(target) ? undefined : cleanUrl(target.startsWith('www.') ? `http://${target}` : target);
    if (url) return { nodes: [{ type: 'link', url, children: label }], end };
    if (named && n === parts.length - 1 && parts.length === 2 && label.length && /^\S+$/.test(parts[n] as string)) return { nodes: label, end };
  }
  return undefined;
}

const wordsOf = (nodes: readonly Inline[]): string =>
  nodes.map((node) => ('value' in node ? node.value : 'children' in node ? wordsOf(node.children) : node.type === 'break' ? ' ' : '')).join('');
