/** What a person writes, whatever the tracker: a party types it as people type it there. Written by hand, so that it shares nothing with the connectors. */
export type Words = readonly Part[];
export type Part =
  | Line
  | { readonly heading: Line }
  | { readonly bullets: readonly Item[] }
  | { readonly numbered: readonly Item[] }
  | { readonly tasks: readonly { readonly done: boolean; readonly text: Line }[] }
  /** The first row is the header. */
  | { readonly table: readonly (readonly Line[])[] }
  | { readonly block: string; readonly lang?: string }
  | { readonly quote: Line };
/** A list item, with a list inside it or without. */
export type Item = Line | { readonly text: Line; readonly inner: { readonly bullets: readonly Item[] } | { readonly numbered: readonly Item[] } };
/** One line, or one paragraph. Texts have no signs in them that some format takes for its own. */
export type Line = string | readonly Run[];
export type Run =
  | string
  | { readonly bold: string }
  | { readonly italic: string }
  | { readonly code: string }
  | { readonly link: string; readonly label: string }
  /** The name of a file that goes along. */
  | { readonly image: string }
  /** A person of the tracker, by the name shown there. */
  | { readonly mention: string };

/** How a tracker writes what only it knows. */
export interface Tongue {
  /** The whole of the markup that shows the file as a picture. */
  image(name: string): string;
  mention(name: string): string;
}

const runs = (line: Line): readonly Run[] => (typeof line === 'string' ? [line] : line);
const isLine = (part: Part | Item): part is Line => typeof part === 'string' || Array.isArray(part);
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

export function inHtml(words: Words, tongue: Tongue): string {
  const line = (given: Line): string =>
    runs(given)
      .map((run) => {
        if (typeof run === 'string') return escaped(run);
        if ('bold' in run) return `<strong>${escaped(run.bold)}</strong>`;
        if ('italic' in run) return `<em>${escaped(run.italic)}</em>`;
        if ('code' in run) return `<code>${escaped(run.code)}</code>`;
        if ('link' in run) return `<a href="${run.link}">${escaped(run.label)}</a>`;
        return 'image' in run ? tongue.image(run.image) : tongue.mention(run.mention);
      })
      .join('');
  const list = (given: { readonly bullets: readonly Item[] } | { readonly numbered: readonly Item[] }): string => {
    const [tag, items] = 'bullets' in given ? ['ul', given.bullets] : ['ol', given.numbered];
    return `<${tag}>${items.map((item) => `<li>${isLine(item) ? line(item) : line(item.text) + list(item.inner)}</li>`).join('')}</${tag}>`;
  };
  const row = (cells: readonly Line[], tag: 'th' | 'td'): string => `<tr>${cells.map((cell) => `<${tag}>${line(cell)}</${tag}>`).join('')}</tr>`;
  const part = (given: Part): string => {
    if (isLine(given)) return `<p>${line(given)}</p>`;
    if ('heading' in given) return `<h2>${line(given.heading)}</h2>`;
    if ('bullets' in given || 'numbered' in given) return list(given);
    // People have no check boxes there.
    if ('tasks' in given) return `<ul>${given.tasks.map(({ done, text }) => `<li>${done ? '☑' : '☐'} ${line(text)}</li>`).join('')}</ul>`;
    if ('table' in given) return `<table><tbody>${given.table.map((cells, n) => row(cells, n === 0 ? 'th' : 'td')).join('')}</tbody></table>`;
    if ('block' in given) return `<pre><code>${escaped(given.block)}\n</code></pre>`;
    return `<blockquote><p>${line(given.quote)}</p></blockquote>`;
  };
  return words.map(part).join('\n');
}

export function inMarkdown(words: Words, tongue: Tongue): string {
  const line = (given: Line): string =>
    runs(given)
      .map((run) => {
        if (typeof run === 'string') return run;
        if ('bold' in run) return `**${run.bold}**`;
        if ('italic' in run) return `_${run.italic}_`;
        if ('code' in run) return `\`${run.code}\``;
        if ('link' in run) return `[${run.label}](${run.link})`;
        return 'image' in run ? tongue.image(run.image) : tongue.mention(run.mention);
      })
      .join('');
  const list = (given: { readonly bullets: readonly Item[] } | { readonly numbered: readonly Item[] }, indent: string): string => {
    const [signs, items] = 'bullets' in given ? [() => '- ', given.bullets] : [(n: number) => `${n + 1}. `, given.numbered];
    return items
      .map((item, n) => {
        const sign = signs(n);
        return isLine(item) ? `${indent}${sign}${line(item)}` : `${indent}${sign}${line(item.text)}\n${list(item.inner, indent + ' '.repeat(sign.length))}`;
      })
      .join('\n');
  };
  const row = (cells: readonly Line[]): string => `| ${cells.map(line).join(' | ')} |`;
  const part = (given: Part): string => {
    if (isLine(given)) return line(given);
    if ('heading' in given) return `## ${line(given.heading)}`;
    if ('bullets' in given || 'numbered' in given) return list(given, '');
    if ('tasks' in given) return given.tasks.map(({ done, text }) => `- [${done ? 'x' : ' '}] ${line(text)}`).join('\n');
    if ('table' in given) return given.table.flatMap((cells, n) => (n === 0 ? [row(cells), row(cells.map(() => '---'))] : [row(cells)])).join('\n');
    if ('block' in given) return `\`\`\`${given.lang ?? ''}\n${given.block}\n\`\`\``;
    return `> ${line(given.quote)}`;
  };
  return words.map(part).join('\n\n');
}

