import { fromHtml } from 'hast-util-from-html';
import { visit } from 'unist-util-visit';
import { describe, expect, test, vi } from 'vitest';
import { picture, sha256 } from '../pairs/party.ts';
import { realTrackers } from '../real/server.ts';
import { type Desk, expectGolden, type Format, NORA, openDesk, PATIENT_MS, TOMAS } from './desk.ts';

vi.setConfig({ testTimeout: PATIENT_MS });
if (!realTrackers) console.warn('REAL=0: the scenarios with a real Redmine are left out (counted as skipped).');

const FORMATTED = `<p>Three things, <strong>in order</strong> and <em>with care</em>:</p>
<ol><li>Open the <a href="https://shop.example/checkout">checkout</a></li><li>Pay with<ul><li>Visa</li><li>PayPal</li></ul></li></ol>
<table><tbody><tr><th>Card</th><th>Result</th></tr><tr><td>Visa</td><td>refused</td></tr><tr><td>PayPal</td><td>works</td></tr></tbody></table>
<pre><code>POST /pay HTTP/1.1
Host: shop.example
  { "amount": 12.5 }</code></pre>
<blockquote><p>We never had this before.</p></blockquote><p>Call <code>retry()</code>.</p>`;

/** What in a page, as a browser parses it, would run somebody's `alert('stolen')`. */
function dangers(html: string): string[] {
  const found: string[] = [];
  visit(fromHtml(html), 'element', (node) => {
    const text = node.children.map((child) => (child.type === 'text' ? child.value : '')).join('');
    if (node.tagName === 'script' && /stolen/.test(text)) found.push('script');
    for (const [name, value] of Object.entries(node.properties)) {
      if (/^on/i.test(name) && /stolen/.test(String(value))) found.push(name.toLowerCase());
      if (/^\s*javascript:.*stolen/i.test(String(value))) found.push('javascript:');
    }
  });
  return found;
}

