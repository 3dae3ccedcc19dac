import type { Capabilities } from '../connectors/connector.ts';
import type { Snapshot } from '../core/entity.ts';
import type { GlobalId } from '../core/replica.ts';
import { filesIn, mapFiles, type RichText, sameText } from '../core/rich-text/index.ts';
import { on } from '../core/sync-rule.ts';
import type { Intent } from '../core/twin.ts';
import type { Book } from './book.ts';
import { readMarker } from './view.ts';
import type { RunLog } from './work.ts';

type Made = Extract<Intent, { kind: 'comment' | 'file' }>;
export const isMade = (intent: Intent): intent is Made => intent.kind === 'comment' || intent.kind === 'file';

/** Files are named differently before they exist: text is compared without them. */
const words = (doc: RichText): RichText => (filesIn(doc).length ? mapFiles(doc, () => '') : doc);

/**
 * Settles what a crash or a time-out has left open on this entity: each comment and file that we meant to create is found (noted id; marker; else an untraced one by our
 * account that was not there before) and traced, or was never made. Only reads, so it also serves twins whose connection is off.
 * Returns the moment (milliseconds) before which "not there" proves nothing; or else what was not found, which will be made anew: should a human have deleted it, or
 * should it still land, it will be there once more, and people are told.
 */
export function recover(
  book: Book,
  twin: string,
  snapshot: Snapshot,
  capabilities: Capabilities,
  asOf: number,
  startedAt: number,
): number | readonly GlobalId[] {
  // Files first: a comment that was made to carry one is not the comment that we look for.
  const mine = book
    .intents()
    .filter((intent): intent is Made => isMade(intent) && (on('recoverAll') || intent.twin === twin))
    .sort((a, b) => (a.kind === b.kind ? 0 : a.kind === 'file' ? -1 : 1));
  if (!mine.length) return [];
  const open = mine.filter((intent) => !claim(book, mine, intent, snapshot, capabilities));
  const wait = Math.max(...open.map((intent) => settledAt(intent, capabilities, startedAt)), 0);
  if (open.length && wait > asOf) {
    book.dropIntents((intent) => isMade(intent) && mine.includes(intent) && !open.includes(intent));
    return wait;
  }
  book.dropIntents((intent) => isMade(intent) && mine.includes(intent));
  return open.map((intent) => intent.gid);
}

/** When the vendor has certainly carried out, or dropped, what the intent was about. */
export const settledAt = (intent: { readonly triedAt: number }, capabilities: Capabilities, startedAt: number): number =>
  Math.max(intent.triedAt, startedAt) + capabilities.settleMs;

/** True when the intent is answered: what it made is traced now. */
function claim(book: Book, mine: readonly Made[], intent: Made, snapshot: Snapshot, capabilities: Capabilities): boolean {
  const owner = book.twinNamed(intent.twin);
  const items: readonly { id: string; byUs: boolean }[] = intent.kind === 'comment' ? snapshot.comments : snapshot.files;
  const noted = new Set(mine.map((other) => other.local));
  const free = items.filter((item) => !book.traceOf(intent.kind, item.id) && !noted.has(item.id) && !intent.known.includes(item.id));
  const found =
    intent.local !== null ? items.find((item) => item.id === intent.local && !book.traceOf(intent.kind, item.id)) : match(intent, free, capabilities);
  if (!found) {
    if (intent.local === null || book.traceOf(intent.kind, intent.local)) return intent.local !== null;
    // Made, and deleted by a human since: it stays deleted.
    trace(book, intent, intent.local, 'copy');
  } else {
    trace(book, intent, found.id, null);
    if (intent.kind === 'file') traceCarrier(book, intent, snapshot, found.id);
  }
  if (owner) remember(book, intent, found);
  return true;
}

function match(intent: Made, free: readonly { id: string; byUs: boolean }[], capabilities: Capabilities): { id: string } | undefined {
  if (intent.kind === 'file') return free.find((item) => item.byUs && isLike(intent, item as Snapshot['files'][number]));
  const comments = free as readonly Snapshot['comments'][number][];
  const marked = on('marker') ? comments.find((comment) => readMarker(comment.marker)?.gid === intent.gid) : undefined;
  if (marked || !on('matchContent') || capabilities.comments.marker === 'atomic') return marked;
  // Where it cannot be marked, equal text alone proves nothing: it has to be by our account, and new since we meant to write.
  const candidates = comments.filter((comment) => !comment.marker && (comment.byUs || !on('matchAuthor')));
  return candidates.find((comment) => sameText(words(comment.body), words(intent.body))) ?? candidates[0];
}

const isLike = (intent: Extract<Made, { kind: 'file' }>, file: Snapshot['files'][number]): boolean =>
  file.name === intent.file.name && (file.size === null || intent.file.size === null || file.size === intent.file.size);

function trace(book: Book, intent: Made, local: string, tomb: 'copy' | null): void {
  book.put({ kind: intent.kind, gid: intent.gid, local, via: intent.twin, tomb, author: intent.kind === 'comment' ? intent.author : null, carrier: false });
}

/** A file of the entity itself that stands in a comment of ours: the comment was made to hold it. */
function traceCarrier(book: Book, intent: Extract<Made, { kind: 'file' }>, snapshot: Snapshot, file: string): void {
  const holder = intent.file.comment === null ? snapshot.files.find((f) => f.id === file)?.comment : null;
  if (holder && !book.traceOf('comment', holder) && snapshot.comments.some((comment) => comment.id === holder && comment.byUs))
    book.put({ kind: 'comment', gid: `${intent.gid}#carrier`, local: holder, via: intent.twin, tomb: null, author: null, carrier: true });
}

/** The shadow takes what we meant to write, not what stands there now: a human may have edited it since. */
function remember(book: Book, intent: Made, found: { id: string } | undefined): void {
  const owner = book.twinNamed(intent.twin);
  if (!owner) return;
  const { shadow } = owner;
  const now = on('adoptShadow') ? undefined : (found as Snapshot['comments'][number] | undefined);
  book.setTwin({
    ...owner,
    shadow:
      intent.kind === 'comment'
        ? {
            ...shadow,
            comments: {
              ...shadow.comments,
              [intent.gid]: { body: now?.body ?? intent.body, public: now?.public ?? intent.public, author: intent.author, at: intent.at },
            },
          }
        : { ...shadow, files: { ...shadow.files, [intent.gid]: intent.file } },
  });
}

export const DOUBT = 'An earlier attempt was cut off, and nothing of it was found: should it appear after all, it is there twice.';
export const REPLACED = 'An attempt to write this was cut off: an edit made here in the same moment may have been replaced. The tracker’s history shows it.';
export function sayDoubt(log: RunLog, gids: readonly GlobalId[]): void {
  for (const what of gids) log.note({ what, decision: DOUBT });
}
