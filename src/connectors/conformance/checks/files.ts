import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { Snapshot } from '../../../core/entity.ts';
import { filesIn, mapFiles, plainText, type RichText } from '../../../core/rich-text/index.ts';
import type { Applied, Upload } from '../../connector.ts';
import { FILE_NAMES } from '../corpus.ts';
import { type Check, paragraph, refusal, type Stage } from '../stage.ts';
import type { ConformanceWorld } from '../world.ts';

const MB = 1024 * 1024;
const can = (w: ConformanceWorld) => w.capabilities.files.add !== 'none';

/** Bytes that compress badly and hold every value, so that nothing can mistake them for text. */
function bytes(length: number): Buffer {
  const out = Buffer.alloc(length);
  for (let i = 0, x = 7; i < length; i++) {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    out[i] = x >> 16;
  }
  return out;
}

async function withFile(stage: Stage, upload: Upload): Promise<{ now: Snapshot; id: string; applied: Applied }> {
  const { applied, now } = await stage.comment(await stage.entity(), paragraph('See the file.'), true, [upload]);
  expect(
    applied.files.map((f) => f.key),
    'apply reports the file',
  ).toEqual([upload.key]);
  return { now, id: applied.files[0]?.id ?? '', applied };
}

async function survives(stage: Stage, upload: Upload, content: Buffer): Promise<void> {
  const { now, id } = await withFile(stage, upload);
  const file = now.files.find((f) => f.id === id);
  expect(
    now.files.map((f) => f.id),
    'the files that a fetch shows',
  ).toEqual([id]);
  if (file?.size != null) expect(file.size).toBe(content.length);
  expect((await stage.content(now.ref, id)).equals(content), 'the content is the same, byte for byte').toBe(true);
}

const pattern = (name: string) => name.normalize('NFC').replace(/[^\p{L}\p{N}\p{Extended_Pictographic}.]+/gu, '_');

function breaking(after: Buffer): Readable {
  return Readable.from(
    (async function* () {
      yield after;
      await Promise.resolve();
      throw new Error('The other side hung up.');
    })(),
    { objectMode: false },
  );
}

