import { afterAll, beforeAll, expect, test } from 'vitest';
import { basic, type Caller, callerOf, makeTicket } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

let sim: ZendeskSim;
let call: Caller;

beforeAll(async () => {
  sim = await startZendesk({ limits: 'off', validate: true, brands: ['Globex Engineering', 'Globex Field Ops'], subdomain: 'globex' });
  sim.control.freeze();
  call = callerOf(sim);
});
afterAll(async () => {
  expect(sim.control.violations()).toEqual([]);
  await sim.stop();
});

test('a ticket comes back as it was created, with the first comment as its description', async () => {
  const brand = sim.account.brands[1]?.id;
  const made = await call('POST', '/api/v2/tickets.json', {
    ticket: {
      subject: 'Cannot log in',
      type: 'incident',
      priority: 'high',
      external_id: 'x-1',
      tags: ['VIP', 'login', 'vip'],
      brand_id: brand,
      comment: { body: 'Since today.' },
    },
  });
  expect(made.status).toBe(201);
  expect(made.headers.get('location')).toBe(made.json.ticket.url);
  const { ticket } = (await call('GET', `/api/v2/tickets/${made.json.ticket.id}.json`)).json;
  expect(ticket).toEqual(made.json.ticket);
  expect(ticket).toMatchObject({
    subject: 'Cannot log in',
    description: 'Since today.',
    type: 'incident',
    priority: 'high',
    status: 'new',
    external_id: 'x-1',
    tags: ['login', 'vip'],
    brand_id: brand,
    assignee_id: null,
    is_public: true,
  });
  expect(ticket.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('creating without a comment is refused with what is missing', async () => {
  const refused = await call('POST', '/api/v2/tickets.json', { ticket: { subject: 'Empty', comment: { body: ' ' } } });
  expect(refused.status).toBe(422);
  expect(refused.json).toMatchObject({ error: 'RecordInvalid', details: { base: [{ error: 'BlankValue' }] } });
  expect((await call('POST', '/api/v2/search.json')).status).toBe(405);
});

test('a subject, a type and a priority can be changed and emptied in one request, and the audit says from what', async () => {
  const { id } = await makeTicket(call, { type: 'question', priority: 'low' });
  const updated = await call('PUT', `/api/v2/tickets/${id}.json`, {
    ticket: { subject: 'New subject', type: null, priority: 'urgent', metadata: { run: 'r-1' } },
  });
  expect(updated.json.ticket).toMatchObject({ subject: 'New subject', type: null, priority: 'urgent' });
  expect(updated.json.audit.metadata.custom).toEqual({ run: 'r-1' });
  const events = updated.json.audit.events.map(({ type, field_name, value, previous_value }: Record<string, unknown>) => ({
    type,
    field_name,
    value,
    previous_value,
  }));
  expect(events).toEqual([
    { type: 'Change', field_name: 'subject', value: 'New subject', previous_value: 'Printer on fire' },
    { type: 'Change', field_name: 'type', value: null, previous_value: 'question' },
    { type: 'Change', field_name: 'priority', value: 'urgent', previous_value: 'low' },
  ]);
  const audits = (await call('GET', `/api/v2/tickets/${id}/audits.json`)).json.audits;
  expect(audits.at(-1)).toEqual(updated.json.audit);
});

test('a request that changes nothing leaves no audit and no new time', async () => {
  const ticket = await makeTicket(call);
  sim.control.advance(5_000);
  const updated = await call('PUT', `/api/v2/tickets/${ticket.id}.json`, { ticket: { subject: ticket.subject } });
  expect(updated.json.ticket.updated_at).toBe(ticket.updated_at);
  expect((await call('GET', `/api/v2/tickets/${ticket.id}/audits.json`)).json.audits).toHaveLength(1);
});

test('safe_update refuses a change that is based on an older ticket, and lets the newest through', async () => {
  const ticket = await makeTicket(call);
  sim.control.advance(2_000);
  await call('PUT', `/api/v2/tickets/${ticket.id}.json`, { ticket: { subject: 'By somebody else' } });
  const stale = await call('PUT', `/api/v2/tickets/${ticket.id}.json`, { ticket: { subject: 'Mine', safe_update: true, updated_stamp: ticket.updated_at } });
  expect(stale.status).toBe(409);
  expect(stale.json.error).toBe('UpdateConflict');
  const now = (await call('GET', `/api/v2/tickets/${ticket.id}.json`)).json.ticket;
  expect(now.subject).toBe('By somebody else');
  const fresh = await call('PUT', `/api/v2/tickets/${ticket.id}.json`, { ticket: { subject: 'Mine', safe_update: true, updated_stamp: now.updated_at } });
  expect(fresh.json.ticket.subject).toBe('Mine');
});

test('the same idempotency key creates one ticket, with another body it is refused, and after two hours it is forgotten', async () => {
  const body = { ticket: { subject: 'Once', external_id: 'once', comment: { body: 'Once.' } } };
  const key = { 'idempotency-key': 'k-1' };
  const first = await call('POST', '/api/v2/tickets.json', body, key);
  const second = await call('POST', '/api/v2/tickets.json', body, key);
  expect(first.headers.get('x-idempotency-lookup')).toBe('miss');
  expect(second.headers.get('x-idempotency-lookup')).toBe('hit');
  expect(second.json.ticket.id).toBe(first.json.ticket.id);
  const other = await call('POST', '/api/v2/tickets.json', { ticket: { subject: 'Other', comment: { body: 'Once.' } } }, key);
  expect(other.status).toBe(400);
  expect(other.json.error).toBe('IdempotentRequestError');
  expect((await call('GET', '/api/v2/tickets.json?external_id=once')).json.tickets).toHaveLength(1);
  sim.control.advance(2 * 3_600_000);
  expect((await call('POST', '/api/v2/tickets.json', body, key)).headers.get('x-idempotency-lookup')).toBe('miss');
  expect((await call('GET', '/api/v2/tickets.json?external_id=once')).json.tickets).toHaveLength(2);
});

test('a closed ticket cannot be changed any more', async () => {
  const { id } = await makeTicket(call);
  await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { status: 'closed' } });
  const refused = await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { comment: { body: 'One more thing' } } });
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('closed prevents ticket update');
  expect((await call('GET', `/api/v2/tickets/${id}/comments.json`)).json.comments).toHaveLength(1);
});

