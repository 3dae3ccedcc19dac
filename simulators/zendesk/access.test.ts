import { afterAll, beforeAll, expect, test } from 'vitest';
import { basic, type Caller, callerOf, makeTicket } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

let sim: ZendeskSim;
let admin: Caller;
let agent: Caller;

beforeAll(async () => {
  sim = await startZendesk({ limits: 'off', validate: true, users: [{ name: 'Rita Restricted', email: 'rita@acme.example', role: 'agent' }] });
  admin = callerOf(sim);
  agent = callerOf(sim, 'nora@acme.example');
});
afterAll(async () => {
  expect(sim.control.violations()).toEqual([]);
  await sim.stop();
});

test('a wrong token, an unknown address, a password and a suspended person are all 401', async () => {
  const me = (authorization: string) => admin('GET', '/api/v2/users/me.json', undefined, { authorization });
  for (const authorization of [
    basic(sim.credentials.email, 'wrong'),
    basic('nobody@acme.example', sim.credentials.token),
    `Basic ${Buffer.from('admin@acme.example:secret').toString('base64')}`,
    'Bearer nonsense',
    'Digest x',
  ]) {
    expect((await me(authorization)).status, authorization).toBe(401);
  }
  sim.control.changeUser('tomas@acme.example', { suspended: true });
  expect((await me(basic('tomas@acme.example', sim.credentials.token))).json.error).toBe("Couldn't authenticate you");
  sim.control.changeUser('tomas@acme.example', { suspended: false });
  expect((await me(basic('TOMAS@acme.example', sim.credentials.token))).status).toBe(200);
});

test('users/me without credentials answers 200 with nobody in it, everything else 401', async () => {
  const anonymous = await fetch(`${sim.url}/api/v2/users/me.json`);
  expect(anonymous.status).toBe(200);
  expect(await anonymous.json()).toMatchObject({ user: { id: null, role: 'end-user' } });
  expect((await fetch(`${sim.url}/api/v2/tickets.json`)).status).toBe(401);
});

test('a revoked token stops working at once', async () => {
  sim.control.addApiToken('second');
  const with2 = { authorization: basic(sim.credentials.email, 'second') };
  expect((await admin('GET', '/api/v2/tickets.json', undefined, with2)).status).toBe(200);
  sim.control.revokeApiToken('second');
  expect((await admin('GET', '/api/v2/tickets.json', undefined, with2)).status).toBe(401);
});

test('the feed and webhooks are for administrators, tickets for agents, and end users get neither', async () => {
  const customer = callerOf(sim, 'grace@northwind.example');
  expect((await admin('GET', '/api/v2/incremental/tickets/cursor.json?start_time=0')).status).toBe(200);
  expect((await agent('GET', '/api/v2/incremental/tickets/cursor.json?start_time=0')).status).toBe(403);
  expect((await agent('GET', '/api/v2/webhooks')).status).toBe(403);
  expect((await agent('GET', '/api/v2/tickets.json')).status).toBe(200);
  const refused = await customer('GET', '/api/v2/tickets.json');
  expect(refused.status).toBe(403);
  expect(refused.json.error.title).toBe('Forbidden');
});

test('tickets that an agent may not see are not found, in lists not there, and not to be changed', async () => {
  const { id } = await makeTicket(admin);
  sim.control.changeUser('rita@acme.example', { ticket_restriction: 'assigned' });
  const rita = callerOf(sim, 'rita@acme.example');
  expect((await rita('GET', `/api/v2/tickets/${id}.json`)).status).toBe(404);
  expect((await rita('PUT', `/api/v2/tickets/${id}.json`, { ticket: { subject: 'x' } })).status).toBe(404);
  expect((await rita('GET', '/api/v2/tickets.json')).json.tickets).toEqual([]);
  const me = (await rita('GET', '/api/v2/users/me.json')).json.user;
  await admin('PUT', `/api/v2/tickets/${id}.json`, { ticket: { assignee_id: me.id } });
  expect((await rita('GET', `/api/v2/tickets/${id}.json`)).status).toBe(200);
});

test('an agent who may only write internal notes writes internal notes', async () => {
  const { id } = await makeTicket(admin);
  sim.control.changeUser('nora@acme.example', { only_private_comments: true });
  const { audit } = (await agent('PUT', `/api/v2/tickets/${id}.json`, { ticket: { comment: { body: 'hi', public: true } } })).json;
  sim.control.changeUser('nora@acme.example', { only_private_comments: false });
  expect(audit.events[0]).toMatchObject({ type: 'Comment', public: false });
});

test('only administrators make agents, and an address is taken once', async () => {
  const user = { name: 'New Agent', email: 'new.agent@acme.example', role: 'agent' };
  expect((await agent('POST', '/api/v2/users.json', { user })).status).toBe(403);
  expect((await admin('POST', '/api/v2/users.json', { user })).status).toBe(201);
  expect((await admin('POST', '/api/v2/users.json', { user })).json.details.email[0].error).toBe('DuplicateValue');
  const again = await admin('POST', '/api/v2/users/create_or_update.json', { user: { ...user, name: 'Renamed' } });
  expect(again.status).toBe(200);
  expect(again.json.user.name).toBe('Renamed');
});
