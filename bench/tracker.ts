import { startZendesk } from '../simulators/zendesk/zendesk.ts';
import { ownCpuMs, serveCalls, wallClock } from './process.ts';

/** A simulated Zendesk in a process of its own. Its other controls go over HTTP. */
const { subdomain } = JSON.parse(process.argv[2] ?? '{}') as { subdomain: string };
const sim = await startZendesk({ subdomain, seed: 'empty', limits: 'off', agentPage: false });
const authorization = `Basic ${Buffer.from(`${sim.credentials.email}/token:${sim.credentials.token}`).toString('base64')}`;
const PERSON = `nora@${subdomain}.example`;

let awaited: { ticket: number | null; tell(at: number): void }[] = [];
sim.account.listeners.push(({ ticket, actorId }) => {
  // Only what the service account writes: people's changes are made by the benchmarks themselves.
  if (sim.account.users.get(actorId)?.email !== sim.credentials.email) return;
  const at = wallClock();
  const mine = awaited.filter((one) => one.ticket === null || one.ticket === ticket.id);
  awaited = awaited.filter((one) => !mine.includes(one));
  for (const one of mine) one.tell(at);
});

async function upload(name: string, bytes: Buffer): Promise<string> {
  const response = await fetch(`${sim.url}/api/v2/uploads.json?filename=${name}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(bytes),
  });
  if (!response.ok) throw new Error(`upload: HTTP ${response.status}`);
  return ((await response.json()) as { upload: { token: string } }).upload.token;
}

const paragraph = (n: number) =>
  `<p>Paragraph ${n} of a comment with <strong>some</strong> formatting, a <a href="https://example.com/${n}">link</a> and</p><ul><li>one</li><li>two</li></ul>`;

const handlers = {
  address: () => ({ url: sim.url, contentUrl: sim.contentUrl, credentials: sim.credentials, authorization, person: PERSON }),
  /** Tickets as a person writes them: so many comments each, a file of so many bytes with the first. Returns their ids. */
  async seed(count: number, comments: number, fileBytes: number): Promise<number[]> {
    const ids: number[] = [];
    const content = Buffer.alloc(fileBytes, 'The quick brown fox. ');
    for (let n = 1; n <= count; n++) {
      const { id } = sim.control.createTicket({ subject: `Order ${n} has not arrived`, type: 'question', comment: { html_body: paragraph(n) } }, PERSON);
      for (let c = 1; c <= comments; c++) {
        const uploads = c === 1 && fileBytes > 0 ? { uploads: [await upload(`log-${n}.bin`, content)] } : {};
        sim.control.updateTicket(id, { comment: { html_body: paragraph(n * 10 + c), public: c % 2 === 1, ...uploads } }, PERSON);
      }
      ids.push(id);
    }
    return ids;
  },
  upload: (name: string, type: 'text' | 'png') => upload(name, type === 'png' ? PIXEL : Buffer.alloc(2000, 'A line of a log.\n')),
  /** The moment of the next write of the service account, to a ticket or to any. */
  nextWrite: (ticket: number | null) =>
    new Promise<number>((tell) => {
      awaited.push({ ticket, tell });
    }),
  /** How many notices had to be sent more than once. */
  repeatedNotices: () => sim.control.deliveries().filter(({ tries }) => tries > 1).length,
  cpuMs: ownCpuMs,
};
export type TrackerCalls = typeof handlers;

const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

serveCalls(handlers, () => sim.stop());