test('solving a ticket that nobody has assigns it to whoever solves it, and assigning a new one opens it', async () => {
  const { id } = await makeTicket(call);
  const solved = (await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { status: 'solved' } })).json.ticket;
  const me = (await call('GET', '/api/v2/users/me.json')).json.user;
  expect(solved).toMatchObject({ status: 'solved', assignee_id: me.id });
  const other = await makeTicket(call);
  expect((await call('PUT', `/api/v2/tickets/${other.id}.json`, { ticket: { assignee_id: me.id } })).json.ticket.status).toBe('open');
});

test('custom statuses set the plain status, and the other way round', async () => {
  const { custom_statuses: statuses } = (await call('GET', '/api/v2/custom_statuses.json')).json;
  const waiting = statuses.find((status: { agent_label: string }) => status.agent_label === 'Waiting for engineering');
  const { id } = await makeTicket(call);
  expect((await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { custom_status_id: waiting.id } })).json.ticket).toMatchObject({
    status: 'open',
    custom_status_id: waiting.id,
  });
  const pending = (await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { status: 'pending' } })).json.ticket;
  expect(statuses.find((status: { id: number }) => status.id === pending.custom_status_id).status_category).toBe('pending');
});

test('a deleted ticket is not found, is listed among the deleted ones, and can be restored', async () => {
  const { id } = await makeTicket(call);
  expect((await call('DELETE', `/api/v2/tickets/${id}.json`)).status).toBe(204);
  const gone = await call('GET', `/api/v2/tickets/${id}.json`);
  expect(gone.status).toBe(404);
  expect(gone.json.error).toBe('RecordNotFound');
  expect((await call('GET', `/api/v2/tickets/${id}/comments.json`)).status).toBe(404);
  expect((await call('GET', '/api/v2/deleted_tickets.json')).json.deleted_tickets).toMatchObject([{ id, subject: 'Printer on fire' }]);
  await call('PUT', `/api/v2/deleted_tickets/${id}/restore.json`);
  expect((await call('GET', `/api/v2/tickets/${id}.json`)).status).toBe(200);
});

