import type { EntityLink, EntityRef, Fields, FieldValue } from './entity.ts';
import type { CommentEntry, FileEntry, GlobalId, ReplicaChange, ReplicaMessage } from './replica.ts';
import type { RichText } from './rich-text/index.ts';

/** A comment of ours as the peer last knew it. Files in the body are referred to by global id. */
export type ShadowComment =
  | { readonly body: RichText; readonly public: boolean; readonly author: string; readonly at: string }
  | { readonly deleted: true }
  | { readonly withdrawn: true };
export type ShadowFile =
  | { readonly name: string; readonly type: string; readonly size: number | null; readonly comment: GlobalId | null; readonly at: string }
  | { readonly deleted: true };

/** Our entity as the peer last knew it, in our own values. */
export interface Shadow {
  readonly fields: Fields;
  readonly comments: Readonly<Record<GlobalId, ShadowComment>>;
  readonly files: Readonly<Record<GlobalId, ShadowFile>>;
}

/** The one unacknowledged replica, and the view of our entity that it was made from. */
export interface Flight {
  readonly seq: number;
  readonly nonce: string;
  readonly seen: number;
  readonly seenNonce: string;
  readonly change: ReplicaChange;
  /** Fields whole; only those comments and files in which it differs from the shadow. */
  readonly view: Shadow;
  /** Milliseconds since 1970; moves when it is sent again. */
  readonly sentAt: number;
  /** The peer has it: a repeat is no news. */
  readonly handed?: boolean;
  /** Fields that were held when it was made: an acknowledgement does not touch them. */
  readonly held: readonly string[];
  readonly origin: string;
  readonly entity: EntityLink;
  readonly type: string | null;
}

export type TwinStatus = 'active' | 'unlinked' | 'redundant';

/** What keeps a twin from being in sync; errors stop only what they must. */
export interface Problem {
  readonly level: 'twin' | 'connection' | 'instance';
  /** An error code of core/errors.ts. */
  readonly code: string;
  readonly message: string;
  /** What the admin can do. */
  readonly remedy: string;
  readonly since: string;
  readonly attempts: number;
  /** Null: not retried by itself. */
  readonly retryAt: string | null;
}

/** One half of a pair of entities: what this side knows. */
export interface Twin {
  readonly id: string;
  /** Our half of the connection. */
  readonly side: string;
  readonly instance: string;
  readonly local: EntityRef | null;
  /** What we know of our own entity for people. */
  readonly entity: EntityLink | null;
  readonly peer: EntityLink | null;
  readonly status: TwinStatus;
  readonly reason: string | null;
  /** Our entity may have changed since we looked. */
  readonly dirty: boolean;
  /** Counts the notices, so that one that comes while we look is not lost. */
  readonly touches: number;
  /** The peer has yet to be told that this twin ended. */
  readonly bye: boolean;
  readonly outSeq: number;
  readonly lastNonce: string;
  readonly acked: number;
  readonly seen: number;
  readonly seenNonce: string;
  readonly shadow: Shadow;
  readonly flight: Flight | null;
  readonly inbox: ReplicaMessage | null;
  /** Fields in conflict under the `hold` policy: the value that the peer wants. */
  readonly held: Readonly<Record<string, { readonly theirs: FieldValue }>>;
  /** What we agreed to differ in, with the reason, by field name or global id. Shown to people. */
  readonly differs: Readonly<Record<string, string>>;
  /** Formatting that our tracker cannot show, in words, by field name or global id. The other side keeps it. */
  readonly degraded?: Readonly<Record<string, readonly string[]>>;
  /** The link on our entity to the other one, or the tracker's refusal of it. Absent: not yet, or the tracker has no place for links. */
  readonly backLink?: { readonly url: string; readonly refused: boolean };
  readonly problem: Problem | null;
  /** Refs by instance when two existing entities were connected. */
  readonly link: Readonly<Record<string, string>> | null;
  /** By field: the last values that were written here, newest first. Two that keep alternating mean that the two sides' rules disagree. */
  readonly flips: Readonly<Record<string, { readonly last: readonly FieldValue[]; readonly count: number }>>;
  /** After a restore: the peer's outstanding flight has to be applied before anything is sent. */
  readonly mending: boolean;
  /** We have gone back in time: to be rebuilt from what the peer knows, before anything else. */
  readonly lost: boolean;
  /** After a restore: what was agreed is lost, so the peer has to send everything. */
  readonly needsAll: boolean;
  /** After a restore: what the peer has in flight to us, which we may have written without remembering it. */
  readonly hints: Readonly<Record<GlobalId, CommentEntry>> | null;
  readonly hintedFiles: Readonly<Record<GlobalId, FileEntry>> | null;
  readonly createdAt: string;
  /** When both sides were last known to agree. */
  readonly inSyncAt: string | null;
}

/** The pair of ids of a comment or file. Belongs to the entity, not to a twin; a tombstone is a row too. */
export interface Trace {
  readonly instance: string;
  readonly entity: EntityRef;
  readonly kind: 'comment' | 'file';
  readonly gid: GlobalId;
  readonly local: string;
  /** The twin by which it came; null: written here. */
  readonly via: string | null;
  /** `deleted`: the original is gone; `copy`: only the copy was deleted here; `withdrawn`: taken back by its origin. */
  readonly tomb: 'deleted' | 'copy' | 'withdrawn' | null;
  /** Of a copy: the name under which its author is shown. */
  readonly author: string | null;
  /** A comment that only carries a file which the tracker cannot hold otherwise: never sent. */
  readonly carrier: boolean;
  /** The other side's local id, by twin. */
  readonly peers: Readonly<Record<string, string>>;
}

interface IntentBase {
  readonly id: string;
  readonly side: string;
  readonly twin: string;
  readonly instance: string;
  /** Null for the creation of an entity. */
  readonly entity: EntityRef | null;
  /** When it was written down, milliseconds since 1970. */
  readonly since: number;
  /** When the call about it ended without a clear answer; until then the same as `since`. */
  readonly triedAt: number;
}
/** Written before anything is created or changed at a tracker, so that a crash leaves a question that can be answered. */
export type Intent =
  | (IntentBase & {
      readonly kind: 'comment';
      readonly gid: GlobalId;
      readonly body: RichText;
      readonly public: boolean;
      readonly author: string;
      readonly at: string;
      readonly local: string | null;
      readonly known: readonly string[];
    })
  | (IntentBase & {
      readonly kind: 'file';
      readonly gid: GlobalId;
      readonly file: Exclude<FileEntry, { deleted: true }>;
      readonly local: string | null;
      readonly known: readonly string[];
    })
  | (IntentBase & {
      readonly kind: 'field';
      readonly field: string;
      readonly value: FieldValue;
      /** Not null: `value` is a human's, over which we wrote this, and is to be put back. */
      readonly over: { readonly value: FieldValue } | null;
    })
  | (IntentBase & {
      readonly kind: 'entity';
      readonly origin: string;
      readonly marker: string;
      readonly fields: Fields;
      readonly type: string | null;
    });
