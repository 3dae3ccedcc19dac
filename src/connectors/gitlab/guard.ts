import type { RichNode, RichText } from '../../core/rich-text/index.ts';

/** Stands for a backslash until the text is written: what writes Markdown would escape a backslash itself. */
const STAND_INS = ['\u{f8f0}', '\u{f8f1}', '\u{f8f2}', '\u{100000}', '\u{10fffd}'];

const ADDRESS = /\bhttps?:\/\/[^\s<>"`\\^{|}]*/giu;
/**
 * What GitLab would make something of: issue #1, merge request !1, milestone %x, snippet $1 (and formulas), epic &1, alerts, GL-1, changes marked {+ +},
 * :emoji:. Names (@x) are taken care of by whoever writes Markdown, and so are labels (~x): the tilde is escaped.
 */
const SIGN = /[#!](?=\d)|%(?=[\p{L}\p{N}_"])|\$(?=\S)|&(?=\d)|\^(?=alert#)|(?<=\bGL)-(?=\d)|\{(?=[+-])|:(?=[\w+-]+:)/giu;

const escapes = (text: string, backslash: string): string => {
  let out = '';
  let from = 0;
  for (const address of text.matchAll(ADDRESS)) {
    out += text.slice(from, address.index).replace(SIGN, `${backslash}$&`) + address[0];
    from = address.index + address[0].length;
  }
  return out + text.slice(from).replace(SIGN, `${backslash}$&`);
};

/** A document in whose words GitLab finds no reference, and the sign that has to become a backslash once it is written. */
export function withoutReferences(doc: RichText): { doc: RichText; backslash: string } {
  const said = JSON.stringify(doc);
  const backslash = STAND_INS.find((sign) => !said.includes(sign)) ?? '';
  const visit = <N extends RichNode>(node: N): N => {
    if (node.type === 'text') return { ...node, value: escapes(node.value, backslash) };
    if (node.type === 'mention') return { ...node, name: escapes(node.name, backslash) };
    if (node.type === 'rawUnsupported') return { ...node, text: escapes(node.text, backslash) };
    if (!('children' in node)) return node;
    return { ...node, children: (node.children as RichNode[]).map(visit) };
  };
  return { doc: visit(doc), backslash };
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
