import type { Description } from './description.ts';

/**
 * The properties of a request that its schema does not name, as paths (`ticket.colour`). The vendor's schemas are open, so that a validator finds
 * no fault with a misspelt name; the vendor ignores it. Objects that are open on purpose (`additionalProperties`) or have no properties are left alone.
 */
export function unknownProperties(description: Description, schema: Description, value: unknown, at = ''): string[] {
  const shapes = shapesOf(description, schema);
  if (Array.isArray(value)) {
    const items = shapes.flatMap((shape) => (shape.items ? [shape.items] : []));
    return items.length === 0 ? [] : value.flatMap((item, index) => unknownProperties(description, { anyOf: items }, item, `${at}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const known = new Map<string, Description[]>();
  for (const shape of shapes) {
    for (const [name, property] of Object.entries(shape.properties ?? {})) known.set(name, [...(known.get(name) ?? []), property]);
  }
  if (known.size === 0 || shapes.some((shape) => shape.additionalProperties)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const path = at === '' ? name : `${at}.${name}`;
    const properties = known.get(name);
    return properties ? unknownProperties(description, { anyOf: properties }, member, path) : [path];
  });
}

/** The schema and all that it is put together from. */
function shapesOf(description: Description, schema: Description): Description[] {
  const resolved = typeof schema?.$ref === 'string' ? resolve(description, schema.$ref) : schema;
  if (!resolved) return [];
  const parts = [...(resolved.allOf ?? []), ...(resolved.anyOf ?? []), ...(resolved.oneOf ?? [])];
  return [resolved, ...parts.flatMap((part: Description) => shapesOf(description, part))];
}

function resolve(description: Description, reference: string): Description {
  return reference
    .slice(2)
    .split('/')
    .reduce((node, name) => node?.[name], description);
}