describe.skipIf(!realTrackers).each<Format>(['textile', 'markdown'])('the first sync of a ticket to a real Redmine (%s)', async (format) => {
  const desk: Desk | null = realTrackers ? await openDesk(format) : null;
  const open = (): Desk => {
    if (!desk) throw new Error('There is no Redmine.');
    return desk;
  };
  const ticket = (input: Record<string, unknown>, by = NORA): number => open().sim.control.createTicket(input, by).id;

  test('lists, tables and code arrive as such; an internal note arrives public, with its author’s name', async () => {
    const { sim, sync, idle, portrait } = open();
    const id = ticket({ subject: 'Checkout fails for Visa', type: 'incident', comment: { html_body: FORMATTED } });
    sim.control.updateTicket(id, { comment: { html_body: FORMATTED.replace('Three', 'Again three') } }, TOMAS);
    sim.control.updateTicket(id, { comment: { body: 'The bank says it is us.\nKeep this between us.', public: false } }, TOMAS);
    const pair = await sync(`acme/${id}`);
    expect(pair.twin.status.state).toBe('in-sync');
    await expectGolden(`formatted.${format}`, await portrait(pair));
    await idle(pair);
  });

  test('an inline image arrives as a picture, an attachment as a file', async () => {
    const { sim, sync, idle, portrait, upload, issueOf, pageOf } = open();
    const shot = { name: 'checkout page.png', type: 'image/png', content: picture(1) };
    const log = { name: 'server (1).log', type: 'text/plain', content: Buffer.from('07:12 refused\n') };
    const first = await upload(shot);
    const id = ticket({ subject: 'With pictures', comment: { html_body: `<p>See <img src="${first.urls[0]}"> here.</p>`, uploads: [first.token] } });
    const second = await upload({ ...shot, content: picture(2) }, log);
    sim.control.updateTicket(id, { comment: { html_body: `<p>And now: <img src="${second.urls[0]}"></p>`, uploads: [second.token] } }, NORA);
    const pair = await sync(`acme/${id}`);
    await expectGolden(`pictures.${format}`, await portrait(pair));
    // Two pictures of one name: each text shows its own.
    const { attachments } = await issueOf(pair.issue);
    const digests = new Map<string, string>();
    for (const [, file] of (await pageOf(pair.issue)).matchAll(/<img[^>]+src="[^"]*\/attachments\/download\/(\d+)\//g)) {
      const at = attachments.find(({ id: each }) => String(each) === file);
      const answer = await fetch(at?.content_url ?? '', { headers: { 'x-redmine-api-key': open().real.managerKey } });
      digests.set(file ?? '', sha256(Buffer.from(await answer.arrayBuffer())));
    }
    expect([...digests.values()].sort()).toEqual([sha256(picture(1)), sha256(picture(2))].sort());
    await idle(pair);
  });

  test('a script in a comment’s HTML arrives harmless', async () => {
    const { sim, sync, idle, portrait, pageOf, account } = { ...open(), account: open().sim.account };
    const evil = `<p>Hello <script>alert("stolen")</script><img src="x" onerror="alert('stolen')"><a href="javascript:alert('stolen')">click</a></p>`;
    const id = ticket({ subject: 'Evil', comment: { html_body: '<p>Look.</p>' } });
    sim.control.updateTicket(id, { comment: { html_body: '<p>placeholder</p>' } }, NORA);
    // Zendesk cleans what comes in; here something slipped through.
    const slipped = account.comments.get(id)?.at(-1);
    if (slipped) slipped.html_body = evil;
    sim.control.updateTicket(id, { comment: { body: evil } }, NORA);
    const pair = await sync(`acme/${id}`);
    await expectGolden(`script.${format}`, await portrait(pair));
    expect(dangers(await pageOf(pair.issue))).toEqual([]);
    expect(dangers(evil)).toEqual(['script', 'onerror', 'javascript:']);
    await idle(pair);
  });

  test('right-to-left text, emoji and hostile punctuation arrive byte for byte', async () => {
    const { sync, idle, portrait, issueOf, comments, mona, settled } = open();
    const words = 'שלום עולם — مرحبا بالعالم ‏123 👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 ﷽ 漢字 *not bold* _not italic_ #1 @x | h1. no <b>no</b> &amp; 100% {{no}} [[no]] !no!';
    const subject = '‏עברית 👩‍👩‍👧‍👦 e\u0301 & <b>';
    const id = ticket({ subject, comment: { body: words } });
    const pair = await sync(`acme/${id}`);
    expect((await issueOf(pair.issue)).subject).toBe(subject);
    await mona.comment(pair.issue, 'تم الحل ✅ שלום 👩‍👩‍👧‍👦 e\u0301', true);
    await settled(pair.twin.id, () => comments(id).length === 2);
    await expectGolden(`scripts-of-the-world.${format}`, await portrait(pair));
    await idle(pair);
  });

  test('a description of 60,000 characters arrives whole', async () => {
    const { sync, idle, portrait, issueOf } = open();
    const text = Array.from({ length: 2728 }, (_, i) => `Line ${String(i).padStart(4, '0')} of the log.`)
      .join('\n')
      .slice(0, 60_000);
    expect(text).toHaveLength(60_000);
    const pair = await sync(`acme/${ticket({ subject: 'Long', comment: { body: text } })}`);
    const { description } = await issueOf(pair.issue);
    expect((description ?? '').match(/Line \d{4} of the log\./g)).toHaveLength(2727);
    await expectGolden(`long.${format}`, await portrait(pair));
    await idle(pair);
  });

  test('types are mirrored by name; where there is none of that name the default type is taken', async () => {
    const { sync, issueOf, sim, mona, idle } = open();
    const typeOf = async (type: string | null) =>
      (await issueOf((await sync(`acme/${ticket({ subject: `A ${type}`, type, comment: { body: 'x' } })}`)).issue)).tracker.name;
    expect(await Promise.all(['incident', 'question', 'problem', 'task', null].map(typeOf))).toEqual(['Incident', 'Question', 'Support', 'Support', 'Support']);

    const trackers = (await mona.call<{ trackers: { id: number; name: string }[] }>('GET', '/trackers.json')).trackers;
    const made: (string | null)[] = [];
    for (const name of ['Incident', 'Bug']) {
      const issue = await mona.create('support', { subject: `A ${name}`, description: 'x', tracker_id: trackers.find((each) => each.name === name)?.id });
      const pair = await sync(`redmine/${issue}`);
      made.push(sim.control.tickets().find(({ id }) => id === pair.ticket)?.type ?? null);
      if (name === 'Bug') await idle(pair);
    }
    // Without a default type, the first of Zendesk's.
    expect(made).toEqual(['incident', 'question']);
  });
});
