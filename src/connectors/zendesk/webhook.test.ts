import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { hints, verify } from './webhook.ts';

const AT = '2026-11-22T10:00:00Z';
const now = Date.parse(AT);
const body = Buffer.from(JSON.stringify({ type: 'zen:event-type:ticket.comment_added', detail: { id: '4711', updated_at: AT }, event: {} }));
const known = { id: '01J', secret: 'dGhpc19zZWNyZXQ' };
const sign = (secret: string, at: string, what: Buffer): string => createHmac('sha256', secret).update(at).update(what).digest('base64');
const signed = (secret = known.secret, at = AT, what = body) => ({
  headers: { 'x-zendesk-webhook-signature': sign(secret, at, what), 'x-zendesk-webhook-signature-timestamp': at },
  body: what,
});

test('a delivery that Zendesk signed is accepted', () => {
  expect(verify(signed(), known, now)).toBe(true);
  expect(verify(signed(), known, now + 299_000)).toBe(true);
});

test.each([
  ['another secret', signed('other'), now],
  ['another body', { ...signed(), body: Buffer.from('{}') }, now],
  ['more than five minutes ago', signed(), now + 301_000],
  ['more than five minutes ahead', signed(), now - 301_000],
  ['no headers', { headers: {}, body }, now],
  ['a header sent twice', { ...signed(), headers: { ...signed().headers, 'x-zendesk-webhook-signature': ['a', 'b'] } }, now],
  ['a short signature', { ...signed(), headers: { ...signed().headers, 'x-zendesk-webhook-signature': 'YQ==' } }, now],
  ['a time that is none', signed(known.secret, 'now'), now],
  ['a bare number as the time', signed(known.secret, String(now)), now],
])('%s is refused', (_name, delivery, at) => {
  expect(verify(delivery, known, at)).toBe(false);
});

test('without a remembered secret nothing is accepted', () => {
  expect(verify(signed(''), { id: '01J', secret: '' }, now)).toBe(false);
  expect(verify(signed(), {}, now)).toBe(false);
});

test('an event names its ticket, and nothing else does', () => {
  expect(hints(body)).toEqual([{ ref: '4711', version: null }]);
  for (const other of [
    '',
    '{}',
    '[]',
    'null',
    '{"detail":{"id":"4711"}}',
    '{"type":"zen:event-type:user.created","detail":{"id":"1"}}',
    '{"type":"zen:event-type:ticket.created","detail":{"id":"../1"}}',
  ])
    expect(hints(Buffer.from(other))).toEqual([]);
});
