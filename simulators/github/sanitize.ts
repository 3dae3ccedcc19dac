import type { ElementContent, Properties, Root, RootContent } from 'hast';

const ELEMENTS = new Set(
  'h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p picture ol ul table thead tbody tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details caption figure figcaption abbr bdo cite dfn mark small source span time wbr input section'.split(
    ' ',
  ),
);
/** Their content goes with them. */
const EMPTIED = new Set(['script', 'style', 'title', 'textarea', 'iframe', 'noembed', 'noframes', 'plaintext', 'xmp', 'template', 'svg', 'math']);
const ATTRIBUTES = new Set(
  'abbr accept align alt axis border cellPadding cellSpacing char color cols colSpan compact coords dateTime dir disabled checked frame height hSpace isMap itemProp label lang maxLength media name noHref noShade noWrap open prompt readOnly rel rev rows rowSpan rules scope shape size span start summary tabIndex target title type useMap vAlign value width className id'.split(
    ' ',
  ),
);
const LINK = /^(?:https?:|mailto:|github-windows:|github-mac:|\/|#|\.|[^:]*$)/i;
const IMAGE = /^(?:https?:|\/|\.|[^:]*$)/i;

/** Takes away what the vendor does not let through. Comments vanish; what stands on both their sides stays two pieces of text. */
export function clean(tree: Root): Root {
  return { ...tree, children: cleaned(tree.children) as RootContent[] };
}

function cleaned(nodes: readonly (RootContent | ElementContent)[]): (RootContent | ElementContent)[] {
  return nodes.flatMap((node) => {
    if (node.type === 'text') return [node];
    if (node.type !== 'element' || EMPTIED.has(node.tagName)) return [];
    const children = cleaned(node.children) as ElementContent[];
    if (!ELEMENTS.has(node.tagName)) return children;
    // The only boxes are those of task lists.
    if (node.tagName === 'input' && node.properties.type !== 'checkbox') return [];
    return [{ ...node, properties: safe(node.tagName, node.properties), children }];
  });
}

function safe(tag: string, properties: Properties): Properties {
  const kept = Object.entries(properties).filter(([name, value]) => {
    if (name === 'href') return tag === 'a' && LINK.test(String(value));
    if (name === 'src') return tag === 'img' && IMAGE.test(String(value));
    if (name === 'cite') return LINK.test(String(value));
    return ATTRIBUTES.has(name);
  });
  return Object.fromEntries(kept);
}
