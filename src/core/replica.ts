import type { EntityLink, Fields, FieldValue } from './entity.ts';
import type { RichText } from './rich-text/index.ts';

/** Id of a comment or file that all nodes share: `instance:entity:comment` of where a human wrote it (files: `instance:entity:f:file`). */
export type GlobalId = string;

/** A comment as it crosses a connection. A deletion is said, never inferred: a comment that is not mentioned has not changed. */
export type CommentEntry =
  | { readonly body: RichText; readonly public: boolean; readonly author: string; readonly at: string }
  | { readonly deleted: true }
  /** It no longer matches the sender's rule (made internal): hide or delete the copy. */
  | { readonly withdrawn: true };

export type FileEntry =
  | { readonly name: string; readonly type: string; readonly size: number | null; readonly comment: GlobalId | null; readonly at: string }
  | { readonly deleted: true };

export interface EntryChange<Entry> {
  /** What the receiver was told last; null: never told. */
  readonly before: Entry | null;
  readonly after: Entry;
}

/** Fields as the other side knew them and as they are now; only the comments and files that changed. */
export interface ReplicaChange {
  readonly before: Fields;
  readonly after: Fields;
  readonly comments: Readonly<Record<GlobalId, EntryChange<CommentEntry>>>;
  readonly files: Readonly<Record<GlobalId, EntryChange<FileEntry>>>;
}

/** One replica on its way. `seq` counts per twin and direction; the nonce tells a restored sender from the one that we knew. */
export interface ReplicaMessage extends ReplicaChange {
  readonly connection: string;
  readonly twin: string;
  readonly seq: number;
  readonly nonce: string;
  /** The newest of the receiver's messages that the sender has applied, with its nonce. */
  readonly seen: number;
  readonly seenNonce: string;
  /** `instance:entity` where a human created it: the twins of an origin form a tree. */
  readonly origin: string;
  readonly entity: EntityLink;
  /** Name of the entity's type on the sender's side; used at creation only. */
  readonly type: string | null;
  /** Two entities that already existed are connected: the receiver's ref. */
  readonly link: Readonly<Record<string, string>> | null;
  /** The sender's local ids of the comments and files mentioned. */
  readonly ids: Readonly<Record<GlobalId, string>>;
}

/** What a receiver says to a message: how far it has applied, never a promise. */
export interface Answer {
  readonly outcome: 'ok' | 'inactive' | 'stopped';
  /** With `stopped`: the state of the receiver's twin. */
  readonly status?: 'unlinked' | 'redundant';
  readonly reason?: string;
  readonly seen: number;
  readonly seenNonce: string;
  readonly acked: number;
  /** The receiver has lost what was agreed: everything must be sent again. */
  readonly needsAll?: boolean;
  readonly entity: EntityLink | null;
  readonly ids: Readonly<Record<GlobalId, string>>;
}

export const hasBody = <E extends CommentEntry | null | undefined>(e: E): e is Extract<NonNullable<E>, { body: RichText }> & E => !!e && 'body' in e;
export const isFile = <E extends FileEntry | null | undefined>(e: E): e is Extract<NonNullable<E>, { name: string }> & E => !!e && 'name' in e;

/** Equality of plain JSON values whose keys were written in the same order or not. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => same(x, b[i]));
  if (Array.isArray(b)) return false;
  const left = Object.entries(a).filter(([, v]) => v !== undefined);
  const right = b as Record<string, unknown>;
  return left.length === Object.values(right).filter((v) => v !== undefined).length && left.every(([k, v]) => same(v, right[k]));
}

export const sameValue = (a: FieldValue | undefined, b: FieldValue | undefined): boolean => same(a, b);
