import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { EntityRef, Fields, FieldValue, Snapshot } from '../core/entity.ts';
import type { GlobalId } from '../core/replica.ts';
import type { FormatName, RichText } from '../core/rich-text/index.ts';
import type { CallContext, HttpClient } from '../lib/http.ts';

/** How well the tracker holds something: `dropped` silently disappears, `rejected` is refused by the tracker. */
export type Support = 'full' | 'degraded' | 'dropped' | 'rejected';

/** What a platform can do. Static: the engine decides by it, docs/connectors.md is generated from it, and what is unsupported is tested for absence. */
export interface Capabilities {
  /** A write with a stale base version is refused, having written nothing. */
  readonly compareAndSet: boolean;
  /** A write can report the value that it replaced (audit, journal, changelog): `Applied.replaced`. */
  readonly journal: boolean;
  /** Fields, a comment and its files go in one write; otherwise the engine asks for them one by one. */
  readonly oneWrite: boolean;
  /** Two fetches or feed items with the same version are the same content. False where versions are whole seconds: then an own write is read once more. */
  readonly exactVersions: boolean;
  /** Can our marker be left with a new entity: in the creating call, in a second call. */
  readonly entityMarker: 'atomic' | 'after';
  readonly comments: {
    readonly internal: boolean;
    readonly edit: boolean;
    readonly delete: boolean;
    /** A public comment can be made internal. */
    readonly hide: boolean;
    /** An internal comment can be made public. */
    readonly publish: boolean;
    readonly marker: 'atomic' | 'after' | 'none';
  };
  /**
   * `add`: where a file goes that comes without a comment: to the entity, or with a comment that is made for it (`Applied.files[].carrier`). Either way
   * `FileInfo.comment` names the comment that a file came with, where the tracker knows it.
   */
  readonly files: { readonly add: 'entity' | 'comment' | 'none'; readonly delete: boolean; readonly maxBytes: number };
  /** How long after a time-out a write may still land, in milliseconds. */
  readonly settleMs: number;
  /** How long the search index may lag, in milliseconds; 0: never. */
  readonly searchLagMs: number;
  readonly summary: { readonly maxChars: number; readonly support: Support };
  readonly description: { readonly maxBytes: number; readonly support: Support; readonly edit: boolean };
  readonly richText: FormatName | 'plain' | 'memory';
  readonly webhooks: boolean;
  /** An entity has a place for links to other systems: `Tracker.backLink`. */
  readonly backLinks: boolean;
}

/** Words of the platform, so that no vendor's name lives in core, engine or console sentences. */
export interface Nouns {
  readonly entity: string;
  readonly entities: string;
  readonly scope: string | null;
}

/** A platform. No I/O. */
export interface Connector<S = unknown> {
  readonly id: string;
  readonly name: string;
  readonly nouns: Nouns;
  /** Settings and credentials of an instance; the keys in `secrets` are stored encrypted and never shown. */
  readonly settings: z.ZodType<S>;
  readonly secrets: readonly (keyof S & string)[];
  /** The platform's mark: an SVG path in a box of 24 by 24, and its colour (#rrggbb). */
  readonly logo?: { readonly path: string; readonly color: string };
  /** How an admin gets the credentials, step by step, in sentences. */
  readonly help?: readonly string[];
  /** Settings with which it can be opened without any call, one set for each variant that can do other things than the rest: docs/connectors.md is made from them. */
  readonly examples: readonly { readonly name: string; readonly settings: Readonly<Record<string, unknown>> }[];
  /** There is an app for the tracker's own pages, which shows the console there. With it goes `Tracker.frame`. */
  readonly app?: TrackerApp;
  open(settings: S, deps: TrackerDeps): Tracker;
}

/** What an admin installs at the tracker. */
export interface TrackerApp {
  /** How the downloaded file is installed there, step by step, in sentences. */
  readonly install: readonly string[];
  /** The file. No I/O; the same input gives the same bytes. Throws `needs-https` for a page that the tracker would not show. */
  build(input: AppInput): { readonly name: string; readonly content: Buffer };
}

export interface AppInput {
  /** Short name of the instance. */
  readonly slug: string;
  /** The page that the tracker is to show in a frame. */
  readonly url: string;
  /** By this the tracker's API tells this app from others: secret, one for each instance, never changing. */
  readonly mark: string;
  readonly version: string;
  /** Whom the tracker's people may ask about the app; null: nobody is named. */
  readonly contact: string | null;
}

/**
 * The console in a frame of the tracker's pages: what a token has to say that the tracker signs when somebody opens our app there, and who that is. Only
 * tokens for our own app count: those of any other app in the account are known to whoever runs that one.
 */
