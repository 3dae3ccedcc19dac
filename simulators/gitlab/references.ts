import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import type { Reference } from './model.ts';

/** Signs and what follows them. A sign after a backslash or a letter is none; other punctuation than the signs a backslash does not change. */
const PATTERNS: readonly [Reference['kind'], RegExp][] = [
  ['user', /(?<![\\\w])@([a-z0-9][\w.-]*)/gi],
  ['issue', /(?<![\\\w&])(?:([\w.-]+\/[\w./-]+)?#|GL\\?-)(\d+)\b/g],
  ['issue', /\[(?:issue|work_item|epic):(?:([\w.-]+(?:\/[\w.-]+)*)\/)?(\d+)\\?\]/g],
  ['merge_request', /(?<![\\\w])((?:[\w.-]+\/[\w./-]+)?!\d+)\b/g],
  ['label', /(?<![\\\w~])~("[^"\n]+"|[a-z0-9_][\w:.-]*)/gi],
  ['milestone', /(?<![\\\w])%("[^"\n]+"|[a-z0-9][\w.-]*)/gi],
  ['snippet', /(?<![\\\w])\$(\d+)\b/g],
  ['epic', /(?<![\\\w])&(\d+)\b/g],
];

/**
 * What GitLab would act on or make a link of in a text: references in running text, neither in code nor behind a backslash, and addresses of issues of
 * this very GitLab.
 */
export function referencesIn(text: string, origin: string): { kind: Reference['kind']; target: string }[] {
  const found: { kind: Reference['kind']; target: string }[] = [];
  const tree = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const visit = (node: Nodes): void => {
    if (node.type === 'link' && node.url.startsWith(`${origin}/`)) {
      const issue = /^\/(.+)\/-\/(?:issues|work_items)\/(\d+)/.exec(node.url.slice(origin.length));
      if (issue) found.push({ kind: 'issue', target: `${issue[1]}#${issue[2]}` });
    }
    if (node.type === 'text') {
      // The source, not the value: a backslash before a sign is gone from the value.
      const source = text.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0);
      for (const [kind, pattern] of PATTERNS)
        for (const match of source.matchAll(pattern)) found.push({ kind, target: kind === 'issue' ? `${match[1] ?? ''}#${match[2]}` : (match[1] ?? '') });
    }
    if ('children' in node && node.type !== 'link') for (const child of node.children) visit(child);
  };
  visit(tree);
  return found;
}
