import { canon, docOf, type RichNode, type RichText } from '../../core/rich-text/index.ts';

/** Stands for a backslash until the text is written: what writes Markdown would escape a backslash itself. */
const STAND_INS = ['\u{f8f0}', '\u{f8f1}', '\u{f8f2}', '\u{100000}', '\u{10fffd}'];

const ADDRESS = /\bhttps?:\/\/[^\s<>"`\\^{|}]*/giu;
/**
 * What GitLab would make something of: @name (also in the middle of a word of another script, or in what is only almost an e-mail address, which a
 * Markdown writer leaves alone), issue #1, merge request !1, milestone %x, snippet $1 (and formulas), epic &1, alerts, changes marked {+ +},
 * :emoji:. Labels (~x) are taken care of already: the tilde is always escaped.
 */
const SIGN = /@(?=[a-z0-9_])|[#!](?=\d)|%(?=[\p{L}\p{N}_"])|\$(?=\S)|&(?=\d)|\^(?=alert#)|\{(?=[+-])|:(?=[\w+-]+:)/giu;
/**
 * A backslash keeps GitLab only from what begins with one of `$ % # & @ ! ~ ^`; with others it looks at the text that is shown. These are kept apart by an
 * invisible sign: GL-1, [issue:1], [work_item:acme/web/1] and their like.
 */
const JOINER = '\u2060';
const WORD = /\bGL-(?=\d)|\[(?=(?:issue|work_item|epic|vulnerability|feature_flag|cadence|contact|wiki_page):)/giu;
const WORD_APART = /(\bGL-(?=\u2060+\d)|\[(?=\u2060+(?:issue|work_item|epic|vulnerability|feature_flag|cadence|contact|wiki_page):))\u2060+/giu;
/** What tells somebody, or leaves a note elsewhere, in a title: no Markdown there, and so no backslash. */
const IN_TITLE = /(?<![a-z0-9_])@(?=[\p{L}\p{N}_])|[#!&](?=\d)/giu;
const TITLE_APART = /([@#!&]|\bGL-|\[)\u2060+/giu;

const escapes = (text: string, backslash: string): string => {
  const escaped = (words: string): string => words.replace(SIGN, `${backslash}$&`).replace(WORD, `$&${JOINER}`);
  let out = '';
  let from = 0;
  for (const address of text.matchAll(ADDRESS)) {
    out += escaped(text.slice(from, address.index)) + address[0];
    from = address.index + address[0].length;
  }
  return out + escaped(text.slice(from));
};

/** A title in which GitLab finds nobody and no issue: it looks for them in titles, too. */
export const quietTitle = (title: string): string => title.replace(IN_TITLE, `$&${JOINER}`).replace(WORD, `$&${JOINER}`);
/** The title as it was before `quietTitle`. */
export const plainTitle = (title: string): string => title.replace(TITLE_APART, '$1');

/** The words as they were before `withoutReferences`, but for the backslashes, which whoever reads Markdown takes away. */
export const withReferences = (doc: RichText): RichText =>
  rewritten(doc, (node) => [node.type === 'text' ? { ...node, value: node.value.replace(WORD_APART, '$1') } : node]);

/**
 * A document in whose words GitLab finds no reference, and the sign that has to become a backslash once it is written. `isHere`: the file is, so that its
 * name will be a link's label, where GitLab looks for nothing; the names of others are words.
 */
export function withoutReferences(doc: RichText, isHere: (file: string) => boolean): { doc: RichText; backslash: string } {
  const said = JSON.stringify(doc);
  const backslash = STAND_INS.find((sign) => !said.includes(sign)) ?? '';
  const guarded = (node: RichNode): RichNode[] => [node.type === 'text' ? { ...node, value: escapes(node.value, backslash) } : node];
  // A reference may be put together from neighbours: these are one text first.
  return { doc: rewritten(canon(rewritten(canon(doc), (node) => inWords(node, isHere))), guarded), backslash };
}

/** What has no counterpart in Markdown, as the words that it will be. */
function inWords(node: RichNode, isHere: (file: string) => boolean): RichNode[] {
  if (node.type === 'mention') return [{ type: 'text', value: `@${node.name}` }];
  if (node.type === 'attachmentRef' && !isHere(node.file)) return [{ type: 'text', value: node.alt ?? node.name }];
  if (node.type !== 'rawUnsupported') return [node];
  return docOf(node.text).children.flatMap((block, i): RichNode[] => [
    ...(i > 0 ? [{ type: 'break' } as const] : []),
    ...('children' in block ? block.children : []),
  ]);
}

function rewritten(doc: RichText, to: (node: RichNode) => RichNode[]): RichText {
  const visit = (node: RichNode): RichNode[] => {
    if (!('children' in node)) return to(node);
    return [{ ...node, children: (node.children as RichNode[]).flatMap(visit) } as RichNode];
  };
  return { type: 'root', children: doc.children.flatMap(visit) as RichText['children'] };
}

/**
 * Markdown in which no line begins with a slash in the first column: there GitLab looks for quick actions (`/close`, `/label`), in paragraphs and,
 * behind fences of more than three back-ticks, in code as well. A paragraph's slash is escaped; a block of code is moved by a space, which Markdown takes
 * away again.
 */
export function withoutQuickActions(markdown: string): string {
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const fence = /^(`{3,})/.exec(lines[at] ?? '')?.[1];
    if (fence === undefined) {
      if (lines[at]?.startsWith('/')) lines[at] = `\\${lines[at]}`;
      continue;
    }
    const end = lines.indexOf(fence, at + 1);
    const last = end < 0 ? lines.length - 1 : end;
    if (lines.slice(at, last + 1).some((line) => line.startsWith('/'))) for (let line = at; line <= last; line += 1) lines[line] = ` ${lines[line]}`;
    at = last;
  }
  return lines.join('\n');
}