test('show_many leaves out what does not exist, and lists come by cursor or by page', async () => {
  const ids = [];
  for (let index = 0; index < 3; index += 1) ids.push((await makeTicket(call, { external_id: 'batch' })).id);
  const many = (await call('GET', `/api/v2/tickets/show_many.json?ids=${ids.join(',')},999999`)).json;
  expect(many.tickets.map((ticket: { id: number }) => ticket.id)).toEqual(ids);
  const byCursor: number[] = [];
  let url = `${sim.url}/api/v2/tickets.json?external_id=batch&page[size]=2`;
  while (url) {
    const { json } = await call('GET', url);
    byCursor.push(...json.tickets.map((ticket: { id: number }) => ticket.id));
    url = json.links.next;
  }
  expect(byCursor).toEqual(ids);
  const second = (await call('GET', '/api/v2/tickets.json?external_id=batch&per_page=2&page=2')).json;
  expect(second.tickets.map((ticket: { id: number }) => ticket.id)).toEqual(ids.slice(2));
  expect(second).toMatchObject({ count: 3, next_page: null });
  expect((await call('GET', '/api/v2/tickets.json?page[size]=101')).status).toBe(400);
  expect((await call('GET', '/api/v2/tickets.json?page=102&per_page=100')).status).toBe(400);
});

test('tags can be set, added and removed on their own', async () => {
  const { id } = await makeTicket(call, { tags: ['a'] });
  expect((await call('PUT', `/api/v2/tickets/${id}/tags.json`, { tags: ['b'] })).json.tags).toEqual(['a', 'b']);
  expect((await call('POST', `/api/v2/tickets/${id}/tags.json`, { tags: ['c', 'd'] })).json.tags).toEqual(['c', 'd']);
  expect((await call('DELETE', `/api/v2/tickets/${id}/tags.json`, { tags: ['c'] })).status).toBe(204);
  expect((await call('GET', `/api/v2/tickets/${id}.json`)).json.ticket.tags).toEqual(['d']);
});

test('a requester who is not known yet is created, and found by the address', async () => {
  const ticket = await makeTicket(call, { requester: { name: 'New Person', email: 'new@person.example' } });
  const found = (await call('GET', '/api/v2/users/search.json?query=new@person.example')).json.users;
  expect(found).toMatchObject([{ id: ticket.requester_id, name: 'New Person', role: 'end-user' }]);
  const many = (await call('GET', `/api/v2/users/show_many.json?ids=${ticket.requester_id}`)).json.users;
  expect(many[0].email).toBe('new@person.example');
});

test('brands, fields, forms, groups and settings say what the account is made of', async () => {
  expect((await call('GET', '/api/v2/brands.json')).json.brands.map((brand: { name: string }) => brand.name)).toEqual([
    'Globex Engineering',
    'Globex Field Ops',
  ]);
  expect((await call('GET', `/api/v2/brands/${sim.account.brands[1]?.id}.json`)).json.brand.default).toBe(false);
  const type = (await call('GET', '/api/v2/ticket_fields.json')).json.ticket_fields.find((field: { type: string }) => field.type === 'tickettype');
  expect(type.system_field_options.map((option: { value: string }) => option.value)).toEqual(['problem', 'incident', 'question', 'task']);
  expect((await call('GET', '/api/v2/ticket_forms.json')).json.ticket_forms[0].default).toBe(true);
  expect((await call('GET', '/api/v2/groups.json')).json.groups[0].name).toBe('Support');
  expect((await call('GET', '/api/v2/account/settings.json')).json.settings.brands.default_brand_id).toBe(sim.account.brands[0]?.id);
});

test('a body that is no JSON object, and one without the ticket, are told apart', async () => {
  const broken = await fetch(`${sim.url}/api/v2/tickets.json`, {
    method: 'POST',
    headers: { authorization: basic(sim.credentials.email, sim.credentials.token), 'content-type': 'application/json' },
    body: '{',
  });
  expect(broken.status).toBe(400);
  expect(await broken.text()).toContain('not a JSON object');
  expect((await call('POST', '/api/v2/tickets.json', {})).text).toContain('invalid value for the ticket attribute');
});
