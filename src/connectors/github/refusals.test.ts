import { expect, test } from 'vitest';
import { refusal, saysDeleted } from './refusals.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, text, stream: null, json: <T>() => JSON.parse(text) as T };
};
const of = (status: number, body: unknown, headers?: Record<string, string>) =>
  refusal(answer(status, body, headers), 'Changing acme/web#7', 'github.com', NOW);

test.each([
  ['a secondary limit with a time', { message: 'You have exceeded a secondary rate limit.' }, { 'retry-after': '90' }, NOW + 90_000],
  ['a secondary limit without one', { message: 'You have exceeded a secondary rate limit.' }, {}, NOW + 60_000],
  [
    'the limit of an hour',
    { message: 'API rate limit exceeded for user ID 1.' },
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 600) },
    NOW + 600_000,
  ],
  [
    'a limit that ends in a year',
    { message: 'API rate limit exceeded.' },
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 31_536_000) },
    NOW + 3_600_000,
  ],
])('%s may come as 403', (_name, body, headers, retryAt) => {
  expect(of(403, body, headers)).toMatchObject({ kind: 'rate-limited', retryAt });
});

test.each([
  [401, { message: 'Bad credentials' }, 'auth'],
  [403, { message: 'Resource not accessible by integration' }, 'forbidden'],
  [403, { message: 'This installation has been suspended' }, 'auth'],
  [404, { message: 'Not Found' }, 'not-found'],
  [410, { message: 'This issue was deleted' }, 'not-found'],
  [410, { message: 'Issues has been disabled in this repository.' }, 'forbidden'],
  [422, { message: 'Validation Failed', errors: [] }, 'rejected'],
  [302, '', 'protocol'],
  [418, 'short and stout', 'protocol'],
])('%i %j is %3$s', (status, body, kind) => {
  expect(of(status, body).kind).toBe(kind);
});

test('what GitHub refuses is said in its words, under our name of the field', () => {
  const errors = [{ resource: 'Issue', code: 'custom', field: 'body', message: 'body is too long (maximum is 65536 characters)' }];
  expect(of(422, { message: 'Validation Failed', errors })).toMatchObject({
    field: 'description',
    message: 'Changing acme/web#7: GitHub says: body is too long (maximum is 65536 characters).',
  });
});

test('only an issue that was deleted itself is gone', () => {
  expect(saysDeleted(answer(410, { message: 'This issue was deleted' }))).toBe(true);
  expect(saysDeleted(answer(410, { message: 'Issues has been disabled in this repository.' }))).toBe(false);
  expect(saysDeleted(answer(410, '<!doctype html>'))).toBe(false);
  expect(saysDeleted(answer(404, { message: 'This issue was deleted' }))).toBe(false);
});
