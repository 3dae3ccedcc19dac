import { Readable } from 'node:stream';
import { mapFiles, type RichText } from '../../../core/rich-text/index.ts';
import type { Upload } from '../../connector.ts';
import { type Broken, but, seeing, uploading, writing } from './tools.ts';

const half = (u: Upload, error: boolean, bytes: number): Upload => ({
  ...u,
  open: async (signal) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of await u.open(signal)) chunks.push(Buffer.from(chunk));
    } catch (e) {
      if (!error) throw e;
    }
    return Readable.from([Buffer.concat(chunks).subarray(0, bytes)], { objectMode: false });
  },
});
export const filing: readonly Broken[] = [
  { what: 'skips empty files', caughtBy: ['file-of-0-bytes'], wrap: uploading((u) => (u.size === 0 ? null : u)) },
  { what: 'sends the first megabyte', caughtBy: ['file-of-3-mb'], wrap: uploading((u) => half(u, false, 1_048_576)) },
  { what: 'takes an unknown size for nothing', caughtBy: ['file-of-unknown-size'], wrap: uploading((u) => (u.size === null ? half(u, false, 0) : u)) },
  { what: 'has ASCII names', caughtBy: ['file-names-survive'], wrap: uploading((u) => ({ ...u, name: u.name.replace(/[^\x20-\x7e]/g, '') })) },
  {
    what: 'gives every file the first one’s content',
    caughtBy: ['file-names-survive'],
    wrap: (t) => {
      let first: Upload | undefined;
      return uploading((u) => {
        const content = first ?? u;
        first = content;
        return { ...u, open: (signal) => content.open(signal) };
      })(t);
    },
  },
  {
    what: 'takes a name’s first folder for the name',
    caughtBy: ['file-name-with-slashes'],
    wrap: uploading((u) => ({ ...u, name: u.name.split('/')[0] ?? '' })),
  },
  {
    what: 'loses which comment a file came with',
    caughtBy: ['file-stays-with-its-comment', 'file-with-internal-comment'],
    wrap: seeing((s) => ({ ...s, files: s.files.map((f) => ({ ...f, comment: null })) })),
  },
  {
    what: 'posts a comment with files in public',
    caughtBy: ['file-with-internal-comment'],
    wrap: writing((c) => (c.comment?.do === 'add' && c.comment.files.length ? { ...c, comment: { ...c.comment, public: true } } : c)),
  },
  {
    what: 'does not tell of the carrier',
    on: 'zendesk',
    caughtBy: ['file-of-the-entity'],
    wrap: (t) =>
      but(t, {
        apply: async (ref, base, c, call) => {
          const done = await t.apply(ref, base, c, call);
          return { ...done, files: done.files.map((f) => ({ ...f, carrier: null })) };
        },
      }),
  },
  { what: 'drops files without a comment', caughtBy: ['file-of-the-entity'], wrap: writing((c) => ({ ...c, files: [] })) },
  {
    what: 'drops files of a new entity',
    caughtBy: ['file-at-creation'],
    wrap: (t) => but(t, { create: (d, m, call) => t.create({ ...d, files: [] }, m, call) }),
  },
  { what: 'keeps half a file', caughtBy: ['file-aborted-leaves-nothing'], wrap: uploading((u) => half(u, true, Number.POSITIVE_INFINITY)) },
  {
    what: 'posts the comment of a file that broke off',
    caughtBy: ['file-aborted-leaves-nothing'],
    wrap: (t) =>
      but(t, {
        apply: (ref, base, c, call) =>
          t.apply(ref, base, c, call).catch(async (error) => {
            if (c.comment?.do === 'add') await t.apply(ref, base, { ...c, comment: { ...c.comment, files: [] } }, call);
            throw error;
          }),
      }),
  },
  {
    what: 'goes on with a file when the call was given up',
    caughtBy: ['file-given-up-leaves-nothing'],
    wrap: (t) => but(t, { apply: (ref, base, c) => t.apply(ref, base, c, { signal: new AbortController().signal, priority: 'normal' }) }),
  },
  {
    what: 'does not translate the files of a description',
    caughtBy: ['file-reference-in-a-description'],
    wrap: (t) =>
      but(t, {
        create: (d, m, call) => t.create({ ...d, fields: { ...d.fields, description: mapFiles(d.fields.description as RichText, () => 'nowhere') } }, m, call),
      }),
  },
  { what: 'cuts what is too large', caughtBy: ['file-too-large-is-rejected'], wrap: uploading((u, t) => half(u, false, t.capabilities.files.maxBytes)) },
  { what: 'does not know older files', caughtBy: ['file-reference-in-a-comment'], wrap: writing((c) => ({ ...c, known: {} })) },
  {
    what: 'does not delete files',
    caughtBy: ['file-delete'],
    wrap: writing((c) => ({
      known: c.known,
      ...(c.fields ? { fields: c.fields } : {}),
      ...(c.comment ? { comment: c.comment } : {}),
      ...(c.files ? { files: c.files } : {}),
    })),
  },
  {
    what: 'does not say that files cannot be deleted',
    on: 'zendesk',
    caughtBy: ['file-delete-refused'],
    wrap: writing((c) => ({
      known: c.known,
      ...(c.fields ? { fields: c.fields } : {}),
      ...(c.comment ? { comment: c.comment } : {}),
      ...(c.files ? { files: c.files } : {}),
    })),
  },
  { what: 'drops files where there can be none', on: 'github', caughtBy: ['file-add-refused'], wrap: uploading(() => null) },
  { what: 'shows only its own files', caughtBy: ['file-by-a-human'], wrap: seeing((s) => ({ ...s, files: s.files.filter((f) => f.byUs) })) },
  {
    what: 'opens what does not exist',
    caughtBy: ['file-unknown-is-not-found', 'file-delete'],
    wrap: (t) => but(t, { files: { open: async () => ({ stream: Readable.from([]), type: 'x', size: 0 }) } }),
  },
];
