import type { Replica } from '../core/diff.ts';
import type { Comment, FieldValue, Snapshot } from '../core/entity.ts';
import { type CommentEntry, type FileEntry, type GlobalId, hasBody, isFile, sameValue } from '../core/replica.ts';
import { mapFiles, plainText, type RichText, sameText } from '../core/rich-text/index.ts';
import { on } from '../core/sync-rule.ts';
import type { Shadow, ShadowComment, ShadowFile, Trace, Twin } from '../core/twin.ts';
import type { Rules } from '../rules/rules.ts';
import type { Book } from './book.ts';

/** What we leave with a comment that we create: its global id and the twin by which it came. */
export const commentMarker = (gid: GlobalId, twin: string): string => `${gid} ${twin}`;
export function readMarker(marker: string | null): { gid: GlobalId; via: string } | null {
  const at = marker?.indexOf(' ') ?? -1;
  return marker && at > 0 ? { gid: marker.slice(0, at), via: marker.slice(at + 1) } : null;
}

export const mintedHere = (gid: GlobalId, instance: string, ref: string): boolean => gid.startsWith(`${instance}:${ref}:`);
export const gidOf = (kind: Trace['kind'], instance: string, ref: string, local: string): GlobalId =>
  `${instance}:${ref}:${kind === 'file' ? 'f:' : ''}${local}`;

export const isRich = (value: FieldValue | undefined): value is RichText => typeof value === 'object' && value !== null && 'type' in value;
const inFields = (fields: Shadow['fields'], to: (file: string) => string | undefined): Shadow['fields'] =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, isRich(value) ? mapFiles(value, to) : value]));

/** Documents of a snapshot name files by local id; everywhere else they go by global id. */
export function withGlobalFiles(snapshot: Snapshot, book: Book): Snapshot {
  if (!book.traces('file').length) return snapshot;
  const to = (local: string) => book.traceOf('file', local)?.gid;
  return { ...snapshot, fields: inFields(snapshot.fields, to), comments: snapshot.comments.map((c) => ({ ...c, body: mapFiles(c.body, to) })) };
}

/** Traced comments and files that a fetch did not show: to be confirmed before anybody calls them deleted. */
export function missing(traces: readonly Trace[], snapshot: Snapshot): readonly Trace[] {
  return traces.filter((row) => !row.tomb && !(row.kind === 'comment' ? snapshot.comments : snapshot.files).some((x) => x.id === row.local));
}

/**
 * Gives every comment and file a global id: traced, by its marker, or minted here. One that is gone (`gone` holds its local ids as `kind/id`) becomes a tombstone.
 */
export function identify(book: Book, snapshot: Snapshot, gone: ReadonlySet<string>): void {
  for (const file of snapshot.files)
    if (!book.traceOf('file', file.id)) {
      const hinted = file.byUs ? hintedFile(book, file.name, file.size) : undefined;
      if (hinted) {
        book.put({ kind: 'file', gid: hinted.gid, local: file.id, via: hinted.twin.id, tomb: null, author: null, carrier: false });
        book.setTwin({ ...hinted.twin, shadow: { ...hinted.twin.shadow, files: { ...hinted.twin.shadow.files, [hinted.gid]: hinted.entry } } });
      } else mint(book, 'file', file.id);
    }
  for (const comment of snapshot.comments) {
    if (book.traceOf('comment', comment.id)) continue;
    const marker = on('marker') ? readMarker(comment.marker) : null;
    if (marker) {
      // A second bearer of the same marker is ours too, never new.
      if (!book.trace(marker.gid))
        book.put({
          kind: 'comment',
          gid: marker.gid,
          local: comment.id,
          via: marker.via,
          tomb: null,
          author: authorOf(book, marker.gid, comment),
          carrier: false,
        });
      continue;
    }
    if (comment.byUs && on('hints') && adoptHinted(book, comment)) continue;
    mint(book, 'comment', comment.id);
  }
  for (const row of [...book.traces('comment'), ...book.traces('file')]) {
    if (row.tomb || (row.kind === 'comment' ? snapshot.comments : snapshot.files).some((x) => x.id === row.local)) continue;
    if (on('confirmGone') && !gone.has(`${row.kind}/${row.local}`)) continue;
    book.put({ ...row, tomb: row.via === null || !on('originDeletes') ? 'deleted' : 'copy' });
  }
}

function mint(book: Book, kind: Trace['kind'], local: string): void {
  book.put({ kind, gid: gidOf(kind, book.instance, book.ref, local), local, via: null, tomb: null, author: null, carrier: false });
}

