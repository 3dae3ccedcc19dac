import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../core/entity.ts';
import { docOf, plainText, type RichText } from '../../core/rich-text/index.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Tracker, Upload } from '../connector.ts';
import { MemoryTrackerServer, memory, memoryServers, openMemory, PROFILES, type ProfileName } from './index.ts';

const call: CallContext = { signal: new AbortController().signal, priority: 'normal' };
const bold: RichText = {
  type: 'root',
  children: [
    {
      type: 'paragraph',
      children: [
        { type: 'text', value: 'a ' },
        { type: 'strong', children: [{ type: 'text', value: 'b' }] },
      ],
    },
  ],
};
function open(profile: ProfileName): { server: MemoryTrackerServer; tracker: Tracker; clock: { t: number; now(): number } } {
  const clock = { t: 1_000_000, now: () => clock.t };
  const server = new MemoryTrackerServer({ name: 'acme', profile: PROFILES[profile], clock });
  return { server, tracker: openMemory(server), clock };
}
const seen = async (tracker: Tracker, ref: string): Promise<Snapshot> => {
  const snapshot = await tracker.fetch(ref, call);
  if (snapshot === 'gone') throw new Error('it is gone');
  return snapshot;
};
const upload = (name: string, content: string): Upload => ({
  key: `x:1:f:${name}`,
  name,
  type: 'text/plain',
  size: content.length,
  open: async () => Readable.from([Buffer.from(content)]),
});
const draft = { scope: null, type: null, fields: { summary: 'Printer', description: bold }, files: [] };

