import { describe, expect, it } from 'vitest';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext, HttpClient, HttpResponse } from '../../lib/http.ts';
import { SecondFeed } from '../feeds/by-second.ts';
import { RedmineApi } from './api.ts';
import { listingOf } from './listing.ts';

const call: CallContext = { signal: new AbortController().signal, priority: 'normal' };
const tell = () => Promise.resolve(() => ({ byUs: false, marker: null }));
const START = Date.parse('2026-11-22T12:00:00Z');
const stamp = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** A list of issues as Redmine answers it (`>=` a second finds what came after the one before: it keeps fractions, and shows none), with a clock of its own. `dated`: a web server in front tells the time. */
function redmine(options: { dated?: boolean; pageSize?: number } = {}) {
  const updated = new Map<number, number>();
  const world = { now: START, lists: 0 };
  const http: HttpClient = {
    request({ url }) {
      world.lists++;
      const query = new URL(url).searchParams;
      const since = (query.get('updated_on') ?? `>=${query.get('v[updated_on][]') ?? '1970-01-01T00:00:00Z'}`).slice(2);
      const first = Number(query.get('v[issue_id][]') ?? 0);
      const byId = query.get('sort') === 'id';
      const all = [...updated]
        .filter(([id, at]) => id >= first && at > Date.parse(since) - 1000)
        .sort((a, b) => (byId ? a[0] - b[0] : b[1] - a[1] || a[0] - b[0]));
      const issues = all.slice(0, Number(query.get('limit'))).map(([id, at]) => ({ id, updated_on: stamp(at) }));
      const headers: Record<string, string> = options.dated ? { date: new Date(world.now).toUTCString() } : {};
      const body = { issues, total_count: all.length };
      return Promise.resolve({ status: 200, headers, text: '', stream: null, json: () => body } as HttpResponse);
    },
  };
  const feed = new SecondFeed(listingOf(new RedmineApi(http, 'https://redmine.example', 'key'), tell), () => world.now + 3_600_000, options.pageSize ?? 100);
  return {
    world,
    touch: (id: number, at = world.now) => void updated.set(id, at),
    pass: (ms: number) => {
      world.now += ms;
    },
    poll: async (cursor: string) => {
      const page = await feed.changedSince(cursor, call);
      return { refs: page.items.map((item) => item.ref), cursor: page.cursor, more: page.more };
    },
    start: async () => (await feed.changedSince(null, call)).cursor,
    feed,
  };
}

describe.each([
  ['as it is', false],
  ['behind a web server that tells the time', true],
])('the feed of a Redmine %s', (_name, dated) => {
  it('tells a second change within the same second, and then falls silent', async () => {
    const { touch, pass, poll, start } = redmine({ dated });
    let cursor = await start();
    touch(1, START + 100);
    for (let i = 0; i < 3; i++) {
      const page = await poll(cursor);
      expect(page.refs).toEqual(['1']);
      touch(1, START + 200);
      cursor = page.cursor;
    }
    pass(2000);
    const told = await poll(cursor);
    expect(told.refs).toEqual(['1']);
    expect((await poll(told.cursor)).refs).toEqual([]);
  });

  it('falls silent after the last change for good', async () => {
    const { touch, pass, poll, start } = redmine({ dated });
    let cursor = await start();
    touch(1, START + 300);
    const told: string[][] = [];
    for (let i = 0; i < 60; i++) {
      pass(1000);
      const page = await poll(cursor);
      told.push(page.refs);
      cursor = page.cursor;
    }
    expect(told.slice(0, 2).flat()).toContain('1');
    expect(told.slice(3).flat()).toEqual([]);
  });

  it('tells what a slow transaction committed late', async () => {
    const { touch, pass, poll, start } = redmine({ dated });
    const cursor = await start();
    touch(1);
    pass(5000);
    const { cursor: next } = await poll(cursor);
    touch(2, START - 3000);
    expect((await poll(next)).refs).toContain('2');
  });

  it('looks only at what is new when the last change is long ago', async () => {
    const { touch, pass, poll, start, world } = redmine({ dated, pageSize: 5 });
    let cursor = await start();
    for (let id = 1; id <= 40; id++) touch(id);
    for (let i = 0; i < 100; i++) {
      pass(500);
      cursor = (await poll(cursor)).cursor;
    }
    const before = world.lists;
    expect(await poll(cursor)).toEqual({ refs: [], cursor, more: false });
    expect(world.lists - before).toBe(1);
    expect(cursor.length).toBeLessThan(60);
    touch(7);
    expect((await poll(cursor)).refs).toEqual(['7']);
  });
});

it('tells every issue of one second, however many, and what changes while its pages are read', async () => {
  const { touch, pass, poll, start } = redmine({ pageSize: 10 });
  let cursor = await start();
  for (let id = 1; id <= 95; id++) touch(id);
  const told = new Set<string>();
  for (let more = true, page = 1; more; page++) {
    const found = await poll(cursor);
    for (const ref of found.refs) told.add(ref);
    cursor = found.cursor;
    more = found.more;
    if (page === 3) {
      pass(700);
      told.delete('2');
      touch(2);
      touch(200);
    }
  }
  expect(told.size).toBeGreaterThanOrEqual(94);
  for (let i = 0; i < 30 && !(told.has('2') && told.has('200')); i++) {
    const found = await poll(cursor);
    for (const ref of found.refs) told.add(ref);
    cursor = found.cursor;
  }
  expect([...told]).toEqual(expect.arrayContaining(['2', '200']));
});

it('starts now in a Redmine without issues', async () => {
  const { touch, poll, start } = redmine();
  const cursor = await start();
  touch(1);
  expect((await poll(cursor)).refs).toEqual(['1']);
});

it('calls a cursor that it cannot read expired', async () => {
  const { feed, poll } = redmine();
  for (const cursor of ['', 'x', '{"since":"yesterday","seen":{}}', '[]']) await expect(poll(cursor)).rejects.toMatchObject({ kind: 'cursor-expired' });
  await expect(feed.sweep('x', 100, call)).rejects.toThrow(TrackerError);
});