/** The name under which a copy of ours shows its author, which the marker does not say: as the peer says, or as it stands on top of the copy. */
function authorOf(book: Book, gid: GlobalId, comment: Comment): string {
  for (const twin of book.twins()) {
    const entry = twin.inbox?.comments[gid]?.after ?? twin.hints?.[gid];
    if (hasBody(entry)) return entry.author;
  }
  const [first] = comment.body.children;
  const name =
    first?.type === 'paragraph' && first.children.length === 1 && first.children[0]?.type === 'strong'
      ? plainText({ type: 'root', children: [first] }).trim()
      : '';
  return name || comment.author;
}

/** By our account, unmarked, and word for word what a peer has in flight to us: that very comment (after a restore). */
function adoptHinted(book: Book, comment: Comment): boolean {
  for (const twin of book.twins())
    for (const [gid, entry] of Object.entries(twin.hints ?? {})) {
      if (!hasBody(entry) || book.trace(gid) || gid.startsWith(`${book.instance}:`) || !sameText(entry.body, comment.body)) continue;
      book.put({ kind: 'comment', gid, local: comment.id, via: twin.id, tomb: null, author: entry.author, carrier: false });
      const shadow: ShadowComment = { body: comment.body, public: entry.public, author: entry.author, at: entry.at };
      book.setTwin({ ...twin, shadow: { ...twin.shadow, comments: { ...twin.shadow.comments, [gid]: shadow } } });
      return true;
    }
  return false;
}

function hintedFile(book: Book, name: string, size: number | null): { gid: GlobalId; twin: Twin; entry: ShadowFile } | undefined {
  for (const twin of book.twins())
    for (const [gid, entry] of Object.entries(twin.hintedFiles ?? {}))
      if (isFile(entry) && !book.trace(gid) && entry.name === name && (entry.size === null || size === null || entry.size === size))
        return { gid, twin, entry };
  return undefined;
}

/** Our entity as this twin sees it. A copy that was deleted here is a local matter: the peer is not told. */
export function view(book: Book, twin: Twin, snapshot: Snapshot): Shadow {
  const seen = withGlobalFiles(snapshot, book);
  const comments: Record<GlobalId, ShadowComment> = {};
  for (const row of book.traces('comment')) {
    if (row.carrier) continue;
    const comment = seen.comments.find((c) => c.id === row.local);
    const was = twin.shadow.comments[row.gid];
    if (row.tomb === 'deleted') comments[row.gid] = { deleted: true };
    else if (row.tomb === 'withdrawn' && row.via !== twin.id) comments[row.gid] = { withdrawn: true };
    else if (row.tomb || !comment) {
      if (was) comments[row.gid] = was;
    } else comments[row.gid] = { body: comment.body, public: comment.public, author: row.author ?? comment.author, at: comment.at };
  }
  const files: Record<GlobalId, ShadowFile> = {};
  for (const row of book.traces('file')) {
    const file = snapshot.files.find((f) => f.id === row.local);
    const was = twin.shadow.files[row.gid];
    if (row.tomb === 'deleted') files[row.gid] = { deleted: true };
    else if (row.tomb || !file) {
      if (was) files[row.gid] = was;
    } else {
      const holder = file.comment === null ? undefined : book.traceOf('comment', file.comment);
      files[row.gid] = { name: file.name, type: file.type, size: file.size, comment: holder && !holder.carrier ? holder.gid : null, at: file.at };
    }
  }
  return { fields: seen.fields, comments, files };
}

/** What the sync rules make of a shadow or a view. A file goes with its comment: what is withheld takes its files with it. */
export function outgoing(rules: Rules, shadow: Shadow, book: Book): Replica {
  const comments: Record<GlobalId, CommentEntry> = {};
  for (const [gid, entry] of Object.entries(shadow.comments)) {
    if (!hasBody(entry)) {
      comments[gid] = entry;
      continue;
    }
    const sent = rules.outgoingComment({ ...entry, copyOf: book.trace(gid)?.author ?? null });
    if (sent !== 'withheld') comments[gid] = sent;
    else if (on('withdraw')) comments[gid] = { withdrawn: true };
  }
  const files: Record<GlobalId, FileEntry> = {};
  for (const [gid, entry] of Object.entries(shadow.files)) {
    if (!isFile(entry)) files[gid] = entry;
    else if ((entry.comment === null || hasBody(comments[entry.comment])) && rules.outgoingFile(entry)) files[gid] = entry;
    else files[gid] = { deleted: true };
  }
  return { fields: rules.outgoingFields(shadow.fields), comments, files };
}

/** Held fields are silent until somebody decides; a conflict that has dissolved is released. */
export function settleHolds(twin: Twin, snapshot: Snapshot): Twin {
  let result = twin;
  for (const [field, { theirs }] of Object.entries(twin.held)) {
    const ours = snapshot.fields[field];
    if (ours === undefined || !sameValue(ours, theirs)) continue;
    const { [field]: _, ...held } = result.held;
    result = { ...result, held, dirty: true, shadow: { ...result.shadow, fields: { ...result.shadow.fields, [field]: ours } } };
  }
  return result;
}