export interface TrackerFrame {
  /** The origins whose pages may hold the frame. */
  readonly origins: readonly string[];
  /** What `iss` has to be. */
  readonly issuer: string;
  /** The installations of the app that bears the mark: what `aud` has to be, and the key (SPKI, PEM) that its tokens are signed with (RS256). */
  keys(mark: string, call: CallContext): Promise<readonly { readonly audience: string; readonly key: string }[]>;
  /**
   * The person whom `sub` names. `email`: only when the tracker has verified it. `admin`: an administrator of the whole account. Null: there is no such
   * person, or one who may not sign in there.
   */
  person(subject: string, call: CallContext): Promise<{ readonly name: string; readonly email: string | null; readonly admin: boolean } | null>;
}

export interface TrackerDeps {
  readonly http: HttpClient;
  /** Milliseconds since 1970. */
  now(): number;
  /** Stores rotated credentials, durably, before it resolves. */
  saveSettings(patch: Readonly<Record<string, unknown>>): Promise<void>;
  /** The settings as they are stored now: another process may have rotated the credentials. */
  readSettings?(): Promise<Readonly<Record<string, unknown>>>;
  /** Absent where the node has no address that people can open. */
  readonly fileLinks?: FileLinks;
}

export interface CheckResult {
  /** The account that we use, for people. */
  readonly account: { readonly id: string; readonly name: string; readonly email: string | null };
  /** Each missing permission: what it is called there, and what does not work without it. Empty: all is well. */
  readonly missing: readonly { readonly permission: string; readonly consequence: string }[];
  /** Name of the account or site, for people. */
  readonly site: string;
}

export interface Description {
  readonly types: readonly { readonly name: string; readonly creatable: boolean }[];
  readonly scopes: readonly { readonly id: string; readonly name: string }[];
  readonly fields: readonly {
    readonly name: string;
    readonly kind: 'text' | 'rich' | 'choice' | 'number' | 'date' | 'user' | 'tags';
    readonly support: Support;
    readonly choices?: readonly string[];
  }[];
}

/** A file to be created. `key` is how documents refer to it (`attachmentRef.file`) and how `Applied` reports it. */
export interface Upload {
  readonly key: GlobalId;
  readonly name: string;
  readonly type: string;
  readonly size: number | null;
  /** Opens the content; may be called again after a failure. Bounded memory. */
  open(signal: AbortSignal): Promise<Readable>;
  /** For platforms that take no files: what names it in `TrackerDeps.fileLinks`. */
  readonly link?: string;
}

/**
 * Files that stay on the other side and are shown here as addresses of this node, for platforms that take no files. An address is signed and ends after a
 * while; written anew it is a fresh one, so only `fileOf` says whether two are the same file.
 */
export interface FileLinks {
  /** The address under which anybody can open the file for now. */
  url(link: string, name: string): string;
  /** The file that an address of ours is about, ended or not; undefined: it is no address of ours. */
  fileOf(url: string): { readonly link: string; readonly name: string } | undefined;
  /** Throws TrackerError `not-found` when it is no longer there. */
  open(link: string, call: CallContext): Promise<{ readonly stream: Readable; readonly type: string; readonly size: number | null }>;
}

/** Files that exist here already, by the global id under which documents refer to them. */
export type KnownFiles = Readonly<Record<GlobalId, { readonly id: string; readonly name: string }>>;

export interface Draft {
  /** Null: the one of the settings, or the only one. */
  readonly scope: string | null;
  /** Null: the tracker's own default. */
  readonly type: string | null;
  /** Without a description: an empty one. */
  readonly fields: Fields;
  /** Files of the entity itself (the description's). */
  readonly files: readonly Upload[];
  /** With `entityMarker: 'after'`: this entity was made by a creation that was cut off; mark it instead of making another. */
  readonly adopt?: EntityRef;
}

/** One write; an empty one sends nothing. The connector makes as few calls as the vendor allows, in this order: fields, comment with its files, other files. */
export interface Change {
  readonly fields?: Fields;
  readonly comment?:
    | { readonly do: 'add'; readonly body: RichText; readonly public: boolean; readonly files: readonly Upload[]; readonly marker: string }
    | { readonly do: 'edit'; readonly id: string; readonly body?: RichText; readonly public?: boolean }
    | { readonly do: 'delete'; readonly id: string };
  /** Files without a comment. */
  readonly files?: readonly Upload[];
  readonly deleteFile?: string;
  readonly known: KnownFiles;
}

export interface Applied {
  /** The version after our write when nobody can have written in between; else null. */
  readonly version: string | null;
  /** Id of the comment added. */
  readonly comment: string | null;
  /** Files created. `carrier`: id of a comment that had to be made to hold the file. */
  readonly files: readonly { readonly key: GlobalId; readonly id: string; readonly carrier: string | null }[];
  /**
   * With `Capabilities.journal`, unless `compareAndSet` and `exactVersions` leave nothing to find: the values that our fields replaced, where they
   * differ from `base`.
   */
  readonly replaced: Fields;
}

