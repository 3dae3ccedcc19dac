import type { Snapshot } from '../../../core/entity.ts';
import { docOf, plainText, type RichText } from '../../../core/rich-text/index.ts';
import { TrackerError } from '../../../core/tracker-error.ts';
import { type Broken, but, comments, mapErrors, seeing, stripTags, swallow, withKind, writing } from './tools.ts';

export const identity: readonly Broken[] = [
  {
    what: 'declares what it cannot',
    caughtBy: ['capabilities-as-declared'],
    wrap: (t) => but(t, { capabilities: { ...t.capabilities, compareAndSet: true } }),
  },
  {
    what: 'does not say who we are',
    caughtBy: ['check-says-who-we-are'],
    wrap: (t) => but(t, { check: async (call) => ({ ...(await t.check(call)), account: { id: '', name: '', email: null } }) }),
  },
  {
    what: 'takes a wrong password for a missing permission',
    caughtBy: ['check-refuses-bad-credentials', 'fault-unauthorized-on-reading'],
    wrap: mapErrors((e) => (e.kind === 'auth' ? withKind(e, 'forbidden') : e)),
  },
  {
    what: 'never misses a permission',
    caughtBy: ['check-lists-missing-permissions'],
    wrap: (t) => but(t, { check: async (call) => ({ ...(await t.check(call)), missing: [] }) }),
  },
  {
    what: 'leaves the description out of its fields',
    caughtBy: ['describe-lists-what-can-be-written'],
    wrap: (t) =>
      but(t, {
        describe: async (scope, call) => {
          const d = await t.describe(scope, call);
          return { ...d, fields: d.fields.filter((f) => f.name !== 'description') };
        },
      }),
  },
  {
    what: 'finds by number only',
    caughtBy: ['find-by-urn-and-url'],
    wrap: (t) => but(t, { find: (urn, call) => (/^\d+$/.test(urn) ? t.find(urn, call) : Promise.reject(new TrackerError('not-found', 'No number.'))) }),
  },
  { what: 'takes anything for a number', caughtBy: ['find-unknown-is-not-found'], wrap: (t) => but(t, { find: async (urn) => urn }) },
  {
    what: 'calls a missing entity a broken answer',
    caughtBy: ['fetch-unknown-is-not-a-snapshot'],
    wrap: mapErrors((e) => (e.kind === 'not-found' ? withKind(e, 'protocol') : e)),
  },
  {
    what: 'shows what it has in its cache',
    caughtBy: ['fetch-deleted', 'comment-edited-by-a-human', 'comment-hidden-by-a-human', 'comment-by-a-human', 'version-moves-with-content'],
    wrap(t) {
      const cache = new Map<string, Snapshot | 'gone'>();
      return but(t, {
        fetch: async (ref, call) => {
          const s = cache.get(ref) ?? (await t.fetch(ref, call));
          cache.set(ref, s);
          return s;
        },
      });
    },
  },
  {
    what: 'ignores that an entity is gone when it writes',
    caughtBy: ['write-to-deleted-is-not-found', 'fault-not-found-on-writing'],
    wrap: swallow(['not-found']),
  },
  { what: 'gives local times', caughtBy: ['snapshot-is-well-formed'], wrap: seeing((s) => ({ ...s, at: s.at.replace('Z', '') })) },
  { what: 'takes humans for our account', caughtBy: ['snapshot-is-well-formed', 'comment-by-a-human'], wrap: comments((c) => ({ ...c, byUs: true })) },
];

export const text: readonly Broken[] = [
  {
    what: 'settles to something else each time',
    caughtBy: ['settle-is-a-fixpoint'],
    wrap: (t) => but(t, { settleComment: (b) => docOf(`${plainText(b)}.`) }),
  },
  {
    what: 'loses all paragraphs but the first',
    caughtBy: ['settle-keeps-the-words'],
    wrap: (t) => but(t, { settleComment: (b) => ({ type: 'root', children: t.settleComment(b).children.slice(0, 1) }) }),
  },
  {
    what: 'does not know what becomes of fields',
    on: 'redmine',
    caughtBy: ['descriptions-settle', 'summaries-settle', 'summary-at-and-over-the-limit'],
    wrap: (t) => but(t, { settle: (_, v) => v }),
  },
  { what: 'does not know what becomes of comments', on: 'redmine', caughtBy: ['comments-settle'], wrap: (t) => but(t, { settleComment: (b) => b }) },
  {
    what: 'strips what looks like a tag',
    caughtBy: ['hostile-text-stays-text', 'hostile-text-by-a-human'],
    wrap: comments((c) => ({ ...c, body: stripTags(c.body) })),
  },
  {
    what: 'cuts long texts',
    caughtBy: ['long-texts-settle', 'description-over-the-limit'],
    wrap: (t) =>
      but(t, {
        create: (d, m, call) =>
          t.create(
            { ...d, fields: { ...d.fields, description: { type: 'root', children: ((d.fields.description as RichText).children ?? []).slice(0, 20) } } },
            m,
            call,
          ),
      }),
  },
  {
    what: 'cuts summaries',
    caughtBy: ['summary-at-and-over-the-limit'],
    wrap: writing((c) => (typeof c.fields?.summary === 'string' ? { ...c, fields: { summary: c.fields.summary.slice(0, 100) } } : c)),
  },
  {
    what: 'cannot empty a field',
    on: 'full',
    caughtBy: ['full-means-full'],
    wrap: writing((c) => ({ ...c, ...(c.fields ? { fields: Object.fromEntries(Object.entries(c.fields).filter(([, v]) => v !== null)) } : {}) })),
  },
];
