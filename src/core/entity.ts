import type { RichText } from './rich-text/index.ts';

/** The tracker's own stable id of an entity (`4711`). Opaque, unique in its instance, never shown: people see the URN. */
export type EntityRef = string;

/** A field's value. Rich text is the document model, whatever the tracker's own format. Plain JSON; compared by content. */
export type FieldValue = string | number | boolean | null | readonly string[] | RichText;
export type Fields = Readonly<Record<string, FieldValue>>;

/** What people use to find an entity, and where they open it. */
export interface EntityLink {
  readonly ref: EntityRef;
  readonly urn: string;
  readonly url: string;
}

export interface Comment {
  /** The tracker's id; never reused within its entity. */
  readonly id: string;
  /** Files are referred to by the tracker's file id (`attachmentRef.file`). */
  readonly body: RichText;
  readonly public: boolean;
  /** Display name of who wrote it. */
  readonly author: string;
  /** Written by the account that we use. Humans may use it too, so it proves nothing by itself. */
  readonly byUs: boolean;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The marker that we left with it, where the tracker can hold one. */
  readonly marker: string | null;
}

/** An attachment. Its content never changes under one id. */
export interface FileInfo {
  readonly id: string;
  readonly name: string;
  /** Media type, `application/octet-stream` when unknown. */
  readonly type: string;
  /** Bytes; null when the tracker does not say. */
  readonly size: number | null;
  /** Id of the comment it came with; null: it belongs to the entity itself (description, or no comment). */
  readonly comment: string | null;
  readonly byUs: boolean;
  readonly at: string;
}

/** An entity as its tracker holds it now. */
export interface Snapshot extends EntityLink {
  /** Opaque. Two fetches with the same version have the same content, as far as the tracker's clock can tell (see `Capabilities.exactVersions`). */
  readonly version: string;
  readonly scope: string | null;
  /** Name of the entity type as people see it (`incident`, `Bug`); null where there is none. */
  readonly type: string | null;
  /** `summary` (string) and `description` (rich text) always; other fields by the tracker's own names. */
  readonly fields: Fields;
  /** Oldest first. The description is not among them. */
  readonly comments: readonly Comment[];
  readonly files: readonly FileInfo[];
  readonly author: string;
  readonly byUs: boolean;
  readonly at: string;
  readonly marker: string | null;
}