/** Where the other half of a twin is, for people. */
export interface BackLink {
  /** The twin's id: by it a link that is there already is found. */
  readonly marker: string;
  /** The other entity's URN. */
  readonly title: string;
  /** Of http or https. */
  readonly url: string;
}

export interface ChangePage {
  /** May repeat entities, must not skip any. `version` when the feed says it. */
  readonly items: readonly {
    readonly ref: EntityRef;
    readonly version: string | null;
    readonly gone: boolean;
    /** Our account created the entity, whoever changed it last. `changedSince` says it of each that is not gone: else a new one never starts a twin by itself. */
    readonly byUs?: boolean;
    /** The entity's marker, where the feed shows it. */
    readonly marker?: string | null;
  }[];
  readonly cursor: string;
  /** More is waiting: ask again at once. */
  readonly more: boolean;
}

export interface Hint {
  readonly ref: EntityRef;
  readonly version: string | null;
}

/**
 * One tracker account. Every method throws `TrackerError` and nothing else that is expected. Once anything of a change was written, whatever fails
 * after it is `unavailable` with `inDoubt`: any other kind says that nothing was written.
 */
export interface Tracker {
  readonly capabilities: Capabilities;
  /** Proves the credentials, lists what is missing. Throws `auth`, `unavailable`, `protocol` (not such a tracker). */
  check(call: CallContext): Promise<CheckResult>;
  describe(scope: string | null, call: CallContext): Promise<Description>;
  /** The ref for a URN or URL that a person typed. Throws `not-found`. */
  find(urn: string, call: CallContext): Promise<EntityRef>;
  /** `gone` only when the tracker confirms it; never for 403 or an ambiguous 404 (those throw). */
  fetch(ref: EntityRef, call: CallContext): Promise<Snapshot | 'gone'>;
  /** Returns the existing entity when the marker is already there. */
  create(draft: Draft, marker: string, call: CallContext): Promise<{ readonly snapshot: Snapshot; readonly files: Applied['files'] }>;
  /** Looks in the recent listing as well as the index. With `entityMarker: 'after'` also our account's unmarked entities created since `since`. */
  findByMarker(marker: string, since: string, call: CallContext): Promise<Snapshot | null>;
  /**
   * Throws `conflict`, having written nothing, when `base` is stale: always with `compareAndSet`, without it where the tracker happens to show it. `base` is the
   * snapshot that the change was decided on.
   */
  apply(ref: EntityRef, base: Snapshot, change: Change, call: CallContext): Promise<Applied>;
  /** With `Capabilities.backLinks`: shows on the entity where its twin is. One link per marker: the same call twice changes nothing, another URL replaces it. */
  backLink?(ref: EntityRef, link: BackLink, call: CallContext): Promise<void>;
  /** `null` starts now. Throws `cursor-expired`. */
  changedSince(cursor: string | null, call: CallContext): Promise<ChangePage>;
  /**
   * Everything that there is, page by page, slowly: for what `changedSince` cannot show. `null` starts a pass, which ends with `more: false`. What a whole
   * pass does not mention may be gone: `fetch` tells. Absent: `changedSince` shows every change.
   */
  sweep?(cursor: string | null, call: CallContext): Promise<ChangePage>;
  /** Pure: the value that a fetch will show after this value is written. A fixpoint. */
  settle(field: string, value: FieldValue): FieldValue;
  /** Pure: the comment body that a fetch will show. A fixpoint. */
  settleComment(body: RichText): RichText;
  /** Is a comment or file that a fetch did not show really gone? Absent: a fetch shows all that exists. */
  confirmGone?(ref: EntityRef, kind: 'comment' | 'file', id: string, call: CallContext): Promise<boolean>;
  /** Markers of our account's comments, by comment id, where a fetch does not show them for free. Asked only when a comment is in doubt. */
  markersOf?(ref: EntityRef, call: CallContext): Promise<Readonly<Record<string, string>>>;
  webhook?: Webhook;
  /** There when the connector has an `app`. */
  frame?: TrackerFrame;
  files?: { open(ref: EntityRef, id: string, call: CallContext): Promise<{ readonly stream: Readable; readonly type: string; readonly size: number | null }> };
}

/** Notices from the tracker. Hints only: the engine fetches. */
export interface Webhook {
  /** Makes or finds the webhook at the tracker. Returns what must be remembered (id, secret). */
  register(url: string, known: Readonly<Record<string, string>>, call: CallContext): Promise<Readonly<Record<string, string>>>;
  /** Checks the signature over the raw body, before anything is parsed. */
  verify(
    request: { readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly body: Buffer },
    known: Readonly<Record<string, string>>,
    now: number,
  ): boolean;
  hints(body: Buffer): readonly Hint[];
}
