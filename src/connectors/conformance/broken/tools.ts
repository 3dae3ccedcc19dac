import type { Comment, Fields, Snapshot } from '../../../core/entity.ts';
import { docOf, plainText, type RichText } from '../../../core/rich-text/index.ts';
import { TrackerError } from '../../../core/tracker-error.ts';
import type { Change, ChangePage, Tracker, Upload, Webhook } from '../../connector.ts';
import type { MemoryTrackerServer, ProfileName } from '../../memory/index.ts';

/** A connector with one fault, and the checks that must notice it. */
export interface Broken {
  readonly what: string;
  /** Default: `jira`. */
  readonly on?: ProfileName;
  readonly caughtBy: readonly string[];
  readonly wrap: (tracker: Tracker, server: MemoryTrackerServer) => Tracker;
}

/** The same tracker with some of its methods replaced. */
export const but = (t: Tracker, changes: Partial<Tracker>): Tracker => ({
  capabilities: t.capabilities,
  check: (call) => t.check(call),
  describe: (scope, call) => t.describe(scope, call),
  find: (urn, call) => t.find(urn, call),
  fetch: (ref, call) => t.fetch(ref, call),
  create: (draft, marker, call) => t.create(draft, marker, call),
  findByMarker: (marker, since, call) => t.findByMarker(marker, since, call),
  apply: (ref, base, change, call) => t.apply(ref, base, change, call),
  changedSince: (cursor, call) => t.changedSince(cursor, call),
  settle: (field, value) => t.settle(field, value),
  settleComment: (body) => t.settleComment(body),
  ...(t.sweep ? { sweep: (cursor, call) => t.sweep?.(cursor, call) ?? Promise.reject(new Error('absent')) } : {}),
  ...(t.confirmGone ? { confirmGone: (ref, kind, id, call) => t.confirmGone?.(ref, kind, id, call) ?? Promise.reject(new Error('absent')) } : {}),
  ...(t.backLink ? { backLink: (ref, link, call) => t.backLink?.(ref, link, call) ?? Promise.reject(new Error('absent')) } : {}),
  ...(t.webhook ? { webhook: t.webhook } : {}),
  ...(t.files ? { files: t.files } : {}),
  ...changes,
});

export const seeing = (see: (s: Snapshot) => Snapshot) => (t: Tracker) =>
  but(t, {
    fetch: async (ref, call) => {
      const s = await t.fetch(ref, call);
      return s === 'gone' ? s : see(s);
    },
  });
export const comments = (change: (c: Comment, all: readonly Comment[]) => Comment | null) =>
  seeing((s) => ({ ...s, comments: s.comments.flatMap((c) => change(c, s.comments) ?? []) }));
export const writing = (change: (c: Change, base: Snapshot, t: Tracker) => Change) => (t: Tracker) =>
  but(t, { apply: (ref, base, c, call) => t.apply(ref, base, change(c, base, t), call) });
export const uploading = (change: (u: Upload, t: Tracker) => Upload | null) =>
  writing((c, _, t) => {
    const all = (uploads: readonly Upload[] = []) => uploads.flatMap((u) => change(u, t) ?? []);
    return { ...c, files: all(c.files), ...(c.comment?.do === 'add' ? { comment: { ...c.comment, files: all(c.comment.files) } } : {}) };
  });
export const feeding =
  (change: (i: ChangePage['items'][number], server: MemoryTrackerServer) => ChangePage['items'][number] | null) => (t: Tracker, server: MemoryTrackerServer) =>
    but(t, {
      changedSince: async (cursor, call) => {
        const page = await t.changedSince(cursor, call);
        return { ...page, items: page.items.flatMap((i) => change(i, server) ?? []) };
      },
    });
export const hooked = (change: (w: Webhook) => Partial<Webhook>) => (t: Tracker) =>
  t.webhook ? but(t, { webhook: { ...t.webhook, ...change(t.webhook) } }) : t;
export const swallow = (kinds: readonly string[]) => (t: Tracker) =>
  but(t, {
    apply: (ref, base, change, call) =>
      t.apply(ref, base, change, call).catch((error) => {
        if (error instanceof TrackerError && kinds.includes(error.kind)) return { version: null, comment: null, files: [], replaced: {} };
        throw error;
      }),
  });
export const mapErrors = (change: (e: TrackerError) => TrackerError) => (t: Tracker) => {
  const map = (error: unknown) => Promise.reject(error instanceof TrackerError ? change(error) : error);
  return but(t, {
    check: (call) => t.check(call).catch(map),
    fetch: (ref, call) => t.fetch(ref, call).catch(map),
    create: (draft, marker, call) => t.create(draft, marker, call).catch(map),
    apply: (ref, base, change, call) => t.apply(ref, base, change, call).catch(map),
    changedSince: (cursor, call) => t.changedSince(cursor, call).catch(map),
  });
};
export const withKind = (e: TrackerError, kind: TrackerError['kind']) => new TrackerError(kind, e.message);
export const stripTags = (body: RichText): RichText => docOf(plainText(body).replace(/<[^>]*(>|$)/g, ''));
export const without = (fields: Fields | undefined, ...names: string[]): Fields =>
  Object.fromEntries(Object.entries(fields ?? {}).filter(([name]) => !names.includes(name)));
