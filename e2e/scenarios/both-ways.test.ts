import { describe, expect, test, vi } from 'vitest';
import type { ProgressView } from '../../src/server/operations.ts';
import { picture, sha256 } from '../pairs/party.ts';
import { realTrackers } from '../real/server.ts';
import { type Desk, expectGolden, NORA, openDesk, PATIENT_MS, type Pair, TOMAS } from './desk.ts';

vi.setConfig({ testTimeout: PATIENT_MS });
if (!realTrackers) console.warn('REAL=0: the scenarios with a real Redmine are left out (counted as skipped).');

const desk: Desk | null = realTrackers ? await openDesk('textile') : null;
const open = (): Desk => {
  if (!desk) throw new Error('There is no Redmine.');
  return desk;
};
const ticket = (input: Record<string, unknown>): number => open().sim.control.createTicket(input, NORA).id;
/** A ticket under sync. */
const pairOf = (subject: string): Promise<Pair> => open().sync(`acme/${ticket({ subject, comment: { body: 'It burns.' } })}`);
const notesOf = async (pair: Pair): Promise<string[]> =>
  (await open().issueOf(pair.issue)).journals.flatMap(({ notes }) => (notes ? [notes.replaceAll('\r\n', '\n')] : []));
const commentsOf = (pair: Pair): string[] =>
  open()
    .comments(pair.ticket)
    .map(({ html_body }) =>
      html_body
        .replace(/<\/p>/g, '\n')
        .replace(/<[^>]+>/g, '')
        .trim(),
    );

