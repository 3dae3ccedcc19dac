import type { Fields } from './entity.ts';
import { tell } from './reconcile-comment.ts';
import { type CommentEntry, type EntryChange, type FileEntry, type GlobalId, hasBody, isFile, type ReplicaChange, same } from './replica.ts';

/** A whole entity in replica form: `outgoing` of a shadow, or of what is there now. */
export interface Replica {
  readonly fields: Fields;
  readonly comments: Readonly<Record<GlobalId, CommentEntry>>;
  readonly files: Readonly<Record<GlobalId, FileEntry>>;
}

export const EMPTY: Replica = { fields: {}, comments: {}, files: {} };

/** What the other side has to be told; null: nothing. A comment of which it was never told is not taken back. */
export function diff(before: Replica, after: Replica): ReplicaChange | null {
  const comments: Record<GlobalId, EntryChange<CommentEntry>> = {};
  for (const [gid, entry] of Object.entries(after.comments)) {
    const was = before.comments[gid] ?? null;
    if (!was ? hasBody(entry) : !same(tell(was), tell(entry))) comments[gid] = { before: was, after: entry };
  }
  const files: Record<GlobalId, EntryChange<FileEntry>> = {};
  for (const [gid, entry] of Object.entries(after.files)) {
    const was = before.files[gid] ?? null;
    if (!was ? isFile(entry) : isFile(was) !== isFile(entry)) files[gid] = { before: was, after: entry };
  }
  if (same(before.fields, after.fields) && !Object.keys(comments).length && !Object.keys(files).length) return null;
  return { before: before.fields, after: after.fields, comments, files };
}
