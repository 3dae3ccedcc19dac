import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { eventIn, hintsInto, verify } from './webhook.ts';

const body = Buffer.from(JSON.stringify({ timestamp: 1, webhookEvent: 'jira:issue_updated', issue: { id: '10042', key: 'SUP-42' } }));
const sign = (secret: string, of = body) => `sha256=${createHmac('sha256', secret).update(of).digest('hex')}`;
const known = { id: '1', secret: 's3cret' };

test('a notice is accepted with Jira’s signature only', () => {
  expect(verify({ headers: { 'x-hub-signature': sign('s3cret') }, body }, known, 0)).toBe(true);
  expect(verify({ headers: { 'x-hub-signature': sign('s3cret').toUpperCase().replace('SHA256', 'sha256') }, body }, known, 0)).toBe(true);
  for (const header of [
    undefined,
    '',
    'sha256=',
    sign('other'),
    sign('s3cret').replace('sha256=', 'sha1='),
    `${sign('s3cret')}00`,
    sign('s3cret', Buffer.from('{}')),
  ])
    expect(verify({ headers: { 'x-hub-signature': header }, body }, known, 0), String(header)).toBe(false);
  expect(verify({ headers: { 'x-hub-signature': sign('') }, body }, { id: '1' }, 0), 'without a secret').toBe(false);
});

test('events of issues, comments and files name the issue, where they tell it', () => {
  const event = (webhookEvent: string, more: object) => eventIn(Buffer.from(JSON.stringify({ webhookEvent, ...more })));
  expect(event('comment_created', { comment: { id: '1' }, issue: { id: 10042 } })).toEqual({ ref: '10042', deleted: false });
  expect(event('jira:issue_deleted', { issue: { id: '10042' } })).toEqual({ ref: '10042', deleted: true });
  expect(event('attachment_deleted', { attachment: { id: '1' } })).toBeNull();
  expect(event('jira:issue_updated', { issue: { id: '../1' } })).toBeNull();
});

test('a deletion that Jira tells of is remembered', () => {
  const deleted = new Set<string>();
  const hints = hintsInto(deleted);
  expect(hints(body)).toEqual([{ ref: '10042', version: null }]);
  expect(deleted.size).toBe(0);
  hints(Buffer.from(JSON.stringify({ webhookEvent: 'jira:issue_deleted', issue: { id: '10043' } })));
  expect([...deleted]).toEqual(['10043']);
});