describe('the memory tracker', () => {
  it('is opened by the name of its server', async () => {
    const { server } = open('full');
    memoryServers.set('acme', server);
    const tracker = memory.open(
      { server: 'acme' },
      { http: { request: () => Promise.reject(new Error('unused')) }, now: () => 0, saveSettings: async () => {} },
    );
    expect((await tracker.check(call)).site).toBe('acme');
    expect(() =>
      memory.open({ server: 'nowhere' }, { http: { request: () => Promise.reject(new Error('unused')) }, now: () => 0, saveSettings: async () => {} }),
    ).toThrow('nowhere');
    memoryServers.clear();
  });

  it('keeps marks where it is rich, and only the words where it is not', async () => {
    for (const [profile, expected] of [
      ['jira', bold],
      ['redmine', docOf('a b')],
    ] as const) {
      const { tracker } = open(profile);
      const { snapshot } = await tracker.create(draft, 'm', call);
      expect(snapshot.fields.description).toEqual(expected);
      expect(tracker.settle('description', bold)).toEqual(expected);
    }
  });

  it('lets a test stop a call before and after it takes effect', async () => {
    const { server, tracker } = open('poor');
    const labels: string[] = [];
    server.gate = async (label) => {
      labels.push(label);
      if (label === 'after insert') await new Promise(() => {});
    };
    void tracker.create(draft, 'm', call);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(labels).toEqual(['before recent', 'after recent', 'before search', 'after search', 'before insert', 'after insert']);
    server.gate = null;
    const found = await tracker.findByMarker('m', new Date(0).toISOString(), call);
    expect(found?.marker).toBeNull();
    expect(found?.byUs).toBe(true);
  });

  it('lets a timed-out write land late', async () => {
    const { server, tracker, clock } = open('jira');
    server.failNext('late', { on: 'insert', lateMs: 10 });
    await expect(tracker.create(draft, 'm', call)).rejects.toMatchObject({ kind: 'unavailable', inDoubt: true });
    expect(await tracker.findByMarker('m', new Date(0).toISOString(), call)).toBeNull();
    clock.t += 10;
    expect(await tracker.findByMarker('m', new Date(0).toISOString(), call)).not.toBeNull();
  });

  it('refuses a stale base, or says what it replaced', async () => {
    const strict = open('zendesk');
    const a = strict.server.human.create({ fields: { summary: 'one' } });
    const before = await seen(strict.tracker, a);
    strict.server.human.edit(a, { summary: 'two' });
    await expect(strict.tracker.apply(a, before, { fields: { summary: 'ours' }, known: {} }, call)).rejects.toMatchObject({ kind: 'conflict' });
    expect((await seen(strict.tracker, a)).fields.summary).toBe('two');

    const loose = open('redmine');
    const b = loose.server.human.create({ fields: { summary: 'one' } });
    const stale = await seen(loose.tracker, b);
    loose.server.human.edit(b, { summary: 'two' });
    expect((await loose.tracker.apply(b, stale, { fields: { summary: 'ours' }, known: {} }, call)).replaced).toEqual({ summary: 'two' });
  });

  it('puts fields, a comment and its files into one call, or into one call each', async () => {
    for (const [profile, updates] of [
      ['jira', 1],
      ['poor', 4],
    ] as const) {
      const { server, tracker } = open(profile);
      const ref = server.human.create({ fields: { summary: 'one' } });
      const base = await seen(tracker, ref);
      const names: string[] = [];
      const comment = { do: 'add', body: docOf('hello'), public: true, files: [upload('a.txt', 'a')], marker: 'm' } as const;
      const change = { fields: { summary: 'two', status: base.fields.status === 'new' ? 'open' : 'doing' }, comment, files: [upload('b.txt', 'b')], known: {} };
      const applied = await tracker.apply(ref, base, change, { ...call, onRequest: (r) => names.push(r.path.split('/')[1] ?? '') });
      expect(names.filter((n) => n === 'update')).toHaveLength(updates);
      const now = await seen(tracker, ref);
      expect(now.comments.map((c) => [c.id, plainText(c.body), c.byUs])).toEqual([[applied.comment, 'hello', true]]);
      expect(now.files.map((f) => [f.name, f.comment])).toEqual([
        ['a.txt', applied.comment],
        ['b.txt', null],
      ]);
    }
  });

  it('carries a file by a comment where files belong to comments', async () => {
    const { server, tracker } = open('zendesk');
    const ref = server.human.create({ fields: { summary: 'one' } });
    const applied = await tracker.apply(ref, await seen(tracker, ref), { files: [upload('a.txt', 'a')], known: {} }, call);
    const now = await seen(tracker, ref);
    expect(now.comments.map((c) => [c.id, plainText(c.body)])).toEqual([[applied.files[0]?.carrier, '📎 a.txt']]);
    expect(now.files[0]?.comment).toBe(applied.files[0]?.carrier);
  });

  it('hides a concealed comment without calling it gone', async () => {
    const { server, tracker } = open('jira');
    const ref = server.human.create({ fields: { summary: 'one' } });
    const id = server.human.comment(ref, 'secret');
    server.human.conceal(ref, id, true);
    expect((await seen(tracker, ref)).comments).toEqual([]);
    expect(await tracker.confirmGone?.(ref, 'comment', id, call)).toBe(false);
    server.human.deleteComment(ref, id);
    expect(await tracker.confirmGone?.(ref, 'comment', id, call)).toBe(true);
  });

  it('has one version for a whole second where versions are not exact', async () => {
    const { server, tracker, clock } = open('github');
    const ref = server.human.create({ fields: { summary: 'one' } });
    const first = await seen(tracker, ref);
    server.human.edit(ref, { summary: 'two' });
    expect((await seen(tracker, ref)).version).toBe(first.version);
    clock.t += 1000;
    server.human.edit(ref, { summary: 'three' });
    expect((await seen(tracker, ref)).version).not.toBe(first.version);
  });

  it('counts what our account reads and writes', async () => {
    const { server, tracker } = open('jira');
    const ref = server.human.create({ fields: { summary: 'one' } });
    await tracker.fetch(ref, call);
    expect([server.reads, server.writes]).toEqual([1, 0]);
  });
});
