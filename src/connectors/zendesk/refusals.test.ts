import { expect, test } from 'vitest';
import type { HttpResponse } from '../../lib/http.ts';
import { refusal, toldBy } from './refusals.ts';
import { originOf, settings } from './settings.ts';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  stream: null,
  json: () => {
    throw new Error('not asked for');
  },
});
const of = (status: number, body: unknown, headers?: Record<string, string>) =>
  refusal(answer(status, body, headers), 'Changing ticket 12', 'acme.zendesk.com');

test.each([
  [401, { error: "Couldn't authenticate you" }, 'auth'],
  [403, { error: { title: 'Forbidden', message: 'You do not have access to this page.' } }, 'forbidden'],
  [404, { error: 'RecordNotFound', description: 'Not found' }, 'not-found'],
  [409, { error: 'UpdateConflict', description: 'Safe Update prevented the update.' }, 'conflict'],
  [413, '', 'rejected'],
  [418, 'I am a teapot', 'protocol'],
  [302, '', 'protocol'],
])('%i is told as what it is', (status, body, kind) => {
  const error = of(status, body, { location: 'https://elsewhere.example/login?token=x' });
  expect(error).toMatchObject({ kind, status, inDoubt: false });
  expect(error.message).toMatch(/^[A-Z“a-z].*[.]$/);
  expect(error.message).not.toContain('token=x');
});

test('a refused value names our field and Zendesk’s reason', () => {
  const error = of(422, {
    error: 'RecordInvalid',
    description: 'Record validation errors',
    details: { subject: [{ description: 'Subject: is too long', error: 'TooLong' }] },
  });
  expect(error).toMatchObject({ kind: 'rejected', field: 'summary' });
  expect(error.message).toBe('Changing ticket 12: Zendesk says: Subject: is too long.');
});

test('a refusal without details still shows its reason', () => {
  expect(of(422, { error: 'InvalidValue', description: 'sort is not valid' }).message).toBe(
    'Changing ticket 12: Zendesk refused it. Zendesk says: sort is not valid.',
  );
  expect(of(422, 'Sorry').message).toBe('Changing ticket 12: Zendesk refused it. Zendesk says: Sorry.');
});

test('a closed ticket is told in plain words', () => {
  const error = of(422, { error: 'RecordInvalid', details: { status: [{ description: 'Status: closed prevents ticket update' }] } });
  expect(error.message).toContain('lets nobody change closed tickets');
});

test.each([
  '',
  'null',
  '[]',
  '"x"',
  '{"details":"nonsense"}',
  '{"details":{"a":null}}',
  '{"errors":[]}',
  '{"error":5}',
  '<html><body>gateway</body></html>',
  '\u0000',
])('a body like %j is survived', (body) => {
  expect(toldBy(body).text).not.toContain('<');
  expect(of(422, body).kind).toBe('rejected');
});

test.each([
  ['acme', 'https://acme.zendesk.com'],
  [' Acme ', 'https://acme.zendesk.com'],
  ['acme.zendesk.com', 'https://acme.zendesk.com'],
  ['https://acme.zendesk.com/agent/tickets/1?x=y', 'https://acme.zendesk.com'],
  ['http://127.0.0.1:4710', 'http://127.0.0.1:4710'],
])('%j is the account %s', (given, url) => {
  expect(originOf(given)).toBe(url);
});

test.each(['', 'https://', 'not a url', 'https://me:secret@acme.zendesk.com', 'ftp://acme.zendesk.com'])('%j is no account', (given) => {
  expect(originOf(given)).toBeUndefined();
});

test('settings are taken with a subdomain or an address, and are the same when they are read again', () => {
  const auth = { kind: 'token', email: 'sync@acme.example', token: 't' } as const;
  const parsed = settings.parse({ subdomain: 'acme', auth });
  expect(parsed).toEqual({ url: 'https://acme.zendesk.com', auth });
  expect(settings.parse(parsed)).toEqual(parsed);
  expect(settings.safeParse({ url: 'nonsense here', auth }).error?.issues[0]?.message).toContain('https://acme.zendesk.com');
  expect(settings.safeParse({ url: 'acme', auth: { kind: 'token', email: 'no address', token: '' } }).success).toBe(false);
});
