import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { EntityRef, Snapshot } from '../../core/entity.ts';
import { canon, type RichText } from '../../core/rich-text/index.ts';
import { TrackerError, type TrackerErrorKind } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { Applied, Change, ChangePage, Draft, Tracker, Upload } from '../connector.ts';
import type { ConformanceWorld } from './world.ts';

/** One thing that every connector must hold. */
export interface Check {
  /** Kebab-case, unique; exceptions name it. */
  readonly id: string;
  /** A sentence. */
  readonly title: string;
  /** Does it apply? Read before the world is started. */
  needs(world: ConformanceWorld): boolean;
  /** Rejects when it does not hold. */
  run(stage: Stage): Promise<void>;
}

export const always = () => true;

/** One page's worth of everything that a feed says between two cursors. */
export interface Drained {
  readonly items: ChangePage['items'];
  readonly refs: ReadonlySet<EntityRef>;
  /** The cursors in order, the first one included; the last one is where to go on. */
  readonly cursors: readonly string[];
  readonly cursor: string;
}

/** A check's tools: a tracker, entities of its own, and the assertions that are needed again and again. */
export class Stage {
  readonly world: ConformanceWorld;
  readonly tracker: Tracker;
  readonly call: CallContext;
  #requests = 0;

  constructor(world: ConformanceWorld, tracker: Tracker) {
    this.world = world;
    this.tracker = tracker;
    this.call = { signal: new AbortController().signal, priority: 'normal', onRequest: () => void this.#requests++ };
  }

  /** A word that nothing else in the tracker holds. */
  word(): string {
    return `w${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  }

  /** Built like the engine's for an entity: a twin's id, with colons and a hash sign. */
  marker(): string {
    return `${randomUUID()}#${randomUUID().slice(0, 8)}:1`;
  }

  /** Built like the engine's for a comment: a global id, a space, a twin's id. */
  commentMarker(): string {
    return `${randomUUID()}:1:2 ${this.marker()}`;
  }

  /** An entity that a human made. */
  async entity(): Promise<Snapshot> {
    return this.see(await this.world.human.create({ summary: `Entity ${this.word()}`, description: `About ${this.word()}.` }));
  }

  draft(fields: Draft['fields'] = {}, files: readonly Upload[] = []): Draft {
    const { scope, type } = this.world;
    return { scope, type, fields: { summary: `Entity ${this.word()}`, description: paragraph('From the other side.'), ...fields }, files };
  }

  async see(ref: EntityRef): Promise<Snapshot> {
    const snapshot = await this.tracker.fetch(ref, this.call);
    if (snapshot === 'gone') throw new Error(`${ref} is said to be gone, and it is not.`);
    return snapshot;
  }

  apply(base: Snapshot, change: Partial<Change>): Promise<Applied> {
    return this.tracker.apply(base.ref, base, { known: {}, ...change }, this.call);
  }

  /** Adds a comment; returns its id and the entity as it is then. */
  async comment(
    base: Snapshot,
    body: RichText,
    isPublic = true,
    files: readonly Upload[] = [],
  ): Promise<{ id: string; now: Snapshot; applied: Applied; marker: string }> {
    const marker = this.commentMarker();
    const applied = await this.apply(base, { comment: { do: 'add', body, public: isPublic, files, marker } });
    expect(applied.comment, 'apply says the id of the comment that it added').toEqual(expect.any(String));
    return { id: applied.comment ?? '', now: await this.see(base.ref), applied, marker };
  }

  /** How many requests `work` took. */
  async requests(work: () => Promise<unknown>): Promise<number> {
    const before = this.#requests;
    await work();
    return this.#requests - before;
  }

  upload(
    name: string,
    content: Buffer | (() => Readable),
    size: number | null = Buffer.isBuffer(content) ? content.length : null,
    type = 'application/octet-stream',
  ): Upload {
    const open = async () => (Buffer.isBuffer(content) ? Readable.from(content.length ? [content] : [], { objectMode: false }) : content());
    return { key: `conformance:${this.word()}:f:1`, name, type, size, open };
  }

  async content(ref: EntityRef, id: string): Promise<Buffer> {
    const opened = await this.tracker.files?.open(ref, id, this.call);
    if (!opened) throw new Error('The tracker has files and does not open them.');
    const chunks: Buffer[] = [];
    for await (const chunk of opened.stream) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }

  /** Where the feed stands now, with everything before it already told. */
  async feedNow(tracker = this.tracker): Promise<string> {
    const { cursor } = await tracker.changedSince(null, this.call);
    return (await this.drain(cursor, tracker)).cursor;
  }

  /** Reads the feed from `cursor` until no more is waiting. */
  async drain(cursor: string, tracker = this.tracker, betweenPages?: (page: number, itemsSoFar: number) => Promise<void>): Promise<Drained> {
    const items: ChangePage['items'][number][] = [];
    const cursors = [cursor];
    for (let page = 1; page <= 500; page++) {
      const { items: found, cursor: next, more } = await tracker.changedSince(cursors.at(-1) ?? cursor, this.call);
      items.push(...found);
      cursors.push(next);
      if (!more) return { items, refs: new Set(items.map((i) => i.ref)), cursors, cursor: next };
      await betweenPages?.(page, items.length);
    }
    throw new Error('The feed still says that more is waiting after 500 pages, and nothing changes.');
  }

  /** Waits until the feed can show what was done, then reads it. */
  async settledFeed(cursor: string, tracker = this.tracker): Promise<Drained> {
    await this.world.pass(this.world.feedDelayMs);
    return this.drain(cursor, tracker);
  }

  /** Lets the versions of a tracker that counts in seconds move on. */
  async tick(): Promise<void> {
    if (!this.world.capabilities.exactVersions) await this.world.pass(1100);
  }
}

export const paragraph = (text: string): RichText => ({ type: 'root', children: [{ type: 'paragraph', children: [{ type: 'text', value: text }] }] });

/** The `TrackerError` with which `work` fails; fails itself when it succeeds, or fails otherwise or with another kind. */
export async function refusal(work: Promise<unknown>, kinds: TrackerErrorKind | readonly TrackerErrorKind[], what: string): Promise<TrackerError> {
  let answer: unknown;
  try {
    answer = await work;
  } catch (error) {
    if (!(error instanceof TrackerError)) throw new Error(`${what}: it throws ${String(error)}, which is no TrackerError.`, { cause: error });
    expect([kinds].flat(), `${what}: the error’s kind (${error.message})`).toContain(error.kind);
    return error;
  }
  throw new Error(`${what}: it was expected to fail (${[kinds].flat().join(' or ')}), and answered ${JSON.stringify(answer)?.slice(0, 300)}.`);
}

export function expectSameText(actual: unknown, expected: unknown, what: string): void {
  expect(canon(actual as RichText), what).toEqual(canon(expected as RichText));
}

/** All that is to be read in a text: without control and format characters, halves of surrogate pairs, and differences of white space. */
export const readable = (text: string): string =>
  text
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\ufffd/g, '')
    .replace(/[\p{Cc}\p{Zs}\u2028\u2029]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/ +/g, ' ')
    .trim();
