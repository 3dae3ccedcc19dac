import type { FieldValue, Snapshot } from '../../core/entity.ts';
import type { Stored } from './text.ts';

/** The vendor's rows. A model test may read and stamp them; it changes them by `human` only. */
export interface MemoryComment {
  readonly id: string;
  body: Stored;
  public: boolean;
  readonly author: string;
  readonly at: number;
  marker: string | null;
  gone: boolean;
  goneBy: string | null;
  /** Hidden from our account for a while; it exists. */
  concealed: boolean;
}

export interface MemoryFile {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
  comment: string | null;
  readonly author: string;
  readonly at: number;
  gone: boolean;
}

/** One field that one write changed. Text is in the form in which the vendor keeps it. */
export interface JournalEntry {
  readonly write: number;
  readonly by: string;
  readonly at: number;
  readonly field: string;
  readonly old: FieldValue;
  readonly now: FieldValue;
}

export interface MemoryEntity {
  readonly ref: string;
  readonly type: string | null;
  readonly scope: string | null;
  /** Rich text is kept as `Stored`. */
  readonly fields: Record<string, FieldValue>;
  readonly comments: MemoryComment[];
  readonly files: MemoryFile[];
  readonly journal: JournalEntry[];
  readonly author: string;
  readonly at: number;
  /** Addresses in other systems, by the key of whoever put them there. Not a part of the content. */
  readonly links: Map<string, { readonly title: string; readonly url: string }>;
  marker: string | null;
  gone: boolean;
  goneBy: string | null;
  version: number;
  touchedAt: number;
  /** What our account sees, until the next change. */
  view: Snapshot | null;
}

interface NewComment {
  readonly body: Stored;
  readonly public: boolean;
  readonly files: readonly string[];
  readonly marker: string | null;
}

/** One call that changes an entity: all of it or nothing. */
export interface Update {
  /** Refused when the version is another one. */
  readonly base?: string | null;
  readonly fields?: Readonly<Record<string, FieldValue>>;
  readonly add?: NewComment;
  readonly edit?: { readonly id: string; readonly body?: Stored; readonly public?: boolean };
  readonly remove?: string;
  /** Ids of uploads that become files of the entity itself. */
  readonly files?: readonly string[];
  readonly removeFile?: string;
}

export interface Updated {
  readonly write: number;
  /** Versions before and after. */
  readonly before: string;
  readonly after: string;
  readonly comment: string | null;
}
