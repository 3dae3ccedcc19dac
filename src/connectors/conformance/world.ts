import type { EntityRef, FieldValue } from '../../core/entity.ts';
import type { Capabilities, Tracker } from '../connector.ts';

/** What a vendor, or the way to it, can do wrong. */
export type FaultName =
  /** 401. */
  | 'unauthorized'
  /** 403. */
  | 'forbidden'
  /** 404 for what exists: ambiguous. */
  | 'not-found'
  /** 429 with the time to come back. */
  | 'rate-limited'
  /** 500. */
  | 'server-error'
  /** 503 without a time to come back. */
  | 'overloaded'
  /** 200 with a sign-in page in place of JSON. */
  | 'html'
  /** No answer; the world opens its tracker with a short time-out. */
  | 'time-out'
  /** Nothing listens. */
  | 'refused'
  /** The next write to an entity (creation, fields, comment; not an upload) is carried out, and then the connection is cut. */
  | 'drop-after-commit';

export interface HumanFile {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

/** What people do in the tracker's own screens, by another account than ours. What the platform's people cannot do is absent. Texts are plain. */
interface ConformanceHuman {
  create(given: { readonly summary: string; readonly description: string }): Promise<EntityRef>;
  edit(ref: EntityRef, fields: { readonly summary?: string; readonly description?: string }): Promise<void>;
  /** Returns the comment's id, as a fetch shows it. */
  comment(ref: EntityRef, text: string, isPublic: boolean): Promise<string>;
  editComment?(ref: EntityRef, id: string, text: string): Promise<void>;
  deleteComment?(ref: EntityRef, id: string): Promise<void>;
  setPublic?(ref: EntityRef, id: string, isPublic: boolean): Promise<void>;
  /** Hides a comment from our account by a rule that it cannot see through; the comment exists. */
  conceal?(ref: EntityRef, id: string): Promise<void>;
  deleteEntity?(ref: EntityRef): Promise<void>;
  /** What people see in the entity's place for links to other systems. */
  links?(ref: EntityRef): Promise<readonly { readonly title: string; readonly url: string }[]>;
  /** Puts a file with the entity, or with a new comment where files belong to comments. */
  addFile?(ref: EntityRef, file: HumanFile): Promise<void>;
}

/** The most requests that a common piece of work may take. */
export interface Budget {
  readonly fetch: number;
  /** One field, with the base at hand. */
  readonly field: number;
  readonly comment: number;
  readonly fieldAndComment: number;
  /** A comment with one file. */
  readonly commentWithFile: number;
  /** Includes looking for the marker. */
  readonly create: number;
  /** Asking the feed when nothing has changed. */
  readonly idleFeed: number;
}

export interface Delivered {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * One tracker, simulated or real, in the hands of the suite. The suite shares one world between its checks and leaves what it made there.
 * Members that say what the world can do are read before `start`. An absent member means that the checks that need it do not apply.
 */
export interface ConformanceWorld {
  readonly capabilities: Capabilities;
  start?(): Promise<void>;
  stop?(): Promise<void>;
  /** A new client of our account, with all permissions. `feedPage`: so few items on a page of the feed, where that can be set. */
  open(options?: { readonly feedPage?: number }): Promise<Tracker>;

  /** Milliseconds since 1970, as tracker and connector see it. */
  now(): number;
  /** Lets time pass for both. A real server: waits. */
  pass(ms: number): Promise<void>;
  /** Hours can pass in no time. */
  readonly timeIsFree: boolean;
  /** How long a change stays out of the feed. */
  readonly feedDelayMs: number;

  /** Where and as what entities are created. */
  readonly scope: string | null;
  readonly type: string | null;
  /** A second type that can be created. */
  readonly otherType?: string;
  /** Well-formed, and does not exist. */
  readonly unknownRef: EntityRef;
  /** Values to try in fields declared `full`; default for a choice: each choice. */
  readonly samples?: Readonly<Record<string, readonly FieldValue[]>>;

  readonly human: ConformanceHuman;
  /** What a fetch says of an entity that a human deleted. */
  readonly deletion: 'gone' | 'not-found';
  readonly feedShowsDeletions: boolean;
  /** The tracker has `sweep`. */
  readonly sweeps?: true;

  /** The faults that can be injected. */
  readonly faults: readonly FaultName[];
  /** From now on all requests that read, or write, fail so, until `calm`. (`drop-after-commit` meets one write.) */
  fault?(name: FaultName, on: 'read' | 'write'): Promise<void>;
  /** Ends all faults; the tracker may be called again at once. */
  calm?(): Promise<void>;
  /** Our account with a wrong password. */
  badCredentials?(): Promise<Tracker>;
  /** An account that lacks a permission which synchronisation needs. */
  lesser?(): Promise<Tracker>;
  webhook?: {
    /** Where the tracker delivers to. */
    readonly url: string;
    /** The signature covers a time. */
    readonly timestamped: boolean;
    /** Does `cause`, and resolves to the first delivery that it caused at `url`. */
    capture(cause: () => Promise<void>): Promise<Delivered>;
  };
  readonly budget: Budget;
}
