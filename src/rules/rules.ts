import type { Fields } from '../core/entity.ts';
import type { CommentEntry, FileEntry } from '../core/replica.ts';
import type { RichText } from '../core/rich-text/index.ts';

/** A comment of ours as a rule sees it. */
export interface OutgoingComment {
  readonly body: RichText;
  readonly public: boolean;
  readonly author: string;
  readonly at: string;
  /** Of a copy: the name that `incoming` wrote into it. Null: a human wrote it here. */
  readonly copyOf: string | null;
}

/** What the receiving side can hold; given to incoming rules. */
export interface Target {
  /** Names of the types that can be created, in the tracker's order. */
  readonly types: readonly string[];
  /** The instance's default entity type, if its admin chose one. */
  readonly defaultType: string | null;
  readonly internalComments: boolean;
}

/** Sync rules of one side. Pure: each is run twice, on what was and on what is. */
export interface Rules {
  readonly version: string;
  /** Fields of ours → fields of the replica. A field that is left out is not synchronised. */
  outgoingFields(fields: Fields): Fields;
  outgoingComment(comment: OutgoingComment): Extract<CommentEntry, { body: RichText }> | 'withheld';
  outgoingFile(file: Exclude<FileEntry, { deleted: true }>): boolean;
  incomingFields(fields: Fields, target: Target): Fields;
  /** `copy`: what stands here is, or will be, a copy that shows its author's name; false: the comment was written here and comes back edited. */
  incomingComment(entry: Extract<CommentEntry, { body: RichText }>, target: Target, copy: boolean): { readonly body: RichText; readonly public: boolean };
  /** The type to create: one of `target.types`, or null where the tracker has none. */
  incomingType(type: string | null, target: Target): string | null;
}
