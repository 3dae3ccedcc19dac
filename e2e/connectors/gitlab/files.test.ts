import { describe, expect, it } from 'vitest';
import { docOf, plainText, type RichText } from '../../../src/core/rich-text/index.ts';
import { adding, call, see, upload } from '../tools.ts';
import { simulated } from './simulated.ts';

describe('the GitLab connector on the simulator', () => {
  const { at, open, newIssue } = simulated();

  describe('files', () => {
    it('stand in the text as images, and otherwise in a list at its end, which is no part of the text', async () => {
      const tracker = open();
      const { ref, urn } = newIssue();
      const body: RichText = {
        type: 'root',
        children: [
          {
            type: 'paragraph',
            children: [
              { type: 'text', value: 'Look: ' },
              { type: 'attachmentRef', file: 'g:img', name: 'fire 1.png', inline: true },
            ],
          },
        ],
      };
      const files = [upload('g:img', 'fire 1.png', 'png', 'image/png'), upload('g:log', 'fire [now] 👍.log', 'log', 'text/x-log')];
      const applied = await tracker.apply(ref, await see(tracker, ref), adding(body, files), call);
      const [note] = at().control.comments(urn);
      expect(note?.body).toMatch(
        /^Look: !\[fire 1\.png\]\(\/uploads\/[0-9a-f]{32}\/fire_1\.png\)\n\n<!-- entente:files -->\n- \[fire \\\[now\\\] 👍\.log\]\(\/uploads\/[^)]+\.log\)\n\n<!-- entente:mark /,
      );
      const now = await see(tracker, ref);
      expect(plainText(now.comments[0]?.body as RichText)).toBe('Look: fire 1.png');
      expect(now.files.map(({ id, name, type, comment }) => [id, name, type, comment])).toEqual([
        [applied.files[0]?.id, 'fire 1.png', 'image/png', applied.comment],
        [applied.files[1]?.id, 'fire [now] 👍.log', 'text/plain', applied.comment],
      ]);
    });

    it('stay with a text that is written anew, even those that it no longer shows', async () => {
      const tracker = open();
      const draft = {
        scope: null,
        type: null,
        fields: { summary: 'With files', description: docOf('See.') },
        files: [upload('g:1', 'a.txt', 'a', 'text/plain')],
      };
      const { snapshot, files } = await tracker.create(draft, 'files:1', call);
      const base = await see(tracker, snapshot.ref);
      const image: RichText = { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'attachmentRef', file: 'x', name: 'a.txt' }] }] };
      await tracker.apply(base.ref, base, { fields: { description: image }, known: { x: { id: files[0]?.id ?? '', name: 'a.txt' } } }, call);
      const shown = await see(tracker, base.ref);
      expect([plainText(shown.fields.description as RichText), shown.files.map(({ name }) => name), shown.marker]).toEqual(['a.txt', ['a.txt'], 'files:1']);
      await tracker.apply(base.ref, shown, { fields: { description: docOf('Nothing to see.') }, known: {} }, call);
      const listed = await see(tracker, base.ref);
      expect([plainText(listed.fields.description as RichText), listed.files.map(({ name }) => name), listed.marker]).toEqual([
        'Nothing to see.',
        ['a.txt'],
        'files:1',
      ]);
    });

    it('are no files by names that every object has', async () => {
      const tracker = open();
      const { ref } = newIssue();
      const names = ['constructor', '__proto__', 'toString'];
      const body: RichText = { type: 'root', children: [{ type: 'paragraph', children: names.map((name) => ({ type: 'attachmentRef', file: name, name })) }] };
      await tracker.apply(ref, await see(tracker, ref), adding(body, [upload('g:1', 'a.constructor', 'a', 'text/plain')]), call);
      const { comments, files } = await see(tracker, ref);
      expect([plainText(comments[0]?.body ?? docOf('')), files.map(({ name, type }) => [name, type])]).toEqual([
        names.join(''),
        [['a.constructor', 'application/octet-stream']],
      ]);
    });

    it('what a person writes below the list stays text', async () => {
      const tracker = open();
      const { ref, urn } = newIssue();
      const applied = await tracker.apply(ref, await see(tracker, ref), adding(docOf('See.'), [upload('g:1', 'a.txt', 'a', 'text/plain')]), call);
      const [note] = at().control.comments(urn);
      at().control.editComment(urn, Number(applied.comment), `${note?.body}\n\nAnd one more thing.`, 'ada');
      const now = await see(tracker, ref);
      expect(plainText(now.comments[0]?.body as RichText)).toBe('See.\n\nAnd one more thing.');
      expect(now.files.map(({ name }) => name)).toEqual(['a.txt']);
      expect(now.comments[0]?.marker).not.toBeNull();
    });

    it('are known by every address that GitLab has had for them, and by no address of others', async () => {
      const tracker = open();
      const { ref, urn } = newIssue();
      const markdown = at().control.attach('acme/web', 'a.png', Buffer.from('a').toString('base64'));
      const path = /\((.*)\)/.exec(markdown)?.[1] ?? '';
      const project = ref.split(':')[0];
      for (const address of [
        path,
        `/acme/web${path}`,
        `/-/project/${project}${path}`,
        `${at().url}/acme/web${path}`,
        `${at().url}/-/project/${project}${path}`,
      ])
        at().control.comment(urn, `![a](${address})`, 'nora');
      for (const address of [`/acme/other${path}`, `https://elsewhere.example/acme/web${path}`, `/-/project/1${path}`])
        at().control.comment(urn, `![b](${address})`, 'nora');
      const now = await see(tracker, ref);
      expect(now.files.map(({ id, name }) => [id, name])).toEqual([[path.replace('/uploads/', ''), 'a.png']]);
      expect(now.comments.filter(({ body }) => JSON.stringify(body).includes('attachmentRef'))).toHaveLength(5);
    });

    it('are fetched where GitLab sends us, and the token goes nowhere else', async () => {
      const tracker = open();
      const { ref } = newIssue();
      const { files } = await tracker.apply(ref, await see(tracker, ref), adding(docOf('See.'), [upload('g:1', 'ä b.txt', 'content', 'text/plain')]), call);
      for (const redirectDownloads of [false, true]) {
        at().control.setSettings({ redirectDownloads });
        const opened = await tracker.files?.open(ref, files[0]?.id ?? '', call);
        expect([opened?.type, (await opened?.stream.toArray())?.join('')]).toEqual(['text/plain', 'content']);
      }
      expect(at().control.leaks()).toBe(0);
    });
  });
});