export function inTextile(words: Words, tongue: Tongue): string {
  const line = (given: Line): string =>
    runs(given)
      .map((run) => {
        if (typeof run === 'string') return run;
        if ('bold' in run) return `*${run.bold}*`;
        if ('italic' in run) return `_${run.italic}_`;
        if ('code' in run) return `@${run.code}@`;
        if ('link' in run) return `"${run.label}":${run.link}`;
        return 'image' in run ? tongue.image(run.image) : tongue.mention(run.mention);
      })
      .join('');
  const list = (given: { readonly bullets: readonly Item[] } | { readonly numbered: readonly Item[] }, above: string): string => {
    const [sign, items] = 'bullets' in given ? ['*', given.bullets] : ['#', given.numbered];
    const own = above + sign;
    return items.map((item) => (isLine(item) ? `${own} ${line(item)}` : `${own} ${line(item.text)}\n${list(item.inner, own)}`)).join('\n');
  };
  const part = (given: Part): string => {
    if (isLine(given)) return line(given);
    if ('heading' in given) return `h2. ${line(given.heading)}`;
    if ('bullets' in given || 'numbered' in given) return list(given, '');
    if ('tasks' in given) return given.tasks.map(({ done, text }) => `* ${done ? '☑' : '☐'} ${line(text)}`).join('\n');
    if ('table' in given)
      return given.table
        .map((cells, n) =>
          cells
            .map((cell) => `|${n === 0 ? '_. ' : ' '}${line(cell)} `)
            .join('')
            .concat('|'),
        )
        .join('\n');
    if ('block' in given) return `<pre><code${given.lang ? ` class="${given.lang}"` : ''}>\n${given.block}\n</code></pre>`;
    return `bq. ${line(given.quote)}`;
  };
  return words.map(part).join('\n\n');
}

/** A node of Atlassian's document format. */
export interface AdfNode {
  readonly type: string;
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly content?: readonly AdfNode[];
  readonly marks?: readonly { readonly type: string; readonly attrs?: Readonly<Record<string, unknown>> }[];
  readonly text?: string;
}

/** `image`: the inline node (mediaInline) of the file; a paragraph that is one picture becomes a `mediaSingle` of `media` where it is given. */
export function inAdf(words: Words, tongue: { image(name: string): AdfNode; mention(name: string): AdfNode; media?(name: string): AdfNode }) {
  let ids = 0;
  const text = (value: string, mark?: string, attrs?: Readonly<Record<string, unknown>>): AdfNode => ({
    type: 'text',
    text: value,
    ...(mark ? { marks: [{ type: mark, ...(attrs ? { attrs } : {}) }] } : {}),
  });
  const line = (given: Line): AdfNode[] =>
    runs(given).map((run) => {
      if (typeof run === 'string') return text(run);
      if ('bold' in run) return text(run.bold, 'strong');
      if ('italic' in run) return text(run.italic, 'em');
      if ('code' in run) return text(run.code, 'code');
      if ('link' in run) return text(run.label, 'link', { href: run.link });
      return 'image' in run ? tongue.image(run.image) : tongue.mention(run.mention);
    });
  const paragraph = (given: Line): AdfNode => ({ type: 'paragraph', content: line(given) });
  const list = (given: { readonly bullets: readonly Item[] } | { readonly numbered: readonly Item[] }): AdfNode => {
    const [type, items] = 'bullets' in given ? ['bulletList', given.bullets] : ['orderedList', given.numbered];
    return {
      type,
      content: items.map((item) => ({ type: 'listItem', content: isLine(item) ? [paragraph(item)] : [paragraph(item.text), list(item.inner)] })),
    };
  };
  const part = (given: Part): AdfNode => {
    if (isLine(given)) {
      const [only, ...rest] = runs(given);
      if (tongue.media && rest.length === 0 && typeof only === 'object' && 'image' in only)
        return { type: 'mediaSingle', attrs: { layout: 'center' }, content: [tongue.media(only.image)] };
      return paragraph(given);
    }
    if ('heading' in given) return { type: 'heading', attrs: { level: 2 }, content: line(given.heading) };
    if ('bullets' in given || 'numbered' in given) return list(given);
    if ('tasks' in given) {
      const localId = (): string => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;
      const item = ({ done, text: words_ }: { done: boolean; text: Line }): AdfNode => ({
        type: 'taskItem',
        attrs: { localId: localId(), state: done ? 'DONE' : 'TODO' },
        content: line(words_),
      });
      return { type: 'taskList', attrs: { localId: localId() }, content: given.tasks.map(item) };
    }
    if ('table' in given) {
      const row = (cells: readonly Line[], type: string): AdfNode => ({
        type: 'tableRow',
        content: cells.map((cell) => ({ type, attrs: {}, content: [paragraph(cell)] })),
      });
      return { type: 'table', content: given.table.map((cells, n) => row(cells, n === 0 ? 'tableHeader' : 'tableCell')) };
    }
    if ('block' in given) return { type: 'codeBlock', attrs: given.lang ? { language: given.lang } : {}, content: [text(given.block)] };
    return { type: 'blockquote', content: [paragraph(given.quote)] };
  };
  return { type: 'doc', version: 1, content: words.map(part) } as const;
}
