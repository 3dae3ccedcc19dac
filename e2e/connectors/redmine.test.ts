import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testConnector } from '../../src/connectors/conformance/index.ts';
import type { Tracker, Upload } from '../../src/connectors/connector.ts';
import { redmine } from '../../src/connectors/redmine/index.ts';
import { docOf, plainText, type RichText } from '../../src/core/rich-text/index.ts';
import { type AccountHttpClient, createHttpClient } from '../../src/lib/http-client.ts';
import { type RealRedmine, type RealRedmines, realRedmine } from '../real/redmine.ts';
import { realTrackers } from '../real/server.ts';
import { RedmineHuman, redmineWorld } from '../worlds/redmine.ts';
import { adding, call, failure, see, upload } from './tools.ts';

if (!realTrackers) console.warn('REAL=0: the checks against two real Redmine servers are left out (counted as skipped).');

const clients: AccountHttpClient[] = [];
afterAll(() => Promise.all(clients.map((client) => client.close())));

function open(url: string, apiKey: string, more: Record<string, unknown> = {}): Tracker {
  const http = createHttpClient({ allowPrivate: new Set([new URL(url).host]) });
  clients.push(http);
  return redmine.open(redmine.settings.parse({ url, apiKey, ...more }), { http, now: Date.now, saveSettings: () => Promise.resolve() });
}

