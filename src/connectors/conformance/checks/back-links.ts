import { expect } from 'vitest';
import type { BackLink } from '../../connector.ts';
import { type Check, refusal, type Stage } from '../stage.ts';
import type { ConformanceWorld } from '../world.ts';

const can = (w: ConformanceWorld) => w.capabilities.backLinks;

async function put(stage: Stage, ref: string, link: BackLink): Promise<void> {
  if (!stage.tracker.backLink) throw new Error('Back-links are declared, and there is no backLink.');
  await stage.tracker.backLink(ref, link, stage.call);
}

/** Those that people see; the tracker's own order. */
async function shown(stage: Stage, ref: string): Promise<readonly { readonly title: string; readonly url: string }[]> {
  if (!stage.world.human.links) throw new Error('Back-links are declared, and the world does not show them (`human.links`).');
  const links = await stage.world.human.links(ref);
  return links.map(({ title, url }) => ({ title, url })).sort((a, b) => a.url.localeCompare(b.url));
}

export const backLinks: readonly Check[] = [
  {
    id: 'back-link-is-shown-once',
    title: 'a link to the other side is shown once, however often it is put there, and the content stays as it was',
    needs: can,
    async run(stage) {
      const { ref } = await stage.entity();
      const before = await stage.see(ref);
      const marker = stage.marker();
      const link = { marker, title: 'acme-1 “é” ☃', url: `https://acme.example/tickets/1?q=${stage.word()}&x=%20` };
      for (let n = 0; n < 2; n++) await put(stage, ref, link);
      expect(await shown(stage, ref)).toEqual([{ title: link.title, url: link.url }]);
      const after = await stage.see(ref);
      expect([after.fields, after.comments, after.files]).toEqual([before.fields, before.comments, before.files]);
    },
  },
  {
    id: 'back-link-belongs-to-its-marker',
    title: 'an entity with several twins links to each; one that has moved is linked where it is now',
    needs: can,
    async run(stage) {
      const { ref } = await stage.entity();
      const [one, other] = [stage.marker(), `${'x'.repeat(300)}${stage.marker()}`];
      await put(stage, ref, { marker: one, title: 'acme-1', url: 'https://acme.example/1' });
      await put(stage, ref, { marker: other, title: 'globex-1', url: 'https://globex.example/1' });
      await put(stage, ref, { marker: one, title: 'acme-2', url: 'https://acme.example/2' });
      expect(await shown(stage, ref)).toEqual([
        { title: 'acme-2', url: 'https://acme.example/2' },
        { title: 'globex-1', url: 'https://globex.example/1' },
      ]);
    },
  },
  {
    id: 'back-link-title-of-any-length',
    title: 'a title that is longer than the tracker takes is cut, and the address stays whole',
    needs: can,
    async run(stage) {
      const { ref } = await stage.entity();
      await put(stage, ref, { marker: stage.marker(), title: '👍'.repeat(600), url: 'https://acme.example/1' });
      const [link] = await shown(stage, ref);
      expect(link?.url).toBe('https://acme.example/1');
      expect(link?.title.isWellFormed() && /^(?:👍)+$/u.test(link.title), 'nothing but whole signs of the title').toBe(true);
    },
  },
  {
    id: 'back-link-to-nothing',
    title: 'linking from an entity that does not exist is not found',
    needs: can,
    async run(stage) {
      const link = { marker: stage.marker(), title: 'acme-1', url: 'https://acme.example/1' };
      await refusal(put(stage, stage.world.unknownRef, link), 'not-found', 'backLink');
    },
  },
];
