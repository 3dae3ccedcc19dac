import { docOf, plainText } from '../../../core/rich-text/index.ts';
import { TrackerError } from '../../../core/tracker-error.ts';
import { type Broken, but, comments, seeing, swallow, writing } from './tools.ts';

export const commenting: readonly Broken[] = [
  {
    what: 'drops one comment',
    caughtBy: ['comment-added', 'comments-all-in-order', 'comment-by-a-human', 'comment-delete', 'same-text-twice-is-two-comments'],
    wrap: comments((c, all) => (c === all.at(-1) ? null : c)),
  },
  {
    what: 'shows the newest comment first',
    caughtBy: ['comments-all-in-order', 'comment-edit', 'same-text-twice-is-two-comments'],
    wrap: seeing((s) => ({ ...s, comments: s.comments.toReversed() })),
  },
  { what: 'reads one page of comments', caughtBy: ['comments-all-in-order'], wrap: seeing((s) => ({ ...s, comments: s.comments.slice(0, 100) })) },
  {
    what: 'loses the marker of a comment',
    caughtBy: ['comment-marker-comes-back', 'comment-dropped-after-commit-is-found'],
    wrap: comments((c) => ({ ...c, marker: null })),
  },
  {
    what: 'shows the marker to people',
    caughtBy: ['comment-marker-comes-back'],
    wrap: comments((c) => (c.marker ? { ...c, body: docOf(`${plainText(c.body)} ${c.marker}`) } : c)),
  },
  {
    what: 'posts internal comments in public',
    caughtBy: ['comment-internal-stays-internal', 'comment-publish'],
    wrap: writing((c) => (c.comment?.do === 'add' ? { ...c, comment: { ...c.comment, public: true } } : c)),
  },
  {
    what: 'posts an internal comment in public where there are none',
    on: 'github',
    caughtBy: ['comment-internal-refused'],
    wrap: writing((c) => (c.comment?.do === 'add' ? { ...c, comment: { ...c.comment, public: true } } : c)),
  },
  {
    what: 'reads every comment as public',
    caughtBy: ['comment-by-a-human', 'comment-hidden-by-a-human', 'comment-hide', 'comment-internal-stays-internal'],
    wrap: comments((c) => ({ ...c, public: true })),
  },
  {
    what: 'does not edit',
    caughtBy: ['comment-edit', 'comment-hide', 'comment-publish', 'comment-delete'],
    wrap: (t) =>
      but(t, {
        apply: async (ref, base, c, call) =>
          c.comment && c.comment.do !== 'add' ? { version: null, comment: null, files: [], replaced: {} } : t.apply(ref, base, c, call),
      }),
  },
  {
    what: 'makes an edited comment public',
    caughtBy: ['comment-edit'],
    wrap: writing((c) => (c.comment?.do === 'edit' ? { ...c, comment: { ...c.comment, public: true } } : c)),
  },
  {
    what: 'does in silence what cannot be done',
    on: 'zendesk',
    caughtBy: [
      'comment-edit-refused',
      'comment-delete-refused',
      'comment-publish-refused',
      'file-delete-refused',
      'description-edit-refused',
      'file-too-large-is-rejected',
    ],
    wrap: swallow(['rejected']),
  },
  {
    what: 'does in silence what cannot be done',
    on: 'github',
    caughtBy: ['comment-hide-refused', 'comment-internal-refused', 'file-add-refused'],
    wrap: swallow(['rejected']),
  },
  {
    what: 'adds the comment that it cannot find',
    caughtBy: ['comment-edit-of-unknown'],
    wrap: (t) =>
      but(t, {
        apply: (ref, base, c, call) =>
          t.apply(ref, base, c, call).catch((error) => {
            if (c.comment?.do !== 'edit' || !c.comment.body) throw error;
            return t.apply(ref, base, { known: {}, comment: { do: 'add', body: c.comment.body, public: true, files: [], marker: 'm' } }, call);
          }),
      }),
  },
  {
    what: 'never confirms that a comment is gone',
    caughtBy: ['comment-deleted-by-a-human', 'comment-delete', 'file-delete'],
    wrap: (t) => but(t, { confirmGone: async () => false }),
  },
  {
    what: 'confirms what is not gone',
    caughtBy: ['comment-concealed-is-not-gone', 'comment-deleted-by-a-human', 'comment-delete', 'file-delete'],
    wrap: (t) => but(t, { confirmGone: async () => true }),
  },
  {
    what: 'takes the same text for the same comment',
    caughtBy: ['same-text-twice-is-two-comments'],
    wrap: (t) =>
      but(t, {
        apply: async (ref, base, c, call) => {
          const there = base.comments.find((x) => c.comment?.do === 'add' && plainText(x.body) === plainText(c.comment.body));
          return there ? { version: base.version, comment: there.id, files: [], replaced: {} } : t.apply(ref, base, c, call);
        },
      }),
  },
  {
    what: 'posts again when the answer was lost',
    caughtBy: ['comment-dropped-after-commit-is-found', 'file-dropped-after-commit'],
    wrap: (t) =>
      but(t, {
        apply: (ref, base, c, call) =>
          t.apply(ref, base, c, call).catch((error) => {
            if (error instanceof TrackerError && error.inDoubt) return t.apply(ref, base, c, call);
            throw error;
          }),
      }),
  },
];
