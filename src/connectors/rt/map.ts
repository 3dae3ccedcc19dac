import type { FieldValue, FileInfo, Snapshot } from '../../core/entity.ts';
import { docOf, type RichText } from '../../core/rich-text/index.ts';
import { type Said, saidIn } from './parts.ts';
import { type Around, readHtml, settleText } from './text.ts';
import { fieldValue, type WirePart, type WireTicket, type WireTransaction } from './wire.ts';

/** In UTF-8: RT cuts longer ones without a word. */
export const SUBJECT_BYTES = 200;

/** What the account and its RT are, beyond the ticket itself. */
export interface View {
  /** Address of RT, without a slash at the end. */
  readonly base: string;
  /** Name of our account. */
  readonly us: string;
  /** Name of the custom fields that hold our markers. */
  readonly markerField: string;
}

/** A ticket with all that belongs to it. */
export interface Whole {
  readonly ticket: WireTicket;
  /** Number of the newest transaction when the ticket was looked at; nothing newer is among `transactions` and `parts`. */
  readonly last: number;
  readonly transactions: readonly WireTransaction[];
  readonly parts: readonly WirePart[];
  /** The texts among the parts, by id. */
  readonly texts: ReadonlyMap<string, string>;
}

/** One line, as RT keeps it; too long a one ends with an ellipsis. */
export function settleSummary(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/ ?[\p{Cc}\u2028\u2029]+ ?/gu, ' ')
    .trim();
  if (Buffer.byteLength(line) <= SUBJECT_BYTES) return line;
  let kept = '';
  let left = SUBJECT_BYTES - Buffer.byteLength('…');
  for (const char of line) {
    left -= Buffer.byteLength(char);
    if (left < 0) break;
    kept += char;
  }
  return `${kept}…`;
}

export const isDoc = (value: FieldValue | undefined): value is RichText => typeof value === 'object' && value !== null && !Array.isArray(value);

export function settleField(field: string, value: FieldValue): FieldValue {
  if (field === 'summary') return settleSummary(typeof value === 'string' ? value : '');
  return isDoc(value) ? settleText(value) : value;
}

/**
 * The number of the newest transaction, as RT's own `If-Match` wants it, and how many we see: transactions get their numbers before they are there, so that
 * one with a lower number may come late.
 */
export const versionOf = (last: number, seen: number): string => `${last}.${seen}`;
export const lastOf = (version: string): number => Number(version.split('.')[0]);
export const seenOf = (version: string): number => Number(version.split('.')[1] ?? 0);

const isComment = ({ Type: type }: WireTransaction): boolean => type === 'Correspond' || type === 'Comment';
const nameOf = (transaction: WireTransaction | undefined): string => transaction?.Creator?.RealName || String(transaction?.Creator?.id ?? '');

export function snapshotOf({ ticket, last, transactions, parts, texts }: Whole, { base, us, markerField }: View): Snapshot {
  const { host, pathname } = new URL(base);
  const held = Map.groupBy(parts, (part) => String(part.TransactionId));
  const said = new Map(transactions.map(({ id }) => [String(id), saidIn(String(id), held.get(String(id)) ?? [])] as const));
  const all = new Map([...said.values()].flatMap(({ files }) => files.map((file) => [file.id, file] as const)));
  const bodyOf = (id: string): RichText => {
    const own = said.get(id);
    return own ? body(own, { along: own.files, byContentId: own.byContentId, all, path: pathname.replace(/\/$/, ''), host }, texts) : docOf('');
  };
  const creation = transactions.find(({ Type: type }) => type === 'Create');
  const ref = String(ticket.id);
  return {
    ref,
    urn: ref,
    url: `${base}/Ticket/Display.html?id=${ref}`,
    version: versionOf(last, transactions.length),
    scope: ticket.Queue ? String(ticket.Queue.id) : null,
    type: null,
    fields: { summary: ticket.Subject ?? '', description: creation ? bodyOf(String(creation.id)) : docOf(''), status: ticket.Status },
    comments: transactions.filter(isComment).map((transaction) => ({
      id: String(transaction.id),
      body: bodyOf(String(transaction.id)),
      public: transaction.Type === 'Correspond',
      author: nameOf(transaction),
      byUs: transaction.Creator?.id === us,
      at: transaction.Created,
      marker: fieldValue(transaction.CustomFields, markerField),
    })),
    files: transactions.flatMap((transaction) => filesOf(transaction, said.get(String(transaction.id)), us)),
    author: nameOf(creation) || String(ticket.Creator?.id ?? ''),
    byUs: ticket.Creator?.id === us,
    at: ticket.Created,
    marker: fieldValue(ticket.CustomFields, markerField),
  };
}

function filesOf(transaction: WireTransaction, said: Said | undefined, us: string): FileInfo[] {
  const comment = isComment(transaction) ? String(transaction.id) : null;
  return (said?.files ?? []).map(({ id, name, type, size, at }) => ({ id, name, type, size, comment, byUs: transaction.Creator?.id === us, at }));
}

function body({ texts: words }: Said, around: Around, texts: ReadonlyMap<string, string>): RichText {
  const docs = words.map(({ part, html }) => {
    const text = texts.get(part) ?? '';
    return html ? readHtml(text, around) : docOf(text.replace(/\r\n?/g, '\n').replace(/\n+$/, ''));
  });
  return docs.length === 1 && docs[0] ? docs[0] : { type: 'root', children: docs.flatMap(({ children }) => children) };
}
