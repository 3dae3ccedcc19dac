import fc from 'fast-check';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Values that have broken parsers before. */
const nasty: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    Number.MAX_SAFE_INTEGER + 2,
    1e308,
    -1e308,
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\u202e',
    '__proto__',
    'constructor',
    '../../etc/passwd',
    '$1',
    "'; drop table side; --",
    '%00',
    '9999-99-99T99:99:99Z',
    '-271821-04-20T00:00:00Z',
    'http://[::1]:1/',
    'javascript:alert(1)',
    {},
    [],
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.integer(),
  fc.double() as fc.Arbitrary<number>,
  fc.nat(2000).map((length) => 'x'.repeat(length * 10)),
  fc.nat(400).map((depth) => Array.from({ length: depth }).reduce<Json>((inner) => [inner], null)),
  fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>,
);

type Change = { readonly at: readonly number[]; readonly how: 'replace' | 'remove' | 'add' | 'double' | 'wrap'; readonly value: Json; readonly key: string };

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.array(fc.nat(40), { maxLength: 7 }),
  how: fc.constantFrom('replace' as const, 'remove' as const, 'add' as const, 'double' as const, 'wrap' as const),
  value: nasty,
  key: fc.constantFrom('__proto__', 'id', 'toString', 'length', 'kind', 'x'),
});

/** A message with one to three places spoiled; now and then something else altogether. */
export const spoiled = (valid: readonly Json[]): fc.Arbitrary<Json> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.constantFrom(...valid), fc.array(change, { minLength: 1, maxLength: 3 }))
        .map(([message, changes]) => changes.reduce(apply, message)),
    },
    { weight: 1, arbitrary: nasty },
  );

/** Follows `at` into the value as far as it goes: each number chooses a member. */
function apply(value: Json, { at, how, value: other, key }: Change): Json {
  if (value !== null && typeof value === 'object' && at.length > 0) {
    const [choice = 0, ...rest] = at;
    const keys = Object.keys(value);
    const name = keys[choice % keys.length];
    if (name !== undefined) {
      const inner = { at: rest, how, value: other, key };
      if (how === 'remove' && rest.length === 0) return without(value, name);
      const child = (value as Record<string, Json>)[name] ?? null;
      if (Array.isArray(value)) return value.map((one, n) => (`${n}` === name ? apply(one, inner) : one));
      return define(value as Record<string, Json>, name, apply(child, inner));
    }
  }
  switch (how) {
    case 'replace':
    case 'remove':
      return other;
    case 'add':
      return value !== null && typeof value === 'object' && !Array.isArray(value) ? define(value as Record<string, Json>, key, other) : other;
    case 'double':
      return Array.isArray(value) ? [...value, ...value] : [value, value];
    case 'wrap':
      return { [key]: value };
    default:
      return how satisfies never;
  }
}

const without = (value: Json, name: string): Json =>
  Array.isArray(value)
    ? value.filter((_, n) => `${n}` !== name)
    : Object.fromEntries(Object.entries(value as Record<string, Json>).filter(([key]) => key !== name));

/** Also `__proto__` as a member of its own, as JSON.parse makes it. */
function define(value: Record<string, Json>, name: string, member: Json): Json {
  const copy: Record<string, Json> = { ...value };
  Object.defineProperty(copy, name, { value: member, enumerable: true, configurable: true, writable: true });
  return copy;
}
