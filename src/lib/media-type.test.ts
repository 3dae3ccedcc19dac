import { expect, test } from 'vitest';
import { mediaTypeOf } from './media-type.ts';

test.each([
  ['a.PNG', 'image/png'],
  ['server.2026.log', 'text/plain'],
  ['b', 'application/octet-stream'],
  ['c.unknown', 'application/octet-stream'],
  // What every object has.
  ['a.constructor', 'application/octet-stream'],
  ['b.__proto__', 'application/octet-stream'],
])('%s is %s', (name, type) => {
  expect(mediaTypeOf(name)).toBe(type);
});
