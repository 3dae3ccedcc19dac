import { TrackerError } from '../../../core/tracker-error.ts';
import { type Broken, but, mapErrors, seeing, swallow, withKind, without, writing } from './tools.ts';

let tick = 0;
export const writes: readonly Broken[] = [
  { what: 'has a new version at each fetch', caughtBy: ['version-stands-still'], wrap: seeing((s) => ({ ...s, version: String(++tick) })) },
  { what: 'has the same version always', caughtBy: ['version-moves-with-content'], wrap: seeing((s) => ({ ...s, version: '1' })) },
  {
    what: 'guesses the version after a write',
    caughtBy: ['applied-version-is-true', 'applied-version-is-silent-about-others'],
    wrap: (t) => but(t, { apply: async (ref, base, c, call) => ({ ...(await t.apply(ref, base, c, call)), version: 'guessed' }) }),
  },
  { what: 'reopens what it writes to', caughtBy: ['fields-written'], wrap: writing((c) => ({ ...c, fields: { ...c.fields, status: 'open' } })) },
  {
    what: 'writes when there is nothing to write',
    caughtBy: ['empty-change-writes-nothing'],
    wrap: writing((c) => ({ ...c, fields: { ...c.fields, status: 'hold' } })),
  },
  {
    what: 'ignores a stale base',
    on: 'zendesk',
    caughtBy: ['stale-base-writes-nothing'],
    wrap: (t) =>
      but(t, {
        apply: async (ref, _, c, call) => {
          const now = await t.fetch(ref, call);
          if (now === 'gone') throw new TrackerError('not-found', 'It is gone.');
          return t.apply(ref, now, c, call);
        },
      }),
  },
  {
    what: 'writes the comment before it finds that the base is stale',
    on: 'full',
    caughtBy: ['stale-base-writes-nothing'],
    wrap: (t, server) =>
      but(t, {
        apply: async (ref, base, c, call) => {
          if (c.comment?.do === 'add') server.update(ref, { add: { body: c.comment.body, public: true, files: [], marker: null } }, server.account);
          return t.apply(ref, base, c, call);
        },
      }),
  },
  {
    what: 'does not look at what it replaced',
    caughtBy: ['replaced-value-is-told'],
    wrap: (t) => but(t, { apply: async (ref, base, c, call) => ({ ...(await t.apply(ref, base, c, call)), replaced: {} }) }),
  },
  {
    what: 'says that it replaced what we knew',
    caughtBy: ['nothing-replaced-is-told', 'fields-written'],
    wrap: (t) =>
      but(t, { apply: async (ref, base, c, call) => ({ ...(await t.apply(ref, base, c, call)), replaced: { summary: base.fields.summary ?? '' } }) }),
  },
  {
    what: 'writes the whole entity back',
    caughtBy: ['other-fields-survive'],
    wrap: writing((c, base) => ({ ...c, ...(c.fields ? { fields: { ...base.fields, ...c.fields } } : {}) })),
  },
  {
    what: 'does not write descriptions',
    caughtBy: ['description-edit', 'descriptions-settle'],
    wrap: writing((c) => ({ ...c, ...(c.fields ? { fields: without(c.fields, 'description') } : {}) })),
  },
  {
    what: 'drops a description that cannot be written',
    on: 'zendesk',
    caughtBy: ['description-edit-refused'],
    wrap: writing((c) => ({ ...c, ...(c.fields ? { fields: without(c.fields, 'description') } : {}) })),
  },
  { what: 'swallows a rejected field', caughtBy: ['unknown-field-is-rejected', 'unknown-choice-is-rejected'], wrap: swallow(['rejected']) },
  {
    what: 'does not say which field was rejected',
    caughtBy: ['unknown-field-is-rejected', 'unknown-choice-is-rejected'],
    wrap: mapErrors((e) => (e.kind === 'rejected' ? withKind(e, 'rejected') : e)),
  },
  {
    what: 'does not look at what slips through a lock by seconds',
    on: 'stamped',
    caughtBy: ['change-right-after-reading-is-told'],
    wrap: (t) => but(t, { apply: async (ref, base, c, call) => ({ ...(await t.apply(ref, base, c, call)), replaced: {} }) }),
  },
  {
    what: 'reports a half-done change as refused',
    on: 'poor',
    caughtBy: ['error-tells-whether-anything-was-written'],
    wrap: mapErrors((e) => (e.inDoubt ? withKind(e, 'not-found') : e)),
  },
  {
    what: 'forgets the comment when there are fields',
    caughtBy: ['one-change-with-everything'],
    wrap: writing((c) => {
      const { comment: _, ...rest } = c;
      return c.fields ? rest : c;
    }),
  },
];
