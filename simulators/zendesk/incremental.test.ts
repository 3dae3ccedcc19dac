import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Caller, callerOf, makeTicket } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

let sim: ZendeskSim | undefined;
let call: Caller;
let start: number;

beforeEach(async () => {
  sim = await startZendesk({ limits: 'off', validate: true });
  sim.control.freeze();
  start = Math.floor(sim.control.now() / 1000) - 60;
  call = callerOf(sim);
});
afterEach(async () => {
  expect(sim?.control.violations()).toEqual([]);
  await sim?.stop();
});

const advance = (ms: number) => sim?.control.advance(ms);
const feed = (query: string) => call('GET', `/api/v2/incremental/tickets/cursor.json?${query}`);
const ids = (reply: { json: { tickets: { id: number }[] } }) => reply.json.tickets.map((ticket) => ticket.id);

test('a change is withheld for a minute and then appears', async () => {
  const { id } = await makeTicket(call);
  expect(ids(await feed(`start_time=${start}`))).toEqual([]);
  advance(60_000);
  expect(ids(await feed(`start_time=${start}`))).toEqual([]);
  advance(1_000);
  expect(ids(await feed(`start_time=${start}`))).toEqual([id]);
});

test('a start less than a minute ago is refused', async () => {
  const recent = await feed(`start_time=${start + 1}`);
  expect(recent.status).toBe(422);
  expect(recent.json.description).toContain('Too recent start_time');
  expect((await feed('cursor=nonsense')).status).toBe(422);
  expect((await feed('')).status).toBe(422);
});

test('page by page nothing is lost, with many tickets in one second, and the cursor goes on from the end', async () => {
  const made: number[] = [];
  for (let index = 0; index < 7; index += 1) made.push((await makeTicket(call)).id);
  advance(61_000);
  const seen: number[] = [];
  let page = await feed(`start_time=${start}&per_page=3`);
  for (;;) {
    seen.push(...ids(page));
    if (page.json.end_of_stream) break;
    page = await feed(`cursor=${encodeURIComponent(page.json.after_cursor)}&per_page=3`);
  }
  expect(seen).toEqual(made);
  const end = page.json.after_cursor;
  const nothing = await feed(`cursor=${encodeURIComponent(end)}`);
  expect(nothing.json).toMatchObject({ tickets: [], after_cursor: end, end_of_stream: true });
  await call('PUT', `/api/v2/tickets/${made[2]}.json`, { ticket: { comment: { body: 'again' } } });
  advance(61_000);
  expect(ids(await feed(`cursor=${encodeURIComponent(end)}`))).toEqual([made[2]]);
});

test('before the first ticket there is no cursor to go on from', async () => {
  expect((await feed(`start_time=${start - 1000}`)).json).toMatchObject({ tickets: [], after_cursor: null, end_of_stream: true });
});

test('a deleted ticket appears once more, as deleted, unless it is not wanted', async () => {
  const { id } = await makeTicket(call);
  await call('DELETE', `/api/v2/tickets/${id}.json`);
  advance(61_000);
  expect((await feed(`start_time=${start}`)).json.tickets).toMatchObject([{ id, status: 'deleted' }]);
  expect(ids(await feed(`start_time=${start}&exclude_deleted=true`))).toEqual([]);
});

test('with nothing withheld a change appears as soon as its second is over', async () => {
  sim?.control.setWithheld(0);
  const { id } = await makeTicket(call);
  advance(1_000);
  expect(ids(await feed(`start_time=${start}`))).toEqual([id]);
});

test('the feed by time never cuts a second in two', async () => {
  for (let index = 0; index < 3; index += 1) await makeTicket(call);
  advance(2_000);
  const last = await makeTicket(call);
  advance(61_000);
  const first = (await call('GET', `/api/v2/incremental/tickets.json?start_time=${start}&per_page=2`)).json;
  expect(first).toMatchObject({ count: 3, end_of_stream: false });
  const second = (await call('GET', first.next_page)).json;
  expect(second.tickets.map((ticket: { id: number }) => ticket.id)).toEqual([last.id]);
});

test('ticket events carry the comments when they are asked for', async () => {
  const { id } = await makeTicket(call, { comment: { body: 'first words' } });
  advance(61_000);
  const types = (reply: { json: { ticket_events: { child_events: { event_type: string }[] }[] } }) =>
    reply.json.ticket_events[0]?.child_events.map((event) => event.event_type);
  expect(types(await call('GET', `/api/v2/incremental/ticket_events.json?start_time=${start}`))).not.toContain('Comment');
  const full = await call('GET', `/api/v2/incremental/ticket_events.json?start_time=${start}&include=comment_events`);
  expect(types(full)).toContain('Comment');
  expect(full.json.ticket_events[0].ticket_id).toBe(id);
  expect(full.text).toContain('first words');
});
