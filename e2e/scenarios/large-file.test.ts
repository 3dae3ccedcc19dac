import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { sha256 } from '../pairs/party.ts';
import { realTrackers } from '../real/server.ts';
import { NORA, openDesk, PATIENT_MS } from './desk.ts';

vi.setConfig({ testTimeout: PATIENT_MS });
if (!realTrackers) console.warn('REAL=0: the scenarios with a real Redmine are left out (counted as skipped).');

const content = Buffer.concat(Array.from({ length: 25 }, () => randomBytes(1024 * 1024)));
const digest = createHash('sha256').update(content).digest('hex');

describe.skipIf(!realTrackers)('a file of 25 MB', async () => {
  const roomy = realTrackers ? await openDesk('textile') : null;
  const narrow = realTrackers ? await openDesk('markdown') : null;

  test('arrives with the same content where Redmine takes it', async () => {
    if (!roomy) return;
    const { token } = await roomy.upload({ name: 'dump.bin', type: 'application/octet-stream', content });
    const { id } = roomy.sim.control.createTicket({ subject: 'Dump', comment: { body: 'Attached.', uploads: [token] } }, NORA);
    const pair = await roomy.sync(`acme/${id}`);
    expect(pair.twin.status.state).toBe('in-sync');
    expect(sha256(await roomy.fileOfIssue(pair.issue, 'dump.bin'))).toBe(digest);
    await roomy.mona.addFile(pair.issue, { name: 'back.bin', type: 'application/octet-stream', content });
    await roomy.settled(pair.twin.id, () => roomy.comments(id).length === 2);
    expect(sha256(await roomy.fileOfTicket(id, 'back.bin'))).toBe(digest);
    await roomy.idle(pair);
  });

  test('is declined with a reason where it does not, and nothing else stops', async () => {
    if (!narrow) return;
    const large = await narrow.upload({ name: 'dump.bin', type: 'application/octet-stream', content });
    const small = await narrow.upload({ name: 'small.txt', type: 'text/plain', content: Buffer.from('small') });
    const { id } = narrow.sim.control.createTicket({ subject: 'Dump', comment: { body: 'Attached.', uploads: [large.token] } }, NORA);
    const pair = await narrow.sync(`acme/${id}`);
    expect(pair.twin.differs).toEqual([{ instance: 'redmine', what: 'Attachment', reason: expect.stringMatching(/large|MB|KB/) }]);
    narrow.sim.control.updateTicket(id, { comment: { body: 'And a small one.', uploads: [small.token] } }, NORA);
    await narrow.mona.comment(pair.issue, 'Got the small one.', true);
    await narrow.settled(pair.twin.id, async () => narrow.comments(id).length === 3 && (await narrow.issueOf(pair.issue)).attachments.length === 1);
    expect((await narrow.issueOf(pair.issue)).attachments.map(({ filename }) => filename)).toEqual(['small.txt']);
    await narrow.idle(pair);
  });
});
