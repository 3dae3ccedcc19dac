import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createDescriptionCheck, type DescriptionCheck } from '../http/description.ts';
import { zendeskDescription } from './description.ts';
import { BEYOND_DESCRIPTION, CORRECTIONS, UNDESCRIBED } from './overlay.ts';
import { callerOf, makeTicket } from './test-client.ts';
import { startZendesk } from './zendesk.ts';

const skipped = (await createDescriptionCheck(zendeskDescription())).summary().skipped;

test('every correction of the description gives its reason', () => {
  for (const { reason } of [...CORRECTIONS, ...UNDESCRIBED, ...BEYOND_DESCRIPTION]) expect(reason.length).toBeGreaterThan(20);
});

test('without the description nothing is checked, and the reason is printed and kept', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const check = await createDescriptionCheck(zendeskDescription(mkdtempSync(join(tmpdir(), 'no-specs-'))));
  check.request({ method: 'GET', path: '/api/v2/nonsense', query: '', body: undefined });
  expect(check.violations()).toEqual([]);
  expect(check.summary().skipped).toContain('VENDOR_SPECS');
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('nothing is held against'));
  warn.mockRestore();
});

// Without the vendor's file there is nothing to hold anything against; the reason has been printed above.
describe.skipIf(skipped)('with the description', () => {
  let check: DescriptionCheck;
  beforeAll(async () => {
    check = await createDescriptionCheck(zendeskDescription());
  });
  const problems = (act: () => void) => {
    const before = check.violations().length;
    act();
    return check
      .violations()
      .slice(before)
      .map((violation) => violation.problem);
  };
  const request = (method: string, path: string, query = '', body?: unknown) => problems(() => check.request({ method, path, query, body }));
  const answer = (method: string, path: string, status: number, body: unknown) => problems(() => check.answer({ method, path, status, body }));

  test('a request with a misspelt property, a wrong type or an unknown choice is found', () => {
    expect(request('PUT', '/api/v2/tickets/1', '', { ticket: { subjekt: 'x' } })).toEqual(['ticket.subjekt is not in the description']);
    expect(request('PUT', '/api/v2/tickets/1', '', { ticket: { comment: { html: 'x' } } })).toEqual(['ticket.comment.html is not in the description']);
    expect(request('PUT', '/api/v2/tickets/1', '', { ticket: { tags: 'a' } }).join()).toContain('must be array');
    expect(request('PUT', '/api/v2/tickets/1', '', { ticket: { status: 'done' } }).join()).toContain('must be equal to one of the allowed values');
    expect(
      request('PUT', '/api/v2/tickets/1', '', { ticket: { subject: 'x', assignee_id: null, custom_fields: [{ id: 1, value: true }], metadata: { any: 1 } } }),
    ).toEqual([]);
  });

  test('an unknown query parameter, a missing one and an unknown endpoint are found', () => {
    expect(request('GET', '/api/v2/tickets', '?colour=red').join()).toContain('colour');
    expect(request('GET', '/api/v2/tickets', '?page[size]=5&sort=-updated_at')).toEqual([]);
    expect(request('POST', '/api/v2/uploads').join()).toContain('filename');
    expect(request('GET', '/api/v2/incremental/tickets/cursor', '?cursor=x')).toEqual([]);
    expect(request('GET', '/api/v2/unicorns')).toEqual(['the description has no such operation']);
    expect(request('POST', '/api/v2/webhooks', '', { webhook: {} })).toEqual([]);
  });

  test('an answer of the wrong shape or with an unknown status is found', () => {
    const ticket = { id: 1, requester_id: 5, type: null, status: 'deleted', assignee_id: null };
    expect(answer('GET', '/api/v2/tickets/1', 200, { ticket })).toEqual([]);
    expect(answer('GET', '/api/v2/tickets/1', 200, { ticket: { ...ticket, subject: 5 } }).join()).toContain('/ticket/subject must be string');
    expect(answer('GET', '/api/v2/tickets/1', 200, { ticket: { ...ticket, created_at: 'yesterday' } }).join()).toContain(
      '/ticket/created_at must match format',
    );
    expect(answer('GET', '/api/v2/tickets/1', 200, { ticket: { ...ticket, colour: 'red', fields: [] } })).toEqual(['ticket.colour is not in the description']);
    expect(answer('GET', '/api/v2/tickets/1', 202, { ticket })).toEqual(['the description knows no answer 202']);
    expect(answer('GET', '/api/v2/tickets/1', 404, { error: 'RecordNotFound' })).toEqual([]);
  });

  test('a request that is refused is no violation: being refused is what it was sent for', async () => {
    const wrong = { method: 'PUT', path: '/api/v2/tickets/1', query: '', body: { ticket: { status: 'done' } } };
    const before = check.violations().length;
    await check.exchange(wrong, () => ({ status: 422, json: { error: 'RecordInvalid' } }));
    expect(check.violations().length).toBe(before);
    await expect(check.exchange(wrong, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(check.violations().length).toBe(before);
    await check.exchange(wrong, () => ({ status: 200 }));
    expect(
      check
        .violations()
        .slice(before)
        .map(({ problem }) => problem),
    ).toEqual([expect.stringContaining('/requestBody/ticket/status')]);
  });

  test('the simulator counts what it has checked, and reports what does not fit', async () => {
    const sim = await startZendesk({ validate: 'uncounted' });
    const call = callerOf(sim);
    const { id } = await makeTicket(call);
    await call('GET', '/api/v2/webhooks');
    expect(sim.control.validation()).toEqual({ requests: 1, answers: 1, undescribed: 1, violations: 0 });
    await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { summary: 'wrong name' } });
    expect(sim.control.violations()).toMatchObject([{ what: 'request', method: 'PUT', problem: 'ticket.summary is not in the description' }]);
    await sim.stop();
  });
});