export const files: readonly Check[] = [
  {
    id: 'file-of-0-bytes',
    title: 'an empty file is kept',
    needs: can,
    run: (stage) => survives(stage, stage.upload('empty.bin', Buffer.alloc(0)), Buffer.alloc(0)),
  },
  {
    id: 'file-of-3-mb',
    title: 'a file of 3 MB is kept, byte for byte',
    needs: (w) => can(w) && w.capabilities.files.maxBytes >= 3 * MB,
    run: (stage) => survives(stage, stage.upload('big.bin', bytes(3 * MB)), bytes(3 * MB)),
  },
  {
    id: 'file-of-unknown-size',
    title: 'a file whose size is not known beforehand is kept',
    needs: can,
    async run(stage) {
      const content = bytes(200_000);
      const chunks = () => Readable.from([content.subarray(0, 70_000), content.subarray(70_000)], { objectMode: false });
      await survives(stage, stage.upload('unknown.bin', chunks, null), content);
    },
  },
  {
    id: 'file-names-survive',
    title: 'names in any script, with emoji, quotes and signs, stay readable',
    needs: can,
    async run(stage) {
      const uploads = FILE_NAMES.map((name) => stage.upload(name, Buffer.from(name)));
      const { applied, now } = await stage.comment(await stage.entity(), paragraph('See the files.'), true, uploads);
      for (const [i, name] of FILE_NAMES.entries()) {
        const id = applied.files.find((f) => f.key === uploads[i]?.key)?.id ?? '';
        expect(pattern(now.files.find((f) => f.id === id)?.name ?? '(missing)')).toBe(pattern(name));
        expect((await stage.content(now.ref, id)).toString(), 'each has its own content').toBe(name);
      }
    },
  },
  {
    id: 'file-name-with-slashes',
    title: 'a name with slashes is kept as one name or shortened to its last part, and leads nowhere',
    needs: can,
    async run(stage) {
      const { now, id } = await withFile(stage, stage.upload('../../etc/pass\\wd.txt', Buffer.from('x')));
      expect(now.files.find((f) => f.id === id)?.name).toMatch(/wd\.txt$/);
      expect((await stage.content(now.ref, id)).toString()).toBe('x');
    },
  },
  {
    id: 'file-stays-with-its-comment',
    title: 'a file that came with a comment stays with it, and with no other',
    needs: can,
    async run(stage) {
      const first = await stage.comment(await stage.entity(), paragraph('Without.'));
      const second = await stage.comment(first.now, paragraph('With.'), true, [
        stage.upload('a.txt', Buffer.from('a')),
        stage.upload('b.txt', Buffer.from('b')),
      ]);
      const third = await stage.comment(second.now, paragraph('Without.'));
      expect(third.now.files.map((f) => [f.name, f.comment, f.byUs])).toEqual([
        ['a.txt', second.id, true],
        ['b.txt', second.id, true],
      ]);
      expect(
        second.applied.files.map((f) => f.carrier),
        'no comment had to be made for them',
      ).toEqual([null, null]);
    },
  },
  {
    id: 'file-with-internal-comment',
    title: 'an internal comment with a file is internal',
    needs: (w) => can(w) && w.capabilities.comments.internal,
    async run(stage) {
      const { id, now } = await stage.comment(await stage.entity(), paragraph('Between us.'), false, [stage.upload('secret.txt', Buffer.from('x'))]);
      expect(now.comments.map((c) => [c.id, c.public])).toEqual([[id, false]]);
      expect(now.files.map((f) => f.comment)).toEqual([id]);
    },
  },
  {
    id: 'file-of-the-entity',
    title: 'a file without a comment belongs to the entity, or to a carrier that apply names',
    needs: can,
    async run(stage) {
      const base = await stage.entity();
      const upload = stage.upload('alone.txt', Buffer.from('alone'));
      const { files: done } = await stage.apply(base, { files: [upload] });
      const now = await stage.see(base.ref);
      expect(done).toEqual([{ key: upload.key, id: expect.any(String), carrier: now.comments[0]?.id ?? null }]);
      expect(now.comments.length).toBe(stage.world.capabilities.files.add === 'comment' ? 1 : 0);
      expect(now.files.map((f) => [f.id, f.comment])).toEqual([[done[0]?.id, done[0]?.carrier]]);
      expect((await stage.content(base.ref, done[0]?.id ?? '')).toString()).toBe('alone');
    },
  },
  {
    id: 'file-at-creation',
    title: 'a file of a new entity belongs to the entity itself',
    needs: can,
    async run(stage) {
      const upload = stage.upload('first.txt', Buffer.from('first'));
      const { snapshot, files: done } = await stage.tracker.create(stage.draft({}, [upload]), stage.marker(), stage.call);
      expect(done.map((f) => f.key)).toEqual([upload.key]);
      const now = await stage.see(snapshot.ref);
      expect(now.files.map((f) => [f.id, f.name, f.comment])).toEqual([[done[0]?.id, 'first.txt', done[0]?.carrier ?? null]]);
      expect((await stage.content(snapshot.ref, done[0]?.id ?? '')).toString()).toBe('first');
    },
  },
  {
    id: 'file-aborted-leaves-nothing',
    title: 'a file that breaks off in the middle leaves neither a file nor its comment, and a retry leaves one of each',
    needs: can,
    async run(stage) {
      const base = await stage.entity();
      const comment = { do: 'add', body: paragraph('See the file.'), public: true, marker: stage.commentMarker() } as const;
      const content = bytes(300_000);
      const broken = stage.upload('half.bin', () => breaking(content.subarray(0, 100_000)), content.length);
      await refusal(stage.apply(base, { comment: { ...comment, files: [broken] } }), ['unavailable', 'rejected'], 'a file that breaks off');
      const unknown = stage.upload('half.bin', () => breaking(content.subarray(0, 100_000)), null);
      await refusal(stage.apply(base, { comment: { ...comment, files: [unknown] } }), ['unavailable', 'rejected'], 'a file of unknown size that breaks off');
      const between = await stage.see(base.ref);
      expect([between.files, between.comments], 'after it broke off').toEqual([[], []]);
      const { now } = await stage.comment(between, paragraph('See the file.'), true, [stage.upload('half.bin', content)]);
      expect([now.files.length, now.comments.length], 'after the retry').toEqual([1, 1]);
    },
  },
  {
    id: 'file-given-up-leaves-nothing',
    title: 'a call that is given up in the middle of a file leaves neither the file nor its comment',
    needs: can,
    async run(stage) {
      const base = await stage.entity();
      const giving = new AbortController();
      const open = () =>
        Readable.from(
          (async function* () {
            yield bytes(100_000);
            giving.abort();
            await new Promise((resolve) => setTimeout(resolve, 50));
            yield bytes(100_000);
          })(),
          { objectMode: false },
        );
      const comment = {
        do: 'add',
        body: paragraph('See the file.'),
        public: true,
        files: [stage.upload('given-up.bin', open, 200_000)],
        marker: stage.commentMarker(),
      } as const;
      const call = { ...stage.call, signal: giving.signal };
      await refusal(stage.tracker.apply(base.ref, base, { comment, known: {} }, call), 'unavailable', 'apply');
      const now = await stage.see(base.ref);
      expect([now.files, now.comments]).toEqual([[], []]);
    },
  },
  {
    id: 'file-dropped-after-commit',
    title: 'a comment with a file whose answer was lost is there once, with one file',
    needs: (w) => can(w) && w.faults.includes('drop-after-commit'),
    async run(stage) {
      const base = await stage.entity();
      const upload = stage.upload('once.txt', Buffer.from('once'));
      await stage.world.fault?.('drop-after-commit', 'write');
      const comment = { do: 'add', body: paragraph('See the file.'), public: true, files: [upload], marker: stage.commentMarker() } as const;
      await stage.apply(base, { comment }).catch(() => null);
      await stage.world.calm?.();
      const now = await stage.see(base.ref);
      expect([now.comments.length, now.files.map((f) => f.name)]).toEqual([1, ['once.txt']]);
    },
  },
  {
    id: 'file-too-large-is-rejected',
    title: 'a file above the declared limit is rejected, and leaves nothing',
    needs: (w) => can(w) && w.capabilities.files.maxBytes <= 64 * MB,
    async run(stage) {
      const base = await stage.entity();
      const { maxBytes } = stage.world.capabilities.files;
      const chunk = Buffer.alloc(MB, 1);
      const open = () =>
        Readable.from(
          (function* () {
            for (let sent = 0; sent <= maxBytes; sent += MB) yield chunk;
          })(),
          { objectMode: false },
        );
      await refusal(
        stage.apply(base, { files: [stage.upload('huge.bin', open, (Math.floor(maxBytes / MB) + 1) * MB)] }),
        'rejected',
        'a file that is too large',
      );
      const now = await stage.see(base.ref);
      expect([now.files, now.comments]).toEqual([[], []]);
    },
  },
  {
    id: 'file-reference-in-a-comment',
    title: 'a comment refers to its own file and to an older one by their ids, where its format can',
    needs: can,
    async run(stage) {
      const upload = stage.upload('shown.png', Buffer.from('png'), 3, 'image/png');
      const body: RichText = {
        type: 'root',
        children: [
          {
            type: 'paragraph',
            children: [
              { type: 'text', value: 'See ' },
              { type: 'attachmentRef', file: upload.key, name: 'shown.png' },
            ],
          },
        ],
      };
      const { id, now, applied } = await stage.comment(await stage.entity(), body, true, [upload]);
      const file = applied.files[0]?.id ?? '';
      const expected = stage.tracker.settleComment(mapFiles(body, () => file));
      const written = now.comments.find((c) => c.id === id)?.body ?? body;
      expect(filesIn(written)).toEqual(filesIn(expected));
      expect(plainText(written)).toBe(plainText(expected));
      const known = { [upload.key]: { id: file, name: 'shown.png' } };
      const later = await stage.apply(now, { comment: { do: 'add', body, public: true, files: [], marker: stage.commentMarker() }, known });
      const again = (await stage.see(now.ref)).comments.find((c) => c.id === later.comment)?.body ?? paragraph('(missing)');
      expect(filesIn(again), 'by `known`').toEqual(filesIn(expected));
    },
  },
  {
    id: 'file-reference-in-a-description',
    title: 'the description of a new entity refers to its files by their ids, where its format can',
    needs: can,
    async run(stage) {
      const upload = stage.upload('shown.png', Buffer.from('png'), 3, 'image/png');
      const description: RichText = {
        type: 'root',
        children: [
          {
            type: 'paragraph',
            children: [
              { type: 'text', value: 'See ' },
              { type: 'attachmentRef', file: upload.key, name: 'shown.png', inline: true },
            ],
          },
        ],
      };
      const { snapshot, files: done } = await stage.tracker.create(stage.draft({ description }, [upload]), stage.marker(), stage.call);
      const written = (await stage.see(snapshot.ref)).fields.description as RichText;
      const expected = stage.tracker.settle(
        'description',
        mapFiles(description, () => done[0]?.id),
      ) as RichText;
      expect(filesIn(written)).toEqual(filesIn(expected));
      expect(plainText(written)).toBe(plainText(expected));
    },
  },
  {
    id: 'file-delete',
    title: 'a deleted file is gone, and no other is',
    needs: (w) => can(w) && w.capabilities.files.delete,
    async run(stage) {
      const uploads = [stage.upload('a.txt', Buffer.from('a')), stage.upload('b.txt', Buffer.from('b'))];
      const { applied, now } = await stage.comment(await stage.entity(), paragraph('See the files.'), true, uploads);
      const [a, b] = applied.files.map((f) => f.id);
      await stage.apply(now, { deleteFile: a ?? '' });
      expect((await stage.see(now.ref)).files.map((f) => f.id)).toEqual([b]);
      if (stage.tracker.confirmGone) {
        expect(await stage.tracker.confirmGone(now.ref, 'file', a ?? '', stage.call)).toBe(true);
        expect(await stage.tracker.confirmGone(now.ref, 'file', b ?? '', stage.call)).toBe(false);
      }
      await refusal(stage.tracker.files?.open(now.ref, a ?? '', stage.call) ?? Promise.resolve(), 'not-found', 'opening a deleted file');
    },
  },
  {
    id: 'file-delete-refused',
    title: 'where files cannot be deleted, that is rejected',
    needs: (w) => can(w) && !w.capabilities.files.delete,
    async run(stage) {
      const { now, id } = await withFile(stage, stage.upload('a.txt', Buffer.from('a')));
      await refusal(stage.apply(now, { deleteFile: id }), 'rejected', 'deleting a file');
      expect((await stage.see(now.ref)).files.map((f) => f.id)).toEqual([id]);
    },
  },
  {
    id: 'file-add-refused',
    title: 'where the tracker holds no files, a file is rejected, with a comment and without, and nothing is written',
    needs: (w) => !can(w),
    async run(stage) {
      const base = await stage.entity();
      const upload = stage.upload('a.txt', Buffer.from('a'));
      await refusal(stage.apply(base, { files: [upload] }), 'rejected', 'a file');
      const comment = { do: 'add', body: paragraph('See.'), public: true, files: [upload], marker: stage.commentMarker() } as const;
      await refusal(stage.apply(base, { comment }), 'rejected', 'a comment with a file');
      expect((await stage.see(base.ref)).comments).toEqual([]);
    },
  },
  {
    id: 'file-by-a-human',
    title: 'a human’s file is seen and can be read',
    needs: (w) => !!w.human.addFile,
    async run(stage) {
      const base = await stage.entity();
      const content = bytes(50_000);
      await stage.tick();
      await stage.world.human.addFile?.(base.ref, { name: 'photo.png', type: 'image/png', content });
      const now = await stage.see(base.ref);
      expect(now.files.map((f) => [f.name, f.type, f.byUs])).toEqual([['photo.png', 'image/png', false]]);
      expect(now.version).not.toBe(base.version);
      expect((await stage.content(base.ref, now.files[0]?.id ?? '')).equals(content)).toBe(true);
    },
  },
  {
    id: 'file-unknown-is-not-found',
    title: 'a file that does not exist is not found',
    needs: can,
    async run(stage) {
      const { ref } = await stage.entity();
      await refusal(stage.tracker.files?.open(ref, '999999999', stage.call) ?? Promise.resolve(), 'not-found', 'open');
    },
  },
];
