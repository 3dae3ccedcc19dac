import { randomUUID } from 'node:crypto';
import { TrackerError } from '../../../core/tracker-error.ts';
import type { BackLink } from '../../connector.ts';
import { type Broken, but } from './tools.ts';

const linking =
  (change: (link: BackLink) => BackLink): Broken['wrap'] =>
  (t) =>
    but(t, { backLink: async (ref, link, call) => t.backLink?.(ref, change(link), call) });

export const backLinking: readonly Broken[] = [
  {
    what: 'adds a link each time',
    caughtBy: ['back-link-is-shown-once', 'back-link-belongs-to-its-marker'],
    wrap: linking((link) => ({ ...link, marker: randomUUID() })),
  },
  { what: 'knows one link only', caughtBy: ['back-link-belongs-to-its-marker'], wrap: linking((link) => ({ ...link, marker: 'ours' })) },
  {
    what: 'writes the link into the text',
    caughtBy: ['back-link-is-shown-once'],
    wrap: (t) =>
      but(t, {
        backLink: async (ref, link, call) => {
          await t.backLink?.(ref, link, call);
          const base = await t.fetch(ref, call);
          if (base !== 'gone') await t.apply(ref, base, { fields: { summary: `Linked to ${link.title}` }, known: {} }, call);
        },
      }),
  },
  {
    what: 'cuts a link’s title in the middle of a sign',
    caughtBy: ['back-link-title-of-any-length'],
    wrap: linking((link) => ({ ...link, title: link.title.slice(0, 101) })),
  },
  {
    what: 'links from nowhere without a word',
    caughtBy: ['back-link-to-nothing'],
    wrap: (t) =>
      but(t, {
        backLink: async (ref, link, call) => {
          await t.backLink?.(ref, link, call).catch((error: unknown) => {
            if (!(error instanceof TrackerError && error.kind === 'not-found')) throw error;
          });
        },
      }),
  },
];