describe.skipIf(!realTrackers)('a ticket and its issue in a real Redmine', () => {
  test('replies go both ways, with files, each once, with the name of who wrote it', async () => {
    const { sim, mona, settled, idle, portrait, upload, fileOfTicket } = open();
    const pair = await pairOf('Replies');
    const file = await upload({ name: 'fire.png', type: 'image/png', content: picture(3) });
    sim.control.updateTicket(pair.ticket, { comment: { html_body: `<p>See <img src="${file.urls[0]}"></p>`, uploads: [file.token] } }, TOMAS);
    await settled(pair.twin.id, async () => (await notesOf(pair)).length === 1);
    await mona.comment(pair.issue, 'Poured *water* on it.\n\n* once\n* twice', true);
    await mona.comment(pair.issue, 'Between us: it was the battery.', false);
    await mona.addFile(pair.issue, { name: 'report.pdf', type: 'application/pdf', content: Buffer.from('%PDF-1.4 report') });
    await settled(pair.twin.id, () => commentsOf(pair).length === 5);
    await mona.update(pair.issue, { subject: 'Replies (solved)' });
    await settled(pair.twin.id, () => open().ticketOf(pair.ticket).subject === 'Replies (solved)');
    expect(sha256(await fileOfTicket(pair.ticket, 'report.pdf'))).toBe(sha256(Buffer.from('%PDF-1.4 report')));
    await expectGolden('replies', await portrait(pair));
    await idle(pair);
  });

  test('fifteen comments written here and fifteen there at the same time all arrive once, in order', async () => {
    const { sim, mona, settled, idle } = open();
    const pair = await pairOf('Busy');
    const here = Array.from({ length: 15 }, (_, i) => `From support ${i + 1}.`);
    const there = Array.from({ length: 15 }, (_, i) => `From engineering ${i + 1}.`);
    const support = async () => {
      for (const body of here) {
        sim.control.updateTicket(pair.ticket, { comment: { body } }, NORA);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    };
    const engineering = async () => {
      for (const notes of there) await mona.update(pair.issue, { notes });
    };
    const both = Promise.all([support(), engineering()]);
    await settled(pair.twin.id, async () => (await notesOf(pair)).length >= 30 && commentsOf(pair).length >= 31);
    await both;
    const of = (all: readonly string[], whose: string) => all.map((text) => text.split('\n').at(-1) ?? '').filter((text) => text.startsWith(whose));
    const [issue, zendesk] = [await notesOf(pair), commentsOf(pair)];
    expect([issue.length, zendesk.length]).toEqual([30, 31]);
    expect({ issue: of(issue, 'From support'), zendesk: of(zendesk, 'From support') }).toEqual({ issue: here, zendesk: here });
    expect({ issue: of(issue, 'From engineering'), zendesk: of(zendesk, 'From engineering') }).toEqual({ issue: there, zendesk: there });
    await idle(pair);
  });

  test('an edit of one field on both sides is decided by the side that leads, recorded, and both end equal', async () => {
    const { sim, mona, call, settled, idle, issueOf, ticketOf, runs } = open();
    const pair = await pairOf('Both');
    await call('POST', '/connections/scenario/deactivate');
    sim.control.updateTicket(pair.ticket, { subject: 'Both, as support says' }, NORA);
    await mona.update(pair.issue, { subject: 'Both, as engineering says' });
    await call('POST', '/connections/scenario/activate');
    await settled(pair.twin.id, async () => (await issueOf(pair.issue)).subject === 'Both, as support says');
    expect(ticketOf(pair.ticket).subject).toBe('Both, as support says');
    const told = (await runs(pair)).flatMap(({ changes }) => changes).filter(({ decision }) => decision === 'ours' || decision === 'theirs');
    expect(told).toContainEqual(expect.objectContaining({ what: 'Summary', decision: expect.any(String) }));
    expect(JSON.stringify(told)).toContain('Both, as engineering says');
    await idle(pair);
  });

  test('a comment edited in Redmine cannot be edited in Zendesk: the twin says that it differs, and goes on', async () => {
    const { sim, mona, sweep, settled, idle, portrait } = open();
    const pair = await pairOf('Edited note');
    const id = await mona.comment(pair.issue, 'It was the battery.', true);
    await settled(pair.twin.id, () => commentsOf(pair).length === 2);
    await mona.journal(id, { notes: 'It was the charger.' });
    await sweep();
    const { twin } = await settled(pair.twin.id, ({ twin: { status } }) => status.state === 'differs');
    expect(twin.differs).toEqual([{ instance: 'acme', what: 'Comment', reason: expect.stringMatching(/./) }]);
    expect(commentsOf(pair)[1]).toBe('Mona Manager\nIt was the battery.');
    sim.control.updateTicket(pair.ticket, { comment: { body: 'Thanks.' } }, NORA);
    await settled(pair.twin.id, async () => (await notesOf(pair)).length === 2);
    await expectGolden('edited-note', await portrait(pair));
    await idle(pair);
  });

  test('a comment deleted in Redmine stays in Zendesk, and the twin says so', async () => {
    const { mona, sweep, settled, idle, portrait } = open();
    const pair = await pairOf('Deleted note');
    const id = await mona.comment(pair.issue, 'Said too much.', true);
    await settled(pair.twin.id, () => commentsOf(pair).length === 2);
    await mona.journal(id, { notes: '' });
    await sweep();
    await settled(pair.twin.id, ({ twin: { status } }) => status.state === 'differs');
    await expectGolden('deleted-note', await portrait(pair));
    await idle(pair);
  });

  test('a copy that somebody deletes in Redmine does not come back, and the original stays', async () => {
    const { sim, mona, sweep, settled, idle, issueOf } = open();
    const pair = await pairOf('Deleted copy');
    sim.control.updateTicket(pair.ticket, { comment: { body: 'Noise.' } }, NORA);
    await settled(pair.twin.id, async () => (await notesOf(pair)).length === 1);
    const note = (await issueOf(pair.issue)).journals.find(({ notes }) => notes);
    await mona.journal(String(note?.id), { notes: '' });
    await sweep();
    await settled(pair.twin.id);
    expect([await notesOf(pair), commentsOf(pair)]).toEqual([[], ['It burns.', 'Noise.']]);
    await idle(pair);
  });

  test('a ticket deleted in Zendesk: the issue stays, the twin ends and says why on both sides', async () => {
    const { sim, settled, idle, issueOf } = open();
    const pair = await pairOf('To be deleted');
    const before = await issueOf(pair.issue);
    sim.control.deleteTicket(pair.ticket, NORA);
    const { twin } = await settled(pair.twin.id, ({ twin: { status } }) => status.state === 'ended');
    expect(twin.status.sentence).toMatch(/^No longer under sync: .*delet.* The entities stay\.$/);
    expect(await issueOf(pair.issue)).toEqual(before);
    await open().mona.comment(pair.issue, 'Still here.', true);
    await idle({ ...pair, ticket: 0 });
  });

  test('an issue can be put under sync just as well: the ticket is made in Zendesk', async () => {
    const { mona, sync, settled, sim, idle, portrait, upload } = open();
    const issue = await mona.create('support', {
      subject: 'Wrong VAT in Austria',
      description: 'h2. Steps\n\n# Buy\n# *Look*\n\n|_. Land |_. VAT |\n| AT | 19 % |\n\n<pre><code class="ruby">\nvat = 0.2\n</code></pre>',
    });
    await mona.addFile(issue, { name: 'invoice.png', type: 'image/png', content: picture(4) });
    await mona.update(issue, { notes: 'See !invoice.png! please.' });
    const pair = await sync(`redmine/${issue}`);
    const file = await upload({ name: 'law.txt', type: 'text/plain', content: Buffer.from('§ 10 UStG') });
    sim.control.updateTicket(pair.ticket, { comment: { body: 'Twenty percent.', uploads: [file.token] } }, TOMAS);
    await settled(pair.twin.id, async () => (await notesOf(pair)).length === 2);
    await expectGolden('from-redmine', await portrait(pair));
    await idle(pair);
  });

  // Fails so far: the issue still counts as a copy of the deleted ticket, so the new twin ends as “already here by way of another connection”.
  test('an issue whose ticket was deleted can be put under sync again: a new ticket is made', async () => {
    const { call, sim, settled, idle, ticketOf } = open();
    const pair = await pairOf('Twice');
    sim.control.deleteTicket(pair.ticket, NORA);
    await settled(pair.twin.id, ({ twin: { status } }) => status.state === 'ended');
    const { twin } = await call<ProgressView>('POST', '/connections/scenario/sync', { urn: `redmine/${pair.issue}` });
    const again = await settled(twin.id, ({ twin: { status } }) => status.state !== 'syncing');
    expect(again.twin.status.state).toBe('in-sync');
    expect([again.issue, again.ticket === pair.ticket, ticketOf(again.ticket).subject]).toEqual([pair.issue, false, 'Twice']);
    await idle(again);
  });

  // Last: Redmine on SQLite gives the number of the last deleted issue to the next one.
  test('an issue deleted in Redmine: the ticket stays, the twin ends', async () => {
    const { mona, sweep, settled, ticketOf, comments } = open();
    const pair = await pairOf('To be deleted there');
    const before = [ticketOf(pair.ticket), comments(pair.ticket).length];
    await mona.call('DELETE', `/issues/${pair.issue}.json`);
    await sweep();
    const { twin } = await settled(pair.twin.id, ({ twin: { status } }) => status.state === 'ended');
    expect(twin.status.sentence).toMatch(/delet/);
    expect([ticketOf(pair.ticket), comments(pair.ticket).length]).toEqual(before);
  });
});
