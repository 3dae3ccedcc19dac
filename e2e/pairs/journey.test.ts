import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { canon, fromHtml, type RichText } from '../../src/core/rich-text/index.ts';
import type { ProgressView } from '../../src/server/operations.ts';
import { realTrackers } from '../real/server.ts';
import { type Chain, type End, type Joined, openChain } from './pair.ts';
import { PARTIES } from './parties/index.ts';
import { download, type GivenFile, type Party, picture, sha256 } from './party.ts';
import type { Words } from './words.ts';

// A real server may be slow on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
if (!realTrackers) console.warn('REAL=0: the journey ends at a real Redmine, so it is left out (counted as skipped).');

const STOPS = ['zendesk', 'jira', 'github', 'redmine'];
const SHOT: GivenFile = { name: 'shot.png', type: 'image/png', content: picture(7) };
const COMMENT: Words = [
  { heading: 'What we saw' },
  [
    { bold: 'Twice' },
    ' today, ',
    { italic: 'never' },
    ' before: see ',
    { link: 'https://shop.example/checkout', label: 'the checkout' },
    ' and ',
    { image: 'shot.png' },
  ],
  { numbered: ['Open the page', { text: 'Pay with', inner: { bullets: ['Visa', [{ code: 'PayPal' }, ' or a voucher']] } }, 'Wait'] },
  {
    table: [
      ['Card', 'Result'],
      ['Visa', [{ bold: 'refused' }]],
      ['PayPal', 'works'],
    ],
  },
  { block: 'POST /pay HTTP/1.1\n  { "amount": 12.5 }' },
  {
    tasks: [
      { done: true, text: 'told the bank' },
      { done: false, text: 'told the customer' },
    ],
  },
  { quote: 'We never had this before.' },
  ['Who knows more: ', { mention: 'Tomás Agent' }, '? 👩‍👩‍👧‍👦 ✅'],
  'שלום עולם, مرحبا بالعالم',
];

describe.skipIf(!realTrackers)('a comment with everything in it', () => {
  let chain: Chain;
  const stops: { end: End; joined: Joined }[] = [];
  beforeAll(async () => {
    chain = await openChain(await Promise.all(STOPS.map((stop) => (PARTIES[stop] as () => Promise<Party>)())));
  });
  afterAll(() => chain?.close());
  const at = (n: number) => stops[n] as { end: End; joined: Joined };
  const look = (n: number) => chain.look(at(n).end, at(n).joined);

  test('goes from Zendesk by way of Jira and GitHub to Redmine, each showing it in its own way', async () => {
    const [first, ...others] = chain.ends;
    if (!first) throw new Error('There is no first stop.');
    let urn = await first.party.create({ summary: 'A journey', text: ['It burns.'] });
    let before = first;
    for (const [n, end] of others.entries()) {
      const joined = await chain.sync(before, urn, chain.connections[n]);
      if (n === 0) stops.push({ end: before, joined });
      stops.push({ end, joined });
      urn = chain.urnAt(end, joined);
      before = end;
    }
    await first.party.comment(chain.urnAt(first, at(0).joined), { text: COMMENT, files: [SHOT] });
    for (const { end, joined } of stops.slice(1)) await chain.seen(end, joined, ({ comments }) => comments.length === 1);
    for (const { joined } of stops.slice(1)) await chain.settled(joined.id);
    await expect(await portrait(chain, stops)).toMatchFileSnapshot(path.join(import.meta.dirname, 'golden', 'journey.txt'));
    for (const { end, joined } of stops) {
      const { files } = await chain.look(end, joined);
      expect(files, `files at ${end.party.name}`).toEqual([{ name: SHOT.name, sha256: sha256(SHOT.content) }]);
    }
  });

  test('and home again: what Redmine was given, posted there anew, is in Zendesk what it was', async () => {
    const last = stops.length - 1;
    const source = (await look(last)).comments[0]?.source ?? '';
    await at(last).end.party.comment(chain.urnAt(at(last).end, at(last).joined), { text: { source } });
    for (let n = last - 1; n >= 0; n--) await chain.seen(at(n).end, at(Math.max(n, 1)).joined, ({ comments }) => comments.length === 2);
    const [original, returned] = (await look(0)).comments.map((comment) => comment.source);
    const there = await documentOf(original ?? '');
    const back = await documentOf(returned ?? '');
    // Each stop has put its author's name before it.
    expect({ ...back, children: back.children.slice(-there.children.length) }).toEqual(there);
    expect(back.children.slice(0, -there.children.length).map((block) => block.type === 'paragraph' && block.children[0]?.type)).toEqual(
      Array.from({ length: back.children.length - there.children.length }, () => 'strong'),
    );
    for (const { joined } of stops.slice(1)) await chain.idle(joined);
  });
});

/** A Zendesk comment in the document model, its pictures by the digest of their content. */
async function documentOf(html: string): Promise<RichText> {
  const addresses = [...html.matchAll(/src="([^"]+)"/g)].map(([, address]) => (address ?? '').replaceAll('&amp;', '&'));
  const digests = new Map(await Promise.all(addresses.map(async (address) => [address, sha256(await download(address))] as const)));
  const fileOf = (address: string) => {
    const digest = digests.get(address);
    return digest === undefined ? undefined : { file: digest, name: SHOT.name };
  };
  return canon(fromHtml(html, { fileOf }));
}

/** The comment at each stop as the tracker keeps it, and what Entente says is lost; in a form that is the same in each run. */
async function portrait(chain: Chain, stops: readonly { end: End; joined: Joined }[]): Promise<string> {
  const hosts = new Map(stops.flatMap(({ end }) => end.party.hosts.map((host, n) => [host, `${end.slug}${n || ''}.test`] as const)));
  hosts.set(new URL(chain.node.node.url).host, 'entente.test');
  const clean = (text: string): string => {
    let out = text;
    for (const [host, name] of hosts) out = out.replaceAll(host, name);
    return out
      .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, 'UUID')
      .replace(/\/attachments\/token\/[\w-]+/g, '/attachments/token/TOKEN')
      .replace(/\/attachments\/download\/\d+/g, '/attachments/download/ID')
      .replace(/entente\.test\/[^\s")\]]+\/([^/\s")\]]+)/g, 'entente.test/SIGNED/$1')
      .replace(/(?<=<!-- entente:?\s*)[^>]*(?=-->)/g, 'MARKER ');
  };
  const parts: string[] = [];
  for (const { end, joined } of stops) {
    const [comment] = (await chain.look(end, joined)).comments;
    const source = comment?.source ?? '';
    // Of a document in JSON, a block on each line.
    const shown = source.startsWith('{') ? (JSON.parse(source) as { content: unknown[] }).content.map((block) => JSON.stringify(block)).join('\n') : source;
    parts.push(`# ${end.party.name}, by ${comment?.author}`, `~~~\n${clean(shown)}\n~~~`);
  }
  for (const { end, joined } of stops.slice(1)) {
    const { twin } = await chain.node.call<ProgressView>('GET', `/twins/${joined.id}/progress`);
    const lost = twin.degraded.map(({ instance, what, without }) => `- ${instance}: ${what} without ${without.join(', ')}`);
    const differs = twin.differs.map(({ instance, what, reason }) => `- ${instance}: ${what} differs: ${reason}`);
    parts.push(`# Entente, of the way to ${end.party.name}`, [twin.status.sentence.replace(/since .* UTC/, 'since NOW'), ...lost, ...differs].join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}