const picture = (file: string, name: string): RichText => ({
  type: 'root',
  children: [{ type: 'paragraph', children: [{ type: 'attachmentRef', file, name, inline: true }] }],
});
describe.skipIf(!realTrackers)('real Redmine', () => {
  testConnector({ name: 'redmine 5.0 (Textile)', connector: redmine, world: redmineWorld('textile') });
  testConnector({ name: 'redmine 5.0 (Markdown)', connector: redmine, world: redmineWorld('markdown') });

  describe.each(['textile', 'markdown'] as const)('%s', (textFormat) => {
    let real: RealRedmine;
    let tracker: Tracker;
    let mona: RedmineHuman;
    beforeAll(async () => {
      real = (await realRedmine())[textFormat];
      tracker = open(real.base, real.apiKey, { textFormat, attachmentMaxKb: real.attachmentMaxKb });
      mona = new RedmineHuman(real.base, real.managerKey);
    }, 300_000);
    const page = async (ref: string) => (await fetch(`${real.base}/issues/${ref}`)).text();

    it('keeps the marker in an invisible line where the project has no field for it, through every new description', async () => {
      const marker = `m:${crypto.randomUUID()}#1`;
      const draft = { scope: 'plain', type: 'Bug', fields: { summary: 'Plain', description: docOf('Words.') }, files: [] };
      const { snapshot } = await tracker.create(draft, marker, call);
      expect([snapshot.marker, plainText(snapshot.fields.description as RichText)]).toEqual([marker, 'Words.']);
      await tracker.apply(snapshot.ref, snapshot, { fields: { description: docOf('Other words.') }, known: {} }, call);
      expect(await see(tracker, snapshot.ref)).toMatchObject({ marker, fields: { description: docOf('Other words.') } });
      expect((await tracker.create(draft, marker, call)).snapshot.ref).toBe(snapshot.ref);
      expect((await open(real.base, real.apiKey, { textFormat }).findByMarker(marker, snapshot.at, call))?.ref).toBe(snapshot.ref);
      const shown = /<div class="wiki">([\s\S]*?)<\/div>/.exec(await page(snapshot.ref))?.[1]?.replace(/<[^>]*>|&nbsp;/g, '') ?? '';
      expect(shown.trim()).toBe('Other words.');
    });

    it('shows pictures of equal names in the texts that they belong to', async () => {
      const draft = {
        scope: 'support',
        type: null,
        fields: { summary: 'Pictures', description: picture('g:1', 'image.png') },
        files: [upload('g:1', 'image.png', 'one')],
      };
      const { snapshot, files } = await tracker.create(draft, crypto.randomUUID(), call);
      const { files: later, comment } = await tracker.apply(
        snapshot.ref,
        snapshot,
        adding(picture('g:2', 'image.png'), [upload('g:2', 'image.png', 'two')]),
        call,
      );
      const ids = [...files, ...later].map((file) => file.id);
      const now = await see(tracker, snapshot.ref);
      expect(now.fields.description).toEqual(picture(ids[0] ?? '', 'image.png'));
      expect(now.comments.map((c) => [c.id, c.body])).toEqual([[comment, picture(ids[1] ?? '', 'image.png')]]);
      const html = await page(snapshot.ref);
      for (const id of ids) expect(html).toMatch(new RegExp(`<img[^>]* src="/attachments/download/${id}/image\\.png"`));
    });

    it('says which status the workflow refuses, and that a comment beside it was written all the same', async () => {
      const agent = open(real.base, real.agentKey, { textFormat });
      const ref = await mona.create('support', { subject: 'Workflow', tracker_id: 1 });
      const base = await see(agent, ref);
      const alone = await failure(agent.apply(ref, base, { fields: { status: 'Rejected' }, known: {} }, call));
      expect(alone).toMatchObject({ kind: 'rejected', field: 'status', inDoubt: false, message: expect.stringContaining('workflow') });
      // Redmine's clock moves with a refused change too, and the version with it.
      expect({ ...(await see(agent, ref)), version: base.version }).toEqual(base);
      const both = await failure(agent.apply(ref, base, { ...adding(docOf('Beside it.')), fields: { status: 'Rejected' } }, call));
      expect(both).toMatchObject({ kind: 'unavailable', inDoubt: true });
      expect((await see(agent, ref)).comments.map((c) => plainText(c.body))).toEqual(['Beside it.']);
      const none = await failure(agent.apply(ref, base, { fields: { status: 'Nonsense' }, known: {} }, call));
      expect(none).toMatchObject({ kind: 'rejected', field: 'status', message: expect.stringContaining('In Progress') });
    });

    it('never writes an internal comment where Redmine might publish it', async () => {
      const agent = open(real.base, real.agentKey, { textFormat });
      const ref = await mona.create('plain', { subject: 'Not a member' });
      const error = await failure(agent.apply(ref, await see(agent, ref), adding(docOf('Secret.'), [], false), call));
      expect(error).toMatchObject({ kind: 'rejected', field: 'comment', message: expect.stringContaining('Set notes as private') });
      const files = await failure(tracker.apply(ref, await see(tracker, ref), adding(docOf('Secret.'), [upload('g:1', 'a.png', 'a')], false), call));
      expect(files).toMatchObject({ kind: 'rejected', field: 'files' });
      expect(await see(tracker, ref)).toMatchObject({ comments: [], files: [] });
    });

    it('does not take for gone what the account may not see', async () => {
      const agent = open(real.base, real.agentKey, { textFormat });
      const hidden = await mona.create('hidden', { subject: 'Hidden', tracker_id: 1 });
      expect(await failure(agent.fetch(hidden, call))).toMatchObject({ kind: 'forbidden' });
      const ref = await mona.create('plain', { subject: 'Private notes' });
      const id = await mona.comment(ref, 'Among managers.', false);
      expect((await see(agent, ref)).comments).toEqual([]);
      expect(await agent.confirmGone?.(ref, 'comment', id, call)).toBe(false);
      expect(await tracker.confirmGone?.(ref, 'comment', id, call)).toBe(false);
      await mona.journal(id, { notes: '' });
      expect(await tracker.confirmGone?.(ref, 'comment', id, call)).toBe(true);
    });

    it('loses none of several comments written at once, and tells each its own id', async () => {
      const ref = await mona.create('support', { subject: 'At once' });
      const base = await see(tracker, ref);
      const done = await Promise.allSettled(Array.from({ length: 6 }, (_, i) => tracker.apply(ref, base, adding(docOf(`Comment ${i}`)), call)));
      const now = await see(tracker, ref);
      const written = done.map((result, i) => (result.status === 'fulfilled' ? `${result.value.comment} Comment ${i}` : null)).filter((row) => row !== null);
      for (const result of done) if (result.status === 'rejected') expect(result.reason).toMatchObject({ kind: 'conflict', inDoubt: false });
      expect(new Set(now.comments.map((c) => `${c.id} ${plainText(c.body)}`))).toEqual(new Set(written));
      expect(written.length).toBeGreaterThan(0);
    });

    it('lists what an account lacks, project by project', async () => {
      const { missing, account } = await open(real.base, real.agentKey, { textFormat }).check(call);
      expect(account.name).toBe('Agnes Agent');
      expect(missing).toEqual([{ permission: 'Edit own notes (Operations, Support)', consequence: expect.stringContaining('do not follow') }]);
      const lost = await open(real.base, real.apiKey, { textFormat, project: 'nowhere' }).check(call);
      expect(lost.missing.map(({ permission }) => permission)).toEqual(['Project “nowhere”']);
    });

    it('refuses a file over the limit in words, before and after sending it', async () => {
      const ref = await mona.create('support', { subject: 'Too large' });
      const over = real.attachmentMaxKb * 1024 + 1;
      const big = (size: number | null): Upload => ({
        ...upload('g:1', 'big.bin', ''),
        size,
        open: () => Promise.resolve(Readable.from(chunks(over), { objectMode: false })),
      });
      const base = await see(tracker, ref);
      expect(await failure(tracker.apply(ref, base, { files: [big(over)], known: {} }, call))).toMatchObject({
        kind: 'rejected',
        field: 'files',
        message: expect.stringContaining(`${real.attachmentMaxKb} KB`),
      });
      const unknown = await failure(tracker.apply(ref, base, { files: [big(null)], known: {} }, call));
      expect(unknown).toMatchObject({ kind: 'rejected', field: 'files', message: expect.stringContaining('big.bin') });
      expect((await see(tracker, ref)).files).toEqual([]);
    });

    it('finds an issue by what people paste', async () => {
      const ref = await mona.create('support', { subject: 'Pasted' });
      for (const typed of [`#${ref}`, `Bug #${ref}`, `${real.base}/issues/${ref}#note-3`, `${real.base}/issues/${ref}?tab=history`])
        expect(await tracker.find(typed, call)).toBe(ref);
    });
  });

  it('starts again at once when the servers are up', async () => {
    const before = performance.now();
    const servers: RealRedmines = await realRedmine();
    expect(Object.keys(servers)).toEqual(['textile', 'markdown']);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

function* chunks(size: number): Generator<Buffer> {
  const chunk = Buffer.alloc(65_536, 1);
  for (let sent = 0; sent < size; sent += chunk.length) yield chunk.subarray(0, Math.min(chunk.length, size - sent));
}

describe('at an address that is no Redmine', () => {
  it.each([
    ['a web page', ((_, res) => res.end('<html>Hello</html>')) as RequestListener, /web page/],
    ['another API', ((_, res) => res.end('{"ok":true}')) as RequestListener, /no Redmine at/],
    ['a server without such a path', ((_, res) => res.writeHead(404).end('Not found')) as RequestListener, /no Redmine at/],
    [
      'a redirect',
      ((_, res) => res.writeHead(301, { location: 'https://www.example.com/x?secret=1' }).end()) as RequestListener,
      /elsewhere \(https:\/\/www\.example\.com\/x\)/,
    ],
  ])('%s is told apart', async (_name, listener, words) => {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const error = await failure(open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'key').check(call));
    expect([error.kind, words.test(error.message), error.message]).toEqual(['protocol', true, error.message]);
    server.close();
    server.closeAllConnections();
  });

  it('a Redmine whose REST API is off says where to switch it on', async () => {
    // As a real one answers then: the list is the public's, the account is refused.
    const server = createServer((req, res) => res.writeHead(req.url?.startsWith('/users/current') ? 403 : 200).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const tracker = open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'key');
    for (const work of [() => tracker.check(call), () => tracker.changedSince(null, call)])
      expect(await failure(work())).toMatchObject({ kind: 'auth', message: expect.stringContaining('Administration → Settings → API') });
    server.close();
    server.closeAllConnections();
  });

  it('settings say what is wrong with them', () => {
    const wrong = redmine.settings.safeParse({ url: 'redmine.example', apiKey: ' ' });
    expect(wrong.error?.issues.map(({ message }) => message)).toEqual([
      expect.stringContaining('https://redmine.example.com'),
      expect.stringContaining('My account'),
    ]);
    expect(redmine.settings.parse({ url: 'https://redmine.example/path', apiKey: 'k' })).toMatchObject({
      textFormat: 'textile',
      markerField: 'Entente',
      attachmentMaxKb: 5120,
    });
  });
});
