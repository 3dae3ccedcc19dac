import { canon, docOf, type RichNode, type RichText } from '../../core/rich-text/index.ts';

/** Stands for a backslash until the text is written: what writes Markdown would escape a backslash itself. */
const STAND_INS = ['\u{f8f0}', '\u{f8f1}', '\u{f8f2}', '\u{100000}', '\u{10fffd}'];

const ADDRESS = /\bhttps?:\/\/[^\s<>"`\\^{|}]*/giu;
/**
 * What GitLab would make something of: @name (also in the middle of a word of another script, or in what is only almost an e-mail address, which a
 * Markdown writer leaves alone), issue #1, merge request !1, milestone %x, snippet $1 (and formulas), epic &1, alerts, GL-1, changes marked {+ +},
 * :emoji:. Labels (~x) are taken care of already: the tilde is always escaped.
 */
const SIGN = /@(?=[a-z0-9_])|[#!](?=\d)|%(?=[\p{L}\p{N}_"])|\$(?=\S)|&(?=\d)|\^(?=alert#)|(?<=\bGL)-(?=\d)|\{(?=[+-])|:(?=[\w+-]+:)/giu;

const escapes = (text: string, backslash: string): string => {
  let out = '';
  let from = 0;
  for (const address of text.matchAll(ADDRESS)) {
    out += text.slice(from, address.index).replace(SIGN, `${backslash}$&`) + address[0];
    from = address.index + address[0].length;
  }
  return out + text.slice(from).replace(SIGN, `${backslash}$&`);
};

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
