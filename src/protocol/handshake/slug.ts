import type { Side } from '../../engine/ports.ts';

/** A name as it stands in addresses: `Acme Support ↔ Globex` is `acme-support-globex`. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '') || 'connection';

export const slugOfSide = (side: Pick<Side, 'slug' | 'name'>): string => side.slug ?? slugOf(side.name);

/** A name for addresses that no other connection of the node has: with -2, -3 … where it is taken. Both halves of a local connection share theirs. */
export function freeSlug(sides: readonly Side[], name: string, connection: string): string {
  const own = sides.find((side) => side.connection === connection);
  if (own) return slugOfSide(own);
  const taken = new Set(sides.map(slugOfSide));
  const slug = slugOf(name);
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? slug : `${slug}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}
