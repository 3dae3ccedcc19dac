import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testConnector } from '../../src/connectors/conformance/index.ts';
import type { Tracker } from '../../src/connectors/connector.ts';
import { rt } from '../../src/connectors/rt/index.ts';
import type { Snapshot } from '../../src/core/entity.ts';
import { docOf, plainText, type RichText } from '../../src/core/rich-text/index.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import { type RealRt, realRt } from '../real/rt.ts';
import { realTrackers } from '../real/server.ts';
import { RtHuman, rtWorld } from '../worlds/rt.ts';
import { adding, call, failure, see, upload } from './tools.ts';

if (!realTrackers) console.warn('REAL=0: the checks against a real Request Tracker are left out (counted as skipped).');

const clients: AccountHttpClient[] = [];
afterAll(() => Promise.all(clients.map((client) => client.close())));

function open(url: string, token: string, more: Record<string, unknown> = {}): Tracker {
  const http = createHttpClient({ allowPrivate: new Set([new URL(url).host]) });
  clients.push(http);
  return rt.open(rt.settings.parse({ url, token, queue: 'Support', ...more }), { http, now: Date.now, saveSettings: () => Promise.resolve() });
}

const texts = ({ comments }: Snapshot) => comments.map(({ body }) => plainText(body));

describe.skipIf(!realTrackers)('Request Tracker 5, real', () => {
  testConnector({ name: 'rt 5.0, real server', connector: rt, world: rtWorld() });

  let real: RealRt;
  let tracker: Tracker;
  let staff: RtHuman;
  beforeAll(async () => {
    real = await realRt();
    tracker = open(real.base, real.token);
    staff = new RtHuman(real.base, real.staffToken);
  }, 300_000);
  const statusOf = async (ref: string) => (await staff.get<{ Status: string }>(`/ticket/${ref}`)).Status;

  it.each(['resolved', 'new', 'stalled', 'open'])('a reply leaves a ticket %s', async (status) => {
    const ref = await staff.create('Support', 'A reply', '<p>Words.</p>');
    if (status !== 'new') await staff.update(ref, { Status: status });
    const { version } = await tracker.apply(ref, await see(tracker, ref), adding(docOf('Thanks.')), call);
    expect(await statusOf(ref)).toBe(status);
    expect(await see(tracker, ref)).toMatchObject({ version, fields: { status } });
  });

  it('a change that RT refuses with success is an error, and so is a comment that it refuses', async () => {
    const visitor = open(real.base, real.visitorToken);
    const ref = await staff.create('Support', 'Refused', '<p>Words.</p>');
    const base = await see(visitor, ref);
    expect(await failure(visitor.apply(ref, base, { fields: { summary: 'Mine' }, known: {} }, call))).toMatchObject({ kind: 'forbidden', inDoubt: false });
    for (const isPublic of [true, false])
      expect(await failure(visitor.apply(ref, base, adding(docOf('Mine.'), [], isPublic), call))).toMatchObject({ kind: 'forbidden', inDoubt: false });
    const { missing } = await visitor.check(call);
    expect(missing.map(({ permission }) => permission)).toEqual(
      expect.arrayContaining(['CreateTicket (Support)', 'ReplyToTicket (Support)', 'CommentOnTicket (Support)', 'ModifyTicket (Support)']),
    );
    expect(await see(tracker, ref)).toMatchObject({ fields: { summary: 'Refused' }, comments: [] });
  });

  it('a stale base is a conflict, and the comment beside it is not written either', async () => {
    const ref = await staff.create('Support', 'Stale', '<p>Words.</p>');
    const base = await see(tracker, ref);
    await staff.say(ref, '<p>In between.</p>', false);
    const both = { ...adding(docOf('Ours.')), fields: { summary: 'Ours' } };
    expect(await failure(tracker.apply(ref, base, both, call))).toMatchObject({ kind: 'conflict', inDoubt: false });
    expect(texts(await see(tracker, ref))).toEqual(['In between.']);
  });

  it('a ticket that was merged into another one is gone, and nothing is written on that one in its stead', async () => {
    const [kept, merged] = [await staff.create('Support', 'Kept', '<p>Kept.</p>'), await staff.create('Support', 'Merged', '<p>Merged.</p>')];
    const base = await see(tracker, merged);
    await staff.call('PUT', `/ticket/${merged}`, { MergeInto: kept });
    expect(await tracker.fetch(merged, call)).toBe('gone');
    for (const change of [adding(docOf('Ours.')), { fields: { summary: 'Ours' }, known: {} }])
      expect(await failure(tracker.apply(merged, base, change, call))).toMatchObject({ kind: 'not-found', inDoubt: false });
    expect(await failure(tracker.find(merged, call))).toMatchObject({ kind: 'not-found' });
    expect(await see(tracker, kept)).toMatchObject({ fields: { summary: 'Kept' }, comments: [] });
  });

  it('an account that reads German is understood; one whose clock is in Tokyo asks for UTC instead of missing changes', async () => {
    const agent = open(real.base, real.agentToken);
    const ref = await staff.create('Support', 'Far away', '<p>Words.</p>');
    const base = await see(agent, ref);
    expect(base.at.slice(0, 13)).toBe(new Date().toISOString().slice(0, 13));
    await agent.apply(ref, base, { fields: { summary: 'Nah' }, known: {} }, call);
    expect(await see(agent, ref)).toMatchObject({ fields: { summary: 'Nah' } });
    const { cursor } = await tracker.changedSince(null, call);
    for (const from of [null, cursor])
      expect(await failure(agent.changedSince(from, call))).toMatchObject({ kind: 'protocol', message: expect.stringContaining('UTC') });
    expect((await agent.check(call)).missing.map(({ permission }) => permission)).toEqual(['Time zone UTC of the user agent (Admin → Users)']);
  });

  it('asked for what is new, it does not tell what is old', async () => {
    const old = await staff.create('Support', 'Old', '<p>Words.</p>');
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const { cursor } = await tracker.changedSince(null, call);
    const ref = await staff.create('Support', 'New', '<p>Words.</p>');
    const items = (await tracker.changedSince(cursor, call)).items.map((item) => item.ref);
    expect([items.includes(ref), items.length]).toEqual([true, new Set(items).size]);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const later = await tracker.changedSince((await tracker.changedSince(null, call)).cursor, call);
    expect(later.items.map((item) => item.ref)).not.toContain(old);
  });

  it('names and contents of files come back as they were: other scripts, quotation marks, texts in old encodings', async () => {
    const ref = await staff.create('Support', 'Files', '<p>Words.</p>');
    const latin = Buffer.from('Gr\xfc\xdfe\r\n', 'latin1');
    const files = [
      upload('g:1', 'דוח ☃.png', 'one'),
      upload('g:2', 'a "quoted" name.bin', 'two', 'application/octet-stream'),
      upload('g:3', 'grüße.txt', latin, 'text/plain'),
    ];
    const { files: made } = await tracker.apply(ref, await see(tracker, ref), adding(docOf('See.'), files), call);
    const now = await see(tracker, ref);
    expect(now.files.map(({ id, name }) => [id, name])).toEqual([
      [made[0]?.id, 'דוח ☃.png'],
      [made[1]?.id, 'a _quoted_ name.bin'],
      [made[2]?.id, 'grüße.txt'],
    ]);
    const content = async (at: number) => Buffer.concat((await (await tracker.files?.open(ref, made[at]?.id ?? '', call))?.stream.toArray()) ?? []);
    expect([String(await content(0)), String(await content(1)), (await content(2)).equals(latin)]).toEqual(['one', 'two', true]);
  });

  it('a file is no page to sign in with, whatever becomes of the token', async () => {
    const ref = await staff.create('Support', 'A file', '<p>Words.</p>', [{ name: 'a.png', type: 'image/png', content: Buffer.from('png') }]);
    const [file] = (await see(tracker, ref)).files;
    const stranger = open(real.base, real.token.replace(/-[^-]+$/, '-00000000000000000000000000000000'));
    expect(await failure(Promise.resolve(stranger.files?.open(ref, file?.id ?? '', call)))).toMatchObject({ kind: 'auth' });
  });

  it('a script in a text is left behind', async () => {
    const ref = await staff.create('Support', 'Script', '<p onclick="alert(1)">Words<script>alert(2)</script><a href="javascript:alert(3)">here</a></p>');
    const { fields } = await see(tracker, ref);
    expect(JSON.stringify(fields.description)).not.toMatch(/alert|script/);
    expect(plainText(fields.description as RichText)).toBe('Wordshere');
  });

  it('a long history is read whole, in few requests', async () => {
    const ref = await staff.create('Support', 'Long', '<p>Words.</p>');
    const said = Array.from({ length: 110 }, (_, n) => `Number ${n}`);
    for (const words of said) await staff.say(ref, `<p>${words}</p>`, false);
    const fresh = open(real.base, real.token);
    let requests = 0;
    const counted = {
      ...call,
      onRequest: () => {
        requests += 1;
      },
    };
    const seen = await fresh.fetch(ref, counted);
    expect(seen === 'gone' ? seen : texts(seen)).toEqual(said);
    // The ticket, two pages of history, of parts, and of texts, and who we are.
    expect(requests).toBeLessThanOrEqual(8);
  }, 120_000);

  it('without its custom fields nothing is created, and it says which to make', async () => {
    const without = open(real.base, real.token, { markerField: 'Nowhere' });
    const draft = { scope: null, type: null, fields: { summary: 'Unmarked', description: docOf('Words.') }, files: [] };
    const ref = await staff.create('Support', 'There', '<p>Words.</p>');
    expect(await failure(without.create(draft, crypto.randomUUID(), call))).toMatchObject({ kind: 'rejected', message: expect.stringContaining('“Nowhere”') });
    expect(await failure(without.apply(ref, await see(without, ref), adding(docOf('Ours.')), call))).toMatchObject({ kind: 'rejected', field: 'comment' });
    expect((await without.check(call)).missing.map(({ permission }) => permission)).toEqual([
      'Custom field “Nowhere” for tickets, SeeCustomField (Support)',
      'Custom field “Nowhere” for ticket transactions, SeeCustomField (Support)',
    ]);
    expect((await staff.get<{ total: number }>(`/tickets?query=${encodeURIComponent("Subject = 'Unmarked'")}`)).total).toBe(0);
  });
});
