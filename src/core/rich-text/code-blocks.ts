/** Where the fenced blocks of code of a Markdown text are, from the first sign of each to behind its last one. One that is not closed counts for none. */
export function codeBlocksIn(markdown: string): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  let open: { from: number; fence: string } | undefined;
  let at = 0;
  for (const line of markdown.split('\n')) {
    const [, fence = '', rest = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (!open) {
      if (fence && !(fence.startsWith('`') && rest.includes('`'))) open = { from: at, fence };
    } else if (fence.startsWith(open.fence) && rest.trim() === '') {
      found.push({ from: open.from, to: at + line.length });
      open = undefined;
    }
    at += line.length + 1;
  }
  return found;
}

/** The last match that is in no block of code: what stands there is quoted. */
export function lastOutsideCode(pattern: RegExp, markdown: string): RegExpExecArray | undefined {
  const matches = [...markdown.matchAll(pattern)];
  if (matches.length === 0) return undefined;
  const blocks = codeBlocksIn(markdown);
  return matches.findLast(({ index }) => !blocks.some(({ from, to }) => index >= from && index < to));
}
