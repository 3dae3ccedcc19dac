import { expect, test } from 'vitest';
import { hidesMethods } from './plain-json.ts';

test('members that JavaScript would call are found at any depth', () => {
  for (const text of ['{"toString":1}', '[[{"a":{"valueOf":null}}]]', '{"a":null,"b":[1,{"toString":"x"}]}'])
    expect([text, hidesMethods(JSON.parse(text))]).toEqual([text, true]);
});

test('what people and nodes say is taken, words about methods too', () => {
  for (const value of [null, 'toString', 7, [], {}, { summary: 'valueOf', comments: [{ body: 'toString' }, null] }, undefined, [undefined, null]])
    expect(hidesMethods(value)).toBe(false);
});

test('what is nested without end does not end the walk', () => {
  let deep: unknown = null;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(hidesMethods(deep)).toBe(false);
});
