import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFailed, test, vi } from 'vitest';
import { type Chain, type End, openChain } from './pair.ts';
import { PARTIES } from './parties/index.ts';
import { type GivenFile, picture, type Seen, sha256 } from './party.ts';

// Real servers may be slow on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const file = (name: string, type: string, content: string): GivenFile => ({ name, type, content: Buffer.from(content) });
const image = (name: string, n: number): GivenFile => ({ name, type: 'image/png', content: picture(n) });
/** Real servers remember the runs before. */
const RUN = randomBytes(3).toString('hex');
const digests = (...files: readonly GivenFile[]) => files.map(({ name, content }) => ({ name, sha256: sha256(content) }));
const IN_STEP = { status: expect.objectContaining({ state: 'in-sync' }), problem: null, differs: [], conflicts: [] };

/**
 * What holds of every two trackers that are joined by a Basic connection, whichever side an entity is begun on. `leftOut`: counted as skipped; the file says
 * why.
 */
export function testPairs(pairs: readonly (readonly [string, string])[], { leftOut = false } = {}): void {
  describe.skipIf(leftOut).each(pairs)('%s and %s', (a, b) => {
    let chain: Chain;
    beforeAll(async () => {
      chain = await openChain(await Promise.all([PARTIES[a]?.(), PARTIES[b]?.()].map(async (party) => (await party) ?? missing())));
    });
    afterAll(() => chain?.close());
    const end = (platform: string): End => chain.ends.find(({ slug }) => slug === platform) ?? missing();

    describe.each([
      [a, b],
      [b, a],
    ])('an entity of %s', (here, there) => {
      let subject: string;
      const begin = (words: string): { from: End; to: End } => {
        subject = `${words} (${here} to ${there}, ${RUN})`;
        return { from: end(here), to: end(there) };
      };
      /** An entity under sync that somebody began here. */
      const simple = async (words: string) => {
        const { from, to } = begin(words);
        const joined = await chain.sync(from, await from.party.create({ summary: subject, text: ['It burns.'] }));
        return { from, to, joined };
      };
      const copy = ({ party }: End, author: string, text: string) => ({ author: party.people.service, text: `${author}\n${text}` });

      test('arrives with its comments, internal ones too, pictures and files, and each once', async () => {
        const { from, to } = begin('First sync');
        const { people, can } = from.party;
        const ping = to.party.ping ?? '@everybody';
        const [shot, log, report] = [image('shot.png', 1), file('server.log', 'text/plain', '07:12 refused\n'), file('report.txt', 'text/plain', 'Hot.')];
        const shown = can.attach ? [' ', { image: 'shot.png' }] : [];
        const urn = await from.party.create({ summary: subject, text: [['It burns:', ...shown], `Tell ${ping} of it.`], files: can.attach ? [shot, log] : [] });
        const words = [
          [{ bold: 'Pour' }, ' water on it, ', { italic: 'slowly' }, '.'],
          { bullets: ['once', { text: 'twice', inner: { numbered: ['a', 'b'] } }] },
        ];
        await from.party.comment(urn, { text: words, files: can.attach ? [report] : [], by: 'second' });
        if (can.internal) await from.party.comment(urn, { text: ['Between us: it was the battery.'], internal: true });
        const before = await from.party.look(urn);
        const told = chain.pinged();

        const joined = await chain.sync(from, urn);
        const { types, defaultType } = to.party;
        await chain.expectSeen(to, joined, {
          summary: subject,
          type: types.find((type) => type.toLowerCase() === before.type?.toLowerCase()) ?? defaultType ?? types[0] ?? null,
          author: to.party.people.service,
          description: `It burns:${can.attach ? ' [shot.png]' : ''}\nTell ${ping} of it.`,
          comments: [
            copy(to, people.second, 'Pour water on it, slowly.\n- once\n- twice\n  1. a\n  2. b'),
            ...(can.internal ? [copy(to, people.first, 'Between us: it was the battery.')] : []),
          ],
          files: can.attach ? digests(shot, log, report) : [],
        });
        expect(await from.party.look(urn)).toEqual(before);
        expect(await chain.idle(joined)).toMatchObject(IN_STEP);
        expect(chain.pinged(), 'people who were told of a mention').toEqual(told);
        expect([await from.party.count(subject), await to.party.count(subject)]).toEqual([1, 1]);
      });

      test('and its twin stay in step: fields, comments and files go both ways, also when both sides write at once', async () => {
        const { from, to, joined } = await simple('In step');
        const name = `${subject}, renamed`;
        await from.party.editSummary(chain.urnAt(from, joined), name);
        await chain.seen(to, joined, ({ summary }) => summary === name);

        const [photo, law] = [image('photo.png', 2), file('law.txt', 'text/plain', 'Sparks.')];
        const { can, people } = to.party;
        const text = [
          [{ bold: 'Done' }, ', as ', { link: 'https://law.example/', label: 'the law' }, ' says.', ...(can.attach ? [' ', { image: 'photo.png' }] : [])],
          { block: 'retry()\n  twice', lang: 'ruby' },
        ];
        await to.party.comment(chain.urnAt(to, joined), { text, files: can.attach ? [photo, law] : [] });
        await chain.seen(from, joined, ({ comments }) => comments.length === 1);

        const both = from.party.can.editDescription && can.editDescription;
        const last = `${name} again`;
        await chain.apart(async () => {
          await from.party.editSummary(chain.urnAt(from, joined), last);
          if (both) await to.party.editDescription?.(chain.urnAt(to, joined), ['It burned.']);
          await to.party.comment(chain.urnAt(to, joined), { text: ['Out.'], by: 'second' });
        });
        await chain.seen(to, joined, ({ summary }) => summary === last);
        await chain.seen(from, joined, ({ comments }) => comments.length === 2);

        const same = { summary: last, description: both ? 'It burned.' : 'It burns.', files: can.attach ? digests(photo, law) : [] };
        const said = `Done, as the law says.${can.attach ? ' [photo.png]' : ''}\nretry()\n  twice`;
        await chain.expectSeen(from, joined, { ...same, comments: [copy(from, people.first, said), copy(from, people.second, 'Out.')] });
        await chain.expectSeen(to, joined, {
          ...same,
          comments: [
            { author: people.first, text: said },
            { author: people.second, text: 'Out.' },
          ],
        });
        expect(await chain.idle(joined)).toMatchObject(IN_STEP);
      });

      test('has a comment edited and one deleted: so does its twin, or it says why not', async ({ skip }) => {
        const { from, to, joined } = await simple('Second thoughts');
        const { people, can } = from.party;
        if (!can.editComment && !can.deleteComment) return skip(nobody(from));
        const urn = chain.urnAt(from, joined);
        const first = await from.party.comment(urn, { text: ['It was the battery.'] });
        const second = await from.party.comment(urn, { text: ['Said too much.'] });
        await from.party.comment(urn, { text: ['Thanks.'], by: 'second' });
        await chain.seen(to, joined, ({ comments }) => comments.length === 3);
        if (can.editComment) await from.party.editComment?.(urn, first, ['It was the charger.']);
        if (can.deleteComment) await from.party.deleteComment?.(urn, second);
        await chain.node.sweep(from.slug);
        // What the other side cannot do stays as it was there, and is told of.
        const edited = can.editComment && to.party.can.editComment;
        const deleted = can.deleteComment && to.party.can.deleteComment;
        const told = [can.editComment && !edited, can.deleteComment && !deleted].filter(Boolean).length;
        const texts = [edited ? 'It was the charger.' : 'It was the battery.', ...(deleted ? [] : ['Said too much.'])];
        const wanted = [...texts.map((text) => copy(to, people.first, text)), copy(to, people.second, 'Thanks.')];
        const as = ({ comments }: Seen) => JSON.stringify(comments.map(({ text }) => text)) === JSON.stringify(wanted.map(({ text }) => text));
        await chain.settled(joined.id, { until: async ({ differs }) => differs.length === told && as(await chain.look(to, joined)) });
        await chain.expectSeen(to, joined, { comments: wanted });
        const twin = await chain.idle(joined);
        expect(twin.differs).toEqual(Array.from({ length: told }, () => ({ instance: to.slug, what: 'Comment', reason: expect.stringMatching(/\w+ .+/) })));
        expect(twin).toMatchObject({ problem: null, conflicts: [], status: { state: told ? 'differs' : 'in-sync' } });
      });

      test('has the copy of a comment edited on the other side: so is the comment, or its twin says why not', async ({ skip }) => {
        const { from, to, joined } = await simple('Corrected copy');
        if (!to.party.can.editComment) return skip(nobody(to));
        const author = from.party.people.first;
        await from.party.comment(chain.urnAt(from, joined), { text: ['It was the battery.'] });
        await chain.seen(to, joined, ({ comments }) => comments.length === 1);
        const [made] = (await chain.look(to, joined)).comments;
        const corrected = 'It was the charger.';
        await to.party.editComment?.(chain.urnAt(to, joined), made?.id ?? '', [[{ bold: author }], corrected]);
        await chain.node.sweep(to.slug);
        const { editComment } = from.party.can;
        const wanted = { author, text: editComment ? corrected : 'It was the battery.' };
        const found = async () => (await chain.look(from, joined)).comments.at(0)?.text === wanted.text;
        await chain.settled(joined.id, { until: async ({ differs }) => differs.length === (editComment ? 0 : 1) && (await found()) });
        await chain.expectSeen(from, joined, { comments: [wanted] });
        await chain.expectSeen(to, joined, { comments: [copy(to, author, corrected)] });
        const twin = await chain.idle(joined);
        expect(twin.differs).toEqual(editComment ? [] : [{ instance: from.slug, what: 'Comment', reason: expect.stringMatching(/\w+ .+/) }]);
      });

      test('is changed and no notice of it arrives: looking finds it', async () => {
        const { from, to, joined } = await simple('Unnoticed');
        const { notices } = from.party;
        await notices?.settled();
        notices?.lose();
        onTestFailed(() => notices?.send());
        const urn = chain.urnAt(from, joined);
        const name = `${subject}, after all`;
        await from.party.editSummary(urn, name);
        await from.party.comment(urn, { text: ['Nobody heard this.'] });
        await notices?.settled();
        await chain.settled(joined.id, { each: async () => {} });
        await chain.expectSeen(to, joined, { summary: subject, comments: [] });
        await chain.found(from, to, joined, ({ comments }) => comments.length === 1);
        notices?.send();
        await chain.expectSeen(to, joined, { summary: name, comments: [copy(to, from.party.people.first, 'Nobody heard this.')] });
        expect(await chain.idle(joined)).toMatchObject(IN_STEP);
      });
    });
  });
}

/** Said aloud: it is counted as skipped. */
function nobody({ party }: End): string {
  const reason = `Nobody edits a comment in ${party.name}.`;
  console.warn(`Counted as skipped: ${reason}`);
  return reason;
}

function missing(): never {
  throw new Error('There is no such party.');
}
