import { createHash } from 'node:crypto';
import type { Words } from './words.ts';

/**
 * A tracker in the hands of a scenario: what people do there and what they see, by the tracker's own means and without any connector. A simulator is started
 * for it; a real server is shared, and each entity is new. Who is asked to do what `can` denies throws.
 */
export interface Party {
  /** Id of the connector. */
  readonly platform: string;
  /** For people: `Zendesk`. */
  readonly name: string;
  /** What POST /instances takes as `settings`: the service account's. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What the node must be allowed to call, as `host:port`. */
  readonly hosts: readonly string[];
  /** Scope in which entities that come in are created; absent: the platform has none, or only one. */
  readonly scope?: string;
  /** Types that entities can be created with, in the tracker's own words. Empty: there are none. */
  readonly types: readonly string[];
  /** What the instance says is taken for a type that is not among them. */
  readonly defaultType?: string;
  /** Names, as the tracker shows them, of two people and of the service account. */
  readonly people: Readonly<Record<Who | 'service', string>>;
  /** What tells `first` when somebody writes it there, as plain text: `@nora`. Absent: no text does. */
  readonly ping?: string;
  readonly can: {
    /** Comments that customers, or the public, do not see. */
    readonly internal: boolean;
    readonly editDescription: boolean;
    readonly editComment: boolean;
    readonly deleteComment: boolean;
    /** People's files are attachments; false: they are addresses that only a signed-in browser opens, so nobody gives any here. */
    readonly attach: boolean;
    /** People's internal comments may have files with them. */
    readonly attachInternal: boolean;
  };
  /** Where a file lies that another tracker has without any comment: with the entity, or with a comment that was made for it and is `📎 NAME`. */
  readonly looseFiles: 'entity' | 'comment';

  /** Returns the URN, as Entente shows it. */
  create(given: { readonly summary: string; readonly text: Words; readonly files?: readonly GivenFile[]; readonly type?: string }): Promise<string>;
  /** By `first` unless said otherwise. Returns the comment's id, as in `look`. `source`: the tracker's own format, as it stands there. */
  comment(urn: string, given: NewComment): Promise<string>;
  editSummary(urn: string, summary: string): Promise<void>;
  editDescription?(urn: string, text: Words): Promise<void>;
  editComment?(urn: string, id: string, text: Words): Promise<void>;
  deleteComment?(urn: string, id: string): Promise<void>;

  look(urn: string): Promise<Seen>;
  /** What stands in the entity's place for links to other systems, where it has one. */
  links?(urn: string): Promise<readonly { readonly title: string; readonly url: string }[]>;
  /** How many entities there are with this summary: one, or something was made twice. */
  count(summary: string): Promise<number>;
  /** How many writing requests of the service account have arrived since the start. What people do does not count. */
  writes(): number;
  /** Names of the people that the tracker told of a mention since the start, where it does. */
  pinged?(): readonly string[];
  /** The tracker's notices to the node; absent: it sends none. */
  readonly notices?: {
    /** From now on none arrives, until `send`. */
    lose(): void;
    send(): void;
    /** Resolves when none is on its way any more. */
    settled(): Promise<void>;
  };
  stop(): Promise<void>;
}

export type Who = 'first' | 'second';

export interface GivenFile {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

export interface NewComment {
  readonly text: Words | { readonly source: string };
  /** An image in the text is among them by its name. */
  readonly files?: readonly GivenFile[];
  /** Only where `can.internal`. */
  readonly internal?: boolean;
  readonly by?: Who;
}

/** A text as people see it. */
export interface SeenText {
  /** Without formatting, as `plain.ts` says. Files that the platform can only list within the text are in `files` instead. */
  readonly text: string;
  /** As the platform keeps it: HTML, Markdown, Textile, a document as JSON. */
  readonly source: string;
}

/** An entity as people see it. */
export interface Seen {
  readonly summary: string;
  readonly type: string | null;
  readonly author: string;
  readonly description: SeenText;
  /** Oldest first. */
  readonly comments: readonly (SeenText & { readonly id: string; readonly author: string; readonly internal: boolean })[];
  /** Every file of the entity, its texts and its comments once, oldest first; its content fetched as a person's browser would. */
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** A one-pixel PNG whose content differs with `n`. */
export const picture = (n: number): Buffer =>
  Buffer.concat([
    Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'),
    Buffer.from(`picture ${n}`),
  ]);

/** The content at an address. Throws when there is none. */
export async function download(url: string, headers: Record<string, string> = {}): Promise<Buffer> {
  const answer = await fetch(url, { headers });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}.`);
  return Buffer.from(await answer.arrayBuffer());
}
