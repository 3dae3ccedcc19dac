import { expect, test } from 'vitest';
import { jira } from './index.ts';
import { keyIn } from './reading.ts';
import { siteOf } from './settings.ts';

test.each([
  ['acme', 'https://acme.atlassian.net'],
  ['acme.atlassian.net', 'https://acme.atlassian.net'],
  ['https://acme.atlassian.net/', 'https://acme.atlassian.net'],
  ['https://acme.atlassian.net/browse/SUP-1', 'https://acme.atlassian.net'],
  ['https://acme.atlassian.net/jira/software/projects/SUP/boards/1', 'https://acme.atlassian.net'],
  ['https://jira.example.com/jira', 'https://jira.example.com/jira'],
  ['https://jira.example.com/jira/browse/SUP-1', 'https://jira.example.com/jira'],
  ['https://jira.example.com/tracker/secure/Dashboard.jspa', 'https://jira.example.com/tracker'],
  ['http://localhost:8080', 'http://localhost:8080'],
])('%s is the Jira at %s', (typed, site) => {
  expect(siteOf(typed)).toBe(site);
});

test.each([[''], ['not an address'], ['https://user:pass@acme.atlassian.net'], ['ftp:']])('“%s” is no address of a Jira', (typed) => {
  expect(siteOf(typed)).toBeUndefined();
});

test('settings say which Jira it is by how one signs in, and keep what people type in shape', () => {
  const parsed = jira.settings.parse({ url: 'acme', auth: { kind: 'token', email: 'a@b.example', token: ' t ' } });
  expect(parsed).toEqual({ url: 'https://acme.atlassian.net', auth: { kind: 'token', email: 'a@b.example', token: 't' }, attachmentMaxMb: 10 });
  expect(jira.settings.safeParse({ url: 'acme', auth: { kind: 'password' } }).success).toBe(false);
  const wrong = jira.settings.safeParse({ url: 'no address', auth: { kind: 'pat', token: 't' } });
  expect(wrong.error?.issues[0]?.message).toBe('Give the address of Jira, for example https://acme.atlassian.net.');
});

test.each([
  ['SUP-12', 'SUP-12'],
  ['  sup-12 ', 'SUP-12'],
  ['10012', '10012'],
  ['https://acme.atlassian.net/browse/SUP-12', 'SUP-12'],
  ['https://acme.atlassian.net/browse/sup-12?focusedCommentId=1#x', 'SUP-12'],
  ['https://acme.atlassian.net/jira/software/projects/SUP/boards/1?selectedIssue=SUP-12', 'SUP-12'],
  ['https://acme.atlassian.net/projects/SUP/issues/SUP-12', 'SUP-12'],
  ['https://acme.atlassian.net/servicedesk/customer/portal/3/SUP-12', 'SUP-12'],
])('“%s” is found as %s', (typed, key) => {
  expect(keyIn(typed, 'https://acme.atlassian.net')).toBe(key);
});

test.each([
  ['https://other.atlassian.net/browse/SUP-12'],
  ['https://acme.atlassian.net/SUP-12'],
  ['SUP'],
  ['-1'],
  ['../../etc/passwd'],
  ['javascript:alert(1)'],
])('“%s” is no issue of this Jira', (typed) => {
  expect(keyIn(typed, 'https://acme.atlassian.net')).toBeUndefined();
});

test('a Jira below a path knows its own addresses only', () => {
  expect(keyIn('https://jira.example.com/jira/browse/SUP-1', 'https://jira.example.com/jira')).toBe('SUP-1');
  expect(keyIn('https://jira.example.com/browse/SUP-1', 'https://jira.example.com/jira')).toBeUndefined();
});
