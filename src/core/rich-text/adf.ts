/** A node of the Atlassian document format as plain JSON. */
export type AdfNode = {
  type: string;
  attrs?: Record<string, unknown>;
  content?: AdfNode[];
  marks?: AdfMark[];
  text?: string;
};
export type AdfMark = { type: string; attrs?: Record<string, unknown> };
/** What Jira Cloud takes and gives as a description or a comment (version 1, https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/). */
export type AdfDocument = { type: 'doc'; version: 1; content: AdfNode[] };

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

export const isNode = (value: unknown): value is AdfNode => isObject(value) && typeof value.type === 'string';

/** The node's children that are nodes at all. */
export const contentOf = (node: AdfNode): AdfNode[] => (Array.isArray(node.content) ? node.content.filter(isNode) : []);

/** An attribute that is a text; empty where there is none. */
export function attribute(node: AdfNode | AdfMark, name: string): string {
  const value = isObject(node.attrs) ? node.attrs[name] : undefined;
  return typeof value === 'string' ? value : '';
}
