import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, callerOf, makeTicket } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

let sim: ZendeskSim;
let call: Caller;

beforeAll(async () => {
  sim = await startZendesk({ limits: 'off', validate: true });
  sim.control.freeze();
  call = callerOf(sim);
});
afterAll(async () => {
  expect(sim.control.violations()).toEqual([]);
  await sim.stop();
});

const find = async (query: string) =>
  (await call('GET', `/api/v2/search.json?query=${encodeURIComponent(query)}&sort_by=created_at&sort_order=asc`)).json.results.map(
    (one: { id: number }) => one.id,
  );

test('the index is behind: new tickets, changes and deletions show after the lag, the list by external id at once', async () => {
  sim.control.setSearchLag(30_000);
  const { id } = await makeTicket(call, { external_id: 'lag-1' });
  expect(await find('external_id:lag-1')).toEqual([]);
  expect((await call('GET', '/api/v2/tickets.json?external_id=lag-1')).json.tickets).toHaveLength(1);
  sim.control.advance(30_000);
  expect(await find('external_id:lag-1')).toEqual([id]);
  await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { external_id: 'lag-2' } });
  expect(await find('external_id:lag-1')).toEqual([id]);
  sim.control.advance(30_000);
  expect(await find('external_id:lag-1')).toEqual([]);
  await call('DELETE', `/api/v2/tickets/${id}.json`);
  expect(await find('external_id:lag-2')).toEqual([id]);
  sim.control.advance(30_000);
  expect(await find('external_id:lag-2')).toEqual([]);
});

test('the query language: fields, comparisons, phrases, negation, free words', async () => {
  sim.control.setSearchLag(0);
  const a = (await makeTicket(call, { subject: 'Blue whale', type: 'incident', priority: 'high', tags: ['sea'], comment: { body: 'deep water' } })).id;
  const b = (
    await makeTicket(call, {
      subject: 'Blue moon',
      type: 'question',
      tags: ['sky'],
      comment: { body: 'high up' },
      requester: { name: 'Luna', email: 'luna@sky.example' },
    })
  ).id;
  await call('PUT', `/api/v2/tickets/${b}.json`, { ticket: { status: 'solved' } });
  expect(await find('type:ticket subject:blue')).toEqual([a, b]);
  expect(await find('"blue whale"')).toEqual([a]);
  expect(await find('blue -tags:sea')).toEqual([b]);
  expect(await find('blue status<solved')).toEqual([a]);
  expect(await find('blue ticket_type:question')).toEqual([b]);
  expect(await find('requester:luna@sky.example')).toEqual([b]);
  expect(await find('blue priority:high')).toEqual([a]);
  expect(await find('water')).toEqual([a]);
  expect(await find(`blue created>=${new Date(sim.control.now() - 86_400_000).toISOString().slice(0, 10)}`)).toEqual([a, b]);
  expect(await find('type:user blue')).toEqual([]);
  expect((await call('GET', '/api/v2/search/count.json?query=subject:blue')).json.count).toBe(2);
});

test('what the simulator cannot search for is refused, never silently ignored', async () => {
  const refused = await call('GET', '/api/v2/search.json?query=satisfaction:good');
  expect(refused.status).toBe(422);
  expect(refused.json.description).toContain('satisfaction');
  expect((await call('GET', '/api/v2/search.json?query=blue&page=11&per_page=100')).status).toBe(422);
});

test('the export goes through all results by cursor', async () => {
  const seen: number[] = [];
  let url = `${sim.url}/api/v2/search/export.json?query=subject:blue&filter[type]=ticket&page[size]=1`;
  while (url) {
    const { json } = await call('GET', url);
    seen.push(...json.results.map((one: { id: number }) => one.id));
    url = json.links.next;
  }
  expect(seen).toHaveLength(2);
});
