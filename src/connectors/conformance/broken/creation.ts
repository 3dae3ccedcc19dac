import { randomUUID } from 'node:crypto';
import { docOf, plainText, type RichText } from '../../../core/rich-text/index.ts';
import { type Broken, but, feeding, without } from './tools.ts';

export const creation: readonly Broken[] = [
  {
    what: 'drops the description when it creates',
    caughtBy: ['create-then-fetch-is-equal'],
    wrap: (t) => but(t, { create: (d, m, call) => t.create({ ...d, fields: without(d.fields, 'description') }, m, call) }),
  },
  {
    what: 'creates the default type always',
    caughtBy: ['create-with-another-type', 'create-with-unknown-type-is-rejected'],
    wrap: (t) => but(t, { create: (d, m, call) => t.create({ ...d, type: null }, m, call) }),
  },
  {
    what: 'writes something into an empty description',
    caughtBy: ['create-without-description'],
    wrap: (t) =>
      but(t, {
        create: (d, m, call) =>
          t.create({ ...d, fields: { ...d.fields, description: docOf(plainText(d.fields.description as RichText) || 'No description.') } }, m, call),
      }),
  },
  {
    what: 'loses the marker of an entity',
    caughtBy: ['marker-comes-back', 'same-marker-twice-is-one-entity', 'find-by-marker', 'create-dropped-after-commit-is-found'],
    wrap: (t) => but(t, { create: (d, _, call) => t.create(d, randomUUID(), call) }),
  },
  {
    what: 'looks for a marker in the recent listing only',
    caughtBy: ['same-marker-much-later-is-one-entity'],
    wrap: (t, server) => but(t, { create: (d, m, call) => t.create(d, `${m} on day ${Math.floor(server.clock.now() / 86_400_000)}`, call) }),
  },
  {
    what: 'looks for a marker in the lagging index only',
    caughtBy: ['find-by-marker', 'create-dropped-after-commit-is-found'],
    wrap: (t, server) =>
      but(t, {
        findByMarker: async (m, since, call) => {
          const found = await t.findByMarker(m, since, call);
          return found && Date.parse(found.at) + t.capabilities.searchLagMs <= server.clock.now() ? found : null;
        },
      }),
  },
  {
    what: 'searches for a marker as words',
    caughtBy: ['find-by-marker-is-exact'],
    wrap: (t, server) =>
      but(t, {
        findByMarker: async (m, since, call) => {
          const like = [...server.entities.values()].find((e) => e.marker?.toLowerCase().startsWith(m.toLowerCase()));
          return like?.marker ? t.findByMarker(like.marker, since, call) : null;
        },
      }),
  },
  {
    what: 'makes another one instead of marking what is there',
    on: 'poor',
    caughtBy: ['create-adopts-what-was-not-marked'],
    wrap: (t) => but(t, { create: ({ scope, type, fields, files }, m, call) => t.create({ scope, type, fields, files }, m, call) }),
  },
  { what: 'takes our creations for a human’s in the feed', caughtBy: ['feed-tells-own-creations'], wrap: feeding((i) => ({ ...i, byUs: false })) },
];
