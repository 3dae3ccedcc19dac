/** The parser takes time by the square of the signs in one run of text: beyond this many, they are escaped. */
const SIGNS_PER_BLOCK = 400;
const SIGN = /\\[\s\S]|[[\]]|!(?=\\?\[)|\*+|_+|~+/g;
const FENCE = /^[>\s]*(?:[-+*]\s+|\d{1,9}[.)]\s+)*(`{3,}|~{3,})/;
const ITEM = /^\s*[-+*]\s/;
const isDelimiterRow = (line: string): boolean => line.includes('|') && line.includes('-') && /^[>\s|:-]+$/.test(line);

const isSign = (match: string): boolean => !match.startsWith('\\');

function escapeSigns(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(SIGN, (match) => (isSign(match) ? match.replace(/./g, '\\$&') : match)));
}

/** Escapes the signs of text that has so many of them that reading it would take too long. Code is left alone. */
function limitSigns(md: string): string {
  const out: string[] = [];
  let block: string[] = [];
  let count = 0;
  let table = false;
  let fence = '';
  const flush = (): void => {
    out.push(...(count > SIGNS_PER_BLOCK ? escapeSigns(block) : block));
    block = [];
    count = 0;
  };
  for (const line of md.split('\n')) {
    const mark = FENCE.exec(line)?.[1] ?? '';
    if (fence ? mark.startsWith(fence) : mark) fence = fence ? '' : mark;
    else if (!fence && isDelimiterRow(line)) table = true;
    if (!/[^>\s]/.test(line)) table = false;
    if (fence || table || ITEM.test(line) || !/[^>\s]/.test(line)) flush();
    block.push(line);
    if (fence) flush();
    else for (const [match] of line.matchAll(SIGN)) if (isSign(match)) count++;
  }
  flush();
  return out.join('\n');
}

/** Lines whose markers nest without end are flattened: the parser would recurse. */
function limitDepth(md: string): string {
  if (!/^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])){40}/m.test(md) && !/^[ \t]{400}/m.test(md)) return md;
  return md.replace(/^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])){12,}[ \t]*/gm, '> ').replace(/^[ \t]{200,}/gm, '');
}

/** Markdown that can be parsed in time and without exhausting the stack. What people write comes back as it is. */
export function guardMarkdown(md: string): string {
  return limitSigns(limitDepth(md.replace(/\r\n?/g, '\n')));
}
