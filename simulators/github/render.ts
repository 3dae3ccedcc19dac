import type { Element, ElementContent, Root, RootContent } from 'hast';
import { fromHtml } from 'hast-util-from-html';
import { toHtml as hastToHtml } from 'hast-util-to-html';
import { signedAddress } from './attachments.ts';
import type { Hub } from './hub.ts';
import { toHtml } from './markdown.ts';
import type { Repo } from './model.ts';
import { linkReferences, type Target } from './references.ts';
import { clean } from './sanitize.ts';

export interface Rendered {
  /** Safe HTML, as the page shows it. */
  html: string;
  text: string;
  /** Whom the text names, and which issues; only those that there are. */
  targets: Target[];
}

/** A text as its readers see it. */
export function render(hub: Hub, repo: Repo, body: string): Rendered {
  const tree: Root = clean(fromHtml(toHtml(body), { fragment: true }));
  const targets: Target[] = [];
  tree.children = linkReferences(hub, repo, tree.children, targets) as RootContent[];
  showPictures(hub, tree.children);
  return {
    html: hastToHtml(tree),
    text: textOf(tree.children)
      .replace(/\n{2,}/g, '\n')
      .trim(),
    targets,
  };
}

/** Private pictures are shown under a signed address that ends soon, and every picture is a link to itself. */
function showPictures(hub: Hub, nodes: (RootContent | ElementContent)[], inLink = false): void {
  for (const [index, node] of nodes.entries()) {
    if (node.type !== 'element') continue;
    if (node.tagName !== 'img') {
      showPictures(hub, node.children, inLink || node.tagName === 'a');
      continue;
    }
    const source = String(node.properties.src ?? '');
    const src = signedAddress(hub, source) ?? source;
    const picture: Element = { ...node, properties: { ...node.properties, src, style: 'max-width: 100%;' } };
    nodes[index] = inLink
      ? picture
      : { type: 'element', tagName: 'a', properties: { target: '_blank', rel: ['noopener', 'noreferrer'], href: src }, children: [picture] };
  }
}

const textOf = (nodes: (RootContent | ElementContent)[]): string =>
  nodes.map((node) => (node.type === 'text' ? node.value : node.type === 'element' ? textOf(node.children) : '')).join('');
