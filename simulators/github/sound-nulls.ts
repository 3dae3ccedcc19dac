import type { Description } from '../http/description.ts';

/** The description says `nullable` beside `$ref`, `oneOf` or an enumeration, where validators overlook it or refuse it; said again so that null is allowed. Examples go. */
export function soundNulls(node: Description): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const one of node) soundNulls(one);
    return;
  }
  delete node.examples;
  if ('example' in node && typeof node.example !== 'object') delete node.example;
  for (const value of Object.values(node)) soundNulls(value);
  if (node.nullable !== true || (node.properties !== undefined && 'nullable' in node.properties)) return;
  delete node.nullable;
  const inner = { ...node };
  for (const name of Object.keys(node)) delete node[name];
  node.anyOf = [inner, { enum: [null] }];
}
