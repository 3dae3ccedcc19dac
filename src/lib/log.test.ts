import { expect, test } from 'vitest';
import { createLog } from './log.ts';
import { redactHeaders, redactText, shownPath } from './redact.ts';

test.each([
  'Authorization: Bearer topsecret.abc-1',
  'authorization: Basic dG9wc2VjcmV0OnRvcHNlY3JldA==topsecret',
  '{"access_token":"topsecret","refresh_token": "top\\"secret topsecret"}',
  '{"body":"{\\"client_secret\\":\\"topsecret\\"}"}',
  'GET https://acme.example/x?token=topsecret&api_key=topsecret#y',
  'https://me:topsecret@acme.example/',
  'code=topsecret&state=ok',
])('no credential is left in %s', (text) => {
  expect(redactText(text)).not.toContain('topsecret');
});

test('what is no secret stays readable', () => {
  const text = '{"subject":"Printer on fire","keyboard":"de","status":"open","count":3,"key":"SUP-12","code":"ENOTFOUND"} GET /tickets/1?page=2&sort=id';
  expect(redactText(text)).toBe(text);
});

test('tokens in the path of an attachment are hidden', () => {
  expect(shownPath(new URL('https://acme.example/attachments/token/abcdefghijk/?name=a.png'))).toBe('/attachments/token/***/?name=a.png');
  expect(redactHeaders({ Authorization: 'x', cookie: 'y', accept: 'z' })).toEqual({ Authorization: '***', cookie: '***', accept: 'z' });
});

test('whatever a credential was part of, the log does not show it', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
  log.info({ headers: { authorization: 'Bearer topsecret12' }, deep: { a: { b: [{ password: 'topsecret' }] } } }, 'calling ?token=topsecret');
  log.child({ apiKey: 'topsecret' }).error(new Error('failed with Basic topsecret99', { cause: new Error('token=topsecret') }));
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toContain('topsecret');
  for (const line of lines) expect(JSON.parse(line)).toHaveProperty('time');
});
